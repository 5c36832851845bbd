"""Registration on deliberately hard heads: python -m tests.benchmarks.hard_heads [--scans FOLDER] [--wrong].

Each head (the example, and the real ones of FOLDER) is prepared unmoved, then moved, cut, thickened or spoiled in a
known way and prepared again. The error is how far the brain lands from where the unmoved preparation puts it, mm in
SRI24, mean over the brain. A case is right below 3 mm; otherwise it must be refused or shown as doubtful. With
--wrong, the search is given only wrong starts, to see whether what comes of it is noticed.
"""

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.errors import PreparationError
from rnapp.geometry import from_sitk, resample, to_lps, to_sitk
from rnapp.phantom.head import phantom_head
from rnapp.preprocess import pose, registration
from rnapp.types import CancelToken, FloatArray, Prepared, SimilarityTransform, Volume
from tests.benchmarks.scans import prepare, read_scan

RIGHT_MM = 3.0
SCANS = {
    "two lesions, 6.5 mm": "t1ce_head_two_lesions/brain1_image.nrrd",
    "frontal glioma, 5.5 mm": "t1ce_head_thick_slices/tcia_example_t1c.nii.gz",
    "MPRAGE, sagittal": "dicom_mprage",
}


@dataclass(frozen=True)
class Hardship:
    """What is done to a head.

    turn: degrees about x, y, z; shift: mm; crop: share cut off at (low, high) end of an axis; slices: mm;
    tilt: degrees of the acquisition grid; bias: ratio of brightest to darkest; noise: share of the mean.
    """

    kind: str
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    crop: tuple[int, float, float] | None = None
    slices: float | None = None
    tilt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flips: tuple[int, ...] = ()
    order: tuple[int, int, int] = (0, 1, 2)
    bias: float = 1.0
    noise: float = 0.0


def hardships() -> list[Hardship]:
    """The table: single turns, shifts, cuts, spoilings, and combinations drawn with a fixed seed."""
    turns = [Hardship(f"turned {degrees:+.0f}° about {'xyz'[axis]}", turn=_along(axis, degrees))
             for axis in range(3) for degrees in (-35.0, -20.0, 20.0, 35.0)]
    shifts = [Hardship(f"shifted {mm:+.0f} mm along {'xyz'[axis]}", shift=_along(axis, mm))
              for axis in range(3) for mm in (-60.0, 60.0)]
    cuts = [Hardship(f"{share:.0%} cut off at the {name}", crop=(axis, *ends)) for share in (0.15, 0.3)
            for name, axis, ends in (("vertex", 2, (0.0, share)), ("base", 2, (share, 0.0)), ("left", 0, (0.0, share)),
                                     ("front", 1, (share, 0.0)))]
    spoilt = [Hardship(f"{mm:.0f} mm slices", slices=mm) for mm in (5.0, 7.0)]
    spoilt += [Hardship(f"bias {ratio:.0f}:1", bias=ratio) for ratio in (2.0, 4.0)]
    spoilt += [Hardship(f"noise {share:.0%}", noise=share) for share in (0.1, 0.25)]
    stored = [Hardship("stored flipped along i and k", flips=(0, 2)),
              Hardship("stored flipped along all axes", flips=(0, 1, 2)),
              Hardship("stored sagittally", order=(1, 2, 0)),
              Hardship("acquired 25° oblique", tilt=(25.0, 10.0, -15.0))]
    rng = np.random.default_rng(20251)
    mixed = [Hardship(f"everything, draw {number}", turn=tuple(rng.uniform(-35, 35, 3)),
                      shift=tuple(rng.uniform(-40, 40, 3)), crop=(2, 0.0, float(rng.uniform(0, 0.15))),
                      slices=float(rng.uniform(3, 6)), tilt=tuple(rng.uniform(-15, 15, 3)), flips=(0,), order=(0, 2, 1),
                      bias=float(rng.uniform(1.2, 2.5)), noise=float(rng.uniform(0.02, 0.1))) for number in range(8)]
    return [*turns, *shifts, *cuts, *spoilt, *stored, *mixed]


def _along(axis: int, value: float) -> tuple[float, float, float]:
    return tuple(value if place == axis else 0.0 for place in range(3))  # type: ignore[return-value]


def apply(hardship: Hardship, scan: Volume, seed: int) -> tuple[Volume, SimilarityTransform]:
    """The spoilt scan, and where each point of the scan went (LPS mm): the patient's movement in the scanner."""
    motion = _motion(hardship, scan)
    moved = _spoilt(hardship, resample(scan, _grid(hardship, scan), motion), seed)
    return _stored(hardship, moved), motion


