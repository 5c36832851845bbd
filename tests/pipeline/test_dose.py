"""Where a dose lies on the scan: each way there, in its order and direction; who may use it, and when."""

import csv
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from rnapp.errors import GeometryError, PreparationError
from rnapp.io.rt_read import read_dose
from rnapp.io.rt_registration import read_links
from rnapp.pipeline import dose as placing
from rnapp.pipeline.analyse import no_lesions
from rnapp.pipeline.dose import (
    accept_unseen,
    confirm,
    dose_figures,
    dose_picture,
    months_since,
    place_dose,
    unconfirm,
    usable_alone,
)
from rnapp.preprocess.planning import PlanningMatch
from rnapp.types import (
    CancelToken,
    Channel,
    Dose,
    DosePath,
    FrameLink,
    LoadedSeries,
    MatchQuality,
    Prepared,
    Prescription,
    SimilarityTransform,
    Volume,
    note,
)
from rnapp.types.dose import NOT_CONFIRMED
from tests.conftest import FITS, loaded, oblique_affine, sphere
from tests.timeline.synthetic import rigid

SCAN, PLAN, THIRD, MRI = "1.1", "1.2", "1.3", "1.4"  # frames of reference
GOOD = MatchQuality(0.9, 0.6, 0.97, 1.0, True, "They match.", "mutual_information")
SLOPES = np.array([0.20, 0.10, -0.15])  # Gy per mm: every error of place shows
CENTRE = np.array([10.0, -20.0, 30.0])  # of the head, in the scan's mm
DATA = Path("/work/shared/data/rt_dose_synthetic")


def channel(frame: str, place: SimilarityTransform, scale: float = 0.95, match: MatchQuality | None = None) -> Channel:
    """A small oblique scan. place: the reference scan's mm → this scan's."""
    shape = (24, 28, 20)
    middle = place.apply(CENTRE[None])[0]
    native = Volume(np.ones(shape, np.float32), oblique_affine((8.0, 8.0, 9.0), (8, -5, 11), (1, -1, 1), middle, shape),
                    frame)
    to_atlas = rigid((4, -3, 6), (70, -120, 60), CENTRE, scale).after(place.inverse())
    head = atlas_grid()
    return Channel(loaded(native).series, native, None, to_atlas, head, head, match)


def atlas_grid() -> Volume:
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = (0, -240, 0)
    array = np.random.default_rng(1).random((60, 60, 40)).astype(np.float32)
    return Volume(array, affine, "SRI24")


def prepared(*others: Channel) -> Prepared:
    """A ball for a brain, on a coarse SRI24 grid."""
    reference = channel(SCAN, SimilarityTransform(np.eye(4)))
    brain = sphere(atlas_grid(), reference.to_atlas.apply(CENTRE[None])[0], 60)
    channels = {"event": reference} | {f"scan_{number}": one for number, one in enumerate(others)}
    return Prepared(channels, brain, FITS, {})


def linear_dose(frame: str, place: SimilarityTransform, half_mm: float = 110.0, gray: float = 60.0) -> Dose:
    """A dose that is linear in the reference scan's mm. place: the reference scan's mm → the dose's."""
    side = int(2 * half_mm / 5) + 1
    middle = place.apply(CENTRE[None])[0]
    affine = oblique_affine((5.0, 5.0, 5.0), (0, 0, 0), (1, 1, -1), middle, (side, side, side))
    grid = Volume(np.zeros((side, side, side), np.float32), affine, frame)
    points = grid.to_mm(np.argwhere(np.ones(grid.shape, bool)).astype(float))
    values = gray + (place.inverse().apply(points) - CENTRE) @ SLOPES
    return Dose(grid.with_array(values.reshape(grid.shape).astype(np.float32)), (Prescription("PTV", 60.0, 30),),
                ("1.2.840.9",))


def plan_dose(frame: str, place: SimilarityTransform) -> Dose:
    """60 Gy in a ball in the middle of the head, little elsewhere."""
    dose = linear_dose(frame, place)
    target = sphere(dose.volume, place.apply(CENTRE[None])[0], 25)
    return replace(dose, volume=dose.volume.with_array(np.where(target.array, 60, 8).astype(np.float32)))


def errors(placed: Prepared) -> np.ndarray:
    """Gy, in the middle of the brain: difference from what the scan should show."""
    assert placed.dose is not None
    inside = sphere(placed.brain_mask, placed.to_atlas.apply(CENTRE[None])[0], 45).array
    points = placed.to_atlas.inverse().apply(placed.brain_mask.to_mm(np.argwhere(inside).astype(float)))
    expected = 60 + (points - CENTRE) @ SLOPES
    return np.abs(placed.dose.on_atlas.array[inside] - expected)


