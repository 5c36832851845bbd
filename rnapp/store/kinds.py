"""How the values of one type stand in a document: text, numbers, dates, arrays, and collections of them.

A value that is not of its type is refused both ways, and its type alone is named: the value may be a patient's.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any, NoReturn

import numpy as np

from rnapp.store.tables import Incoming, Node, Outgoing
from rnapp.types import Array

WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", NoneType: "nothing",
         list: "a list", dict: "a group of values"}
ARRAY_KINDS = "biuf"  # bool, whole numbers and floats of any width


class UnexpectedValueError(Exception):
    """expected: in words; got: the type of what is there instead."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(expected)
        self.expected, self.got = expected, type(value)


@dataclass(frozen=True)
class Kind:
    """What becomes of a value in the document, and of its node again. Both raise UnexpectedValueError."""

    encode: Callable[[Any, Outgoing], Node]
    decode: Callable[[Node, Incoming], Any]


def plain(cls: type) -> Kind:
    """str, bool, int or NoneType: itself."""
    def check(value: Any) -> Any:
        return value if type(value) is cls else _refuse(WORDS[cls], value)
    return Kind(lambda value, _: check(plain_value(value)), lambda node, _: check(node))


def one_of_values(choices: tuple[Any, ...]) -> Kind:
    """A Literal: itself."""
    def check(value: Any) -> Any:
        known = any(type(value) is type(choice) and value == choice for choice in choices)
        return value if known else _refuse(f"one of {choices}", value)
    return Kind(lambda value, _: check(plain_value(value)), lambda node, _: check(node))


def _encode_number(value: Any, _: Outgoing) -> Node:
    number = plain_value(value)
    if type(number) not in (int, float):
        _refuse("a number", value)
    return number if math.isfinite(number) else {"float": repr(number)}


def _decode_number(node: Node, _: Incoming) -> Any:
    match node:
        case {"float": "nan" | "inf" | "-inf" as name}:
            return float(name)
        case int() | float() if type(node) is not bool and math.isfinite(node):
            return node
    return _refuse("a number", node)


def _encode_date(value: Any, _: Outgoing) -> Node:
    return {"date": value.isoformat()} if type(value) is date else _refuse("a date", value)


def _decode_date(node: Node, _: Incoming) -> date:
    text = _tagged(node, "date", "a date")
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        _refuse("a date", text)


def _encode_path(value: Any, _: Outgoing) -> Node:
    return str(value) if isinstance(value, Path) else _refuse("a path", value)


def _decode_path(node: Node, _: Incoming) -> Path:
    return Path(node) if type(node) is str else _refuse("a path", node)


def _encode_bytes(value: Any, out: Outgoing) -> Node:
    if type(value) is not bytes:
        _refuse("bytes", value)
    return {"bytes": out.array(value, np.frombuffer(value, np.uint8))}


def _decode_bytes(node: Node, given: Incoming) -> bytes:
    array = given.array(_tagged(node, "bytes", "bytes"))
    if array.dtype != np.uint8 or array.ndim != 1:
        _refuse("bytes", array)
    return array.tobytes()


# A number may be an int in the place of a float, and stays one; JSON has no NaN nor infinity, which are named instead.
# Dates are tagged, so that they are no text. Bytes stand among the arrays.
SINGLE: dict[type, Kind] = {
    **{cls: plain(cls) for cls in (str, bool, int, NoneType)}, float: Kind(_encode_number, _decode_number),
    date: Kind(_encode_date, _decode_date), Path: Kind(_encode_path, _decode_path),
    bytes: Kind(_encode_bytes, _decode_bytes)}


def numeric_array(scalar: type) -> Kind:
    """An array of bool, whole numbers or floats. scalar: what its type allows (np.generic: any of them)."""
    def check(value: Any) -> Array:
        if isinstance(value, np.ndarray) and value.dtype.kind in ARRAY_KINDS and np.issubdtype(value.dtype, scalar):
            return value
        _refuse("an array of numbers", value)
    return Kind(lambda value, out: {"array": out.array(value, check(value))},
                lambda node, given: check(given.array(_tagged(node, "array", "an array"))))


def or_none(kind: Kind) -> Kind:
    """null for None."""
    return Kind(lambda value, out: None if value is None else kind.encode(value, out),
                lambda node, given: None if node is None else kind.decode(node, given))


def one_of_kinds(kinds: tuple[Kind, ...]) -> Kind:
    """The first that takes the value; a document must be able to tell them apart."""
    def first(turns: Iterable[Callable[[Any, Any], Any]], value: Any, tables: Any) -> Any:
        for turn in turns:
            try:
                return turn(value, tables)
            except UnexpectedValueError:
                continue
        _refuse("a known type", value)
    return Kind(lambda value, out: first((kind.encode for kind in kinds), value, out),
                lambda node, given: first((kind.decode for kind in kinds), node, given))


def any_length(item: Kind) -> Kind:
    """tuple[X, ...]: a list."""
    return Kind(lambda value, out: [item.encode(held, out) for held in _of(tuple, value, "a tuple")],
                lambda node, given: tuple(item.decode(held, given) for held in _of(list, node, "a list")))


def fixed_length(items: tuple[Kind, ...]) -> Kind:
    """tuple[X, Y, Z]: a list."""
    def pairs(cls: type, value: Any, word: str) -> Iterable[tuple[Kind, Any]]:
        expected = f"{word} of {len(items)}"
        if len(_of(cls, value, expected)) != len(items):
            _refuse(expected, value)
        return zip(items, value, strict=True)
    return Kind(lambda value, out: [item.encode(held, out) for item, held in pairs(tuple, value, "a tuple")],
                lambda node, given: tuple(item.decode(held, given) for item, held in pairs(list, node, "a list")))


def number_set() -> Kind:
    """frozenset[int]: a list in order."""
    number = SINGLE[int]
    return Kind(lambda value, out: sorted(number.encode(held, out) for held in _of(frozenset, value, "a frozenset")),
                lambda node, given: frozenset(number.decode(held, given) for held in _of(list, node, "a list")))


def mapping(key: type, item: Kind) -> Kind:
    """Mapping[str, X] or Mapping[int, X]: a group, and a dict again, which can be written as JSON or copied."""
    decode_key = _number_key if key is int else lambda text: text
    return Kind(lambda value, out: {str(SINGLE[key].encode(name, out)): item.encode(held, out)
                                    for name, held in _of(Mapping, value, "a mapping").items()},
                lambda node, given: {decode_key(text): item.decode(held, given)
                                     for text, held in _of(dict, node, WORDS[dict]).items()})


def plain_value(value: Any) -> Any:
    """A number or text without the subclass that NumPy or pydicom gave it; anything else as it is."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    for base in (int, float):
        if isinstance(value, base):
            return base(value)
    return value


def _number_key(text: str) -> int:
    """Only as it is written: not 01, not +1."""
    try:
        number = int(text)
    except ValueError:
        _refuse("whole numbers as keys", text)
    return number if str(number) == text else _refuse("whole numbers as keys", text)


def _of(cls: Any, value: Any, expected: str) -> Any:
    return value if isinstance(value, cls) else _refuse(expected, value)


def _tagged(node: Node, tag: str, expected: str) -> Node:
    return node[tag] if type(node) is dict and tag in node else _refuse(expected, node)


def _refuse(expected: str, value: object) -> NoReturn:
    raise UnexpectedValueError(expected, value) from None
