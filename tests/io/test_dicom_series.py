from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnapp.io.dicom_header import Instance, Unread, read_instance
from rnapp.io.dicom_series import group_series
from rnapp.io.proposal import DERIVED, REFORMATTED, propose
from rnapp.io.suitability import NO_CONTRAST
from rnapp.types import Series, sentences


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
    assert NO_CONTRAST not in sentences(series.cautions)


@pytest.mark.parametrize(("tags", "kind", "contrast"), [
    ({"ContrastBolusAgent": None}, "T1", None), ({"ContrastBolusAgent": "NONE"}, "T1", False),
    ({"ContrastBolusAgent": None, "SeriesDescription": "t1 post gd"}, "T1CE", True),
    ({"SeriesDescription": "t1 pre contrast"}, "T1", False), ({"SeriesDescription": "ax t2"}, "T2", True),
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
    assert NO_CONTRAST in sentences(listed(series_folder).cautions)


def test_contradicting_contrast_is_warned_of(series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, setting(SeriesDescription="t1 pre gd"))
    assert any("description says" in warning for warning in sentences(listed(series_folder).cautions))


@pytest.mark.parametrize(("tags", "sentence"), [
    ({"Modality": "SEG"}, "This is a segmentation"), ({"Modality": "PT"}, "This is a PET scan"),
    ({"Modality": "XX"}, "an object of kind XX"),
    ({"BodyPartExamined": "SHOULDER", "StudyDescription": "MR SHOULDER"}, "shoulder"),
    ({"BodyPartExamined": "ABDOMEN", "StudyDescription": "abdomen^liver"}, "abdomen"),
    ({"BodyPartExamined": "KNEE", "SeriesDescription": "t1 Knie rechts"}, "knee"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "mosaic"), ({"ScanningSequence": "EP"}, "echo-planar"),
    ({"PhotometricInterpretation": "MONOCHROME1"}, "inverted"),
    ({"ImagePositionPatient": None}, "does not say where"), ({"PixelSpacing": [5, 0.1]}, "only 2.4 mm"),
    ({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}, "sheared")])
def test_unusable_series_say_why(tags: dict[str, Any], sentence: str, series_folder: Path,
                                 edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert sentence in (series.unusable or "")
    assert sentences(series.cautions) == ()


def test_a_ct_is_listed_without_a_word_on_contrast_or_slices(series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, setting(Modality="CT", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"]))
    series = listed(series_folder)
    assert (series.kind, series.modality, series.unusable) == ("CT", "CT", None)
    assert sentences(series.cautions) == ()
    assert not any("agent" in fact for fact in series.facts)
    edit(series_folder, setting(BodyPartExamined="ABDOMEN", StudyDescription="abdomen^liver", SeriesDescription=""))
    assert (listed(series_folder).unusable or "").startswith("This is a CT of another region (abdomen")


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
    assert any("2 file(s)" in warning for warning in sentences(series.cautions))


def test_files_are_listed_from_the_first_slice_to_the_last(series_folder: Path) -> None:
    for number, path in enumerate(sorted(series_folder.iterdir())):
        path.rename(series_folder / f"{(number * 7) % 20:02d}_{path.name}")
    assert [path.name[3:] for path in listed(series_folder).files] == [f"slice_{n:04d}.dcm" for n in range(1, 21)]


def test_numbers_of_the_wrong_length_do_not_crash_it(series_folder: Path) -> None:
    for path in series_folder.iterdir():
        data = path.read_bytes()
        rows = data.index(b"\x28\x00\x10\x00US\x02\x00")
        path.write_bytes(data[:rows] + b"\x28\x00\x10\x00US\x03\x00" + data[rows + 8:])
    found = [read_instance(path) for path in series_folder.iterdir()]
    assert {one.why for one in found if isinstance(one, Unread)} <= {"cut", "damaged"}
    assert not any(isinstance(one, Instance) for one in found)


def test_damaged_values_do_not_crash_it(series_folder: Path, edit: Callable[..., None]) -> None:
    for path in series_folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"IMAGE", b"\0\1\2\3\4").replace(b"2000", b"2x\\0"))
    edit(series_folder, setting(StudyDate=None))
    assert listed(series_folder).kind == "T1CE"


@pytest.mark.parametrize(("tags", "word"), [
    ({"BodyPartExamined": "NECK"}, "neck"), ({"BodyPartExamined": "CSPINE"}, "cspine"),
    ({"BodyPartExamined": "SHOULDER"}, "shoulder"), ({"StudyDescription": "BREAST METS GK",
    "BodyPartExamined": ""}, "breast"),
    ({"StudyDescription": "staging lung cancer", "BodyPartExamined": ""}, "lung"),
    ({"SeriesDescription": "t1 km pelvis mets"}, "pelvis")])
def test_another_region_by_words_alone_is_a_warning(tags: dict[str, Any], word: str, series_folder: Path,
                                                    edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert series.unusable is None
    assert any(f"another region ({word})" in warning for warning in sentences(series.cautions))
    assert propose([series]) == series


@pytest.mark.parametrize("tags", [
    {"BodyPartExamined": "HEAD AND NECK"}, {"BodyPartExamined": "HEADNECK"},
    {"StudyDescription": "MR BRAIN lung mets", "BodyPartExamined": "CHEST", "SeriesDescription": "brain t1 gd"}])
def test_a_named_head_needs_no_warning(tags: dict[str, Any], series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    assert not any("region" in warning for warning in sentences(listed(series_folder).cautions))


@pytest.mark.parametrize("tags", [
    {"BodyPartExamined": "", "StudyDescription": "MR Knie rechts"}, {"BodyPartExamined": "",
    "StudyDescription": "SHOULDER"},
    {"SeriesDescription": "t1 lumbar spine", "BodyPartExamined": ""}])
def test_a_far_region_is_not_proposed_but_can_be_chosen(tags: dict[str, Any], series_folder: Path,
                                                        edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert series.unusable is None
    assert propose([series]) is None


@pytest.mark.parametrize(("tags", "kind"), [
    ({"ImageType": ["DERIVED", "PRIMARY", "SUBTRACTION"]}, "other"), ({"ImageType": ["DERIVED", "PRIMARY", "M",
    "SUB"]}, "other"),
    ({"ImageType": ["DERIVED", "PRIMARY", "DIXON", "FAT"]}, "other"), ({"ImageType": ["ORIGINAL", "PRIMARY", "F",
    "F"]}, "other"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "DIXON_FAT"]}, "other"), ({"ImageType": ["ORIGINAL", "PRIMARY",
    "OP"]}, "other"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "OPP_PHASE"]}, "other"), ({"ImageType": ["ORIGINAL", "PRIMARY",
    "P"]}, "other"),
    ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, "other"), ({"ImageType": ["DERIVED", "PRIMARY",
    "PROJECTION IMAGE"]}, "other"),
    ({"ImageType": ["DERIVED", "PRIMARY", "DIXON", "WATER"]}, "T1CE"), ({"ImageType": ["ORIGINAL", "PRIMARY", "W",
    "W"]}, "T1CE"),
    ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "IN_PHASE"]}, "T1CE"), ({"ImageType": ["ORIGINAL", "PRIMARY", "M",
    "NORM"]}, "T1CE"),
    ({"SeriesDescription": "T1 KM Subtraktion"}, "other"), ({"SeriesDescription": "t1_vibe_dixon_KM_F"}, "other")])
