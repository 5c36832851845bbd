"""What comes out of a document is what went in: values, types, bits, and which objects are one."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from rnapp.errors import CaseError, ClinicalError
from rnapp.store.codec import decode, encode
from rnapp.types import (
    Course,
    Followed,
    Growth,
    MaskFile,
    Measurement,
    Proposal,
    Reading,
    Response,
    Scan,
    SimilarityTransform,
    Study,
    Treatment,
    Volume,
)
from tests.store.through import Chain, changed, one_field, through
from tests.store.values import Desk, Head, Note, desk, head


@pytest.mark.parametrize("name", ["notes", "centre_mm", "timings_s", "dismissed", "picture", "file", "count",
                                  "accepted", "pseudonym"])
def test_plain_values_come_back_equal_and_of_the_same_type(name: str) -> None:
    before, after = getattr(desk(), name), getattr(through(desk()), name)
    assert repr(after) == repr(before)  # tells -0.0 from 0.0 and 3 from 3.0


def test_mappings_come_back_with_their_keys() -> None:
    after = through(desk())
    assert dict(after.by_lesion) == dict(desk().by_lesion)
    assert [type(key) for key in after.by_lesion] == [int, int]
    assert json.dumps(after.timings_s) == json.dumps(desk().timings_s)


def test_dates_are_dates_and_months_are_numbers() -> None:
    assert [one.when for one in through(desk()).notes] == [date(2026, 1, 31), -2.5, 3, date(2026, 1, 31)]


def test_volumes_come_back_to_the_last_bit() -> None:
    before, after = head(), through(head())
    for one, other in ((before.scan, after.scan), (before.mask, after.mask)):
        assert one.array.dtype == other.array.dtype
        assert one.array.tobytes() == other.array.tobytes()
        assert one.affine.tobytes() == other.affine.tobytes()
    assert before.to_atlas.matrix.tobytes() == after.to_atlas.matrix.tobytes()


def test_arrays_that_are_not_volumes_come_back() -> None:
    after = through(desk())
    assert after.weights.dtype == np.float16
    np.testing.assert_array_equal(after.weights, desk().weights)
    np.testing.assert_array_equal(after.table, desk().table)


def test_numbers_of_numpy_and_text_of_libraries_come_back_plain() -> None:
    class Uid(str):
        __slots__ = ()

    content = replace(desk(), count=np.int64(3), accepted=np.bool_(True), pseudonym=Uid("1.2.3"),
                      centre_mm=(np.float32(0.1), np.float64(0.1), 2))
    after = through(content)
    assert [type(one) for one in (after.count, after.accepted, after.pseudonym)] == [int, bool, str]
    assert after.centre_mm == (float(np.float32(0.1)), 0.1, 2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_have_come_back(value: float) -> None:
    assert repr(through(Note(value, "necrosis")).when) == repr(value)


def test_a_type_may_hold_itself() -> None:
    after = through(Chain(1, Chain(2, None)))
    assert (after.number, after.next.number, after.next.next) == (1, 2, None)


@pytest.mark.parametrize(("hint", "value"), [
    (Any, 1), (object, None), (list[int], [1]), (dict[str, int], {}), (set[int], set()), (complex, 1j), (tuple, ()),
    (Any | None, None), (tuple[Any, ...], ()), (Mapping[float, int], {}), (frozenset[str], frozenset()),
    (Head | Note, None), (Path | str, "a"), (datetime, datetime(2026, 1, 31)),
])
def test_a_type_that_is_not_known_is_an_error_whatever_the_value(hint: Any, value: Any) -> None:
    with pytest.raises(TypeError, match=r"Held\.value"):
        encode(one_field(hint, value))


@pytest.mark.parametrize(("hint", "value"), [
    (int, 1.0), (int, True), (int, "1"), (bool, 1), (str, 1), (str, None), (float, True), (float, "1"), (float, None),
    (Literal["a", "b"], "c"), (Literal[1], True), (tuple[int, ...], [1]), (tuple[int, int], (1,)),
    (tuple[int, ...], ("a",)), (Mapping[int, str], {"1": "a"}), (Mapping[str, str], {1: "a"}), (bytes, "a"),
    (frozenset[int], {1}), (frozenset[int], frozenset({"a"})), (date, datetime(2026, 1, 31)), (date | float, "a"),
    (Path, "a"), (Note, None), (np.ndarray, [1]), (np.ndarray, np.array([None])), (np.ndarray, np.array(["a"])),
    (np.ndarray, np.array([1j])), (np.ndarray, np.zeros(2, "f4,f4")),
    (np.ndarray[Any, np.dtype[np.floating[Any]]], np.arange(3)),
])
def test_a_value_that_is_not_of_its_type_is_an_error(hint: Any, value: Any) -> None:
    with pytest.raises(TypeError):
        encode(one_field(hint, value))


def test_a_subclass_would_lose_fields_and_is_an_error() -> None:
    @dataclass(frozen=True)
    class Longer(Note):
        more: int = 1

    with pytest.raises(TypeError, match="Note"):
        encode(one_field(Note, Longer(1.0, "necrosis")))


def test_what_is_no_dataclass_is_an_error() -> None:
    with pytest.raises(TypeError, match="dataclass"):
        encode("text")


def test_unknown_fields_are_a_newer_programs() -> None:
    assert changed(desk(), added=[{"anything": 1}]).count == 7


def test_missing_fields_take_their_defaults() -> None:
    document, members = encode(desk())
    for name in ("count", "by_lesion"):
        del document["records"][0]["fields"][name]
    after = decode(document, members, Desk)
    assert (after.count, after.pseudonym) == (0, desk().pseudonym)
    assert dict(after.by_lesion) == {}


def test_a_missing_field_without_default_is_refused() -> None:
    document, members = encode(desk())
    del document["records"][0]["fields"]["first"]
    with pytest.raises(CaseError, match="first"):
        decode(document, members, Desk)


def test_fields_that_the_constructor_does_not_take_are_left_to_it() -> None:
    @dataclass(frozen=True)
    class Counted:
        number: int
        twice: object = field(init=False, default=None)

        def __post_init__(self) -> None:
            object.__setattr__(self, "twice", 2 * self.number)

    assert through(Counted(4)).twice == 8


@pytest.mark.parametrize(("name", "node"), [
    ("count", 1.0), ("count", True), ("count", None), ("accepted", 1), ("pseudonym", 3), ("pseudonym", None),
    ("centre_mm", [1.0, 2.0]), ("centre_mm", [1.0, 2.0, "3"]), ("centre_mm", {"0": 1.0}),
    ("centre_mm", [1.0, 2.0, True]), ("centre_mm", [1.0, 2.0, math.nan]),
    ("centre_mm", [1.0, 2.0, {"float": "1e999"}]), ("notes", {}), ("notes", [None]),
    ("timings_s", []), ("timings_s", {"a": "b"}), ("by_lesion", {"one": {"record": 0}}), ("by_lesion", {"01": {}}),
    ("dismissed", [1.0]), ("dismissed", 1), ("picture", "abc"), ("picture", {"array": 0}), ("picture", {"bytes": 0}),
    ("file", 1), ("table", {"array": 99}), ("table", {"array": -1}), ("table", {"array": True}), ("table", [[1, 2]]),
    ("first", None), ("first", {"record": 0}), ("first", {"record": 99}), ("first", {"record": "1"}), ("first", 1),
    ("weights", {"array": 2}),
])
def test_a_node_of_another_type_is_refused(name: str, node: Any) -> None:
    with pytest.raises(CaseError):
        changed(desk(), **{name: node})


@pytest.mark.parametrize("held", [{"leaning": "elsewhere"}, {"leaning": None}, {"when": {"date": "2026-02-30"}},
                                  {"when": {"date": 5}}, {"when": "2026-01-31"}, {"when": None}, {"value": []}])
def test_unknown_words_and_days_that_are_none_are_refused(held: dict[str, Any]) -> None:
    note = Note(date(2026, 1, 31), "necrosis")
    assert changed(note, leaning="progression").leaning == "progression"
    with pytest.raises(CaseError):
        changed(note, **held)


def test_the_sentence_does_not_tell_what_was_typed() -> None:
    with pytest.raises(CaseError) as caught:
        changed(desk(), count="Mrs Example")
    assert "Desk.count" in str(caught.value)
    assert "Example" not in str(caught.value)


@pytest.mark.parametrize(("hint", "value", "node"), [
    (date, date(2026, 1, 31), {"date": "Mrs Example"}), (Mapping[int, str], {1: "a"}, {"Mrs Example": "a"}),
    (float, 1.0, {"float": "Mrs Example"}), (Literal["a"], "a", "Mrs Example"),
    (float | date | None, None, "Mrs Example"),
    (tuple[int, ...], (1,), ["Mrs Example"]), (bytes, b"", {"bytes": "Mrs Example"}),
    (Note, Note(1.0, "necrosis"), "Mrs Example"),
])
def test_no_sentence_of_any_type_tells_what_was_typed(hint: Any, value: Any, node: Any) -> None:
    assert repr(changed(one_field(hint, value)).value) == repr(value)
    with pytest.raises(CaseError) as caught:
        changed(one_field(hint, value), value=node)
    error: BaseException | None = caught.value
    while error is not None:
        assert "Example" not in str(error)
        error = error.__cause__


def test_a_dataclass_of_another_name_is_refused() -> None:
    document, members = encode(head())
    document["records"][0]["kind"] = "Tail"
    with pytest.raises(CaseError):
        decode(document, members, Head)


def test_constructors_still_check() -> None:
    sheared = np.eye(4)
    sheared[0, 1] = 0.3
    document, members = encode(head().scan)
    document["arrays"][1]["matrix"] = sheared.tolist()
    with pytest.raises(CaseError, match="sheared"):
        decode(document, members, Volume)
    mirrored, _ = encode(head().to_atlas)
    mirrored["arrays"][0]["matrix"] = np.diag([-1.0, 1, 1, 1]).tolist()
    with pytest.raises(CaseError, match="mirror"):
        decode(mirrored, {}, SimilarityTransform)


def test_the_order_of_a_course_is_still_checked() -> None:
    sizes = (1, 1.0, 5.0, 5.0, 4.0, 1.0)
    course = Course(1, "A", (Measurement(date(2025, 1, 1), *sizes), Measurement(date(2026, 1, 1), *sizes)))
    assert through(course) == course
    document, members = encode(course)
    document["records"][0]["fields"]["measurements"].reverse()
    with pytest.raises(CaseError, match="order of time") as caught:
        decode(document, members, Course)
    assert isinstance(caught.value.__cause__, ClinicalError)


@pytest.mark.parametrize("cls", [Study, Reading, Proposal, MaskFile, Scan, Followed, Treatment, Response, Growth])
def test_every_type_that_the_values_of_the_app_hold_is_known(cls: type) -> None:
    assert encode(one_field(cls | None, None))[0]["records"][0]["fields"] == {"value": None}
