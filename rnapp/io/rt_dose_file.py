"""What the header of an RTDOSE file says (PS3.3, C.8.8.3), and whether it holds a usable dose."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnapp.errors import GeometryError
from rnapp.io.dicom_header import open_dicom, tag_number, tag_text
from rnapp.io.rt_grid import GRID_TAGS, geometry_of
from rnapp.io.rt_plan import Part

_TAGS = (*GRID_TAGS, "SOPInstanceUID", "PatientID", "DoseUnits", "DoseType", "DoseSummationType",
         "ReferencedRTPlanSequence")
# PLAN: of all fraction groups of a plan; the others are sums that the planning system made, or say nothing.
WHOLE = frozenset({"PLAN", "MULTI_PLAN", "PLAN_OVERVIEW", ""})
# Of one beam or one application set-up, or of some.
PARTS = frozenset({"BEAM", "BRACHY"})
# One fraction group by the standard, one fraction in some programs.
FRACTIONS = frozenset({"FRACTION", "FRACTION_SESSION"})
RELATIVE, EFFECTIVE = "RELATIVE", "EFFECTIVE"
IS_ERROR = ("This is a difference between doses (an error dose), not the delivered dose; choose the dose of the plan.")
NO_GRID = "This dose file holds only curves or points, no dose grid; export the dose grid."


@dataclass(frozen=True)
class DoseFile:
    """uid: SOPInstanceUID; patient: PatientID; frame: frame of reference. units, kind, summation: DoseUnits, DoseType
    and DoseSummationType, upper case, "" where the file does not say. plans: SOPInstanceUIDs that it refers to; beams,
    setups: the parts of the plan that it is the dose of. shape, spacing: of the regular grid, (i, j, k), mm. problem:
    the sentence why it cannot be used, None where it can."""

    path: Path
    uid: str
    patient: str
    frame: str
    units: str
    kind: str
    summation: str
    plans: tuple[str, ...]
    beams: frozenset[Part]
    setups: frozenset[Part]
    shape: tuple[int, int, int] = (0, 0, 0)
    spacing: tuple[float, float, float] = (0.0, 0.0, 0.0)
    problem: str | None = None

    @property
    def plan(self) -> str:
        """Of the one plan that it is the dose of, "" where it names none or several."""
        return self.plans[0] if len(self.plans) == 1 else ""

    @property
    def relative(self) -> bool:
        """Whether the values are shares of a dose that is not in the file."""
        return self.units == RELATIVE


def read_dose_file(path: Path) -> DoseFile:
    """Read without its voxels; an unusable one says why. Raises one of DICOM_ERRORS for a file that is no DICOM."""
    header = open_dicom(path, _TAGS, pixels=False)
    shape, spacing, problem = _grid(header)
    units, kind, summation = (tag_text(header, tag).upper() for tag in ("DoseUnits", "DoseType", "DoseSummationType"))
    references = list(header.get("ReferencedRTPlanSequence") or ())
    plans = (tag_text(item, "ReferencedSOPInstanceUID") for item in references)
    uid, patient, frame = (tag_text(header, tag) for tag in ("SOPInstanceUID", "PatientID", "FrameOfReferenceUID"))
    return DoseFile(
        path, uid, patient, frame, units, kind, summation, tuple(dict.fromkeys(plan for plan in plans if plan)),
        frozenset(_parts(references, "ReferencedBeamSequence", "ReferencedBeamNumber")),
        frozenset(_parts(references, "ReferencedBrachyApplicationSetupSequence",
                         "ReferencedBrachyApplicationSetupNumber")),
        shape, spacing, problem or _unusable(units, kind, summation))


def _grid(header: Any) -> tuple[tuple[int, int, int], tuple[float, float, float], str | None]:
    """Shape, spacing, and the sentence why they are no grid."""
    nothing = (0, 0, 0), (0.0, 0.0, 0.0)
    if not tag_number(header, "Rows"):
        return *nothing, NO_GRID
    try:
        geometry = geometry_of(header)
    except GeometryError as error:
        return *nothing, str(error)
    planes = geometry.planes
    return geometry.shape, (geometry.spacing[1], geometry.spacing[0], float(planes[1] - planes[0])), None


def _unusable(units: str, kind: str, summation: str) -> str | None:
    """Why a dose of this kind is never used."""
    if kind == "ERROR":
        return IS_ERROR
    if units not in ("GY", RELATIVE):
        said = f"this file says “{units[:16]}”" if units else "this file does not say what it holds"
        return f"Expected a dose in Gy, or relative to one, but {said}; export the dose in Gy."
    if kind not in ("PHYSICAL", EFFECTIVE, ""):
        return f"Expected a physical or effective dose, but this file says “{kind[:16]}”; export the dose of the plan."
    if summation not in WHOLE | PARTS | FRACTIONS:
        return (f"This is the dose of a part of a treatment that is not used (“{summation[:16]}”); export the dose of "
                "the whole plan.")
    return None


def _parts(references: list[Any], sequence: str, number: str) -> Iterator[Part]:
    for plan in references:
        for group in plan.get("ReferencedFractionGroupSequence") or ():
            for item in group.get(sequence) or ():
                found = tag_number(item, number)
                if found is not None:
                    yield int(tag_number(group, "ReferencedFractionGroupNumber") or 0), int(found)
