"""Three hundred mutants at every run; ten thousand by python -m tests.fuzz."""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.fuzz.mutants import Mutant
from tests.fuzz.run import Reader, fuzz, reader
from tests.fuzz.seeds import stored

MUTANTS, SEED = 300, 16

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason=f"needs fork, which {sys.platform} has not")


@pytest.fixture(scope="module")
def running() -> Iterator[Reader]:
    with reader() as one:
        yield one


def test_every_mutant_is_read_or_refused(running: Reader) -> None:
    tally, _ = fuzz(running, MUTANTS, SEED)
    assert tally["read"]
    assert tally["refused"]
    assert tally["read"] + tally["refused"] >= MUTANTS


def test_the_seeds_themselves_are_read(running: Reader) -> None:
    for kind, seed in running.known.items():
        assert running.look(Mutant(kind, stored(seed, seed.data))) == ("read", ""), kind


@pytest.mark.parametrize(("line", "answer"), [
    ("crash", "crashed (SIGABRT)"), ("hang", "hung"), ("traceback", "failed"), ("memory", "failed")])
def test_what_must_not_happen_is_noticed(running: Reader, line: str, answer: str) -> None:
    assert running.ask(line)[0] == answer
