"""One object or array met twice is one again, and no table leads outside itself."""

import math
from dataclasses import dataclass, make_dataclass, replace
from typing import Any

import numpy as np
import pytest

from rnapp.errors import CaseError
from rnapp.store.codec import decode, encode
from rnapp.types import (
    SimilarityTransform,
)
from tests.store.through import Chain, changed, one_field, through
from tests.store.values import Desk, Head, Note, desk, head


def test_one_object_met_twice_is_one_object_again() -> None:
    after = through(desk())
    assert after.first is after.second
    assert after.notes[0] is after.notes[3] is after.by_lesion[-3]
    assert after.notes[0] is not after.notes[1]


def test_two_equal_objects_stay_two() -> None:
    after = through(replace(desk(), second=head()))
    assert after.first is not after.second
    assert after.first.scan.array is not after.second.scan.array


@dataclass(frozen=True, eq=False)
class _Arrays:
    """May hold one array twice."""

    one: np.ndarray
    other: np.ndarray


@pytest.mark.parametrize("array", [np.arange(24.0).reshape(2, 3, 4), np.diag([1.0, 2, 3, 1])])
def test_one_array_of_two_holders_is_stored_once(array: np.ndarray) -> None:
    document, members = encode(_Arrays(array, array))
    assert len(document["arrays"]) == 1
    after = decode(document, members, _Arrays)
    assert after.one is after.other
    assert len(encode(_Arrays(array, array.copy()))[0]["arrays"]) == 2


def test_an_object_first_met_in_an_unknown_field_is_still_found() -> None:
    newer = make_dataclass("Desk", [("added", Head), ("first", Head), ("second", Head)], frozen=True)
    one = head()
    document, members = encode(newer(one, one, one))
    after = decode(document, members, Desk)
    assert after.first is after.second
    assert after.first.scan.array.tobytes() == one.scan.array.tobytes()


def test_a_matrix_that_is_not_finite_is_refused() -> None:
    matrix = np.eye(4)
    encode(one_field(np.ndarray, matrix))
    matrix[1, 2] = np.nan
    with pytest.raises(CaseError, match="finite"):
        encode(one_field(np.ndarray, matrix))


def test_values_that_hold_themselves_are_refused() -> None:
    with pytest.raises(CaseError, match="holds itself"):
        changed(Chain(1, None), next={"record": 0})


@pytest.mark.parametrize("document", [{}, {"content": {"record": 0}, "records": {}, "arrays": []}, [],
                                      {"content": None, "records": [], "arrays": []}])
def test_a_document_without_tables_is_refused(document: Any) -> None:
    with pytest.raises(CaseError):
        decode(document, {}, Note)


def test_an_array_without_its_member_is_refused() -> None:
    document, members = encode(desk())
    del members["0"]
    with pytest.raises(CaseError, match="lacks"):
        decode(document, members, Desk)


@pytest.mark.parametrize("rows", [np.eye(3).tolist(), [[1, 0, 0, 0]] * 4, [[1.0, 0.0, 0.0, math.inf]] * 4,
                                  [["1", "0", "0", "0"]] * 4, [1.0] * 4])
def test_a_matrix_of_other_than_sixteen_numbers_is_refused(rows: Any) -> None:
    document, members = encode(head().to_atlas)
    document["arrays"][0]["matrix"] = rows
    with pytest.raises(CaseError):
        decode(document, members, SimilarityTransform)
