"""Reads one mutant after the other, each in a separate process that is forked once everything is imported.

Lines on stdin: a kind of seed, a tab, a folder with the mutant. One line on stdout for each: what became of it.
"""

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from rnapp.errors import ClinicalError, InputError
from rnapp.io.masks import read_mask_file
from rnapp.io.study import read_study, read_volume
from rnapp.io.tables import parse_labels, read_csv
from rnapp.io.texts import read_json
from rnapp.models.clinical import parse
from rnapp.tasks.metastasis.question import FIELDS
from tests.fuzz.seeds import Seed, scan, seeds
from tests.io.dicom_masks import FRAME

MEMORY, SECONDS = 4 * 1024**3, 10.0
READ, REFUSED, FAILED = 0, 3, 4
LONGEST_SENTENCE = 2000


def look(kind: str, seed: Seed, folder: Path) -> None:
    """Read the mutant as rnapp would."""
    path = folder / "study" / seed.name
    if kind == "json":
        content = read_json(path, "the clinical data", ClinicalError)
        if isinstance(content, dict):
            parse(FIELDS, content)
    elif kind == "csv":
        for row in read_csv(path)[1]:
            parse_labels(row.get("labels", ""))
    elif seed.as_mask:
        read_mask_file(path, scan(), FRAME if path.suffix == ".dcm" else "")
    else:
        study = read_study([path.parent], folder / "work")
        for one in (*study.series, *study.others):
            if one.unusable is None:
                read_volume(one)


# What the runner must notice, for its own test.
FAULTS: Mapping[str, Callable[[], object]] = {
    "crash": os.abort, "hang": lambda: time.sleep(60), "traceback": lambda: 1 // 0,
    "memory": lambda: bytearray(2 * MEMORY)}


def child(kind: str, known: Mapping[str, Seed], folder: Path) -> int:
    """Within the limits; what became of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        FAULTS[kind]() if kind in FAULTS else look(kind, known[kind], folder)
    except InputError as error:
        text = str(error)
        (folder / "said.txt").write_text(text, encoding="utf-8")
        return REFUSED if text and "\n" not in text and len(text) < LONGEST_SENTENCE else FAILED
    except BaseException:  # noqa: BLE001 - to be told
        (folder / "said.txt").write_text(traceback.format_exc(), encoding="utf-8")
        return FAILED
    return READ


def outcome(pid: int) -> str:
    """Wait for the child, at most SECONDS."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            if os.WIFSIGNALED(status):
                return f"crashed ({signal.Signals(os.WTERMSIG(status)).name})"
            return {READ: "read", REFUSED: "refused"}.get(os.waitstatus_to_exitcode(status), "failed")
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "hung"


def main() -> None:
    """Until stdin ends."""
    known = seeds()
    print("ready", flush=True)
    for line in sys.stdin:
        kind, folder = line.rstrip("\n").split("\t")
        if (pid := os.fork()) == 0:
            os._exit(child(kind, known, Path(folder)))
        print(outcome(pid), flush=True)


if __name__ == "__main__":
    main()
