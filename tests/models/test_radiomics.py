"""Radiomics: 1158 features, the same every time, independent of the axes, and as published."""

import csv
import logging
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from rnapp.errors import MaskError
from rnapp.geometry import from_sitk
from rnapp.models.radiomics import (
    FEATURE_COUNT,
    extract,
    features_with,
    settings_in_words,
    settings_sha256,
)
from rnapp.models.radiomics_limits import too_small
from rnapp.types import Volume

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "t1ce_head_two_lesions"


# The published values come from PyRadiomics 2.0, which built the surface mesh differently (0.1 % apart).
MESH = {f"original_shape_{name}" for name in ("MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity")}


@pytest.fixture(scope="module")
def features(crop):
    return extract(crop.t1ce, crop.mask)


def test_there_are_1158_features_and_they_repeat(crop, features):
    assert len(features) == FEATURE_COUNT
    assert extract(crop.t1ce, crop.mask) == features


def test_values_are_those_of_the_voxels_inside_the_mask(crop, features):
    inside = crop.t1ce.array[crop.mask.array]
    assert features["original_firstorder_Mean"] == pytest.approx(inside.mean(), rel=1e-5)
    assert features["original_firstorder_Maximum"] == pytest.approx(inside.max(), rel=1e-5)
    assert features["original_shape_VoxelVolume"] == crop.mask.array.sum()


def test_an_anisotropic_grid_is_measured_in_mm(crop):
    thick = np.diag([1.0, 1.0, 3.0, 1.0])
    values = features_with({"imageType": {"Original": {}}, "featureClass": {"shape": None}, "setting": {}},
                           Volume(crop.t1ce.array, thick), Volume(crop.mask.array, thick))
    assert values["original_shape_VoxelVolume"] == 3 * crop.mask.array.sum()
    assert values["original_shape_LeastAxisLength"] < 0.4 * values["original_shape_MajorAxisLength"]


def test_the_log_stays_quiet(crop, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        extract(crop.t1ce, crop.mask)
    assert not [record for record in caplog.records if record.name.startswith("radiomics")]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("box", [(0, 0, 0), (2, 3, 4), (30, 30, 1)])
def test_lesions_too_small_for_texture_are_refused(crop, box):
    mask = np.zeros(crop.mask.shape, bool)
    mask[20:20 + box[0], 20:20 + box[1], 20:20 + box[2]] = True
    lesion = crop.mask.with_array(mask)
    assert too_small(lesion)
    with pytest.raises(MaskError, match="cannot be read"):
        extract(crop.t1ce, lesion)


def test_the_smallest_lesion_that_is_allowed_gets_all_features(crop):
    mask = np.zeros(crop.mask.shape, bool)
    mask[20:23, 30:33, 40:43] = True
    assert not too_small(crop.mask.with_array(mask))
    assert len(extract(crop.t1ce, crop.mask.with_array(mask))) == FEATURE_COUNT


def test_the_settings_are_reported_as_they_are():
    words = settings_in_words()
    assert "1158 features (Original, Wavelet, LoG 1, 2, 3, 4 mm; shape, firstorder, glcm, glrlm, glszm, gldm)" in words
    assert "bin width 0.25" in words
    assert settings_sha256()[:12] in words


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="the real scans are not beside the checkout")
@pytest.mark.parametrize("family", ["firstorder", "shape", "glcm", "gldm", "glrlm", "glszm"])
def test_published_values_are_reproduced_through_our_volumes(family):
    image, mask = (from_sitk(sitk.ReadImage(str(DATA / f"brain1_{name}.nrrd"))) for name in ("image", "label"))
    with (DATA / "radiomics_baseline" / f"baseline_{family}.csv").open() as file:
        rows = {row["featureName"]: row["brain1"] for row in csv.DictReader(file)}
    expected = {name: float(value) for name, value in rows.items() if name.startswith("original_") and value}
    settings = {"imageType": {"Original": {}}, "featureClass": {family: None},
                "setting": {"binWidth": 25, "voxelArrayShift": 2000 if family == "firstorder" else 0,
                            "minimumROIDimensions": 1, "additionalInfo": False, "gldm_a": 0}}
    found = features_with(settings, image, mask.with_array((mask.array == 1).astype(np.uint8)))
    common = sorted((set(expected) & set(found)) - MESH)
    assert len(common) >= 10
    assert [found[name] for name in common] == pytest.approx([expected[name] for name in common], rel=1e-6)
