"""Doses and structures with known answers: linear doses, balls and cylinders as contours, a head with a placed dose."""

import numpy as np

from rnapp.io.contours import Stack
from rnapp.types import (
    Dose,
    DosePath,
    FloatArray,
    PlacedDose,
    Prescription,
    SimilarityTransform,
    Volume,
)

RADIUS = 12.0
MEAN_GY = 16.0  # at the middle of the linear dose
CENTRE = np.array((1.3, -2.1, 6.0))
IDENTITY = SimilarityTransform(np.eye(4))


def grid(spacing: float, half_mm: float = 30.0, centre: FloatArray = CENTRE) -> Volume:
    """A cubic grid around a centre, along the world's axes; its voxels are 0."""
    side = int(np.ceil(2 * half_mm / spacing)) + 1
    affine = np.diag((spacing, spacing, spacing, 1.0))
    affine[:3, 3] = centre - spacing * (side - 1) / 2
    return Volume(np.zeros((side,) * 3, np.float32), affine)


def linear(spacing: float, axis: int, half_mm: float = 30.0) -> Volume:
    """1 Gy/mm along an axis, MEAN_GY at CENTRE."""
    empty = grid(spacing, half_mm)
    world = empty.to_mm(np.indices(empty.shape).reshape(3, -1).T.astype(float))
    return empty.with_array((MEAN_GY + world[:, axis] - CENTRE[axis]).reshape(empty.shape).astype(np.float32))


def gaussian(spacing: float, peak_gy: float = 60.0, sigma_mm: float = 12.0, centre: FloatArray = CENTRE,
             half_mm: float = 40.0) -> Volume:
    """A ball-shaped dose."""
    empty = grid(spacing, half_mm, centre)
    world = empty.to_mm(np.indices(empty.shape).reshape(3, -1).T.astype(float))
    square = ((world - centre) ** 2).sum(axis=1).reshape(empty.shape)
    return empty.with_array((peak_gy * np.exp(-square / (2 * sigma_mm**2))).astype(np.float32))


def circle(radius: float, depth: float) -> FloatArray:
    """A closed contour in an axial plane, shape (120, 3)."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    flat = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(120)]) * radius
    return np.asarray(flat + np.array((CENTRE[0], CENTRE[1], depth)))


def stack(radii: FloatArray, depths: FloatArray) -> Stack:
    """Circles, one for each plane."""
    planes = tuple((circle(radius, depth),) for radius, depth in zip(radii, depths, strict=True))
    return Stack(np.array((0.0, 0.0, 1.0)), np.asarray(depths, float), planes)


def ball(gap: float) -> Stack:
    """Contours through the middle of slabs that fill a ball from pole to pole."""
    count = round(2 * RADIUS / gap)
    off = (np.arange(count) + 0.5) * gap - RADIUS
    return stack(np.sqrt(RADIUS**2 - off**2), CENTRE[2] + off)


def ball_share(gy: FloatArray) -> FloatArray:
    """Of a ball in the linear dose: share that receives this much or more."""
    height = np.clip(MEAN_GY + RADIUS - gy, 0, 2 * RADIUS)
    return np.asarray(height**2 * (3 * RADIUS - height) / (4 * RADIUS**3))


def ball_mask(where: Volume, centre: FloatArray, radius: float) -> Volume:
    """A ball as a bool mask."""
    world = where.to_mm(np.indices(where.shape).reshape(3, -1).T.astype(float))
    return where.with_array((np.linalg.norm(world - centre, axis=1) <= radius).reshape(where.shape))


def dose_of(volume: Volume, prescribed: float | None = 60.0, fractions: int | None = 30) -> Dose:
    """With one prescription, or none."""
    given = () if prescribed is None else (Prescription("PTV", prescribed, fractions, "photon"),)
    return Dose(volume, given)


def placed(dose: Dose, on_atlas: Volume, to_scan: SimilarityTransform = IDENTITY) -> PlacedDose:
    """On a scan, not confirmed."""
    return PlacedDose(dose, DosePath("same_frame", ("The dose and the scan name one frame of reference.",), to_scan),
                      on_atlas)
