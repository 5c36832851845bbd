"""False alarms and misses of the input checks: python -m tests.benchmarks.checks --scans FOLDER [--masks N] [--seed S].

The picture check sees each real scan of FOLDER and a real subtraction; further sequences of one patient lie on the
registration of that patient's T1 after contrast. The outline checks see, in each real T1 after contrast, its own
lesions, N outlines on normal tissue (boxes, ellipsoids and the shapes of synthetic lesions: anywhere, on bright places,
at the edge of the brain and outside it, and grown along vessels, sinuses, dura and choroid plexus) and synthetic
lesions.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.geometry import resample, resample_mask
from rnapp.io.masks import chosen_mask, read_mask_file
from rnapp.phantom.lesion import apply_lesion, render_lesion, sample_parameters
from rnapp.preprocess.bias_field import corrected_scan
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.trust.checks.outline import look_at as look_at_outline
from rnapp.trust.checks.outline import outline_cautions
from rnapp.trust.checks.picture import look_at, picture_cautions, tissues
from rnapp.types import Array, CancelToken, FloatArray, Prepared, Volume
from tests.benchmarks.scans import prepare, read_scan

_FOUR = "glioma_four_sequences/sri24_stripped_"
_GLIOMA = "glioma_t1ce_flair/pat000{}/{}.nii.gz"
# Name → T1 after contrast, mask, labels of the lesion.
ENHANCED = {
    "two lesions": ("t1ce_head_two_lesions/brain1_image.nrrd", "t1ce_head_two_lesions/brain1_label.nrrd", None),
    "thick slices": ("t1ce_head_thick_slices/tcia_example_t1c.nii.gz", "", None),
    "ring": ("t1ce_sri24_ring/t1c.nii.gz", "t1ce_sri24_ring/seg-BraTS23_1.nii.gz", {1, 3}),
    "stripped": (f"{_FOUR}t1c.nii.gz", "glioma_four_sequences/sri24_tumour_mask.nii.gz", {1, 4}),
    **{f"glioma {n}": (_GLIOMA.format(n, "t1ce"), _GLIOMA.format(n, "labels"), {1, 3, 4}) for n in (1, 3, 5)}}
# Name → a scan that is no T1 after contrast, and the T1 after contrast on whose voxels it lies ("" for none).
OTHERS = {
    "T1 without contrast, 5.5 mm": ("t1ce_head_thick_slices/tcia_example_t1.nii.gz", "thick slices"),
    "T1 without contrast, stripped": (f"{_FOUR}t1.nii.gz", "stripped"),
    "FLAIR, stripped": (f"{_FOUR}fla.nii.gz", "stripped"), "T2, stripped": (f"{_FOUR}t2.nii.gz", "stripped"),
    **{f"FLAIR of glioma {n}": (_GLIOMA.format(n, "flair"), f"glioma {n}") for n in (1, 3, 5)},
    "MPRAGE without contrast": ("dicom_mprage", ""), "FLASH without contrast": ("dicom_orientation/HFS", "")}
KINDS = ("anywhere", "bright", "edge", "outside", "grown")


def other_head(scan: Path, enhanced: Prepared) -> Volume:
    """Another sequence on the voxels of one that is prepared, corrected and resampled with it."""
    import nibabel

    image = nibabel.load(scan)
    values = np.asarray(image.dataobj, np.float32).squeeze()
    native = Volume(values, np.diag([-1.0, -1, 1, 1]) @ image.affine)
    return resample(corrected_scan(native, None, CancelToken()), enhanced.head, enhanced.to_atlas)


def pictures(folder: Path, known: Mapping[str, Prepared],
             resources: pipeline.Resources) -> Iterator[tuple[str, Volume, Volume]]:
    """Name, head and brain mask of each real scan. known: those after contrast."""
    for name, prepared in known.items():
        yield f"T1CE: {name}", prepared.head, prepared.brain_mask
    for name, (place, base) in OTHERS.items():
        if base:
            yield name, other_head(folder / place, known[base]), known[base].brain_mask
        else:
            alone = prepare(read_scan(folder / place), resources)
            yield name, alone.head, alone.brain_mask
    after, brain = known["stripped"].head, known["stripped"].brain_mask
    before = other_head(folder / f"{_FOUR}t1.nii.gz", known["stripped"]).array
    share = np.median(after.array[brain.array]) / np.median(before[brain.array])
    yield "subtraction, stripped", after.with_array(after.array - np.float32(share) * before), brain


def a_shape(rng: np.random.Generator) -> Array:
    """A box, an ellipsoid or the shape of a synthetic lesion, bool, with a margin of a voxel."""
    kind = rng.integers(3)
    if kind == 0:
        return np.pad(np.ones(rng.integers(4, 22, 3), bool), 1)
    if kind == 1:
        radii = rng.uniform(2, 11, 3)
        i, j, k = np.ogrid[tuple(slice(-int(r) - 1, int(r) + 2) for r in radii)]
        return np.asarray((i / radii[0]) ** 2 + (j / radii[1]) ** 2 + (k / radii[2]) ** 2 <= 1)
    parameters = sample_parameters(("progression", "necrosis")[rng.integers(2)], rng)
    mask = render_lesion((60, 60, 60), (30.0, 30.0, 30.0), parameters, rng).mask
    return np.pad(mask[tuple(slice(at.min(), at.max() + 1) for at in np.nonzero(mask))], 1)


def placed(shape: tuple[int, ...], centre: Array, part: Array) -> Array:
    """A part in a grid, cut where it reaches beyond it."""
    found = np.zeros(shape, bool)
    low = centre - np.array(part.shape) // 2
    to = tuple(slice(max(a, 0), max(min(a + n, side), 0)) for a, n, side in zip(low, part.shape, shape, strict=True))
    found[to] = part[tuple(slice(cut.start - a, cut.stop - a) for cut, a in zip(to, low, strict=True))]
    return found


def grown(smooth: FloatArray, brain: Array, seed: Array, level: float) -> Array:
    """What is as bright and connected, within 14 mm."""
    box = tuple(slice(max(at - 14, 0), at + 15) for at in seed)
    numbered, _ = ndimage.label((smooth[box] > level) & brain[box])
    found = np.zeros(smooth.shape, bool)
    number = numbered[tuple(at - cut.start for at, cut in zip(seed, box, strict=True))]
    found[box] = ndimage.binary_fill_holes(numbered == number) if number else False
    return found


def normal_outlines(prepared: Prepared, near: Array, count: int, rng: np.random.Generator) -> Iterator[
        tuple[str, Array]]:
    """Kind and mask of outlines on normal tissue. near: lesions with a margin, which are left out."""
    brain, depth = prepared.brain_mask.array, ndimage.distance_transform_edt(prepared.brain_mask.array)
    smooth = ndimage.gaussian_filter(prepared.image.array, 0.7)
    level = float(np.percentile(prepared.image.array[brain & ~near], 97.5))
    outside = ndimage.binary_dilation(brain, iterations=4) & ~brain
    free = {"anywhere": brain, "bright": brain & (smooth > level), "edge": brain & (depth <= 2), "outside": outside}
    free["grown"] = free["bright"]
    for kind in KINDS:
        places = np.argwhere(free[kind] & ~near)
        for _ in range(count // len(KINDS)):
            centre = places[rng.integers(len(places))]
            mask = (grown(smooth, brain & ~near, centre, level * rng.choice((1.0, 1.3, 1.8))) if kind == "grown"
                    else placed(brain.shape, centre, a_shape(rng)) & ~near)
            if mask.sum() >= 100:
                yield kind, mask


def synthetic(prepared: Prepared, near: Array, count: int, rng: np.random.Generator) -> Iterator[
        tuple[FloatArray, Array]]:
    """The image with a synthetic lesion in it, and its mask; blurred across the slices as they are thick."""
    brain, head = prepared.brain_mask.array, prepared.head.array
    deep = np.argwhere((ndimage.distance_transform_edt(brain) > 4) & ~near)
    mean, deviation = head[brain].mean(), head[brain].std()
    white, blur = float(np.percentile(head[brain], 70)), float(prepared.native.spacing.max()) / 2.355
    for _ in range(count):
        parameters = sample_parameters(("progression", "necrosis")[rng.integers(2)], rng)
        patch = render_lesion(head.shape, tuple(deep[rng.integers(len(deep))].astype(float)), parameters, rng)
        added = apply_lesion(head, patch, white) - head
        changed = head + (ndimage.gaussian_filter1d(added, blur, axis=2) if blur > 1 else added)
        yield np.where(brain, (changed - mean) / deviation, 0).astype(np.float32), patch.mask & brain


def lesions_of(folder: Path, name: str, prepared: Prepared) -> tuple[Array, Array]:
    """The labels of the lesions, and all structures of the file with 8 mm around them; both on SRI24."""
    _, place, labels = ENHANCED[name]
    nothing = np.zeros(prepared.head.shape, np.int16)
    if not place:
        return nothing, nothing > 0
    file = read_mask_file(folder / place, prepared.native, "")
    chosen = [one for one in file.choices if labels is None or one.number in labels]
    masks = [resample_mask(chosen_mask(file, some), prepared.head, prepared.to_atlas).array
             for some in (chosen, file.choices)]
    numbered, _ = ndimage.label(masks[0], np.ones((3, 3, 3)))
    return numbered.astype(np.int16), np.asarray(ndimage.distance_transform_edt(~masks[1]) < 8)


def said(image: FloatArray, brain: Array, labels: Array, number: int = 1) -> str:
    """The code of the caution, or that a number is given."""
    return next((one.code for one in outline_cautions(look_at_outline(image, brain, labels, number))), "number")


def _pictures(folder: Path, known: Mapping[str, Prepared], resources: pipeline.Resources) -> None:
    where = tissues(resources.atlas)
    print("| scan | grey | fluid | bright, of 10,000 | sinus | said |\n|---|---|---|---|---|---|")
    for name, head, brain in pictures(folder, known, resources):
        seen = look_at(head, brain, where)
        codes = ", ".join(f"{one.code} ({one.level})" for one in picture_cautions(seen, None)) or "nothing"
        assert seen is not None
        print(f"| {name} | {seen.grey:.2f} | {seen.fluid:.1f} | {1e4 * seen.bright:.0f} | {seen.sinus:.1f} | {codes} |")


def _outlines(folder: Path, known: Mapping[str, Prepared], count: int, seed: int) -> None:
    found: dict[str, Counter[str]] = {}
    for name, prepared in known.items():
        rng = np.random.default_rng(seed)
        labels, near = lesions_of(folder, name, prepared)
        image, brain = prepared.image.array, prepared.brain_mask.array
        for number in range(1, int(labels.max()) + 1):
            if (labels == number).sum() >= 100:
                found.setdefault("real lesion", Counter())[said(image, brain, labels, number)] += 1
        for kind, mask in normal_outlines(prepared, near, count, rng):
            found.setdefault(f"normal, {kind}", Counter())[said(image, brain, mask.astype(np.int16))] += 1
        for changed, mask in synthetic(prepared, near, count // 8, rng):
            found.setdefault("synthetic lesion", Counter())[said(changed, brain, mask.astype(np.int16))] += 1
    codes = sorted({code for counts in found.values() for code in counts})
    print("| outlines | n | " + " | ".join(codes) + " |\n|" + "---|" * (len(codes) + 2))
    for kind, counts in found.items():
        print(f"| {kind} | {counts.total()} | " + " | ".join(str(counts[code]) for code in codes) + " |")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.checks", description=__doc__)
    parser.add_argument("--scans", type=Path, required=True, help="folder with the public scans")
    parser.add_argument("--masks", type=int, default=200, help="outlines on normal tissue in each head")
    parser.add_argument("--seed", type=int, default=20262)
    given = parser.parse_args()
    resources = pipeline.load_resources(replace(default_settings(), backend="auto"), task=METASTASIS)
    known = {name: prepare(read_scan(given.scans / place), resources) for name, (place, _, _) in ENHANCED.items()}
    _pictures(given.scans, known, resources)
    print()
    _outlines(given.scans, known, given.masks, given.seed)


if __name__ == "__main__":
    main()
