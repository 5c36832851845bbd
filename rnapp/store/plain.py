"""Kinds of values that stand in a document by themselves: text, numbers, dates and the like.

A kind turns a value into what JSON can hold and back, and checks it both ways: a value that is not of the declared type
raises TypeError on its way out (a programmer's error) and CaseError on its way in. where: the field, for the sentence.
"""

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any, Protocol

import numpy as np

from rnapp.errors import CaseError
from rnapp.store.tables import Incoming, Node, Outgoing

WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", NoneType: "nothing",
         list: "a list", dict: "a group of values"}


class Kind(Protocol):
    """How the values of one type stand in a document."""

    def encode(self, value: Any, out: Outgoing, /) -> Node:
        """The value for the document. Raises TypeError for another type's."""

    def decode(self, node: Node, given: Incoming, /) -> Any:
        """The value again. Raises CaseError for another type's."""


def misused(expected: str, value: object) -> TypeError:
    """What a programmer is told."""
    return TypeError(f"Expected {expected}, but got {type(value).__name__}; correct the field or its type.")


def strange(expected: str, node: Node) -> CaseError:
    """What a user is told. Names the type alone: the value may be a patient's."""
    found = WORDS.get(type(node), type(node).__name__)
    return CaseError(f"Expected {expected}, but the kept case holds {found} there; the file was altered, or a newer "
                     "version of rnapp wrote it.")


def tagged(node: Node, tag: str, expected: str) -> Node:
    """What a node of the form {tag: …} holds. Raises CaseError."""
    if type(node) is not dict or tag not in node:
        raise strange(expected, node)
    return node[tag]


@dataclass(frozen=True)
class Plain:
    """type: str, bool, int or NoneType."""

    where: str
    type: type

    def encode(self, value: Any, _: Outgoing) -> Node:
        """Itself."""
        if type(found := bare(value)) is not self.type:
            raise misused(self._expected, value)
        return found

    def decode(self, node: Node, _: Incoming) -> Any:
        """Itself."""
        if type(node) is not self.type:
            raise strange(self._expected, node)
        return node

    @property
    def _expected(self) -> str:
        return f"{WORDS[self.type]} for {self.where}"


@dataclass(frozen=True)
class Number:
    """A float, or an int in its place, which stays one. JSON has no NaN nor infinity, which are named instead."""

    where: str

    def encode(self, value: Any, _: Outgoing) -> Node:
        """Exact to the last bit."""
        if type(found := bare(value)) not in (int, float):
            raise misused(f"a number for {self.where}", value)
        return found if math.isfinite(found) else {"float": repr(found)}

    def decode(self, node: Node, _: Incoming) -> Any:
        """The same."""
        match node:
            case {"float": "nan" | "inf" | "-inf" as name}:
                return float(name)
            case int() | float() if type(node) is not bool and math.isfinite(node):
                return node
        raise strange(f"a number for {self.where}", node)


@dataclass(frozen=True)
class Choice:
    """A Literal."""

    where: str
    choices: tuple[Any, ...]

    def encode(self, value: Any, _: Outgoing) -> Node:
        """Itself."""
        if not self._known(found := bare(value)):
            raise misused(f"one of {self.choices} for {self.where}", value)
        return found

    def decode(self, node: Node, _: Incoming) -> Any:
        """Itself."""
        if not self._known(node):
            raise strange(f"one of {self.choices} for {self.where}", node)
        return node

    def _known(self, found: Any) -> bool:
        return any(type(found) is type(one) and found == one for one in self.choices)


@dataclass(frozen=True)
class Day:
    """A date without a time."""

    where: str

    def encode(self, value: Any, _: Outgoing) -> Node:
        """Tagged, so that it is no text."""
        if type(value) is not date:
            raise misused(f"a date for {self.where}", value)
        return {"date": value.isoformat()}

    def decode(self, node: Node, _: Incoming) -> date:
        """The same."""
        text = tagged(node, "date", f"a date for {self.where}")
        try:
            return date.fromisoformat(text)
        except (TypeError, ValueError) as error:
            raise strange(f"a date for {self.where}", text) from error


@dataclass(frozen=True)
class PathText:
    """A path as this system writes it."""

    where: str

    def encode(self, value: Any, _: Outgoing) -> Node:
        """Text."""
        if not isinstance(value, Path):
            raise misused(f"a path for {self.where}", value)
        return str(value)

    def decode(self, node: Node, _: Incoming) -> Path:
        """A path, which need not exist."""
        if type(node) is not str:
            raise strange(f"a path for {self.where}", node)
        return Path(node)


def bare(value: Any) -> Any:
    """A number or text without the subclass that NumPy or pydicom gave it; anything else as it is."""
    found = value.item() if isinstance(value, np.generic) else value
    if isinstance(found, bool):
        return found
    if isinstance(found, str):
        return str.__str__(found)
    for base in (int, float):
        if isinstance(found, base):
            return base(found)
    return found
