"""The example study, really prepared: the right place, the right side, the right brain."""

import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Timer

import numpy as np
import pytest

from rnapp import pipeline
from rnapp.errors import Cancelled, PreparationError
from rnapp.geometry import resample, resample_mask
from rnapp.pipeline.clock import Clock
from rnapp.pipeline.prepare import (
    SHARES,
    STRIP,
    _First,
    _match_cautions,
    _OnAtlas,
    _registered,
    _Run,
    _shares,
    pair_picture,
    quality_pictures,
)
from rnapp.pipeline.resources import Resources
from rnapp.preprocess.bias_field import corrected_scan, lps_scan
from rnapp.preprocess.coregister import GOOD_CORRELATION
from rnapp.tasks.metastasis.question import T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import (
    SRI24,
    Atlas,
    CancelToken,
    Channel,
    LoadedSeries,
    Prepared,
    SimilarityTransform,
    Study,
    Volume,
    no_progress,
)
from tests.conftest import dice, loaded, loaded_example, oblique_affine, sphere
from tests.timeline.synthetic import LEFT, rigid, texture


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
    found = pipeline.find_lesions(prepared_example, mask, METASTASIS)
    assert found.lesions[0].side == "left"
    inside, around = prepared_example.image.array[found.mask(1).array], prepared_example.image.array
    assert inside.max() > np.percentile(around[prepared_example.brain_mask.array], 99)
    mirrored = mask.with_array(mask.array[::-1])
    assert pipeline.find_lesions(prepared_example, mirrored, METASTASIS).lesions[0].side == "right"


