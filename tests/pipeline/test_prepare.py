"""The example study, really prepared: the right place, the right side, the right brain."""

import time
from pathlib import Path
from threading import Timer

import numpy as np
import pytest

from rnapp import pipeline
from rnapp.errors import Cancelled
from rnapp.geometry import resample
from rnapp.pipeline.prepare import SHARES, STRIP, _shares
from rnapp.pipeline.resources import Resources
from rnapp.types import Atlas, CancelToken, Prepared, SimilarityTransform, Study, Volume
from tests.conftest import dice


def test_brain_and_quality(prepared_example: Prepared, atlas: Atlas) -> None:
    assert prepared_example.quality.good
    assert dice(prepared_example.brain_mask.array, atlas.brain_mask.array) >= 0.93
    assert prepared_example.head.same_grid(atlas.head)


def test_registration_error_is_known_and_small(prepared_example: Prepared, atlas: Atlas) -> None:
    from rnapp.phantom.head import _native_grid
    brain = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::4001].astype(float))
    scanner = _native_grid(atlas)[1].apply(brain)
    # The phantom is also bent by up to 4 mm on purpose, which no similarity can follow.
    assert np.linalg.norm(prepared_example.to_atlas.apply(scanner) - brain, axis=1).mean() < 4


def test_lesion_of_the_left_is_on_the_left(prepared_example: Prepared, example_folder: Path) -> None:
    mask = pipeline.read_mask(example_folder / "lesion_mask.nii.gz")
    lesion = pipeline.find_lesions(prepared_example, mask).lesions[0]
    assert lesion.side == "left"
    inside, around = prepared_example.t1ce.array[lesion.mask.array], prepared_example.t1ce.array
    assert inside.max() > np.percentile(around[prepared_example.brain_mask.array], 99)
    mirrored = mask.with_array(mask.array[::-1])
    assert pipeline.find_lesions(prepared_example, mirrored).lesions[0].side == "right"


def test_flipped_storage_gives_the_same_head(prepared_example: Prepared, resources: Resources) -> None:
    native = prepared_example.native
    affine = native.affine.copy()
    affine[:3, 0] *= -1
    affine[:3, 3] = native.to_mm(np.array([[native.shape[0] - 1.0, 0, 0]]))[0]
    flipped = Volume(native.array[::-1].copy(), affine)
    again = pipeline.prepare(flipped, resources)
    brain = native.to_mm(np.argwhere(pipeline.native_brain_mask(prepared_example).array)[::4001].astype(float))
    apart = np.linalg.norm(again.to_atlas.apply(brain) - prepared_example.to_atlas.apply(brain), axis=1)
    assert apart.max() < 0.01
    assert np.corrcoef(again.head.array.ravel(), prepared_example.head.array.ravel())[0, 1] > 0.99999
    assert dice(again.brain_mask.array, prepared_example.brain_mask.array) > 0.9999


def test_native_brain_mask_is_on_the_input_grid(prepared_example: Prepared) -> None:
    mask = pipeline.native_brain_mask(prepared_example)
    assert mask.same_grid(prepared_example.native)
    volume = mask.array.sum() * mask.voxel_ml
    assert volume == pytest.approx(prepared_example.brain_volume_ml, rel=0.03)


def test_a_stripped_scan_that_is_registered_stays_where_it_is_whatever_its_header_says(
        atlas: Atlas, resources: Resources) -> None:
    shift = np.eye(4)
    shift[:3, 3] = (0.8, -1.2, 1.4)
    brain = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float))
    prepared, moved = (pipeline.prepare(Volume(atlas.brain.array, matrix @ atlas.brain.affine), resources)
                       for matrix in (np.eye(4), shift))
    assert np.linalg.norm(prepared.to_atlas.apply(brain) - brain, axis=1).max() < 0.3
    there = moved.to_atlas.apply(SimilarityTransform(shift).apply(brain))
    assert np.linalg.norm(there - prepared.to_atlas.apply(brain), axis=1).max() < 0.05
    assert "already skull-stripped" in prepared.warnings[0]
    assert dice(prepared.brain_mask.array, atlas.brain_mask.array) > 0.99
    assert prepared.mask_source == "given"


def test_a_stripped_scan_elsewhere_is_registered(atlas: Atlas, resources: Resources) -> None:
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = (0, -240, 0)
    grid = Volume(np.zeros((121, 121, 80), np.uint8), affine)
    brain = resample(atlas.brain, grid)
    moved = np.eye(4)
    moved[:3, 3] = (15, -20, 30)
    prepared = pipeline.prepare(Volume(np.round(brain.array), moved @ affine), resources)
    assert prepared.to_atlas.matrix[:3, 3] == pytest.approx((-15, 20, -30), abs=3)
    assert "already skull-stripped" in prepared.warnings[0]


def test_the_share_of_the_brain_mask_grows_with_its_networks() -> None:
    shares = {mode: _shares(mode) for mode in ("fast", "balanced", "accurate")}
    assert all(sum(one.values()) == pytest.approx(1) for one in shares.values())
    assert shares["fast"] == pytest.approx(SHARES)
    assert shares["fast"][STRIP] < shares["balanced"][STRIP] < shares["accurate"][STRIP]


def test_cancel_works_in_the_middle(example_study: Study, resources: Resources) -> None:
    volume = pipeline.load_volume(example_study, pipeline.proposed_series(example_study))
    token, stages = CancelToken(), []
    timer = Timer(1.0, token.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        pipeline.prepare(volume, resources, lambda stage, fraction: stages.append((stage, fraction)), token)
    assert time.monotonic() - start < 30
    assert stages[-1][1] < 1
