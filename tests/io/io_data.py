"""Seeded contents and oblique affines for the tests of rnapp.io."""

import numpy as np


def rotation(x: float, y: float, z: float) -> np.ndarray:
    """Turns about the three axes, radians."""
    (cx, sx), (cy, sy), (cz, sz) = ((np.cos(a), np.sin(a)) for a in (x, y, z))
    return (np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
            @ np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]]))


def oblique(spacing: tuple[float, float, float], flips: tuple[int, int, int] = (1, 1, 1)) -> np.ndarray:
    """An oblique anisotropic affine; an odd number of flips (-1) makes it left-handed."""
    affine = np.eye(4)
    affine[:3, :3] = rotation(0.3, -0.2, 0.15) * np.array(spacing) * np.array(flips)
    affine[:3, 3] = (-31.7, 22.4, -58.9)
    return affine


def content(shape: tuple[int, int, int], seed: int = 5) -> np.ndarray:
    """Asymmetric whole numbers from 0 to 4000: noise on a ramp that differs along each axis."""
    i, j, k = np.indices(shape)
    ramp = 3 * i + 11 * j + 29 * k
    return np.clip(ramp + np.random.default_rng(seed).integers(0, 60, shape), 0, 4000)
