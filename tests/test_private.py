"""A run's private files are removed with the run, however it ends."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from rnapp import private
from rnapp.private import ended_by_signals, private_folder, private_run, sweep
from tests.signals import no_signal_ignored

ROOT = Path(__file__).resolve().parents[1]
# Windows has no hang-up.
ENDING = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM", "SIGINT") if hasattr(signal, name)]
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals, and keeps folders private its own way")
RUN = """
import pathlib, sys, tempfile, time
from rnapp.private import private_run
with private_run() as folder:
    pathlib.Path(tempfile.mkdtemp(), "patient.nii").write_text("voxels")
    print(folder, flush=True)
    time.sleep(60)
"""


@contextmanager
def other_run(parent: Path, before: str = "") -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another process with a patient's file among its temporary files; its folder."""
    variables = os.environ | {"TMPDIR": str(parent), "TEMP": str(parent)}
    with no_signal_ignored():
        process = subprocess.Popen([sys.executable, "-c", before + RUN], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=variables)
    assert process.stdout
    folder = Path(process.stdout.readline().strip())
    try:
        yield process, folder
    finally:
        process.kill()
        process.communicate()


def patient(folder: Path) -> list[Path]:
    return list(folder.rglob("patient.nii"))


def test_the_folder_is_this_users_alone_and_goes(tmp_path: Path) -> None:
    with private_folder(tmp_path) as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("x")
        if os.name == "posix":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


def test_it_goes_when_something_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wrong"), private_folder(tmp_path):
        raise ValueError("wrong")
    assert list(tmp_path.iterdir()) == []


