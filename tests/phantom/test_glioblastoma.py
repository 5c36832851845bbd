"""Synthetic glioblastoma patients: how they are drawn, and what the pictures of them show."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rnapp.config import weights_folder
from rnapp.geometry import empty_grid
from rnapp.io.atlas import read_atlas
from rnapp.phantom.anatomy import head_template
from rnapp.phantom.glioblastoma import (
    EASY,
    NULL,
    STANDARD,
    ellipsoid_depth,
    from_ventricles,
    narrowed,
    sample_parameters,
)
from rnapp.phantom.glioblastoma_render import render

SPACING = 6


@pytest.fixture(scope="module")
def template():
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = (8, -231, -35)
    return head_template(read_atlas(weights_folder()), empty_grid((37, 37, 37), affine, "SRI24"))


def _drawn(setting, label, count=400, seed=0):
    rng = np.random.default_rng(seed)
    return [sample_parameters(setting, label, rng) for _ in range(count)]


def test_the_same_seed_draws_the_same_patient():
    assert _drawn(STANDARD, "rice", 3) == _drawn(STANDARD, "rice", 3)
    assert _drawn(STANDARD, "rice", 3) != _drawn(STANDARD, "rice", 3, seed=1)


def test_easy_outcomes_are_apart_and_null_ones_are_not():
    rice, recurrence = _drawn(EASY, "rice"), _drawn(EASY, "recurrence")
    assert np.mean([p.lesion_depth > 0 for p in rice]) > 0.97
    assert np.mean([p.lesion_depth < 0 for p in recurrence]) > 0.97
    assert max(p.lesion_rim for p in rice) < 5 < min(p.lesion_rim for p in recurrence)
    rice, recurrence = _drawn(NULL, "rice"), _drawn(NULL, "recurrence", seed=1)
    for name in ("target_ml", "target_ventricle", "hottest", "residual", "lesion_depth", "lesion_rim", "gap"):
        values = [getattr(p, name) for p in rice + recurrence]
        assert roc_auc_score([1] * 400 + [0] * 400, values) == pytest.approx(0.5, abs=0.06), name


def test_standard_outcomes_overlap_in_the_published_directions_and_technique_says_nothing():
    rice, recurrence = _drawn(STANDARD, "rice"), _drawn(STANDARD, "recurrence")
    labels = [1] * 400 + [0] * 400

    def auc(name):
        return roc_auc_score(labels, [getattr(p, name) for p in rice + recurrence])

    assert 0.65 < auc("target_ml") < 0.85
    assert 0.15 < auc("target_ventricle") < 0.4
    assert 0.1 < auc("lesion_ventricle") < 0.4
    assert 0.1 < auc("lesion_rim") < 0.35
    assert np.mean([p.lesion_depth > 0 for p in rice]) > 0.93
    assert 0.75 < np.mean([p.lesion_depth > 0 for p in recurrence]) < 0.9
    protons = [np.mean([p.technique == "proton" for p in part]) for part in (rice, recurrence)]
    assert protons[0] == pytest.approx(protons[1], abs=0.1)
    assert 170 < np.mean([p.target_ml for p in rice + recurrence]) < 240


def test_a_narrower_setting_has_the_same_means_and_less_overlap():
    narrow = narrowed(STANDARD, 0.3)
    wide_auc, narrow_auc = (roc_auc_score([1] * 400 + [0] * 400, [p.target_ml for label in ("rice", "recurrence")
                                                                  for p in _drawn(setting, label)])
                            for setting in (STANDARD, narrow))
    assert narrow.rice.target_ml.mean == STANDARD.rice.target_ml.mean
    assert narrow.rice.in_field == STANDARD.rice.in_field
    assert narrow.share_rice == STANDARD.share_rice
    assert narrow_auc > 0.95 > wide_auc
    assert narrowed(STANDARD, 1.0) == STANDARD


def test_distances_are_in_millimetres():
    radii = np.array([30.0, 30.0, 30.0])
    assert ellipsoid_depth(np.array([[10.0, 0, 0], [0, 40.0, 0]]), radii) == pytest.approx([20, -10], abs=1e-6)
    left, right = from_ventricles(np.array([[119.0 + 60, -119, 104], [119.0 - 60, -119, 104]]))
    assert left == pytest.approx(right)
    assert 30 < left < 55


@pytest.mark.parametrize("technique", ["photon", "proton"])
def test_the_plan_covers_its_target_and_reaches_its_hottest_dose(template, technique):
    p = replace(_drawn(STANDARD, "rice", 1)[0], technique=technique)
    drawn = render(p, template, np.random.default_rng(1))
    dose, target = drawn.dose.array, drawn.target.array
    assert dose.max() == pytest.approx(60 * p.hottest, rel=1e-3)
    assert dose.min() >= 0
    assert dose[target == 1].min() > 0.95 * 60
    assert dose[(target == 0) & (drawn.brain.array == 1)].mean() < 30
    volume = float(target.sum()) * SPACING**3 / 1000
    assert 0.4 * p.target_ml < volume < 1.3 * p.target_ml


def test_both_techniques_have_dose_outside_the_target_but_protons_less(template):
    p = _drawn(STANDARD, "rice", 1)[0]
    photon, proton = (render(replace(p, technique=name), template, np.random.default_rng(1)).dose.array.mean()
                      for name in ("photon", "proton"))
    assert proton < 0.9 * photon


def test_the_new_lesion_is_on_the_event_alone_where_its_parameters_say(template):
    p = replace(_drawn(EASY, "recurrence", 1)[0], gap=0.0, enhancement=1.0)
    drawn = render(p, template, np.random.default_rng(2))
    where = np.argwhere(drawn.lesion.array > 0.9)
    assert np.allclose(drawn.event.to_mm(where.mean(axis=0)[None])[0], p.lesion_centre, atol=SPACING)
    inside = drawn.lesion.array > 0.9
    assert (drawn.event.array - drawn.post_op.array)[inside].mean() > 0.5
    far = (drawn.lesion.array == 0) & (drawn.brain.array == 1)
    assert abs((drawn.event.array - drawn.post_op.array)[far].mean()) < 0.15


def test_a_rim_has_a_dark_core_and_a_solid_lesion_has_none(template):
    p = replace(_drawn(EASY, "rice", 1)[0], gap=0.0, enhancement=1.0, lesion_radius=16.0)
    seen = {}
    for rim in (4.0, 17.0):
        drawn = render(replace(p, lesion_rim=rim), template, np.random.default_rng(3))
        middle = np.rint(drawn.event.to_voxels(np.array([p.lesion_centre]))[0]).astype(int)
        seen[rim] = float(drawn.event.array[tuple(middle)])
    assert seen[17.0] > seen[4.0] + 0.5


def test_the_cavity_is_dark_on_both_scans(template):
    p = replace(_drawn(EASY, "rice", 1)[0], cavity_radius=20.0, cavity_shrink=1.0, lesion_radius=2.0)
    drawn = render(p, template, np.random.default_rng(4))
    middle = tuple(np.rint(drawn.event.to_voxels(np.array([p.cavity_centre]))[0]).astype(int))
    assert drawn.post_op.array[middle] < 0.5
    assert drawn.event.array[middle] < 0.5
