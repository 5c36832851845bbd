"""Prepared studies made by hand on the real atlas, for the tests of this task."""

from dataclasses import replace

import numpy as np

from rnapp.geometry import IDENTITY, grid_like
from rnapp.types import (
    Channel,
    Confirmation,
    Dose,
    DosePath,
    LesionSet,
    PlacedDose,
    Prepared,
    RegistrationQuality,
    Series,
    Volume,
)

GOOD = RegistrationQuality(1.0, 1.0, True, "Made by hand.")
SHAPE = (240, 240, 155)
AFFINE = np.array([[-1.0, 0, 0, 119], [0, -1.0, 0, 119], [0, 0, 1.0, -70], [0, 0, 0, 1]])


def head(value=0.0):
    return Volume(np.full(SHAPE, value, np.float32), AFFINE, "SRI24")


def brain():
    """An ellipsoid about as large as a brain, in the middle of the atlas."""
    axes = [((np.arange(size) - (size - 1) / 2) / half) ** 2 for size, half in zip(SHAPE, (65, 80, 62), strict=True)]
    inside = axes[0][:, None, None] + axes[1][None, :, None] + axes[2][None, None, :] < 1
    return grid_like(head(), inside)


def channel(uid, date, image):
    series = Series(uid, "", "MR", "T1CE", (), SHAPE, (1.0, 1.0, 1.0), date=date)
    return Channel(series, image, None, IDENTITY, image, image)


def study(post_op="2024-10-10", event="2025-06-01", dose=None):
    """post_op: date of that scan, None for a study without it."""
    channels = {"event": channel("1", event, head(1.0))}
    if post_op is not None:
        channels["post_op"] = channel("2", post_op, head(0.5))
    return Prepared(channels, brain(), GOOD, {}, dose=dose)


def placed(gray=60.0, known=1.0, date="2024-11-01", confirmed=True):
    """A dose of one value. known: the share of the brain's height, from below, for which it is known."""
    array = np.full(SHAPE, gray, np.float32)
    array[:, :, round(16 + 124 * known):] = np.nan
    on_atlas = Volume(array, AFFINE, "SRI24")
    seen = Confirmation("2025-06-02T10:00:00+02:00") if confirmed else None
    return PlacedDose(Dose(on_atlas, date=date), DosePath("same_frame", ("The same frame.",), IDENTITY), on_atlas, seen)


def lesions(*outlined):
    """With these lesions, or none."""
    empty = grid_like(head(), np.zeros(SHAPE, np.int16))
    return LesionSet(tuple(outlined), empty, empty)


def with_same_series(prepared):
    """The one series in both roles."""
    event = prepared.channels["event"]
    return replace(prepared, channels={**prepared.channels, "post_op": event})
