"""From the scans as read to SRI24, in the paper's order: LPS, N4, registration, HD-BET, z-score.

Gomaa et al. 2025, Data Preprocessing. The stripped brain then refines the registration, and the scan is resampled
once, from its original voxels. A scan for a further role goes the same way, but only to be registered to the first one,
rigidly, on whose grid and in whose scale it then is.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from rnapp.errors import PreparationError
from rnapp.explain.pair_picture import pair_picture as draw_pair
from rnapp.explain.pictures import quality_picture as draw_quality
from rnapp.geometry import about_its_middle, grid_like, resample, resample_mask
from rnapp.pipeline.clock import Clock
from rnapp.pipeline.resources import Resources
from rnapp.preprocess.bias_field import estimate_bias_field, lps_scan, without_bias
from rnapp.preprocess.coregister import Head, Wording, coregister
from rnapp.preprocess.cut_off import cut_off_cautions, head_cut
from rnapp.preprocess.normalise import z_score
from rnapp.preprocess.quality import assess, coverage_cautions
from rnapp.preprocess.registration import refine_brain, register_brain, register_head
from rnapp.preprocess.skull_strip import brain_mask, passes, strip_grid, warm
from rnapp.preprocess.stripped import stripped_brain
from rnapp.trust.checks.field_of_view import field_of_view_cautions
from rnapp.trust.checks.ghosts import ghost_cautions, ghosting
from rnapp.trust.checks.picture import look_at, picture_cautions, tissues
from rnapp.types import (
    BiasField,
    BrainMaskMode,
    CancelToken,
    Caution,
    Channel,
    LoadedSeries,
    MatchQuality,
    Prepared,
    ProgressCallback,
    Question,
    RegistrationQuality,
    SimilarityTransform,
    Volume,
    no_progress,
    note,
)

STRIPPED = note("skull_stripped", "The scan is already skull-stripped; HD-BET was skipped and the scan's own brain "
                                  "edge is used.")
BIAS, REGISTER, STRIP = "Correcting the bias field", "Registering to the SRI24 atlas", "Stripping the skull"
REFINE, FINISH = "Refining brain to brain", "Normalising"
MATCH = "Registering to the first scan"
# Of the work on the first scan in fast mode, and of that on any other one more.
SHARES = {BIAS: 0.15, REGISTER: 0.2, STRIP: 0.5, REFINE: 0.1, FINISH: 0.05}
MATCH_SHARE = 0.15
WORDING = Wording(same_part="scans that show the same part", expected="scans of one patient", moving="this head",
                  choose="another series", before="accepting it")


def prepare(inputs: Mapping[str, LoadedSeries], resources: Resources, progress: ProgressCallback = no_progress,
            cancel: CancelToken | None = None, cautions: tuple[Caution, ...] = (),
            mode: BrainMaskMode | None = None) -> Prepared:
    """The scans (role → series, with or without skull) prepared for drawing and analysis. The first is registered to
    the atlas, the others (of the same contrast) to the first.

    cautions: of the study, carried along. mode: of HD-BET, None for the settings' one. Raises PreparationError where
    one is no head, cannot be registered or is not the head of the first, WeightsError, Cancelled.
    """
    if not inputs:
        raise PreparationError("Expected a series to prepare, but got none; choose one.")
    (reference, loaded), *others = inputs.items()
    labels = {role: _label(role, resources) for role, _ in others}
    token, chosen = cancel or CancelToken(), mode or resources.settings.brain_mask_mode
    clock = Clock(_shares(chosen, tuple(labels.values())), progress, token)
    first = _first(loaded, _Run(resources, chosen, clock, token))
    channels, found = {reference: first.channel}, [*cautions, *first.cautions]
    for role, other in others:
        # Its brain mask only helps to register it: one network is enough.
        run = _Run(resources, "fast", clock, token, labels[role])
        channels[role] = _registered(other, first, run)
        found += _match_cautions(channels[role], labels[role])
    found += _picture_cautions(channels, first.brain_mask, resources, labels)
    clock.finish()
    return Prepared(channels, first.brain_mask, first.quality, clock.timings_s, tuple(found),
                    "given" if first.stripped else chosen)


def warm_up(resources: Resources) -> None:
    """Loads what the first study would otherwise wait for. Raises WeightsError where a network's weights are not its
    own."""
    _warm_strip(resources, resources.settings.brain_mask_mode)
    resources.model.load()


def native_brain_mask(prepared: Prepared) -> Volume:
    """The brain mask on the first scan's own grid, bool."""
    return resample_mask(prepared.brain_mask, prepared.native, prepared.to_atlas.inverse())


