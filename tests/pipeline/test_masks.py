"""From a DICOM file to lesions on the right side: everything but the preparation itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from rnapp import pipeline
from rnapp.errors import MaskError, UnconfirmedMaskError
from rnapp.io.patients import hidden
from rnapp.io.registration_note import registration_note
from rnapp.io.volumes import nifti_bytes, write_nifti
from rnapp.pipeline.mask_check import check_confirmed, check_mask_on
from rnapp.pipeline.masks import on_prepared_head, to_confirm
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Atlas, Caution, LesionSet, MaskFile, Prepared, SimilarityTransform, Volume, note
from tests.conftest import sphere
from tests.io.dicom_masks import FRAME, write_segmentation, write_structure_set

LEFT_MM, RIGHT_MM = np.array([150.0, -110, 85]), np.array([85.0, -130, 80])  # SRI24, LPS


def ball(turned: Prepared, centre_mm: np.ndarray, radius_mm: float) -> Volume:
    """On the scan's own oblique, left-handed grid with thick slices; radius in the patient's millimetres."""
    return sphere(turned.native, turned.to_atlas.inverse().apply(centre_mm[None])[0], radius_mm)


def outlines(turned: Prepared, centre_mm: np.ndarray, radius_mm: float) -> list[np.ndarray]:
    """The ball as axial contours 1 mm apart, as on another series of the same study."""
    centre = turned.to_atlas.inverse().apply(centre_mm[None])[0]
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return [centre + np.column_stack([np.cos(angle), np.sin(angle), np.full(90, depth / radius)]) * radius
            for depth in np.arange(-radius_mm + 0.5, radius_mm)
            for radius in [np.sqrt(radius_mm**2 - depth**2)]]


def test_a_segmentation_becomes_lesions_on_their_sides(turned: Prepared, tmp_path: Path) -> None:
    masks = [ball(turned, centre, radius).array for centre, radius in ((LEFT_MM, 9), (RIGHT_MM, 7))]
    write_segmentation(turned.native, masks, tmp_path / "IM7", names=("GTV left", "GTV right"))
    file = pipeline.read_mask_file(tmp_path / "IM7", turned.native, FRAME)
    choices = pipeline.structure_choices(turned, file)
    assert [place for _, place in choices] == [0, 1]
    assert choices[0][0] == f"GTV left ({masks[0].sum() * turned.native.voxel_ml:.2f} ml)"
    for chosen, sides in ((file.structures, ["left", "right"]), (file.structures[1:], ["right"])):
        found = pipeline.find_structures(turned, file, chosen, METASTASIS)
        assert [lesion.side for lesion in found.lesions] == sides
    np.testing.assert_array_equal(found.native.array > 0, masks[1])


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(("named", "scans", "asked"), [
    ("B-2", "A-1", 1), ("A-1", "A-1", 0), (" a-1 ", "A-1", 0), ("", "A-1", 0), ("B-2", "", 0)])
def test_a_mask_that_names_another_patient_is_asked_about(named: str, scans: str, asked: int, kept: bool,
                                                          turned: Prepared, tmp_path: Path) -> None:
    """Whatever its case, and in a kept case, too, where the scan's own ID is hidden."""
    of_scan = hidden(scans) if kept else scans
    write_segmentation(turned.native, [ball(turned, LEFT_MM, 9).array], tmp_path / "seg")
    assert asked_of(turned, tagged(tmp_path / "seg", PatientID=named), patient=of_scan) == [
        "mask_of_other_patient"] * asked
    write_structure_set(tmp_path / "RS", [("GTV", outlines(turned, RIGHT_MM, 9))])
    assert asked_of(turned, tagged(tmp_path / "RS", PatientID=named), patient=of_scan) == [
        "mask_of_other_patient"] * asked


@pytest.mark.parametrize(("day", "asked"), [("20240630", 1), ("20240701", 0), ("20250101", 0), ("", 0)])
def test_a_mask_from_before_its_scan_is_asked_about(day: str, asked: int, turned: Prepared, tmp_path: Path) -> None:
    """Contours that were drawn for the treatment, on a follow-up scan in the same frame of reference."""
    write_structure_set(tmp_path / "RS", [("GTV", outlines(turned, RIGHT_MM, 9))])
    set_of = tagged(tmp_path / "RS", StructureSetDate=day)
    assert asked_of(turned, set_of, day="2024-07-01") == ["mask_older_than_scan"] * asked
    assert asked_of(turned, set_of) == []
    write_segmentation(turned.native, [ball(turned, LEFT_MM, 9).array], tmp_path / "seg")
    segmentation = tagged(tmp_path / "seg", ContentDate=day, SeriesDate="")
    assert asked_of(turned, segmentation, day="2024-07-01") == ["mask_older_than_scan"] * asked


def tagged(path: Path, **tags: str) -> Path:
    """The same file with these tags."""
    dataset = pydicom.dcmread(path)
    for name, value in tags.items():
        setattr(dataset, name, value)
    dataset.save_as(path)
    return path