TURN = rigid((12, -7, 20), (-35, 60, 15), CENTRE)
HALF = rigid((-5, 3, 9), (5, -12, 30), CENTRE)


def test_one_frame_of_reference_is_the_way() -> None:
    placed = place_dose(prepared(), linear_dose(SCAN, SimilarityTransform(np.eye(4))))
    assert placed.dose is not None
    assert (placed.dose.path.via, placed.dose.path.match, placed.dose.confirmed) == ("same_frame", None, None)
    assert errors(placed).max() < 0.01
    assert placed.dose.on_atlas.array.dtype == np.float32
    assert "brain_shift" not in {one.code for one in placed.dose.cautions}


@pytest.mark.parametrize("link", [FrameLink(PLAN, SCAN, TURN.inverse()), FrameLink(SCAN, PLAN, TURN)])
def test_a_registration_file_leads_to_the_scan_whichever_way_it_is_written(link: FrameLink) -> None:
    unrelated = FrameLink("9.9", THIRD, HALF)
    placed = place_dose(prepared(), linear_dose(PLAN, TURN), (unrelated, link))
    assert placed.dose is not None
    assert placed.dose.path.via == "registration_file"
    assert errors(placed).max() < 0.01
    swapped = FrameLink(link.source, link.target, link.to_target.inverse())
    wrong = errors(place_dose(prepared(), linear_dose(PLAN, TURN), (swapped,)))
    assert np.nan_to_num(wrong, nan=99).min() > 1, "the other direction is wrong, or misses the brain"


def test_two_registration_files_are_joined() -> None:
    links = (FrameLink(THIRD, SCAN, HALF.inverse()), FrameLink(THIRD, PLAN, TURN.after(HALF.inverse())))
    placed = place_dose(prepared(), linear_dose(PLAN, TURN), links)
    assert placed.dose is not None
    assert placed.dose.path.steps[0].startswith("2 registration files lead")
    assert errors(placed).max() < 0.01


def test_another_prepared_scan_of_the_doses_frame_is_a_way_without_the_atlas_scale() -> None:
    case = prepared(channel(PLAN, TURN, match=GOOD))
    placed = place_dose(case, linear_dose(PLAN, TURN))
    assert placed.dose is not None
    assert (placed.dose.path.via, placed.dose.path.match) == ("planning_scan", GOOD)
    assert placed.dose.path.to_scan.scale == pytest.approx(1, abs=1e-9)
    assert errors(placed).max() < 0.01
    assert "brain_shift" in {one.code for one in placed.dose.cautions}
    linked = place_dose(case, linear_dose(THIRD, HALF), (FrameLink(THIRD, PLAN, TURN.after(HALF.inverse())),))
    assert errors(linked).max() < 0.01


def test_a_way_with_a_scale_is_refused() -> None:
    with pytest.raises(GeometryError, match="Expected a rigid way"):
        place_dose(prepared(channel(PLAN, TURN, scale=0.93, match=GOOD)), linear_dose(PLAN, TURN))


