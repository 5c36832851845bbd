"""The clinical form: what is accepted, what is refused, and how it is encoded."""

import math

import pytest

from rnapp.errors import ClinicalError
from rnapp.models.clinical import encode, parse_clinical, shown_value, validate
from rnapp.types import ClinicalData
from rnapp.vocabulary import CATEGORIES

FULL = {"age": 61, "sex": "Male", "primary_tumour": "NSCLC", "systemic_treatment": "none",
        "months_since_radiosurgery": 9.5, "wbrt_before": "no"}


def test_a_full_form_is_parsed_whatever_the_case():
    assert parse_clinical(FULL) == ClinicalData(61.0, "male", "nsclc", "none", 9.5, False)


@pytest.mark.parametrize("unknown", [None, "", "unknown", " Unknown "])
def test_every_entry_may_be_unknown(unknown):
    assert parse_clinical(dict.fromkeys(FULL, unknown)) == ClinicalData()
    assert parse_clinical({}) == ClinicalData()


@pytest.mark.parametrize(("name", "value"), [
    ("age", -1), ("age", 121), ("age", "old"), ("age", float("nan")), ("age", True), ("age", [60]), ("sex", "m"),
    ("months_since_radiosurgery", 601), ("months_since_radiosurgery", "inf"), ("primary_tumour", "glioma"),
    ("systemic_treatment", 3), ("wbrt_before", "perhaps"), ("wbrt_before", 1),
])
def test_impossible_values_are_refused_with_the_entry_named(name, value):
    with pytest.raises(ClinicalError, match=r"unknown\.$"):
        parse_clinical(FULL | {name: value})


WRONG = [["male"], {"male": 1}, [], {}, [["x"]], 10**400, -10**400, 10**5000, float("inf"), "x" * 5000, "1_0", b"1"]


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("name", FULL)
def test_every_wrong_type_gets_one_short_sentence(name, value):
    with pytest.raises(ClinicalError, match=r"^[A-Z].{10,300}unknown\.$"):
        parse_clinical({name: value})
    with pytest.raises(ClinicalError, match=r"^[A-Z].{10,300}unknown\.$"):
        validate(ClinicalData(**{name: value}))


def test_a_list_is_called_a_list():
    with pytest.raises(ClinicalError, match=r"^Sex must be one of female, male, but got a list; correct it"):
        parse_clinical({"sex": ["male"]})
    with pytest.raises(ClinicalError, match=r"Age must be a number, but got an object"):
        parse_clinical({"age": {}})
    with pytest.raises(ClinicalError, match="but got a number that is much too large"):
        parse_clinical({"age": 10**400})


def test_a_foreign_entry_is_refused():
    with pytest.raises(ClinicalError, match="'smoker'"):
        parse_clinical({"smoker": True})


def test_values_made_elsewhere_are_checked_too():
    validate(ClinicalData(age=0.0, wbrt_before=True))
    with pytest.raises(ClinicalError, match="Age"):
        validate(ClinicalData(age=130.0))
    with pytest.raises(ClinicalError, match="Sex"):
        encode(ClinicalData(sex="diverse?"))


def test_categories_become_one_hot_and_unknown_becomes_nan():
    columns = encode(ClinicalData(age=50.0, primary_tumour="melanoma"))
    tumours = {name: value for name, value in columns.items() if name.startswith("primary_tumour=")}
    assert tumours.pop("primary_tumour=melanoma") == 1.0
    assert set(tumours.values()) == {0.0}
    assert len(tumours) == len(CATEGORIES["primary_tumour"]) - 1
    assert math.isnan(columns["sex=male"])
    assert math.isnan(columns["wbrt_before"])
    assert columns["age"] == 50.0


def test_values_are_shown_as_given():
    form = ClinicalData(age=50.0, primary_tumour="melanoma", wbrt_before=True)
    assert shown_value("primary_tumour", form) == "melanoma"
    assert shown_value("age", form) == 50
    assert shown_value("wbrt_before", form) == "yes"
    assert shown_value("sex", form) is None
