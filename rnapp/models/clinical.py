"""The clinical form of a question: what may be entered, how it is checked, and how it becomes numbers. None is unknown.

Every function works over the fields of a question (rnapp.types.Field).
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeGuard

from rnapp.errors import ClinicalError
from rnapp.types import Clinical, ClinicalValue, Field, FieldKind

# The order of the columns, which the seeds of a training depend on.
_COLUMN_ORDER: tuple[FieldKind, ...] = ("number", "choice", "yes_no")
_UNKNOWN = ("", "unknown")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_SHOWN = 40  # characters of a wrong value in a sentence
_KINDS: dict[type, str] = {list: "a list", tuple: "a list", dict: "an object"}


def validate(fields: Sequence[Field], clinical: Clinical) -> None:
    """Raises ClinicalError where a value cannot be true, is not in its field's choices, or has no field."""
    _refuse_unexpected(fields, clinical)
    for field in fields:
        value = clinical.get(field.name)
        if value is not None and (expected := _expected(field, value)):
            raise ClinicalError(f"{field.label} must {expected}, but got {_said(value)}; correct it or leave it "
                                "unknown.")


def parse(fields: Sequence[Field], mapping: Mapping[str, object]) -> Clinical:
    """The clinical data of a JSON object, one entry per field; null, "" and "unknown" are unknown, as are names left
    out.

    Raises ClinicalError for a name that is not on the form, and as validate does.
    """
    _refuse_unexpected(fields, mapping)
    clinical = MappingProxyType({field.name: _parsed(field, mapping.get(field.name)) for field in fields})
    validate(fields, clinical)
    return clinical


def encode(fields: Sequence[Field], clinical: Clinical) -> dict[str, float]:
    """Numbers for the stacker: continuous values as they are, choices one-hot ("sex=male"), unknown as NaN.

    Raises ClinicalError as validate does.
    """
    validate(fields, clinical)
    encoded: dict[str, float] = {}
    for field in sorted(fields, key=lambda field: _COLUMN_ORDER.index(field.kind)):
        value = clinical.get(field.name)
        if field.kind == "choice":
            encoded |= {f"{field.name}={code}": math.nan if value is None else float(value == code)
                        for code in field.choices}
        else:
            encoded[field.name] = math.nan if value is None else float(value)
    return encoded


def variable_of(column: str) -> str:
    """The form's variable behind a column of encode: "sex=male" → "sex"."""
    return column.split("=")[0]


def shown_value(field: Field, value: ClinicalValue) -> float | str | None:
    """A value as the user gave it: numbers as numbers, choices and yes/no as words, None if unknown."""
    if value is None:
        return None
    if field.kind == "number":
        return float(value)
    return ("yes" if value else "no") if field.kind == "yes_no" else str(value)


def all_unknown(clinical: Clinical) -> bool:
    """Whether nothing was filled in."""
    return all(value is None for value in clinical.values())


def _refuse_unexpected(fields: Sequence[Field], mapping: Mapping[str, object]) -> None:
    names = {field.name for field in fields}
    if unexpected := sorted(set(mapping) - names, key=str):
        raise ClinicalError(f"The clinical data has the unknown entry {_said(unexpected[0])}; "
                            f"the entries are {', '.join(sorted(names))}.")


def _expected(field: Field, value: object) -> str:
    """What a value of this field must do; "" for one that does."""
    if field.kind == "number":
        fits = _is_number(value) and field.least <= value <= field.most
        return "" if fits else f"lie between {field.least:g} and {field.most:g} {field.unit}".rstrip()
    if field.kind == "choice":
        return "" if isinstance(value, str) and value in field.choices else f"be one of {', '.join(field.choices)}"
    return "" if isinstance(value, bool) else "be true or false"


def _parsed(field: Field, value: object) -> ClinicalValue:
    """The value as its kind is kept; what is of no such kind stays as it came, for validate to refuse."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _UNKNOWN):
        return None
    if field.kind == "number":
        return _parsed_number(field, value)
    if isinstance(value, str):
        word = value.strip().lower()
        return _YES_NO.get(word, word) if field.kind == "yes_no" else word
    return value  # type: ignore[return-value]


def _parsed_number(field: Field, value: object) -> float:
    number = _as_float(value)
    if number is None:
        raise ClinicalError(f"{field.label} must be a number, but got {_said(value)}; correct it or leave it unknown.")
    return number


def _as_float(value: object) -> float | None:
    """None for what is no number; infinite for a whole number beyond all floats."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and "_" in value:  # Python would leave it out
        return None
    try:
        return float(value)
    except ValueError:
        return None
    except OverflowError:
        return math.inf


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(_as_float(value) or 0.0)


def _said(value: object) -> str:
    """A wrong value as a sentence can hold it: what it is where it is none that can be written in a word."""
    if type(value) in _KINDS:
        return _KINDS[type(value)]
    if isinstance(value, int | float) and abs(value) >= 10**_SHOWN:
        return "a number that is much too large"
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
