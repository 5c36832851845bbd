from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnapp.io.dicom_header import Instance, Unread, read_instance
from rnapp.io.dicom_series import group_series
from rnapp.io.suitability import NO_CONTRAST
from rnapp.types import Series


def listed(folder: Path) -> Series:
    found = [read_instance(path) for path in sorted(folder.iterdir())]
    (series,) = group_series([one for one in found if isinstance(one, Instance)],
                             [one for one in found if isinstance(one, Unread)])
    return series


def setting(**tags: Any) -> Callable[[Any], None]:
    """Set tags; None deletes."""

    def action(dataset: Any) -> None:
        for tag, value in tags.items():
            if value is None:
                if tag in dataset:
                    del dataset[tag]
            else:
                setattr(dataset, tag, value)

    return action


def test_series_says_what_it_is(series_folder: Path) -> None:
    series = listed(series_folder)
    assert (series.kind, series.contrast, series.modality, series.unusable) == ("T1CE", True, "MR", None)
    assert (series.shape, series.date, len(series.files)) == ((24, 30, 20), "2020-01-01", 20)
    assert series.spacing == pytest.approx((5.0, 4.5, 6.0), abs=1e-6)
    assert series.frame_of_reference.startswith("2.25.")
    assert NO_CONTRAST not in series.warnings


@pytest.mark.parametrize(("tags", "kind", "contrast"), [
    ({"ContrastBolusAgent": None}, "T1", None), ({"ContrastBolusAgent": "NONE"}, "T1", False),
    ({"ContrastBolusAgent": None, "SeriesDescription": "t1 post gd"}, "T1CE", None),
    ({"SeriesDescription": "t1 pre contrast"}, "T1", True), ({"SeriesDescription": "ax t2"}, "T2", True),
    ({"SeriesDescription": "t2 flair"}, "FLAIR", True), ({"SeriesDescription": "localizer"}, "other", True),
    ({"SeriesDescription": ""}, "T1CE", True),
    ({"SeriesDescription": "", "ScanningSequence": "SE", "RepetitionTime": "500", "EchoTime": "12",
      "InversionTime": None}, "T1CE", True),
    ({"SeriesDescription": "", "ScanningSequence": "SE", "RepetitionTime": "4000", "EchoTime": "90",
      "InversionTime": None}, "T2", True),
    ({"SeriesDescription": "", "ScanningSequence": ["SE", "IR"], "RepetitionTime": "9000", "EchoTime": "120",
      "InversionTime": "2500"}, "FLAIR", True),
    ({"SeriesDescription": "", "ScanningSequence": "GR", "EchoTime": "22"}, "other", True),
    ({"SeriesDescription": "", "EchoTime": None}, "unknown", True),
    ({"SeriesDescription": "gre", "AngioFlag": "Y"}, "other", True)])
def test_kind_and_contrast(tags: dict[str, Any], kind: str, contrast: bool | None, series_folder: Path,
                           edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert (series.kind, series.contrast) == (kind, contrast)
    assert series.unusable is None


def test_missing_contrast_is_warned_of(series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, setting(ContrastBolusAgent=None))
    assert NO_CONTRAST in listed(series_folder).warnings


def test_contradicting_contrast_is_warned_of(series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, setting(SeriesDescription="t1 pre gd"))
    assert any("description says" in warning for warning in listed(series_folder).warnings)


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"Modality": "CT"}, "This is a CT"), ({"Modality": "SEG"}, "This is a segmentation"),
    ({"Modality": "XX"}, "an object of kind XX"), ({"BodyPartExamined": "SHOULDER"}, "shoulder"),
    ({"BodyPartExamined": "", "StudyDescription": "MR Knie rechts"}, "knie"),
    ({"SeriesDescription": "t1 lumbar spine", "BodyPartExamined": ""}, "lumbar"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "mosaic"), ({"ScanningSequence": "EP"}, "echo-planar"),
    ({"PhotometricInterpretation": "MONOCHROME1"}, "inverted"),
    ({"ImagePositionPatient": None}, "does not say where"), ({"PixelSpacing": [5, 0.1]}, "only 2 mm"),
    ({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, "slant")])
def test_unusable_series_say_why(tags: dict[str, Any], sentence: str, series_folder: Path,
                                 edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert sentence in (series.unusable or "")
    assert series.warnings == ()


def test_head_in_the_series_outweighs_another_region_in_the_study(series_folder: Path,
                                                                  edit: Callable[..., None]) -> None:
    edit(series_folder, setting(SeriesDescription="brain t1 gd", StudyDescription="MR brain and cervical spine"))
    assert listed(series_folder).unusable is None


def test_missing_slice_is_named(series_folder: Path) -> None:
    (series_folder / "slice_0008.dcm").unlink()
    assert "1 slice(s) are missing, the first after slice 7" in (listed(series_folder).unusable or "")


def test_copies_are_used_once(series_folder: Path) -> None:
    for name in ("slice_0003.dcm", "slice_0004.dcm"):
        (series_folder / f"copy_of_{name}").write_bytes((series_folder / name).read_bytes())
    series = listed(series_folder)
    assert len(series.files) == 20
    assert any("2 file(s)" in warning for warning in series.warnings)


def test_files_are_listed_from_the_first_slice_to_the_last(series_folder: Path) -> None:
    for number, path in enumerate(sorted(series_folder.iterdir())):
        path.rename(series_folder / f"{(number * 7) % 20:02d}_{path.name}")
    assert [path.name[3:] for path in listed(series_folder).files] == [f"slice_{n:04d}.dcm" for n in range(1, 21)]


def test_numbers_of_the_wrong_length_are_no_crash(series_folder: Path) -> None:
    for path in series_folder.iterdir():
        data = path.read_bytes()
        rows = data.index(b"\x28\x00\x10\x00US\x02\x00")
        path.write_bytes(data[:rows] + b"\x28\x00\x10\x00US\x03\x00" + data[rows + 8:])
    found = [read_instance(path) for path in series_folder.iterdir()]
    assert {one.why for one in found if isinstance(one, Unread)} <= {"cut", "damaged"}
    assert not any(isinstance(one, Instance) for one in found)


def test_damaged_values_are_no_crash(series_folder: Path, edit: Callable[..., None]) -> None:
    for path in series_folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"IMAGE", b"\0\1\2\3\4").replace(b"2000", b"2x\\0"))
    edit(series_folder, setting(StudyDate=None))
    assert listed(series_folder).kind == "T1CE"
