"""The same voxels, otherwise described: python -m tests.benchmarks.steadiness [--scans FOLDER].

The example and the real heads of FOLDER are prepared as they are, then stored in another order, shifted by 0.00001 to
2 mm and turned by 0.1°. What differs is said: the registrations at the brain, mm (the header's own shift taken back),
the Dice of the brain masks, and the probabilities of the lesions.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.types import FloatArray, Prepared, SimilarityTransform, Volume
from tests.benchmarks.scans import prepare, probabilities, read_scan

SCANS = {
    "two lesions, 6.5 mm": ("t1ce_head_two_lesions/brain1_image.nrrd", "t1ce_head_two_lesions/brain1_label.nrrd", None),
    "frontal glioma, 5.5 mm": ("t1ce_head_thick_slices/tcia_example_t1c.nii.gz", None, None),
    "ring, stripped on SRI24": ("t1ce_sri24_ring/t1c.nii.gz", "t1ce_sri24_ring/seg-BraTS23_1.nii.gz",
                                frozenset({1, 3})),
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """to_atlas: of the head as it was, LPS mm; probabilities: one per lesion."""

    prepared: Prepared
    to_atlas: SimilarityTransform
    probabilities: FloatArray
    cpu_s: float


def variants(scan: Volume) -> Iterator[tuple[str, FloatArray, bool]]:
    """Name, what moves the header, and whether the voxels are stored in another order."""
    middle = scan.to_mm((np.array([scan.shape]) - 1) / 2)[0]
    yield "as it is", np.eye(4), False
    yield "stored in another order", np.eye(4), True
    for length in (1e-5, 1e-3, 0.3, 2.0):
        move = np.eye(4)
        move[:3, 3] = np.array([1, -1, 1]) * length / np.sqrt(3)
        yield f"shifted by {length:g} mm", move, False
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", (0.1, 0.05, -0.07), degrees=True).as_matrix()
    turn[:3, 3] = middle - turn[:3, :3] @ middle
    yield "turned by 0.1°", turn, False


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


def outcome(scan: Volume, mask: Volume | None, labels: frozenset[int] | None, move: FloatArray, otherwise: bool,
            resources: pipeline.Resources) -> Outcome:
    """The preparation and, with a mask, the answer for a head described in this way."""
    start = time.process_time()
    prepared = prepare(described(scan, move, otherwise), resources)
    seconds = time.process_time() - start
    found = [] if mask is None else probabilities(prepared, described(mask, move, otherwise), resources, labels)
    return Outcome(prepared, prepared.to_atlas.after(SimilarityTransform(move)), np.array(found), seconds)


def compared(first: Outcome, other: Outcome, points: FloatArray) -> str:
    """The cells of one line. points: of the atlas brain, LPS mm."""
    apart = np.linalg.norm(other.to_atlas.apply(first.to_atlas.inverse().apply(points)) - points, axis=1).max()
    masks = [one.prepared.brain_mask.array for one in (first, other)]
    dice = 2 * (masks[0] & masks[1]).sum() / (masks[0].sum() + masks[1].sum())
    change = f"{np.abs(other.probabilities - first.probabilities).max():.4f}" if first.probabilities.size else "–"
    return f"{apart:.4f} | {dice:.5f} | {change} | {other.cpu_s:.1f}"


def main() -> None:
    """A table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=Path, help="folder of the public scans")
    options = parser.parse_args()
    resources = pipeline.load_resources(default_settings())
    points = resources.atlas.brain.to_mm(np.argwhere(resources.atlas.brain_mask.array)[::401].astype(float))
    print("| head | header | mm | Dice | change of probability | CPU s |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        pipeline.example_study(resources, Path(folder))
        scans = {"example": (Path(folder) / "study", Path(folder) / "lesion_mask.nii.gz", None)}
        if options.scans:
            scans |= {name: (options.scans / scan, options.scans / mask if mask else None, labels)
                      for name, (scan, mask, labels) in SCANS.items()}
        for name, (study, mask_file, labels) in scans.items():
            scan = read_scan(study)
            mask = pipeline.read_mask(mask_file) if mask_file else None
            first: Outcome | None = None
            for header, move, otherwise in variants(scan):
                one = outcome(scan, mask, labels, move, otherwise, resources)
                first = first or one
                print(f"| {name} | {header} | {compared(first, one, points)} |", flush=True)


if __name__ == "__main__":
    main()
