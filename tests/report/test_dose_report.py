"""The dose and the model's inputs in result.json and in the PDF: next to the answer, in the question's words."""

import dataclasses
import json
from functools import cache

import pytest

from rnapp.report import dose_words
from rnapp.report.pdf import ReportPictures, pdf
from rnapp.report.result_json import preparation_result, result
from rnapp.report.result_schema import result_schema
from rnapp.tasks.metastasis.question import QUESTION as METASTASIS
from rnapp.tasks.rice.question import QUESTION as RICE
from rnapp.types import CaseResult, Caution, Confirmation, LesionDose, MatchQuality, Prescription
from tests.explain.rice import metastasis_with_dose, rice_result
from tests.explain.synthetic import LEFT, RIGHT, result_of
from tests.report.structure import faults
from tests.report.test_pdf import pages, pictures, png, words

SCHEMAS = {one.id: result_schema(one) for one in (RICE, METASTASIS)}
MADE = {"drawn": lambda: rice_result([LEFT, RIGHT]), "bare": rice_result, "plain": lambda: result_of(1),
        "unseen": lambda: rice_result(confirmed=None), "without": lambda: rice_result(dose=False),
        "surgery": metastasis_with_dose}


@cache
def of(name: str) -> CaseResult:
    """Each is made once, when a test asks for it: drawn lesions or bare of any, a dose unseen by a person or without
    any, radiosurgery, and the first question as it was."""
    return MADE[name]()


def fits(case) -> list[str]:
    schema = SCHEMAS[case.question.id]
    values = result(case)
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    return faults(values, schema, schema)


def printed(case, waterfall=None) -> str:
    count = max(len(case.lesions.lesions), 1) if case.prepared.dose else 0
    made = ReportPictures(png(154, 109), (None,), (None,), (waterfall,), (png(112, 66),) * count,
                          png(66, 35) if case.lesions.lesions else None, (png(100, 66),) * 2)
    return words(pdf(case, made, compress=False))


def test_answer_and_reasons_share_a_page_where_the_answer_has_no_picture_and_none_is_nearly_empty():
    case, maps = of("bare"), (png(100, 66),) * 4
    made = ReportPictures(png(154, 109), (None,), (None,), (None,), (png(112, 66),), None, maps)
    file = pdf(case, made, compress=False)
    assert pages(file) == 3, "answer and reasons; dose; occlusion"
    assert words(file).count("this number means nothing") == 2, "above the answer and above the maps"
    assert "Nothing was outlined, so there are no further figures." in words(file)
    with_picture = dataclasses.replace(made, lesions=(png(112, 66),))
    assert pages(pdf(case, with_picture, compress=False)) == 4


@pytest.mark.parametrize("name", MADE)
def test_every_case_fits_its_schema(name):
    assert fits(of(name)) == []


def test_a_registered_planning_scan_fits_the_schema_too():
    match = MatchQuality(0.8, 0.3, 0.9, 1.0, True, "The planning CT fits.", "mutual_information")
    prepared = of("drawn").prepared
    path = dataclasses.replace(prepared.dose.path, via="planning_scan", match=match)
    channel = dataclasses.replace(prepared.reference, match=match)
    prepared = dataclasses.replace(prepared, dose=dataclasses.replace(prepared.dose, path=path),
                                   channels={**prepared.channels, "post_op": channel})
    case = dataclasses.replace(of("drawn"), prepared=prepared)
    assert fits(case) == []
    assert result(case)["dose"]["path"]["match"]["measure"] == "mutual_information"
    assert "The planning CT fits." in printed(case)


@pytest.mark.parametrize(("spoil", "fault"), [
    (lambda v: v.pop("dose"), "$.dose: required"),
    (lambda v: v["dose"].update(uid="1.2.3"), "$.dose.uid: unknown"),
    (lambda v: v["dose"]["lesions"][0].update(inside_95=1.2), "$.dose.lesions[0].inside_95: maximum"),
    (lambda v: v["dose"]["path"].update(via="guessed"), "$.dose.path.via: enum"),
    (lambda v: v["study"].pop("inputs"), "$.study.inputs: required"),
    (lambda v: v["study"].update(inputs=[]), "$.study.inputs: minItems")])
