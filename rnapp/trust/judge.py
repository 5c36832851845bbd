"""From a task's own answer to the one that is shown: calibrated, adjusted to the centre, judged."""

from dataclasses import replace

from rnapp.errors import RnappError
from rnapp.trust.attention import weak
from rnapp.trust.calibrate import calibrated, calibrated_log_odds, checked_prior, moved, probability_of, shift
from rnapp.trust.verdict import judge
from rnapp.types import Answer, Calibration, Caution, Evidence, Likeness, Trust, Variation, note


def judged(answer: Answer, evidence: Evidence, calibration: Calibration | None, prior: float | None) -> Answer:
    """prior: None for that of the calibration. An answer of a model without a calibration is shown as the model gave
    it, if the reader confirms that, and is never called anything. Raises InputError for an impossible prior."""
    cautions = (*answer.cautions, *_unlike(evidence.likeness))
    if calibration is None:
        return replace(answer, cautions=(*cautions, *weak(answer), _uncalibrated()), trust=Trust("indeterminate"))
    calibration = calibration.of(answer.inputs)
    held = calibration.prior if prior is None else checked_prior(prior)
    by = shift(calibration, held)
    shown = calibrated(answer, calibration, held)
    if shown.prediction is None or answer.prediction is None:
        raise RnappError("Expected a number to judge, but the model gave none; read the case again.")
    trust = judge(
        shown.prediction,
        [Variation(what, probability_of(calibrated_log_odds(odds, calibration, held)))
         for what, odds in evidence.variations.items()],
        evidence.likeness, calibration,
        limits=(moved(calibration.limits[0], by), moved(calibration.limits[1], by)), prior=held,
        unadjusted=moved(shown.prediction.probability, -by))
    return replace(shown, cautions=(*cautions, *_fragile(trust), *weak(shown)), trust=trust)


def _uncalibrated() -> Caution:
    return Caution("model_not_calibrated", "confirm", "The numbers of this model were never compared with outcomes.",
                   "Use a bundle that was calibrated, or say why the bare number helps you.")


def _unlike(likeness: Likeness | None) -> tuple[Caution, ...]:
    if likeness is None or likeness.like:
        return ()
    return (Caution("unlike_training", "confirm",
                    f"This is unlike what the model has seen (distance {likeness.distance:.1f}; only "
                    f"{likeness.false_alarm:.0%} of cases held out from its training lie beyond "
                    f"{likeness.limit:.1f}).".replace("%", " %"),
                    "Check the scan and the outline; if both are right, say why a number helps all the same."),)


def _fragile(trust: Trust) -> tuple[Caution, ...]:
    if trust.steady is not False:
        return ()
    return (note("answer_fragile", "A slightly different outline or position would move this number far, or to another "
                                   "verdict, so neither outcome is named."),)
