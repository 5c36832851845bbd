"""A case of the tests' own, with every kind of value that a case may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from rnapp.types import Array, FloatArray, SimilarityTransform, Volume, When
from tests.conftest import oblique_affine

CASE_ID = "0123456789abcdef"


@dataclass(frozen=True, eq=False)
class Head:
    """Volumes of one scan."""

    scan: Volume
    mask: Volume
    to_atlas: SimilarityTransform


@dataclass(frozen=True)
class Note:
    """Words of the board."""

    when: When
    leaning: Literal["necrosis", "progression"]
    value: float | str | None = None


@dataclass(frozen=True, eq=False)
class Desk:
    """What is kept; second and first may be one object."""

    first: Head
    second: Head | None
    notes: tuple[Note, ...] = ()
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    timings_s: Mapping[str, float] = field(default_factory=dict)
    by_lesion: Mapping[int, Note] = field(default_factory=lambda: MappingProxyType({}))
    dismissed: frozenset[int] = frozenset()
    picture: bytes = b""
    file: Path | None = None
    count: int = 0
    accepted: bool = False
    pseudonym: str = ""
    weights: FloatArray | None = None
    table: Array | None = None


def head(seed: int = 0) -> Head:
    """An oblique, left-handed, anisotropic scan without any symmetry, with a mask of it."""
    rng = np.random.default_rng(seed)
    shape = (5, 7, 4)
    affine = oblique_affine((0.9, 1.1, 3.5), (20, 10, -15), (1, -1, 1), np.array([3.0, -11, 47]), shape)
    scan = Volume(rng.normal(size=shape).astype(np.float32), affine)
    turn = np.eye(4)
    turn[:3, :3] = oblique_affine((1, 1, 1), (9, -6, 14), (1, 1, 1), np.zeros(3), shape)[:3, :3] * 0.96
    turn[:3, 3] = (12, -140, 1 / 3)
    return Head(scan, scan.with_array(rng.random(shape) > 0.7), SimilarityTransform(turn))


def desk() -> Desk:
    """One of every kind, with the same head twice."""
    one, day = head(), Note(date(2026, 1, 31), "necrosis", "grey")
    return Desk(
        one, one, (day, Note(-2.5, "progression", 0.1), Note(3, "necrosis"), day), (1 / 3, -0.0, 1e300),
        {"read": 0.1, "": 2.0}, MappingProxyType({-3: day, 12: Note(0.0, "progression")}), frozenset({5, -1, 30}),
        b"\x89PNG\x00", Path("mask file.nii.gz"), 7, True, "P-07 é\udcff",
        np.array([0.1, np.nan], np.float16), np.arange(6, dtype=np.uint8).reshape(2, 3))
