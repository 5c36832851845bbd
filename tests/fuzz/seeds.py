"""Good files of every kind that rnapp reads, small, from which mutants are made."""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.uid import JPEGLSLossless

from rnapp.geometry import to_sitk
from rnapp.phantom.dicom_write import write_dicom_series
from rnapp.types import Volume
from tests.io.dicom_masks import FRAME, write_segmentation, write_structure_set
from tests.io.io_data import content, oblique

SHAPE = (24, 20, 14)
CLINICAL = {"age": 58, "sex": "female", "primary_tumour": "nsclc", "systemic_treatment": "immunotherapy",
            "months_since_radiosurgery": 11, "wbrt_before": False}


@dataclass(frozen=True)
class Seed:
    """name: of the file that is changed; data: its content; packed: the file is gzipped after it was changed; fields:
    where the numbers of a binary header begin and their struct formats; as_mask: it is read as a mask of the scan;
    beside: name and content of the good files around it."""

    name: str
    data: bytes
    packed: bool = False
    fields: tuple[tuple[int, str], ...] = ()
    as_mask: bool = False
    beside: tuple[tuple[str, bytes], ...] = ()


# Of NIfTI-1: sizeof_hdr, dim, datatype, bitpix, pixdim, vox_offset, slope, units, codes, quaternion, sform.
NIFTI = ((0, "<i"), *((40 + 2 * n, "<h") for n in range(8)), (70, "<h"), (72, "<h"),
         *((76 + 4 * n, "<f") for n in range(8)), (108, "<f"), (112, "<f"), (116, "<f"), (123, "<b"), (252, "<h"),
         (254, "<h"), *((256 + 4 * n, "<f") for n in range(18)))


def scan() -> Volume:
    """Large enough for a head, oblique, anisotropic: SHAPE voxels of 5 × 6 × 8 mm."""
    return Volume(content(SHAPE).astype(np.int16), oblique((5.0, 6.0, 8.0)))


def lesion() -> Volume:
    """A box in it."""
    array = np.zeros(SHAPE, np.uint8)
    array[10:14, 8:12, 5:8] = 1
    return scan().with_array(array)


def seeds() -> Mapping[str, Seed]:
    """By kind."""
    with TemporaryDirectory() as folder:
        return {**_images(Path(folder)), **_dicom(Path(folder)), **_texts()}


def _images(folder: Path) -> dict[str, Seed]:
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    image, mask = (nib.Nifti1Image(one.array, flip @ one.affine) for one in (scan(), lesion()))
    second = nib.Nifti2Image(scan().array, flip @ scan().affine)
    found = {"nifti": Seed("t1.nii", image.to_bytes(), fields=NIFTI),
             "nifti packed": Seed("t1.nii.gz", image.to_bytes(), packed=True, fields=NIFTI),
             "nifti 2": Seed("t1.nii", second.to_bytes()),
             "nifti mask": Seed("mask.nii.gz", mask.to_bytes(), packed=True, fields=NIFTI, as_mask=True)}
    for name, compressed in (("t1.nrrd", True), ("t1.mha", True), ("plain.nrrd", False), ("plain.mha", False)):
        sitk.WriteImage(to_sitk(scan()), str(folder / name), compressed)
        found[name] = Seed(name, (folder / name).read_bytes())
    sitk.WriteImage(to_sitk(lesion()), str(folder / "mask.nrrd"), True)
    named = (folder / "mask.nrrd").read_bytes().replace(
        b"\n\n", b"\nSegment0_ID:=S1\nSegment0_Name:=GTV\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n\n", 1)
    return found | {"segments": Seed("mask.seg.nrrd", named, as_mask=True)}


def _dicom(folder: Path) -> dict[str, Seed]:
    slices = write_dicom_series(scan(), folder / "series", "t1 post gd", seed=3)
    segmentation = write_segmentation(scan(), [lesion().array > 0], folder / "seg.dcm")
    outline = scan().to_mm(np.array([[10.0, 8, 6], [14, 8, 6], [14, 12, 6], [10, 12, 6]]))
    structures = write_structure_set(folder / "rt.dcm", [("GTV", [outline]), ("couch", [outline])], [FRAME, FRAME])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in slices:
            packed.write(path, path.name)
    packed_slice = pydicom.dcmread(slices[5])
    packed_slice.compress(JPEGLSLossless)
    packed_slice.save_as(folder / "packed.dcm")
    others = tuple((path.name, path.read_bytes()) for path in slices if path != slices[5])
    return {"dicom": Seed("slice.dcm", slices[5].read_bytes(), beside=others),
            "dicom packed": Seed("slice.dcm", (folder / "packed.dcm").read_bytes(), beside=others),
            "segmentation": Seed("seg.dcm", segmentation.read_bytes(), as_mask=True),
            "structure set": Seed("rt.dcm", structures.read_bytes(), as_mask=True),
            "zip": Seed("study.zip", archive.getvalue())}


def _texts() -> dict[str, Seed]:
    table = "case,study,mask,labels,structures,clinical\na,one,mask.nii.gz,1+2,GTV 1; GTV 2,c.json\nb,two,,,,\n"
    return {"json": Seed("clinical.json", json.dumps(CLINICAL).encode()),
            "csv": Seed("cases.csv", table.encode())}


def stored(seed: Seed, data: bytes) -> bytes:
    """The content of the file on the disk."""
    return gzip.compress(data, 1, mtime=0) if seed.packed else data
