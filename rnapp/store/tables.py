"""What a document points to: dataclasses (records) and arrays, each kept once however often it is met.

Flat tables rather than a tree, so that a program that skips an unknown field still finds what was first met in it.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnapp.errors import CaseError
from rnapp.types import Array

Node = Any  # what JSON can hold: None, bool, int, float, str, list, dict
MATRIX = (4, 4)  # a float64 array of this shape says where something is, and stands in the document itself


class Outgoing:
    """Tables being filled. The values must live as long as this does, for they are known by their identity.

    members: the arrays that do not stand in the document, by the names that it gives them.
    """

    def __init__(self) -> None:
        self.records: list[Node] = []
        self.arrays: list[Node] = []
        self.members: dict[str, Array] = {}
        self._record_indices: dict[int, int] = {}
        self._array_indices: dict[int, int] = {}

    def record(self, value: object, make: Callable[[], Node]) -> int:
        """The value's index in the table; make() gives its entry when it is met first."""
        if id(value) not in self._record_indices:
            self._record_indices[id(value)] = index = len(self.records)
            self.records.append(None)
            self.records[index] = make()
        return self._record_indices[id(value)]

    def array(self, value: object, array: Array) -> int:
        """The value's index in the table, where it stands as this array. Raises CaseError as _entry does."""
        if id(value) not in self._array_indices:
            self._array_indices[id(value)] = len(self.arrays)
            self.arrays.append(self._entry(array))
        return self._array_indices[id(value)]

    def _entry(self, array: Array) -> Node:
        """Raises CaseError for a matrix that is not finite."""
        if array.shape == MATRIX and array.dtype == np.float64:
            if not np.isfinite(array).all():
                raise CaseError("Expected finite positions to keep, but a matrix of this case is not; prepare the "
                                "study again.")
            return {"matrix": array.tolist()}
        name = str(len(self.members))
        self.members[name] = array
        return {"member": name}


class Incoming:
    """Tables as a document has them; every entry is made into its value once."""

    def __init__(self, records: list[Node], arrays: list[Node], members: Mapping[str, Array]) -> None:
        self._records, self._arrays, self._members = records, arrays, members
        self._made_records: dict[int, Any] = {}
        self._made_arrays: dict[int, Array] = {}
        self._begun: set[int] = set()

    def record(self, index: Node, make: Callable[[Node], Any]) -> Any:
        """The value at an index of the table. Raises CaseError where there is none, or it holds itself."""
        _check_index(index, self._records)
        if index not in self._made_records:
            if index in self._begun:
                raise CaseError("Expected values that end somewhere, but one of the kept case holds itself; the file "
                                "was altered.")
            self._begun.add(index)
            self._made_records[index] = make(self._records[index])
        return self._made_records[index]

    def array(self, index: Node) -> Array:
        """The array at an index of the table. Raises CaseError where there is none."""
        _check_index(index, self._arrays)
        if index not in self._made_arrays:
            self._made_arrays[index] = self._array(self._arrays[index])
        return self._made_arrays[index]

    def _array(self, entry: Node) -> Array:
        match entry:
            case {"matrix": list(rows)} if _is_matrix(rows):
                return np.array(rows, np.float64)
            case {"member": str(name)} if name in self._members:
                return self._members[name]
        raise CaseError("Expected an array, but the kept case lacks it; the file was altered.")


def _check_index(index: Node, table: list[Node]) -> None:
    if type(index) is not int or not 0 <= index < len(table):
        raise CaseError("Expected a place in the tables of the kept case, but one points outside; the file was "
                        "altered.")


def _is_matrix(rows: list[Node]) -> bool:
    lengths = [len(row) if isinstance(row, list) else 0 for row in rows]
    return lengths == [MATRIX[1]] * MATRIX[0] and all(
        type(number) is float and math.isfinite(number) for row in rows for number in row)