def test_the_schema_notices(spoil, fault):
    values = result(of("drawn"))
    spoil(values)
    assert faults(values, SCHEMAS["rice"], SCHEMAS["rice"]) == [fault]


def test_the_dose_in_values():
    dose = result(of("drawn"))["dose"]
    assert (dose["prescribed_gy"], dose["fractions"], dose["months_since"]) == (60, 30, 14)
    assert dose["prescriptions"] == [{"dose_gy": 60.0, "fractions": 30, "technique": "proton", "typed": False}]
    assert dose["path"]["via"] == "same_frame"
    assert dose["confirmed"] == {"at": "2026-11-21T14:01:00+01:00", "by": "physicist"}
    first, second = dose["lesions"]
    assert first["mean_gy"] == of("drawn").reading.dose.lesions[0].mean_gy > 40
    assert first["inside_50"] == 1
    assert second["unknown_share"] > 0.5
    assert len(first["curve"]["doses_gy"]) == len(first["curve"]["shares"])
    assert [one["source"].split(",")[0] for one in dose["evidence"]] == ["Brenner"]


def test_neither_a_uid_nor_the_name_of_a_target_is_reported():
    written = json.dumps(result(of("drawn"))) + printed(of("drawn"))
    assert "1.2.826" not in written
    assert "Anna" not in written


def test_unknown_figures_are_null_and_a_dash():
    nan = float("nan")
    one = LesionDose(1, nan, nan, nan, nan, None, None, None, None, 1.0, None)
    figures = dataclasses.replace(of("drawn").reading.dose, lesions=(one,))
    case = dataclasses.replace(of("drawn"), reading=dataclasses.replace(of("drawn").reading, dose=figures))
    assert fits(case) == []
    assert result(case)["dose"]["lesions"][0]["mean_gy"] is None
    assert dose_words.lesion_row(one, "1") == ("1", "unknown", "–", "–", "–", "–", "–", "–")


def test_nobody_confirmed_no_figures():
    dose = result(of("unseen"))["dose"]
    assert dose["confirmed"] is dose["most_gy"] is dose["months_since"] is None
    assert dose["lesions"] == dose["brain"] == dose["evidence"] == []
    text = printed(of("unseen"))
    assert text.count("NOT CONFIRMED BY A PERSON") == 2
    assert "Dose in figures" not in text
    assert "highest dose" not in text


def test_figures_that_nobody_looked_at_say_so():
    """On the command line: all checks were passed, and a caution is among warnings and values."""
    unconfirmed = Caution("dose_not_confirmed", "confirm", "Nobody has looked at where the dose lies.", "Look.")
    placed = dataclasses.replace(of("drawn").prepared.dose, confirmed=None, cautions=(unconfirmed,))
    case = dataclasses.replace(of("drawn"), prepared=dataclasses.replace(of("drawn").prepared, dose=placed))
    text = printed(case)
    assert "Dose in figures" in text
    assert "NOT CONFIRMED BY A PERSON" in text
    assert "Nobody has looked at where the dose lies. Look." in text
    assert ("dose_not_confirmed", "confirm") in [(one["code"], one["level"]) for one in result(case)["cautions"]]
    assert "Nobody has looked at where the dose lies. Look." in preparation_result(case.prepared)["warnings"]


def test_without_a_dose_nothing_is_said_of_one():
    assert result(of("without"))["dose"] is None
    text = printed(of("without"))
    for word in ("Radiotherapy dose Prescribed", "NOT CONFIRMED", "Isodoses"):
        assert word.lower() not in text.lower()
    assert "Without: Radiotherapy dose." in text


def test_what_the_model_saw():
    assert result(of("drawn"))["study"]["inputs"] == ["event", "post_op", "dose"]
    assert result(of("without"))["study"]["inputs"] == ["event", "post_op"]
    assert result(of("plain"))["lesions"][0]["inputs"] == ["t1ce"], "a model that always sees all"
    assert ("saw: T1 after contrast, new enhancement; T1 after contrast, after surgery; Radiotherapy dose."
            in printed(of("drawn")))
    assert "Without" not in printed(of("drawn"))
    assert dose_words.inputs_words(METASTASIS, of("plain").reading.answers[0]) == ""


