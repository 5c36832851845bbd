"""Turns frozen dataclasses into a document that JSON can hold and named arrays, and back, as their fields declare.

Document: {"content": where to begin, "records": [{"kind", "fields"}, …], "arrays": [{"matrix"} or {"member"}, …]}. The
same object met twice is one object again. Nothing is pickled.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from rnapp.errors import CaseError, RnappError
from rnapp.store.kinds import (
    SINGLE,
    WORDS,
    Kind,
    UnexpectedValueError,
    any_length,
    fixed_length,
    mapping,
    number_set,
    numeric_array,
    one_of_kinds,
    one_of_values,
    or_none,
)
from rnapp.store.tables import Incoming, Node, Outgoing
from rnapp.types import Array

Document = dict[str, Node]
Content = TypeVar("Content")
DISTINCT = (str, bool, int, float, date)  # what can be told apart in a document, so that a union may hold several


def encode(content: object) -> tuple[Document, dict[str, Array]]:
    """The document of a dataclass, and the arrays that it names.

    Raises TypeError where a field, however deep, is of a type that is not known here or not what it declares, and
    CaseError for a 4×4 matrix that is not finite.
    """
    out = Outgoing()
    node = _Kinds().record(type(content)).encode(content, out)
    return {"content": node, "records": out.records, "arrays": out.arrays}, out.members


def decode(document: Document, members: Mapping[str, Array], cls: type[Content]) -> Content:
    """The dataclass again. Raises CaseError for a document that is not one of it."""
    match document:
        case {"content": node, "records": list(records), "arrays": list(arrays)}:
            content: Content = _Kinds().record(cls).decode(node, Incoming(records, arrays, members))
            return content
    raise CaseError("Expected the tables of a kept case, but they are missing; the file was altered.")


class _Kinds:
    """Finds the kind of every type that a dataclass holds before the first value is looked at."""

    def __init__(self) -> None:
        self._records: dict[type[Any], _Record] = {}

    def record(self, cls: type[Any]) -> "_Record":
        """Raises TypeError for what is no dataclass, or holds types that are not known."""
        if not is_dataclass(cls):
            raise TypeError(f"Expected a dataclass, but got {cls.__name__}; give it one.")
        if cls not in self._records:
            self._records[cls] = record = _Record(cls)
            hints = get_type_hints(cls)
            record.fields |= {field.name: self.of(hints[field.name], f"{cls.__name__}.{field.name}")
                              for field in fields(cls) if field.init}
        return self._records[cls]

    def of(self, hint: Any, where: str) -> Kind:
        """The kind of a field's type. Raises TypeError for one that is not known."""
        kind = self._single(hint) or self._collection(get_origin(hint), get_args(hint), where)
        if kind is None:
            raise TypeError(f"Expected a type that a kept case knows for {where}, but got {hint}; teach rnapp.store.")
        return kind

    def _single(self, hint: Any) -> Kind | None:
        if not isinstance(hint, type) or get_origin(hint):
            return None
        if is_dataclass(hint):
            record = self.record(hint)
            return Kind(record.encode, record.decode)
        return numeric_array(np.generic) if hint is np.ndarray else SINGLE.get(hint)

    def _collection(self, origin: Any, args: tuple[Any, ...], where: str) -> Kind | None:
        if origin is Literal:
            return one_of_values(args)
        if origin in (Union, UnionType):
            return self._union(args, where)
        if origin is tuple:
            return self._tuple(args, where)
        if origin is Mapping and args[0] in (str, int):
            return mapping(args[0], self.of(args[1], where))
        if origin is frozenset and args == (int,):
            return number_set()
        return numeric_array(_scalar(args[1])) if origin is np.ndarray else None

    def _union(self, args: tuple[Any, ...], where: str) -> Kind | None:
        some = [hint for hint in args if hint is not NoneType]
        if len(some) > 1 and not set(some) <= set(DISTINCT):
            return None
        kinds = tuple(self.of(hint, where) for hint in some)
        kind = kinds[0] if len(kinds) == 1 else one_of_kinds(kinds)
        return or_none(kind) if NoneType in args else kind

    def _tuple(self, args: tuple[Any, ...], where: str) -> Kind:
        if args[1:] == (Ellipsis,):
            return any_length(self.of(args[0], where))
        return fixed_length(tuple(self.of(hint, where) for hint in args))