def asked_of(turned: Prepared, path: Path, **of_scan: str) -> list[str]:
    """The codes about the mask of level "confirm", which are the same before and after the preparation, and never
    reveal the patient."""
    file = pipeline.read_mask_file(path, turned.native, FRAME, **of_scan)
    assert "B-2" not in repr(file)
    found = pipeline.find_structures(turned, file, file.choices, METASTASIS)
    early = check_mask_on(path, turned.native, FRAME, **of_scan)
    before, after = ([one.code for one in some.cautions if one.level == "confirm"] for some in (early, found))
    assert before == after
    return after


def test_a_structure_set_becomes_a_lesion_where_it_was_drawn(turned: Prepared, tmp_path: Path) -> None:
    write_structure_set(tmp_path / "RS", [("GTV", outlines(turned, RIGHT_MM, 9))])
    file = pipeline.read_mask_file(tmp_path / "RS", turned.native, FRAME)
    found = pipeline.find_structures(turned, file, file.choices, METASTASIS)
    assert [lesion.side for lesion in found.lesions] == ["right"]
    assert found.lesions[0].centre_mm == pytest.approx(RIGHT_MM, abs=0.7)
    assert found.lesions[0].volume_ml == pytest.approx(4 / 3 * np.pi * 0.9**3, rel=0.05)
    assert "do not lie in the slices of this scan" in str(found.cautions[0])


def on_atlas(turned: Prepared, path: Path, off_mm: float | None = None) -> MaskFile:
    """A ball on SRI24 in a file; off_mm: the file tells a registration that is this far from the prepared one."""
    mask = sphere(turned.head, LEFT_MM, 10)
    move = np.eye(4)
    move[0, 3] = off_mm or 0
    note = "" if off_mm is None else registration_note(SimilarityTransform(move @ turned.to_atlas.matrix))
    path.write_bytes(nifti_bytes(mask.with_array(mask.array.astype(np.uint8)), note))
    return pipeline.read_mask_file(path, turned.native, FRAME)


def test_volumes_of_a_mask_on_the_atlas_are_the_patients_own(turned: Prepared, tmp_path: Path) -> None:
    file = on_atlas(turned, tmp_path / "m.nii.gz", 0)
    (words, _), = pipeline.structure_choices(turned, file)
    lesion = pipeline.find_structures(turned, file, file.choices, METASTASIS).lesions[0]
    assert words == f"Label 1 ({lesion.volume_ml:.2f} ml)"
    assert lesion.volume_ml > file.choices[0].volume_ml * 1.1


@pytest.mark.parametrize(("off_mm", "words"), [(None, "which its file does not record; check it"),
                                               (2.0, "drawn on another one, up to 2.0 mm from it; check it")])
def test_a_mask_on_the_atlas_of_an_unknown_registration_waits_until_somebody_looked(
        turned: Prepared, tmp_path: Path, off_mm: float | None, words: str) -> None:
    file = on_atlas(turned, tmp_path / "m.nii.gz", off_mm)
    assert words in to_confirm(turned, file)
    assert "--atlas-mask" not in to_confirm(turned, file), "the page has no options"
    with pytest.raises(UnconfirmedMaskError, match=words.split("; ")[0] + ".*--atlas-mask"):
        pipeline.find_structures(turned, file, file.choices, METASTASIS)
    found = pipeline.find_structures(turned, file, file.choices, METASTASIS, confirmed=True)
    assert "confirmed that it fits" in str(found.cautions[0])
    assert found.lesions[0].centre_mm == pytest.approx(LEFT_MM, abs=0.5)
    shown = on_prepared_head(turned, file, file.choices)
    assert np.array_equal(shown.array, sphere(turned.head, LEFT_MM, 10).array)
    assert shown.same_grid(turned.head)


def test_what_is_known_before_the_preparation_is_said_then(turned: Prepared, tmp_path: Path) -> None:
    paths = [tmp_path / f"{off}.nii.gz" for off in (None, 2.0)]
    for path, off in zip(paths, (None, 2.0), strict=True):
        on_atlas(turned, path, off)
    unknown, known = (check_mask_on(path, turned.native, FRAME) for path in paths)
    with pytest.raises(UnconfirmedMaskError, match="--atlas-mask"):
        check_confirmed(unknown, confirmed=False)
    check_confirmed(unknown, confirmed=True)
    check_confirmed(known, confirmed=False)
    # A scan on SRI24 itself: they are its own voxels.
    check_confirmed(check_mask_on(paths[0], turned.head, FRAME), confirmed=False)


