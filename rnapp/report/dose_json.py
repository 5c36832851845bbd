"""The dose in result.json."""

import math
from dataclasses import asdict
from typing import Any

from rnapp.report.dose_words import evidence
from rnapp.types import CaseResult, LesionDose

DOSE_FILE = "dose_sri24.nii.gz"


def dose_section(case: CaseResult) -> dict[str, Any] | None:
    """None if there is no dose on the scan; figures only if it may be used. No UID and no target name, which may
    identify a person."""
    placed, figures = case.prepared.dose, case.reading.dose
    if placed is None:
        return None
    path = placed.path
    return {
        "file": DOSE_FILE,
        "grid_spacing_mm": placed.dose.volume.spacing,
        "prescribed_gy": placed.dose.prescribed_gy,
        "fractions": figures.fractions if figures else placed.dose.fractions,
        "prescriptions": [{"dose_gy": one.dose_gy, "fractions": one.fractions, "technique": one.technique,
                           "typed": one.typed} for one in placed.dose.prescriptions],
        "path": {"via": path.via, "steps": path.steps, "dose_to_scan_lps_mm": path.to_scan.matrix,
                 "match": None if path.match is None else asdict(path.match)},
        "confirmed": None if placed.confirmed is None else asdict(placed.confirmed),
        "most_gy": figures.most_gy if figures else None,
        "months_since": figures.months_since if figures else None,
        "lesions": [_lesion(one) for one in figures.lesions] if figures else [],
        "brain": [asdict(one) for one in figures.brain] if figures else [],
        "evidence": [asdict(one) for one in evidence(case.question, figures)],
    }


def _lesion(one: LesionDose) -> dict[str, Any]:
    return {
        "number": one.lesion,
        **{name: _known(getattr(one, name)) for name in (
            "mean_gy", "least_gy", "most_gy", "d95_gy", "inside_95", "inside_50", "from_95_mm", "eqd2_mean_gy")},
        "unknown_share": one.unknown_share,
        "curve": None if one.curve is None else asdict(one.curve),
    }


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