def planning(frame: str) -> LoadedSeries:
    made = loaded(Volume(np.zeros((4, 4, 4), np.float32), np.eye(4), frame), "1.2.77")
    return replace(made, series=replace(made.series, modality="CT", kind="CT", frame_of_reference=frame))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every planning scan were found where TURN put it."""
    monkeypatch.setattr(placing, "register_planning", lambda *_: PlanningMatch(TURN.inverse(), GOOD))


@pytest.mark.usefixtures("registered")
def test_a_planning_scan_of_the_doses_frame_is_registered() -> None:
    placed = place_dose(prepared(), linear_dose(PLAN, TURN), (), planning(PLAN))
    assert placed.dose is not None
    assert (placed.dose.path.via, placed.dose.path.match) == ("planning_scan", GOOD)
    assert errors(placed).max() < 0.01
    steps = " ".join(placed.dose.path.steps)
    assert "planning CT have the same frame of reference" in steps
    assert "rigid, six parameters" in steps
    beside = place_dose(prepared(), linear_dose(THIRD, HALF), (FrameLink(THIRD, PLAN, TURN.after(HALF.inverse())),),
                        planning(PLAN))
    assert errors(beside).max() < 0.01, "a registration file leads to the planning scan"


@pytest.mark.usefixtures("registered")
def test_the_best_way_is_taken() -> None:
    here = linear_dose(SCAN, SimilarityTransform(np.eye(4)))
    wrong = FrameLink(PLAN, SCAN, HALF)
    vias = [place_dose(prepared(channel(PLAN, TURN, match=GOOD)), here, (wrong,), planning(SCAN)),
            place_dose(prepared(channel(PLAN, TURN, match=GOOD)), linear_dose(PLAN, TURN),
                       (FrameLink(PLAN, SCAN, TURN.inverse()),), planning(PLAN)),
            place_dose(prepared(channel(PLAN, TURN, match=GOOD)), linear_dose(PLAN, TURN), (), planning(PLAN))]
    assert [one.dose.path.via for one in vias if one.dose] == ["same_frame", "registration_file", "planning_scan"]
    assert vias[2].dose is not None
    assert "scan_0" in vias[2].dose.path.steps[0], "the prepared scan, for which nothing must be registered"


@pytest.mark.usefixtures("registered")
def test_without_a_way_the_dose_is_refused_with_what_is_missing() -> None:
    with pytest.raises(PreparationError, match="add the CT or MRI that the dose was planned on, or a registration"):
        place_dose(prepared(), linear_dose(PLAN, TURN), (FrameLink(PLAN, THIRD, HALF),))
    with pytest.raises(PreparationError, match="it has another one; choose the scan that the dose was planned on"):
        place_dose(prepared(), linear_dose(PLAN, TURN), (), planning(THIRD))


def test_a_dose_without_a_frame_is_taken_as_given_and_a_person_must_say_so() -> None:
    assert errors(place_dose(prepared(), linear_dose("", SimilarityTransform(np.eye(4))))).max() < 0.01
    placed = place_dose(prepared(), plan_dose("", SimilarityTransform(np.eye(4))))
    assert placed.dose is not None
    assert placed.dose.path.via == "as_given"
    assert {one.code: one.level for one in placed.dose.cautions}["dose_as_given"] == "confirm"
    unseen = accept_unseen(placed)
    assert unseen.dose is None
    assert [one.code for one in unseen.cautions] == ["dose_left_out"]
    assert confirm(placed).dose is not None, "a person may"


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
    assert [(one.code, one.level) for one in placed.dose.cautions] == [("dose_misses_brain", "stop")]
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
    assert (accept_unseen(placed).dose is not None) is (level is None)


@pytest.mark.usefixtures("registered")
def test_a_doubtful_registration_is_asked_about_and_not_used_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = replace(GOOD, good=False, sentence="The sizes differ.")
    monkeypatch.setattr(placing, "register_planning", lambda *_: PlanningMatch(TURN.inverse(), doubtful))
    placed = place_dose(prepared(), plan_dose(PLAN, TURN), (), planning(PLAN))
    assert placed.dose is not None
    (caution,) = [one for one in placed.dose.cautions if one.code == "dose_match_doubtful"]
    assert (caution.level, caution.sentence) == ("confirm", "Planning scan: The sizes differ.")
    unseen = accept_unseen(placed)
    assert unseen.dose is None
    assert "The sizes differ." in str(unseen.cautions[-1])


def on_scan() -> Prepared:
    return place_dose(prepared(), plan_dose(SCAN, SimilarityTransform(np.eye(4))))


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


def test_cancel_stops_before_anything_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnapp.errors import Cancelled

    monkeypatch.setattr(placing, "register_planning", lambda *_: pytest.fail("it was registered"))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        place_dose(prepared(), linear_dose(PLAN, TURN), (), planning(PLAN), cancel=token)


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="the shared dose files are not here")
def test_the_shared_registration_file_is_read_in_the_right_direction() -> None:
    """File 30 maps the frame of the doses 01 to 20 into that of an MRI; the table has both places of each point."""
    dose = read_dose([DATA / "01_axial_ascending.dcm"], {})
    links = read_links(DATA / "30_reg_ct_to_mri.dcm")
    mri = next(one.target for one in links if one.source == dose.volume.frame_of_reference)
    with (DATA / "expected_points.csv").open() as table:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(table)]
    case = prepared()
    reference = replace(case.reference, native=Volume(case.native.array, case.native.affine, mri))
    case = replace(case, channels={"event": reference})
    path = placing._path(case, dose, links, None, lambda *_: None, CancelToken())
    for row in rows:
        here = np.array([[row["x_mm_LPS"], row["y_mm_LPS"], row["z_mm_LPS"]]])
        there = np.array([[row["x_mri"], row["y_mri"], row["z_mri"]]])
        assert path.to_scan.apply(here) == pytest.approx(there, abs=0.001)
        assert path.to_scan.inverse().apply(there) == pytest.approx(here, abs=0.001)
