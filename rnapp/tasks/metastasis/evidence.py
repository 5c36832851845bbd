"""How far an answer moves when the outline or the position is a little different, and how like the model's own cases
the lesion is.

The variations go through the same models as the lesion itself; only the features that the stackers use are measured.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rnapp.geometry import IDENTITY
from rnapp.lesion.outlines import other_outlines
from rnapp.models import clinical as form
from rnapp.models.novelty import likeness
from rnapp.models.radiomics_limits import too_small
from rnapp.models.radiomics_wanted import Filtered, filtered, measured
from rnapp.models.stacker import VIT_COLUMN
from rnapp.models.vit import read_crop, to_input
from rnapp.models.vit_batch import probabilities
from rnapp.models.weights import Bundle
from rnapp.preprocess.small_moves import Scene, around
from rnapp.tasks.metastasis.answer import mean_log_odds
from rnapp.tasks.metastasis.crop import CROP_SIDE, Crop, crop_around, cube_start, cut_cube
from rnapp.tasks.metastasis.question import FIELDS, T1CE
from rnapp.types import CancelToken, Clinical, Evidence, FloatArray, LesionSet, Likeness, Prepared, Volume

# A turn of 2° moves a lesion's box by less than this, so that a crop about it stays inside.
ROOM_VOXELS = 8
# Of a lesion's voxels; an outline that was drawn on SRI24 and smoothed onto the scan comes back with more changed.
SAME_SHARE = 0.002


@dataclass(frozen=True, eq=False)
class Variation:
    """One variation as the models see it. crop: for the image networks; seen, mask: for the radiomics."""

    crop: Crop
    seen: Filtered
    mask: Volume


def evidence(bundle: Bundle, prepared: Prepared, lesions: LesionSet, number: int, clinical: Clinical,
             cancel: CancelToken) -> Evidence:
    """variations: what was changed → log-odds as answer has them, not calibrated. An outline that vanishes, or becomes
    too small for its texture to be read, when it is drawn smaller or aside is left out: nobody would draw it.

    Raises what answer raises.
    """
    columns = [column for stacker in bundle.stackers for column in stacker.columns]
    crop = crop_around(prepared.channels[T1CE].image, lesions.mask(number))
    seen = filtered(crop.t1ce, (*columns, *(bundle.novelty.columns if bundle.novelty else ())))
    varied = dict(_outlines(prepared, lesions, number, seen.only(columns)))
    varied |= dict(_poses(prepared, lesions, number, columns, cancel))
    return Evidence(MappingProxyType(log_odds(bundle, varied, clinical, cancel)), _likeness(bundle, crop, seen, cancel))


def _likeness(bundle: Bundle, crop: Crop, seen: Filtered, cancel: CancelToken) -> Likeness | None:
    """Of the lesion as it is."""
    if bundle.novelty is None:
        return None
    inputs, readings = to_input(crop.channels, bundle.config.side), []
    for vit in bundle.vits:
        cancel.check()
        readings.append(read_crop(vit, inputs))
    return likeness(bundle, readings, measured(seen.only(bundle.novelty.columns), crop.mask))


def log_odds(bundle: Bundle, varied: Mapping[str, Variation], clinical: Clinical,
             cancel: CancelToken) -> dict[str, float]:
    """What was changed → the mean log-odds of the folds. Raises what answer raises."""
    inputs = [to_input(one.crop.channels, bundle.config.side) for one in varied.values()]
    vits = bundle.vits
    # The networks compute beside the radiomics, which keep only one processor busy.
    with ThreadPoolExecutor(1) as pool:
        imaging = pool.submit(lambda: [probabilities(vit, inputs, cancel) for vit in vits])
        features = [_features(one, cancel) for one in varied.values()]
        folds = np.stack(imaging.result(), axis=-1)  # (variations, folds)
    given = form.encode(FIELDS, clinical)
    rows = [_row(bundle, {**found, **given}, fold) for found, fold in zip(features, folds, strict=True)]
    return dict(zip(varied, map(float, mean_log_odds(bundle, np.array(rows))), strict=True)) if rows else {}


def _features(one: Variation, cancel: CancelToken) -> dict[str, float]:
    cancel.check()
    return measured(one.seen, one.mask)


def _row(bundle: Bundle, columns: Mapping[str, float], folds: FloatArray) -> FloatArray:
    """The standardised columns of all stackers side by side. folds: probability of each ViT."""
    return np.concatenate([stacker.standardise({VIT_COLUMN: float(probability), **columns})
                           for stacker, probability in zip(bundle.stackers, folds, strict=True)])


def _outlines(prepared: Prepared, lesions: LesionSet, number: int,
              seen: Filtered) -> Iterator[tuple[str, Variation]]:
    """The image networks see each outline in the middle of its own crop. Its radiomics are read from the filtered scan
    in the lesion's crop: only near the border of that would those of another crop differ."""
    image, mask = prepared.channels[T1CE].image, lesions.mask(number)
    room = prepared.brain_mask.array & np.isin(lesions.atlas.array, (0, number))
    start = cube_start(mask)
    for what, outline in other_outlines(mask, room):
        inside = cut_cube(outline, start)
        if not too_small(inside):
            yield what, Variation(crop_around(image, outline), seen, inside)


def _poses(prepared: Prepared, lesions: LesionSet, number: int, columns: list[str],
           cancel: CancelToken) -> Iterator[tuple[str, Variation]]:
    """The lesion's own outline after the head moved, sampled again from the scan."""
    scene = Scene.of(prepared, T1CE, around(lesions.mask(number), CROP_SIDE + 2 * ROOM_VOXELS), cancel)
    drawn, from_native = _as_drawn(scene, lesions, number)
    for what, move in scene.moves().items():
        cancel.check()
        outline = scene.outline(drawn, from_native, move)
        if outline.array.any():
            crop = crop_around(scene.image(move), outline)
            if not too_small(crop.mask):
                yield what, Variation(crop, filtered(crop.t1ce, columns), crop.mask)


def _as_drawn(scene: Scene, lesions: LesionSet, number: int) -> tuple[Volume, bool]:
    """The outline on the grid that it was drawn on, and whether that is the scan's own: only from there it comes to
    SRI24 just as it is."""
    native, mask = lesions.native.with_array(lesions.native.array == number), lesions.mask(number)
    others = mask.with_array((lesions.atlas.array > 0) & ~mask.array)
    again = scene.outline(native, True, IDENTITY).array & ~scene.outline(others, False, IDENTITY).array
    here = scene.outline(mask, False, IDENTITY).array
    drawn_on_scan = (again != here).sum() <= SAME_SHARE * here.sum()
    return (native, True) if drawn_on_scan else (mask, False)
