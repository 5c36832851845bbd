"""NIfTI, NRRD and MetaImage files: their voxels, and the series they form."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnapp.errors import StudyError
from rnapp.io import proposal, suitability
from rnapp.io.labels import MAX_MASK_LABELS, counts, whole_numbers
from rnapp.io.metaimage import is_metaimage, open_metaimage
from rnapp.io.nifti_file import nifti_order, open_nifti
from rnapp.io.nrrd_file import open_nrrd
from rnapp.io.stored import DAMAGED, Stored, opened, read_stored
from rnapp.io.words import (
    names_elsewhere,
    names_far,
    says_contrast,
    says_dose,
    says_head,
    says_kind,
    says_mask,
    says_no_tissue,
    says_reformatted,
    words,
)
from rnapp.types import Array, Caution, Series, Volume, note

SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".mha")
_START_BYTES = 4096
_ONE_FILE = "save it as one .nii.gz, .nrrd or .mha file."
# Endings of formats that are known but not read, and what to do.
_NOT_READ = {
    (".hdr", ".img", ".hdr.gz", ".img.gz"): "A NIfTI or Analyze pair (.hdr and .img); convert it to one .nii.gz file.",
    (".nii.bz2", ".nii.xz", ".nii.zst"): "A NIfTI file in a compression that is not read; save it as .nii.gz.",
    (".nhdr",): f"An NRRD header with its voxels in a separate file; {_ONE_FILE}",
    (".mhd",): f"A MetaImage header with its voxels in a separate file; {_ONE_FILE}",
    (".raw", ".raw.gz", ".zraw"): f"Voxels with their header in a separate file (.mhd or .nhdr); {_ONE_FILE}",
    (".nrrd.gz", ".mha.gz"): f"An NRRD or MetaImage file that is compressed as a whole; {_ONE_FILE}",
    (".mgz", ".mgh"): "A FreeSurfer image; convert it to .nii.gz (mri_convert).",
    (".mnc", ".mnc.gz"): "A MINC image; convert it to .nii.gz (mnc2nii).",
    (".head", ".brik", ".brik.gz"): "An AFNI data set (.HEAD and .BRIK); convert it to .nii.gz (3dAFNItoNIFTI).",
    (".par", ".rec"): "A Philips PAR/REC pair; export the series as DICOM.",
    (".dcm.gz", ".dcm.bz2", ".ima.gz"): "A packed DICOM file; unpack it first.",
    (".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".7z", ".rar", ".iso"):
        "An archive of a kind that is not opened (only zip is); unpack it and choose its folder."}
_MODALITY_UNKNOWN = ""


def is_image_name(path: Path) -> bool:
    """Whether the name ends like an image file that can be read."""
    return path.name.lower().endswith(SUFFIXES)


def named_kind(path: Path) -> str | None:
    """One sentence about a file whose name says a format that rnapp knows but does not read, and what to do; else None.

    The name alone counts, so look first whether the file is DICOM, which may be named .img.
    """
    name = path.name.lower()
    return next((sentence for endings, sentence in _NOT_READ.items() if name.endswith(endings)), None)


def open_image(source: Path | bytes) -> Stored:
    """Where the voxels of a NIfTI (gzipped or not), NRRD or MetaImage file lie; known by its content, not its name.

    Raises StudyError for a file that does not exist, is damaged, holds colours, vectors, a time series or too many
    voxels, and GeometryError where left and right cannot be known.
    """
    with opened(source) as stream:
        start = stream.read(_START_BYTES)
    if not start:
        raise StudyError("The image file is empty; copy or export it again.")
    if start.startswith(b"\x1f\x8b"):
        return open_nifti(source, "gzip")
    if start.startswith(b"NRRD"):
        return open_nrrd(source)
    if nifti_order(start):
        return open_nifti(source)
    if is_metaimage(start):
        return open_metaimage(source)
    raise StudyError(DAMAGED)


def read_image(source: Path | bytes) -> Volume:
    """The voxels as stored (dtype kept where the header scales nothing) and the LPS affine of an image file.

    A fourth axis of length one is dropped. Raises StudyError and GeometryError as open_image does, and where the voxels
    are cut short, fail their checksum or do not fit the memory.
    """
    return read_stored(open_image(source))


def read_image_volume(path: Path) -> Volume:
    """The scan in a file: float32, voxels without a number (NaN, infinite) set to 0. Raises as read_image does."""
    volume = read_image(path)
    with np.errstate(over="ignore", invalid="ignore"):
        array = volume.array.astype(np.float32)
    return volume.with_array(np.nan_to_num(array, copy=False, nan=0.0, posinf=0.0, neginf=0.0))


def image_series(path: Path) -> Series:
    """What an image file is, from its name, description and voxels; files that cannot be read become unusable."""
    said = _said(path, "")
    series = Series(_uid(path), _name(path), _MODALITY_UNKNOWN, "unknown", (path,), (0, 0, 0), (0.0, 0.0, 0.0))
    try:
        image = open_image(path)
        said = _said(path, image.description)
        if image.segments:
            return replace(series, shape=image.shape, spacing=_spacing(image.grid), kind="other",
                           unusable=suitability.IS_MASK)
        if says_dose(_said(path, "")):
            return _dose(series, read_stored(image), said)
        return _described(_told(series, said), read_stored(image), said, image.notes)
    except StudyError as error:
        return replace(_told(series, said), unusable=str(error))


def _dose(series: Series, volume: Volume, said: tuple[str, ...]) -> Series:
    """A file that is named as a dose; whether it can be one in Gy is seen when it is read."""
    placed = replace(series, shape=volume.shape, spacing=_spacing(volume))
    if says_mask(said) and has_few_labels(volume.array):
        return replace(placed, kind="other", unusable=suitability.IS_MASK)
    return replace(placed, kind="dose", facts=("dose according to its name", "prescription unknown"))


def _told(series: Series, said: tuple[str, ...]) -> Series:
    """The series as described by words."""
    kind, contrast = says_kind(said) or "unknown", says_contrast(said)
    if kind == "T1" and contrast:
        kind = "T1CE"
    named = {True: "contrast in its name", False: "without contrast according to its name",
             None: "contrast not named"}[contrast]
    sort = {"T1CE": "T1", "unknown": "sequence unknown", "other": "another sequence"}.get(kind, kind)
    against = says_no_tissue(said) or (proposal.REFORMATTED if says_reformatted(said) else "")
    found = (sort, named, against, _other_region(said))
    return replace(series, kind=kind, contrast=contrast, facts=tuple(fact for fact in found if fact))


def _spacing(volume: Volume) -> tuple[float, float, float]:
    i, j, k = volume.spacing.tolist()
    return i, j, k


def _uid(path: Path) -> str:
    """Of the content, so that it stays when the file is moved; of the name where it cannot be read."""
    try:
        with opened(path) as stream:
            return "file-" + hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    except StudyError:
        return "file-" + hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()


def _said(path: Path, description: str) -> tuple[str, ...]:
    """The words of the file name without BIDS subject and session, and, if they name no sequence, of the header."""
    said = words(re.sub(r"(?:sub|ses)-[A-Za-z0-9]+", " ", _name(path)))
    return said if says_kind(said) is not None else (*said, *words(description))


def _described(series: Series, volume: Volume, said: tuple[str, ...], notes: tuple[str, ...]) -> Series:
    spacing = _spacing(volume)
    placed = replace(series, shape=volume.shape, spacing=spacing)
    unusable = _mask_or_blank(volume.array, said) or suitability.coverage_problem(volume.shape, spacing)
    if unusable:
        return replace(placed, unusable=unusable, kind="other" if unusable == suitability.IS_MASK else placed.kind)
    return suitability.with_cautions(
        placed, *suitability.contrast_cautions(placed, None, says_contrast(said)), *_region_cautions(said),
        *suitability.thickness_cautions(spacing), *_missing_numbers(volume.array),
        *(note("header_doubtful", sentence) for sentence in notes))


def _mask_or_blank(array: Array, said: tuple[str, ...]) -> str | None:
    low, high = np.fmin.reduce(array, axis=None), np.fmax.reduce(array, axis=None)  # ignoring NaN
    if low == high:
        return "All voxels of this image have the same value; it is not a scan."
    if has_few_labels(array) or (says_mask(said) and low >= 0 and high <= 1):
        return suitability.IS_MASK
    return None


def _other_region(said: tuple[str, ...]) -> str:
    """The fact that the words name another part of the body than the head, or ""."""
    if says_head(said) or not (elsewhere := names_elsewhere(said)):
        return ""
    far = names_far(said)
    return f"{proposal.FAR_REGION} ({far})" if far else f"{proposal.OTHER_REGION} ({elsewhere})"


def _region_cautions(said: tuple[str, ...]) -> tuple[Caution, ...]:
    elsewhere = names_elsewhere(said) if _other_region(said) else None
    return (suitability.region_caution(elsewhere),) if elsewhere else ()


def _missing_numbers(array: Array) -> tuple[Caution, ...]:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ()
    count = int((~np.isfinite(array)).sum())
    return (note("missing_numbers", f"{count} voxels are not numbers (NaN or infinite); they are read as 0."),)


def has_few_labels(array: Array) -> bool:
    """Whether the voxels are at most MAX_MASK_LABELS distinct whole numbers above 0, and 0."""
    # A sparse sample distinguishes nearly every scan from a mask at once; only the rest is counted, slice by slice.
    values: set[int] = set()
    for place in (array.shape[0] // 2, *range(array.shape[0])):
        whole = whole_numbers(array[place])
        if whole is None or len(values := values | counts(whole).keys()) > MAX_MASK_LABELS + 1:
            return False
    return True


def _name(path: Path) -> str:
    return re.sub(r"\.(nii|nii\.gz|nrrd|mha)$", "", path.name, flags=re.IGNORECASE)
