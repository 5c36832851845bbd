"""From the native T1CE to SRI24, in the paper's order: LPS, N4, registration, HD-BET, z-score.

Gomaa et al. 2025, Data Preprocessing. The stripped brain then refines the registration, and the scan is resampled
once, from its original voxels.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rnapp.explain.pictures import quality_picture as draw_quality
from rnapp.geometry import grid_like, resample, resample_mask, to_lps
from rnapp.pipeline.clock import Clock
from rnapp.pipeline.resources import Resources
from rnapp.preprocess.bias_field import correct_bias_field
from rnapp.preprocess.cut_off import cut_off_warnings
from rnapp.preprocess.normalise import z_score
from rnapp.preprocess.quality import assess, coverage_warning
from rnapp.preprocess.registration import refine_brain, register_brain, register_head
from rnapp.preprocess.skull_strip import brain_mask, passes, strip_grid, warm
from rnapp.preprocess.stripped import stripped_brain
from rnapp.types import (
    BrainMaskMode,
    CancelToken,
    Prepared,
    ProgressCallback,
    RegistrationQuality,
    SimilarityTransform,
    Volume,
    no_progress,
)

STRIPPED_WARNING = "The scan is already skull-stripped; HD-BET was skipped and the scan's own brain edge is used."
BIAS, REGISTER, STRIP = "Correcting the bias field", "Registering to the SRI24 atlas", "Stripping the skull"
REFINE, FINISH = "Refining brain to brain", "Normalising"
# Of the work in fast mode.
SHARES = {BIAS: 0.15, REGISTER: 0.2, STRIP: 0.5, REFINE: 0.1, FINISH: 0.05}


def prepare(volume: Volume, resources: Resources, progress: ProgressCallback = no_progress,
            cancel: CancelToken | None = None, warnings: tuple[str, ...] = (),
            mode: BrainMaskMode | None = None) -> Prepared:
    """The T1CE (native grid, with or without skull) prepared for drawing and analysis.

    warnings: of the study, carried along. mode: of HD-BET, None for the settings' one. Raises PreparationError where
    it is no head or cannot be registered, WeightsError, Cancelled.
    """
    token = cancel or CancelToken()
    chosen = mode or resources.settings.brain_mask_mode
    clock = Clock(_shares(chosen), progress, token)
    lps = to_lps(volume.with_array(volume.array.astype(np.float32)))
    given = stripped_brain(lps)
    with clock.stage(BIAS):
        corrected = correct_bias_field(lps, token)
    if given is None:
        to_atlas, mask = _strip(corrected, resources, chosen, clock, token)
    else:
        to_atlas, mask = _keep_stripped(corrected, given, resources, clock, token)
    with clock.stage(FINISH):
        head = resample(corrected, resources.atlas.head, to_atlas)
        covered = resample_mask(grid_like(corrected, np.ones(corrected.shape, bool)), head, to_atlas)
        quality = assess(head, mask, covered, resources.atlas)
        t1ce = z_score(head, mask)
    clock.finish()
    notes = (*warnings, *cut_off_warnings(volume), *((STRIPPED_WARNING,) if given else ()),
             *coverage_warning(covered, resources.atlas), *_quality_warning(quality))
    return Prepared(volume, head, t1ce, mask, to_atlas, quality, clock.timings_s, notes,
                    "given" if given else chosen)


def warm_up(resources: Resources) -> None:
    """Loads what the first study would otherwise wait for. Raises WeightsError where a network's weights are not its
    own."""
    _warm_strip(resources, resources.settings.brain_mask_mode)
    _ = resources.bundle.vits


def native_brain_mask(prepared: Prepared) -> Volume:
    """The brain mask on the scan's own grid, bool."""
    return resample_mask(prepared.brain_mask, prepared.native, prepared.to_atlas.inverse())


def quality_picture(prepared: Prepared, resources: Resources) -> bytes:
    """PNG by which a person accepts or rejects the registration and the brain mask."""
    return draw_quality(prepared, resources.atlas)


def _shares(mode: BrainMaskMode) -> dict[str, float]:
    """Of the whole work per stage; HD-BET's grows with its passes."""
    work = {**SHARES, STRIP: SHARES[STRIP] * passes(mode)}
    return {name: share / sum(work.values()) for name, share in work.items()}


def _quality_warning(quality: RegistrationQuality) -> tuple[str, ...]:
    return () if quality.good else (quality.sentence,)


def _warm_strip(resources: Resources, mode: BrainMaskMode) -> None:
    warm(mode, resources.backend, strip_grid(resources.atlas.head))


def _strip(corrected: Volume, resources: Resources, mode: BrainMaskMode, clock: Clock,
           cancel: CancelToken) -> tuple[SimilarityTransform, Volume]:
    """Registration and brain mask (SRI24 grid) of a scan with its skull; the network is loaded beside it."""
    atlas = resources.atlas
    with clock.stage(REGISTER), ThreadPoolExecutor(1) as pool:
        loaded = pool.submit(_warm_strip, resources, mode)
        coarse = register_head(corrected, atlas.head, atlas.brain_mask, cancel)
        loaded.result()
    with clock.stage(STRIP):
        turned = resample(corrected, strip_grid(atlas.head), coarse)
        mask = brain_mask(turned, mode, resources.backend, cancel, clock.part)
    with clock.stage(REFINE):
        native = resample_mask(mask, corrected, coarse.inverse())
        brain = corrected.with_array(np.where(native.array, corrected.array, 0))
        to_atlas = refine_brain(brain, atlas.brain, coarse, cancel)
        return to_atlas, resample_mask(mask, atlas.head, to_atlas.after(coarse.inverse()))


def _keep_stripped(corrected: Volume, given: Volume, resources: Resources, clock: Clock,
                   cancel: CancelToken) -> tuple[SimilarityTransform, Volume]:
    """The same for a scan that was stripped elsewhere: its own brain edge, registered. One that already is stays where
    it is, but for its size, because that is where the registration ends too: no header decides."""
    atlas = resources.atlas
    with clock.stage(REGISTER):
        brain = corrected.with_array(np.where(given.array, corrected.array, 0))
        to_atlas = register_brain(brain, atlas.brain, cancel)
        return to_atlas, resample_mask(given, atlas.head, to_atlas)