def _motion(hardship: Hardship, scan: Volume) -> SimilarityTransform:
    """About the middle of the scan."""
    centre = scan.to_mm((np.array([scan.shape]) - 1) / 2)[0]
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", hardship.turn, degrees=True).as_matrix()
    matrix[:3, 3] = centre + hardship.shift - matrix[:3, :3] @ centre
    return SimilarityTransform(matrix)


def _grid(hardship: Hardship, scan: Volume) -> Volume:
    """The acquisition's grid: that of the scan with room for a moved head, tilted, with its own slices, then cut."""
    spacing, shape = scan.spacing.copy(), np.array(scan.shape)
    if hardship.slices:
        axis = int(spacing.argmax()) if spacing.max() > 1.5 else 2
        shape[axis] = max(8, round(shape[axis] * spacing[axis] / hardship.slices))
        spacing[axis] = hardship.slices
    centre = scan.to_mm((np.array([scan.shape]) - 1) / 2)[0]
    affine = np.eye(4)
    tilt = Rotation.from_euler("xyz", hardship.tilt, degrees=True).as_matrix()
    affine[:3, :3] = tilt @ (scan.affine[:3, :3] / scan.spacing) * spacing
    followed = np.array(hardship.shift) * 2 / 3  # the technician follows, but not all the way
    affine[:3, 3] = centre + followed - affine[:3, :3] @ ((shape - 1) / 2)
    if hardship.crop:
        axis, low, high = hardship.crop
        first, last = round(low * shape[axis]), shape[axis] - round(high * shape[axis])
        start = np.zeros(3)
        start[axis] = first
        affine[:3, 3] += affine[:3, :3] @ start
        shape[axis] = last - first
    return Volume(np.broadcast_to(np.uint8(0), tuple(int(side) for side in shape)), affine)


def _spoilt(hardship: Hardship, volume: Volume, seed: int) -> Volume:
    """With a smooth bias field and Rician noise."""
    rng = np.random.default_rng(seed)
    axes = [np.linspace(-1, 1, side) for side in volume.shape]
    direction = rng.normal(size=3)
    ramp = sum(part * axis for part, axis in zip(direction / np.abs(direction).sum(),
                                                 np.meshgrid(*axes, indexing="ij"), strict=True))
    image = volume.array * np.exp(np.log(hardship.bias) / 2 * ramp)
    if hardship.noise:
        sigma = hardship.noise * float(image[image > image.mean()].mean())
        image = np.hypot(image + rng.normal(0, sigma, image.shape), rng.normal(0, sigma, image.shape))
    return volume.with_array(image.astype(np.float32))


def _stored(hardship: Hardship, volume: Volume) -> Volume:
    """The same voxels in another storage order."""
    image = sitk.PermuteAxes(to_sitk(volume), list(hardship.order))
    return from_sitk(sitk.Flip(image, [axis in hardship.flips for axis in range(3)], False))


def displacement(found: SimilarityTransform, expected: Prepared, motion: SimilarityTransform) -> FloatArray:
    """How far each point of the brain (SRI24) lands from where the unmoved preparation has it, mm."""
    brain = expected.brain_mask
    points = brain.to_mm(np.argwhere(brain.array)[::997].astype(float))
    landed = found.apply(motion.apply(expected.to_atlas.inverse().apply(points)))
    return np.asarray(np.linalg.norm(landed - points, axis=1))


@dataclass(frozen=True)
class Outcome:
    """One case. error_mm: None where the study was refused."""

    head: str
    kind: str
    error_mm: float | None
    dice: float
    correlation: float
    good: bool
    seconds: float

    @property
    def verdict(self) -> str:
        """right, detected, or the one thing that must never happen: undetected."""
        if self.error_mm is not None and self.error_mm < RIGHT_MM:
            return "right" if self.good else "right, shown as doubtful"
        return "undetected" if self.good else "detected"