@pytest.mark.parametrize("off", ["on SRI24", "5 mm off"])
def test_what_does_not_fit_is_said_before_anything_is_loaded(example_folder: Path, atlas: Atlas, tmp_path: Path,
                                                             off: str) -> None:
    drawn = pipeline.read_mask(example_folder / "lesion_mask.nii.gz")
    moved = drawn.affine.copy()
    moved[0, 3] += 5
    mask, words = Volume(drawn.array, moved), r"its origin is 5\.0 mm away"
    if off == "on SRI24":
        mask, words = sphere(atlas.head, LEFT_MM, 9), "--atlas-mask"
    write_nifti(mask, tmp_path / "m.nii.gz")
    case = pipeline.CaseFiles((example_folder / "study",), mask=tmp_path / "m.nii.gz")
    with pytest.raises(MaskError, match=words):
        pipeline.analyse_files(case, METASTASIS, lambda: pytest.fail("the networks were loaded"), tmp_path / "out")
    if off == "on SRI24":
        answered = replace(case, atlas_mask=True)
        with pytest.raises(pytest.fail.Exception):
            pipeline.analyse_files(answered, METASTASIS, lambda: pytest.fail("now they are"), tmp_path / "out")


def test_a_registration_from_another_run_of_the_same_scan_is_the_same_one(turned: Prepared, tmp_path: Path) -> None:
    file = on_atlas(turned, tmp_path / "m.nii.gz", 0.02)
    assert to_confirm(turned, file) == ""
    found = pipeline.find_structures(turned, file, file.choices, METASTASIS)
    assert not any(one.code == "mask_confirmed" for one in found.cautions)
    with pytest.raises(UnconfirmedMaskError):
        pipeline.find_lesions(turned, turned.head.with_array(sphere(turned.head, LEFT_MM, 10).array), METASTASIS)


def test_structures_of_one_name_are_told_apart(turned: Prepared, tmp_path: Path) -> None:
    masks = [ball(turned, centre, 7).array for centre in (LEFT_MM, RIGHT_MM)]
    write_segmentation(turned.native, masks, tmp_path / "s", names=("Lesion", "Lesion"))
    file = pipeline.read_mask_file(tmp_path / "s", turned.native, FRAME)
    assert [words.split(" (")[0] for words, _ in pipeline.structure_choices(turned, file)] == [
        "Lesion, number 1", "Lesion, number 2"]


def test_the_mask_of_another_scan_is_refused(turned: Prepared, tmp_path: Path) -> None:
    write_segmentation(turned.native, [ball(turned, LEFT_MM, 9).array], tmp_path / "s", frame=FRAME + ".2")
    with pytest.raises(MaskError, match="drawn on another scan"):
        pipeline.read_mask_file(tmp_path / "s", turned.native, FRAME)


def test_a_lesion_on_one_slice_only_is_warned_of_when_it_is_drawn(turned: Prepared) -> None:
    drawn = np.zeros(turned.head.shape, bool)
    place = np.round(turned.head.to_voxels(LEFT_MM[None])[0]).astype(int)
    drawn[tuple(slice(at - 6, at + 6) for at in place)] = True
    whole = pipeline.find_lesions(turned, turned.head.with_array(drawn), METASTASIS, drawn=True).lesions[0]
    drawn[:, :, np.arange(drawn.shape[2]) != place[2]] = False
    flat = pipeline.find_lesions(turned, turned.head.with_array(drawn), METASTASIS, drawn=True).lesions[0]
    scale = turned.to_atlas.scale
    assert f"only {1 / scale:.1f} mm thick in one direction" in str(flat.cautions[0])
    assert "mm³" not in str(flat.cautions[0])
    assert not any(one.code == "lesion_too_small" for one in whole.cautions)


def test_a_lesion_that_cannot_be_read_gets_no_number_and_nothing_runs(turned: Prepared, resources: Resources) -> None:
    drawn = sphere(turned.head, LEFT_MM, 6)
    array = drawn.array.copy()
    middle = int(np.argwhere(array)[:, 2].mean())
    array[:, :, np.arange(array.shape[2]) != middle] = False
    found = pipeline.find_lesions(turned, turned.head.with_array(array), METASTASIS, drawn=True)
    never: Any = lambda *_: pytest.fail("no network may run")  # noqa: E731
    task = replace(METASTASIS, answer=never, evidence=never)
    (answer,) = pipeline.analyse(turned, found, METASTASIS.question.unknown, replace(resources, task=task)).answers
    assert answer.prediction is None
    assert answer.trust is not None
    assert "lesion_too_small" in [one.code for one in answer.trust.because]


def test_a_lesion_carries_what_the_task_says_of_it_and_only_for_questions_about_lesions(turned: Prepared) -> None:
    asked: list[int] = []

    def cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
        asked.append(number)
        return (note("toy", f"of {number} of {len(lesions.lesions)}"),)

    task = replace(METASTASIS, cautions=cautions)
    both = sphere(turned.head, LEFT_MM, 8).array | sphere(turned.head, RIGHT_MM, 6).array
    found = pipeline.find_lesions(turned, turned.head.with_array(both), task, drawn=True)
    assert [[str(one) for one in lesion.cautions] for lesion in found.lesions] == [["of 1 of 2"], ["of 2 of 2"]]
    study = replace(task, question=replace(task.question, unit="study"))
    asked.clear()
    found = pipeline.find_lesions(turned, turned.head.with_array(both), study, drawn=True)
    assert not asked
    assert not any(lesion.cautions for lesion in found.lesions)
