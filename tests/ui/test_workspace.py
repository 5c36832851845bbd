"""The desk: what replaces what."""

import stat
from pathlib import Path

import pytest

from rnapp.ui.workspace import Form, Message, Step, Workspace


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_a_new_case_keeps_nothing_of_the_last_patient(desk: Workspace) -> None:
    desk.change(form=Form(age=50.0, sex="male"), quality_png=b"x", accepted=True)
    desk.say(Step.LESIONS, Message("info", "old"))
    case = desk.new_case(chosen="1.2")
    assert case.chosen == "1.2"
    assert case.form == Form()
    assert case.messages == {}
    assert not case.accepted
    assert case.quality_png == b""


def test_a_board_that_wants_no_opinion_is_not_asked_again_for_the_next_patient(desk: Workspace) -> None:
    desk.change(reader_first=False, revealed=True)
    case = desk.new_case(chosen="1.2")
    assert (case.reader_first, case.revealed) == (False, False)


def test_work_on_outdated_input_changes_nothing(desk: Workspace) -> None:
    old = desk.case.form
    desk.change(form=Form(age=1.0))
    assert not desk.change_if({"form": old}, accepted=True)
    assert not desk.case.accepted
    assert desk.change_if({"form": desk.case.form}, accepted=True)
    assert desk.case.accepted


def test_one_job_at_a_time(desk: Workspace) -> None:
    job = desk.begin("first", Step.STUDY)
    assert job is not None
    assert desk.begin("second", Step.STUDY) is None
    assert desk.job is job
    job.end()
    assert desk.job is None
    assert desk.begin("third", Step.STUDY) is not None


def test_messages_belong_to_their_screen(desk: Workspace) -> None:
    desk.say(Step.STUDY, Message("error", "a"))
    desk.say(Step.LESIONS, Message("info", "b"))
    desk.say(Step.STUDY, None)
    assert desk.case.messages == {Step.LESIONS: Message("info", "b")}


def test_every_case_has_its_own_number(desk: Workspace) -> None:
    numbers = [desk.case.number, desk.new_case().number, desk.new_case(chosen="1.2").number]
    assert len(set(numbers)) == 3
    assert desk.change(chosen=None).number == numbers[-1], "the same case"


def test_revisions_never_repeat(desk: Workspace) -> None:
    numbers = [desk.revision() for _ in range(5)]
    assert len(set(numbers)) == 5
    assert min(numbers) > 0


def test_folders_are_private(desk: Workspace) -> None:
    with desk.folder() as folder, desk.folder() as other:
        assert folder.parent == desk.root
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert other != folder
    assert folder.exists()


def test_a_folder_goes_if_what_is_put_in_it_fails(desk: Workspace) -> None:
    def fill() -> None:
        with desk.folder() as folder:
            (folder / "half").write_bytes(b"x")
            raise OSError("the disk is full")

    before = set(desk.root.iterdir())
    with pytest.raises(OSError, match="full"):
        fill()
    assert set(desk.root.iterdir()) == before
