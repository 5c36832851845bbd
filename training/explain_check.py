"""Measures a bundle's map of the image networks on synthetic lesions: python -m training.explain_check BUNDLE.

Prints the table of docs/trust_explanations.md. Maps were chosen with one seed and are reported with another.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from rnapp.config import weights_folder
from rnapp.errors import InputError
from rnapp.io.atlas import read_atlas
from rnapp.models.relevance import as_voxels, relevance, together
from rnapp.models.vit import build_vit, to_input
from rnapp.models.weights import Bundle, load_bundle
from rnapp.tasks.metastasis.crop import Crop
from rnapp.trust.attention import LEAST_EFFECT
from rnapp.types import FloatArray
from training.cohort import make_labelled
from training.config import CohortConfig
from training.map_candidates import attention_rollout, gradient_attention
from training.map_measures import Curves, agreement, curves, occluded, probe, rank_correlation
from training.optimise import use_fused_attention
from training.synthetic_crops import make_template

NEAR_MM = 5.0
SHIFT = 2  # voxels of the crop, along each axis, both ways: what no answer should depend on
APP, ROLLOUT, OTHER, RANDOM = "gradient × attention (app)", "attention rollout", "other outcome", "random order"


@dataclass(frozen=True)
class Found:
    """Of one lesion. effect, shifted: what the networks do to the log-odds, and how far that moves with the crop;
    near, volume: shares in lesion + NEAR_MM of map and brain; outside: share outside the brain; randomised: rank
    correlation with the map of untrained networks; seconds: of a processor, for the map."""

    curves: dict[str, Curves]
    agreement: dict[str, float]
    effect: float
    shifted: float
    near: float
    volume: float
    outside: float
    randomised: float
    seconds: float


def look_at(bundle: Bundle, untrained: Sequence[torch.nn.Module], crop: Crop, rng: np.random.Generator) -> Found:
    """Everything of one lesion. untrained: networks like the bundle's with random weights."""
    inputs, vits = to_input(crop.channels, bundle.config.side), bundle.vits
    start = process_time()
    found = [relevance(vit, inputs) for vit in vits]
    seconds = process_time() - start
    sign = 1 if sum(one.moved for one in found) >= 0 else -1
    app = together(found)
    maps = {APP: app, ROLLOUT: np.mean([attention_rollout(vit, inputs) for vit in vits], axis=0),
            OTHER: np.mean([gradient_attention(vit, inputs, -sign) for vit in vits], axis=0),
            RANDOM: rng.random(app.shape)}
    with _fused(vits):
        asked = probe(vits, inputs, sign)
        drops, cubes = occluded(asked)
        measured = {name: curves(asked, one) for name, one in maps.items()}
        effect = _effect(bundle, inputs)
        moves = [abs(_effect(bundle, torch.roll(inputs, by, dims=axis)) - effect)
                 for axis in (2, 3, 4) for by in (SHIFT, -SHIFT)]
    other = together([relevance(vit, inputs) for vit in untrained])
    return Found(measured, {name: agreement(one, drops, cubes) for name, one in maps.items()}, effect,
                 float(np.mean(moves)), *_shares(as_voxels(app, bundle.config.side), crop),
                 rank_correlation(app, other), seconds)


