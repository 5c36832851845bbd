import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnapp.errors import Cancelled, StudyError
from rnapp.io.patients import NO_ID, hidden, of_patient, patients, same_patient, with_series
from rnapp.io.proposal import propose, why_none
from rnapp.io.study import SAME_CONTENT, read_study, read_volume
from rnapp.io.suitability import NO_CONTRAST
from rnapp.io.volumes import write_nifti
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import CancelToken, Series, Study, Volume, sentences
from tests.io.io_data import content, oblique


def proposed(study: Study) -> Series:
    series = propose(study.series)
    assert series is not None
    return series


@pytest.fixture
def mixed(head: Volume, tmp_path: Path, edit: Callable[..., None]) -> Path:
    """A study of T1 with and without contrast, FLAIR, a CT and a text file, in one flat folder."""
    def series(name: str, change: dict[str, Any]) -> None:
        write_dicom_series(head, tmp_path / name, name, seed=4)

        def action(dataset: Any) -> None:
            for tag, value in change.items():
                setattr(dataset, tag, value)

        edit(tmp_path / name, action)

    flat = tmp_path / "flat"
    flat.mkdir()
    for name, change in (("t1 pre", {"ContrastBolusAgent": ""}), ("t1", {}), ("ax flair", {}),
                         ("ct", {"Modality": "CT"})):
        series(name, change)
        for path in (tmp_path / name).iterdir():
            shutil.copy(path, flat / f"{name}_{path.stem}".replace(" ", ""))
    (flat / "readme.txt").write_text("not an image")
    return flat


def test_series_are_grouped_and_the_t1ce_is_proposed(mixed: Path, tmp_path: Path) -> None:
    study = read_study([mixed], tmp_path / "work")
    assert sorted((one.description, one.kind, one.unusable is None) for one in study.series) == [
        ("ax flair", "FLAIR", True), ("ct", "CT", True), ("t1", "T1CE", True), ("t1 pre", "T1", True)]
    assert proposed(study).description == "t1"
    assert sentences(study.cautions) == ()


def test_zip_folder_and_files_give_the_same(mixed: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "study"), "zip", mixed))
    studies = [read_study(paths, tmp_path / "work") for paths in ([mixed], [archive], sorted(mixed.iterdir()))]
    assert len({study.pseudonym for study in studies}) == 1
    assert len({proposed(study).uid for study in studies}) == 1
    volumes = [read_volume(proposed(study)) for study in studies]
    for volume in volumes[1:]:
        np.testing.assert_array_equal(volume.array, volumes[0].array)
        assert volume.same_grid(volumes[0])


