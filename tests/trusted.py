"""A calibration that changes no number, so that tests of numbers mean what they meant."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnapp.models.trust_card import ENTRY, calibration_entry
from rnapp.types import Calibration

# Numbers stay as the model gave them; from 60 % on the first outcome is named, up to 40 % the second.
PLAIN = Calibration(prior=0.5, slope=1.0, intercept=0.0, limits=(0.4, 0.6), level=0.9, cases=100, synthetic=True)
CARD_ENTRY: Mapping[str, object] = {ENTRY: calibration_entry(PLAIN)}


def calibrated(resources: Any, calibration: Calibration | None = PLAIN) -> Any:
    """The same with this calibration on the model's card."""
    model = resources.model
    return replace(resources, model=replace(model, card=replace(model.card, calibration=calibration)))


def without_evidence(resources: Any) -> Any:
    """The same whose task looks for no variations and no likeness: faster, and nothing is withheld for them."""
    return replace(resources, task=replace(resources.task, evidence=None))