def quality_picture(prepared: Prepared, resources: Resources) -> bytes:
    """PNG by which a person accepts or rejects the registration and the brain mask."""
    return draw_quality(prepared, resources.atlas)


def pair_picture(prepared: Prepared, role: str, question: Question) -> bytes:
    """PNG by which a person accepts or rejects the registration of a further scan (role) to the reference scan. Raises
    PreparationError where there is none."""
    channel = prepared.channels.get(role)
    if channel is None or channel is prepared.reference:
        raise PreparationError("Expected a further scan that is prepared, but there is none; prepare the study again.")
    return draw_pair(prepared, channel, next((one.label for one in question.roles if one.name == role), role))


def quality_pictures(prepared: Prepared, resources: Resources) -> dict[str, bytes]:
    """Role → the picture by which a person accepts or rejects it: the reference scan against the atlas, each further
    scan against the reference scan."""
    first, *others = prepared.channels
    pairs = {role: pair_picture(prepared, role, resources.task.question) for role in others}
    return {first: quality_picture(prepared, resources), **pairs}


@dataclass(frozen=True, eq=False)
class _Run:
    """What preparing one scan needs. label: of its role, "" for the first."""

    resources: Resources
    mode: BrainMaskMode
    clock: Clock
    cancel: CancelToken
    label: str = ""

    def stage(self, name: str) -> AbstractContextManager[None]:
        return self.clock.stage(_stage(name, self.label))


@dataclass(frozen=True, eq=False)
class _OnAtlas:
    """A scan that found its own way onto SRI24. corrected: without its bias field, its own grid in LPS order;
    brain_mask: bool, SRI24 grid; stripped: it came without its skull."""

    corrected: Volume
    bias: BiasField
    to_atlas: SimilarityTransform
    brain_mask: Volume
    stripped: bool


@dataclass(frozen=True, eq=False)
class _First:
    """The first scan; cautions: of its preparation."""

    channel: Channel
    brain_mask: Volume
    quality: RegistrationQuality
    cautions: tuple[Caution, ...]
    stripped: bool


def _first(loaded: LoadedSeries, run: _Run) -> _First:
    scan, atlas = _onto_atlas(loaded.volume, run), run.resources.atlas
    with run.stage(FINISH):
        head = resample(scan.corrected, atlas.head, scan.to_atlas)
        covered = resample_mask(grid_like(scan.corrected, np.ones(scan.corrected.shape, bool)), head, scan.to_atlas)
        quality = assess(head, scan.brain_mask, covered, atlas)
        image = z_score(head, scan.brain_mask)
    cautions = (*cut_off_cautions(loaded.volume), *_ghost_cautions(loaded.volume),
                *((STRIPPED,) if scan.stripped else ()),
                *coverage_cautions(covered, atlas), *field_of_view_cautions(scan.brain_mask.array, covered.array),
                *_quality_cautions(quality))
    channel = Channel(loaded.series.source, loaded.volume, scan.bias, scan.to_atlas, head, image)
    return _First(channel, scan.brain_mask, quality, cautions, scan.stripped)


def _registered(loaded: LoadedSeries, first: _First, run: _Run) -> Channel:
    """Another scan of the same head on the first one's SRI24 grid. Raises PreparationError with its role."""
    try:
        scan = _onto_atlas(loaded.volume, run)
        with run.stage(MATCH):
            own = resample(scan.corrected, first.channel.head, scan.to_atlas)
            moving = Head(scan.corrected, scan.to_atlas, own, scan.brain_mask, scan.brain_mask)
            fixed = Head(first.channel.native, first.channel.to_atlas, first.channel.head, first.brain_mask,
                         first.brain_mask)
            match = coregister(moving, fixed, WORDING, run.cancel, operated=True)
        with run.stage(FINISH):
            inside = first.brain_mask.with_array(first.brain_mask.array & match.seen.array)
            image = z_score(match.head, inside)
    except PreparationError as error:
        raise PreparationError(f"{run.label}: {error}") from error
    return Channel(loaded.series.source, loaded.volume, scan.bias, match.to_fixed, match.head, image, match.quality)


def _onto_atlas(native: Volume, run: _Run) -> _OnAtlas:
    scan = lps_scan(native)
    given = stripped_brain(scan)
    with run.stage(BIAS):
        bias = estimate_bias_field(scan, run.cancel)
        corrected = without_bias(scan, bias)
    # Where the header says that the scan is must not decide even the last digit of where the head is found.
    here, way = about_its_middle(corrected)
    found, mask = _strip(here, run) if given is None else _keep_stripped(here, here.with_array(given.array), run)
    return _OnAtlas(corrected, bias, found.after(way), mask, given is not None)


