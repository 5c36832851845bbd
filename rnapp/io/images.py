"""NIfTI, NRRD and MetaImage files: headers checked before ITK may guess, voxels, and what they are as a series."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rnapp.errors import GeometryError, StudyError
from rnapp.geometry import from_sitk
from rnapp.io import suitability
from rnapp.io.nifti_header import check_complete, check_orientation, read_nifti_header
from rnapp.io.words import names_elsewhere, says_contrast, says_kind, says_mask, words
from rnapp.types import Array, Series, Volume

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")
# A 512×512×512 scan has 134 million voxels; more than twice that is no MR of a head, and would fill the memory.
MAX_VOXELS = 300_000_000
# A file with at most this many distinct whole numbers is a mask: BraTS has 4 labels, a lesion mask one per lesion.
MAX_MASK_LABELS = 20
_TEXT_HEADER_BYTES = 65_536
_NRRD_SPACE, _NRRD_DIRECTIONS = re.compile(rb"(?im)^space\s*:"), re.compile(rb"(?im)^space directions\s*:")
_POINTS_ELSEWHERE = re.compile(rb"(?im)^(data ?file\s*:|ElementDataFile\s*=)")
_MODALITY_UNKNOWN = ""


def is_image_name(path: Path) -> bool:
    """Whether the name ends like an image file that can be read."""
    return path.name.lower().endswith(SUFFIXES)


def is_nifti_name(path: Path) -> bool:
    """Whether the name says NIfTI."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def read_image(path: Path) -> Volume:
    """The voxels as stored (dtype kept) and the LPS affine of a NIfTI, NRRD or MetaImage file.

    A fourth axis of length one is dropped. Raises StudyError for a damaged file, colours, vectors, time series or
    too many voxels, and GeometryError where left and right cannot be known.
    """
    # ITK writes file names to stderr in its warnings; they may hold the patient's name.
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    if is_nifti_name(path):
        header = read_nifti_header(path)
        check_orientation(header)
    else:
        _check_text_header(path)
    try:
        reader.ReadImageInformation()
        _check_header(reader)
        if is_nifti_name(path):
            check_complete(path, header)
        image = reader.Execute()
    except (RuntimeError, OSError) as error:
        if "orthonormal" in str(error):
            raise GeometryError("The axes of the image file are not at right angles (a sheared affine); "
                                "export it again without registration.") from error
        raise StudyError("An image file is cut short, damaged or not of the kind its name says; export it again."
                         ) from error
    return from_sitk(image[:, :, :, 0] if image.GetDimension() == 4 else image)


def _check_text_header(path: Path) -> None:
    """NRRD and MetaImage: a header that points at another file is not followed, and NRRD must name its space."""
    with path.open("rb") as stream:
        start = stream.read(_TEXT_HEADER_BYTES)
    header = re.split(rb"\r?\n\r?\n|ElementDataFile\s*=\s*LOCAL", start, maxsplit=1)[0]
    if _POINTS_ELSEWHERE.search(header):
        raise StudyError("The image file only points at another file; save it with its voxels inside "
                         "(.nrrd, .nii or .nii.gz).")
    if header.startswith(b"NRRD") and not (_NRRD_SPACE.search(header) and _NRRD_DIRECTIONS.search(header)):
        raise GeometryError("The NRRD file does not say in which space its axes lie, so left and right cannot be "
                            "known; export it again.")


def _check_header(reader: sitk.ImageFileReader) -> None:
    size = reader.GetSize()
    if len(size) not in (3, 4) or (len(size) == 4 and size[3] != 1):
        raise StudyError(f"The image file has the shape {'×'.join(map(str, size))}, but one three-dimensional volume "
                         "is needed; export a single time point.")
    if reader.GetNumberOfComponents() != 1 or reader.GetPixelID() in (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64):
        raise StudyError("The image file holds colours, vectors or complex numbers, but a greyscale volume is needed.")
    if np.prod([float(length) for length in size]) > MAX_VOXELS:
        raise StudyError(f"The image file has more than {MAX_VOXELS // 1_000_000} million voxels, which is more than a "
                         "head scan; export it at the scanner's resolution.")


