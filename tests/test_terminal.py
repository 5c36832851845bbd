"""Every command ends with an exit code, and one sentence if something is wrong, on any terminal."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rnapp.errors import StudyError
from rnapp.terminal import exit_code

FULL = Path("/dev/full")


def raising(error: Exception) -> Callable[[], None]:
    def command() -> None:
        raise error
    return command


@pytest.mark.parametrize(("error", "said"), [
    (StudyError("Expected a study."), "rnapp: Expected a study.\n"),
    (OSError(28, "No space left on device", "/secret/folder/result.json"),
     "rnapp: The system refused to read or write 'result.json' (No space left on device); free space on the disk, or "
     "get permission, and try again.\n"),
    (PermissionError(13, "Permission denied"), "rnapp: The system refused to read or write (Permission denied); free "
                                               "space on the disk, or get permission, and try again.\n"),
    (MemoryError(), "rnapp: There is not enough memory for this; close other programs and try again.\n"),
])
def test_what_the_user_can_mend_is_one_sentence_and_exit_code_2(
        error: Exception, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(raising(error)) == 2
    assert capsys.readouterr().err == said


def test_a_fault_of_the_program_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code(raising(ZeroDivisionError()))
    assert exit_code(lambda: None) == 0


def child(code: str, **how: object) -> subprocess.CompletedProcess[bytes]:
    start = "import sys; from rnapp.terminal import exit_code, write_any_character; write_any_character()\n"
    environment = {name: value for name, value in os.environ.items() if name != "HOME"} | {
        "LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict"}
    return subprocess.run([sys.executable, "-c", f"{start}{code}"], stderr=subprocess.PIPE, check=False,
                          env=environment, **how)  # type: ignore[call-overload,no-any-return]


def test_an_ascii_terminal_gets_every_sentence() -> None:
    ended = child("from rnapp.errors import StudyError\n"
                  "def command():\n    print('≥ 3 mm, Läsion \\udcff')\n    raise StudyError('Läsion ≥ 3 mm.')\n"
                  "sys.exit(exit_code(command))", stdout=subprocess.PIPE)
    assert ended.returncode == 2
    assert ended.stdout.decode("ascii") == "\\u2265 3 mm, L\\xe4sion \\udcff\n"
    assert ended.stderr.decode("ascii") == "rnapp: L\\xe4sion \\u2265 3 mm.\n"


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")
def test_a_full_disk_behind_the_output_is_reported() -> None:
    with FULL.open("wb") as full:
        ended = child("sys.exit(exit_code(lambda: print('x' * 100)))", stdout=full)
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"rnapp: The system refused to read or write (No space left")
    assert ended.stderr.count(b"\n") == 1


@pytest.mark.parametrize("length", [10, 1_000_000])
def test_an_output_that_nobody_reads_ends_quietly(length: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = child(f"sys.exit(exit_code(lambda: print('x' * {length})))", stdout=writing)
    os.close(writing)
    assert ended.returncode == 1
    assert ended.stderr == b""
