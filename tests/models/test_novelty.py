"""What is unlike the model's own cases: a Mahalanobis distance that scipy agrees with, and files that are refused."""

from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import LedoitWolf

from rnapp.errors import WeightsError
from rnapp.models.card_fields import NoveltyFile
from rnapp.models.novelty import NoveltyModel, likeness, novelty_bytes, read_novelty
from rnapp.models.vit import VitReading
from training.calibration.novelty import Cases, distances, fit_novelty

NAMES = ("a", "b", "c")
FILE = NoveltyFile("novelty.safetensors", NAMES, 5.0, 0.05)


@pytest.fixture(scope="module")
def cases():
    """Embeddings of two folds, shape (200, 2, 4), and features, shape (200, 3), that hang together."""
    rng = np.random.default_rng(3)
    hidden = rng.normal(size=(200, 5))
    values = hidden @ rng.normal(size=(5, 11)) + 0.3 * rng.normal(size=(200, 11)) + rng.normal(size=11)
    return values[:, :8].reshape(200, 2, 4), values[:, 8:]


@pytest.fixture(scope="module")
def model(cases):
    pictures = np.arange(60 * 4 * 4, dtype=np.uint8).reshape(60, 4, 4)
    known = Cases(*cases, NAMES)
    return fit_novelty(known, known, pictures, averaged=False)


def named(values):
    return dict(zip(NAMES, values, strict=True))


def test_the_distance_is_scipys_on_scikit_learns_shrunk_covariance(cases, model):
    embeddings, features = cases
    rows = np.concatenate([embeddings.reshape(200, -1), features], axis=1)
    scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    precision = np.linalg.inv(LedoitWolf().fit(scaled).covariance_)
    for n in (0, 7, 199):
        expected = mahalanobis(scaled[n], np.zeros(11), precision)
        assert model.likeness(list(embeddings[n]), named(features[n])).distance == pytest.approx(expected, rel=1e-6)


def test_it_is_the_same_after_the_file(cases, model):
    embeddings, features = cases
    file = replace(FILE, limit=model.limit, false_alarm=model.false_alarm)
    again = read_novelty({FILE.file: novelty_bytes(model)}, [file])
    before, after = (one.likeness(list(embeddings[5]), named(features[5])) for one in (model, again))
    assert after.distance == pytest.approx(before.distance, rel=1e-4)
    assert after.nearest == before.nearest
    assert np.array_equal(again.pictures, model.pictures)


def test_a_reference_is_its_own_nearest_and_far_ones_are_unlike(cases, model):
    embeddings, features = cases
    own = model.likeness(list(embeddings[12]), named(features[12]))
    assert own.nearest[0] == 12
    assert len(own.nearest) == 3
    assert own.like
    assert not model.likeness(list(embeddings[12] + 40), named(features[12])).like
    assert not model.likeness(list(embeddings[12]), named(features[12] * np.array([1, -30, 1]))).like


def test_without_pictures_no_case_is_named(cases, model):
    embeddings, features = cases
    bare = replace(model, pictures=np.zeros((0, 4, 4), np.uint8))
    assert bare.likeness(list(embeddings[0]), named(features[0])).nearest == ()


def test_an_undefined_feature_counts_as_the_mean_and_an_endless_one_keeps_the_distance_finite(cases, model):
    embeddings, features = cases
    unknown = model.likeness(list(embeddings[3]), named([np.nan, *features[3][1:]]))
    mean = model.likeness(list(embeddings[3]), named([features[:, 0].mean(), *features[3][1:]]))
    assert unknown.distance == pytest.approx(mean.distance, rel=1e-6)
    endless = model.likeness(list(embeddings[3]), named([1e300, *features[3][1:]]))
    assert np.isfinite(endless.distance)
    assert not endless.like


def test_what_is_missing_is_named(cases, model):
    embeddings, features = cases
    with pytest.raises(WeightsError, match="'c'"):
        model.likeness(list(embeddings[0]), {"a": 1.0, "b": 2.0})
    with pytest.raises(WeightsError, match="other networks"):
        model.likeness(list(embeddings[0][:1]), named(features[0]))


def test_a_bundle_that_cannot_tell_says_nothing(cases, model):
    class Bundle:
        novelty = None

    readings = [VitReading(0.5, one) for one in cases[0][0]]
    assert likeness(Bundle(), readings, named(cases[1][0])) is None
    Bundle.novelty = model
    assert likeness(Bundle(), readings, named(cases[1][0])).like


def test_the_one_for_the_inputs_is_read(model):
    files = [replace(FILE, inputs=("event", "dose"))]
    contents = {FILE.file: novelty_bytes(model)}
    assert read_novelty(contents, files, ("event", "dose")) is not None
    assert read_novelty(contents, files, ("event",)) is None
    assert read_novelty(contents, []) is None


@pytest.mark.parametrize("changed", [
    {"mean": np.zeros(3)}, {"deviation": np.zeros(11)}, {"projection": np.zeros((11, 4))}, {"projection": None},
    {"references": np.zeros((60, 4))}, {"pictures": np.zeros((3, 4, 4), np.uint8)}, {"limit": 0.0},
    {"limit": np.nan}, {"false_alarm": 1.0}, {"columns": tuple("abcdefghijkl")}, {"mean": np.full(11, np.nan)}])
def test_arrays_that_do_not_fit_are_refused(model, changed):
    if changed.get("projection", 0) is None:
        changed = {"projection": np.full_like(model.projection, np.inf)}
    with pytest.raises(WeightsError, match="do not fit"):
        replace(model, **changed)


@pytest.mark.parametrize(("content", "match"), [
    (b"no safetensors", "not a safetensors file"),
    (safetensors.numpy.save({"mean": np.zeros(3)}), "does not hold the arrays"),
])
def test_a_file_of_something_else_is_refused(content, match):
    with pytest.raises(WeightsError, match=match):
        read_novelty({FILE.file: content}, [FILE])


def test_a_file_of_whole_numbers_is_refused(model):
    arrays = safetensors.numpy.load(novelty_bytes(model))
    broken = safetensors.numpy.save(arrays | {"mean": arrays["mean"].astype(np.int64)})
    with pytest.raises(WeightsError, match="does not hold the arrays"):
        read_novelty({FILE.file: broken}, [FILE])


@pytest.mark.parametrize("averaged", [False, True])
def test_the_limit_is_exceeded_by_the_stated_share_of_held_out_cases(averaged):
    rng = np.random.default_rng(8)
    draw = rng.normal(size=(3000, 11))
    embeddings, features = draw[:, :8].reshape(-1, 2, 4), draw[:, 8:]
    near, apart, new = (Cases(embeddings[rows], features[rows], NAMES)
                        for rows in (slice(0, 500), slice(500, 1500), slice(1500, None)))
    model = fit_novelty(near, apart, np.zeros((0, 4, 4), np.uint8), averaged)
    assert isinstance(model, NoveltyModel)
    beyond = [not model.likeness(list(one), named(row)).like
              for one, row in zip(new.embeddings, new.features, strict=True)]
    assert np.array_equal(beyond, distances(model, new) > model.limit)
    assert 0.03 < np.mean(beyond) < 0.075
