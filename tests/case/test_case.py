"""A case as nested values: replacing a parent leaves nothing behind that was derived from the old one."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from rnapp.case.case import Case, Preparation, Timeline
from rnapp.case.form import Form
from rnapp.case.outline import Outline
from rnapp.case.pending import DoubtfulMask, EarlyMask, Waiting
from rnapp.errors import CaseError, ClinicalError, MaskError, RnappError
from rnapp.tasks.metastasis.question import QUESTION, T1CE
from rnapp.types import (
    Answer,
    BoardOpinion,
    Candidate,
    Channel,
    Confirmation,
    Confirmed,
    Dose,
    DosePath,
    KnownOutcome,
    Lesion,
    LesionSet,
    MaskFile,
    ModelCard,
    PlacedDose,
    Prediction,
    Prepared,
    Proposal,
    Reading,
    RegistrationQuality,
    Series,
    SimilarityTransform,
    Study,
    Volume,
)

SERIES = Series("1.2", "t1 mprage", "MR", "T1CE", (Path("1.dcm"),), (12, 14, 10), (1.0, 1.0, 1.0))
OTHER = replace(SERIES, uid="1.3")
CARD = ModelCard("fake", "0", True, "0" * 64, "Apache-2.0", "tests", "nothing", {})
NECROSIS = BoardOpinion(1, "necrosis", "2026-01-01T12:00:00")


def head() -> Volume:
    """Asymmetric, 1 mm, LPS."""
    array = np.zeros((12, 14, 10), np.float32)
    array[2:9, 3:12, 1:8] = 1
    return Volume(array, np.eye(4))


def preparation(grid: Volume) -> Preparation:
    """Accepted, with everything that a preparation can hold."""
    channel = Channel(SERIES.source, grid, None, SimilarityTransform(np.eye(4)), grid, grid)
    mask = grid.with_array(grid.array > 0)
    prepared = Prepared({T1CE: channel}, mask, RegistrationQuality(0.95, 0.8, True, "Look."), {})
    file = MaskFile((), mask)
    candidates = tuple(Candidate(number, mask, 0.5, 0.1, (0.0, 0.0, 0.0), "left", "solid", "a test")
                       for number in (1, 2))
    return Preparation(prepared, {T1CE: "1.2"}, b"png", True, waiting=Waiting(file, ()),
                       doubtful=DoubtfulMask(file, (), mask, "perhaps"), proposal=Proposal("words", candidates),
                       dismissed=frozenset({2}), pictures={"post_op": b"pair"})


def lesions(grid: Volume, number: int = 1) -> LesionSet:
    labels = np.zeros(grid.shape, np.int16)
    labels[3:5, 4:7, 2:6] = number
    lesion = Lesion(number, 0.02, 12.5, 11.5, 9.0, 0.8, 14.0, (3.5, 5.0, 3.5), "left")
    return LesionSet((lesion,), grid.with_array(labels), grid.with_array(labels), {number: "frontal"})


def reading() -> Reading:
    answer = Answer(1, Prediction(0.7, (0.7,), (0.6,)), (), 0.1)
    return Reading(QUESTION.id, (answer,), QUESTION.unknown, CARD, "2026-01-01T12:00:00", {})


@pytest.fixture
def grid() -> Volume:
    return head()


@pytest.fixture
def read(grid: Volume) -> Case:
    """Read and shown, with everything that a case can hold."""
    found = lesions(grid)
    outline = Outline(found.all_mask, found, True, found, (preparation(grid).proposal.candidates[0],), found.all_mask,
                      {1: NECROSIS}, reading(), True, confirmed=(Confirmed("odd"),),
                      known={1: KnownOutcome(1, 1, "histology", "2026-03-01")})
    case = Case(Study("RN-1", (SERIES, OTHER)), {T1CE: "1.2"}, Form("RN-1", {"age": 61.0}), Path("mask.nii.gz"),
                EarlyMask("1.2", MaskFile((), found.atlas), "fits"), Timeline("2026-05-04"))
    return case.with_preparation(replace(preparation(grid), outline=outline))


def test_everything_of_a_case_is_filled_in_for_these_tests(read: Case) -> None:
    """Or the tests below could pass because nothing was there."""
    for part, but in ((read, ("former",)), (read.preparation, ("earlier",)), (read.outline, ())):
        empty = [field.name for field in fields(part) if field.name not in but and not getattr(part, field.name)]
        assert empty == []


@pytest.mark.parametrize("fresh", [True, False])
def test_another_preparation_leaves_nothing_of_the_old_one(read: Case, grid: Volume, fresh: bool) -> None:
    now = Preparation(preparation(head()).prepared, {T1CE: "1.2"}) if fresh else None
    case = read.with_preparation(now)
    assert case.preparation is now
    assert (case.accepted, case.earlier, case.lesions, case.mask, case.has_mask) == (False, (), None, None, False)
    assert (case.reading, case.revealed_reading, case.revealed, case.opinions) == (None, None, False, {})
    assert (case.study, case.form, case.early, case.timeline) == (read.study, read.form, read.early, read.timeline), (
        "what was given stays")


def test_another_drawing_takes_the_answer_and_the_opinions_with_it(read: Case, grid: Volume) -> None:
    drawing = grid.with_array(grid.array > 0)
    case = read.with_outline(read.outline.redrawn(drawing))
    assert (case.mask, case.lesions, case.reading, case.revealed, case.opinions) == (drawing, None, None, False, {})
    assert case.outline.before_growth is None
    assert case.outline.measured is read.lesions, "whose names go to what overlaps them"
    assert (case.outline.given, case.outline.taken) == (read.outline.given, read.outline.taken)
    assert case.preparation.proposal is read.preparation.proposal, "it is about the scan"
    assert case.accepted


def test_an_outline_of_a_file_leaves_nothing_of_the_drawing(read: Case, grid: Volume) -> None:
    found = lesions(grid, 2)
    case = read.with_outline(Outline(measured=found, current=True, given=found))
    assert case.lesions is found
    assert case.has_mask
    assert np.array_equal(case.mask.array, found.atlas.array > 0), "the labels are the only outlines"
    assert (case.outline.taken, case.reading) == ((), None)


def test_another_form_drops_the_answer_but_not_that_it_was_seen(read: Case) -> None:
    case = read.with_form(Form("RN-1", {"age": 30.0}))
    assert (case.reading, case.revealed) == (None, True)
    assert case.opinions == {1: NECROSIS}
    assert case.lesions is read.lesions
    assert case.former == read.former
    again = case.with_reading(reading())
    assert again.revealed_reading is again.reading


def test_the_same_form_changes_nothing(read: Case) -> None:
    assert read.with_form(Form("RN-1", {"age": 61.0, "sex": "", "wbrt_before": None})) is read


def test_a_form_that_nothing_was_read_from_is_only_replaced() -> None:
    case = Case().with_form(Form("RN-2"))
    assert (case.form.pseudonym, case.preparation) == ("RN-2", None)


@pytest.mark.parametrize("change", [lambda case: case.with_preparation(None),
                                    lambda case: case.with_outline(Outline())])
def test_what_the_board_thought_before_is_carried_on(read: Case, change: object) -> None:
    case = change(read)
    assert case.former.opinions == (NECROSIS,)
    assert case.former.informed, "an answer was shown"
    unseen = change(read.with_same_outline(replace(read.outline, revealed=False)))
    assert unseen.former.opinions == (NECROSIS,)
    assert not unseen.former.informed
    without = change(read.with_same_outline(replace(read.outline, opinions={})))
    assert without.former.opinions == ()


def test_former_opinions_are_kept_in_order_and_each_once(read: Case, grid: Volume) -> None:
    later = replace(NECROSIS, leaning="progression", informed=True)
    case = read.with_outline(Outline(grid.with_array(grid.array > 0)))
    case = case.with_same_outline(replace(case.outline, opinions={1: later})).with_preparation(None)
    assert case.former.opinions == (NECROSIS, later)
    assert case.with_preparation(None).former == case.former, "there is nothing new to carry on"
    assert case.former.informed, "an answer that was once seen stays seen"


def test_what_is_said_next_to_the_outlines_leaves_them_and_the_answer(read: Case) -> None:
    named = read.outline.renamed(replace(read.lesions, names={1: "left frontal"}))
    case = read.with_same_outline(named)
    assert case.lesions.called(1) == "1, left frontal"
    assert case.reading is read.reading
    assert (case.opinions, case.former) == (read.opinions, read.former)


def test_other_lesions_are_no_renamed_ones(read: Case, grid: Volume) -> None:
    with pytest.raises(MaskError, match="changed meanwhile"):
        read.outline.renamed(lesions(grid))
    with pytest.raises(MaskError, match="changed meanwhile"):
        read.outline.redrawn(grid.with_array(grid.array > 0)).renamed(read.lesions)


def test_what_stands_next_to_the_outline_changes_without_it(read: Case) -> None:
    case = read.with_same_prepared(replace(read.preparation, accepted=False, waiting=None, dismissed=frozenset()))
    assert (case.accepted, case.preparation.waiting) == (False, None)
    assert [one.number for one in case.preparation.candidates] == [1, 2]
    assert (case.reading, case.opinions, case.former) == (read.reading, read.opinions, read.former)


def test_another_scan_or_outline_is_not_put_in_next_to_the_old_one(read: Case, grid: Volume) -> None:
    for other in (preparation(grid), replace(read.preparation, outline=Outline())):
        with pytest.raises(CaseError, match="meanwhile"):
            read.with_same_prepared(other)


def test_nothing_is_drawn_or_read_before_a_scan_is_prepared() -> None:
    for change in (lambda case: case.with_outline(Outline()), lambda case: case.with_reading(reading()),
                   lambda case: case.with_same_outline(Outline())):
        with pytest.raises(CaseError, match="prepare one first"):
            change(Case())


def test_the_answer_is_the_boards_once_it_is_revealed(read: Case) -> None:
    hidden = read.with_same_outline(replace(read.outline, revealed=False))
    assert hidden.reading is not None
    assert hidden.revealed_reading is None
    assert hidden.with_reading(hidden.reading, revealed=True).revealed_reading is hidden.reading


def placed(grid: Volume, gray: float = 60.0) -> PlacedDose:
    dose = Dose(grid.with_array(np.full(grid.shape, gray, np.float32)), sources=("1.2.840.1",))
    return PlacedDose(dose, DosePath("same_frame", ("One frame.",), SimilarityTransform(np.eye(4))), dose.volume)


def confirmed(case: Case) -> Prepared:
    return replace(case.prepared, dose=replace(case.prepared.dose, confirmed=Confirmation("2026-01-01", "oncologist")))


def without_dose(case: Case) -> Prepared:
    return replace(case.prepared, dose=None)


@pytest.mark.parametrize("change", [confirmed, without_dose])
def test_another_dose_or_its_confirmation_loses_no_drawing_but_the_answer(
        read: Case, grid: Volume, change: object) -> None:
    with_dose = read.with_dose(replace(read.prepared, dose=placed(grid)), {T1CE: "1.2", "dose": "1.9"}, {"dose": b"d"})
    assert with_dose.reading is None
    again = with_dose.with_reading(reading())
    for case, old in ((with_dose, read), (again.with_dose(change(again)), again)):
        assert case.reading is None
        assert (case.lesions, case.mask, case.opinions, case.revealed) == (
            old.lesions, old.mask, old.opinions, old.revealed)
        assert (case.accepted, case.former, case.preparation.proposal) == (True, old.former, old.preparation.proposal)
        assert case.outline.taken == old.outline.taken
        assert case.chosen == case.preparation.chosen == {T1CE: "1.2", "dose": "1.9"}
        assert case.preparation.pictures == {"dose": b"d"}
    assert again.with_dose(again.prepared).reading is again.reading, "nothing was changed"


def test_a_drawing_that_is_not_measured_stays_with_another_dose(read: Case, grid: Volume) -> None:
    drawing = grid.with_array(grid.array > 0)
    drawn = read.with_outline(read.outline.redrawn(drawing))
    case = drawn.with_dose(replace(drawn.prepared, dose=placed(grid)))
    assert case.mask is drawing
    assert case.outline.measured is drawn.outline.measured


def test_a_dose_on_other_scans_is_refused(read: Case) -> None:
    other = preparation(head()).prepared
    with pytest.raises(CaseError, match="prepared again meanwhile"):
        read.with_dose(replace(other, dose=placed(head())))
    with pytest.raises(CaseError, match="prepare one first"):
        Case().with_dose(read.prepared)


def test_a_result_holds_what_the_case_holds(read: Case) -> None:
    result = read.result(QUESTION)
    assert (result.question, result.pseudonym, result.prepared) == (QUESTION, "RN-1", read.prepared)
    assert (result.lesions, result.reading, result.board) == (read.lesions, read.reading, (NECROSIS,))
    assert result.former_board == ()


def test_there_is_no_result_of_what_is_not_read(read: Case) -> None:
    for case in (Case(), read.with_reading(None), read.with_outline(Outline()), read.with_preparation(None)):
        with pytest.raises(RnappError, match="no reading"):
            case.result(QUESTION)
    with pytest.raises(ClinicalError, match="pseudonym"):
        replace(read, form=Form("a\nb")).result(QUESTION)


def test_the_series_of_a_role_is_the_chosen_one(read: Case) -> None:
    assert read.series is SERIES
    assert read.chosen_for(T1CE) is SERIES
    assert read.chosen_for("dose") is None
    both = replace(read, chosen={"dose": "", T1CE: "1.3"})
    assert (both.series, both.chosen_for(T1CE)) == (None, OTHER), "none is chosen for the first role"
    assert Case().series is None


def test_a_mask_that_a_person_must_look_at_is_outlined_before_what_is_proposed(read: Case) -> None:
    assert read.preparation.outlined == (read.preparation.doubtful.shown,)
    looked = replace(read.preparation, doubtful=None)
    assert looked.outlined == (looked.proposal.candidates[0].mask,), "without the dismissed one"
    assert replace(looked, proposal=None).outlined == ()
