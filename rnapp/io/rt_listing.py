"""The radiotherapy files of a study: doses as series that can be chosen, plans, structure sets and registrations."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rnapp.errors import StudyError
from rnapp.io.completeness import distinct
from rnapp.io.dicom_header import DICOM_ERRORS, Instance, open_dicom, tag_name, tag_number, tag_text
from rnapp.io.rt_dose_file import FRACTIONS, PARTS, WHOLE, DoseFile, read_dose_file
from rnapp.io.rt_plan import Plan, read_plan, with_target_names
from rnapp.io.rt_registration import read_links
from rnapp.io.rt_sum import asks, by_plan, may_be_added, refusal, told
from rnapp.io.rtstruct import structure_names
from rnapp.io.series_facts import day
from rnapp.types import Acquisition, RtKind, RtObject, Series

KINDS: dict[str, RtKind] = {"RTDOSE": "dose", "RTPLAN": "plan", "RTSTRUCT": "structures", "REG": "registration"}
_LABELS = ("RTPlanLabel", "StructureSetLabel", "ContentLabel")
_REFERENCES = ("ReferencedStructureSetSequence", "ReferencedRTPlanSequence")
_OBJECT_TAGS = (*_LABELS, *_REFERENCES, "FrameOfReferenceUID", "ReferencedFrameOfReferenceSequence")
_DAMAGED = "This file is damaged; export it again."
_CLASH = "Several different doses have the same UID, so it is not clear which is meant; export them again."
_MOST_PLANS = 4  # more of them in one frame are alternatives, not one course


@dataclass(frozen=True, eq=False)
class Radiotherapy:
    """series: the doses that can be chosen, of the kind "dose". objects: all radiotherapy files."""

    series: tuple[Series, ...] = ()
    objects: tuple[RtObject, ...] = ()


def rt_kind(instance: Instance) -> RtKind | None:
    """What a radiotherapy file is, None for any other."""
    return KINDS.get(instance.text("Modality").upper())


def list_radiotherapy(instances: Iterable[Instance]) -> Radiotherapy:
    """The radiotherapy files among these, each once."""
    by_kind: dict[RtKind, list[Instance]] = defaultdict(list)
    for instance in instances:
        if kind := rt_kind(instance):
            by_kind[kind].append(instance)
    sets = _once(by_kind["structures"])
    plans = [(one, _plan(one, sets)) for one in _once(by_kind["plan"])]
    objects = (*(_object(one, "plan", plan if isinstance(plan, str) else None) for one, plan in plans),
               *(_object(one, "structures", None) for one in sets),
               *(_object(one, "registration", _link_trouble(one)) for one in _once(by_kind["registration"])))
    known = [plan for _, plan in plans if isinstance(plan, Plan)]
    doses, clash = _doses(by_kind["dose"])
    return Radiotherapy(tuple(_dose_series(doses, known, clash)), (*(_dose_object(one) for one in doses), *objects))


def _once(instances: Sequence[Instance]) -> list[Instance]:
    """Each SOPInstanceUID of each patient once."""
    found = {(one.text("PatientID"), one.text("SOPInstanceUID") or str(one.path)): one for one in reversed(instances)}
    return list(reversed(found.values()))


def _plan(instance: Instance, sets: Sequence[Instance]) -> Plan | str:
    """What the plan says, its targets named as in its structure set; the sentence where it cannot be read."""
    try:
        plan = read_plan(instance.path)
    except StudyError as error:
        return str(error)
    own = next((one for one in sets if plan.structures and one.text("SOPInstanceUID") == plan.structures
                and one.text("PatientID") == plan.patient), None)
    return with_target_names(plan, structure_names(own.path)) if own else plan


def _link_trouble(instance: Instance) -> str | None:
    try:
        read_links(instance.path)
    except StudyError as error:
        return str(error)
    return None


# The objects.


def _object(instance: Instance, kind: RtKind, trouble: str | None) -> RtObject:
    """trouble: why it cannot be used, None where nothing is known against it."""
    try:
        label, frame, refers = _told(open_dicom(instance.path, _OBJECT_TAGS, pixels=False))
    except DICOM_ERRORS:
        label, frame, refers, trouble = "", "", (), trouble or _DAMAGED
    return RtObject(kind, instance.text("SOPInstanceUID"), instance.path,
                    tag_name(instance.header, "SeriesDescription") or label, day(instance), instance.text("PatientID"),
                    frame, refers, trouble)


def _told(header: Any) -> tuple[str, str, tuple[str, ...]]:
    """Label, frame of reference and what it refers to. Raises one of DICOM_ERRORS."""
    label = next((text for tag in _LABELS if (text := tag_name(header, tag))), "")
    frames = [header, *(header.get("ReferencedFrameOfReferenceSequence") or ())]
    frame = next((text for item in frames if (text := tag_text(item, "FrameOfReferenceUID"))), "")
    refers = (tag_text(item, "ReferencedSOPInstanceUID") for tag in _REFERENCES for item in header.get(tag) or ())
    return label, frame, tuple(uid for uid in refers if uid)


@dataclass(frozen=True, eq=False)
class _Dose:
    instance: Instance
    file: DoseFile


def _doses(instances: Sequence[Instance]) -> tuple[list[_Dose], dict[str, str]]:
    """Each file once, and for UIDs that several different doses share the sentence that says so."""
    found, clash = [], {}
    groups: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for number, one in enumerate(instances):
        groups[one.text("PatientID"), one.text("SOPInstanceUID") or f"no-uid-{number}"].append(one)
    for (_, uid), group in groups.items():
        once = distinct(group)
        if once.clash:
            clash[uid] = _CLASH
        found += [_Dose(one, _file(one)) for one in once.instances]
    return found, clash


def _file(instance: Instance) -> DoseFile:
    try:
        return read_dose_file(instance.path)
    except DICOM_ERRORS:
        empty: frozenset[tuple[int, int]] = frozenset()
        return DoseFile(instance.path, instance.text("SOPInstanceUID"), instance.text("PatientID"), "", "", "", "", (),
                        empty, empty, problem=_DAMAGED)


def _dose_object(dose: _Dose) -> RtObject:
    return RtObject("dose", dose.file.uid, dose.file.path, tag_name(dose.instance.header, "SeriesDescription"),
                    day(dose.instance), dose.file.patient, dose.file.frame, dose.file.plans, dose.file.problem)


# The doses that can be chosen.


def _dose_series(doses: Sequence[_Dose], plans: Sequence[Plan], clash: Mapping[str, str]) -> Iterator[Series]:
    """Each dose of a plan or fraction, the beams of each plan together, and the plans of one frame of reference
    together."""
    together: dict[tuple[str, ...], list[_Dose]] = defaultdict(list)
    for number, dose in enumerate(doses):
        file = dose.file
        if file.problem or file.summation not in PARTS:
            together[str(number),].append(dose)
        else:
            study = "" if file.plan else dose.instance.text("StudyInstanceUID")
            together[file.patient, file.frame, file.plan, study].append(dose)
    own: list[list[_Dose]] = list(together.values())
    for group in own:
        yield _series(group, _plans_of(group[0].file.patient, plans), clash)
    yield from _sums(own, plans, clash)


def _plans_of(patient: str, plans: Sequence[Plan]) -> dict[str, Plan]:
    """By their UIDs; a plan of another patient is nobody's here."""
    return {plan.uid: plan for plan in plans if plan.uid and plan.patient == patient}


