"""The property that every mutant is read or refused in one sentence, for any number of mutants."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.mutants import Mutant, mutants
from tests.fuzz.seeds import Seed, seeds

GOOD = ("read", "refused")


class Reader:
    """A running tests.fuzz.server."""

    def __init__(self, known: Mapping[str, Seed], folder: Path) -> None:
        self.known = known
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,  # libraries' warnings
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
        assert self._server.stdout
        assert self._server.stdout.readline() == "ready\n"

    def look(self, mutant: Mutant) -> tuple[str, str]:
        """What became of it, and what was said."""
        shutil.rmtree(self._folder, ignore_errors=True)
        (self._folder / "study").mkdir(parents=True)
        seed = self.known[mutant.kind]
        for name, data in ((seed.name, mutant.data), *seed.beside):
            (self._folder / "study" / name).write_bytes(data)
        return self.ask(mutant.kind)

    def ask(self, kind: str) -> tuple[str, str]:
        """The same of what lies in the folder, or one of the server's own faults."""
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(f"{kind}\t{self._folder}\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline().strip()
        said = self._folder / "said.txt"
        return answer, said.read_text(encoding="utf-8") if said.is_file() else ""

    def end(self) -> None:
        """Stop the server."""
        self._server.communicate()


@contextmanager
def reader() -> Iterator[Reader]:
    """One for a run."""
    with TemporaryDirectory(prefix="rnapp-fuzz-") as folder:
        running = Reader(seeds(), Path(folder) / "mutant")
        try:
            yield running
        finally:
            running.end()


Bad = list[tuple[Mutant, str]]


def fuzz(running: Reader, count: int, seed: int, keep_on: bool = False) -> tuple[Counter[str], Bad]:
    """How many mutants ended how, and those that were neither read nor refused. keep_on: after the first of these too.

    Raises AssertionError, with the smallest mutant that Hypothesis finds, where they do not keep on.
    """
    tally: Counter[str] = Counter()
    bad: Bad = []

    @hypothesis.seed(seed)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate] if keep_on else [Phase.generate, Phase.shrink])
    @given(mutants(running.known))
    def each_is_read_or_refused(mutant: Mutant) -> None:
        answer, said = running.look(mutant)
        tally[answer] += 1
        tally[f"{mutant.kind}: {answer}"] += 1
        if answer not in GOOD:
            bad.append((mutant, f"{answer}: {said}"))
            assert keep_on, (mutant.kind, answer, said)

    each_is_read_or_refused()
    return tally, bad
