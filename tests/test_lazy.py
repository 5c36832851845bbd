"""What is loaded only when it is asked for."""

import gc
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from rnapp.errors import WeightsError
from rnapp.lazy import LazyModule, LazyValue


def test_it_is_made_once_whoever_asks() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    value = LazyValue(make)
    assert made == []
    with ThreadPoolExecutor(4) as pool:
        assert [one.result() for one in [pool.submit(value) for _ in range(4)]] == [1, 1, 1, 1]


def test_what_could_not_be_made_is_reported_and_tried_again() -> None:
    answers: list[Exception | str] = [WeightsError("The atlas is missing; install it again."), "atlas"]

    def make() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    value = LazyValue(make)
    with pytest.raises(WeightsError, match="atlas is missing"):
        value()
    assert (value(), value()) == ("atlas", "atlas")


def test_a_module_is_imported_when_something_in_it_is_asked_for() -> None:
    module = LazyModule("json")
    assert module.loads("[1]") == [1]
    with pytest.raises(AttributeError):
        _ = module.nothing_of_this_name
    with pytest.raises(ModuleNotFoundError):
        _ = LazyModule("rnapp.no_such_room").anything


def test_what_it_was_made_from_is_let_go() -> None:
    """A bundle's files may be gigabytes."""
    class Files:
        def make(self) -> str:
            return "networks"

    files = Files()
    gone = weakref.ref(files)
    value = LazyValue(files.make)
    del files
    assert gone() is not None
    assert value() == "networks"
    gc.collect()
    assert gone() is None
