"""The same head, otherwise described: python -m tests.benchmarks.steadiness [--scans FOLDER] [--keep FOLDER].

The example and the scans of FOLDER that have lesions are read as files of another kind (NIfTI, DICOM), stored in
another order, moved in the header by centimetres and by the last digits, computed with each backend and prepared
twice. Printed for each lesion: the probability of the first outcome as the models give it, how far that is from the
scan as it came, and the verdict where the model's card has a calibration; of the preparation: how far the registration
moved (mm at the brain, the header's own shift taken back) and the Dice of the brain masks. With --keep each result is
kept in a folder and not computed again.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rnapp import pipeline
from rnapp.compute import available, make_backend
from rnapp.config import default_settings
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.pipeline.resources import networks_folder
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.trust.judge import judged
from rnapp.types import CancelToken, FloatArray, Prepared, SimilarityTransform, Volume
from tests.benchmarks.scans import prepare

# Name → scan, mask, labels of the lesion. The last is the patient of t1ce_head_thick_slices, whose own scan has no
# outline.
SCANS = {
    "two lesions": ("t1ce_head_two_lesions/brain1_image.nrrd", "t1ce_head_two_lesions/brain1_label.nrrd", None),
    "ring": ("t1ce_sri24_ring/t1c.nii.gz", "t1ce_sri24_ring/seg-BraTS23_1.nii.gz", {1, 3}),
    "glioma 1": ("glioma_t1ce_flair/pat0001/t1ce.nii.gz", "glioma_t1ce_flair/pat0001/labels.nii.gz", {1, 3, 4}),
    "glioma 3": ("glioma_t1ce_flair/pat0003/t1ce.nii.gz", "glioma_t1ce_flair/pat0003/labels.nii.gz", {1, 3, 4}),
    "glioma 5": ("glioma_t1ce_flair/pat0005/t1ce.nii.gz", "glioma_t1ce_flair/pat0005/labels.nii.gz", {1, 3, 4}),
    "frontal glioma": ("glioma_four_sequences/sri24_stripped_t1c.nii.gz",
                       "glioma_four_sequences/sri24_tumour_mask.nii.gz", {1, 4}),
}
SHIFT_MM = (37.3, -12.1, 8.9)
LAST_DIGITS_MM = 1e-5
MOST_LESIONS = 3  # of a scan, the largest first


@dataclass(frozen=True, eq=False)
class Way:
    """One description of the same head. move: of the header; kept: as which file the scan is written and read again
    ("" for none); otherwise: stored in another order; backend: "" for the one in use."""

    name: str
    move: FloatArray
    kept: str = ""
    otherwise: bool = False
    backend: str = ""


def ways() -> Iterator[Way]:
    """The first is the scan as it came."""
    here = np.eye(4)
    far, near = np.eye(4), np.eye(4)
    far[:3, 3] = SHIFT_MM
    near[:3, 3] = np.array([1, -1, 1]) * LAST_DIGITS_MM
    yield Way("as it came", here)
    yield Way("as DICOM", here, "dicom")
    yield Way("as NIfTI", here, "nifti")
    yield Way("stored in another order", here, otherwise=True)
    yield Way("header moved by centimetres", far)
    yield Way("header's last digits", near)
    for name in available("cpu")[1:]:
        yield Way(name, here, backend=name)
    yield Way("prepared twice", here)


def described(volume: Volume, move: FloatArray, otherwise: bool) -> Volume:
    """The same voxels with a moved header, perhaps stored in another order."""
    array, affine = volume.array, volume.affine.copy()
    if otherwise:
        for axis in (0, 2):
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
        affine[:3, :3] = affine[:3, (2, 0, 1)]
        array = np.ascontiguousarray(np.flip(array, (0, 2)).transpose(2, 0, 1))
    return Volume(array, move @ affine)


def read_alone(path: Path) -> Volume:
    """The voxels of the only series there, whatever it may be."""
    with tempfile.TemporaryDirectory() as folder:
        study = pipeline.open_study([path], Path(folder), METASTASIS)
        return pipeline.load_series(study, study.series[0].uid).volume


def through_a_file(volume: Volume, kind: str) -> Volume:
    """The voxels as they are read after they were written. kind: "dicom" or "nifti"."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study"
        if kind == "dicom":
            write_dicom_series(volume, path, "T1 MPRAGE post contrast", 19)
        else:
            path.mkdir()
            (path / "t1ce.nii.gz").write_bytes(pipeline.nifti_bytes(volume))
        return read_alone(path)


