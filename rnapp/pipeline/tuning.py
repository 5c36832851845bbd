"""Which way of computing is the fastest right one on this machine? Measured once on the atlas head, and remembered."""

import time

from rnapp.compute import REFERENCE, Backend, available, make_backend
from rnapp.config import Settings
from rnapp.geometry import resample
from rnapp.io.atlas import read_atlas
from rnapp.measured import BackendTiming, ChosenBackend, machine, read_chosen_backend, write_chosen_backend
from rnapp.pipeline.resources import Resources, networks_folder, pick_device
from rnapp.preprocess.quality import dice
from rnapp.preprocess.skull_strip import brain_mask, passes, strip_grid, warm
from rnapp.report.wording import BRAIN_MASKS
from rnapp.types import Array, BrainMaskMode, CancelToken, ProgressCallback, Volume, no_progress

LEAST_DICE = 0.999


def brain_mask_seconds(settings: Settings, mode: BrainMaskMode) -> float | None:
    """About how long HD-BET takes in this mode here, from the measurement of this machine; None before it."""
    chosen = read_chosen_backend(settings.state) if settings.state else None
    return chosen.trials[chosen.backend].seconds * passes(mode) if chosen else None


def brain_mask_choices(resources: Resources) -> tuple[tuple[str, BrainMaskMode], ...]:
    """HD-BET's modes in words, with about how long each takes here, and their names."""
    modes: tuple[BrainMaskMode, ...] = ("fast", "balanced", "accurate")
    return tuple((BRAIN_MASKS[mode] + _about(brain_mask_seconds(resources.settings, mode)), mode) for mode in modes)


def _about(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f" (about {seconds:.0f} s)" if seconds < 90 else f" (about {seconds / 60:.0f} min)"


def tune(settings: Settings, progress: ProgressCallback = no_progress,
         cancel: CancelToken | None = None) -> ChosenBackend:
    """Runs HD-BET's first model on the atlas head in every available way and keeps the fastest that is right.

    Right: mask Dice of at least 0.999 against single precision on the CPU. Raises WeightsError, Cancelled, OSError
    where the choice cannot be remembered.
    """
    token = cancel or CancelToken()
    atlas = read_atlas(settings.weights)
    head = resample(atlas.head, strip_grid(atlas.head))
    names = list(dict.fromkeys((REFERENCE, *available(pick_device(settings)))))
    timings: dict[str, BackendTiming] = {}
    expected: Array | None = None
    for number, name in enumerate(names):
        progress(f"Measuring {name}", number / len(names))
        mask, seconds = _measure(make_backend(name, networks_folder(settings)), head, token)
        expected = mask if expected is None else expected
        timings[name] = BackendTiming(seconds, dice(mask, expected))
    right = {name: timing.seconds for name, timing in timings.items() if timing.dice >= LEAST_DICE}
    chosen = ChosenBackend(min(right, key=lambda name: right[name]), timings, machine())
    if settings.state is not None:
        write_chosen_backend(settings.state, chosen)
    progress("Done", 1.0)
    return chosen


def _measure(backend: Backend, head: Volume, cancel: CancelToken) -> tuple[Array, float]:
    """The mask, and the seconds of a run with everything loaded."""
    warm("fast", backend, head)
    start = time.perf_counter()
    mask = brain_mask(head, "fast", backend, cancel)
    return mask.array, time.perf_counter() - start