def check(bundle: Bundle, lesions: int, seed: int) -> Iterator[Found]:
    """Of lesions of the first centre, half of them necrosis."""
    torch.manual_seed(seed)
    untrained = [build_vit(bundle.config).eval() for _ in bundle.vits]
    cases, _ = make_labelled(make_template(read_atlas(weights_folder())),
                             CohortConfig(0, lesions // 2, lesions - lesions // 2, 2, 2), seed)
    rng = np.random.default_rng(seed)
    for case in sorted(cases, key=lambda one: one.patient):
        yield look_at(bundle, untrained, case.crop, rng)


def table(found: Sequence[Found]) -> str:
    """In Markdown; means over lesions with their standard errors."""
    lines = ["| map | agreement with occlusion | deletion | better than random | insertion | better than random |",
             "|---|---|---|---|---|---|"]
    for name in (APP, ROLLOUT, OTHER, RANDOM):
        hit, shown = ([getattr(one.curves[name], what) - getattr(one.curves[RANDOM], what) for one in found]
                      for what in ("deletion", "insertion"))
        lines.append(" | ".join((f"| {name}", _mean([one.agreement[name] for one in found]),
                                 _mean([one.curves[name].deletion for one in found]), _count(hit),
                                 _mean([one.curves[name].insertion for one in found]), f"{_count(shown)} |")))
    weak = [one for one in found if abs(one.effect) < LEAST_EFFECT]
    return "\n".join([
        *lines, "",
        f"share of the map in lesion + {NEAR_MM:g} mm: {_mean([one.near for one in found])}; of the brain in the crop: "
        f"{_mean([one.volume for one in found])}",
        f"share outside the brain: median {np.median([one.outside for one in found]):.2f}, highest "
        f"{max(one.outside for one in found):.2f}",
        f"rank correlation with untrained networks: {_mean([one.randomised for one in found])}, highest "
        f"{max(one.randomised for one in found):.2f}",
        f"effect of the image networks, |log-odds|: median {np.median([abs(one.effect) for one in found]):.2f}; below "
        f"{LEAST_EFFECT:g}: {len(weak)} of {len(found)}; moved by {SHIFT} voxels of the crop: mean "
        f"{np.mean([one.shifted for one in found]):.3f}, 95th percentile "
        f"{np.percentile([one.shifted for one in found], 95):.3f}",
        f"processor time of a map: {_mean([one.seconds for one in found])} s"])


def _effect(bundle: Bundle, inputs: Tensor) -> float:
    """What the networks do to the log-odds where everything else is at the training mean."""
    moved = []
    for vit, stacker in zip(bundle.vits, bundle.stackers, strict=True):
        with torch.inference_mode():
            probability = float(torch.sigmoid(vit(inputs)[0])[0, 0])
        usual = dict(zip(stacker.columns, stacker.mean.tolist(), strict=True))
        rows = [stacker.standardise(usual | {stacker.columns[0]: probability}), np.zeros(len(stacker.columns))]
        given, baseline = stacker.log_odds(np.stack(rows))
        moved.append(float(given - baseline))
    return float(np.mean(moved)) / bundle.temperature


def _shares(volume: FloatArray, crop: Crop) -> tuple[float, float, float]:
    """Of the map inside the brain near the lesion, of the brain near it, and of the map outside the brain."""
    brain = crop.t1ce.array != 0
    near = brain & (distance_transform_edt(~crop.mask.array) <= NEAR_MM)
    total, inside = float(volume.sum()), float(volume[brain].sum())
    if inside == 0:
        return 0.0, float(near.sum() / brain.sum()), 0.0
    return float(volume[near].sum()) / inside, float(near.sum() / brain.sum()), 1 - inside / total


@contextmanager
def _fused(vits: Sequence[torch.nn.Module]) -> Iterator[None]:
    """Faster, without the weights of the attention."""
    for vit in vits:
        use_fused_attention(vit, True)
    try:
        yield
    finally:
        for vit in vits:
            use_fused_attention(vit, False)


def _mean(values: Sequence[float]) -> str:
    error = np.std(values) / np.sqrt(len(values))
    return f"{np.mean(values):.2f} ± {error:.2f}"


def _count(gains: Sequence[float]) -> str:
    return f"{sum(gain > 0 for gain in gains)} of {len(gains)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 2: there is no such bundle, or there are too few lesions."""
    parser = argparse.ArgumentParser(prog="python -m training.explain_check", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--lesions", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5001)
    given = parser.parse_args(arguments)
    try:
        if given.lesions < 2:
            raise InputError(f"Expected at least 2 lesions, but got {given.lesions}.")
        found = []
        for one in check(load_bundle(given.bundle), given.lesions, given.seed):
            found.append(one)
            print(f"{len(found)} of {given.lesions}", file=sys.stderr)
    except InputError as error:
        print(f"training.explain_check: {error}", file=sys.stderr)
        return 2
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
