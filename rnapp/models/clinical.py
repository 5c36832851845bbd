"""The clinical form: what may be entered, how it is checked, and how it becomes numbers.

The variables are those of Gomaa et al. 2025 (Feature Extraction and Selection; Table 1). None is unknown.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from rnapp.errors import ClinicalError
from rnapp.types import ClinicalData
from rnapp.vocabulary import CATEGORIES, LABELS

# Least and most, with the unit in words.
RANGES: dict[str, tuple[float, float, str]] = {
    "age": (0.0, 120.0, "years"),
    "months_since_radiosurgery": (0.0, 600.0, "months"),
}
_UNKNOWN = ("", "unknown")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_SHOWN = 40  # characters of a wrong value in a sentence
_KINDS: dict[type, str] = {list: "a list", tuple: "a list", dict: "an object"}


def validate(clinical: ClinicalData) -> None:
    """Raises ClinicalError where a value cannot be true (age in years, time in months) or is not in the lists."""
    for name, (least, most, unit) in RANGES.items():
        value = getattr(clinical, name)
        if value is not None and not (_is_number(value) and least <= value <= most):
            raise ClinicalError(f"{LABELS[name]} must lie between {least:g} and {most:g} {unit}, but got "
                                f"{_said(value)}; correct it or leave it unknown.")
    for name, codes in CATEGORIES.items():
        value = getattr(clinical, name)
        if value is not None and not (isinstance(value, str) and value in codes):
            raise ClinicalError(f"{LABELS[name]} must be one of {', '.join(codes)}, but got {_said(value)}; "
                                "correct it or leave it unknown.")
    if clinical.wbrt_before is not None and not isinstance(clinical.wbrt_before, bool):
        raise ClinicalError(f"{LABELS['wbrt_before']} must be true or false, but got {_said(clinical.wbrt_before)}; "
                            "correct it or leave it unknown.")


def parse_clinical(mapping: Mapping[str, object]) -> ClinicalData:
    """The clinical data of a JSON object; null, "" and "unknown" are unknown, as are names left out.

    Raises ClinicalError for a name that is not on the form, and as validate does.
    """
    known = {field.name for field in fields(ClinicalData)}
    if strangers := sorted(set(mapping) - known):
        raise ClinicalError(f"The clinical data has the unknown entry {_said(strangers[0])}; "
                            f"the entries are {', '.join(sorted(known))}.")
    clinical = ClinicalData(**{name: _parsed(name, value) for name, value in mapping.items()})
    validate(clinical)
    return clinical


def encode(clinical: ClinicalData) -> dict[str, float]:
    """Numbers for the stacker: continuous values as they are, categories one-hot ("sex=male"), unknown as NaN.

    Raises ClinicalError as validate does.
    """
    validate(clinical)
    encoded = {name: _number(getattr(clinical, name)) for name in RANGES}
    for name, codes in CATEGORIES.items():
        value = getattr(clinical, name)
        encoded |= {f"{name}={code}": math.nan if value is None else float(value == code) for code in codes}
    return encoded | {"wbrt_before": _number(clinical.wbrt_before)}


def variable_of(column: str) -> str:
    """The form's variable behind a column of encode: "sex=male" → "sex"."""
    return column.split("=")[0]


def shown_value(name: str, clinical: ClinicalData) -> float | str | None:
    """A value as the user gave it: numbers as numbers, categories and yes/no as words, None if unknown."""
    value = getattr(clinical, name)
    if value is None or name in RANGES:
        return None if value is None else float(value)
    return ("yes" if value else "no") if name == "wbrt_before" else str(value)


def all_unknown(clinical: ClinicalData) -> bool:
    """Whether nothing was filled in."""
    return all(value is None for value in asdict(clinical).values())


def _parsed(name: str, value: object) -> Any:
    if value is None or (isinstance(value, str) and value.strip().lower() in _UNKNOWN):
        return None
    if name in RANGES:
        return _parsed_number(name, value)
    if isinstance(value, str):
        word = value.strip().lower()
        return _YES_NO.get(word, word) if name == "wbrt_before" else word
    return value


def _parsed_number(name: str, value: object) -> float:
    number = _as_float(value)
    if number is None:
        raise ClinicalError(f"{LABELS[name]} must be a number, but got {_said(value)}; correct it or leave it unknown.")
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


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(_as_float(value) or 0.0)


def _said(value: object) -> str:
    """A wrong value as a sentence can hold it: what it is where it is none that can be written in a word."""
    if type(value) in _KINDS:
        return _KINDS[type(value)]
    if isinstance(value, int | float) and abs(value) >= 10**_SHOWN:
        return "a number that is much too large"
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _number(value: float | bool | None) -> float:
    return math.nan if value is None else float(value)
