"""Spatial registration files (PS3.3, A.39): how the millimetres of one frame of reference become those of another."""

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from rnapp.errors import GeometryError, StudyError
from rnapp.io.dicom_header import DICOM_ERRORS, open_dicom, tag_text
from rnapp.io.dicom_stream import check_complete
from rnapp.types import FloatArray, FrameLink, SimilarityTransform

REGISTRATION_CLASS = "1.2.840.10008.5.1.4.1.1.66.1"
DEFORMABLE_CLASS = "1.2.840.10008.5.1.4.1.1.66.3"
DEFORMABLE = ("This registration bends the picture (deformable), which is not used for a dose; export a rigid "
              "registration.")
NOT_RIGID = ("This registration stretches, shears or mirrors the picture, but a dose needs a rigid one (rotation and "
             "shift); export a rigid registration.")
_TAGS = ("SOPClassUID", "SOPInstanceUID", "FrameOfReferenceUID", "RegistrationSequence",
         "DeformableRegistrationSequence")
_RIGID = 1e-3  # tolerance for a matrix written with four digits
_SAME_MM = 1e-3


def read_links(path: Path) -> tuple[FrameLink, ...]:
    """From each frame of reference that the file names to each other, both ways: the matrix of an item maps the item's
    frame into the registered one.

    Raises StudyError for a damaged file, one that is no spatial registration or names images instead of frames, and
    GeometryError for a deformation or a matrix that is not rigid.
    """
    try:
        dataset = open_dicom(path, _TAGS, pixels=False)
        check_complete(dataset)
        kind = tag_text(dataset, "SOPClassUID")
        if kind == DEFORMABLE_CLASS or dataset.get("DeformableRegistrationSequence"):
            raise GeometryError(DEFORMABLE)
        if kind != REGISTRATION_CLASS:
            raise StudyError("This is no spatial registration; choose the DICOM registration (REG) between the frames "
                             "of reference of the dose and the scan.")
        return _links(dataset)
    except DICOM_ERRORS as error:
        raise StudyError("The registration is cut short or damaged; export it again.") from error


def _links(dataset: Any) -> tuple[FrameLink, ...]:
    registered = tag_text(dataset, "FrameOfReferenceUID")
    to_registered: dict[str, FloatArray] = {registered: np.eye(4)} if registered else {}
    for item in dataset.get("RegistrationSequence") or ():
        frame = tag_text(item, "FrameOfReferenceUID")
        if not frame:
            raise StudyError("This registration names images instead of frames of reference, which is not used; export "
                             "it with frames of reference.")
        matrix = _matrix(item)
        if frame in to_registered and np.abs(to_registered[frame] - matrix).max() > _SAME_MM:
            raise StudyError("This registration gives two different ways for one frame of reference; export it again.")
        to_registered[frame] = matrix
    if len(to_registered) < 2:
        raise StudyError("This registration does not link two frames of reference; export it again.")
    uid = tag_text(dataset, "SOPInstanceUID")
    return tuple(FrameLink(source, target, _rigid(np.linalg.inv(to_registered[target]) @ to_registered[source]), uid)
                 for source, target in permutations(to_registered, 2))


def _matrix(item: Any) -> FloatArray:
    """Of the item's frame into the registered one, 4×4."""
    matrices = [one for registration in item.get("MatrixRegistrationSequence") or ()
             for one in registration.get("MatrixSequence") or ()]
    if len(matrices) > 1:
        raise StudyError("This registration gives several matrices for one frame of reference, which is not used; "
                         "export it with one.")
    numbers = np.array(matrices[0].get("FrameOfReferenceTransformationMatrix"), dtype=np.float64)
    if numbers.size != 16 or not np.isfinite(numbers).all():
        raise ValueError("no matrix of 16 numbers")
    return _rigid(numbers.reshape(4, 4)).matrix


def _rigid(matrix: FloatArray) -> SimilarityTransform:
    """The rigid transform nearest to a matrix that was written with few digits. Raises GeometryError for any other."""
    turned = matrix[:3, :3]
    if (not np.allclose(turned.T @ turned, np.eye(3), atol=_RIGID) or np.linalg.det(turned) < 0
            or not np.allclose(matrix[3], (0, 0, 0, 1))):
        raise GeometryError(NOT_RIGID)
    u, _, vt = np.linalg.svd(turned)
    exact = matrix.copy()
    exact[:3, :3] = u @ vt
    return SimilarityTransform(exact)
