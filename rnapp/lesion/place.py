"""Which voxels of the scan a mask refers to, decided from the two grids alone, before any preparation."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnapp.errors import MaskError
from rnapp.geometry import SAME_VOXEL, VoxelMatch, match_voxels, on_voxels
from rnapp.types import SRI24, FloatArray, Volume

# In voxels: converters disagree by half a voxel about where a voxel's corner is; more than that is another position.
LARGEST_SHIFT = 0.5
# Converters that take the slice distance from the first two slices of a rounded series are off by this share of it.
LARGEST_STEP = 0.01


@dataclass(frozen=True)
class Fit:
    """Where a mask lies.

    space: "scan": it means voxels of the scan; "atlas": it lies on the SRI24 grid and the scan does not, so that it
    fits only if it was drawn on this very registration; None: neither, and refusal is the sentence that says why.
    how: voxel for voxel, or by position on another sampling of the scan's own field of view. distance_mm: how far its
    corners are from where they are taken to be. note: what the reader of the result should know, "" if nothing.
    """

    space: Literal["scan", "atlas"] | None
    how: Literal["voxels", "position"] = "voxels"
    distance_mm: float = 0.0
    note: str = ""
    refusal: str = ""

    @property
    def must_be_confirmed(self) -> bool:
        """Whether it must be shown which registration the mask was drawn on, or somebody must have looked."""
        return self.space == "atlas"


def fit(mask: Volume, scan: Volume, atlas_grid: Volume) -> Fit:
    """Where a mask on this grid lies; only the grids are looked at, never the voxels.

    The same size up to the order of storage and every corner within half a voxel, or one corner where it should be and
    steps that differ by less than a hundredth, means the scan's own voxels. So do voxels that are the scan's own but
    fewer; the same field of view in other steps is taken by position. Both are said, and so is more than a tenth of a
    voxel.
    """
    own, atlas = match_voxels(mask, scan), match_voxels(mask, atlas_grid)
    if own is not None and _is_whole(own, scan):
        return Fit("scan", distance_mm=own.mm_apart, note=_shift_note(own))
    if atlas is not None and _is_whole(atlas, atlas_grid) and atlas.voxels_apart <= SAME_VOXEL:
        return Fit("atlas", distance_mm=atlas.mm_apart)
    if own is not None and _is_cut_out(own, scan):
        return Fit("scan", distance_mm=own.mm_apart,
                   note="The mask covers only a part of the scan; its voxels there are the scan's own.")
    if own is not None and (apart := _other_steps(mask, scan)) is not None:
        return Fit("scan", "position", apart,
                   f"The mask was drawn on another sampling of the scan's field of view ({_grid(mask)} instead of "
                   f"{_grid(scan)}) and was resampled.")
    return Fit(None, refusal=refusal(mask, scan, atlas_grid))


def checked(fitted: Fit) -> Fit:
    """fitted itself. Raises MaskError where the mask fits neither the scan nor SRI24."""
    if fitted.space is None:
        raise MaskError(fitted.refusal)
    return fitted


def placed(mask: Volume, grid: Volume, fitted: Fit) -> Volume:
    """The mask as voxels of the grid (of the scan or of SRI24) that it was found to fit; unchanged where it fits by
    position only."""
    match = match_voxels(mask, grid)
    if fitted.how == "position" or match is None:
        return mask
    part = on_voxels(mask, grid, match)
    if part.shape == grid.shape:
        return grid.with_array(part.array)
    array = np.zeros(grid.shape, part.array.dtype)
    start = np.rint(grid.to_voxels(part.affine[None, :3, 3])[0]).astype(int)
    array[tuple(slice(a, a + side) for a, side in zip(start, part.shape, strict=True))] = part.array
    return grid.with_array(array)


def refusal(mask: Volume, scan: Volume, atlas_grid: Volume) -> str:
    """One sentence: what of the mask's grid differs from the scan's (or from SRI24's, if it has that size), by how
    much, and what to do."""
    like_atlas = sorted(mask.shape) == sorted(atlas_grid.shape) != sorted(scan.shape)
    of_scan = "" if like_atlas else f" ({_listed(differences(mask, scan))})"
    of_atlas = f" ({_listed(differences(mask, atlas_grid))})" if like_atlas else ""
    return (f"The mask's grid is neither that of the scan{of_scan} nor that of {SRI24}{of_atlas}; choose a mask drawn "
            "on this series, or prepare the series that it was drawn on.")


def differences(mask: Volume, grid: Volume) -> tuple[str, ...]:
    """What differs between two grids, in a few words each: number of voxels, their size, directions, position."""
    match = match_voxels(mask, grid)
    order = list(np.argsort(match.axes)) if match else [0, 1, 2]
    shape, spacing = np.array(mask.shape)[order], mask.spacing[order]
    turned = _turned_degrees(mask, grid, match)
    apart_mm, what = _off(mask, grid, match, turned)
    parts = [f"it has {_sides(shape)} voxels instead of {_sides(grid.shape)}" if tuple(shape) != grid.shape else "",
             f"its voxels measure {_lengths(spacing)} mm instead of {_lengths(grid.spacing)} mm"
             if (np.abs(spacing / grid.spacing - 1) > LARGEST_STEP / 2).any() else "",
             f"its axes are rotated by {turned:.1f}°" if turned > 0.05 else "",
             f"its {what} is {apart_mm:.1f} mm away" if apart_mm >= 0.05 else ""]
    return tuple(part for part in parts if part) or ("its corners are in other positions",)


def _is_whole(match: VoxelMatch, grid: Volume) -> bool:
    """Whether it is the whole grid, up to rounding and what converters disagree about."""
    low, high = match.box
    if low.any() or not np.array_equal(high, np.array(grid.shape) - 1):
        return False
    apart = np.abs(match.apart).max(axis=1)
    anchored = apart.min() <= SAME_VOXEL and bool((np.ptp(match.apart, axis=0) <= LARGEST_STEP * high).all())
    return bool(apart.max() <= LARGEST_SHIFT) or anchored


def _is_cut_out(match: VoxelMatch, grid: Volume) -> bool:
    low, high = match.box
    return match.voxels_apart <= SAME_VOXEL and bool((low >= 0).all() and (high < grid.shape).all())


def _shift_note(match: VoxelMatch) -> str:
    if match.voxels_apart <= SAME_VOXEL:
        return ""
    return (f"According to its header the mask is up to {match.mm_apart:.1f} mm from the scan, although both have "
            "the same voxels; it was used voxel for voxel. Check that it fits.")


def _other_steps(mask: Volume, scan: Volume) -> float | None:
    """How far the edges of two fields of view are apart, mm, where they are the same but for the steps; else None.

    Programs that resample keep the middle of the first voxel or its edge, and round up the number of voxels.
    """
    linear = np.linalg.inv(scan.affine)[:3, :3] @ mask.affine[:3, :3]
    steps = np.abs(linear).max(axis=1)
    turned = np.abs(linear) * (np.abs(linear) < np.abs(linear).max(axis=0))
    if ((turned * mask.shape).sum(axis=1) > SAME_VOXEL).any():
        return None
    corners = scan.to_voxels(mask.corners_mm)
    middles = np.stack([corners.min(axis=0), corners.max(axis=0) - (np.array(scan.shape) - 1)])
    edges = middles + np.array([[-1], [1]]) * (steps - 1) / 2
    kept = (np.minimum(np.abs(middles), np.abs(edges)) <= SAME_VOXEL).any(axis=0).all()
    if not kept or (np.abs(edges) > np.maximum(1, steps)).any():
        return None
    return float((np.abs(edges) * scan.spacing).max())


def _turned_degrees(mask: Volume, grid: Volume, match: VoxelMatch | None) -> float:
    """The angle of the turn from one set of axes to the other; of the matching ones where there are such."""
    cosines = np.abs((grid.affine[:3, :3] / grid.spacing).T @ (mask.affine[:3, :3] / mask.spacing))
    along = cosines.max(axis=0) if match else np.diag(cosines)
    return float(np.degrees(np.arccos(np.clip((along.sum() - 1) / 2, -1, 1))))


def _off(mask: Volume, grid: Volume, match: VoxelMatch | None, turned: float) -> tuple[float, str]:
    """How far the mask's first corner (the middle, where the axes are turned) is from the grid's, mm, and its name."""
    if match is None or turned > 0.05:
        middles = [volume.to_mm((np.array([volume.shape]) - 1) / 2)[0] for volume in (mask, grid)]
        return float(np.linalg.norm(middles[0] - middles[1])), "middle"
    ends = [0 if step > 0 else side - 1 for step, side in zip(match.steps, mask.shape, strict=True)]
    return float(np.linalg.norm(mask.to_mm(np.array([ends], float))[0] - grid.affine[:3, 3])), "origin"


def _listed(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _sides(shape: tuple[int, ...] | FloatArray) -> str:
    return "×".join(str(int(side)) for side in shape)


def _lengths(spacing: FloatArray) -> str:
    return "×".join(f"{side:.2f}" for side in spacing)


def _grid(volume: Volume) -> str:
    return f"{_sides(volume.shape)} voxels of {_lengths(volume.spacing)} mm"

