"""What leaves the app: files for other programs, pictures for people, the report."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from rnapp.explain import contributions, pictures, scene3d
from rnapp.files import write_files
from rnapp.geometry import grid_like
from rnapp.io.registration_note import registration_note
from rnapp.io.volumes import nifti_bytes
from rnapp.models.radiomics import settings_in_words
from rnapp.pipeline.prepare import native_brain_mask
from rnapp.pipeline.resources import Resources
from rnapp.report.pdf import CourseReport, ReportPictures, pdf
from rnapp.report.result_json import preparation_result, result
from rnapp.timeline.dates import in_words
from rnapp.timeline.growth import growth
from rnapp.timeline.picture import course_png
from rnapp.timeline.rano import rano_response
from rnapp.types import Course, Prepared, Reading, Treatment, Volume

# What the files of one case take at most, several lesions and a report with them; usually a quarter of it.
RESULTS_BYTES = 32 * 1024**2


def write_prepared(prepared: Prepared, out: Path) -> None:
    """preparation.json, t1ce_sri24.nii.gz, brain_mask.nii.gz and brain_mask_native.nii.gz: all, or none. Raises
    OSError."""
    write_files(out, {"preparation.json": json_bytes(preparation_result(prepared)), **_volumes(prepared)})


def write_results(reading: Reading, out: Path, report: bytes | None = None) -> None:
    """result.json (docs/result_json.md), the volumes, on the SRI24 grid and back on the scan's own, and report.pdf
    where there is one: all, or none. Raises OSError."""
    write_files(out, {
        "result.json": json_bytes(result(reading)),
        **_volumes(reading.prepared),
        "lesions.nii.gz": nifti_bytes(reading.lesion_set.atlas, registration_note(reading.prepared.to_atlas)),
        "lesions_native.nii.gz": nifti_bytes(reading.lesion_set.native),
        "attention.nii.gz": nifti_bytes(attention_volume(reading)),
        **({} if report is None else {"report.pdf": report})})


def attention_volume(reading: Reading) -> Volume:
    """The attention of all lesions on the SRI24 grid, float32 0..1; where cubes overlap, the stronger one."""
    grid = reading.prepared.head
    array = np.zeros(grid.shape, np.float32)
    for one in reading.lesions:
        start = np.round(grid.to_voxels(one.attention.affine[None, :3, 3])[0]).astype(int)
        low, high = np.maximum(start, 0), np.minimum(start + one.attention.shape, grid.shape)
        here = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        there = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
        array[here] = np.maximum(array[here], one.attention.array[there])
    return grid_like(grid, array)


def lesion_picture(reading: Reading, index: int) -> bytes:
    """PNG of the lesion in three planes."""
    return pictures.lesion_picture(reading.prepared, reading.lesions[index].lesion)


def attention_picture(reading: Reading, index: int) -> bytes:
    """PNG of the attention on slices."""
    return pictures.attention_picture(reading.prepared, reading.lesions[index])


def waterfall(reading: Reading, index: int) -> go.Figure:
    """The contributions of one lesion."""
    return contributions.waterfall(reading.lesions[index])


def scene(reading: Reading, index: int) -> go.Figure:
    """Brain, lesions and the attention of one lesion in 3D."""
    return scene3d.scene(reading.prepared, reading.lesions, index)


def report_pdf(reading: Reading, resources: Resources, courses: Sequence[Course] = (),
               treatments: Sequence[Treatment] = ()) -> bytes:
    """The report as PDF; with courses also what became of the lesions over time."""
    numbers = range(len(reading.lesions))
    return pdf(reading, ReportPictures(
        quality=pictures.quality_picture(reading.prepared, resources.atlas),
        lesions=tuple(lesion_picture(reading, index) for index in numbers),
        attention=tuple(attention_picture(reading, index) for index in numbers),
        waterfalls=tuple(contributions.waterfall_png(one) for one in reading.lesions)),
        method=settings_in_words(), course=_course(courses, treatments) if courses else None)


def _course(courses: Sequence[Course], treatments: Sequence[Treatment]) -> CourseReport:
    rows = tuple((one.name, in_words(size.when), f"{size.volume_ml:.2f} ml", f"{size.longest_diameter_mm:.1f} mm",
                  f"{size.axial_diameter_mm:.1f} × {size.axial_perpendicular_mm:.1f} mm")
                 for one in courses for size in one.measurements)
    said = tuple(" ".join((f"{one.name}: {growth(one).sentence}", *one.notes)) for one in courses)
    return CourseReport(course_png(courses, treatments), rows, (*said, rano_response(courses).sentence))


def json_bytes(content: object) -> bytes:
    """JSON for a file; what is no character (of a file's name, perhaps) stands there as JSON escapes it."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _volumes(prepared: Prepared) -> dict[str, bytes]:
    return {"t1ce_sri24.nii.gz": nifti_bytes(prepared.t1ce), "brain_mask.nii.gz": nifti_bytes(prepared.brain_mask),
            "brain_mask_native.nii.gz": nifti_bytes(native_brain_mask(prepared))}
