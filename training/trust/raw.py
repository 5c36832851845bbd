"""What a bundle says of drawn lesions, through the app's own code, kept on the disk so that a killed run goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.files import replacing
from rnapp.models.weights import Bundle
from rnapp.tasks.metastasis.answer import look
from rnapp.tasks.metastasis.crop import CROP_SIDE, Crop
from rnapp.types import Array, CancelToken, FloatArray
from training.calibration.novelty import FIRST_ORDER
from training.optimise import Report
from training.synthetic_crops import Template
from training.trust.draw import Kind, draw
from training.trust.seeds import Use

PART = 50  # lesions per file
_WINDOW = (-2.0, 4.0)  # deviations of the z-score that a picture shows


@dataclass(frozen=True, eq=False)
class Raw:
    """Of N lesions: log_odds, shape (N,), and of each fold, (N, folds), not calibrated; embeddings: of the ViTs,
    float32, (N, folds, hidden); features: radiomics, (N, names), NaN where undefined; labels: 1 for the first outcome;
    pictures: the slice through the middle, uint8, (N, 64, 64)."""

    log_odds: FloatArray
    folds: FloatArray
    embeddings: FloatArray
    features: FloatArray
    labels: Array
    pictures: Array
    names: tuple[str, ...]

    def part(self, rows: slice | Array) -> "Raw":
        """Some of the lesions."""
        return Raw(self.log_odds[rows], self.folds[rows], self.embeddings[rows], self.features[rows],
                   self.labels[rows], self.pictures[rows], self.names)


_ARRAYS = tuple(field.name for field in fields(Raw))[:-1]


def raw_values(bundle: Bundle, template: Template, use: Use, kind: Kind, numbers: range, folder: Path,
               report: Report) -> Raw:
    """The lesions with these numbers, which rise by 1. folder: of this bundle alone; what is there already is not drawn
    again."""
    files, rows = files_of(numbers, PART)
    return joined([_part(bundle, template, (use, kind), first, folder, report) for first in files]).part(rows)


def files_of(numbers: range, part: int) -> tuple[range, slice]:
    """The number of the first case in each file of so many that these cases lie in, and their rows in all of them."""
    begin = numbers.start // part * part
    return range(begin, numbers.stop, part), slice(numbers.start - begin, numbers.stop - begin)


def joined(parts: Sequence[Raw]) -> Raw:
    """One after the other."""
    arrays: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in parts]) for name in _ARRAYS}
    return Raw(**arrays, names=parts[0].names)


def picture(crop: Crop) -> Array:
    """The axial slice through the middle of the crop, uint8, rows from anterior to posterior, columns from the
    patient's right to left (as a reader sees it), shape (64, 64)."""
    low, high = _WINDOW
    plane = crop.t1ce.array[:, :, CROP_SIDE // 2]  # i runs to the left, j to posterior (LPS)
    return np.rint(np.clip((plane.T - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _part(bundle: Bundle, template: Template, what: tuple[Use, Kind], first: int, folder: Path, report: Report) -> Raw:
    use, kind = what
    file = folder / f"{use}_{kind}_{first:05d}.npz"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        found = [_one(bundle, template, use, kind, number) for number in range(first, first + PART)]
        made = joined(found)
        arrays: dict[str, Any] = {name: getattr(made, name) for name in _ARRAYS} | {"names": np.array(made.names)}
        with replacing(file) as unfinished, unfinished.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        report(f"{use}, {kind}: {first + PART} lesions")
    with np.load(file) as stored:
        kept: dict[str, Any] = {name: stored[name] for name in _ARRAYS}
        return Raw(**kept, names=tuple(str(one) for one in stored["names"]))


def _one(bundle: Bundle, template: Template, use: Use, kind: Kind, number: int) -> Raw:
    case = draw(template, use, kind, number)
    seen = look(bundle, case.crop, case.clinical, CancelToken(), FIRST_ORDER)
    names = sorted(seen.features)
    return Raw(np.array([seen.log_odds]), seen.folds[None],
               np.stack([reading.embedding for reading in seen.readings])[None].astype(np.float32),
               np.array([seen.features[name] for name in names])[None], np.array([case.necrosis]),
               picture(case.crop)[None], tuple(names))
