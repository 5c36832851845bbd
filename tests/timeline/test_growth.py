"""Nadir, change and the paper's rule: each threshold with a lesion that just meets it and one that just does not."""

from datetime import date

import pytest

from rnapp.errors import ClinicalError
from rnapp.timeline.growth import change, from_nadir, growth, has_grown, nadir_of, tenths
from rnapp.types import Course
from tests.timeline.synthetic import measured


def course(*diameters: float) -> Course:
    return Course(1, "Lesion 1", tuple(measured(3.0 * n, mm) for n, mm in enumerate(diameters)))


@pytest.mark.parametrize(("diameters", "grown"), [
    ([25, 30], True), ([25, 29.9], False),  # 20 % and 5 mm together
    ([10, 14.9], False), ([10, 15], True),  # 50 %, but 5 mm are asked
    ([40, 46], False), ([40, 48], True),  # 6 mm, but 20 % are asked
    ([40, 20, 25], True), ([40, 20, 24.9], False),  # from nadir, not from the first
    ([27, 32.4], True), ([44, 52.8], True), ([44, 52.7999], False),  # 20 %, though not for floating-point numbers
    ([11.4, 16.4], True), ([11.4, 16.3999], False),
    ([0, 5], True), ([0, 4.9], False), ([0, 0], False), ([20, 0], False),  # back after it had vanished
])
def test_growth_from_nadir(diameters: list[float], grown: bool) -> None:
    assert has_grown(diameters) is grown
    found = growth(course(*diameters))
    assert found.met is grown
    assert ("is met." if grown else "is not met.") in found.sentence


def test_floating_point_would_have_missed_some_of_them() -> None:
    assert (52.8 - 44) / 44 < 0.2
    assert 16.4 - 11.4 < 5
    assert from_nadir([20, 10, 16]) == pytest.approx((0.6, 6))


def test_the_numbers_shown_agree_with_the_verdict() -> None:
    assert "Grew by 19.9 % and 5.9 mm" in growth(course(30, 35.99)).sentence
    assert "Grew by 20.0 % and 6.0 mm" in growth(course(30, 36)).sentence
    assert growth(course(30, 24)).sentence.startswith("No growth from nadir (30.0 mm, month 0) to 24.0 mm")
    assert growth(course(0, 7)).sentence.startswith("Grew by 7.0 mm from nadir (0.0 mm")
    assert (tenths(19.96), tenths(0.3), tenths(-20)) == ("19.9", "0.3", "20.0")


@pytest.mark.parametrize(("now", "voxel", "doubted"), [(26.0, 6.5, True), (26.5, 6.5, False), (20.9, 1.0, True)])
def test_a_change_below_the_voxels_is_doubted(now: float, voxel: float, doubted: bool) -> None:
    found = growth(Course(1, "Lesion 1", (measured(0.0, 20, voxel=voxel), measured(3.0, now))))
    assert ("cannot be distinguished from none" in found.sentence) is doubted
    assert found.met is (now >= 25)


def test_changes_are_from_nadir_and_from_the_scan_before_per_month_of_the_calendar() -> None:
    days = (date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1), date(2025, 1, 1))
    sizes = ((20, 4.0), (10, 0.5), (12, 0.9), (15, 1.7))
    found = growth(Course(1, "Lesion 1", tuple(measured(day, *size) for day, size in zip(days, sizes, strict=True))))
    assert found.from_nadir is not None
    assert found.from_previous is not None
    assert found.from_nadir.since.when == days[1]
    assert found.from_nadir.diameter_mm == 5
    assert found.from_nadir.diameter_share == pytest.approx(0.5)
    assert found.from_nadir.volume_share == pytest.approx(2.4)
    assert found.from_nadir.months == pytest.approx(9.03, abs=0.01)
    assert found.from_nadir.ml_per_month == pytest.approx(1.2 / 9.03, abs=0.001)
    assert (found.from_previous.since.when, found.from_previous.diameter_mm) == (days[2], 3)
    assert found.from_previous.ml_per_month == pytest.approx(0.8 / 6.045, abs=0.001)


def test_the_last_of_equal_nadirs_is_where_growth_started() -> None:
    assert nadir_of(course(12, 8, 9, 8, 14).measurements[:-1]).when == 9.0
    assert nadir_of(course(12, 8, 9, 7, 14).measurements[:-1]).when == 9.0


def test_nothing_is_said_of_a_lesion_measured_once_and_no_share_is_made_of_nothing() -> None:
    once = growth(course(12))
    assert (once.met, once.from_nadir, once.from_previous) == (None, None, None)
    back = change(measured(0.0, 0), measured(2.0, 6))
    assert (back.diameter_share, back.volume_share, back.axial_share) == (None, None, None)
    assert change(measured(0.0, 0), measured(2.0, 0)).diameter_share == 0


def test_a_course_in_disorder_is_refused() -> None:
    good = (measured(date(2024, 1, 1), 10), measured(date(2024, 2, 1), 10))
    assert Course(1, "Lesion 1", good).measurements == good
    for bad, words in (((), "at least one"), (good[::-1], "order"), ((good[0], good[0]), "no two at once"),
                       ((good[0], measured(3.0, 10)), "days or months")):
        with pytest.raises(ClinicalError, match=words):
            Course(1, "Lesion 1", bad)