def _stage(name: str, label: str) -> str:
    return f"{name}: {label}" if label else name


def _label(role: str, resources: Resources) -> str:
    return next((one.label for one in resources.task.question.roles if one.name == role), role)


def _shares(mode: BrainMaskMode, others: Sequence[str] = ()) -> dict[str, float]:
    """Of the whole work per stage; HD-BET's grows with its passes. others: labels of the further roles."""
    work = {**SHARES, STRIP: SHARES[STRIP] * passes(mode)}
    for label in others:
        work |= {_stage(name, label): share for name, share in {**SHARES, MATCH: MATCH_SHARE}.items()}
    return {name: share / sum(work.values()) for name, share in work.items()}


def _quality_cautions(quality: RegistrationQuality) -> tuple[Caution, ...]:
    return () if quality.good else (Caution("registration_doubtful", "confirm", quality.sentence),)


def _ghost_cautions(native: Volume) -> tuple[Caution, ...]:
    """Measured on at most 64 voxels along each axis, which is enough for what is smooth."""
    step = tuple(-(-side // 64) for side in native.shape)
    thin = native.array[::step[0], ::step[1], ::step[2]]
    cut = head_cut(thin)
    return () if cut is None else ghost_cautions(ghosting(thin, thin > cut, native.spacing * step))


def _picture_cautions(channels: Mapping[str, Channel], brain: Volume, resources: Resources,
                      labels: Mapping[str, str]) -> list[Caution]:
    """Of each scan that must be one after contrast; those of a further one with its label."""
    asked = [role for role in channels if _must_enhance(role, resources)]
    if not asked:
        return []
    where, found = tissues(resources.atlas), []
    for role in asked:
        channel = channels[role]
        seen = brain.with_array(brain.array & (channel.image.array != 0))
        found += [replace(one, sentence=f"{labels[role]}: {one.sentence}") if role in labels else one
                  for one in picture_cautions(look_at(channel.head, seen, where), channel.series.contrast)]
    return found


def _must_enhance(role: str, resources: Resources) -> bool:
    return any(one.name == role and one.contrast for one in resources.task.question.roles)


def _match_cautions(channel: Channel, label: str) -> tuple[Caution, ...]:
    """Of a further scan, each with its role, so that nobody takes it for the first one's."""
    match: MatchQuality | None = channel.match
    doubtful = () if match is None or match.good else (Caution("match_doubtful", "confirm", match.sentence),)
    return tuple(replace(one, sentence=f"{label}: {one.sentence}")
                 for one in (*cut_off_cautions(channel.native), *doubtful))


def _warm_strip(resources: Resources, mode: BrainMaskMode) -> None:
    warm(mode, resources.backend, strip_grid(resources.atlas.head))


def _strip(corrected: Volume, run: _Run) -> tuple[SimilarityTransform, Volume]:
    """Registration and brain mask (SRI24 grid) of a scan with its skull; the network is loaded meanwhile."""
    atlas, backend = run.resources.atlas, run.resources.backend
    with run.stage(REGISTER), ThreadPoolExecutor(1) as pool:
        loaded = pool.submit(_warm_strip, run.resources, run.mode)
        coarse = register_head(corrected, atlas.head, atlas.brain_mask, run.cancel)
        loaded.result()
    with run.stage(STRIP):
        turned = resample(corrected, strip_grid(atlas.head), coarse)
        mask = brain_mask(turned, run.mode, backend, run.cancel, run.clock.part)
    with run.stage(REFINE):
        native = resample_mask(mask, corrected, coarse.inverse())
        brain = corrected.with_array(np.where(native.array, corrected.array, 0))
        to_atlas = refine_brain(brain, atlas.brain, coarse, run.cancel)
        return to_atlas, resample_mask(mask, atlas.head, to_atlas.after(coarse.inverse()))


def _keep_stripped(corrected: Volume, given: Volume, run: _Run) -> tuple[SimilarityTransform, Volume]:
    """The same for a scan that was stripped elsewhere: its own brain edge, registered. One that already is stays where
    it is, but for its size, because that is where the registration ends too: no header decides."""
    atlas = run.resources.atlas
    with run.stage(REGISTER):
        brain = corrected.with_array(np.where(given.array, corrected.array, 0))
        to_atlas = register_brain(brain, atlas.brain, run.cancel)
        return to_atlas, resample_mask(given, atlas.head, to_atlas)
