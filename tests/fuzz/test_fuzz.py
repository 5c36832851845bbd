"""Three hundred mutants at every run; ten thousand by python -m tests.fuzz."""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.fuzz.mutants import Mutant
from tests.fuzz.run import Reader, fuzz, reader

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
    from tests.fuzz.seeds import stored

    for kind, seed in running.known.items():
        if kind not in ("structure set",):  # without a frame of reference of the scan it is refused
            assert running.look(Mutant(kind, stored(seed, seed.data))) == ("read", ""), kind


def test_a_crash_is_noticed(running: Reader) -> None:
    """A folder that is not there ends in a traceback."""
    assert running.look(Mutant("json", b"{}"))[0] == "read"
