"""What prepare writes for a cohort table: a JSON record per row and a crop per lesion, each complete or absent.

Their names come from what the row refers to, not from its line: a table may be sorted, cut or extended afterwards.
"""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Volume
from training.cohort_row import Row


@dataclass(frozen=True)
class Measures:
    """One lesion of a row's mask. number: from 1, the largest first; diameter_mm (longest), volume_ml: the patient's
    own; centre_mm: SRI24, LPS."""

    number: int
    diameter_mm: float
    volume_ml: float
    centre_mm: tuple[float, float, float]


@dataclass(frozen=True)
class Measured:
    """The result of a row. key: the row's; sentence: why it cannot be used, else empty; fingerprint: of its input;
    lesions: one, or all of the mask where the row stands for every lesion."""

    key: str
    sentence: str
    fingerprint: str
    lesions: tuple[Measures, ...] = ()


def read_measured(rows: Sequence[Row], out: Path) -> tuple[Measured, ...]:
    """The results of an earlier run of prepare for these rows. Raises InputError where one is missing."""
    records = [_record(out, row.key) for row in rows]
    missing = [row.line for row, one in zip(rows, records, strict=True) if one is None or not _whole(out, one)]
    if missing:
        raise InputError(f"Expected all rows prepared in {out}, but line {missing[0]} is not; run training.prepare "
                         "first, or again.")
    return tuple(one for one in records if one is not None)


def earlier(out: Path, key: str, made_from: str) -> Measured | None:
    """The record of an earlier run, if it was made from the same input, succeeded, and all its crops are complete."""
    one = _record(out, key)
    if one is None or one.sentence or one.fingerprint != made_from:
        return None
    return one if _whole(out, one) else None


def _whole(out: Path, one: Measured) -> bool:
    return all(zipfile.is_zipfile(crop_file(out, one.key, lesion.number)) for lesion in one.lesions)


def keep(out: Path, one: Measured) -> None:
    """The record of a row, usable or not; after its crops."""
    with replacing(_record_file(out, one.key)) as unfinished:
        unfinished.write_text(json.dumps(asdict(one)), encoding="utf-8")


def crop_file(out: Path, key: str, number: int) -> Path:
    """Where the crop of a lesion of a row is. number: as measured."""
    return out / f"{key}-{number:02d}.npz"


def write_crop(file: Path, crop: Crop) -> None:
    """The crop in half precision."""
    with replacing(file) as unfinished, unfinished.open("wb") as stream:
        np.savez_compressed(stream, t1ce=crop.t1ce.array.astype(np.float16), mask=crop.mask.array,
                            affine=crop.t1ce.affine)


def read_crop(file: Path) -> Crop:
    """The crop as it was written, float32."""
    with np.load(file) as stored:
        affine = stored["affine"]
        return Crop(Volume(stored["t1ce"].astype(np.float32), affine), Volume(stored["mask"], affine))


def _record(out: Path, key: str) -> Measured | None:
    try:
        stored = json.loads(_record_file(out, key).read_text(encoding="utf-8"))
        lesions = tuple(Measures(**{**lesion, "centre_mm": tuple(lesion["centre_mm"])}) for lesion in stored["lesions"])
        return Measured(**{**stored, "lesions": lesions})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _record_file(out: Path, key: str) -> Path:
    return out / f"{key}.json"
