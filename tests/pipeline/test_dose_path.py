"""Each way of a dose to the scan, in its order and direction."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnapp.errors import GeometryError, PreparationError
from rnapp.io.rt_read import read_dose
from rnapp.io.rt_registration import read_links
from rnapp.pipeline import dose_path
from rnapp.pipeline.dose import (
    accept_unseen,
    confirm,
    place_dose,
)
from rnapp.preprocess.planning import PlanningMatch
from rnapp.types import (
    CancelToken,
    FrameLink,
    SimilarityTransform,
    Volume,
)
from tests.pipeline.dosed_heads import (
    GOOD,
    HALF,
    PLAN,
    SCAN,
    THIRD,
    TURN,
    channel,
    errors,
    linear_dose,
    plan_dose,
    planning,
    prepared,
)


def test_one_frame_of_reference_is_the_way() -> None:
    placed = place_dose(prepared(), linear_dose(SCAN, SimilarityTransform(np.eye(4))))
    assert placed.dose is not None
    assert (placed.dose.path.via, placed.dose.path.match, placed.dose.confirmed) == ("same_frame", None, None)
    assert errors(placed).max() < 0.01
    assert placed.dose.on_atlas.array.dtype == np.float32
    assert [one.code for one in placed.dose.cautions].count("brain_shift") == 1


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


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every planning scan were found where TURN put it."""
    monkeypatch.setattr(dose_path, "register_planning", lambda *_: PlanningMatch(TURN.inverse(), GOOD))


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


def test_cancel_stops_before_anything_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnapp.errors import Cancelled

    monkeypatch.setattr(dose_path, "register_planning", lambda *_: pytest.fail("it was registered"))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        place_dose(prepared(), linear_dose(PLAN, TURN), (), planning(PLAN), cancel=token)


@pytest.mark.realdata
def test_the_shared_registration_file_is_read_in_the_right_direction(shared_data: Path) -> None:
    """File 30 maps the frame of the doses 01 to 20 into that of an MRI; the table has both places of each point."""
    files = shared_data / "rt_dose_synthetic"
    dose = read_dose([files / "01_axial_ascending.dcm"], {})
    links = read_links(files / "30_reg_ct_to_mri.dcm")
    mri = next(one.target for one in links if one.source == dose.volume.frame_of_reference)
    with (files / "expected_points.csv").open() as table:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(table)]
    case = prepared()
    reference = replace(case.reference, native=Volume(case.native.array, case.native.affine, mri))
    case = replace(case, channels={"event": reference})
    path = dose_path.find_path(case, dose, links, None, CancelToken())
    for row in rows:
        here = np.array([[row["x_mm_LPS"], row["y_mm_LPS"], row["z_mm_LPS"]]])
        there = np.array([[row["x_mri"], row["y_mri"], row["z_mri"]]])
        assert path.to_scan.apply(here) == pytest.approx(there, abs=0.001)
        assert path.to_scan.inverse().apply(there) == pytest.approx(here, abs=0.001)
