"""What was found of a public set and what was not, and the search that most sets share."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.cohort_row import EVERY
from training.cohort_table import readable

ENDINGS = (".nii.gz", ".nii")


@dataclass(frozen=True)
class Missing:
    """A study that gives no row, or less than it could, and what it lacks."""

    study: str
    what: str

    def __str__(self) -> str:
        return f"{self.study}: {self.what}."


@dataclass(frozen=True)
class Found:
    """rows: as in training/cohort_table.py, paths absolute; missing: what could not be found."""

    rows: tuple[Mapping[str, str], ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True)
class Layout:
    """The names of a study's files without .nii or .nii.gz; {study} stands for its folder's name.

    images: T1 after contrast, the best first; labels: those of the lesion, as in the column mask_labels.
    """

    centre: str
    images: tuple[str, ...]
    mask: str
    labels: str = ""


def every_lesion(studies: Iterable[tuple[str, Path]], layout: Layout) -> Found:
    """A row with all lesions of its mask for each study. studies: (patient, folder of one study)."""
    rows: list[Mapping[str, str]] = []
    missing: list[Missing] = []
    taken: set[tuple[str, str]] = set()
    for patient, study in studies:
        image = next(filter(None, (_nifti_of(study, name) for name in layout.images)), None)
        mask = _nifti_of(study, layout.mask)
        lacks = "a second folder of this name" if (patient, study.name) in taken else _lacks(image, mask, layout)
        if lacks or image is None or mask is None:
            missing.append(Missing(study.name, lacks))
        else:
            taken.add((patient, study.name))
            rows.append(make_row(patient, layout.centre, image, mask, EVERY, layout.labels))
    return Found(tuple(rows), tuple(missing))


def make_row(patient: str, centre: str, image: Path, mask: Path, lesion: str, labels: str) -> Mapping[str, str]:
    """A row without an outcome. The centre stands before the patient, so that tables can be put together."""
    return {"patient": f"{centre} {patient}", "lesion": lesion, "centre": centre, "image": str(image),
            "mask": str(mask), "mask_labels": labels}


def damaged(image: Path, mask: Path) -> str:
    """A note on files whose header cannot be read, or nothing."""
    names = [name for name, file in (("image", image), ("mask", mask)) if not readable(file)]
    return f"the {' and the '.join(names)} cannot be read, perhaps damaged" if names else ""


def nifti(place: Path, name: str) -> Path | None:
    """The file of that name, compressed or not."""
    return next((file for ending in ENDINGS if (file := place / f"{name}{ending}").is_file()), None)


def niftis(folder: Path, tail: str) -> Iterator[Path]:
    """The files at any depth whose names end in this way, before .nii or .nii.gz, in order."""
    yield from sorted(file for ending in ENDINGS for file in folder.rglob(f"*{tail}{ending}")
                      if file.is_file() and not file.name.startswith("."))


def folders(folder: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    """The folders at any depth with such names, in order. pattern: its first group is the patient."""
    for subfolder in sorted(subfolder for subfolder in (folder, *folder.rglob("*")) if subfolder.is_dir()):
        if match := re.fullmatch(pattern, subfolder.name):
            yield match[1], subfolder


def _nifti_of(study: Path, name: str) -> Path | None:
    return nifti(study, name.format(study=study.name))


def _lacks(image: Path | None, mask: Path | None, layout: Layout) -> str:
    if image is not None and mask is not None:
        return damaged(image, mask)
    lacks = [] if image else [f"no T1 after contrast ({' or '.join(map(_shown, layout.images))})"]
    return " and ".join(lacks if mask else [*lacks, f"no lesion mask ({_shown(layout.mask)})"])


def _shown(name: str) -> str:
    return f"{name.format(study='…')}.nii.gz"
