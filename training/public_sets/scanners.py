"""The scanners: a public set's own folder → rows of a cohort table, and what is not there.

Each says where its layout was found. No set was available when they were written: they were tried on made-up folders of
the same layout, and each says what could not be confirmed.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from rnapp import pipeline
from rnapp.errors import MaskError
from training.cohort_row import EVERY
from training.public_sets.found import (
    Found,
    Layout,
    Missing,
    damaged,
    every_lesion,
    folders,
    make_row,
    nifti,
    niftis,
)

SLICES = ("only slices as pictures, without voxel size or orientation, which cannot be read; take the release in NIfTI "
          "(bravo.nii.gz and seg.nii.gz)")
SECOND = "a second copy of this scan"
MOLAB_PARTS = (1, 2)  # enhancing, necrotic


def brainmetshare(folder: Path) -> Found:
    """Stanford BrainMetShare: …/Mets_005/{bravo,t1_gd,t1_pre,flair,seg}.nii.gz, one study per patient.

    bravo: T1 gradient echo after contrast, else t1_gd: spin echo after contrast; seg: one label. Found in torch-em
    (constantinpape/torch-em, its reader of this set, which looked at the data) and in scripts that read
    brainmetshare-3/train. The older release has slices as pictures in Mets_005/{0,1,2,3,seg}
    (nyumets/nyumets, convert_stanford_pngs_to_nifti.py). The names of the folders without masks are not confirmed with
    the data in hand, so studies are known by their files.
    """
    cases = {file.parent for name in ("bravo", "t1_gd", "seg") for file in niftis(folder, name) if
             file.name.startswith(f"{name}.")}
    pictures = sorted({first.parent for first in folder.rglob("0")
                       if first.is_dir() and (first.parent / "1").is_dir()} - cases)
    studies = every_lesion([(case.name, case) for case in sorted(cases)], Layout("Stanford", ("bravo", "t1_gd"), "seg"))
    return Found(studies.rows, (*studies.missing, *(Missing(case.name, SLICES) for case in pictures)))


def nyumets(folder: Path) -> Found:
    """NYUMets-Brain: …/patientId/PATIENT/studyId/STUDY/{RTSTRUCT_MRI,CT1,T1,T2,FLAIR,RTSTRUCT_segmentation}.nii.gz.

    RTSTRUCT_MRI: the scan the radiosurgery was planned on, else CT1: T1 after contrast. Found in the set's own code
    (nyumets/nyumets, nyumets/data/utils.py) and in a reader that looked at the data (names ending in .nii). Not
    confirmed with the data in hand: the label of RTSTRUCT_segmentation; that RTSTRUCT_MRI is always T1 after contrast;
    the unit of the time points in the metadata, so months stays empty. That reader reports that the headers say 1 mm
    without the scans having been resampled: check the voxel sizes before measures are trusted.
    """
    studies = sorted(study for place in (folder, *folder.rglob("studyId")) if place.name == "studyId"
                     for study in place.iterdir() if study.is_dir())
    return every_lesion([(study.parent.parent.name, study) for study in studies],
                        Layout("NYU", ("RTSTRUCT_MRI", "CT1"), "RTSTRUCT_segmentation"))


def ucsf_bmsr(folder: Path) -> Found:
    """UCSF-BMSR: …/UCSF_BrainMetastases_TRAIN/100101A/100101A_{T1post,T1pre,FLAIR,subtraction,T2Synth,seg}.nii.gz.

    The digits are the patient, the letter the scan; seg: one label (BraTS-seg, not taken, has those of BraTS-METS).
    Found in several public scripts: the conversions of MultiTalent (nnU-Net) and nnDetection, and an inventory of the
    training part. Not confirmed with the data in hand. Many of its scans are in BraTS-METS 2023 too, renamed.
    """
    return every_lesion(folders(folder, r"(\d{6})[A-Z]"), Layout("UCSF", ("{study}_T1post",), "{study}_seg"))


def brats_mets(folder: Path) -> Found:
    """BraTS-METS 2023: …/BraTS-MET-00002-000/BraTS-MET-00002-000-{t1c,t1n,t2f,t2w,seg}.nii.gz.

    Labels: 1 necrotic core, 2 oedema, 3 enhancing; the lesion is 1+3. Found in the challenge's paper (arXiv 2306.00838)
    and in public readers (nnDetection's Task057_BraTSMets among them); the additional training data and its .nii too.
    Not confirmed with the data in hand: that the last number is the scan of the same patient, as is BraTS's way. The
    centre of a case is not in its name: all have "BraTS-METS".
    """
    return _brats(folder, "BraTS-METS")


def pretreat_metstobrain(folder: Path) -> Found:
    """Yale's Pretreat-MetsToBrain-Masks (TCIA; Ramakrishnan et al. 2024), in the layout of BraTS-METS 2023.

    200 patients; the set that Gomaa et al. 2025 cite for "Yale-Brain-Mets-Longitudinal (n = 200)". Found in
    nnDetection's Task048_BrainMetastasisTCIA. Not confirmed with the data in hand: that the labels are those of
    BraTS-METS, as that script takes them; and whether its patients are in BraTS-METS 2023 too, as their names suggest.
    """
    return _brats(folder, "Yale")


def yale_longitudinal(folder: Path) -> Found:
    """Yale-Brain-Mets-Longitudinal (TCIA): …/YG_…/DATE/…_{PRE,POST,T2,FLAIR}.nii.gz. It has no lesion masks.

    Only scans beside which the user has put a mask of their own, named as the scan with _seg behind
    (…_POST_seg.nii.gz, one label), give a row. Found in a public reader of the set and in an inventory of it (1430
    patients, 11,877 visits); not confirmed with the data in hand. Dates are in the names, the day of radiosurgery is
    not, so months stays empty.
    """
    rows: list[Mapping[str, str]] = []
    missing: list[Missing] = []
    for image in niftis(folder, "_POST"):
        name = image.name.split(".nii")[0]
        mask = nifti(image.parent, f"{name}_seg")
        lacks = damaged(image, mask) if mask else "no lesion mask (the set has none; put your own as …_POST_seg.nii.gz)"
        if lacks or mask is None:
            missing.append(Missing(name, lacks))
        else:
            rows.append(make_row(image.parent.parent.name, "Yale", image, mask, EVERY, ""))
    return Found(tuple(rows), tuple(missing))


def molab(folder: Path) -> Found:
    """MOLAB (OpenBTAI; Ocaña-Tienda et al. 2023): …/PATIENT/PATIENT/NIFTI/PATIENT_TIMEPOINT…_{img,msk}.nii.

    Label 10·lesion + 1 is the enhancing part of a lesion, + 2 the necrotic one, and a lesion keeps its number over the
    scans: a row for each lesion on each scan. Found in the authors' own code (ysuter/OpenBTAI-radiomics,
    batchpyradprep.py). Not confirmed with the data in hand: the columns of the clinical spreadsheet, so outcome, months
    and the clinical columns stay empty and must be filled in from it. Masks are read, not only their headers.
    """
    rows: list[Mapping[str, str]] = []
    missing: list[Missing] = []
    masks = {file.parent / file.name.split("_msk.nii")[0]: file for file in niftis(folder, "_msk")}
    images = {file.parent / file.name.split("_img.nii")[0]: file for file in niftis(folder, "_img")}
    taken: set[str] = set()
    for scan in sorted({*masks, *images}):
        second = scan.name in taken
        lesions, lacks = _molab_lesions(images.get(scan), masks.get(scan)) if not second else ({}, [SECOND])
        missing += [Missing(scan.name, what) for what in lacks]
        rows += [make_row(scan.name.split("_")[0], "MOLAB", images[scan], masks[scan], str(lesion),
                          "+".join(map(str, labels))) for lesion, labels in lesions.items()]
        taken |= {scan.name} if lesions else set()
    return Found(tuple(rows), tuple(missing))


def _brats(folder: Path, centre: str) -> Found:
    return every_lesion(folders(folder, r"(BraTS-MET-\d+)(?:-\d+)?"),
                        Layout(centre, ("{study}-t1c",), "{study}-seg", "1+3"))


def _molab_lesions(image: Path | None, mask: Path | None) -> tuple[dict[int, list[int]], list[str]]:
    """Lesion → its labels, and what is missing."""
    if image is None or mask is None:
        return {}, [f"no {'scan (…_img.nii)' if mask else 'lesion mask (…_msk.nii)'}"]
    if lacks := damaged(image, mask):
        return {}, [lacks]
    try:
        labels = pipeline.mask_labels(pipeline.read_mask(mask))
    except MaskError as error:
        return {}, [str(error).removesuffix(".")]
    lesions: dict[int, list[int]] = defaultdict(list)
    unexpected: list[int] = []
    for label in labels:
        known = label >= 10 and label % 10 in MOLAB_PARTS
        (lesions[label // 10] if known else unexpected).append(label)
    return lesions, [f"the mask's label {label} is not 10·lesion + 1 or 2, left out" for label in unexpected]
