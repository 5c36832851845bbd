"""What leaves the app of a study with a dose and maps of occlusion: files, pictures and a report, with and without
drawn lesions."""

import dataclasses
import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnapp.geometry import grid_like
from rnapp.io.volumes import read_nifti_bytes
from rnapp.pipeline.results import (
    dose_curves,
    dose_slices,
    occlusion_picture,
    occlusion_volumes,
    report_pdf,
    write_prepared,
    write_results,
)
from rnapp.types import CaseResult, Volume
from tests.explain.rice import effect, metastasis_with_dose, rice_result
from tests.explain.synthetic import LEFT, RIGHT, atlas, lps_grid, result_of
from tests.report.test_pdf import pages

GRID = lps_grid(8.0)
RESOURCES = SimpleNamespace(atlas=atlas(GRID), task=SimpleNamespace(method=lambda: "Five networks."))
MADE = {"drawn": lambda: rice_result([LEFT, RIGHT], grid=GRID), "bare": lambda: rice_result(grid=GRID),
        "surgery": lambda: metastasis_with_dose(grid=GRID)}


@cache
def of(name: str) -> CaseResult:
    """Made once, when a test asks for it: two drawn lesions, or bare of any, or radiosurgery."""
    return MADE[name]()


def read(folder: Path, name: str) -> Volume:
    return read_nifti_bytes((folder / name).read_bytes())


@pytest.mark.parametrize(("name", "lesions"), [("drawn", True), ("bare", False)])
def test_a_study_with_a_dose(name: str, lesions: bool, tmp_path: Path) -> None:
    case = of(name)
    write_results(case, tmp_path)
    written = {path.name for path in tmp_path.iterdir()}
    assert {"dose_sri24.nii.gz", "occlusion.nii.gz", "occlusion_dose.nii.gz", "event_sri24.nii.gz"} <= written
    assert ("lesions.nii.gz" in written) is lesions
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["dose"]["file"] in written
    assert set(result["study"]["occlusion"].values()) <= written
    dose = read(tmp_path, "dose_sri24.nii.gz")
    given = case.prepared.dose.on_atlas.array
    np.testing.assert_array_equal(np.isnan(dose.array), np.isnan(given))
    assert np.nanmax(np.abs(dose.array - given)) < 0.01, "in Gy"
    peak = dose.to_mm(np.argwhere(dose.array == np.nanmax(dose.array)).mean(axis=0)[None])[0]
    np.testing.assert_allclose(peak, LEFT, atol=8)


def test_a_case_without_any_of_it_writes_none_of_it(tmp_path: Path) -> None:
    write_results(result_of(1, grid=GRID), tmp_path)
    assert not [path.name for path in tmp_path.iterdir() if "dose" in path.name or "occlusion" in path.name]
    write_prepared(of("bare").prepared, tmp_path / "prepared")
    assert (tmp_path / "prepared" / "dose_sri24.nii.gz").is_file()


def test_occlusion_lies_where_it_was_found_whatever_its_grid() -> None:
    found = occlusion_volumes(of("bare"))["all"]
    assert found.same_grid(grid_like(GRID, found.array))
    strongest = found.to_mm(np.array(np.unravel_index(found.array.argmax(), found.shape), float)[None])[0]
    np.testing.assert_allclose(strongest, LEFT, atol=8)
    assert found.array.min() < 0, "what hiding added stays"
    two = dataclasses.replace(of("bare").reading.answers[0], occlusion={"all": effect(RIGHT, 0.4)})
    both = dataclasses.replace(of("bare"), reading=dataclasses.replace(of("bare").reading,
                                                                 answers=(*of("bare").reading.answers, two)))
    assert occlusion_volumes(both)["all"].array.max() > 1.5 * found.array.max()


@pytest.mark.parametrize(("name", "least"), [("bare", 3), ("surgery", 3)])
def test_the_report_has_everything(name: str, least: int) -> None:
    assert pages(report_pdf(of(name), RESOURCES)) >= least


def test_pictures_for_the_screen() -> None:
    drawn, bare = of("drawn"), of("bare")
    assert dose_slices(drawn.prepared, drawn.lesions, 1) != dose_slices(drawn.prepared, drawn.lesions)
    assert dose_slices(result_of(1, grid=GRID).prepared, drawn.lesions) is None
    assert [trace.name for trace in dose_curves(drawn.lesions, drawn.reading.dose).data] == ["Lesion 1", "Lesion 2"]
    assert dose_curves(bare.lesions, bare.reading.dose) is dose_curves(bare.lesions, None) is None
    assert occlusion_picture(bare, 0).startswith(b"\x89PNG")
    assert occlusion_picture(bare, 0, "event") is None
