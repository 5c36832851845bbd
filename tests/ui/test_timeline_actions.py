"""Earlier scans, treatments and what became of lesions, over the stand-in pipeline."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import ClinicalError, StudyError
from rnapp.geometry import to_sitk
from rnapp.ui.actions import Actions
from rnapp.ui.html.time import course_table, scan_table, treatment_table
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.timeline_actions import TimelineActions, parse_day
from rnapp.ui.work import Job
from rnapp.ui.workspace import Step
from tests.io.dicom_masks import write_segmentation
from tests.ui.conftest import MakeActions, drawn, finish, said
from tests.ui.fake_pipeline import FRAME, TODAY


def with_lesion(actions: Actions) -> TimelineActions:
    return TimelineActions(drawn(actions))


def masked(timeline_actions: TimelineActions, actions: Actions, place: int, path: Path) -> bool:
    """Whether the lesions of an earlier scan were taken."""
    assert timeline_actions.mask(place, path)
    finish(actions)
    return said(actions, Step.TIME) == ""


def add(timeline_actions: TimelineActions, actions: Actions, day: str, place: Path) -> None:
    actions.pipeline.day = day
    assert timeline_actions.add([place])
    finish(actions)


def small_mask(actions: Actions, tmp_path: Path) -> Path:
    """Inside the drawing, asymmetric."""
    array = np.zeros(actions.pipeline.head.shape, np.uint8)
    array[15:17, 10:13, 8:10] = 1
    sitk.WriteImage(to_sitk(actions.pipeline.head.with_array(array)), str(tmp_path / "earlier.nii.gz"))
    return tmp_path / "earlier.nii.gz"


def test_an_earlier_scan_is_added_in_order_of_time_and_its_lesions_are_followed(
        actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    assert said(actions, Step.TIME) == ""
    add(timeline_actions, actions, "2025-11-01", tmp_path)
    case = actions.workspace.case
    assert [one.scan.when for one in case.earlier] == [date(2025, 11, 1), date(2026, 2, 1)]
    assert actions.workspace.page.shown_earlier == 0, "the one that was added last"
    assert masked(timeline_actions, actions, 1, small_mask(actions, tmp_path))
    LesionActions(actions).rename(1, "frontal")
    (course,) = timeline_actions.courses()
    assert course.name == "Lesion 1, frontal"
    assert [one.when for one in course.measurements] == [date(2026, 2, 1), date(2026, 5, 4)]
    assert course.measurements[0].volume_ml < course.measurements[1].volume_ml
    table = course_table([course], [actions.pipeline.growth(course)], ["said"])
    assert "2026-02-01" in table
    assert "ml per month" in table
    assert timeline_actions.remove(1)
    assert len(actions.workspace.case.earlier) == 1


def test_without_a_day_nothing_is_followed_until_it_is_given(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "", tmp_path)
    assert "day of the earlier scan as YYYY-MM-DD" in said(actions, Step.TIME)
    assert actions.workspace.case.earlier == ()
    assert timeline_actions.add([tmp_path], "2026-01-02")
    finish(actions)
    assert len(actions.workspace.case.earlier) == 1
    assert not timeline_actions.date_present("yesterday")
    assert "current scan" in said(actions, Step.TIME)
    assert timeline_actions.date_present("2026-06-01")


def test_one_day_has_one_scan_and_another_day_is_asked_for(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    assert "already in the list" in said(actions, Step.TIME)
    assert len(actions.workspace.case.earlier) == 1


def test_nothing_is_added_before_the_current_scan_is_accepted(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = TimelineActions(actions)
    upload = tmp_path / "IM0001"
    upload.write_bytes(b"x")
    timeline_actions.add([upload], temporary=True)
    finish(actions)
    assert "accept this scan first" in said(actions, Step.TIME)
    assert not upload.exists()


def test_uploads_of_an_earlier_scan_are_not_kept(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    actions.pipeline.day = ""
    folders = set(actions.workspace.root.iterdir())
    (tmp_path / "upload").mkdir()
    upload = tmp_path / "upload" / "IM0001"
    upload.write_bytes(b"x")
    assert timeline_actions.add([upload], "2026-01-02", temporary=True)
    finish(actions)
    assert len(actions.workspace.case.earlier) == 1
    assert not upload.exists()
    assert set(actions.workspace.root.iterdir()) - {tmp_path / "upload"} == folders


def test_the_same_upload_given_again_takes_nothing_from_the_one_that_is_read(make_actions: MakeActions,
                                                                            tmp_path: Path) -> None:
    actions = make_actions(delay=0.1)
    timeline_actions = with_lesion(actions)
    actions.pipeline.day = ""
    upload = tmp_path / "IM0001"
    upload.write_bytes(b"x")
    assert timeline_actions.add([upload], "2026-01-02", temporary=True)
    upload.write_bytes(b"x")
    assert not timeline_actions.add([upload], "2026-01-02", temporary=True)
    finish(actions)
    assert len(actions.workspace.case.earlier) == 1
    assert not upload.exists()


def test_the_bar_of_an_earlier_scan_moves_through_all_of_the_work(actions: Actions, tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    timeline_actions = with_lesion(actions)
    actions.pipeline.day = ""
    seen: list[tuple[str, float]] = []
    report = Job.report

    def watched(job: Job, stage: str, fraction: float) -> None:
        seen.append((stage, fraction))
        report(job, stage, fraction)

    monkeypatch.setattr(Job, "report", watched)
    assert timeline_actions.add([tmp_path], "2026-01-02")
    finish(actions)
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions), seen
    assert len(set(fractions)) >= 5, "a bar that stands still says that nothing happens"


def test_what_fails_leaves_what_is_there(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(broken="follow")
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    assert said(actions, Step.TIME)
    case = actions.workspace.case
    assert case.earlier == ()
    assert case.lesions is not None
    assert case.study is not None


def test_another_preparation_takes_the_earlier_scans_along_but_not_the_treatments(
        actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    assert timeline_actions.treat("2025-10-01", "radiosurgery", " 1 × 20  Gy ")
    actions.prepare()
    finish(actions)
    case = actions.workspace.case
    assert case.earlier == ()
    assert [(one.when, one.words) for one in case.timeline.treatments] == [(date(2025, 10, 1), "1 × 20 Gy")]
    timeline_actions.forget_treatment(0)
    assert actions.workspace.case.timeline.treatments == ()


def test_a_structure_set_of_an_earlier_scan_waits_for_a_choice(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    add(timeline_actions, actions, "2025-11-01", tmp_path)
    array = np.zeros(actions.pipeline.head.shape, bool)
    other = array.copy()
    array[15:17, 10:13, 8:10], other[3:6, 3:6, 3:6] = True, True
    write_segmentation(actions.pipeline.head, [array, other], tmp_path / "IM1", FRAME, names=("GTV", "Brainstem"))
    assert not timeline_actions.choose(1, [0]), "nothing waits yet"
    assert masked(timeline_actions, actions, 1, tmp_path / "IM1")
    first, second = actions.workspace.case.earlier
    assert (first.waiting, first.scan.lesion_set, second.scan.lesion_set) == (None, None, None)
    assert [words for words, _ in second.waiting.choices] == ["GTV (0.01 ml)", "Brainstem (0.03 ml)"]
    assert not timeline_actions.choose(1, [2])
    assert actions.workspace.case.earlier[1].waiting is second.waiting, "what was refused can be chosen again"
    assert timeline_actions.choose(1, [0])
    second = actions.workspace.case.earlier[1]
    assert second.waiting is None
    assert [lesion.side for lesion in second.scan.lesion_set.lesions] == ["left"]


def test_a_mask_of_a_scan_that_was_removed_meanwhile_goes_to_no_other(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    add(timeline_actions, actions, "2025-11-01", tmp_path)
    old = actions.workspace.case.earlier[0]
    timeline_actions.remove(0)
    with pytest.raises(StudyError, match="no longer in the list"):
        timeline_actions._replace(old, old)
    assert actions.workspace.case.earlier[0].scan.lesion_set is None


@pytest.mark.parametrize(("day", "words"), [("2025-13-01", ""), ("", ""), ("2025-10-01", "x" * 61)])
def test_a_treatment_that_cannot_be_is_refused(actions: Actions, day: str, words: str) -> None:
    assert not TimelineActions(actions).treat(day, "surgery", words)
    assert actions.workspace.case.timeline.treatments == ()
    assert said(actions, Step.TIME)


def test_days_are_read_strictly() -> None:
    assert parse_day(" 2026-02-28 ", "of x") == date(2026, 2, 28)
    for wrong in ("2026-02-30", "28.2.2026", "", "x"):
        with pytest.raises(ClinicalError, match="YYYY-MM-DD"):
            parse_day(wrong, "of x")


def test_tables_show_what_came_from_files_as_text(make_actions: MakeActions, tmp_path: Path) -> None:
    actions = make_actions(quality_good=False)
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    shown = scan_table(actions.workspace.case.earlier, 0)
    assert "&lt;b&gt;mprage" in shown
    assert 'class="notice error"' in shown, "a doubtful registration is loud"
    timeline_actions.treat("2025-10-01", "other", "<i>")
    assert "&lt;i&gt;" in treatment_table(actions.workspace.case.timeline.treatments)


def test_the_report_tells_the_course_and_is_made_without_it_where_a_day_is_missing(
        actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    masked(timeline_actions, actions, 0, small_mask(actions, tmp_path))
    actions.analyse()
    finish(actions)
    result = actions.workspace.case.result(actions.question)
    assert b"1 courses" in timeline_actions.report(result)
    assert timeline_actions.date_present("2026-02-01")
    assert b"0 courses" in timeline_actions.report(result), "two scans of one day"


def test_what_is_shown_next_to_the_current_scan_has_its_own_number(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, "2026-02-01", tmp_path)
    add(timeline_actions, actions, "2025-11-01", tmp_path)
    first = actions.workspace.page.revisions.earlier
    assert timeline_actions.show(1)
    second = actions.workspace.page.revisions.earlier
    assert second != first
    assert masked(timeline_actions, actions, 1, small_mask(actions, tmp_path))
    assert actions.workspace.page.revisions.earlier == second, "its picture is the same"
    assert timeline_actions.remove(1)
    assert actions.workspace.page.revisions.earlier not in (first, second)


def test_the_current_scan_again_and_a_later_one_are_refused_as_earlier(actions: Actions, tmp_path: Path) -> None:
    timeline_actions = with_lesion(actions)
    add(timeline_actions, actions, TODAY, tmp_path)
    assert "the images of the current one again" in said(actions, Step.TIME)
    add(timeline_actions, actions, "2026-05-05", tmp_path)
    assert "made after the current one (2026-05-05, 2026-05-04)" in said(actions, Step.TIME)
    assert actions.workspace.case.earlier == ()
    add(timeline_actions, actions, "2026-05-03", tmp_path)
    assert said(actions, Step.TIME) == ""
    assert len(actions.workspace.case.earlier) == 1
