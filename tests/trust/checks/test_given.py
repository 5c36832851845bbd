"""Values, dates and scans that do not fit together are noticed; those that do are not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from rnapp.trust.checks.given import (
    before_treatment_cautions,
    clinical_cautions,
    mask_cautions,
    not_earlier,
    same_scan,
)
from rnapp.types import Acquisition, Series

SERIES = Series("1.2.3", "", "MR", "T1CE", (), (4, 4, 4), (1.0, 1.0, 1.0))
SCAN, DOSE = "2024-07-01", "2024-01-01"  # 6.0 months


@pytest.mark.parametrize(("months", "said"), [(6.0, 0), (7.9, 0), (8.1, 1), (4.1, 0), (3.8, 1), (None, 0)])
def test_months_are_compared_with_the_days(months: float | None, said: int) -> None:
    for name in ("months_since_radiosurgery", "months_since_radiotherapy"):
        found = clinical_cautions({name: months}, SCAN, DOSE)
        assert [(one.code, one.level) for one in found] == [("clinical_contradiction", "confirm")] * said
    assert clinical_cautions({"months_since_radiosurgery": 50.0}, "", DOSE) == ()
    assert clinical_cautions({"months_since_radiosurgery": 50.0}, SCAN, "") == ()


def test_a_scan_from_before_the_dose_is_asked_about_and_one_of_its_day_is_not() -> None:
    (one,) = before_treatment_cautions("2023-12-31", DOSE)
    assert (one.code, one.level) == ("scan_before_treatment", "confirm")
    for scan, dose in ((DOSE, DOSE), ("", DOSE), (SCAN, "")):
        assert before_treatment_cautions(scan, dose) == ()


@pytest.mark.parametrize(("sex", "primary", "said"), [
    ("male", "ovary", 1), ("female", "ovary", 0), (None, "ovary", 0), ("male", "breast", 0)])
def test_an_ovarian_tumour_in_a_man_is_asked_about(sex: str | None, primary: str, said: int) -> None:
    assert len(clinical_cautions({"sex": sex, "primary_tumour": primary}, "", "")) == said


@pytest.mark.parametrize(("entered", "said"), [
    (62, 0), (63.5, 0), (64, 0), (64.9, 0), (65, 1), (61.9, 1), (61, 1), (None, 0), (26, 1)])
def test_an_age_is_compared_with_that_of_the_files(entered: float | None, said: int) -> None:
    found = clinical_cautions({"age": entered}, "", "", 63)
    assert [(one.code, one.level) for one in found] == [("clinical_contradiction", "confirm")] * said
    assert clinical_cautions({"age": entered}, "", "", None) == ()


@pytest.mark.parametrize(("drawn", "said"), [
    ("2024-06-30", 1), (SCAN, 0), ("2024-07-02", 0), ("", 0), ("2024-13-01", 0)])
def test_a_mask_from_before_its_scan_is_asked_about(drawn: str, said: int) -> None:
    assert [(one.code, one.level) for one in mask_cautions(False, drawn, SCAN)] == [
        ("mask_older_than_scan", "confirm")] * said
    assert mask_cautions(False, drawn, "") == ()
    assert [one.code for one in mask_cautions(True, drawn, SCAN)] == [
        "mask_of_other_patient", *["mask_older_than_scan"] * said]


def test_the_same_scan_is_known_again_under_other_names() -> None:
    voxels = np.random.default_rng(1).normal(size=(4, 4, 4))
    other = replace(SERIES, uid="9")
    assert same_scan(SERIES, SERIES, voxels, voxels + 1)
    assert same_scan(SERIES, other, voxels, voxels.copy())
    assert not same_scan(SERIES, other, voxels, voxels + 1e-3)
    assert not same_scan(SERIES, other, voxels, voxels[:3])
    image = Acquisition(instances=("7.1", "7.2"))
    assert same_scan(replace(SERIES, acquisition=image), replace(other, acquisition=image), voxels, voxels + 1)


@pytest.mark.parametrize(("earlier", "words"), [
    (date(2024, 6, 30), ""), (date(2024, 7, 1), "on the same day as"), (date(2024, 7, 2), "after")])
def test_an_earlier_scan_is_earlier(earlier: date, words: str) -> None:
    found = not_earlier(earlier, date(2024, 7, 1))
    assert (found == "") == (words == "")
    assert words in found