def read_image_volume(path: Path) -> Volume:
    """The scan in a file: float32, voxels without a number (NaN, infinite) set to 0. Raises as read_image does.

    ITK's own NIfTI reader sets them to 0 as well, so that only NRRD and MetaImage can be warned of.
    """
    volume = read_image(path)
    array = volume.array.astype(np.float32)
    return volume.with_array(np.nan_to_num(array, copy=False, nan=0.0, posinf=0.0, neginf=0.0))


def image_series(path: Path) -> Series:
    """What an image file is, from its name, description and voxels; files that cannot be read become unusable."""
    name = _name(path)
    said = _said(path, name)
    with path.open("rb") as stream:
        uid = "file-" + hashlib.file_digest(stream, "sha256").hexdigest()
    kind = says_kind(said) or "unknown"
    if kind == "T1" and says_contrast(said):
        kind = "T1CE"
    series = Series(uid, name, _MODALITY_UNKNOWN, kind, (path,), (0, 0, 0), (0.0, 0.0, 0.0),
                    contrast=False if says_contrast(said) is False else None)
    try:
        volume = read_image(path)
    except StudyError as error:
        return replace(series, unusable=str(error))
    return _described(series, volume, said)


def _said(path: Path, name: str) -> tuple[str, ...]:
    """The words of the file name without BIDS subject and session, and, if they name no sequence, of the header."""
    said = words(re.sub(r"(?:sub|ses)-[A-Za-z0-9]+", " ", name))
    if says_kind(said) is not None or not is_nifti_name(path):
        return said
    try:
        return (*said, *words(read_nifti_header(path).description))
    except StudyError:
        return said


def _described(series: Series, volume: Volume, said: tuple[str, ...]) -> Series:
    spacing = (float(volume.spacing[0]), float(volume.spacing[1]), float(volume.spacing[2]))
    placed = replace(series, shape=volume.shape, spacing=spacing)
    unusable = (_mask_or_blank(volume.array, said) or _wrong_region(said)
                or suitability.coverage_problem(volume.shape, spacing))
    if unusable:
        return replace(placed, unusable=unusable, kind="other" if unusable == suitability.IS_MASK else placed.kind)
    return suitability.with_warnings(placed, *suitability.contrast_warnings(placed, says_contrast(said)),
                                     *suitability.thickness_warnings(spacing), *_missing_numbers(volume.array))


def _mask_or_blank(array: Array, said: tuple[str, ...]) -> str | None:
    if array.min() == array.max():
        return "All voxels of this image have the same value; it is not a scan."
    if has_few_labels(array) or (says_mask(said) and array.min() >= 0 and array.max() <= 1):
        return suitability.IS_MASK
    return None


def _wrong_region(said: tuple[str, ...]) -> str | None:
    elsewhere = names_elsewhere(said)
    return elsewhere and f"The file name says that this is another region ({elsewhere}), not the head; choose a T1CE."


def _missing_numbers(array: Array) -> tuple[str, ...]:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ()
    return (f"{int((~np.isfinite(array)).sum())} voxels hold no number (NaN or infinite); they are read as 0.",)


def has_few_labels(array: Array) -> bool:
    """Whether the voxels are at most MAX_MASK_LABELS distinct whole numbers above 0, and 0."""
    # A thin sample tells nearly every scan from a mask at once; only the rest is worth counting in full.
    sample = array[array.shape[0] // 2]
    return all(np.isfinite(some).all() and (some == np.rint(some)).all() and np.unique(some).size <= MAX_MASK_LABELS + 1
               for some in (sample, array))


def _name(path: Path) -> str:
    return re.sub(r"\.(nii|nii\.gz|nrrd|mha)$", "", path.name, flags=re.IGNORECASE)