def outcome(scan: Volume, mask: Volume, labels: frozenset[int] | None, way: Way,
            resources: pipeline.Resources) -> dict[str, np.ndarray]:
    """What the preparation and the models gave: probabilities, transform, brain mask, and each lesion's crop."""
    if way.backend:
        resources = replace(resources, backend=make_backend(way.backend, networks_folder(resources.settings)))
    given = through_a_file(scan, way.kept) if way.kept else described(scan, way.move, way.otherwise)
    prepared = prepare(given, resources)
    lesions = pipeline.find_lesions(prepared, described(mask, way.move, way.otherwise), METASTASIS, labels)
    found = {"to_atlas": prepared.to_atlas.after(SimilarityTransform(way.move)).matrix,
             "brain": np.packbits(prepared.brain_mask.array), "level": _level(prepared),
             "stripped": np.array(prepared.mask_source == "given")}
    calibration = resources.model.card.calibration
    probabilities, folds, verdicts = [], [], []
    for lesion in lesions.lesions[:MOST_LESIONS]:
        crop = METASTASIS.sample(prepared, lesions, lesion.number)
        answer = METASTASIS.answer(resources.model, crop, lesion.number, METASTASIS.question.unknown, CancelToken())
        probabilities.append(answer.given.probability)
        folds.append(answer.given.imaging_folds)
        if calibration is not None:
            evidence = METASTASIS.evidence(resources.model, prepared, lesions, lesion.number,
                                           METASTASIS.question.unknown, CancelToken())
            verdicts.append(judged(answer, evidence, calibration, None).trust.verdict)
        found |= {f"t1ce_{lesion.number}": crop.t1ce.array, f"mask_{lesion.number}": crop.mask.array,
                  f"start_{lesion.number}": crop.t1ce.affine[:3, 3]}
    return found | {"probabilities": np.array(probabilities), "imaging": np.array(folds),
                    "verdicts": np.array(verdicts, dtype=np.str_)}


def _level(prepared: Prepared) -> FloatArray:
    inside = prepared.head.array[prepared.brain_mask.array].astype(np.float64)
    return np.array([inside.mean(), inside.std()])


def compared(first: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray], points: FloatArray) -> str:
    """The cells of one line. points: of the atlas brain, LPS mm."""
    ways_there = [SimilarityTransform(one["to_atlas"]) for one in (first, other)]
    apart = np.linalg.norm(ways_there[1].apply(ways_there[0].inverse().apply(points)) - points, axis=1).max()
    masks = [np.unpackbits(one["brain"]) for one in (first, other)]
    dice = 2 * int((masks[0] & masks[1]).sum()) / (int(masks[0].sum()) + int(masks[1].sum()))
    values, before = other["probabilities"], first["probabilities"]
    change = np.abs(values - before).max() if len(values) == len(before) else np.nan
    verdict = ", ".join(other["verdicts"]) or "–"
    return f"{', '.join(f'{one:.4f}' for one in values)} | {change:.4f} | {verdict} | {apart:.4f} | {dice:.5f}"


def known(name: str, way: Way, keep: Path | None) -> Path | None:
    """Where a result is or would be kept."""
    return keep / f"{name} {way.name}.npz".replace(" ", "_").replace("'", "") if keep else None


def scans_of(folder: Path | None, example: Path) -> dict[str, tuple[Path, Path, frozenset[int] | None]]:
    """Name → scan, mask, labels."""
    found: dict[str, tuple[Path, Path, frozenset[int] | None]] = {
        "example": (example / "study", example / "lesion_mask.nii.gz", None)}
    for name, (scan, mask, labels) in SCANS.items():
        if folder:
            found[name] = (folder / scan, folder / mask, frozenset(labels) if labels else None)
    return found


def options() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=Path, help="folder of the public scans")
    parser.add_argument("--keep", type=Path, help="folder in which results are kept")
    parser.add_argument("--only", help="scans whose name holds this")
    parser.add_argument("--way", help="ways whose name holds this; the first always runs")
    return parser.parse_args()


def main() -> None:
    """A table in Markdown."""
    asked = options()
    resources = pipeline.load_resources(default_settings(), None, METASTASIS)
    points = resources.atlas.brain.to_mm(np.argwhere(resources.atlas.brain_mask.array)[::401].astype(float))
    print("| scan | way | p | Δp | verdict | mm | Dice |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        pipeline.example_study(resources, Path(folder))
        for name, (path, mask_path, labels) in scans_of(asked.scans, Path(folder)).items():
            if asked.only and asked.only not in name:
                continue
            first: dict[str, np.ndarray] | None = None
            for number, way in enumerate(ways()):
                if number and asked.way and asked.way not in way.name:
                    continue
                if first is not None and first["stripped"] and way.backend:  # no network runs
                    continue
                kept = known(name, way, asked.keep)
                if kept and kept.is_file():
                    one = dict(np.load(kept))
                else:
                    one = outcome(read_alone(path), pipeline.read_mask(mask_path), labels, way, resources)
                    if kept:
                        np.savez_compressed(kept, **one)
                first = first or one
                print(f"| {name} | {way.name} | {compared(first, one, points)} |", flush=True)


if __name__ == "__main__":
    main()
