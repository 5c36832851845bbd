"""What the models of this task cannot do with a prepared study."""

from collections.abc import Iterator

import numpy as np

from rnapp.tasks.rice.question import EVENT, POST_OP
from rnapp.trust.checks.given import same_scan
from rnapp.types import STUDY, Caution, Channel, LesionSet, PlacedDose, Prepared, note

LEAST_BRIGHT = 0.05  # twice what any part of the brain has by chance (rnapp/lesion/measure.py)
LEAST_KNOWN = 0.9  # share of the brain with a known dose, below which it is said what the models take the rest for
# Highest dose in the brain: glioblastoma is treated with 60 Gy as a rule, with hot spots of up to 107 %, in some trials
# with a boost to 75 Gy (Stupp et al. 2005; NRG-BN001).
USUAL_GY = (50.0, 75.0)


def cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    """Of the study; none for a lesion, about which nothing is answered. Of level "stop": one series for both scans."""
    if number != STUDY:
        return ()
    dose = prepared.dose if prepared.dose and prepared.dose.usable else None
    return (*_scans(prepared), *_dates(prepared), *(_dose(prepared, dose) if dose else _no_dose()),
            *_enhancement(lesions))


def _scans(prepared: Prepared) -> Iterator[Caution]:
    if POST_OP not in prepared.channels:
        yield note("no_post_op", "No scan from between surgery and radiotherapy was given, so the model cannot know "
                                 "what enhanced already then.")
    elif _same(prepared.channels[POST_OP], prepared.channels[EVENT]):
        yield Caution("same_scan_twice", "stop", "The same series was chosen as the scan with the new enhancement and "
                                                 "as the scan after surgery.", "Choose another one, or leave one out.")


def _same(first: Channel, other: Channel) -> bool:
    return same_scan(first.series, other.series, first.native.array, other.native.array)


def _dates(prepared: Prepared) -> Iterator[Caution]:
    """Dates may be wrong, or changed when names were removed: a person decides."""
    event = prepared.channels[EVENT].series.date
    post_op = prepared.channels[POST_OP].series.date if POST_OP in prepared.channels else ""
    dose = prepared.dose.dose.date if prepared.dose else ""
    if event and post_op and post_op >= event:
        yield _order(f"The scan after surgery ({post_op}) is not earlier than the scan with the new enhancement "
                     f"({event}).")
    if event and dose and event <= dose:
        yield _order(f"The scan with the new enhancement ({event}) is not later than the dose ({dose}), but it must "
                     "have been made after radiotherapy.")
    if post_op and dose and post_op > dose:
        yield _order(f"The scan after surgery ({post_op}) is later than the dose ({dose}), but it must have been made "
                     "before radiotherapy.")


def _order(sentence: str) -> Caution:
    return Caution("order_of_dates", "confirm", sentence, "Check that each series has the right role.")


def _no_dose() -> Iterator[Caution]:
    yield note("no_dose", "The model answers without the radiotherapy dose, the most informative input in the paper.")


def _dose(prepared: Prepared, dose: PlacedDose) -> Iterator[Caution]:
    inside = dose.on_atlas.array[prepared.brain_mask.array]
    known = np.isfinite(inside)
    if (share := float(known.mean())) < LEAST_KNOWN:
        yield note("dose_taken_for_zero", f"The dose is unknown for {1 - share:.0%} of the brain; the model takes it "
                                          "for 0 Gy there.".replace("%", " %"))
    most = float(inside[known].max()) if known.any() else 0.0
    if not USUAL_GY[0] <= most <= USUAL_GY[1]:
        yield note("dose_unusual", f"The highest dose in the brain is {most:.0f} Gy. The models know plans of about "
                                   "60 Gy for glioblastoma, and little of others.")


def _enhancement(lesions: LesionSet) -> Iterator[Caution]:
    """The model was made for patients with new enhancement; nobody has to outline it."""
    if lesions.lesions and max(one.bright_share for one in lesions.lesions) <= LEAST_BRIGHT:
        yield note("nothing_enhances", "Nothing that was outlined is brighter than nearly all of the brain: is there "
                                       "new enhancement? The models were made for patients who have it.")
