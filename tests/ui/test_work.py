"""Jobs, their progress, and errors that come back as values."""

import subprocess
import sys
import time
from threading import Event

import pytest

from rnapp.errors import Cancelled
from rnapp.types import CancelToken, ProgressCallback
from rnapp.ui.work import Job, Runner


@pytest.fixture
def errors() -> list[tuple[int, BaseException]]:
    return []


@pytest.fixture
def runner(errors: list[tuple[int, BaseException]]) -> Runner:
    return Runner(lambda step, error: errors.append((step, error)))


def test_a_new_job_has_no_stages() -> None:
    assert Job("x", 1).progress().stages == ()


def test_stages_are_timed_one_after_the_other() -> None:
    job = Job("x", 1)
    job.report("first", 0.2)
    time.sleep(0.03)
    job.report("first", 0.3)
    job.report("second", 0.5)
    first, second = job.progress().stages
    assert (first.name, first.done, second.name, second.done) == ("first", True, "second", False)
    assert first.seconds >= 0.03 > second.seconds
    job.end()
    assert all(stage.done for stage in job.progress().stages)


def test_progress_never_runs_backwards_or_over() -> None:
    job = Job("x", 1)
    job.report("a", 0.6)
    job.report("b", 0.1)
    assert job.progress().fraction == 0.6
    job.report("c", 7.0)
    assert job.progress().fraction == 1.0


def test_an_action_that_works_reports_no_error(runner: Runner, errors: list[tuple[int, BaseException]]) -> None:
    done = Event()
    assert runner.run(1, done.set)
    assert done.is_set()
    assert errors == []


def test_a_job_ends_even_if_nobody_can_be_told_of_its_error() -> None:
    def deaf(_: int, __: BaseException) -> None:
        raise OSError("the disk is full")

    def fails(_: ProgressCallback, __: CancelToken) -> None:
        raise ZeroDivisionError

    job = Job("x", 1)
    Runner(deaf).start(1, job, fails)
    assert job.wait(5)
    assert not job.running


def test_an_action_that_fails_reports_its_error_with_its_step(
        runner: Runner, errors: list[tuple[int, BaseException]]) -> None:
    assert not runner.run(3, lambda: {}["missing"])
    assert errors[0][0] == 3
    assert isinstance(errors[0][1], KeyError)


def test_a_job_can_be_cancelled(runner: Runner, errors: list[tuple[int, BaseException]]) -> None:
    started, job = Event(), Job("x", 1)

    def work(progress: ProgressCallback, cancel: CancelToken) -> None:
        started.set()
        while True:
            cancel.check()
            time.sleep(0.005)

    runner.start(2, job, work)
    assert started.wait(5)
    assert job.running
    job.token.cancel()
    assert job.wait(5)
    assert isinstance(errors[0][1], Cancelled)


def test_background_work_is_not_a_job_but_its_error_is_reported(
        runner: Runner, errors: list[tuple[int, BaseException]]) -> None:
    told = Event()
    job = Job("x", 1)

    def fail() -> None:
        raise Cancelled("It broke." if told.wait(5) else "Somebody waited for it.")

    ended = runner.in_background(4, fail)
    runner.start(1, job, lambda *_: None)
    assert job.wait(5), "it keeps nobody from working"
    assert runner.run(1, told.set)
    assert ended.wait(5)
    assert [(step, str(error)) for step, error in errors] == [(4, "It broke.")]


def test_background_work_that_fails_once_the_app_has_ended_is_harmless(
        runner: Runner, errors: list[tuple[int, BaseException]]) -> None:
    told = Event()

    def fail() -> None:
        told.wait(5)
        raise ZeroDivisionError

    ended = runner.in_background(4, fail)
    runner.stop()
    told.set()
    assert ended.wait(5)
    assert errors == []


def test_a_program_ends_although_something_is_still_loaded_in_the_background() -> None:
    code = ("import time; from rnapp.ui.work import Runner; r = Runner(print); "
            "r.in_background(1, lambda: time.sleep(60)); r.stop()")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
