"""Copies, files that cannot be read and slices missing at an end are noticed, and nothing is said of whole series."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import RLELossless

from rnapp.io.completeness import INDEX, NO_IMAGE, left_out
from rnapp.io.dicom_header import Instance, Unread, read_instance
from rnapp.io.dicom_series import group_series
from rnapp.io.study import read_study
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Series, Volume, sentences
from tests.io.io_data import content, oblique

MISSING = "missing at an end"


def listed(*folders: Path) -> list[Series]:
    found = [read_instance(path) for folder in folders for path in sorted(folder.iterdir())]
    return group_series([one for one in found if isinstance(one, Instance)],
                        [one for one in found if isinstance(one, Unread)])


def of_missing(series: Series) -> list[str]:
    return [warning for warning in sentences(series.cautions) if "missing" in warning]


def without(folder: Path, numbers: Sequence[int]) -> Path:
    for number in numbers:
        (folder / f"slice_{number:04d}.dcm").unlink()
    return folder


def numbered(folder: Path, numbers: Sequence[int], **tags: Any) -> Path:
    """The slices with these InstanceNumbers and tags."""
    for path, number in zip(sorted(folder.iterdir()), numbers, strict=True):
        dataset = pydicom.dcmread(path)
        dataset.InstanceNumber = int(number)
        for tag, value in tags.items():
            setattr(dataset, tag, value)
        dataset.save_as(path)
    return folder


def test_files_left_out_are_counted_by_kind() -> None:
    kinds = ["empty"] * 15 + ["cut", "not_dicom", "not_dicom", "index"]
    unread = [Unread(Path(str(number)), why) for number, why in enumerate(kinds)]
    unread = [Unread(Path("readme.txt") if one.why == "not_dicom" else one.path, one.why) for one in unread]
    found = left_out([*unread, Unread(Path("t1.mgz"), "not_dicom")], [Path(f"s/{number}") for number in range(69)])
    assert [(one.files, one.serious) for one in found] == [
        (15, True), (1, True), (2, False), (1, True), (1, False)]
    assert found[0].reason.startswith("15 of 85 DICOM files are empty and could not be read; slices may be missing")
    assert found[1].reason.startswith("1 of 85 DICOM files is cut short and could not be read")
    assert found[2].reason == NO_IMAGE
    assert "FreeSurfer" in found[3].reason
    assert found[4].reason == INDEX
    assert left_out([], [Path("1")]) == ()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 111\n"
ANNEX = b"/annex/objects/MD5E-s111--4d7a.dcm\n"
PAGE = b"<html><body>500</body></html>"
NOISE = np.random.default_rng(9).integers(3, 256, 5000, dtype=np.uint8).tobytes()


@pytest.mark.parametrize(("held", "said"), [
    (PAGE, "named like DICOM images hold something else"), (NOISE, "named like DICOM images hold something else"),
    (LFS, "git-lfs or git-annex"), (ANNEX, "git-lfs or git-annex")])
@pytest.mark.parametrize("name", [
    "slice_{:04d}.dcm", "I{:04d}.IMA", "{:08d}", "IM{}", "1.2.840.113619.2.{}", "MR.1.2.{}.DICOM", "scan{}.mr"])
def test_images_that_hold_something_else_are_said(name: str, held: bytes, said: str, series_folder: Path) -> None:
    for number, path in enumerate(sorted(series_folder.iterdir()), start=1):
        path.rename(series_folder / name.format(number))
    for number in (18, 19, 20):
        (series_folder / name.format(number)).write_bytes(held)
    study = read_study([series_folder], series_folder.parent)
    (told,) = sentences(study.cautions)
    assert told.startswith("3 of 20 files ")
    assert said in told
    assert "slices may be missing" in told


def test_a_single_one_is_said_in_the_singular(series_folder: Path) -> None:
    (series_folder / "slice_0020.dcm").write_bytes(PAGE)
    assert "1 of 20 files named like DICOM images holds something" in str(read_study(
        [series_folder], series_folder.parent).cautions[0])


@pytest.mark.parametrize("name", ["readme.txt", "readme1.txt", "Thumbs.db", "viewer.exe", "DICOMDIR", "README",
                                  "LIESMICH", "report.pdf", "slice_0003.txt", "slice.dcm.txt", "index2.html"])
@pytest.mark.parametrize("held", [PAGE, NOISE, LFS])
def test_what_lies_next_to_a_study_is_harmless(name: str, held: bytes, series_folder: Path) -> None:
    (series_folder / name).write_bytes(held)
    study = read_study([series_folder], series_folder.parent)
    assert sentences(study.cautions) == ()
    assert [(one.files, one.reason) for one in study.left_out] == [(1, NO_IMAGE)]


def test_a_whole_series_has_no_warning(series_folder: Path) -> None:
    assert of_missing(listed(series_folder)[0]) == []


@pytest.mark.parametrize("keep", [0, 700, -100])
def test_files_that_cannot_be_read_are_said_where_they_say_their_series(keep: int, series_folder: Path) -> None:
    for number in (19, 20):
        path = series_folder / f"slice_{number:04d}.dcm"
        path.write_bytes(path.read_bytes()[:keep])
    (series,) = listed(series_folder)
    assert series.unusable is None
    assert len(series.files) == 18
    told = [warning for warning in sentences(series.cautions) if "(2 cut short)" in warning]
    assert len(told) == (keep == -100)


def test_a_file_cut_in_the_middle_makes_the_series_unusable(series_folder: Path) -> None:
    path = series_folder / "slice_0007.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    assert "1 slice(s) are missing, the first after slice 6" in (listed(series_folder)[0].unusable or "")


@pytest.mark.parametrize(("numbers", "said"), [
    (range(1, 19), ""), (range(0, 18), ""), (range(18, 0, -1), ""), (range(2, 38, 2), ""), (range(1, 37, 2), ""),
    (range(101, 119), "the first is number 101"), (range(3, 21), "the first is number 3"),
    ([*range(1, 11), *range(13, 21)], "2 between the first and the last"), ([7] * 18, "")])
def test_numbers_of_images_tell_of_missing_ones(numbers: Sequence[int], said: str, series_folder: Path) -> None:
    numbered(without(series_folder, [1, 20]), numbers)
    found = of_missing(listed(series_folder)[0])
    assert len(found) == bool(said)
    assert all(said in warning and MISSING in warning for warning in found)


@pytest.mark.parametrize(("announced", "said"), [(18, False), (10, False), (20, True)])
def test_images_in_acquisition_tell_of_missing_ones(announced: int, said: bool, series_folder: Path) -> None:
    numbered(without(series_folder, [19, 20]), range(1, 19), ImagesInAcquisition=announced)
    found = of_missing(listed(series_folder)[0])
    assert len(found) == said
    assert all("says 20 images, but only 18 are present" in warning for warning in found)


@pytest.mark.parametrize(("numbers", "tags", "said"), [
    # The slices of the folder are 6 mm apart.
    (range(1, 41, 2), {"SpacingBetweenSlices": 3.0}, True), (range(1, 41, 2), {"SliceThickness": 3.0}, True),
    (range(1, 21), {"SpacingBetweenSlices": 3.0, "SliceThickness": 3.0}, True),
    (range(1, 61, 3), {"SpacingBetweenSlices": -2.0}, True), (range(1, 61, 3), {"SliceThickness": 2.0}, True),
    # Thin slices that overlap.
    (range(1, 41, 2), {"SpacingBetweenSlices": 3.0, "SliceThickness": 6.0}, True),
    (range(1, 41, 2), {"SpacingBetweenSlices": 6.0, "SliceThickness": 5.0}, False),
    (range(1, 41, 2), {"SpacingBetweenSlices": 4.0, "SliceThickness": 4.0}, False),
    # A gap of a slice's thickness, and the gap in the place of the distance.
    (range(1, 21), {"SliceThickness": 3.0}, False), (range(1, 21), {"SpacingBetweenSlices": 1.0, "SliceThickness": 5.0},
                                                     False),
    (range(1, 41, 2), {}, False), (range(1, 21), {"SpacingBetweenSlices": "", "SliceThickness": ""}, False)])
def test_distances_in_the_header_tell_of_missing_slices(numbers: Sequence[int], tags: dict[str, Any], said: bool,
                                                        series_folder: Path) -> None:
    numbered(series_folder, numbers, **{"SliceThickness": 6.0, **tags})
    found = [text for text in of_missing(listed(series_folder)[0]) if "according to the header" in text]
    assert len(found) == said
    assert all("slices are 6.0 mm apart, but" in text for text in found)


def sister(head: Volume, folder: Path, like: Path, **tags: Any) -> Path:
    """A second series of the same study and frame of reference, with other pixels."""
    write_dicom_series(head, folder, "t1_native", seed=8)
    first = pydicom.dcmread(min(like.iterdir()))
    for path in sorted(folder.iterdir()):
        dataset = pydicom.dcmread(path)
        dataset.StudyInstanceUID, dataset.PatientID = first.StudyInstanceUID, first.PatientID
        dataset.FrameOfReferenceUID = first.FrameOfReferenceUID
        for tag, value in tags.items():
            setattr(dataset, tag, value)
        dataset.save_as(path)
    return folder


def test_one_acquisition_in_two_series_is_counted_together(head: Volume, series_folder: Path, tmp_path: Path) -> None:
    tags = {"ImagesInAcquisition": 40, "AcquisitionTime": "101500"}
    numbered(series_folder, range(1, 21), **tags)
    other = sister(head, tmp_path / "other", series_folder, **tags)
    assert [of_missing(one) for one in listed(series_folder, other)] == [[], []]
    numbered(other, range(1, 21), AcquisitionTime="102000")
    assert [len(of_missing(one)) for one in listed(series_folder, other)] == [1, 1]


@pytest.mark.parametrize("gone", [[1, 2, 3], [18, 19, 20]])
def test_another_series_that_reaches_further_is_said(gone: list[int], head: Volume, series_folder: Path,
                                                     tmp_path: Path) -> None:
    other = sister(head, tmp_path / "other", series_folder)
    assert [of_missing(one) for one in listed(series_folder, other)] == [[], []]
    without(series_folder, gone)
    numbered(series_folder, range(1, 18))
    mine, theirs = listed(series_folder, other)
    assert len(of_missing(mine)) == 1
    assert "extends 18 mm further" in of_missing(mine)[0]
    assert of_missing(theirs) == []


def test_other_slices_frames_and_studies_say_nothing(head: Volume, series_folder: Path, tmp_path: Path) -> None:
    without(series_folder, [18, 19, 20])
    across = Volume(content((30, 30, 24)), oblique((5.0, 4.5, 6.0))[:, [2, 1, 0, 3]])
    thin = Volume(content((24, 30, 60)), oblique((5.0, 4.5, 2.0)))
    for number, (volume, tags) in enumerate([(across, {}), (thin, {}), (head, {"FrameOfReferenceUID": "2.25.5"}),
                                             (head, {"StudyInstanceUID": "2.25.6"})]):
        other = sister(volume, tmp_path / str(number), series_folder, **tags)
        assert of_missing(listed(series_folder, other)[0]) == [], number


def test_true_copies_are_used_once_however_they_are_packed(series_folder: Path) -> None:
    for number in (3, 4):
        shutil.copy(series_folder / f"slice_{number:04d}.dcm", series_folder / f"copy_{number}.dcm")
    packed = pydicom.dcmread(series_folder / "copy_4.dcm")
    packed.compress(RLELossless, generate_instance_uid=False)
    packed.save_as(series_folder / "copy_4.dcm")
    (series,) = listed(series_folder)
    assert (len(series.files), series.unusable) == (20, None)
    assert any("2 file(s) of this series were given more than once" in said for said in sentences(series.cautions))


def test_one_uid_for_all_slices_is_refused(series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, lambda dataset: setattr(dataset, "SOPInstanceUID", "2.25.771"))
    (series,) = listed(series_folder)
    assert "20 files of this series share a SOPInstanceUID although they are" in (series.unusable or "")


def test_the_same_uid_and_place_with_other_pixels_is_no_copy(series_folder: Path) -> None:
    dataset = pydicom.dcmread(series_folder / "slice_0003.dcm")
    dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2")[::-1].tobytes()
    dataset.save_as(series_folder / "other.dcm")
    assert "2 files of this series share a SOPInstanceUID" in (listed(series_folder)[0].unusable or "")