def _scalar(hint: Any) -> type:
    """np.floating of np.dtype[np.floating[Any]]; np.generic where anything goes."""
    argument = get_args(hint)[0]
    scalar = get_origin(argument) or argument
    return scalar if isinstance(scalar, type) and scalar is not Any else np.generic


class _Record:
    """A dataclass, known in the document by its name: renaming it is a new major schema.

    fields: the kind of each field, filled once this dataclass itself is known, for it may hold itself.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.fields: dict[str, Kind] = {}
        self._cls = cls
        self._needed = {field.name for field in fields(cls)
                        if field.init and field.default is MISSING and field.default_factory is MISSING}

    def encode(self, value: Any, out: Outgoing) -> Node:
        """Its index in the table. Raises TypeError where it, or a field of it, is not of its type."""
        if type(value) is not self._cls:
            raise TypeError(f"Expected a {self._cls.__name__}, but got {type(value).__name__}; correct the field or "
                            "its type.")
        return {"record": out.record(value, lambda: self._entry(value, out))}

    def _entry(self, value: Any, out: Outgoing) -> Node:
        return {"kind": self._cls.__name__,
                "fields": {name: self._encoded(name, getattr(value, name), out) for name in self.fields}}

    def _encoded(self, name: str, value: Any, out: Outgoing) -> Node:
        try:
            return self.fields[name].encode(value, out)
        except UnexpectedValueError as error:
            raise TypeError(f"Expected {error.expected} for {self._cls.__name__}.{name}, but got {error.got.__name__}; "
                            "correct the field or its type.") from error

    def decode(self, node: Node, given: Incoming) -> Any:
        """The same object wherever it was met. Raises CaseError."""
        match node:
            case {"record": index}:
                value = given.record(index, lambda entry: self._made(entry, given))
                if type(value) is self._cls:
                    return value
        raise _unexpected(f"a {self._cls.__name__}", type(node))

    def _made(self, entry: Node, given: Incoming) -> Any:
        """Unknown fields are a newer program's, missing ones an older program's, and take their defaults."""
        match entry:
            case {"kind": self._cls.__name__, "fields": dict(held)}:
                pass
            case _:
                raise _unexpected(f"a {self._cls.__name__}", type(entry))
        if missing := self._needed - held.keys():
            raise CaseError(f"Expected {', '.join(sorted(missing))} in a kept {self._cls.__name__}, but it is missing; "
                            "the file was altered, or another version of rnapp wrote it.")
        return self._constructed({name: self._decoded(name, held[name], given) for name in self.fields if name in held})

    def _decoded(self, name: str, node: Node, given: Incoming) -> Any:
        try:
            return self.fields[name].decode(node, given)
        except UnexpectedValueError as error:
            raise _unexpected(f"{error.expected} for {self._cls.__name__}.{name}", error.got) from error

    def _constructed(self, values: dict[str, Any]) -> Any:
        """Constructors check what they are given, in errors of their own or of NumPy's."""
        try:
            return self._cls(**values)
        except (RnappError, TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise CaseError(f"Expected a whole {self._cls.__name__} in the kept case, but it cannot be used "
                            f"({str(error).rstrip('.')}); the file was altered.") from error


def _unexpected(expected: str, got: type) -> CaseError:
    """What a user is told of another value than its field declares."""
    return CaseError(f"Expected {expected}, but the kept case holds {WORDS.get(got, got.__name__)} there; the file was "
                     "altered, or a newer version of rnapp wrote it.")
