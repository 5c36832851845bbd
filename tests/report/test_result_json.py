"""result.json fits its schema, holds plain finite values, and says what it is."""

import dataclasses
import json
import math

import numpy as np
import pytest

from rnapp.errors import RnappError
from rnapp.report.result_json import preparation_result, result
from rnapp.report.result_schema import result_schema
from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import (
    STUDY,
    BoardOpinion,
    CaseResult,
    Caution,
    Confirmed,
    Contribution,
    Field,
    LesionSet,
    Outcome,
    Prediction,
    note,
)
from tests.explain.synthetic import result_of, without_number
from tests.report.structure import faults

SCHEMA = result_schema(QUESTION)


def with_answer(case: CaseResult, **changes) -> CaseResult:
    first = dataclasses.replace(case.reading.answers[0], **changes)
    return with_reading(case, answers=(first, *case.reading.answers[1:]))


def with_reading(case: CaseResult, **changes) -> CaseResult:
    return dataclasses.replace(case, reading=dataclasses.replace(case.reading, **changes))


@pytest.mark.parametrize("case", [result_of(1), result_of(3), result_of(1, demonstration=False), result_of(0)])
def test_it_fits_its_schema_and_survives_json(case):
    values = result(case)
    assert faults(values, SCHEMA, SCHEMA) == []
    assert json.loads(json.dumps(values, allow_nan=False)) == values


@pytest.mark.parametrize(("spoil", "fault"), [
    (lambda v: v.pop("warnings"), "$.warnings: required"),
    (lambda v: v.update(name="Doe"), "$.name: unknown"),
    (lambda v: v.update(schema_version="1.5"), "$.schema_version: const"),
    (lambda v: v["lesions"][0]["prediction"].update(probability_rn=1.2),
     "$.lesions[0].prediction.probability_rn: maximum"),
    (lambda v: v["lesions"][0].update(side="links"), "$.lesions[0].side: enum"),
    (lambda v: v["lesions"][0].update(verdict="weakly"), "$.lesions[0].verdict: enum"),
    (lambda v: v["lesions"][0].update(interval=[0.5]), "$.lesions[0].interval: minItems"),
    (lambda v: v["lesions"][0]["cautions"][0].update(level="maybe"), "$.lesions[0].cautions[0].level: enum"),
    (lambda v: v["lesions"][0].pop("unadjusted"), "$.lesions[0].unadjusted: required"),
    (lambda v: v["lesions"][0]["contributions"][1].update(effect="0.1"), "$.lesions[0].contributions[1].effect: type"),
    (lambda v: v["preparation"]["native_to_atlas_lps_mm"].pop(), "$.preparation.native_to_atlas_lps_mm: minItems"),
])
def test_the_schema_notices(spoil, fault):
    values = result(result_of(1))
    spoil(values)
    assert faults(values, SCHEMA, SCHEMA) == [fault]


def test_the_values_are_the_readings():
    case = result_of(2)
    values = result(case)
    one, lesion, answer = values["lesions"][1], case.lesions.lesion(2), case.reading.answers[1]
    assert [entry["number"] for entry in values["lesions"]] == [1, 2]
    assert one["side"] == "right"
    assert one["centre_sri24_lps_mm"] == list(lesion.centre_mm)
    assert one["prediction"]["probability_rn"] == answer.prediction.probability
    assert one["prediction"]["folds"] == list(answer.prediction.folds)
    effects = [entry["effect"] for entry in one["contributions"]]
    log_odds = math.log(answer.prediction.probability / (1 - answer.prediction.probability))
    assert one["baseline_log_odds"] + sum(effects) == pytest.approx(log_odds)
    assert one["contributions"][0]["value"] is None
    assert values["clinical"] == {"age": 63.0, "sex": "female", "primary_tumour": None, "systemic_treatment": None,
                                  "months_since_radiosurgery": None, "wbrt_before": False}
    assert values["preparation"]["brain_volume_ml"] == pytest.approx(case.prepared.brain_volume_ml)


