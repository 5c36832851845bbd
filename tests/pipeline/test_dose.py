"""What is said of where a dose lies on the scan; who may use it, and when."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from rnapp.errors import PreparationError
from rnapp.pipeline import dose_path
from rnapp.pipeline.analyse import no_lesions
from rnapp.pipeline.dose import (
    accept_unseen,
    confirm,
    dose_figures,
    dose_picture,
    months_since,
    place_again,
    place_dose,
    unconfirm,
    usable_alone,
)
from rnapp.preprocess.planning import PlanningMatch
from rnapp.types import (
    DosePath,
    FrameLink,
    Prepared,
    SimilarityTransform,
    Volume,
    note,
)
from rnapp.types.dose import NOT_CONFIRMED
from tests.conftest import sphere
from tests.pipeline.dosed_heads import (
    CENTRE,
    GOOD,
    PLAN,
    SCAN,
    THIRD,
    TURN,
    linear_dose,
    plan_dose,
    planning,
    prepared,
)


def test_the_patients_left_stays_left() -> None:
    dose = linear_dose(SCAN, SimilarityTransform(np.eye(4)))
    left = sphere(dose.volume, CENTRE + np.array([40.0, 0, 0]), 12)
    placed = place_dose(prepared(), replace(dose, volume=dose.volume.with_array(60 * left.array.astype(np.float32))))
    assert placed.dose is not None
    hot = np.nan_to_num(placed.dose.on_atlas.array) > 30
    middle = placed.brain_mask.to_mm(np.argwhere(placed.brain_mask.array).mean(axis=0)[None])[0]
    assert placed.brain_mask.to_mm(np.argwhere(hot).mean(axis=0)[None])[0][0] > middle[0] + 30, "+x is left"


def test_beyond_the_grid_the_dose_is_unknown_and_that_is_said() -> None:
    placed = place_dose(prepared(), linear_dose(SCAN, SimilarityTransform(np.eye(4)), half_mm=40))
    assert placed.dose is not None
    known = np.isfinite(placed.dose.on_atlas.array)
    points = placed.to_atlas.inverse().apply(placed.head.to_mm(np.argwhere(known).astype(float)))
    assert np.abs(points - CENTRE).max() <= 40.1
    assert 0 < placed.dose.known_share < 0.2
    assert "dose_part_of_brain" in {one.code for one in placed.dose.cautions}


def test_a_dose_that_misses_the_brain_cannot_be_confirmed() -> None:
    away = linear_dose(SCAN, SimilarityTransform(np.eye(4)), half_mm=40)
    affine = away.volume.affine.copy()
    affine[2, 3] -= 300
    placed = place_dose(prepared(), replace(away, volume=Volume(away.volume.array, affine, SCAN)))
    assert placed.dose is not None
    assert [one.code for one in placed.dose.cautions if one.level != "note"] == ["dose_misses_brain"]
    assert {one.code: one.level for one in placed.dose.cautions}["dose_misses_brain"] == "stop"
    with pytest.raises(PreparationError, match="does not reach the brain"):
        confirm(placed)
    assert accept_unseen(placed).dose is None


@pytest.mark.parametrize(("shift", "level"), [(0.0, None), (80.0, "confirm"), (105.0, "stop")])
def test_high_dose_outside_the_head_is_asked_about_or_refused(shift: float, level: str | None) -> None:
    dose = linear_dose(SCAN, SimilarityTransform(np.eye(4)), half_mm=150)
    target = sphere(dose.volume, CENTRE + np.array([0, shift, 0]), 25)
    array = np.where(target.array, 60, 5).astype(np.float32)
    placed = place_dose(prepared(), replace(dose, volume=dose.volume.with_array(array)))
    assert placed.dose is not None
    found = {one.code: one.level for one in placed.dose.cautions}
    assert found.get("dose_outside_head") == level
    unseen = accept_unseen(placed)
    assert (unseen.dose is not None) is (level is None)
    if unseen.dose is not None:
        assert accept_unseen(unseen) is unseen, "asked twice, it is still there"


def test_a_doubtful_registration_is_asked_about_and_not_used_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = replace(GOOD, good=False, sentence="The sizes differ.")
    monkeypatch.setattr(dose_path, "register_planning", lambda *_: PlanningMatch(TURN.inverse(), doubtful))
    placed = place_dose(prepared(), plan_dose(PLAN, TURN), (), planning(PLAN))
    assert placed.dose is not None
    (caution,) = [one for one in placed.dose.cautions if one.code == "dose_match_doubtful"]
    assert (caution.level, caution.sentence) == ("confirm", "Planning scan: The sizes differ.")
    unseen = accept_unseen(placed)
    assert unseen.dose is None
    assert "The sizes differ." in str(unseen.cautions[-1])


def on_scan() -> Prepared:
    return place_dose(prepared(), plan_dose(SCAN, SimilarityTransform(np.eye(4))))


def test_on_newly_prepared_scans_a_dose_lies_where_it_lay_in_the_patient_and_is_looked_at_again() -> None:
    before = confirm(place_dose(prepared(), plan_dose(THIRD, TURN), (FrameLink(THIRD, SCAN, TURN.inverse()),)), "Dr X")
    assert before.dose is not None
    moved = SimilarityTransform(np.diag([1, 1, 1, 1.0]) + np.eye(4, k=3) * np.array([[7.0], [0], [0], [0]]))
    scan = replace(before.reference, to_atlas=moved.after(before.to_atlas))
    fresh = replace(before, channels={"event": scan}, dose=None,
                    brain_mask=sphere(before.brain_mask, scan.to_atlas.apply(CENTRE[None])[0], 60))
    again = place_again(fresh, before.dose)
    assert again.dose is not None
    assert (again.dose.confirmed, again.dose.usable) == (None, False)
    assert (again.dose.path, again.dose.dose) == (before.dose.path, before.dose.dose)
    hot = [one.to_atlas.inverse().apply(one.head.to_mm(np.argwhere(np.nan_to_num(one.dose.on_atlas.array) > 30)))
           for one in (before, again)]
    assert np.allclose(hot[0].mean(axis=0), hot[1].mean(axis=0), atol=0.5)
    assert not np.array_equal(before.dose.on_atlas.array, again.dose.on_atlas.array, equal_nan=True)


def test_there_are_no_figures_before_a_person_has_looked() -> None:
    placed = on_scan()
    assert dose_figures(placed, no_lesions(placed), {}) is None
    alone, said = usable_alone(placed)
    assert (alone.dose, [one.code for one in said]) == (None, ["dose_unused"])
    confirmed = confirm(placed, "  radiation oncologist ")
    assert confirmed.dose is not None
    assert confirmed.dose.confirmed is not None
    assert confirmed.dose.confirmed.by == "radiation oncologist"
    found = dose_figures(confirmed, no_lesions(confirmed), {"months_since_radiotherapy": 7})
    assert found is not None
    assert (found.prescribed_gy, found.months_since, found.via) == (60.0, 7.0, "same_frame")
    assert usable_alone(confirmed) == (confirmed, ())
    assert unconfirm(confirmed).dose is not None
    assert dose_figures(unconfirm(confirmed), no_lesions(confirmed), {}) is None
    assert placed.channels is confirmed.channels, "the scans are the same"


def test_without_anyone_to_look_a_checked_dose_is_used_and_that_is_said() -> None:
    unseen = accept_unseen(on_scan())
    assert unseen.dose is not None
    assert unseen.dose.confirmed is None
    assert (unseen.dose.cautions[0].code, unseen.dose.cautions[0].level) == (NOT_CONFIRMED, "confirm")
    assert dose_figures(unseen, no_lesions(unseen), {}) is not None
    looked = confirm(unseen)
    assert looked.dose is not None
    assert NOT_CONFIRMED not in {one.code for one in looked.dose.cautions}
    assert accept_unseen(looked) is looked


def test_what_is_asked_of_the_dose_itself_keeps_it_from_being_used_unseen() -> None:
    dose = replace(plan_dose(SCAN, SimilarityTransform(np.eye(4))), cautions=(replace(note("x", "Odd."),
                                                                                         level="confirm"),))
    assert accept_unseen(place_dose(prepared(), dose)).dose is None


def test_there_is_nothing_to_confirm_without_a_dose() -> None:
    for work in (confirm, unconfirm, accept_unseen, dose_picture):
        with pytest.raises(PreparationError, match="there is none"):
            work(prepared())
    assert dose_figures(prepared(), no_lesions(prepared()), {}) is None


def test_months_are_found_under_the_names_of_both_questions() -> None:
    assert months_since({"months_since_radiosurgery": 4.5}) == 4.5
    assert months_since({"age": 60.0, "months_since_radiotherapy": None}) is None


def test_the_picture_shows_isodoses_and_the_planning_scan() -> None:
    confirmed = confirm(on_scan())
    one = PIL.Image.open(BytesIO(dose_picture(confirmed)))
    path = DosePath("planning_scan", ("One.", "Two."), SimilarityTransform(np.eye(4)), GOOD)
    assert confirmed.dose is not None
    by_planning = replace(confirmed, dose=replace(confirmed.dose, path=path))
    two = PIL.Image.open(BytesIO(dose_picture(by_planning, planning(SCAN))))
    assert two.size[1] > 1.5 * one.size[1]
    line = (np.abs(np.asarray(one.convert("RGB")).astype(int) - (0xFF, 0x95, 0x00)).max(-1) < 30).any(0)
    assert line[: int(0.8 * line.size)].any(), "the line of 95 % is drawn, not only its key"
