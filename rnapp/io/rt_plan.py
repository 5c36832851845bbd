"""RT plans, of photons, electrons, ions or sources (PS3.3, A.20 and A.49): what was prescribed, and with what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rnapp.errors import StudyError
from rnapp.io.dicom_header import DICOM_ERRORS, open_dicom, tag_name, tag_number, tag_text
from rnapp.io.dicom_stream import check_complete
from rnapp.types import Prescription, Technique

PLAN_TAGS = ("SOPInstanceUID", "PatientID", "RTPlanLabel", "DoseReferenceSequence", "FractionGroupSequence",
             "BeamSequence", "IonBeamSequence", "ReferencedStructureSetSequence")
# Imaging and set-up beams deliver no dose of the plan.
_TREATS = frozenset({"", "TREATMENT", "CONTINUATION"})
_TECHNIQUES: dict[str, Technique] = {"PHOTON": "photon", "PROTON": "proton"}
_HYDROGEN = (1.0, 1.0)
_MOST_GY = 1000.0
# A beam, or a set-up of sources, of a fraction group: their numbers.
Part = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """uid: SOPInstanceUID. prescriptions: one for each target. beams, setups: those that treat, as (fraction group,
    beam or application set-up). structures: SOPInstanceUID of its structure set, "" where it names none. targets: ROI
    number of each prescription's target in that, None where it has none."""

    uid: str
    patient: str
    label: str
    prescriptions: tuple[Prescription, ...]
    fractions: int | None
    technique: Technique
    beams: frozenset[Part] = frozenset()
    setups: frozenset[Part] = frozenset()
    structures: str = ""
    targets: tuple[int | None, ...] = ()

    @property
    def prescribed_gy(self) -> float | None:
        """The highest prescription, None where there is none."""
        return max((one.dose_gy for one in self.prescriptions if one.dose_gy is not None), default=None)


def read_plan(path: Path) -> Plan:
    """What a plan file says. Raises StudyError for a damaged one."""
    try:
        dataset = open_dicom(path, PLAN_TAGS, pixels=False)
        check_complete(dataset)
        return _plan(dataset)
    except DICOM_ERRORS as error:
        raise StudyError("The radiotherapy plan is cut short or damaged; export it again.") from error


def _plan(dataset: Any) -> Plan:
    groups = list(dataset.get("FractionGroupSequence") or ())
    planned = [tag_number(group, "NumberOfFractionsPlanned") for group in groups]
    fractions = int(planned[0]) if len(planned) == 1 and planned[0] and planned[0] >= 1 else None
    technique = _technique(dataset)
    targets = [item for item in dataset.get("DoseReferenceSequence") or () if _is_target(item)]
    structures = next(iter(dataset.get("ReferencedStructureSetSequence") or ()), None)
    return Plan(
        tag_text(dataset, "SOPInstanceUID"), tag_text(dataset, "PatientID"), tag_name(dataset, "RTPlanLabel"),
        tuple(Prescription(tag_name(item, "DoseReferenceDescription"), _gray(item), fractions, technique)
              for item in targets) or (Prescription(fractions=fractions, technique=technique),),
        fractions, technique, frozenset(_beams(dataset, groups)), frozenset(_setups(groups)),
        "" if structures is None else tag_text(structures, "ReferencedSOPInstanceUID"),
        tuple(_whole(item, "ReferencedROINumber") for item in targets))


def _is_target(item: Any) -> bool:
    """Whether it prescribes to a target; organs at risk have limits in the same place."""
    return tag_text(item, "DoseReferenceType").upper() == "TARGET"


def _gray(item: Any) -> float | None:
    dose = tag_number(item, "TargetPrescriptionDose")
    return dose if dose is not None and 0 < dose <= _MOST_GY else None


def _whole(item: Any, keyword: str) -> int | None:
    number = tag_number(item, keyword)
    return None if number is None else int(number)


def _treating(dataset: Any) -> list[Any]:
    """The beams that give the dose."""
    beams = (*(dataset.get("BeamSequence") or ()), *(dataset.get("IonBeamSequence") or ()))
    return [beam for beam in beams if tag_text(beam, "TreatmentDeliveryType").upper() in _TREATS]


def _technique(dataset: Any) -> Technique:
    """Of all beams that treat: one of them differing makes it "other"."""
    particles = {_particle(beam) for beam in _treating(dataset)}
    return particles.pop() if len(particles) == 1 else "other" if particles else "unknown"


def _particle(beam: Any) -> Technique:
    kind = tag_text(beam, "RadiationType").upper()
    atom = tag_number(beam, "RadiationMassNumber"), tag_number(beam, "RadiationAtomicNumber")
    if kind == "ION" and atom == _HYDROGEN:
        return "proton"
    return _TECHNIQUES.get(kind, "other") if kind else "unknown"


def _beams(dataset: Any, groups: list[Any]) -> Iterator[Part]:
    treating = {_whole(beam, "BeamNumber") for beam in _treating(dataset)}
    for group in groups:
        for item in group.get("ReferencedBeamSequence") or ():
            number = _whole(item, "ReferencedBeamNumber")
            if number is not None and number in treating:
                yield _whole(group, "FractionGroupNumber") or 0, number


def _setups(groups: list[Any]) -> Iterator[Part]:
    for group in groups:
        for item in group.get("ReferencedBrachyApplicationSetupSequence") or ():
            number = _whole(item, "ReferencedBrachyApplicationSetupNumber")
            if number is not None:
                yield _whole(group, "FractionGroupNumber") or 0, number


def with_target_names(plan: Plan, names: dict[int, str]) -> Plan:
    """The plan with the targets named as in its structure set. names: ROI number → name."""
    named = tuple(replace(one, target=names.get(number, one.target) if number is not None else one.target)
                  for one, number in zip(plan.prescriptions, plan.targets or (None,), strict=True))
    return replace(plan, prescriptions=named)
