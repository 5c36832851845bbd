"""A lesion too small for texture features is refused with its size in the patient."""

import subprocess
import sys

import numpy as np

from rnapp.models.radiomics_limits import too_small


def test_a_lesion_of_ordinary_size_lacks_nothing(crop):
    assert too_small(crop.mask) == ""


def test_a_small_lesion_is_reported_in_the_patients_own_size(crop):
    mask = np.zeros(crop.mask.shape, bool)
    mask[20:23, 20:23, 20:23] = True
    mask[20, 20, 20] = False
    tiny, flat = crop.mask.with_array(mask), crop.mask.with_array(mask & (np.indices(mask.shape)[2] == 21))
    assert too_small(tiny, scale=0.5).startswith(
        "It measures 0.208 ml, but its texture can be read only from 0.216 ml upwards")
    assert too_small(tiny, scale=0.5, volume_ml=0.212).startswith("It measures 0.212 ml,")
    assert too_small(flat, scale=0.5).startswith("It is only 2.0 mm thick in one direction")
    assert "6.0 mm" in too_small(flat, scale=0.5)


def test_an_empty_mask_is_reported(crop):
    assert too_small(crop.mask.with_array(np.zeros(crop.mask.shape, bool))).startswith("Its mask is empty")


def test_it_is_known_without_pyradiomics():
    code = "import sys, rnapp.models.radiomics_limits; print('radiomics' in sys.modules, 'SimpleITK' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