def test_the_judgement_stands_beside_the_number():
    case = result_of(2)
    answer = case.reading.answers[0]
    values = result(case)["lesions"][0]
    trust = answer.trust
    assert values["verdict"] == {"first": "necrosis", "second": "progression"}.get(trust.verdict, trust.verdict)
    assert values["interval"] == list(trust.interval)
    assert (values["steady"], values["unadjusted"], values["prior"], values["trained_prior"], values["level"]) == (
        True, trust.unadjusted, 0.5, 0.5, 0.9)
    assert values["limits"] == [0.4, 0.6]
    assert values["variations"] == [{"what": "outline 1 mm larger", "probability": trust.variations[0].probability}]
    assert values["likeness"] == {"like": True, "distance": 1.0, "limit": 2.0, "false_alarm": 0.05}
    assert values["cautions"] == [
        {"code": "no_contrast", "level": "note", "sentence": "No contrast agent is recorded."},
        {"code": "thick_slices", "level": "note", "sentence": "The slices are thick."},
        {"code": "touches_edge", "level": "note", "sentence": "Touches the edge of the brain."}]


def test_where_no_number_is_given_there_is_none_anywhere():
    stop = Caution("too_dark", "stop", "It is too dark.", "Draw it again.")
    values = result(without_number(result_of(2), stop))
    assert faults(values, SCHEMA, SCHEMA) == []
    first, second = values["lesions"]
    assert first["verdict"] == "withheld"
    assert first["statement"] == "No number is given. It is too dark. Draw it again."
    for name in ("prediction", "interval", "steady", "unadjusted", "limits", "baseline_log_odds", "likeness",
                 "inputs"):
        assert first[name] is None
    assert first["contributions"] == first["variations"] == first["unknown_clinical"] == []
    assert {"code": "too_dark", "level": "stop", "sentence": "It is too dark. Draw it again."} in first["cautions"]
    assert second["prediction"] is not None


def test_an_answer_that_was_never_judged_keeps_its_number():
    values = result(with_answer(result_of(1), trust=None))
    assert faults(values, SCHEMA, SCHEMA) == []
    one = values["lesions"][0]
    assert (one["verdict"], one["interval"], one["steady"]) == (None, None, None)
    assert one["prediction"]["probability_rn"] > 0
    assert one["statement"].startswith("Not judged: probability of radiation necrosis")


def test_what_the_reader_confirmed_is_in_it():
    case = with_reading(result_of(1), confirmed=(Confirmed("odd", 1, "old blood", "It is odd."), Confirmed("far")))
    assert result(case)["confirmed"] == [{"code": "odd", "lesion": 1, "reason": "old blood"},
                                         {"code": "far", "lesion": None, "reason": ""}]
    assert faults(result(case), SCHEMA, SCHEMA) == []


def test_every_warning_is_shown_once_at_the_top():
    case = result_of(2)
    doubled = dataclasses.replace(case, lesions=dataclasses.replace(case.lesions, cautions=case.prepared.cautions))
    expected = ["No contrast agent is recorded.", "The slices are thick.", "Lesion 1: Touches the edge of the brain.",
                "Lesion 2: Touches the edge of the brain."]
    assert result(doubled)["warnings"] == result(case)["warnings"] == expected


def test_a_demonstration_says_so_and_another_model_does_not():
    shown, real = result(result_of(1)), result(result_of(1, demonstration=False))
    assert shown["demonstration"] is shown["model"]["demonstration"] is True
    assert "means nothing clinically" in shown["demonstration_statement"]
    assert real["demonstration"] is real["model"]["demonstration"] is False
    assert real["demonstration_statement"] is None
    assert shown["intended_use"].startswith("Not a medical device. Research use only.")


