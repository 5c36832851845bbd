"""The radiotherapy planning scan (CT or MRI) registered to the scan that is drawn on, with a verdict.

Rigid, with six parameters: a dose keeps its millimetres, so the scale to the atlas must not be applied to it. Both
scans show the head in different contrasts, so nothing here rests on the correlation of their intensities
(planning_evidence.py).
"""

from dataclasses import dataclass, replace

import numpy as np

from rnapp.errors import PreparationError
from rnapp.preprocess.planned_head import Planned, Upright
from rnapp.preprocess.planning_evidence import Evidence, evidence_of
from rnapp.preprocess.registration import register_rigid
from rnapp.types import CancelToken, LoadedSeries, MatchQuality, Prepared, SimilarityTransform


@dataclass(frozen=True)
class _Limits:
    """The most mirrored, displaced (of the mutual information), size (beside 1), local_mm and bone_inside may be, and
    the least of outline and enclosed."""

    mirrored: float
    displaced: float
    outline: float
    size: float
    local_mm: float
    bone_inside: float
    enclosed: float


# Real heads in thick slices, T1, T2 and FLAIR on T1 after contrast: mirrored 0.60 to 0.71 and displaced 0.61 to 0.74
# for the right head, 0.87 to 0.96 and 0.91 to 0.93 for another one (docs/preparation.md). CT: synthetic heads only.
GOOD = _Limits(mirrored=0.75, displaced=0.8, outline=0.93, size=0.03, local_mm=2.0, bone_inside=0.002, enclosed=0.95)
REFUSED = _Limits(mirrored=0.95, displaced=0.9, outline=0.85, size=0.08, local_mm=5.0, bone_inside=0.03, enclosed=0.7)
# The skull makes the information fall faster, and parts of the uniform brain can slide along it.
GOOD_CT, REFUSED_CT = replace(GOOD, displaced=0.7, local_mm=3.0), replace(REFUSED, displaced=0.85, local_mm=6.0)


@dataclass(frozen=True, eq=False)
class PlanningMatch:
    """to_scan: planning LPS mm → the reference scan's own LPS mm, rigid."""

    to_scan: SimilarityTransform
    quality: MatchQuality


def register_planning(planning: LoadedSeries, prepared: Prepared, cancel: CancelToken) -> PlanningMatch:
    """A planning CT or MRI of the same head, in any position, registered to the reference scan.

    Raises PreparationError where it shows no head, or not this one (another patient, sides swapped), Cancelled.
    """
    scan, head = Upright.of(prepared), Planned.of(planning)
    cancel.check()
    rigid = register_rigid(scan.head, head.picture, scan.brain, cancel)
    quality = _verdict(evidence_of(scan, head.placed(rigid), cancel))
    return PlanningMatch(scan.to_native.after(rigid), quality)


def _verdict(evidence: Evidence) -> MatchQuality:
    """Raises PreparationError if the planning scan, so placed, cannot be of this head."""
    here, mirrored = (float(np.sqrt(1 - np.exp(-2 * one))) for one in (evidence.information, evidence.mirrored))
    if evidence.mirrored >= evidence.information:
        raise PreparationError(
            f"Expected left and right on the same sides of the planning scan and of the scan, but the planning scan "
            f"fits better mirrored ({mirrored:.2f} against {here:.2f}); check both series.")
    good, least = (GOOD, REFUSED) if evidence.bone_inside is None else (GOOD_CT, REFUSED_CT)
    if refused := [words for words, fits in _checks(evidence, least) if not fits]:
        raise PreparationError(f"Expected a planning scan of this patient's head, but it does not match: "
                               f"{'; '.join(refused)}. Check the patient and choose another one.")
    doubts = [words for words, fits in _checks(evidence, good) if not fits]
    sentence = ("The planning scan matches the scan; check that the brain's outline follows the brain on both."
                if not doubts else f"{'; '.join(doubts)}: check that this is the same patient and that the brain's "
                "outline follows the brain on both before using any dose.")
    return MatchQuality(here, mirrored, evidence.outline, evidence.size, not doubts,
                        sentence[0].upper() + sentence[1:], "mutual_information")


def _checks(evidence: Evidence, limits: _Limits) -> list[tuple[str, bool]]:
    """What is wrong, in words, and whether nothing is."""
    mirror, moved = evidence.mirrored / evidence.information, evidence.displaced / evidence.information
    checks = [(f"its mirror image fits nearly as well ({mirror:.0%})", mirror <= limits.mirrored),
             (f"it fits nearly as well displaced ({moved:.0%})", moved <= limits.displaced),
             (f"the outlines of the heads overlap poorly ({evidence.outline:.2f})", evidence.outline >= limits.outline),
             (f"parts of the brain would fit better {evidence.local_mm:.1f} mm away",
              evidence.local_mm <= limits.local_mm),
             (f"the sizes differ by about {abs(evidence.size - 1):.0%}", abs(evidence.size - 1) <= limits.size)]
    if evidence.bone_inside is not None and evidence.enclosed is not None:
        checks += [(f"its skull reaches into the brain ({evidence.bone_inside:.1%})",
                   evidence.bone_inside <= limits.bone_inside),
                  (f"its skull does not enclose the brain ({evidence.enclosed:.0%})",
                   evidence.enclosed >= limits.enclosed)]
    return checks