def test_occlusion_is_named_and_shown_with_what_it_is_not():
    assert result(of("drawn"))["study"]["occlusion"] == {"all": "occlusion.nii.gz", "dose": "occlusion_dose.nii.gz"}
    assert result(of("plain"))["lesions"][0]["occlusion"] == {}
    text = printed(of("drawn"))
    assert "What the networks used: occlusion" in text
    assert "It does not show where the tumour or the radiation damage is" in text
    assert "occlusion" not in words(pdf(of("plain"), pictures(1), compress=False))


def test_drawn_lesions_of_a_question_about_a_study():
    values = result(of("drawn"))
    assert values["lesions"] == []
    assert [(one["number"], one["side"]) for one in values["outlines"]] == [(1, "left"), (2, "right")]
    assert result(of("bare"))["outlines"] == result(of("plain"))["outlines"] == []
    assert "Lesion 1: Touches the edge of the brain." in values["warnings"]
    assert ("dose_partly_unknown", 2) in [(one["code"], one["lesion"]) for one in values["cautions"]]


def test_where_none_was_drawn_no_lesion_is_spoken_of():
    """But in the question's own words about what its number is not."""
    for case in (of("bare"), of("unseen")):
        dose = json.dumps(result(case)["dose"]).replace('"lesions"', "")
        said = " ".join(one for one in result(case)["warnings"])
        assert "lesion" not in (dose + said).lower()
        text = printed(case).replace(case.question.map_meaning, "")
        assert "lesion" not in text.lower().replace("synthetic lesions", "")
    assert "To the 95 % line" in printed(of("drawn"))


def test_volumes_of_brain_and_studies_are_given_for_a_metastasis_only():
    brain = result(of("surgery"))["dose"]["brain"]
    assert [(one["name"], one["threshold_gy"]) for one in brain] == [("V12 Gy", 12.0)]
    text = words(pdf(of("surgery"), dataclasses.replace(pictures(1), dose=(png(112, 66),), curves=png(66, 35)),
                     compress=False))
    for part in ("V12 Gy of brain, with the target:", "HyTEC", "Minniti et al.", "Narloch et al.", "van Schaik et al.",
                 "20 Gy in one fraction, protons", "Dose in figures, beside the answer", "9 months",
                 "confirmed by physicist on 2026-11-21 14:01", "1 of 16 later"):
        assert part in text
    rice = printed(of("drawn"))
    for part in ("HyTEC", "Minniti", "Narloch", "metasta"):
        assert part not in rice


def test_pages():
    made = dataclasses.replace(pictures(1), dose=(png(112, 66),), curves=png(66, 35))
    assert pages(pdf(of("surgery"), made)) >= 3
    assert pages(pdf(of("plain"), pictures(1))) == 2, "the first question without a dose is as it was"


@pytest.mark.parametrize(("given", "said"), [
    (Prescription("", 60.0, 30, "photon"), "60 Gy in 30 fractions, photons"),
    (Prescription("", 20.0, 1, "unknown", True), "20 Gy in one fraction (typed by a person, no plan)"),
    (Prescription("", 54.5, None), "54.5 Gy"), (Prescription("", None, 5, "proton"), "unknown dose in 5 fractions, "
                                                                                    "protons")])
def test_a_prescription_in_words(given, said):
    assert dose_words.prescription(given) == said


def test_distances_shares_and_volumes_in_words():
    assert dose_words.distance(-4.5) == "4 mm inside"
    assert dose_words.distance(12.3) == "12 mm outside"
    assert dose_words.distance(None) == "unknown"
    assert [dose_words.volume(one) for one in (9.94, 41.8)] == ["9.9 ml", "42 ml"]
    row = dose_words.lesion_row(LesionDose(2, 30.04, 1.0, 61.26, 5.5, 0.004, 0.999, 0.2, None, 0.0, None), "2, edge")
    assert row == ("2, edge", "30 Gy", "1.0 – 61.3 Gy", "5.5 Gy", "<1 %", ">99 %", "0 mm outside", "unknown")


def test_who_confirmed():
    placed = dataclasses.replace(of("drawn").prepared.dose, confirmed=Confirmation("2026-11-21T14:01:00"))
    assert dose_words.confirmed(placed) == "confirmed on 2026-11-21 14:01"
