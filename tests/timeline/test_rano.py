"""RANO-BM on hand-made courses: each threshold with a case that just meets it and one that just does not."""

from dataclasses import replace
from datetime import date

import pytest

from rnapp.errors import ClinicalError
from rnapp.timeline.rano import rano_response
from rnapp.types import Course
from tests.timeline.synthetic import measured


def course(*diameters: float, name: str = "Lesion 1", start: int = 0, new: bool = False) -> Course:
    """Axial diameters at months 0, 3, 6 and so on."""
    return Course(1, name, tuple(measured(3.0 * (n + start), mm) for n, mm in enumerate(diameters)), new)


@pytest.mark.parametrize(("diameters", "category"), [
    ([20, 14], "PR"), ([20, 14.001], "SD"), ([30, 21], "PR"), ([41, 28.7], "PR"), ([41, 28.701], "SD"),
    ([20, 0], "CR"), ([20, 0.5], "PR"),
    ([25, 30], "PD"), ([25, 29.99], "SD"), ([10, 14.9], "SD"), ([10, 15], "PD"), ([40, 47.9], "SD"), ([40, 48], "PD"),
    ([44, 52.8], "PD"), ([44, 52.79], "SD"),  # 20 %, though not for floating-point numbers
    ([40, 20, 25], "PD"), ([40, 20, 24.9], "PR"),  # from nadir; still 30 % below baseline
    ([40, 20, 60, 24], "PR"), ([40, 20, 60, 25], "PD"),  # the nadir of all scans before now
    ([20, 0, 5], "PD"), ([20, 0, 4.9], "PR"),
])
def test_one_lesion(diameters: list[float], category: str) -> None:
    found = rano_response([course(*diameters)])
    assert found.category == category
    assert found.sentence.startswith(f"Target lesions: {category}, ")
    assert any("four weeks" in note for note in found.notes) is (category in ("CR", "PR"))


@pytest.mark.parametrize(("axial", "across", "measurable"), [
    (10, 5, True), (9.99, 9.99, False), (10, 4.99, False), (30, 4, False)])
def test_what_can_be_measured(axial: float, across: float, measurable: bool) -> None:
    first = measured(0.0, 40, axial=axial, across=across)  # long along the body: RANO-BM measures in the slice
    found = rano_response([Course(1, "Lesion 1", (first, measured(3.0, 40, axial=axial, across=across)))])
    assert (found.category == "SD") is measurable
    assert any("not measurable" in note for note in found.notes) is not measurable
    if not measurable:
        assert "no lesion of at least 10 × 5 mm" in found.sentence


def test_it_is_the_axial_diameter_that_counts() -> None:
    grown_along_the_body = Course(1, "Lesion 1", (measured(0.0, 20, axial=20), measured(3.0, 30, axial=20)))
    grown_in_the_slice = Course(1, "Lesion 1", (measured(0.0, 30, axial=20), measured(3.0, 30, axial=28)))
    assert rano_response([grown_along_the_body]).category == "SD"
    assert rano_response([grown_in_the_slice]).category == "PD"


def test_the_sum_needs_20_per_cent_and_one_lesion_5_mm() -> None:
    both = [course(12, 16), course(12, 16, name="Lesion 2")]
    assert rano_response(both).category == "SD", "33 %, but no lesion grew by 5 mm"
    assert rano_response([course(12, 17), course(12, 12, name="Lesion 2")]).category == "PD"
    assert rano_response([course(12, 17), course(30, 30, name="Lesion 2")]).category == "SD", "5 mm, but 12 %"
    mixed = rano_response([course(20, 10), course(20, 26, name="Lesion 2")])
    assert (mixed.category, mixed.baseline_mm, mixed.nadir_mm, mixed.now_mm) == ("SD", 40, 40, 36)


def test_the_five_largest_measurable_lesions_are_targets() -> None:
    lesions = [course(10 + n, 10 + n, name=f"Lesion {n}") for n in range(6)] + [course(6, 20, name="Small")]
    found = rano_response(lesions)
    assert found.targets == ("Lesion 1", "Lesion 2", "Lesion 3", "Lesion 4", "Lesion 5")
    assert found.baseline_mm == 11 + 12 + 13 + 14 + 15
    assert any("at most 5" in note and note.startswith("Lesion 0") for note in found.notes)
    assert any(note.startswith("Small is not measurable by RANO-BM: 6.0 × 6.0 mm") for note in found.notes)


def test_a_new_lesion_is_progression_whatever_the_targets_do() -> None:
    found = rano_response([course(20, 20, 20), course(8, name="Lesion 2", start=2, new=True)])
    assert (found.category, found.new_lesion) == ("SD", True)
    assert found.sentence.endswith("But a new lesion is progression whatever the target lesions do.")
    known = rano_response([course(20, 20, 20), course(8, name="Lesion 2", start=2)])
    assert (known.category, known.new_lesion) == ("SD", False)
    later = rano_response([course(20, 20, 20), course(8, name="Lesion 2", start=2, new=True)], baseline=6.0)
    assert not later.new_lesion, "it was there at baseline"


def test_baseline_can_be_chosen() -> None:
    lesion = course(40, 20, 23)
    assert rano_response([lesion]).category == "PR"
    since = rano_response([lesion], baseline=3.0)
    assert (since.category, since.baseline_mm) == ("SD", 20)
    with pytest.raises(ClinicalError, match="one of the scans"):
        rano_response([lesion], baseline=4.0)
    with pytest.raises(ClinicalError, match="at least one measured lesion"):
        rano_response([])


def test_no_category_without_every_target_on_the_last_scan() -> None:
    found = rano_response([course(20, 20, 20), course(20, 20, name="Lesion 2")])
    assert found.category is None
    assert found.sentence == ("The RANO-BM category cannot be determined: not measured on the last scan (month 6): "
                              "Lesion 2.")
    assert rano_response([course(20)]).category is None
    assert "no scan after baseline" in rano_response([course(20)]).sentence


def test_a_scan_that_misses_a_target_is_not_a_nadir() -> None:
    gap = Course(1, "Lesion 2", (measured(0.0, 20), measured(6.0, 20)))
    found = rano_response([course(20, 10, 20), gap])
    assert (found.category, found.nadir_mm) == ("SD", 40)


def test_lesions_of_one_name_stay_apart_and_days_are_days() -> None:
    days = (date(2024, 1, 1), date(2024, 3, 1))
    one = Course(1, "Lesion", tuple(measured(day, 20) for day in days))
    other = replace(one, measurements=tuple(measured(day, 12) for day in days))
    assert rano_response([one, other]).baseline_mm == 32
    assert "baseline (2024-01-01)" in rano_response([one, other]).sentence
