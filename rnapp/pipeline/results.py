"""What leaves the app: files for other programs, pictures for people, the report."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from rnapp.explain import contributions, dvh, occlusion, pictures, scene3d
from rnapp.explain.dose_slices import dose_slices as draw_slices
from rnapp.files import write_files
from rnapp.geometry import grid_like, resample
from rnapp.io.registration_note import registration_note
from rnapp.io.volumes import nifti_bytes
from rnapp.pipeline.prepare import native_brain_mask
from rnapp.pipeline.resources import Resources
from rnapp.report.dose_json import DOSE_FILE
from rnapp.report.pdf import CourseReport, ReportPictures, pdf
from rnapp.report.result_json import occlusion_file, preparation_result
from rnapp.report.result_json import result as result_json
from rnapp.timeline.dates import in_words
from rnapp.timeline.growth import growth
from rnapp.timeline.picture import course_png
from rnapp.timeline.rano import rano_response
from rnapp.types import STUDY, CaseResult, Course, DoseFigures, FloatArray, LesionSet, Prepared, Treatment, Volume

# What the files of one case take at most, several lesions and a report with them; usually a quarter of it.
RESULTS_BYTES = 64 * 1024**2
GY_STEPS, EFFECT_STEPS = 128, 8192  # per Gy and per unit of probability: far below what either is good for


def write_prepared(prepared: Prepared, out: Path) -> None:
    """preparation.json, ROLE_sri24.nii.gz for each scan and the dose, brain_mask.nii.gz and brain_mask_native.nii.gz:
    all, or none. Raises OSError."""
    write_files(out, {"preparation.json": json_bytes(preparation_result(prepared)), **_volumes(prepared)})


def write_results(result: CaseResult, out: Path, report: bytes | None = None) -> None:
    """result.json (docs/result_json.md), the volumes, on the SRI24 grid and back on the scan's own, and report.pdf
    where there is one: all, or none. Lesions are written where the question is about them or some were drawn, attention
    and occlusion where the model has any. Raises OSError."""
    attention = attention_volume(result)
    write_files(out, {
        "result.json": json_bytes(result_json(result)),
        **_volumes(result.prepared),
        **(_lesions(result) if result.question.unit == "lesion" or result.lesions.lesions else {}),
        **({} if attention is None else {"attention.nii.gz": nifti_bytes(attention)}),
        **{occlusion_file(hidden): nifti_bytes(one) for hidden, one in occlusion_volumes(result).items()},
        **({} if report is None else {"report.pdf": report})})


def attention_volume(result: CaseResult) -> Volume | None:
    """The attention of all answers on the SRI24 grid, float32 0..1, the stronger one where they overlap; None where no
    answer has any."""
    grid = result.prepared.head
    parts = [answer.attention for answer in result.reading.answers if answer.attention is not None]
    array = np.zeros(grid.shape, np.float32)
    for part in parts:
        start = np.round(grid.to_voxels(part.affine[None, :3, 3])[0]).astype(int)
        low, high = np.maximum(start, 0), np.minimum(start + part.shape, grid.shape)
        here = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        there = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
        array[here] = np.maximum(array[here], part.array[there])
    return grid_like(grid, array) if parts else None


def occlusion_volumes(result: CaseResult) -> dict[str, Volume]:
    """What was hidden → what that took, on the SRI24 grid, float32, 0 where nothing was hidden; of several answers the
    stronger effect where they overlap."""
    grid = result.prepared.head
    found: dict[str, FloatArray] = {}
    for answer in result.reading.answers:
        for hidden, effect in answer.occlusion.items():
            new = resample(effect, grid).array
            old = found.get(hidden, new)
            found[hidden] = np.where(np.abs(new) > np.abs(old), new, old)
    return {hidden: grid_like(grid, _rounded(array, EFFECT_STEPS)) for hidden, array in found.items()}


def _rounded(array: FloatArray, steps: int) -> FloatArray:
    """To so many steps per unit, a power of two: a smooth volume is a third as large on disk then."""
    return np.asarray(np.round(array * steps) / steps, dtype=np.float32)


# index: of an answer in result.reading.answers


def lesion_picture(result: CaseResult, index: int) -> bytes | None:
    """PNG of the lesion in three planes; None for an answer about a study."""
    number = result.reading.answers[index].lesion
    return None if number == STUDY else pictures.lesion_picture(result.prepared, result.lesions, number)


def attention_picture(result: CaseResult, index: int) -> bytes | None:
    """PNG of the attention on slices; None where the model has none."""
    return pictures.attention_picture(result.prepared, result.lesions, result.reading.answers[index])


def occlusion_picture(result: CaseResult, index: int, hidden: str = occlusion.ALL) -> bytes | None:
    """PNG of what hiding "all" inputs, or those of a role, did; None where the answer has no such map."""
    return occlusion.occlusion_picture(result.question, result.prepared, result.lesions,
                                       result.reading.answers[index], hidden)


def dose_slices(prepared: Prepared, lesions: LesionSet, number: int | None = None) -> bytes | None:
    """PNG of the isodoses through a lesion, or through the middle of the high dose; None where there is no dose."""
    return draw_slices(prepared, lesions, number)


def dose_curves(lesions: LesionSet, figures: DoseFigures | None) -> go.Figure | None:
    """The lesions' dose-volume curves; None where there is none."""
    return None if figures is None else dvh.dvh_figure(figures, _called(lesions))