def test_temporary_files_lie_inside_and_those_of_other_programs_too(monkeypatch: pytest.MonkeyPatch,
                                                                    tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setenv("TEMP", "before")
    with private_run() as folder:
        assert folder.parent == tmp_path
        with tempfile.TemporaryDirectory() as inside:
            assert Path(inside).parent == folder
        asked = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
        assert subprocess.run(asked, capture_output=True, text=True).stdout.strip() == str(folder)
        with private_folder() as below:
            assert below.parent == folder
    assert tempfile.gettempdir() == str(tmp_path)
    assert "TMPDIR" not in os.environ
    assert os.environ["TEMP"] == "before"


@pytest.mark.parametrize("sent", ENDING)
def test_a_server_ends_its_own_way_inside_a_run_that_ends_by_exception(sent: signal.Signals) -> None:
    seen = []
    with no_signal_ignored(), ended_by_signals():
        with ended_by_signals(lambda number, _: seen.append(number)):
            signal.raise_signal(sent)
        assert seen == [sent]
        with pytest.raises(SystemExit):
            signal.raise_signal(sent)
    assert seen == [sent]


@POSIX
@pytest.mark.parametrize("sent", ENDING)
def test_a_signal_removes_it_at_once(tmp_path: Path, sent: signal.Signals) -> None:
    with other_run(tmp_path) as (process, _):
        assert len(patient(tmp_path)) == 1
        process.send_signal(sent)
        assert process.wait(20) == 128 + sent
        assert process.stderr
        assert process.stderr.read() == "", "no traceback"
        assert list(tmp_path.iterdir()) == []


@POSIX
def test_a_second_signal_does_not_stop_the_removal(tmp_path: Path) -> None:
    slow = ("import shutil, time\nremove = shutil.rmtree\n"
            "shutil.rmtree = lambda *a, **k: (print('removing', flush=True), time.sleep(1), remove(*a, **k))\n")
    with other_run(tmp_path, slow) as (process, _):
        process.send_signal(signal.SIGHUP)
        assert process.stdout
        assert process.stdout.readline() == "removing\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGHUP
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_what_was_told_to_go_on_goes_on(tmp_path: Path) -> None:
    """As nohup tells it."""
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    with other_run(tmp_path, ignoring) as (process, _):
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert process.poll() is None
        assert len(patient(tmp_path)) == 1


def test_what_a_killed_run_left_is_removed_by_the_next_and_nothing_of_one_that_runs(tmp_path: Path) -> None:
    with other_run(tmp_path) as (killed, dead), other_run(tmp_path) as (_, living):
        killed.kill()
        killed.wait()
        assert len(patient(dead)) == 1, "nothing could be done about it"
        with other_run(tmp_path) as (_, third):
            assert not dead.exists()
            assert len(patient(living)) == len(patient(third)) == 1
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


# rnapp prepare on a zip, stopped where the voxels are read: by then the patient's files are unpacked.
COMMAND = """
import sys, time
from types import SimpleNamespace
from rnapp import pipeline
from rnapp.tasks.metastasis import METASTASIS
from rnapp.pipeline import study
def stopped(*_, **__):
    print(flush=True)
    time.sleep(60)
study.load_series = stopped
pipeline.load_resources = lambda *_: SimpleNamespace(task=METASTASIS)
from rnapp.cli import run
sys.exit(run(["prepare", sys.argv[1], "--out", sys.argv[2]]))
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, *([signal.SIGHUP] if os.name == "posix" else [])])
def test_a_killed_command_leaves_nothing_of_the_patient(tmp_path: Path, example_folder: Path,
                                                        sent: signal.Signals) -> None:
    study = shutil.make_archive(str(tmp_path / "study"), "zip", example_folder / "study")
    parent = tmp_path / "temporary"
    parent.mkdir()
    variables = os.environ | {"TMPDIR": str(parent), "TEMP": str(parent)}
    with no_signal_ignored():
        command = subprocess.Popen([sys.executable, "-c", COMMAND, study, str(tmp_path / "out")], cwd=ROOT, text=True,
                                   stdout=subprocess.PIPE, env=variables)
    assert command.stdout
    assert command.stdout.readline() == "\n"
    assert [path for path in parent.rglob("*") if path.is_file() and path.stat().st_size > 1000], "it was unpacked"
    command.send_signal(sent)
    command.wait(20)
    if sent == signal.SIGKILL:
        assert list(parent.iterdir()) != [], "nothing could be done about it"
        with private_folder(parent):
            pass
    assert list(parent.iterdir()) == []


def test_folders_that_are_not_runs_are_left_alone(tmp_path: Path) -> None:
    """An older version's, which holds no lock, a person's, and what a link points to."""
    for name in ("rnapp-old", "rnapp-notes", "other", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("keep")
    (tmp_path / "rnapp-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "rnapp-link.lock").touch()
    (tmp_path / "rnapp-file").write_text("keep")
    (tmp_path / "rnapp-file.lock").touch()
    (tmp_path / "rnapp-locklink.lock").symlink_to(tmp_path / "other" / "file")
    (tmp_path / "rnapp-locklink").mkdir()
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")) == [
        "elsewhere", "other", "rnapp-file", "rnapp-link", "rnapp-locklink", "rnapp-notes", "rnapp-old"]
    assert [(tmp_path / name / "file").read_text() for name in ("rnapp-old", "elsewhere", "other")] == 3 * ["keep"]


def test_a_place_that_cannot_be_listed_is_in_the_way_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sweep(tmp_path / "missing")
    sweep(tmp_path / "file")
    with pytest.raises(OSError, match="file"), private_folder(tmp_path / "file"):
        pass


def test_signals_are_as_before_afterwards_and_untouched_in_other_threads() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with ended_by_signals():
        assert signal.getsignal(signal.SIGTERM) is not before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before
    done: list[bool] = []

    def work() -> None:
        with private_run():
            done.append(signal.getsignal(signal.SIGTERM) == before[signal.SIGTERM])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_a_lock_that_somebody_else_takes_meanwhile_is_harmless(monkeypatch: pytest.MonkeyPatch,
                                                                 tmp_path: Path) -> None:
    usual, taken = private._lock, []

    def taken_once(lock_file: Path) -> FileLock:
        if not taken:
            taken.append(usual(lock_file))
            taken[0].acquire()
        return usual(lock_file)

    monkeypatch.setattr(private, "_lock", taken_once)
    with private_folder(tmp_path) as folder:
        assert folder.is_dir()
        assert Path(taken[0].lock_file).name.removesuffix(".lock") != folder.name
    taken[0].release()
