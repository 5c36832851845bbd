"""Mask files, given before a preparation or after it, become lesions, or are refused with a sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import to_sitk
from rnapp.tasks.metastasis.question import T1CE
from rnapp.types import Volume
from rnapp.ui.actions import Actions
from rnapp.ui.html import lesions as html
from rnapp.ui.lesion_actions import LesionActions
from rnapp.ui.workspace import Step
from tests.io.dicom_masks import write_segmentation
from tests.ui.conftest import drawing, drawn, finish, prepared, said, sent, shown_head, uploaded
from tests.ui.fake_pipeline import FRAME


def test_a_mask_file_shows_in_the_viewer(actions: Actions) -> None:
    prepared(actions)
    assert uploaded(actions, actions.workspace.case.example_mask)
    case = actions.workspace.case
    assert len(case.lesions.lesions) == 1
    assert case.mask.array.sum() == case.lesions.mask(1).array.sum() > 0


def test_a_mask_with_labels_waits_until_they_are_chosen(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    array = drawing(actions).array.copy()
    array[3:6, 3:6, 3:6] = 4
    sitk.WriteImage(to_sitk(actions.pipeline.head.with_array(array)), str(tmp_path / "m.nii.gz"))
    assert uploaded(actions, tmp_path / "m.nii.gz")
    assert actions.workspace.case.preparation.waiting.choices == (("Label 1 (0.05 ml)", 0), ("Label 4 (0.03 ml)", 1))
    assert actions.workspace.case.lesions is None
    assert not LesionActions(actions).choose([])
    assert not LesionActions(actions).choose([2])
    assert LesionActions(actions).choose([1])
    case = actions.workspace.case
    assert (case.preparation.waiting, [lesion.side for lesion in case.lesions.lesions]) == (None, ["right"])
    assert not LesionActions(actions).choose([1]), "nothing waits any more"


def segmentation(actions: Actions, path: Path, frame: str) -> Path:
    array = drawing(actions).array > 0
    other = np.zeros_like(array)
    other[3:6, 3:6, 3:6] = True
    empty = np.zeros_like(array)
    head = actions.pipeline.head
    write_segmentation(head, [array, other, empty], path, frame, names=("GTV", "Other <b>one</b>", "Nothing"))
    return path


def test_a_dicom_segmentation_of_the_prepared_series_is_taken(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    assert uploaded(actions, segmentation(actions, tmp_path / "IM0001", FRAME)), said(actions, Step.LESIONS)
    case = actions.workspace.case
    assert [words for words, _ in case.preparation.waiting.choices] == ["GTV (0.05 ml)", "Other <b>one</b> (0.03 ml)"]
    assert "“Nothing” is empty" in html.left_out(case.preparation.waiting.file.structures)
    assert LesionActions(actions).choose([0, 1])
    case = actions.workspace.case
    assert sorted(lesion.side for lesion in case.lesions.lesions) == ["left", "right"]
    assert np.array_equal(case.mask.array[15:19, 10:14, 8:11], np.ones((4, 4, 3), bool))


def test_a_dicom_segmentation_of_another_scan_is_refused(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    before = actions.workspace.case
    assert not uploaded(actions, segmentation(actions, tmp_path / "IM0001", FRAME + ".9"))
    assert "drawn on another scan" in said(actions, Step.LESIONS)
    assert (actions.workspace.case.mask, actions.workspace.case.preparation.waiting) == (before.mask, None)


def test_the_frame_of_reference_is_that_of_the_prepared_series(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    actions.workspace.update(lambda case: replace(case, chosen={T1CE: "1.3"}))  # another one, not yet prepared
    assert uploaded(actions, segmentation(actions, tmp_path / "IM0001", FRAME))


def checked(actions: Actions, path: Path) -> bool:
    """Whether a mask given before the preparation was found to fit."""
    assert LesionActions(actions).check(path)
    finish(actions)
    return actions.workspace.case.early is not None


def test_a_mask_is_checked_before_the_preparation_and_used_after_it(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    assert checked(actions, actions.workspace.case.example_mask)
    assert "fits this series" in actions.workspace.case.early.said
    assert not LesionActions(actions).take_early(), "nothing is prepared yet"
    assert actions.prepare()
    finish(actions)
    assert not LesionActions(actions).take_early(), "the preparation is not accepted yet"
    assert actions.accept()
    assert LesionActions(actions).take_early()
    finish(actions)
    case = actions.workspace.case
    assert len(case.lesions.lesions) == 1
    assert case.mask.array.any()
    assert case.early is None


def test_a_mask_of_another_scan_is_refused_before_the_preparation(actions: Actions, tmp_path: Path) -> None:
    actions.load_example()
    finish(actions)
    sitk.WriteImage(to_sitk(Volume(drawing(actions).array, np.diag([1.0, 1.0, 2.0, 1.0]))),
                    str(tmp_path / "other.nii.gz"))
    assert not checked(actions, tmp_path / "other.nii.gz")
    assert "mask" in said(actions, Step.STUDY)


def test_a_mask_checked_for_another_series_is_not_used(actions: Actions) -> None:
    actions.load_example()
    finish(actions)
    assert checked(actions, actions.workspace.case.example_mask)
    actions.workspace.update(lambda case: replace(case, early=replace(case.early, series="another")))
    assert actions.prepare()
    finish(actions)
    assert actions.accept()
    assert not LesionActions(actions).take_early()


def doubtful(actions: Actions) -> LesionActions:
    """A drawing, and a mask file of which only a person can say whether it fits."""
    drawn(actions)
    actions.pipeline.doubt = "It was perhaps drawn on another registration."
    assert LesionActions(actions).upload(actions.workspace.case.example_mask)
    finish(actions)
    return LesionActions(actions)


def test_a_doubtful_mask_is_outlined_and_changes_nothing_until_somebody_looked(actions: Actions) -> None:
    screen = doubtful(actions)
    case = actions.workspace.case
    assert case.preparation.doubtful.doubt == actions.pipeline.doubt
    assert [one.array.any() for one in case.preparation.outlined] == [True]
    assert np.array_equal(case.mask.array, drawing(actions).array > 0), "the drawing stays"
    assert screen.confirm(fits=False)
    case = actions.workspace.case
    assert case.preparation.doubtful is None
    assert np.array_equal(case.mask.array, drawing(actions).array > 0)
    assert not screen.confirm(fits=True), "there is none any more"


def test_a_doubtful_mask_is_used_once_somebody_said_that_it_fits(actions: Actions) -> None:
    screen = doubtful(actions)
    before = actions.workspace.page.revisions.proposal
    assert "does it fit the lesion?" in html.doubtful_mask(actions.workspace.case.preparation.doubtful)
    assert screen.confirm(fits=True)
    case = actions.workspace.case
    assert case.preparation.doubtful is None
    assert actions.workspace.page.revisions.proposal != before, "the outline must go from the viewer"
    assert case.outline.given is not None


def test_another_preparation_forgets_a_doubtful_mask(actions: Actions) -> None:
    doubtful(actions)
    assert actions.prepare()
    finish(actions)
    assert actions.workspace.case.preparation.doubtful is None


def test_a_mask_without_a_prepared_study_is_refused(actions: Actions, tmp_path: Path) -> None:
    assert not uploaded(actions, segmentation(actions, tmp_path / "IM0001", FRAME))
    assert "no prepared study" in said(actions, Step.LESIONS)


def test_what_must_be_known_of_a_structure_stands_with_the_lesions(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    write_segmentation(actions.pipeline.head, [drawing(actions).array * 0.8], tmp_path / "seg", FRAME,
                       kind="FRACTIONAL")
    assert uploaded(actions, tmp_path / "seg")
    assert "fractions" in str(actions.workspace.case.lesions.cautions[0])


def test_a_mask_that_cannot_be_used_leaves_the_drawing(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    LesionActions(actions).save(sent(actions, drawing(actions)), shown_head(actions))
    before = actions.workspace.case.mask
    unexpected = Volume(drawing(actions).array[:-1], np.eye(4))
    sitk.WriteImage(to_sitk(unexpected), str(tmp_path / "m.nii.gz"))
    assert not uploaded(actions, tmp_path / "m.nii.gz")
    assert "another grid" in said(actions, Step.LESIONS)
    assert actions.workspace.case.mask is before


def test_an_uploaded_copy_of_a_mask_is_removed_whether_it_can_be_used_or_not(actions: Actions, tmp_path: Path) -> None:
    prepared(actions)
    good, bad = tmp_path / "good.nii.gz", tmp_path / "bad.nii.gz"
    good.write_bytes(sent(actions, drawing(actions)))
    bad.write_bytes(b"<html>")
    for file in (good, bad):
        assert LesionActions(actions).upload(file, temporary=True)
        finish(actions)
        assert not file.exists()
    assert actions.workspace.case.lesions is not None
    assert said(actions, Step.LESIONS)
    kept = actions.workspace.case.example_mask
    assert uploaded(actions, kept)
    assert kept.exists(), "the user's own file stays"
