"""Measures of balls, tubes, sheets and places, and which of them is most like a lesion."""

import numpy as np
import pytest

from rnapp.lesion.bright import Part, Scene
from rnapp.lesion.likeness import WEIGHTS, likeness, measures
from rnapp.types import Array

SHAPE = (60, 60, 60)
BOX = (slice(0, 60),) * 3
X, Y, Z = (index - middle for index, middle in zip(np.ogrid[:60, :60, :60], (18, 30, 30), strict=True))
BALL = X**2 + Y**2 + Z**2 < 6.5**2
TUBE = (X**2 + Z**2 < 2.5**2) & (np.abs(Y) < 14)
SHEET = (np.abs(X) < 2) & (np.abs(Y) < 12) & (np.abs(Z) < 12)


def measured(mask: Array, beyond: Array | None = None, midline: float = 50.0, depth: float = 20.0) -> dict[str, float]:
    """Of a bright mask in a grey brain. beyond: bright too, but no part of it."""
    level = np.where(mask if beyond is None else mask | beyond, 8.0, 0.0).astype(np.float32)
    scene = Scene(np.zeros(3, int), level, np.ones(SHAPE, bool), np.full((30, 30, 30), depth))
    return measures(scene, Part(BOX, 1.5, mask, mask), midline)


def test_every_measure_has_its_weight() -> None:
    assert list(measured(BALL)) == list(WEIGHTS)


def test_a_ball_is_round_and_thick() -> None:
    ball, tube, sheet = measured(BALL), measured(TUBE), measured(SHEET)
    assert ball["roundness"] == pytest.approx(1, abs=0.02)
    assert max(tube["roundness"], sheet["roundness"]) < 0.35
    assert np.exp(ball["thickness"]) == pytest.approx(6.5, abs=0.7)
    assert max(tube["thickness"], sheet["thickness"]) < ball["thickness"] - 0.5
    assert likeness(ball) > 0.5 > 0.1 > max(likeness(tube), likeness(sheet))


def test_the_edge_the_midline_and_bright_tissue_beyond_speak_against_it() -> None:
    alone = measured(BALL)
    tail = TUBE & ~BALL
    for other, name in ((measured(BALL, depth=2.0), "edge"), (measured(BALL, midline=18.0), "middle"),
                        (measured(BALL, beyond=tail), "goes_on")):
        assert other[name] > alone[name]
        assert likeness(other) < likeness(alone)
    assert alone["edge"] == alone["goes_on"] == 0
    assert measured(BALL, midline=18.0)["middle"] == pytest.approx(1, abs=0.01)


def test_the_box_does_not_matter() -> None:
    box = (slice(6, 31), slice(18, 43), slice(18, 43))
    level = np.where(BALL, 8.0, 0.0).astype(np.float32)
    scene = Scene(np.zeros(3, int), level, np.ones(SHAPE, bool), np.full((30, 30, 30), 20.0))
    assert measures(scene, Part(box, 1.5, BALL[box], BALL[box]), 50.0) == pytest.approx(measured(BALL))