def test_numpy_values_become_plain_and_an_uncomputed_feature_unknown():
    parts = (Contribution("a", "a", "radiomics", np.float32(0.5), np.float64(0.1)),
             Contribution("b", "b", "radiomics", math.nan, 0.0))
    entries = result(with_answer(result_of(1), contributions=parts))["lesions"][0]["contributions"]
    assert type(entries[0]["value"]) is type(entries[0]["effect"]) is float
    assert entries[1]["value"] is None


@pytest.mark.parametrize("changes", [
    {"baseline_log_odds": math.nan}, {"prediction": Prediction(math.nan, (), ())},
    {"prediction": Prediction(1.01, (), ())}, {"prediction": Prediction(0.5, (0.5, math.inf), ())},
    {"contributions": (Contribution("a", "a", "radiomics", 1.0, math.inf),)},
])
def test_a_number_that_is_none_is_refused(changes):
    with pytest.raises(RnappError, match="do not use this reading"):
        result(with_answer(result_of(1), **changes))


def test_the_preparation_alone_is_the_same_as_in_the_result():
    case = result_of(1)
    values = preparation_result(case.prepared)
    assert values["preparation"] == result(case)["preparation"]
    assert values["warnings"] == ["No contrast agent is recorded.", "The slices are thick."]
    with pytest.raises(RnappError, match=r"result\.preparation\.timings_s\.n4"):
        preparation_result(dataclasses.replace(case.prepared, timings_s={"n4": math.nan}))


def test_the_boards_opinion_and_what_unknown_values_could_do_are_in_it():
    case = dataclasses.replace(result_of(2), board=(BoardOpinion(2, "undecided", "2026-11-21T14:03:00"),),
                               former_board=(BoardOpinion(1, "necrosis", "2026-11-21T13:01:00", True),))
    first, second = result(case)["lesions"]
    assert first["board_opinion"] is None
    assert second["board_opinion"] == {"leaning": "undecided", "noted": "2026-11-21T14:03:00", "informed": False}
    assert [one["informed"] for one in result(case)["former_board_opinions"]] == [True]
    assert first["unknown_clinical"][0]["highest_value"] == "Melanoma"
    assert faults(result(case), SCHEMA, SCHEMA) == []


def test_a_caution_says_whom_it_is_about_and_what_follows():
    cautions = result(result_of(2))["cautions"]
    assert [(one["code"], one["level"], one["lesion"]) for one in cautions] == [
        ("no_contrast", "note", None), ("thick_slices", "note", None), ("touches_edge", "note", 1),
        ("touches_edge", "note", 2)]
    assert cautions[0]["sentence"] == "No contrast agent is recorded."


def test_no_description_and_no_uid_of_the_scan_is_reported():
    written = json.dumps(result(result_of(1)))
    assert "1.2.3" not in written
    assert result(result_of(1))["preparation"]["channels"]["t1ce"]["modality"] == "MR"


def test_a_question_about_a_study_has_its_own_words_and_no_lesions():
    case = result_of(1)
    other = dataclasses.replace(
        QUESTION, id="other", unit="study", fields=(Field("dose", "Dose", "number", "Gy", 0, 90),),
        outcomes=(Outcome("up", "up", "going up", "up"), Outcome("down", "down", "going down", "down")))
    answer = dataclasses.replace(case.reading.answers[0], lesion=STUDY, cautions=(note("far", "Far from all."),))
    none = LesionSet((), case.lesions.atlas, case.lesions.native)
    board = (BoardOpinion(STUDY, "probably_up", "2026-11-21T14:03:00"),)
    case = dataclasses.replace(with_reading(case, answers=(answer,), clinical={"dose": 60.0}), question=other,
                               lesions=none, board=board)
    values = result(case)
    schema = result_schema(other)
    assert faults(values, schema, schema) == []
    assert values["lesions"] == []
    assert values["study"]["prediction"]["probability_up"] == answer.prediction.probability
    assert values["study"]["board_opinion"]["leaning"] == "probably_up"
    assert values["clinical"] == {"dose": 60.0}
    assert values["warnings"][-1] == "Far from all."
    assert faults(values, SCHEMA, SCHEMA) != [], "another question's result does not fit"
