"""The clinical form: what is accepted, what is refused, and how it is encoded."""

import math

import pytest

from rnapp.errors import ClinicalError
from rnapp.models.clinical import all_unknown, encode, parse, shown_value, validate, variable_of
from rnapp.tasks.metastasis.question import FIELDS, QUESTION
from rnapp.types import Field

FULL = {"age": 61, "sex": "Male", "primary_tumour": "NSCLC", "systemic_treatment": "none",
        "months_since_radiosurgery": 9.5, "wbrt_before": "no"}

BY_NAME = {field.name: field for field in FIELDS}
OWN = (Field("boost", "Boost", "yes_no"), Field("dose", "Dose", "number", unit="Gy", least=10, most=80),
       Field("grade", "Grade", "choice", choices={"3": "Three", "4": "Four"}))


def test_a_full_form_is_parsed_whatever_the_case():
    assert parse(FIELDS, FULL) == {
        "age": 61.0, "sex": "male", "primary_tumour": "nsclc", "systemic_treatment": "none",
        "months_since_radiosurgery": 9.5, "wbrt_before": False}


@pytest.mark.parametrize("unknown", [None, "", "unknown", " Unknown "])
def test_every_entry_may_be_unknown(unknown):
    assert parse(FIELDS, dict.fromkeys(FULL, unknown)) == QUESTION.unknown
    assert parse(FIELDS, {}) == QUESTION.unknown


@pytest.mark.parametrize(("name", "value"), [
    ("age", -1), ("age", 121), ("age", "old"), ("age", float("nan")), ("age", True), ("age", [60]), ("sex", "m"),
    ("months_since_radiosurgery", 601), ("months_since_radiosurgery", "inf"), ("primary_tumour", "glioma"),
    ("systemic_treatment", 3), ("wbrt_before", "perhaps"), ("wbrt_before", 1),
])
def test_impossible_values_are_refused_with_the_entry_named(name, value):
    with pytest.raises(ClinicalError, match=r"unknown\.$"):
        parse(FIELDS, FULL | {name: value})


WRONG = [["male"], {"male": 1}, [], {}, [["x"]], 10**400, -10**400, 10**5000, float("inf"), "x" * 5000, "1_0", b"1"]


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("name", FULL)
def test_every_wrong_type_gets_one_short_sentence(name, value):
    with pytest.raises(ClinicalError, match=r"^[A-Z].{10,300}unknown\.$"):
        parse(FIELDS, {name: value})
    with pytest.raises(ClinicalError, match=r"^[A-Z].{10,300}unknown\.$"):
        validate(FIELDS, {name: value})


def test_a_list_is_called_a_list():
    with pytest.raises(ClinicalError, match=r"^Sex must be one of female, male, but got a list; correct it"):
        parse(FIELDS, {"sex": ["male"]})
    with pytest.raises(ClinicalError, match=r"Age must be a number, but got an object"):
        parse(FIELDS, {"age": {}})
    with pytest.raises(ClinicalError, match="but got a number that is much too large"):
        parse(FIELDS, {"age": 10**400})


def test_a_foreign_entry_is_refused():
    with pytest.raises(ClinicalError, match="'smoker'"):
        parse(FIELDS, {"smoker": True})


def test_values_made_elsewhere_are_checked_too():
    validate(FIELDS, {"age": 0.0, "wbrt_before": True})
    with pytest.raises(ClinicalError, match="Age"):
        validate(FIELDS, {"age": 130.0})
    with pytest.raises(ClinicalError, match="Sex"):
        encode(FIELDS, {"sex": "diverse?"})


def test_categories_become_one_hot_and_unknown_becomes_nan():
    columns = encode(FIELDS, QUESTION.unknown | {"age": 50.0, "primary_tumour": "melanoma"})
    tumours = {name: value for name, value in columns.items() if name.startswith("primary_tumour=")}
    assert tumours.pop("primary_tumour=melanoma") == 1.0
    assert set(tumours.values()) == {0.0}
    assert len(tumours) == len(BY_NAME["primary_tumour"].choices) - 1
    assert math.isnan(columns["sex=male"])
    assert math.isnan(columns["wbrt_before"])
    assert columns["age"] == 50.0


def test_the_columns_are_those_of_the_bundles_that_are_there_in_their_order():
    assert list(encode(FIELDS, QUESTION.unknown)) == [
        "age", "months_since_radiosurgery", "sex=female", "sex=male",
        *(f"primary_tumour={code}" for code in ("nsclc", "breast", "melanoma", "sclc", "ovary", "other")),
        *(f"systemic_treatment={code}" for code in ("none", "chemotherapy", "targeted", "immunotherapy",
                                                    "combination")), "wbrt_before"]
    assert variable_of("sex=male") == "sex"
    assert variable_of("age") == "age"


def test_values_are_shown_as_given():
    assert shown_value(BY_NAME["primary_tumour"], "melanoma") == "melanoma"
    assert shown_value(BY_NAME["age"], 50) == 50
    assert shown_value(BY_NAME["wbrt_before"], True) == "yes"
    assert shown_value(BY_NAME["wbrt_before"], False) == "no"
    assert shown_value(BY_NAME["sex"], None) is None


def test_parsed_data_has_every_field_and_cannot_be_changed():
    clinical = parse(FIELDS, {"sex": "male"})
    assert list(clinical) == [field.name for field in FIELDS]
    assert not all_unknown(clinical)
    assert all_unknown(parse(FIELDS, {}))
    with pytest.raises(TypeError):
        clinical["sex"] = "female"


def test_any_form_is_read_by_its_fields():
    clinical = parse(OWN, {"boost": "Yes", "dose": "54", "grade": "4"})
    assert clinical == {"boost": True, "dose": 54.0, "grade": "4"}
    assert encode(OWN, clinical) == {"dose": 54.0, "grade=3": 0.0, "grade=4": 1.0, "boost": 1.0}
    with pytest.raises(ClinicalError, match=r"^Dose must lie between 10 and 80 Gy, but got 5.0; correct it"):
        parse(OWN, {"dose": 5})
    with pytest.raises(ClinicalError, match=r"^Grade must be one of 3, 4, but got '2'; correct it"):
        parse(OWN, {"grade": "2"})
    with pytest.raises(ClinicalError, match=r"unknown entry 'age'; the entries are boost, dose, grade\.$"):
        validate(OWN, {"age": 61.0})
