"""The few features a bundle uses: the very values of the full extraction, each filter once for all outlines."""

import numpy as np
import pytest
from scipy import ndimage

from rnapp.errors import MaskError
from rnapp.models.radiomics import extract
from rnapp.models.radiomics_wanted import filtered, measured
from rnapp.types import Volume

# Of each class and of each kind of filter.
COLUMNS = (
    "vit_probability", "age", "sex=female", "original_shape_Sphericity", "original_firstorder_Mean",
    "original_glcm_Autocorrelation", "wavelet-LLH_glszm_LargeAreaHighGrayLevelEmphasis", "wavelet-LLL_glcm_Contrast",
    "wavelet-HLL_gldm_LargeDependenceHighGrayLevelEmphasis", "log-sigma-1-0-mm-3D_firstorder_Skewness",
    "log-sigma-4-0-mm-3D_glrlm_LongRunLowGrayLevelEmphasis")
FEATURES = COLUMNS[3:]


def grown(mask):
    return Volume(ndimage.binary_dilation(mask.array), mask.affine)


def test_the_wanted_features_have_the_values_of_the_full_extraction_for_every_outline_on_the_scan(crop):
    seen = filtered(crop.t1ce, COLUMNS)
    for mask in (crop.mask, grown(crop.mask)):
        every = extract(crop.t1ce, mask)
        assert measured(seen, mask) == {name: every[name] for name in FEATURES}


def test_another_outline_has_other_values(crop):
    seen = filtered(crop.t1ce, COLUMNS)
    before, after = measured(seen, crop.mask), measured(seen, grown(crop.mask))
    assert all(before[name] != after[name] for name in FEATURES)


def test_all_1158_features_can_be_wanted(crop):
    every = extract(crop.t1ce, crop.mask)
    found = measured(filtered(crop.t1ce, every), crop.mask)
    assert found.keys() == every.keys()
    assert np.array_equal([found[name] for name in every], list(every.values()), equal_nan=True)


def test_only_what_is_wanted_is_filtered(crop):
    assert set(filtered(crop.t1ce, COLUMNS).images) == {
        "original", "wavelet-LLH", "wavelet-LLL", "wavelet-HLL", "log-sigma-1-0-mm-3D", "log-sigma-4-0-mm-3D"}
    assert set(filtered(crop.t1ce, ("age",)).images) == {"original"}


def test_fewer_features_of_the_same_filtered_scans_have_the_same_values(crop):
    seen = filtered(crop.t1ce, COLUMNS)
    every, fewer = measured(seen, crop.mask), ("original_firstorder_Mean", "wavelet-LLL_glcm_Contrast")
    other = "wavelet-HHH_glcm_Contrast"  # not filtered
    assert measured(seen.only((*fewer, other)), crop.mask) == {name: every[name] for name in fewer}


@pytest.mark.parametrize("name", ["original_glcm_Beauty", "wavelet-LLH_colour_Mean", "square_glcm_Contrast",
                                  "wavelet-LLQ_glcm_Contrast", "log-sigma-9-0-mm-3D_glcm_Contrast", "age"])
def test_what_is_no_feature_is_not_measured(crop, name):
    assert measured(filtered(crop.t1ce, (name,)), crop.mask) == {}


def test_a_lesion_that_is_too_small_is_refused_as_by_the_full_extraction(crop):
    speck = np.zeros((64, 64, 64), bool)
    speck[30:32, 30:32, 30:32] = True
    with pytest.raises(MaskError, match="cannot be read"):
        measured(filtered(crop.t1ce, COLUMNS), Volume(speck, crop.mask.affine))