def run(head: str, scan: Volume, resources: pipeline.Resources, chosen: list[Hardship],
        wrong: bool) -> Iterator[Outcome]:
    """All hardships of one head. wrong: let the search begin at wrong places only."""
    expected = prepare(scan, resources)
    search = _wrong_poses if wrong else pose.find_poses
    for number, hardship in enumerate(chosen):
        hard, motion = apply(hardship, scan, number)
        start = time.perf_counter()
        try:
            with patch.object(registration, "find_poses", search):
                prepared = prepare(hard, resources)
        except PreparationError as refusal:
            yield Outcome(head, hardship.kind, None, 0.0, 0.0, False, time.perf_counter() - start)
            print(f"    {refusal}", file=sys.stderr)
            continue
        error = displacement(prepared.to_atlas, expected, motion)
        yield Outcome(head, hardship.kind, float(error.mean()), prepared.quality.dice, prepared.quality.correlation,
                      prepared.quality.good, time.perf_counter() - start)


def _wrong_poses(atlas_head: Volume, atlas_brain_mask: Volume, head: Volume, count: int,
                 cancel: CancelToken) -> list[pose.Pose]:
    """The right poses turned by a quarter or half circle, or shifted by 50 mm."""
    right = pose.find_poses(atlas_head, atlas_brain_mask, head, count, cancel)[0]
    turns = [Rotation.from_euler("xyz", _along(axis, angle), degrees=True).as_matrix()
             for axis, angle in ((0, 90.0), (1, 90.0), (2, 90.0), (0, 180.0), (1, 180.0), (2, 180.0))]
    number = int(abs(float(head.array.sum()))) % (len(turns) + 1)
    if number == len(turns):
        return [replace(right, place=right.place + np.array([0.0, 20.0, 50.0]))]
    return [replace(right, turn=right.turn @ turns[number])]


def heads(folder: Path | None, resources: pipeline.Resources) -> Iterator[tuple[str, Volume]]:
    """The example, and each real head that is there."""
    yield "example", to_lps(phantom_head(resources.atlas, 0).t1ce)
    for name, place in SCANS.items() if folder else ():
        volume = read_scan(folder / place)
        yield name, to_lps(volume.with_array(volume.array.astype(np.float32)))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hard_heads", description=__doc__)
    parser.add_argument("--scans", type=Path, help="folder with the public scans")
    parser.add_argument("--csv", type=Path, help="every case as a row")
    parser.add_argument("--only", help="only kinds that contain this")
    parser.add_argument("--heads", help="only heads whose name contains this")
    parser.add_argument("--wrong", action="store_true", help="begin the search at wrong places only")
    parser.add_argument("--backend", default="auto")
    given = parser.parse_args()
    resources = pipeline.load_resources(replace(default_settings(), backend=given.backend))
    chosen = [hardship for hardship in hardships() if not given.only or given.only in hardship.kind]
    outcomes = []
    for name, scan in heads(given.scans, resources):
        if given.heads and given.heads not in name:
            continue
        for outcome in run(name, scan, resources, chosen, given.wrong):
            outcomes.append(outcome)
            error = "refused" if outcome.error_mm is None else f"{outcome.error_mm:5.2f} mm"
            print(f"{outcome.head:24s} {outcome.kind:34s} {error:8s} Dice {outcome.dice:.3f} correlation "
                  f"{outcome.correlation:.2f} {outcome.seconds:5.1f} s  {outcome.verdict}", file=sys.stderr, flush=True)
    _print_table(outcomes)
    if given.csv:
        with given.csv.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["head", "kind", "error_mm", "dice", "correlation", "good", "seconds", "verdict"])
            for one in outcomes:
                error = "" if one.error_mm is None else f"{one.error_mm:.3f}"
                writer.writerow([one.head, one.kind, error, f"{one.dice:.4f}", f"{one.correlation:.4f}", one.good,
                                 f"{one.seconds:.1f}", one.verdict])


def _print_table(outcomes: list[Outcome]) -> None:
    print("| head | cases | right | of these shown as doubtful | detected failures | undetected | median mm | worst mm "
          "of the right |\n|---|---|---|---|---|---|---|---|")
    for head in dict.fromkeys(one.head for one in outcomes):
        cases = [one for one in outcomes if one.head == head]
        right = [one for one in cases if one.verdict.startswith("right")]
        errors = [one.error_mm for one in right if one.error_mm is not None]
        print(f"| {head} | {len(cases)} | {len(right)} | {sum(not one.good for one in right)} | "
              f"{sum(one.verdict == 'detected' for one in cases)} | "
              f"{sum(one.verdict == 'undetected' for one in cases)} | "
              + (f"{np.median(errors):.2f} | {max(errors):.2f} |" if errors else "– | – |"))


if __name__ == "__main__":
    main()