def waterfall(result: CaseResult, index: int) -> go.Figure | None:
    """The contributions to one answer; None where it is withheld."""
    answer = result.reading.answers[index]
    return None if answer.prediction is None else contributions.waterfall(result.question, answer)


def scene(result: CaseResult, index: int) -> go.Figure:
    """Brain, lesions and the attention of one answer in 3D."""
    return scene3d.scene(result.prepared, result.lesions, result.reading.answers, index)


def report_pdf(result: CaseResult, resources: Resources, courses: Sequence[Course] = (),
               treatments: Sequence[Treatment] = ()) -> bytes:
    """The report as PDF; with courses also what became of the lesions over time."""
    indices, dose = range(len(result.reading.answers)), result.reading.dose
    return pdf(result, ReportPictures(
        quality=pictures.quality_picture(result.prepared, resources.atlas),
        lesions=tuple(lesion_picture(result, index) for index in indices),
        attention=tuple(attention_picture(result, index) for index in indices),
        waterfalls=tuple(contributions.waterfall_png(result.question, one) if one.contributions else None
                         for one in result.reading.answers),
        dose=_isodoses(result), curves=None if dose is None else dvh.dvh_png(dose, _called(result.lesions)),
        occlusion=tuple(png for png in _occlusions(result) if png is not None)),
        method=resources.task.method(), course=_course(courses, treatments) if courses else None)


def _course(courses: Sequence[Course], treatments: Sequence[Treatment]) -> CourseReport:
    rows = tuple((one.name, in_words(size.when), f"{size.volume_ml:.2f} ml", f"{size.longest_diameter_mm:.1f} mm",
                  f"{size.axial_diameter_mm:.1f} × {size.axial_perpendicular_mm:.1f} mm")
                 for one in courses for size in one.measurements)
    said = tuple(" ".join((f"{one.name}: {growth(one).sentence}", *one.notes)) for one in courses)
    return CourseReport(course_png(courses, treatments), rows, (*said, rano_response(courses).sentence))


def _isodoses(result: CaseResult) -> tuple[bytes, ...]:
    """Through each lesion, or through the high dose where none was drawn."""
    numbers: list[int | None] = [one.number for one in result.lesions.lesions]
    drawn = (dose_slices(result.prepared, result.lesions, number) for number in numbers or [None])
    return tuple(png for png in drawn if png is not None)


def _occlusions(result: CaseResult) -> Iterator[bytes | None]:
    """All inputs first, then one by one."""
    for index, answer in enumerate(result.reading.answers):
        for hidden in sorted(answer.occlusion, key=lambda name: name != occlusion.ALL):
            yield occlusion_picture(result, index, hidden)


def _called(lesions: LesionSet) -> dict[int, str]:
    return {one.number: f"Lesion {lesions.called(one.number)}" for one in lesions.lesions}


def json_bytes(content: object) -> bytes:
    """JSON for a file; what is no character (of a file's name, perhaps) stands there as JSON escapes it."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _volumes(prepared: Prepared) -> dict[str, bytes]:
    channels = {f"{role}_sri24.nii.gz": nifti_bytes(channel.image) for role, channel in prepared.channels.items()}
    placed = None if prepared.dose is None else prepared.dose.on_atlas
    dose = {} if placed is None else {DOSE_FILE: nifti_bytes(placed.with_array(_rounded(placed.array, GY_STEPS)))}
    return {**channels, **dose, "brain_mask.nii.gz": nifti_bytes(prepared.brain_mask),
            "brain_mask_native.nii.gz": nifti_bytes(native_brain_mask(prepared))}


def _lesions(result: CaseResult) -> dict[str, bytes]:
    return {"lesions.nii.gz": nifti_bytes(result.lesions.atlas, registration_note(result.prepared.to_atlas)),
            "lesions_native.nii.gz": nifti_bytes(result.lesions.native)}