def test_flipped_storage_gives_the_same_head(prepared_example: Prepared, resources: Resources, atlas: Atlas,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    """HD-BET is shown the same head, so that its mask is the same too; the atlas' brain serves as both."""
    shown: list[Volume] = []

    def atlas_brain(head: Volume, *_: object) -> Volume:
        shown.append(head)
        return resample_mask(atlas.brain_mask, head)

    monkeypatch.setattr(import_module("rnapp.pipeline.prepare"), "brain_mask", atlas_brain)
    native = prepared_example.native
    affine = native.affine.copy()
    affine[:3, 0] *= -1
    affine[:3, 3] = native.to_mm(np.array([[native.shape[0] - 1.0, 0, 0]]))[0]
    flipped = Volume(native.array[::-1].copy(), affine)
    plain, again = (pipeline.prepare({T1CE: loaded(one)}, resources) for one in (native, flipped))
    brain = native.to_mm(np.argwhere(pipeline.native_brain_mask(plain).array)[::4001].astype(float))
    apart = np.linalg.norm(again.to_atlas.apply(brain) - plain.to_atlas.apply(brain), axis=1)
    assert apart.max() < 0.01
    for one, other in (shown, (plain.head, again.head)):
        assert np.corrcoef(one.array.ravel(), other.array.ravel())[0, 1] > 0.99999
    assert dice(again.brain_mask.array, plain.brain_mask.array) > 0.9999
    assert np.corrcoef(plain.head.array.ravel(), plain.head.array[::-1].ravel())[0, 1] < 0.99, "left is not right"


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
    scans = [loaded(Volume(atlas.brain.array, matrix @ atlas.brain.affine)) for matrix in (np.eye(4), shift)]
    prepared, moved = (pipeline.prepare({T1CE: one}, resources) for one in scans)
    assert np.linalg.norm(prepared.to_atlas.apply(brain) - brain, axis=1).max() < 0.3
    there = moved.to_atlas.apply(SimilarityTransform(shift).apply(brain))
    assert np.linalg.norm(there - prepared.to_atlas.apply(brain), axis=1).max() < 0.05
    assert "already skull-stripped" in str(prepared.cautions[0])
    assert dice(prepared.brain_mask.array, atlas.brain_mask.array) > 0.99
    assert prepared.mask_source == "given"


def test_a_stripped_scan_elsewhere_is_registered(atlas: Atlas, resources: Resources) -> None:
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = (0, -240, 0)
    grid = Volume(np.zeros((121, 121, 80), np.uint8), affine)
    brain = resample(atlas.brain, grid)
    moved = np.eye(4)
    moved[:3, 3] = (15, -20, 30)
    prepared = pipeline.prepare({T1CE: loaded(Volume(np.round(brain.array), moved @ affine))}, resources)
    assert prepared.to_atlas.matrix[:3, 3] == pytest.approx((-15, 20, -30), abs=3)
    assert "already skull-stripped" in str(prepared.cautions[0])


def test_the_share_of_the_brain_mask_grows_with_its_networks() -> None:
    shares = {mode: _shares(mode) for mode in ("fast", "balanced", "accurate")}
    assert all(sum(one.values()) == pytest.approx(1) for one in shares.values())
    assert shares["fast"] == pytest.approx(SHARES)
    assert shares["fast"][STRIP] < shares["balanced"][STRIP] < shares["accurate"][STRIP]


def test_cancel_works_in_the_middle(example_study: Study, resources: Resources) -> None:
    inputs = {T1CE: loaded_example(example_study)}
    token, stages = CancelToken(), []
    timer = Timer(1.0, token.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        pipeline.prepare(inputs, resources, lambda stage, fraction: stages.append((stage, fraction)), token)
    assert time.monotonic() - start < 30
    assert stages[-1][1] < 1


TURNED = ((9.0, -6.0, 14.0), (25.0, -12.0, 18.0))  # degrees and mm of the other scan's head


def scan(atlas: Atlas, whole: Volume, turn: tuple[tuple[float, ...], tuple[float, ...]] = ((0, 0, 0), (0, 0, 0)),
         gain: float = 1.0) -> tuple[LoadedSeries, SimilarityTransform]:
    """A stripped head on an oblique, flipped grid, turned and moved as a person would lie; and its way to SRI24."""
    middle = atlas.head.to_mm((np.array([atlas.head.shape]) - 1) / 2)[0]
    way = rigid(*turn, middle, 1 / 0.97)
    shape = (130, 160, 90)
    affine = oblique_affine((1.6, 1.5, 2.2), (8, -5, 11), (1, -1, 1), way.apply(middle[None])[0], shape)
    grid = Volume(np.zeros(shape, np.float32), affine, f"1.2.3.{gain}")
    array = gain * np.round(resample(whole, grid, way).array)
    return loaded(grid.with_array(array.astype(np.float32)), f"1.2.{gain}"), way.inverse()


def brain(atlas: Atlas, seed: int = 1, share: float = 0.25, alike: float = 0.0) -> Volume:
    """A stripped brain like the atlas', but like no other one, and no half of it like the other. alike: to that of seed
    1, 0 to 1, if the seed is another."""
    inside = alike * texture(atlas, 1) + np.sqrt(1 - alike**2) * texture(atlas, seed)
    kept = atlas.brain.array > 0
    array = atlas.brain.array * np.clip(1 + share * inside, 0.2, None)
    return atlas.brain.with_array(np.where(kept, np.maximum(array, 1), 0).astype(np.float32))


def run(resources: Resources, label: str = "") -> _Run:
    return _Run(resources, "fast", Clock({}, no_progress, CancelToken()), CancelToken(), label)


@pytest.fixture(scope="module")
def two_scans(atlas: Atlas, resources: Resources) -> tuple[Prepared, SimilarityTransform]:
    """Two scans of one head, prepared, and the second one's true way to SRI24."""
    reference, _ = scan(atlas, brain(atlas))
    other, true = scan(atlas, brain(atlas), TURNED, gain=0.5)
    return pipeline.prepare({T1CE: reference, "before": other}, resources), true


@pytest.fixture(scope="module")
def first(two_scans: tuple[Prepared, SimilarityTransform]) -> _First:
    """The first scan, as the others find it."""
    prepared, _ = two_scans
    return _First(prepared.reference, prepared.brain_mask, prepared.quality, (), True)


def test_a_further_scan_lies_on_the_first_however_the_head_lay(
        atlas: Atlas, two_scans: tuple[Prepared, SimilarityTransform]) -> None:
    prepared, true = two_scans
    assert list(prepared.channels) == [T1CE, "before"]
    one, two = prepared.channels.values()
    places = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float))
    own = scan(atlas, brain(atlas))[1].inverse().apply(places)  # where the first scan has these places
    apart = np.linalg.norm(two.to_atlas.apply(true.inverse().apply(places)) - one.to_atlas.apply(own), axis=1)
    assert apart.max() < 0.7
    assert two.to_atlas.scale == pytest.approx(one.to_atlas.scale, abs=1e-6), "rigid in the patient's millimetres"
    assert (one.match, two.match is not None and two.match.good) == (None, True)
    inside = prepared.brain_mask.array & (two.image.array != 0)
    assert np.corrcoef(one.image.array[inside], two.image.array[inside])[0, 1] > 0.95
    assert abs(np.corrcoef(one.image.array[inside], two.image.array[::-1][inside])[0, 1]) < 0.8, "left stays left"
    assert two.image.array[inside].mean() == pytest.approx(0, abs=0.01)
    assert two.image.array[inside].std() == pytest.approx(1, abs=0.01)
    assert {one.image.frame_of_reference, two.image.frame_of_reference} == {SRI24}
    assert (two.series.uid, two.native.frame_of_reference) == ("1.2.0.5", "1.2.3.0.5")
    assert not any(caution.code == "match_doubtful" for caution in prepared.cautions)
    assert "Registering to the first scan: before" in prepared.timings_s


