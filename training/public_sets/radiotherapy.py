"""The scanners of the sets with radiotherapy, or with its late effects: their own folders → rows of a cohort table.

As in scanners.py, no set was available: each scanner was tried only on made-up folders, and says where its layout was
found and what could not be confirmed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rnapp.io.dicom_header import Instance, read_instance
from training.cohort_table import readable
from training.public_sets.found import Found, Missing, damaged, folders, make_row, nifti

PLANNED_ON = frozenset({"CT", "MR"})
NO_DOSE = "no dose (RTDOSE) among the radiotherapy planning"
NO_PLANNING = "no folder of the radiotherapy planning"
NO_FOLLOW_UP = "no follow-up study"
NO_MASK = "no lesion mask (…_L_….nrrd)"
NO_SCAN = "no T1 after contrast (…_MR_t1.nrrd)"


def burdenko(folder: Path) -> Found:
    """Burdenko-GBM-Progression (TCIA): …/Burdenko-GBM-001/STUDY/SERIES/….dcm, 180 patients.

    The study whose folder's name has "Radiotherapy planning" holds the planning CT, MRI (the T1 after contrast, CET1,
    is the scan after surgery), RTSTRUCT, RTPLAN and RTDOSE; every other study is a follow-up, at least T1 after
    contrast and FLAIR: a row for each of them, as the event scan. Found in the readers of several users of the set, who
    looked at the data. Not confirmed with the data in hand: how studies of surgery and follow-up are told from each
    other but by their dates, and the columns of the clinical table, which are said to give the response at each
    follow-up as progression, pseudoprogression or response. So outcome and months stay empty. Pseudoprogression there
    is early, and not what the paper calls RICE: who fills in outcomes decides on that. MRI and CT are in frames of
    their own, and no registration files are shipped, so the planning scan is registered.
    """
    rows: list[Mapping[str, str]] = []
    missing: list[Missing] = []
    for patient, place in folders(folder, r"(Burdenko-GBM-\d+)"):
        studies = sorted(study for study in place.iterdir() if study.is_dir())
        plans = [study for study in studies if "radiotherapy planning" in study.name.casefold()]
        lacks = _lacks_planning(plans)
        followed = [study for study in studies if study not in plans and "MR" in _modalities(study)]
        if lacks or not followed:
            missing.append(Missing(patient, lacks or NO_FOLLOW_UP))
            continue
        rows += [_study_row(patient, "Burdenko", study, dict.fromkeys(("post_op", "dose", "planning"), plans[0]))
                 for study in followed]
    return Found(tuple(rows), tuple(missing))


def _lacks_planning(plans: list[Path]) -> str:
    if not plans:
        return NO_PLANNING
    modalities = _modalities(plans[0])
    if "RTDOSE" not in modalities:
        return NO_DOSE
    return "" if modalities & PLANNED_ON else "no planning CT or MRI beside the dose"


def mu_glioma_post(folder: Path) -> Found:
    """MU-Glioma-Post (TCIA): …/PatientID_0003/Timepoint_1/PatientID_0003_Timepoint_1_{brain_t1c,…,tumorMask}.nii.gz.

    203 patients with up to six scans after surgery, registered and stripped of the skull. Found in many public readers
    and listings of the set. It has no dose: a row for each time point's brain_t1c, for models of the event scan alone.
    Not confirmed with the data in hand: the columns of MU-Glioma-Post_ClinicalData-July2025.xlsx (readers name the days
    from diagnosis to each time point and to the end of radiotherapy, and the progression), so outcome and months stay
    empty; which time point is the scan between surgery and radiotherapy; and the labels of tumorMask (readers differ
    on which is enhancing), so no mask is taken.
    """
    rows: list[Mapping[str, str]] = []
    missing: list[Missing] = []
    for patient, place in folders(folder, r"(PatientID_\d+)"):
        for study in sorted(place.glob("Timepoint_*"), key=lambda one: (len(one.name), one.name)):
            name = f"{patient}_{study.name}"
            image = nifti(study, f"{name}_brain_t1c")
            if image is None or not readable(image):
                missing.append(Missing(name, "the image cannot be read, perhaps damaged" if image else
                                       "no T1 after contrast (…_brain_t1c.nii.gz)"))
            else:
                rows.append(_study_row(patient, "Missouri", image, {}))
    return Found(tuple(rows), tuple(missing))


def brain_tr_gammaknife(folder: Path) -> Found:
    """Brain-TR-GammaKnife (TCIA; Wang et al. 2023), as NRRD: …/GK.147_1/GK.147_1_{MR_t1,L_NAME,…dose}.nrrd.

    47 patients, 244 metastases on the day of Gamma Knife treatment; the number behind the patient is the course. A row
    for each lesion's mask. Found in two public readers of the set. Not confirmed with the data in hand: the unit of the
    dose's voxels, so the dose is not taken; the names of the DICOM release, which is not read. The labels (mri_type in
    Brain_TR_GammaKnife_Clinical_Information.xlsx: recurrence or stable, with the months to the scan that showed it) are
    of a later scan, which is not among the files: they are no outcomes of the scans here, so outcome stays empty.
    """
    rows: list[Mapping[str, str]] = []
    missing: list[Missing] = []
    for patient, course in folders(folder, r"(GK\.\d+)_\d+"):
        image = course / f"{course.name}_MR_t1.nrrd"
        masks = sorted(course.glob(f"{course.name}_L_*.nrrd"))
        if not image.is_file() or not masks:
            missing.append(Missing(course.name, NO_SCAN if masks else NO_MASK))
            continue
        for mask in masks:
            if lacks := damaged(image, mask):
                missing.append(Missing(mask.stem, lacks))
            else:
                lesion = mask.stem.removeprefix(f"{course.name}_")
                rows.append(make_row(patient, "Mississippi", image, mask, f"{course.name} {lesion}", ""))
    return Found(tuple(rows), tuple(missing))


def _study_row(patient: str, centre: str, image: Path, others: Mapping[str, Path]) -> Mapping[str, str]:
    """A row about a study without an outcome. others: role → place."""
    return {"patient": f"{centre} {patient}", "centre": centre, "image": str(image),
            **{f"image_{role}": str(place) for role, place in others.items()}}


def _modalities(study: Path) -> frozenset[str]:
    """The header of the first file in each folder of a study."""
    return frozenset(filter(None, map(_modality, _first_files(study))))


def _first_files(study: Path) -> Iterator[Path]:
    for subfolder in sorted(subfolder for subfolder in (study, *study.rglob("*")) if subfolder.is_dir()):
        files = sorted(file for file in subfolder.iterdir() if file.is_file() and not file.name.startswith("."))
        yield from files[:1]


def _modality(file: Path) -> str:
    instance = read_instance(file)
    return instance.text("Modality") if isinstance(instance, Instance) else ""