def _sums(groups: Sequence[list[_Dose]], plans: Sequence[Plan], clash: Mapping[str, str]) -> Iterator[Series]:
    """One more for each patient and frame of reference in which several plans have one complete dose each."""
    courses: dict[tuple[str, str], list[list[_Dose]]] = defaultdict(list)
    for group in groups:
        file = group[0].file
        if file.frame and file.plan and not any(one.file.problem for one in group):
            courses[file.patient, file.frame].append(group)
    for (patient, _), course in courses.items():
        known = _plans_of(patient, plans)
        whole = [group for group in course if group[0].file.summation in WHOLE]
        beams = [group for group in course if group[0].file.summation in PARTS
                 and group[0].file.plan not in {one[0].file.plan for one in whole}]
        chosen = [dose for group in (*whole, *beams) for dose in group]
        if 2 <= len(whole) + len(beams) <= _MOST_PLANS and may_be_added([one.file for one in chosen], known):
            series = _series(chosen, known, clash)
            yield replace(series, uid=f"{series.uid}+{len(by_plan([one.file for one in chosen])) - 1}",
                          description="Sum of several plans")


def _series(doses: Sequence[_Dose], plans: Mapping[str, Plan], clash: Mapping[str, str]) -> Series:
    files = [dose.file for dose in doses]
    first, instance = files[0], doses[0].instance
    unusable = next((clash[one.uid] for one in files if one.uid in clash), None) or refusal(files, plans)
    label = next((plans[one.plan].label for one in files if one.plan in plans), "")
    return Series(
        uid=first.uid or f"dose-{instance.text('SeriesInstanceUID') or 'without-uid'}",
        description=tag_name(instance.header, "SeriesDescription") or label, modality="RTDOSE", kind="dose",
        files=tuple(one.path for one in files), shape=first.shape, spacing=first.spacing, date=day(instance),
        frame_of_reference=first.frame, unusable=unusable, patient=first.patient,
        cautions=() if unusable else (*asks(files, plans), *told(files)), study=instance.text("StudyInstanceUID"),
        number=int(tag_number(instance.header, "SeriesNumber") or 0), facts=tuple(_facts(files, plans)),
        acquisition=Acquisition(instances=tuple(one.uid for one in files)))


def _facts(files: Sequence[DoseFile], plans: Mapping[str, Plan]) -> Iterator[str]:
    """"60 Gy in 30 fractions", "photon", "2 beams" … in a few words each."""
    named = [plans[uid] for uid in by_plan(files) if uid in plans]
    yield " + ".join(map(prescription_words, named)) if named else "prescription unknown"
    yield from dict.fromkeys(plan.technique for plan in named if plan.technique in ("photon", "proton"))
    if len(groups := by_plan(files)) > 1:
        yield f"{len(groups)} plans"
    parts = sum(max(len(one.beams), len(one.setups), 1) for one in files if one.summation in PARTS)
    if parts:
        yield "1 beam" if parts == 1 else f"{parts} beams"
    if any(one.summation in FRACTIONS for one in files):
        yield "of one fraction or fraction group"
    if any(one.relative for one in files):
        yield "in per cent"


def prescription_words(plan: Plan) -> str:
    """"60 Gy in 30 fractions", as far as the plan says it."""
    dose = f"{plan.prescribed_gy:g} Gy" if plan.prescribed_gy else "prescription unknown"
    if not plan.fractions:
        return dose
    return f"{dose} in {plan.fractions} fraction{'' if plan.fractions == 1 else 's'}"