def test_reading_is_reported_and_can_be_cancelled(mixed: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    read_study([mixed], tmp_path / "work", lambda stage, fraction: told.append((stage, fraction)))
    fractions = [fraction for _, fraction in told]
    count = len(list(mixed.iterdir()))
    assert [stage for stage, _ in told] == ["Looking through the files",
                                            *[f"Reading the headers of {count} file(s)"] * count]
    assert fractions == sorted(fractions)
    assert fractions[-1] < 1.0
    token = CancelToken()

    def at_once(stage: str, fraction: float) -> None:
        if stage.startswith("Reading"):
            token.cancel()

    with pytest.raises(Cancelled):
        read_study([mixed], tmp_path / "work", at_once, token)


def test_without_contrast_is_proposed_last_and_warned_of(mixed: Path, tmp_path: Path) -> None:
    for path in mixed.glob("t1_*"):
        path.unlink()
    chosen = proposed(read_study([mixed], tmp_path / "work"))
    assert chosen.description == "t1 pre"
    assert NO_CONTRAST in sentences(chosen.cautions)


def test_flair_and_ct_are_never_proposed(mixed: Path, tmp_path: Path) -> None:
    for path in mixed.glob("t1*"):
        path.unlink()
    study = read_study([mixed], tmp_path / "work")
    assert propose(study.series) is None
    assert why_none(study.series).startswith("None of the 2 series can be proposed as a T1CE of the head")


def test_thinner_slices_win(tmp_path: Path) -> None:
    for name, depth, count in (("thick t1 gd", 6.0, 20), ("thin t1 gd", 2.0, 60)):
        volume = Volume(content((24, 30, count)), oblique((5.0, 4.5, depth)))
        write_dicom_series(volume, tmp_path / "in" / name, name, 1)
    assert proposed(read_study([tmp_path / "in"], tmp_path / "work")).description == "thin t1 gd"


def test_nifti_files_are_series(head: Volume, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, name in enumerate(("t1.nii.gz", "t1c.nii.gz", "flair.nii.gz")):
        write_nifti(head.with_array(head.array + number), tmp_path / "in" / name)
    write_nifti(head.with_array(head.array > 300), tmp_path / "in" / "lesion.nii.gz")
    study = read_study([tmp_path / "in"], tmp_path / "work")
    assert proposed(study).description == "t1c"
    assert [one.description for one in study.series if one.unusable] == ["lesion"]
    volume = read_volume(proposed(study))
    assert volume.array.dtype == np.float32
    assert volume.same_grid(head)
    np.testing.assert_array_equal(volume.array, head.array + 1)


def test_one_content_under_two_names_is_listed_twice_and_said(head: Volume, tmp_path: Path) -> None:
    for order in (("BraTS_t1c", "BraTS_t2w"), ("a_t2w", "b_t1c"), ("1_scan", "2_t1c", "3_flair")):
        folder = tmp_path / order[0]
        folder.mkdir()
        for name in order:
            write_nifti(head, folder / f"{name}.nii.gz")
        (folder / "copy").mkdir()
        shutil.copy(folder / f"{order[0]}.nii.gz", folder / "copy")  # the same name: the same file
        study = read_study([folder], tmp_path / "work")
        assert sorted(one.description for one in study.series) == sorted(order)
        assert len({one.uid for one in study.series}) == len(order)
        assert "#" not in proposed(study).uid
        assert proposed(study).description.endswith("t1c")
        assert all(SAME_CONTENT in sentences(one.cautions) for one in study.series)


def test_two_contents_and_one_file_given_twice_are_not_warned_of(head: Volume, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_nifti(head, tmp_path / "in" / "t1c.nii.gz")
    write_nifti(head.with_array(head.array + 1), tmp_path / "in" / "t2w.nii.gz")
    study = read_study([tmp_path / "in", tmp_path / "in" / "t1c.nii.gz"], tmp_path / "work")
    assert len(study.series) == 2
    assert not any(SAME_CONTENT in sentences(one.cautions) for one in study.series)


@pytest.mark.parametrize(("other", "time"), [  # the words themselves: test_words
    ("T1 MPRAGE KM MPR cor", "120000"), ("T1 KM COR REF", "130000"), ("T1 KM Rekonstruktion", "130000"),
    ("OPP T1 KM", "130000"), ("T1 GADO SOUS", "130000"), ("T1 KM - T1", "130000"), ("Venographie KM", "130000"),
    ("T1 KM color overlay", "130000"), ("repérage gado", "130000"), ("T1 nie podano kontrastu", "130000")])
def test_what_is_no_original_t1ce_loses_even_if_later(
        other: str, time: str, head: Volume, tmp_path: Path, edit: Callable[..., None]) -> None:
    for number, (name, description, at) in enumerate((("one", "T1 MPRAGE KM", "120000"), ("two", other, time))):
        write_dicom_series(head, tmp_path / "in" / name, "t1", seed=number)

        def change(dataset: Any, description: str = description, at: str = at) -> None:
            dataset.SpecificCharacterSet = "ISO_IR 192"
            dataset.SeriesDescription = description
            dataset.AcquisitionTime = dataset.SeriesTime = at

        edit(tmp_path / "in" / name, change)
    study = read_study([tmp_path / "in"], tmp_path / "work")
    assert proposed(study).description == "T1 MPRAGE KM"


def test_voxels_carry_the_frame_of_reference_of_their_series(series_folder: Path, head: Volume,
                                                              tmp_path: Path) -> None:
    (series,) = read_study([series_folder], tmp_path / "work").series
    assert series.frame_of_reference
    assert read_volume(series).frame_of_reference == series.frame_of_reference
    (tmp_path / "in").mkdir()
    write_nifti(head.with_array(head.array.astype("float32")), tmp_path / "in" / "t1c.nii.gz")
    (image,) = read_study([tmp_path / "in"], tmp_path / "work").series
    assert read_volume(image).frame_of_reference == ""


def test_pseudonym_is_stable_and_says_nothing(series_folder: Path, tmp_path: Path) -> None:
    study = read_study([series_folder], tmp_path / "work")
    assert study.pseudonym == read_study([series_folder], tmp_path / "work").pseudonym
    assert len(study.pseudonym) == 11
    assert study.pseudonym.startswith("RN-")
    assert "PHANTOM" not in repr(study).replace(str(tmp_path), "").upper().replace("SYNTHETIC BRAIN PHANTOM", "")


@pytest.fixture
def two_patients(series_folder: Path, head: Volume, tmp_path: Path, edit: Callable[..., None]) -> list[Path]:
    """Two folders of one patient each."""
    write_dicom_series(head, tmp_path / "other", "t1", seed=8)

    def rename(dataset: Any) -> None:
        dataset.PatientID = "Somebody-Else"

    edit(tmp_path / "other", rename)
    return [series_folder, tmp_path / "other"]


def test_of_several_patients_one_must_be_chosen(two_patients: list[Path], tmp_path: Path) -> None:
    study = read_study(two_patients, tmp_path / "work")
    assert (study.series, study.proposed, len(study.others)) == ((), {}, 2)
    assert "2 different patients" in sentences(study.cautions)[-1]
    assert patients(study) == (("PHANTOM", 1), ("Somebody-Else", 1))
    one, other = (of_patient(study, name) for name in ("phantom", "SOMEBODY-ELSE"))
    assert [len(found.series) for found in (one, other)] == [1, 1]
    assert [proposed(found).patient for found in (one, other)] == ["PHANTOM", "Somebody-Else"]
    assert one.pseudonym != other.pseudonym
    assert sentences(one.cautions) == sentences(other.cautions) == ()
    assert of_patient(one, "Somebody-Else") == other  # the choice can be changed
    with pytest.raises(StudyError, match="None of the 2 patient"):
        of_patient(study, "nobody")


def test_a_named_series_says_whose_scan_it_is(two_patients: list[Path], tmp_path: Path) -> None:
    study = read_study(two_patients, tmp_path / "work")
    for one in study.others:
        assert with_series(study, one.uid).series == (one,)
    with pytest.raises(StudyError, match="not part of this study"):
        with_series(study, "1.2.3")


def test_one_uid_in_two_patients_is_two_series(series_folder: Path, tmp_path: Path, edit: Callable[..., None]) -> None:
    shutil.copytree(series_folder, tmp_path / "copy")

    def rename(dataset: Any) -> None:
        dataset.PatientID = "Somebody-Else"

    edit(tmp_path / "copy", rename)
    study = read_study([series_folder, tmp_path / "copy"], tmp_path / "work")
    assert len({one.uid for one in study.others}) == 2
    assert {len(one.files) for one in study.others} == {len(list(series_folder.iterdir()))}


def test_several_studies_of_one_patient_are_warned_of_and_the_newest_wins(
        series_folder: Path, head: Volume, tmp_path: Path, edit: Callable[..., None]) -> None:
    write_dicom_series(head, tmp_path / "later", "t1", seed=8)

    def later(dataset: Any) -> None:
        dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = "20210203"

    edit(tmp_path / "later", later)
    study = read_study([series_folder, tmp_path / "later"], tmp_path / "work")
    assert "2 studies" in sentences(study.cautions)[0]
    assert proposed(study).date == "2021-02-03"


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "note.txt").write_text("hello")
    with pytest.raises(StudyError, match=r"among the 1 file\(s\) given"):
        read_study([tmp_path / "in"], tmp_path / "work")


def test_unusable_and_blank_series_are_not_read(series_folder: Path, tmp_path: Path, edit: Callable[..., None]) -> None:
    (series,) = read_study([series_folder], tmp_path / "work").series
    with pytest.raises(StudyError, match="a reason"):
        read_volume(replace(series, unusable="a reason"))

    def blank(dataset: Any) -> None:
        dataset.PixelData = bytes(len(dataset.PixelData))

    edit(series_folder, blank)
    with pytest.raises(StudyError, match="same value"):
        read_volume(series)


def test_truncated_slice_is_counted_and_its_series_refused(series_folder: Path, tmp_path: Path) -> None:
    victim = series_folder / "slice_0003.dcm"
    victim.write_bytes(victim.read_bytes()[:-100])
    study = read_study([series_folder], tmp_path / "work")
    assert sentences(study.cautions)[0].startswith("1 of 20 DICOM files is cut short and could not be read")
    with pytest.raises(StudyError, match="missing, the first after slice 2"):
        read_volume(study.series[0])
    for path in series_folder.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StudyError, match="20 of 20 DICOM files are cut short"):
        read_study([series_folder], tmp_path / "work")


def test_a_hidden_id_is_known_again_and_says_nothing() -> None:
    one, other = hidden("Miller 1"), hidden("Miller 1")
    assert one != other
    assert "miller" not in one.casefold()
    for known in (one, other):
        assert same_patient(known, "miller  1")
        assert not same_patient(known, "miller 2")
    assert hidden("") == ""
    assert hidden(one) == one
    assert same_patient(NO_ID, "")
    assert not same_patient(NO_ID, "x")
