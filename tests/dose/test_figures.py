"""Figures of a placed dose: in the patient's millimetres, on the patient's side, unknown where unknown."""

import dataclasses

import numpy as np
import pytest

from rnapp.dose.eqd2 import eqd2
from rnapp.dose.figures import figures
from rnapp.geometry import grid_like
from rnapp.types import Prescription, SimilarityTransform
from tests.explain.rice import RIGID, with_dose
from tests.explain.synthetic import CENTRE, LEFT, RIGHT, lesion_set, lps_grid, prepared

GRID = lps_grid(4.0)
CASE = prepared(GRID, [LEFT])
DRAWN = lesion_set(GRID, [LEFT, RIGHT])  # balls of 11 mm radius
SIGMA, PEAK = 14.0, 60.0


def codes(cautions) -> set[str]:
    return {one.code for one in cautions}


def changed(case, **values):
    return dataclasses.replace(case, dose=dataclasses.replace(case.dose, **values))


def with_given(case, *given: Prescription):
    return changed(case, dose=dataclasses.replace(case.dose.dose, prescriptions=given))


@pytest.fixture(scope="module")
def found():
    return figures(with_dose(CASE), DRAWN, 14.0, "rice")


def test_a_lesion_in_the_middle_of_the_dose(found):
    one = found.by_lesion[1]
    radii = np.linspace(0, 11, 2001)
    mean = np.average(PEAK * np.exp(-radii**2 / (2 * SIGMA**2)), weights=radii**2)
    assert one.mean_gy == pytest.approx(mean, rel=0.02)
    assert one.most_gy == pytest.approx(PEAK, rel=0.02)
    assert one.least_gy == pytest.approx(PEAK * np.exp(-11**2 / (2 * SIGMA**2)), rel=0.2)  # voxels of 4 mm
    line = SIGMA * np.sqrt(2 * np.log(1 / 0.95))  # radius of the 95 % line, 4.5 mm
    assert one.inside_95 == pytest.approx((line / 11)**3, abs=0.02)
    assert one.inside_50 == 1
    assert one.from_95_mm == pytest.approx(-line, abs=1.5), "as deep as the line is away from the middle"
    assert one.eqd2_mean_gy == pytest.approx(eqd2(one.mean_gy, 30))
    assert one.unknown_share == 0
    assert codes(one.cautions) == set(), "its edge is 6 mm away from the line"


def test_one_on_the_other_side_is_outside(found):
    one = found.by_lesion[2]
    assert one.mean_gy < 0.1 * PEAK
    assert one.inside_95 == one.inside_50 == 0
    gap = np.linalg.norm(LEFT - RIGHT) - 11 - SIGMA * np.sqrt(2 * np.log(1 / 0.95))
    assert one.from_95_mm == pytest.approx(gap, abs=4)


def test_left_stays_left():
    """The same dose on the right side is the other lesion's; mirrored, nothing would change."""
    mirrored = figures(with_dose(CASE, RIGHT), DRAWN, None)
    assert mirrored.by_lesion[2].mean_gy > 0.5 * PEAK
    assert not mirrored.by_lesion[1].mean_gy > 0.1 * PEAK


def test_the_atlas_scale_never_touches_the_dose():
    """The head is 1.2 times as large on the atlas; volumes and distances stay the patient's."""
    to_atlas = SimilarityTransform(np.diag((1.2, 1.2, 1.2, 1.0)))
    reference = dataclasses.replace(CASE.reference, to_atlas=to_atlas)
    scaled = dataclasses.replace(CASE, channels={"t1ce": reference})
    one, other = (figures(with_dose(case, fractions=1), DRAWN, None, "metastasis") for case in (CASE, scaled))
    assert other.by_lesion[1] == one.by_lesion[1]
    # The brain mask is on the atlas grid: there it is as large, in the patient smaller.
    assert other.brain[0].volume_ml < one.brain[0].volume_ml


def test_a_turned_way_is_taken():
    """The dose is in a frame that is turned by 90 degrees and shifted."""
    turn = SimilarityTransform(np.array([[0, -1, 0, 20.0], [1, 0, 0, -30.0], [0, 0, 1, 7.0], [0, 0, 0, 1]]))
    centre = turn.inverse().apply(LEFT[None])[0]
    case = with_dose(CASE, centre)
    case = changed(case, path=dataclasses.replace(case.dose.path, to_scan=turn))
    assert figures(case, DRAWN, None).by_lesion[1].mean_gy == pytest.approx(
        figures(with_dose(CASE), DRAWN, None).by_lesion[1].mean_gy, rel=0.005)
    assert figures(changed(case, path=dataclasses.replace(case.dose.path, to_scan=RIGID)), DRAWN,
                   None).by_lesion[1].unknown_share > 0.5, "without it the lesion is elsewhere"


def test_half_of_a_lesion_outside_the_grid_is_unknown_and_said():
    case = with_dose(CASE)
    array = case.dose.dose.volume.array.copy()
    array[:20] = np.nan  # to the right of the lesion's middle
    half = dataclasses.replace(case.dose.dose, volume=case.dose.dose.volume.with_array(array))
    one = figures(changed(case, dose=half), DRAWN, None).by_lesion[1]
    assert one.unknown_share == pytest.approx(0.5, abs=0.1)
    assert "dose_partly_unknown" in codes(one.cautions)
    assert one.mean_gy > 30, "the unknown part is not counted as 0 Gy"