@pytest.fixture
def registered_by_hand(atlas: Atlas, resources: Resources, first: _First, monkeypatch: pytest.MonkeyPatch
                       ) -> Callable[[Volume], Channel]:
    """A scan of a stripped head in addition to the first one, with its transform to SRI24 given: only the match is
    computed."""
    def registered(whole: Volume) -> Channel:
        other, to_atlas = scan(atlas, whole)
        inside = other.volume.with_array(other.volume.array > 0)
        assert first.channel.bias is not None
        own = _OnAtlas(lps_scan(other.volume), first.channel.bias, to_atlas,
                       resample_mask(inside, atlas.head, to_atlas), True)
        monkeypatch.setattr(import_module("rnapp.pipeline.prepare"), "_onto_atlas", lambda *_: own)
        return _registered(other, first, run(resources, "before"))

    return registered


def test_a_further_scan_with_swapped_sides_or_of_another_head_is_refused_with_its_role(
        atlas: Atlas, resources: Resources, first: _First, registered_by_hand: Callable[[Volume], Channel]) -> None:
    whole = operated(brain(atlas))
    swapped, _ = scan(atlas, whole.with_array(np.ascontiguousarray(whole.array[::-1])), TURNED)
    with pytest.raises(PreparationError, match="before: Expected left and right on the same sides"):
        _registered(swapped, first, run(resources, "before"))
    with pytest.raises(PreparationError, match="before: Expected scans of one patient"):
        registered_by_hand(brain(atlas, seed=2, share=0.6))


def test_a_further_scan_that_may_be_of_another_head_must_be_looked_at(
        atlas: Atlas, two_scans: tuple[Prepared, SimilarityTransform],
        registered_by_hand: Callable[[Volume], Channel]) -> None:
    doubtful = registered_by_hand(brain(atlas, seed=2, alike=0.4))
    (caution,) = _match_cautions(doubtful, "before")
    assert (caution.code, caution.level) == ("match_doubtful", "confirm")
    assert caution.sentence.startswith("before: Intensities agree poorly")
    assert _match_cautions(two_scans[0].channels["before"], "before") == ()


def operated(whole: Volume) -> Volume:
    """With a cavity of 58 ml on the left that has a bright rim."""
    rim, cavity = (sphere(whole, LEFT, radius).array for radius in (24, 20))
    bright = np.where(rim, 2.0 * np.percentile(whole.array[whole.array > 0], 90), whole.array)
    return whole.with_array(np.where(cavity, 5.0, bright).astype(np.float32))


def test_a_cavity_and_new_enhancement_do_not_make_a_right_match_doubtful(
        atlas: Atlas, resources: Resources, first: _First) -> None:
    other, true = scan(atlas, operated(brain(atlas)), TURNED, gain=0.5)
    match = _registered(other, first, run(resources, "post_op"))
    assert match.match is not None
    assert match.match.good
    inside = first.brain_mask.array & (match.image.array != 0)
    assert np.corrcoef(first.channel.head.array[inside], match.head.array[inside])[0, 1] < GOOD_CORRELATION, (
        "with everything compared it would be doubtful")
    places = atlas.brain.to_mm(np.argwhere(atlas.brain_mask.array)[::5003].astype(float))
    own = scan(atlas, brain(atlas))[1].inverse().apply(places)
    there, here = match.to_atlas.apply(true.inverse().apply(places)), first.channel.to_atlas.apply(own)
    assert np.linalg.norm(there - here, axis=1).max() < 0.7
    prepared = Prepared({T1CE: first.channel, "post_op": match}, first.brain_mask, first.quality, {})
    pictures = quality_pictures(prepared, resources)
    assert list(pictures) == [T1CE, "post_op"]
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())
    with pytest.raises(PreparationError, match="Expected a further scan"):
        pair_picture(prepared, T1CE, resources.task.question)


def test_one_scan_costs_nothing_extra_and_none_is_refused(resources: Resources, prepared_example: Prepared) -> None:
    assert set(prepared_example.timings_s) == set(SHARES)
    assert sum(_shares("fast", ("before",)).values()) == pytest.approx(1)
    with pytest.raises(PreparationError, match="Expected a series"):
        pipeline.prepare({}, resources)


def test_the_kept_bias_field_gives_the_head_again(prepared_example: Prepared) -> None:
    channel = prepared_example.reference
    assert channel.bias is not None
    again = resample(corrected_scan(channel.native, channel.bias, CancelToken()), channel.head, channel.to_atlas)
    assert np.array_equal(again.array, channel.head.array)
