"""What leaves the app: files for other programs, pictures for people, the report."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from rnapp.explain import contributions, pictures, scene3d
from rnapp.geometry import grid_like
from rnapp.io.volumes import write_nifti
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


def write_prepared(prepared: Prepared, out: Path) -> None:
    """preparation.json, t1ce_sri24.nii.gz, brain_mask.nii.gz and brain_mask_native.nii.gz."""
    _write_json(preparation_result(prepared), out / "preparation.json")
    _write_volumes(prepared, out)


def write_results(reading: Reading, out: Path) -> None:
    """result.json (docs/result_json.md) and the volumes, on the SRI24 grid and back on the scan's own."""
    _write_json(result(reading), out / "result.json")
    _write_volumes(reading.prepared, out)
    write_nifti(reading.lesion_set.atlas, out / "lesions.nii.gz")
    write_nifti(reading.lesion_set.native, out / "lesions_native.nii.gz")
    write_nifti(attention_volume(reading), out / "attention.nii.gz")


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


def _write_volumes(prepared: Prepared, out: Path) -> None:
    write_nifti(prepared.t1ce, out / "t1ce_sri24.nii.gz")
    write_nifti(prepared.brain_mask, out / "brain_mask.nii.gz")
    write_nifti(native_brain_mask(prepared), out / "brain_mask_native.nii.gz")


def _write_json(content: object, path: Path) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
