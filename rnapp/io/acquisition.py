"""How a DICOM series was acquired, as its header says. PS3.3, C.8.3.1 and C.8.13.5 (enhanced objects)."""

from collections.abc import Sequence
from typing import Any

from rnapp.io import agents
from rnapp.io.dicom_header import DICOM_ERRORS, Instance, tag_name, tag_number
from rnapp.types import Acquisition

# Where enhanced multi-frame objects keep a timing: sequence in the functional groups, and the tag in it.
_REPETITION = ("RepetitionTime", "MRTimingAndRelatedParametersSequence", "RepetitionTime")
_ECHO = ("EchoTime", "MREchoSequence", "EffectiveEchoTime")
_INVERSION = ("InversionTime", "MRModifierSequence", "InversionTimes")


def acquisition_of(slices: Sequence[Instance]) -> Acquisition:
    """slices: the file of each slice, at least one, in slice order; a file with several slices is repeated.

    The agent is named only if it is a known one: free text may hold anything, including a person's name.
    """
    header = slices[0].header
    instances = tuple(one.text("SOPInstanceUID") for one in slices)
    makers = (tag_name(header, tag) for tag in ("Manufacturer", "ManufacturerModelName"))
    return Acquisition(
        instances=instances if all(instances) else (), contrast_agent=agents.agent_name(slices[0]),
        repetition_time_ms=_timing(header, *_REPETITION), echo_time_ms=_timing(header, *_ECHO),
        inversion_time_ms=_timing(header, *_INVERSION), field_strength_t=tag_number(header, "MagneticFieldStrength"),
        scanner=" ".join(one for one in makers if one))


def _timing(header: Any, tag: str, sequence: str, enhanced: str) -> float | None:
    """The object's value, or else its frames' (ms); None if neither has one."""
    plain = tag_number(header, tag)
    if plain is not None:
        return plain
    try:
        groups = [*(header.get("SharedFunctionalGroupsSequence") or []),
                  *(header.get("PerFrameFunctionalGroupsSequence") or [])[:1]]
        items = [item for group in groups for item in group.get(sequence) or []]
        return next((value for item in items if (value := tag_number(item, enhanced)) is not None), None)
    except DICOM_ERRORS:
        return None