def test_a_lesion_that_the_grid_misses_has_no_figures():
    far = lesion_set(GRID, [CENTRE + np.array((-45.0, 60.0, 0.0))])
    one = figures(with_dose(CASE), far, None).by_lesion[1]
    assert one.unknown_share == 1
    assert np.isnan([one.mean_gy, one.least_gy, one.most_gy, one.d95_gy]).all()
    assert one.inside_95 is one.from_95_mm is one.eqd2_mean_gy is one.curve is None


def test_an_edge_near_the_line_is_uncertain_and_the_share_has_a_span():
    """Prescribed so that the 95 % line is 10 mm out: 1 mm inside the lesion's edge."""
    prescribed = PEAK * np.exp(-10**2 / (2 * SIGMA**2)) / 0.95
    one = figures(with_dose(CASE, prescribed=float(prescribed)), DRAWN, None).by_lesion[1]
    said = next(str(caution) for caution in one.cautions if caution.code == "dose_edge_uncertain")
    assert one.inside_95 == pytest.approx((10 / 11)**3, abs=0.1)
    assert "about 3" in said or "about 4" in said or "about 5" in said  # (8 / 11)³ is 38 %
    assert "or 9" in said or "or 100 %" in said


def test_a_small_lesion_on_a_coarse_grid_is_said():
    small = prepared(GRID, [LEFT])
    drawn = lesion_set(GRID, [LEFT])
    labels = np.where(np.indices(GRID.shape).sum(axis=0) < 0, 1, 0)
    i, j, k = np.round(GRID.to_voxels(LEFT[None])[0]).astype(int)
    labels[i:i + 2, j:j + 2, k:k + 2] = 1
    tiny = dataclasses.replace(drawn, native=grid_like(GRID, labels.astype(np.int16)))
    assert "dose_small_volume" in codes(figures(with_dose(small), tiny, None).by_lesion[1].cautions)
    assert "dose_small_volume" not in codes(figures(with_dose(small), drawn, None).by_lesion[1].cautions)


@pytest.mark.parametrize(("fractions", "name", "gy"), [(1, "V12 Gy", 12), (3, "V20 Gy", 20), (5, "V24 Gy", 24)])
def test_volumes_of_brain_that_studies_refer_to(fractions, name, gy):
    found = figures(with_dose(CASE, CENTRE, 30.0, fractions), DRAWN, 9.0, "metastasis")
    (brain,) = found.brain
    radius = SIGMA * np.sqrt(2 * np.log(PEAK / gy))
    assert (brain.name, brain.threshold_gy) == (name, gy)
    assert brain.volume_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=0.03)
    assert "HyTEC" in brain.source
    assert f"{fractions} fractions" in brain.said or "one fraction" in brain.said


@pytest.mark.parametrize(("fractions", "question"), [(30, "metastasis"), (2, "metastasis"), (1, "rice"), (5, "rice"),
                                                     (1, "")])
def test_studies_of_metastases_are_not_for_other_plans_or_tumours(fractions, question):
    assert figures(with_dose(CASE, fractions=fractions), DRAWN, None, question).brain == ()


def test_without_a_prescription_there_is_gy_alone():
    found = figures(with_given(with_dose(CASE)), DRAWN, None, "metastasis")
    one = found.by_lesion[1]
    assert found.prescribed_gy is found.fractions is one.inside_95 is one.inside_50 is one.from_95_mm is None
    assert one.eqd2_mean_gy is None
    assert one.mean_gy > 40
    assert {"dose_not_prescribed", "dose_fractions_unknown"} <= codes(found.cautions)


def test_plans_that_differ_are_said_and_not_converted():
    given = Prescription("", 60.0, 30, "photon"), Prescription("", 20.0, 1, "proton")
    found = figures(with_given(with_dose(CASE), *given), DRAWN, None, "metastasis")
    assert found.prescribed_gy == 60
    assert found.fractions is None
    assert found.technique == "other"
    assert found.brain == ()
    assert found.by_lesion[1].eqd2_mean_gy is None
    assert {"dose_prescriptions", "dose_fractions_unknown"} <= codes(found.cautions)
    same = figures(with_given(with_dose(CASE), given[0], given[0]), DRAWN, None)
    assert (same.fractions, same.technique) == (30, "photon")
    assert "dose_prescriptions" not in codes(same.cautions)


def test_high_doses_per_fraction_are_converted_with_a_word():
    assert "dose_eqd2_high" in codes(figures(with_dose(CASE, fractions=1), DRAWN, None).cautions)
    assert "dose_eqd2_high" not in codes(figures(with_dose(CASE, fractions=30), DRAWN, None).cautions)


def test_without_lesions_there_are_figures_of_the_whole():
    found = figures(with_dose(CASE), lesion_set(GRID, []), 14.0, "rice")
    assert found.lesions == ()
    assert found.most_gy == pytest.approx(PEAK, rel=0.01)
    assert found.months_since == 14
    assert not any("lesion" in str(one).lower() for one in found.cautions)


def test_without_a_dose_there_is_an_error():
    with pytest.raises(ValueError, match="there is none"):
        figures(CASE, DRAWN, None)
