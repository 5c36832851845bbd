"""DICOM headers grouped into series, each with what it is and why it may not be used."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnapp.errors import GeometryError
from rnapp.io import agents, series_facts, suitability
from rnapp.io.acquisition import acquisition_of
from rnapp.io.completeness import Distinct, distinct, end_cautions
from rnapp.io.dicom_header import MEDIA_DIRECTORY, Instance, Unread, tag_number
from rnapp.io.dicom_region import Region, region_of
from rnapp.io.slices import stack_planes
from rnapp.io.words import says_contrast, says_kind, words
from rnapp.types import Caution, SequenceKind, Series, note

OBJECT_NAMES = {
    "MR": "an MR scan", "CT": "a CT", "PT": "a PET scan", "NM": "a nuclear medicine scan", "US": "an ultrasound",
    "CR": "an X-ray", "DX": "an X-ray", "MG": "a mammogram", "XA": "an angiogram", "SEG": "a segmentation",
    "RTSTRUCT": "a structure set", "RTDOSE": "a dose distribution", "RTPLAN": "a treatment plan",
    "SR": "a structured report", "KO": "a key object note", "PR": "a presentation state", "DOC": "a document",
    "OT": "a screenshot or another object", "SC": "a screenshot", "REG": "a registration"}
_ONE_SERIES = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
# Timings at 1.5 and 3 T (ms). Spin echo T1: TR below 1 s, short TE; T2: long TE. FLAIR nulls water near 2,000 to
# 2,500; MPRAGE inverts at about 900.
_T1_MAX_TR, _T1_MAX_TE, _T2_MIN_TE, _GRADIENT_MAX_TE, _FLAIR_MIN_TI = 1000.0, 30.0, 60.0, 12.0, 1600.0


@dataclass(frozen=True)
class Timing:
    """Sequence timings, ms; None where the header is silent."""

    tr: float | None
    te: float | None
    ti: float | None


def group_series(instances: Iterable[Instance], unread: Sequence[Unread] = ()) -> list[Series]:
    """One Series per SeriesInstanceUID, in the order of their first files. unread: files that could not be read, of
    which some may say which series misses them."""
    groups: dict[tuple[str, ...], list[Instance]] = defaultdict(list)
    for instance in instances:
        if instance.text("SOPClassUID") != MEDIA_DIRECTORY:
            # Files of two patients are never one series, whatever their UIDs say.
            groups[tuple(instance.text(tag) for tag in _ONE_SERIES)].append(instance)
    found = [distinct(group) for group in groups.values()]
    ends = end_cautions([one.instances for one in found], unread)
    return [_series(key[-1] or f"no-uid-{number}", one, missing)
            for number, (key, one, missing) in enumerate(zip(groups, found, ends, strict=True))]


def _series(uid: str, distinct_files: Distinct, missing: tuple[Caution, ...]) -> Series:
    """missing: the evidence of missing slices."""
    unique = distinct_files.instances
    first = unique[0]
    recorded, described = agents.recorded(first), says_contrast(_said(first))
    contrast = _contrast(recorded, described)
    kind = _kind(first)
    if kind == "T1" and (contrast or described):
        kind = "T1CE"
    region = region_of(first)
    shape, spacing, order, misfit = _geometry(unique)
    misfit = distinct_files.clash or misfit
    is_ct = first.text("Modality") == "CT"
    most = suitability.MAX_CT_MM if is_ct else suitability.MAX_COVERAGE_MM
    unusable = _wrong_object(first) or region.unusable or misfit or suitability.coverage_problem(shape, spacing, most)
    series = Series(
        uid=uid, description=first.text("SeriesDescription") or first.text("ProtocolName"),
        modality=first.text("Modality"), kind="CT" if is_ct else kind if first.text("Modality") == "MR" else "other",
        files=tuple(dict.fromkeys(unique[index].path for index in order)), shape=shape, spacing=spacing,
        contrast=contrast, date=series_facts.day(first), frame_of_reference=first.text("FrameOfReferenceUID"),
        unusable=unusable,
        patient=first.text("PatientID"), study=first.text("StudyInstanceUID"), time=series_facts.time_of_day(unique),
        number=int(tag_number(first.header, "SeriesNumber") or 0),
        acquisition=acquisition_of([unique[index] for index in order]), age=series_facts.age(first))
    series = replace(series, facts=(*series_facts.facts(first, series.kind, series.time, described), *region.facts))
    if unusable:
        return series
    return suitability.with_cautions(series, *suitability.contrast_cautions(series, recorded, described),
                                     *_cautions(series, region, distinct_files.copies), *missing)


def _contrast(recorded: bool | None, described: bool | None) -> bool | None:
    """One answer from header and words; evidence against an agent outweighs evidence for one."""
    return False if False in (recorded, described) else recorded or described


def _cautions(series: Series, region: Region, copies: int) -> tuple[Caution, ...]:
    said = f"{copies} file(s) of this series were given more than once; each was used once."
    copied = (note("files_repeated", said),) if copies else ()
    # Nothing is measured on a CT.
    thick = () if series.kind == "CT" else suitability.thickness_cautions(series.spacing)
    return (*region.cautions, *thick, *copied)


def _said(instance: Instance) -> tuple[str, ...]:
    """The words of the series description, or of the protocol where there is none."""
    return words(instance.text("SeriesDescription") or instance.text("ProtocolName"))


def _geometry(group: Sequence[Instance]) -> tuple[tuple[int, int, int], tuple[float, float, float], list[int],
                                                   str | None]:
    """Shape, spacing (mm), the file of each slice from the first to the last (as given where that is not known), and
    the sentence why they are no volume."""
    rows, columns = group[0].size
    shape = (columns, rows, sum(instance.frames for instance in group) if rows else 0)
    in_given_order = list(range(len(group)))
    if not all(instance.planes for instance in group):
        return shape, (0.0, 0.0, 0.0), in_given_order, (
            "The header of this series does not say where its images lie in the patient; export it again.")
    owners = [number for number, instance in enumerate(group) for _ in instance.planes]
    try:
        stack = stack_planes([plane for instance in group for plane in instance.planes])
    except GeometryError as error:
        return shape, (0.0, 0.0, 0.0), in_given_order, str(error)
    i, j, k = np.linalg.norm(stack.affine[:3, :3], axis=0)
    return stack.shape, (float(i), float(j), float(k)), [owners[index] for index in stack.order], None


def _wrong_object(instance: Instance) -> str | None:
    """Why the object is not an ordinary MR image or CT, judged by modality, image type and sequence."""
    modality = instance.text("Modality")
    if modality not in ("MR", "CT"):
        what = OBJECT_NAMES.get(modality, f"an object of kind {modality[:16] or 'unknown'}")
        return f"This is {what}, not an MR scan; choose an MRI of the head."
    image_type = instance.text("ImageType").upper().split("\\")
    if "MOSAIC" in image_type:
        return ("This is an echo-planar mosaic (functional or diffusion imaging), not an anatomical MRI; choose "
                "another series.")
    sequences = instance.text("ScanningSequence").upper().split("\\")
    if "EP" in sequences or instance.text("EchoPlanarPulseSequence").upper() == "YES":
        return ("This is an echo-planar series (functional, diffusion or perfusion), not an anatomical MRI; "
                "choose another series.")
    if instance.text("SamplesPerPixel") not in ("", "1") or instance.text("PhotometricInterpretation") not in (
            "", "MONOCHROME2"):
        return "This is a colour or inverted picture (a screenshot or map), not an MR scan; choose another series."
    return None


def _kind(instance: Instance) -> SequenceKind:
    """What the description says, else what the protocol, the image type or the timings say."""
    flavour = words(instance.text("ImageType"))
    if series_facts.no_tissue(instance) or says_kind(flavour) == "other" or instance.text("AngioFlag").upper() == "Y":
        return "other"
    contrast = words(instance.text("AcquisitionContrast").replace("FLUID_ATTENUATED", "flair"))
    spoken = (says_kind(words(instance.text("SeriesDescription"))), says_kind(words(instance.text("ProtocolName"))),
              says_kind(contrast), says_kind(flavour))
    return next((kind for kind in spoken if kind), None) or _kind_from_timing(instance)


def _kind_from_timing(instance: Instance) -> SequenceKind:
    timing = Timing(*(tag_number(instance.header, tag) for tag in ("RepetitionTime", "EchoTime", "InversionTime")))
    sequences = instance.text("ScanningSequence").upper().split("\\")
    if "EP" in sequences:
        return "other"
    if timing.te is None or timing.tr is None or not {"SE", "GR"} & set(sequences):
        return "unknown"
    if "GR" in sequences:
        return "T1" if timing.te <= _GRADIENT_MAX_TE else "other"
    return _spin_echo_kind(timing.tr, timing.te, timing.ti or 0.0)


def _spin_echo_kind(tr: float, te: float, ti: float) -> SequenceKind:
    if te >= _T2_MIN_TE:
        return "FLAIR" if ti >= _FLAIR_MIN_TI else "T2"
    if te <= _T1_MAX_TE and (tr <= _T1_MAX_TR or 0 < ti < _FLAIR_MIN_TI):
        return "T1"
    return "unknown"
