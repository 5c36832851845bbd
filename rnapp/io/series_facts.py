"""What a DICOM series is, in a few words each, and when it was made."""

import re
from collections.abc import Sequence

from rnapp.io import agents
from rnapp.io.dicom_header import Instance
from rnapp.io.kind_words import FAT, OPPOSED
from rnapp.io.proposal import DERIVED, REFORMATTED
from rnapp.io.words import says_no_tissue, says_reformatted, words

PHASE = "a phase image"
_AGE = re.compile(r"(\d{3})Y")
OLDEST = 110
_TIME = re.compile(r"([01]\d|2[0-3]):?([0-5]\d)(?::?([0-5]\d))?")
_COPIES = frozenset({"MPR", "CSA MPR", "CSAMPR", "REFORMATTED", "CSAPARALLEL", "RESAMPLED", "CPR"})
_COMPONENTS = {FAT: frozenset({"F", "FAT", "DIXON_FAT", "FAT_ONLY", "FATONLY"}), PHASE: frozenset({"P", "PHASE MAP"}),
               OPPOSED: frozenset({"OP", "OPP_PHASE", "OUT_PHASE", "OPPOSED_PHASE", "OPPOSED", "OUT_OF_PHASE", "OOP"})}


def no_tissue(instance: Instance) -> str:
    """"a subtraction", "a fat image" …, where image type, scan options or description say so, "" otherwise."""
    flavour = image_type(instance)
    for what, components in _COMPONENTS.items():
        if components & set(flavour[2:]):
            return what
    described = words(instance.text("SeriesDescription") or instance.text("ProtocolName"))
    found = (says_no_tissue(words(text)) for text in (" ".join(flavour), instance.text("ScanOptions")))
    return next((one for one in found if one), says_no_tissue(described)) or ""


def copied(instance: Instance) -> str:
    """That the series is a copy of another one on other planes, or marked as derived from another, "" otherwise."""
    flavour = set(image_type(instance))
    described = words(instance.text("SeriesDescription") or instance.text("ProtocolName"))
    if flavour & _COPIES or says_reformatted(described):
        return REFORMATTED
    return DERIVED if {"DERIVED", "SECONDARY"} <= flavour else ""


def image_type(instance: Instance) -> list[str]:
    """The components of ImageType, upper case."""
    return [part.strip().upper() for part in instance.text("ImageType").split("\\")]


def facts(instance: Instance, kind: str, time: str, described: bool | None) -> tuple[str, ...]:
    """Kind, dimensions, contrast agent, time of day and what counts against it; unknown facts are left out."""
    sort = {"T1CE": "T1", "unknown": "sequence unknown", "other": "another sequence"}.get(kind, kind)
    dimensions = instance.text("MRAcquisitionType").upper()
    against = no_tissue(instance) or copied(instance)
    agent = "" if kind == "CT" else _agent(instance, described)
    facts = (sort, dimensions if dimensions in ("2D", "3D") else "", agent, time[:5], against)
    return tuple(fact for fact in facts if fact)


def _agent(instance: Instance, described: bool | None) -> str:
    recorded = agents.recorded(instance)
    if described is False:
        return "without contrast according to its description"
    if recorded:
        name = agents.agent_name(instance)
        return f"agent recorded: {name}" if name else "agent recorded"
    if described:
        return "contrast in its description"
    return "agent entry unclear" if recorded is None and instance.text("ContrastBolusAgent") else "no agent recorded"


def day(instance: Instance) -> str:
    """The day of the scan, ISO 8601, "" if unknown."""
    days = (instance.text("AcquisitionDateTime")[:8],
            *(instance.text(tag) for tag in ("AcquisitionDate", "SeriesDate", "StudyDate")))
    day = next((one for one in days if len(one) == 8 and one.isdigit()), "")
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""


def age(instance: Instance) -> int | None:
    """Of the patient on the day of the scan, whole years: from the date of birth, else as the file says. None where
    neither is known or the dates were changed (nobody is that old)."""
    born, scanned, said = instance.text("PatientBirthDate"), day(instance), _AGE.fullmatch(instance.text("PatientAge"))
    if len(born) == 8 and born.isdigit() and scanned:
        years = int(scanned[:4]) - int(born[:4]) - (scanned[5:].replace("-", "") < born[4:])
    elif said:
        years = int(said[1])
    else:
        return None
    return years if 0 < years <= OLDEST else None


def time_of_day(instances: Sequence[Instance]) -> str:
    """When the acquisition began, HH:MM:SS, or the series where that is not known; "" if neither is."""
    for tag, start in (("AcquisitionDateTime", 8), ("AcquisitionTime", 0), ("SeriesTime", 0)):
        found = [_TIME.match(text[start:]) for one in instances if (text := one.text(tag))]
        if times := [":".join(part or "00" for part in match.groups()) for match in found if match]:
            return min(times)
    return ""
