"""Dose in 2 Gy fractions, isodoses, distances to a line, and what studies say."""

import numpy as np
import pytest

from rnapp.dose import evidence
from rnapp.dose.distance import signed_distances
from rnapp.dose.eqd2 import eqd2
from rnapp.dose.isodose import COLOURS, bands, inside, levels
from rnapp.types import Volume
from tests.dose.made import CENTRE, MEAN_GY, gaussian, linear


@pytest.mark.parametrize(("total", "fractions", "expected"), [(60, 30, 60), (20, 1, 110), (27, 3, 74.25), (0, 5, 0)])
def test_dose_in_2_gy_fractions(total, fractions, expected):
    assert eqd2(total, fractions) == pytest.approx(expected)


def test_other_tissue_and_no_fraction():
    assert eqd2(20, 1, 10.0) == pytest.approx(50)
    with pytest.raises(ValueError, match="at least one fraction"):
        eqd2(20, 0)


def test_isodoses_of_a_prescription_and_without_one():
    shown = levels(60.0, 61.0)
    assert [one.percent for one in shown] == [100, 95, 90, 80, 50, 30], "105 % is nowhere reached"
    assert [one.label for one in shown][:2] == ["60 Gy (100 %)", "57 Gy (95 %)"]
    assert {one.percent: one.colour for one in shown} == {key: COLOURS[key] for key in (100, 95, 90, 80, 50, 30)}
    alone = levels(None, 22.0)
    assert [one.label for one in alone] == ["20 Gy", "16 Gy", "12 Gy", "10 Gy", "8 Gy", "5 Gy", "2 Gy"]
    assert all(one.percent is None for one in alone)
    assert levels(None, 0.0) == levels(60.0, 0.0) == ()


def test_bands_and_insides_leave_out_what_is_unknown():
    dose = gaussian(2.0)
    array = dose.array.copy()
    array[:10] = np.nan
    cut = dose.with_array(array)
    shown = levels(60.0, 60.0)
    labels = bands(cut, shown)
    assert labels.array.dtype == np.uint8
    assert labels.array.max() == len(shown)
    assert (labels.array[:10] == 0).all()
    for number, one in enumerate(reversed(shown), start=1):
        np.testing.assert_array_equal(labels.array >= number, inside(cut, one).array)


def test_distances_to_a_line_have_a_sign():
    dose = linear(3.0, 0)
    points = CENTRE + np.array([(-4.0, 1, 2), (4.0, 3, -2), (0.0, 0, 0), (-9.0, 0, 5)])
    found = signed_distances(dose, MEAN_GY, points)
    np.testing.assert_allclose(found, (4, -4, 0, 9), atol=0.4)  # the dose grows along the axis


@pytest.mark.parametrize(("spacing", "radius", "mm"), [(2.0, 10.0, 0.2), (3.0, 10.0, 0.35), (3.0, 6.0, 0.6)])
def test_distances_on_coarse_grids(spacing, radius, mm):
    dose = gaussian(spacing)
    level = 60 * np.exp(-radius**2 / (2 * 12**2))
    off = np.array((0.0, 3.0, 8.0, 14.0, 20.0))
    points = CENTRE + off[:, None] * np.array((0.6, 0.0, 0.8))
    np.testing.assert_allclose(signed_distances(dose, float(level), points), off - radius, atol=mm)


def test_no_line_and_no_dose():
    dose = gaussian(3.0)
    assert signed_distances(dose, 61.0, CENTRE[None]) is None
    outside = signed_distances(dose, 30.0, CENTRE[None] + 500)
    assert np.isnan(outside).all()


def test_the_end_of_the_grid_is_no_line():
    """30 Gy everywhere but beyond the grid: nothing falls below it."""
    dose = Volume(np.full((9, 9, 9), 30.0, np.float32), np.eye(4))
    array = dose.array.copy()
    array[4:] = np.nan
    assert signed_distances(dose, 15.0, np.zeros((1, 3))) is None
    assert signed_distances(dose.with_array(array), 15.0, np.zeros((1, 3))) is None


def test_studies_of_metastases_are_quoted_for_metastases_only():
    one = evidence.of("metastasis", 1, True)
    assert [each.source.split(" et al")[0].split(",")[0] for each in one] == [
        "Minniti", "van Schaik", "Narloch", "Brenner"]
    assert [each.source for each in evidence.of("rice", 30, True)] == [one[-1].source], "only what holds for both"
    assert evidence.of("rice", 30, False) == ()
    assert all("metasta" not in each.sentence for each in evidence.of("rice", 1, True))
    assert evidence.brain_limit("metastasis", 3).name == "V20 Gy"
    assert evidence.brain_limit("metastasis", None) is evidence.brain_limit("rice", 1) is None