def test_what_shows_no_tissue_by_itself_is_no_t1(tags: dict[str, Any], kind: str, series_folder: Path,
                                                 edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert (series.kind, series.unusable) == (kind, None)


@pytest.mark.parametrize(("image_type", "fact"), [
    (["DERIVED", "SECONDARY", "MPR"], REFORMATTED), (["DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE"], REFORMATTED),
    (["DERIVED", "SECONDARY"], DERIVED), (["ORIGINAL", "PRIMARY", "M"], None), (["DERIVED", "PRIMARY", "M"], None)])
def test_copies_are_usable_and_said(image_type: list[str], fact: str | None, series_folder: Path,
                                    edit: Callable[..., None]) -> None:
    edit(series_folder, setting(ImageType=image_type))
    series = listed(series_folder)
    assert series.facts[-1] == (fact or "12:00")
    assert propose([series]) == series


@pytest.mark.parametrize(("tags", "contrast", "warning"), [
    ({"ContrastBolusAgent": "ohne KM"}, False, NO_CONTRAST), ({"ContrastBolusAgent": "NONE GIVEN"}, False, NO_CONTRAST),
    ({"ContrastBolusAgent": "UNKNOWN"}, None, NO_CONTRAST), ({"ContrastBolusAgent": "Gadovist"}, True, None),
    ({"ContrastBolusAgent": "NONE", "SeriesDescription": "t1 km"}, False, "header of this series says"),
    ({"ContrastBolusAgent": "Gadovist", "SeriesDescription": "T1 prä KM"}, False, "description says"),
    ({"ContrastBolusAgent": "", "SeriesDescription": "T1 km"}, True, None)])
def test_header_and_words_give_one_answer(tags: dict[str, Any], contrast: bool | None, warning: str | None,
                                          series_folder: Path, edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert series.contrast is contrast
    assert [warning in one for one in sentences(series.cautions) if "contrast" in one] == ([True] if warning else [])


@pytest.mark.parametrize(("tags", "day", "time"), [
    ({"AcquisitionDateTime": "20240501143207.5"}, "2024-05-01", "14:32:07"),
    ({"AcquisitionTime": "143207"}, "2020-01-01", "14:32:07"),
    ({"AcquisitionTime": "14:32"}, "2020-01-01", "14:32:00"),
    ({"AcquisitionTime": None, "SeriesTime": "0905"}, "2020-01-01", "09:05:00"),
    ({"AcquisitionTime": "junk", "SeriesTime": None}, "2020-01-01", ""), ({"AcquisitionTime": "99",
    "SeriesTime": ""}, "2020-01-01", "")])
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_day_and_time_of_the_acquisition(tags: dict[str, Any], day: str, time: str, series_folder: Path,
                                         edit: Callable[..., None]) -> None:
    edit(series_folder, setting(**tags))
    series = listed(series_folder)
    assert (series.date, series.time) == (day, time)


def test_facts_name_a_known_agent_and_nobody(series_folder: Path, edit: Callable[..., None]) -> None:
    shown = {"ImageType": ["ORIGINAL", "PRIMARY"], "AcquisitionTime": "143200", "SeriesNumber": 5, "PatientID": " x1 "}
    edit(series_folder, setting(ContrastBolusAgent="Gadovist for Jane Doe", **shown))
    series = listed(series_folder)
    assert series.facts == ("T1", "3D", "agent recorded: gadovist", "14:32")
    assert (series.number, series.patient) == (5, "x1")
    edit(series_folder, setting(ContrastBolusAgent="Jane Doe"))
    assert listed(series_folder).facts == ("T1", "3D", "agent recorded", "14:32")
    edit(series_folder, setting(ContrastBolusAgent="Gadovist 1,0 mmol/ml ohne"))
    assert listed(series_folder).facts == ("T1", "3D", "agent entry unclear", "14:32")
    edit(series_folder, setting(ContrastBolusAgent="nicht gegeben"))
    assert listed(series_folder).facts == ("T1", "3D", "no agent recorded", "14:32")
    edit(series_folder, setting(ContrastBolusAgent=None, SeriesDescription="t1 prae KM"))
    assert listed(series_folder).facts == ("T1", "3D", "without contrast according to its description", "14:32")
