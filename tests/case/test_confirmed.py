"""What the reader confirmed belongs to the outlines it was said of, and to the preparation that was accepted."""

from dataclasses import replace
from pathlib import Path

from rnapp.case.case import BY_ACCEPTING, Case, Preparation
from rnapp.case.form import Form
from rnapp.case.kept import read_kept, to_keep
from rnapp.case.outline import Outline
from rnapp.store.case_file import write_case
from rnapp.types import Caution, Confirmed, Study, note, withheld
from tests.explain.synthetic import result_of

ODD = Confirmed("odd", 1, "old blood", "It is odd.")
DOUBT = Caution("registration_doubtful", "confirm", "The head is turned.")


def read_case(*words: Confirmed, accepted: bool = True) -> Case:
    """A case that was read, with a doubtful registration and another caution that asks."""
    result = result_of(1)
    asks = Caution("not_t1", "confirm", "This may be no T1.")
    scans = replace(result.prepared, cautions=(DOUBT, asks, note("match_doubtful", "Only a note.")))
    outline = Outline(confirmed=words).measured_as(result.lesions)
    series = scans.reference.series
    case = Case(Study("P", (series,)), {"t1ce": series.uid}, Form("P")).with_preparation(
        Preparation(scans, {"t1ce": series.uid}, accepted=accepted, outline=outline))
    return case.with_reading(replace(result.reading, confirmed=words), revealed=True)


def test_a_later_word_takes_the_place_of_an_earlier_one_about_the_same() -> None:
    other, again = replace(ODD, lesion=2), replace(ODD, reason="seen on the T2 too")
    outline = Outline().with_confirmed(ODD).with_confirmed(other).with_confirmed(again)
    assert outline.confirmed == (other, again)


def test_another_drawing_is_not_confirmed_and_the_same_one_stays_so() -> None:
    case = read_case(ODD)
    outline = case.outline
    assert case.lesions is not None
    assert outline.redrawn(case.lesions.all_mask).confirmed == ()
    assert outline.renamed(replace(case.lesions, names={1: "left"})).confirmed == (ODD,)
    assert case.with_form(Form("Q")).outline.confirmed == (ODD,)
    assert ODD not in case.with_outline(Outline()).confirmed
    assert case.with_preparation(None).confirmed == ()


def test_accepting_the_preparation_confirms_its_registration_and_nothing_else() -> None:
    (word,) = read_case().confirmed
    assert word == Confirmed("registration_doubtful", None, BY_ACCEPTING, DOUBT.sentence)
    assert read_case(ODD).confirmed == (word, ODD)
    assert read_case(ODD, accepted=False).confirmed == (ODD,)


def test_it_is_kept_with_the_case_and_so_is_what_was_withheld(tmp_path: Path) -> None:
    case = read_case(ODD)
    assert case.reading is not None
    none = withheld(1, (DOUBT,), (DOUBT,))
    both = case.with_reading(replace(case.reading, answers=(*case.reading.answers, none)))
    file = tmp_path / "ab12cd34.rnapp"
    write_case(file, to_keep(both, "metastasis"), case_id="ab12cd34")
    again = read_kept(file)[1].case
    assert again.confirmed == both.confirmed
    assert again.reading is not None
    assert again.reading.confirmed == (ODD,)
    first, second = again.reading.answers
    assert first.trust == case.reading.answers[0].trust
    assert (second.prediction, second.trust) == (None, none.trust)
