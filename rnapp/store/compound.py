"""Kinds of values that hold others, or stand in the tables beside a document: dataclasses, collections, arrays."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np

from rnapp.errors import CaseError, RnappError
from rnapp.store.plain import Kind, Plain, misused, strange, tagged
from rnapp.store.tables import Incoming, Node, Outgoing
from rnapp.types import Array

ARRAY_KINDS = "biuf"  # bool, whole numbers and floats of any width


@dataclass(frozen=True)
class Maybe:
    """None, or a value of another kind."""

    kind: Kind

    def encode(self, value: Any, out: Outgoing) -> Node:
        """null for None."""
        return None if value is None else self.kind.encode(value, out)

    def decode(self, node: Node, given: Incoming) -> Any:
        """None for null."""
        return None if node is None else self.kind.decode(node, given)


@dataclass(frozen=True)
class OneOf:
    """One of several kinds, which a document must be able to tell apart: the first that takes the value."""

    where: str
    kinds: tuple[Kind, ...]

    def encode(self, value: Any, out: Outgoing) -> Node:
        """As its kind does."""
        for kind in self.kinds:
            try:
                return kind.encode(value, out)
            except TypeError:
                continue
        raise misused(f"a known type for {self.where}", value)

    def decode(self, node: Node, given: Incoming) -> Any:
        """As its kind does."""
        for kind in self.kinds:
            try:
                return kind.decode(node, given)
            except CaseError:
                continue
        raise strange(f"a known type for {self.where}", node)


@dataclass(frozen=True)
class Several:
    """tuple[X, ...]."""

    where: str
    item: Kind

    def encode(self, value: Any, out: Outgoing) -> Node:
        """A list."""
        if not isinstance(value, tuple):
            raise misused(f"a tuple for {self.where}", value)
        return [self.item.encode(one, out) for one in value]

    def decode(self, node: Node, given: Incoming) -> tuple[Any, ...]:
        """A tuple."""
        if type(node) is not list:
            raise strange(f"a list for {self.where}", node)
        return tuple(self.item.decode(one, given) for one in node)


@dataclass(frozen=True)
class Fixed:
    """tuple[X, Y, Z]."""

    where: str
    items: tuple[Kind, ...]

    def encode(self, value: Any, out: Outgoing) -> Node:
        """A list."""
        if not isinstance(value, tuple) or len(value) != len(self.items):
            raise misused(f"a tuple of {len(self.items)} for {self.where}", value)
        return [item.encode(one, out) for item, one in zip(self.items, value, strict=True)]

    def decode(self, node: Node, given: Incoming) -> tuple[Any, ...]:
        """A tuple."""
        if type(node) is not list or len(node) != len(self.items):
            raise strange(f"a list of {len(self.items)} for {self.where}", node)
        return tuple(item.decode(one, given) for item, one in zip(self.items, node, strict=True))


@dataclass(frozen=True)
class Numbers:
    """frozenset[int]."""

    where: str

    def encode(self, value: Any, out: Outgoing) -> Node:
        """A list in order."""
        if not isinstance(value, frozenset):
            raise misused(f"a frozenset for {self.where}", value)
        return sorted(Plain(self.where, int).encode(one, out) for one in value)

    def decode(self, node: Node, given: Incoming) -> frozenset[int]:
        """The set."""
        return frozenset(Several(self.where, Plain(self.where, int)).decode(node, given))


@dataclass(frozen=True)
class Table:
    """Mapping[str, X] or Mapping[int, X]."""

    where: str
    key: type
    item: Kind

    def encode(self, value: Any, out: Outgoing) -> Node:
        """JSON has keys of text alone."""
        if not isinstance(value, Mapping):
            raise misused(f"a mapping for {self.where}", value)
        return {str(Plain(self.where, self.key).encode(key, out)): self.item.encode(one, out)
                for key, one in value.items()}

    def decode(self, node: Node, given: Incoming) -> dict[Any, Any]:
        """A dict, which others can write as JSON or copy (a mapping proxy they cannot)."""
        if type(node) is not dict:
            raise strange(f"a group of values for {self.where}", node)
        return {self._key(key): self.item.decode(one, given) for key, one in node.items()}

    def _key(self, text: str) -> Any:
        """Numbers only as encode() writes them."""
        if self.key is str:
            return text
        try:
            number = int(text)
        except ValueError as error:
            raise strange(f"whole numbers as keys for {self.where}", text) from error
        if str(number) != text:
            raise strange(f"whole numbers as keys for {self.where}", text)
        return number


@dataclass(frozen=True)
class Voxels:
    """An array of bool, whole numbers or floats. scalar: what its type allows (np.generic: any of them)."""

    where: str
    scalar: type

    def encode(self, value: Any, out: Outgoing) -> Node:
        """Its place in the table."""
        if not isinstance(value, np.ndarray) or not self._fits(value):
            raise misused(f"an array of numbers for {self.where}", value)
        return {"array": out.array(value, value)}

    def decode(self, node: Node, given: Incoming) -> Array:
        """The array itself."""
        array = given.array(tagged(node, "array", f"an array for {self.where}"))
        if not self._fits(array):
            raise strange(f"an array of another type for {self.where}", array)
        return array

    def _fits(self, array: Array) -> bool:
        return array.dtype.kind in ARRAY_KINDS and np.issubdtype(array.dtype, self.scalar)


@dataclass(frozen=True)
class Bytes:
    """bytes, such as a picture."""

    where: str

    def encode(self, value: Any, out: Outgoing) -> Node:
        """The place of an array of uint8."""
        if type(value) is not bytes:
            raise misused(f"bytes for {self.where}", value)
        return {"bytes": out.array(value, np.frombuffer(value, np.uint8))}

    def decode(self, node: Node, given: Incoming) -> bytes:
        """The bytes again."""
        array = given.array(tagged(node, "bytes", f"bytes for {self.where}"))
        if array.dtype != np.uint8 or array.ndim != 1:
            raise strange(f"bytes for {self.where}", array)
        return array.tobytes()


class Record:
    """A dataclass, known in the document by its name: renaming it is a new major schema.

    fields: the kind of each field, filled once the kind of this dataclass itself is known, for it may hold itself.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.fields: dict[str, Kind] = {}
        self._cls = cls
        self._needed = {one.name for one in fields(cls)
                        if one.init and one.default is MISSING and one.default_factory is MISSING}

    def encode(self, value: Any, out: Outgoing) -> Node:
        """Its place in the table."""
        if type(value) is not self._cls:
            raise misused(f"a {self._cls.__name__}", value)
        return {"record": out.record(value, lambda: self._entry(value, out))}

    def _entry(self, value: Any, out: Outgoing) -> Node:
        held = {name: kind.encode(getattr(value, name), out) for name, kind in self.fields.items()}
        return {"kind": self._cls.__name__, "fields": held}

    def decode(self, node: Node, given: Incoming) -> Any:
        """The same object wherever it was met."""
        place = tagged(node, "record", f"a {self._cls.__name__}")
        found = given.record(place, lambda entry: self._made(entry, given))
        if type(found) is not self._cls:
            raise strange(f"a {self._cls.__name__}", found)
        return found

    def _made(self, entry: Node, given: Incoming) -> Any:
        """Unknown fields are a newer program's, missing ones an older program's, and take their defaults."""
        match entry:
            case {"kind": self._cls.__name__, "fields": dict(held)}:
                pass
            case _:
                raise strange(f"a {self._cls.__name__}", entry)
        if missing := self._needed - held.keys():
            raise CaseError(f"Expected {', '.join(sorted(missing))} in a kept {self._cls.__name__}, but it is missing; "
                            "the file was altered, or another version of rnapp wrote it.")
        return self._constructed({name: kind.decode(held[name], given)
                                  for name, kind in self.fields.items() if name in held})

    def _constructed(self, values: dict[str, Any]) -> Any:
        """Constructors check what they are given, in errors of their own or of NumPy's."""
        try:
            return self._cls(**values)
        except (RnappError, TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise CaseError(f"Expected a whole {self._cls.__name__} in the kept case, but it cannot be used "
                            f"({str(error).rstrip('.')}); the file was altered.") from error
