"""Turns frozen dataclasses into a document that JSON can hold and named arrays, and back, as their fields declare.

Document: {"content": where to begin, "records": [{"kind", "fields"}, …], "arrays": [{"matrix"} or {"member"}, …]}. The
same object met twice is one object again. Nothing is pickled.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from rnapp.errors import CaseError
from rnapp.store.compound import Bytes, Fixed, Maybe, Numbers, OneOf, Record, Several, Table, Voxels
from rnapp.store.plain import Choice, Day, Kind, Number, PathText, Plain
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
            found: Content = _Kinds().record(cls).decode(node, Incoming(records, arrays, members))
            return found
    raise CaseError("Expected the tables of a kept case, but they are missing; the file was altered.")


class _Kinds:
    """Finds the kind of every type that a dataclass holds before the first value is looked at."""

    def __init__(self) -> None:
        self._records: dict[type[Any], Record] = {}

    def record(self, cls: type[Any]) -> Record:
        """Raises TypeError for what is no dataclass, or holds types that are not known."""
        if not is_dataclass(cls):
            raise TypeError(f"Expected a dataclass, but got {cls.__name__}; give it one.")
        if cls not in self._records:
            self._records[cls] = found = Record(cls)
            hints = get_type_hints(cls)
            found.fields |= {one.name: self.of(hints[one.name], f"{cls.__name__}.{one.name}")
                             for one in fields(cls) if one.init}
        return self._records[cls]

    def of(self, hint: Any, where: str) -> Kind:
        """The kind of a field's type. Raises TypeError for one that is not known."""
        found = self._single(hint, where) or self._collection(get_origin(hint), get_args(hint), where)
        if found is None:
            raise TypeError(f"Expected a type that a kept case knows for {where}, but got {hint}; teach rnapp.store.")
        return found

    def _single(self, hint: Any, where: str) -> Kind | None:
        if hint in (str, bool, int, NoneType):
            return Plain(where, hint)
        for known, kind in ((float, Number), (date, Day), (Path, PathText), (bytes, Bytes)):
            if hint is known:
                return kind(where)
        if isinstance(hint, type) and is_dataclass(hint):
            return self.record(hint)
        return Voxels(where, np.generic) if hint is np.ndarray else None

    def _collection(self, origin: Any, args: tuple[Any, ...], where: str) -> Kind | None:
        if origin is Literal:
            return Choice(where, args)
        if origin in (Union, UnionType):
            return self._union(args, where)
        if origin is tuple:
            return self._tuple(args, where)
        if origin is Mapping and args[0] in (str, int):
            return Table(where, args[0], self.of(args[1], where))
        if origin is frozenset and args == (int,):
            return Numbers(where)
        return Voxels(where, _scalar(args[1])) if origin is np.ndarray else None

    def _union(self, args: tuple[Any, ...], where: str) -> Kind | None:
        some = [one for one in args if one is not NoneType]
        if len(some) > 1 and not set(some) <= set(DISTINCT):
            return None
        kinds = tuple(self.of(one, where) for one in some)
        kind = kinds[0] if len(kinds) == 1 else OneOf(where, kinds)
        return Maybe(kind) if NoneType in args else kind

    def _tuple(self, args: tuple[Any, ...], where: str) -> Kind:
        if args[1:] == (Ellipsis,):
            return Several(where, self.of(args[0], where))
        return Fixed(where, tuple(self.of(one, where) for one in args))


def _scalar(hint: Any) -> type:
    """np.floating of np.dtype[np.floating[Any]]; np.generic where anything goes."""
    scalar = get_args(hint)[0]
    found = get_origin(scalar) or scalar
    return found if isinstance(found, type) and found is not Any else np.generic
