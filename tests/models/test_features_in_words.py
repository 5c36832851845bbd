"""Every feature of the models has words of its own, and the words say what the filter's axis and scale are."""

import numpy as np
import pytest
from radiomics.imageoperations import getLoGImage, getWaveletImage

from rnapp.errors import WeightsError
from rnapp.geometry import to_sitk
from rnapp.models.features_in_words import words_of
from rnapp.models.radiomics import FEATURE_COUNT, extract
from rnapp.models.stacker import VIT_COLUMN
from rnapp.types import Volume

GROUPS = {"shape", "intensity", "heterogeneity", "rim", "core"}
LONGEST = 62  # what a row of the waterfall shows of a label


@pytest.fixture(scope="module")
def names(crop):
    return list(extract(crop.t1ce, crop.mask))


def test_every_feature_has_words_and_no_two_have_the_same(names):
    found = [words_of(name) for name in names]
    assert len(names) == FEATURE_COUNT
    assert {one.group for one in found} == GROUPS
    assert len({one.label for one in found}) == FEATURE_COUNT
    assert max(len(one.label) for one in found) <= LONGEST


def test_no_jargon_reaches_the_reader(names):
    for name in names:
        label = words_of(name).label.lower()
        assert not [word for word in ("wavelet", "log-sigma", "glcm", "glrlm", "glszm", "gldm", "lhl", "_", "{")
                    if word in label]


@pytest.mark.parametrize(("name", "label"), [
    (VIT_COLUMN, "Image networks"),
    ("original_shape_Maximum3DDiameter", "Shape: longest diameter"),
    ("original_firstorder_Mean", "Intensity: mean"),
    ("original_glszm_SmallAreaLowGrayLevelEmphasis", "Heterogeneity: small dark patches"),
    ("original_gldm_LargeDependenceHighGrayLevelEmphasis", "Heterogeneity: even bright areas"),
    ("original_firstorder_Skewness", "Heterogeneity: balance of bright and dark"),
    ("wavelet-LLL_glcm_Contrast", "Heterogeneity, smoothed: contrast of neighbours"),
])
def test_words_of_some(name, label):
    assert words_of(name).label == label


@pytest.mark.parametrize("name", ["", "age", "original_firstorder_Nonsense", "wavelet-LLX_firstorder_Mean",
                                  "wavelet-LLH_shape_Sphericity", "log-sigma-9-0-mm-3D_firstorder_Mean",
                                  "original_ngtdm_Busyness", "original_glcm_RunVariance"])
def test_a_name_without_words_is_refused(name):
    with pytest.raises(WeightsError, match="no words"):
        words_of(name)


@pytest.mark.parametrize(("axis", "letters"), [(0, "LR"), (1, "AP"), (2, "SI")])
def test_the_axis_in_the_words_is_the_axis_of_the_detail(axis, letters):
    """Fine stripes along one axis of the crop are seen by the wavelet whose words name it, and by no other."""
    stripes = (np.indices((32, 32, 32))[axis] % 2).astype(np.float32)
    volume, mask = Volume(stripes, np.eye(4)), Volume(np.ones((32, 32, 32), np.uint8), np.eye(4))
    seen = {}
    for image, name, _ in getWaveletImage(to_sitk(volume), to_sitk(mask)):
        inside = to_array(image)[8:-8, 8:-8, 8:-8]
        seen[words_of(f"{name}_firstorder_Mean").label] = float(inside.std())
    loudest = max((label for label in seen if "detail" in label), key=seen.__getitem__)
    assert loudest == f"Heterogeneity, {letters} detail: mean"


@pytest.mark.parametrize(("group", "rim_level", "core_level"), [("rim", 4.0, 0.5), ("core", 0.5, 4.0)])
def test_rim_and_core_are_where_the_filters_respond(group, rim_level, core_level):
    """A lesion whose rim of 3 mm, or whose core, stands out: what is called so has its mean response there."""
    i, j, k = np.indices((48, 48, 48)) - 23.5
    radius = np.sqrt(i**2 + j**2 + k**2)
    scan = np.where(radius < 9, np.where(radius > 6, rim_level, core_level), 0.0).astype(np.float32)
    volume, mask = Volume(scan, np.eye(4)), Volume((radius < 9).astype(np.uint8), np.eye(4))
    shares = []
    for image, name, _ in getLoGImage(to_sitk(volume), to_sitk(mask), sigma=[1.0, 2.0, 3.0, 4.0]):
        values = to_array(image)
        rim, core = np.abs(values[(radius < 9) & (radius > 6)].mean()), np.abs(values[radius < 5].mean())
        if words_of(f"{name}_firstorder_Mean").group == group:
            shares.append({"rim": rim, "core": core}[group] / (rim + core))
    assert shares
    assert min(shares) > 0.55


def test_a_dark_spot_is_high_in_the_filter_that_calls_high_dark():
    i, j, k = np.indices((40, 40, 40)) - 20
    dark = -np.exp(-(i**2 + j**2 + k**2) / (2 * 3.0**2)).astype(np.float32)
    volume, mask = Volume(dark, np.eye(4)), Volume(np.ones((40, 40, 40), np.uint8), np.eye(4))
    image, name, _ = next(iter(getLoGImage(to_sitk(volume), to_sitk(mask), sigma=[3.0])))
    assert to_array(image)[20, 20, 20] > 0
    assert "dark" in words_of(f"{name}_gldm_HighGrayLevelEmphasis").label


def to_array(image):
    import SimpleITK as sitk

    return sitk.GetArrayFromImage(image)
