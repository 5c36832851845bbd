"""What a series can be used for: a scan of a head, the planning scan of a dose, a dose. Values only, no files; which
one is proposed: rnapp.io.proposal."""

from dataclasses import replace

import numpy as np

from rnapp.types import Caution, Role, Series, note

# An adult brain measures about 140×170×120 mm (left-right, front-back, up-down). A slab that covers less than two
# thirds of the shortest of these can be neither registered nor stripped with confidence.
MIN_COVERAGE_MM = 80.0
# A head with shoulders fits in 500 mm; more is a whole-body scan or a header with wrong units.
MAX_COVERAGE_MM = 600.0
MAX_CT_MM = 1000.0  # planning CTs are reconstructed with the couch, and often down to the chest
# 80 mm in fewer slices would be 8 mm apart or more: a localiser or a partial export.
MIN_SLICES = 10
# Above this, small metastases fall between slices; the ViT's crops assume about 1 mm.
THICK_SLICE_MM = 3.0

NO_CONTRAST = "No contrast agent is recorded for this series; the models expect T1 after gadolinium."
CONTRAST_CODES = frozenset({"contrast_unclear", "no_contrast"})  # of the cautions on it
IS_MASK = "This is a mask, not a scan; load it in the lesion step."
IS_CT = "This is a CT, not an MR scan; choose an MRI of the head."
IS_DOSE = "This is a dose distribution, not an MR scan; choose an MRI of the head."
IS_NO_PLANNING = "This is a dose distribution, not the scan it was planned on; choose the planning CT or MRI."
IS_NO_DOSE = "This is not a dose; choose a DICOM dose (RTDOSE) or a NIfTI file of the dose in Gy."
SCAN = Role("scan", "Scan")  # the default use of a series


def role_problem(series: Series, role: Role) -> str | None:
    """The sentence why a series cannot be used for a role, or None. A planning scan is a CT or an MRI; a dose is a
    series of the kind "dose" or an image file (NIfTI, NRRD, MetaImage), which does not say what it holds."""
    if role.kind == "dose":
        return _dose_problem(series)
    if series.kind == "dose":
        return IS_DOSE if role.kind == "scan" else IS_NO_PLANNING
    if series.kind == "CT" and role.kind == "scan":
        return IS_CT
    return series.unusable


def _dose_problem(series: Series) -> str | None:
    if series.kind == "dose":
        return series.unusable
    if series.modality:
        return IS_NO_DOSE
    # A small dose grid may be too small for a head; whether it holds a dose is seen when it is read.
    return "This is a mask, not a dose; choose the dose in Gy." if series.unusable == IS_MASK else None


def coverage_problem(shape: tuple[int, int, int], spacing: tuple[float, float, float],
                     most_mm: float = MAX_COVERAGE_MM) -> str | None:
    """The sentence why a grid cannot hold a head, or None. shape: voxels; spacing: mm, same axes."""
    extent = np.round(np.array(shape) * np.array(spacing), 2)  # headers round, too
    if min(shape) < MIN_SLICES:
        return (f"This series has only {min(shape)} slice(s), but at least {MIN_SLICES} are needed; "
                "choose a series that covers the whole head.")
    if extent.min() < MIN_COVERAGE_MM:
        return (f"This series covers only {np.floor(extent.min() * 10) / 10:.1f} mm, but at least "
                f"{MIN_COVERAGE_MM:.0f} mm are needed; choose a series that covers the whole head.")
    if extent.max() > most_mm:
        return (f"This series covers {extent.max():.0f} mm, which is more than a head (at most "
                f"{most_mm:.0f} mm); choose a series of the head.")
    return None


def thickness_cautions(spacing: tuple[float, float, float]) -> tuple[Caution, ...]:
    """A caution where the slices are further apart than THICK_SLICE_MM."""
    if max(spacing) <= THICK_SLICE_MM:
        return ()
    return (note("thick_slices", f"The slices are {max(spacing):.1f} mm apart; small lesions and all measurements are "
                                 f"less certain than with slices of {THICK_SLICE_MM:.0f} mm or less."),)


def contrast_cautions(series: Series, recorded: bool | None, described: bool | None) -> tuple[Caution, ...]:
    """Cautions on the contrast agent of a series that may be analysed. recorded: what the header says of an agent;
    described: what the description says."""
    if series.kind not in ("T1CE", "T1", "unknown") or series.unusable:
        return ()
    if recorded and described is False:
        return (note("contrast_unclear", "A contrast agent is recorded for this series, but its description says that "
                                         "it was acquired before or without contrast; check that it is the T1 after "
                                         "gadolinium."),)
    if recorded is False and described:
        return (note("contrast_unclear", "The header of this series says that no contrast agent was given, but its "
                                         "description says that one was; check that it is the T1 after gadolinium."),)
    return () if series.kind == "T1CE" or series.contrast else (note("no_contrast", NO_CONTRAST),)


def region_caution(region: str) -> Caution:
    """For a series whose words name another part of the body, which for metastases may be the primary's."""
    return note("other_region", f"The header or name of this series mentions another region ({region}); check that it "
                                "shows the whole head.")


def with_cautions(series: Series, *cautions: Caution) -> Series:
    """The series with further cautions."""
    return replace(series, cautions=(*series.cautions, *cautions))
