"""Stripped scans are recognised; heads are not taken for stripped ones."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from rnapp.preprocess.stripped import stripped_brain
from rnapp.types import Atlas, Volume
from tests.conftest import dice


def test_a_stripped_brain_is_recognised(atlas: Atlas) -> None:
    found = stripped_brain(atlas.brain)
    assert found is not None
    assert dice(found.array, atlas.brain_mask.array) > 0.99


def test_a_head_is_not(atlas: Atlas) -> None:
    assert stripped_brain(atlas.head) is None


def test_a_head_in_zeroed_air_is_not(atlas: Atlas) -> None:
    head = np.where(atlas.head.array > 0.1 * atlas.head.array.max(), atlas.head.array, 0)
    assert stripped_brain(atlas.head.with_array(head)) is None


def test_two_bodies_are_not(atlas: Atlas) -> None:
    array = atlas.brain.array.copy()
    array[:40, :40, :40] = 100
    assert stripped_brain(atlas.brain.with_array(array)) is None


def test_a_stripped_brain_with_values_darker_than_its_background_is_recognised(atlas: Atlas) -> None:
    """As resampling with splines leaves them (FLAIR and T1 of the shared data), or a z-score with 0 outside."""
    brain = atlas.brain_mask.array
    values = np.where(brain, (atlas.brain.array - 550.0) / 150.0, 0.0).astype(np.float32)
    found = stripped_brain(atlas.brain.with_array(values))
    assert found is not None
    assert dice(found.array, brain) > 0.99


def test_a_head_in_zeroed_air_with_darker_values_is_not(atlas: Atlas) -> None:
    head = np.where(atlas.head.array > 0.1 * atlas.head.array.max(), atlas.head.array, 0).astype(np.float32)
    head[100:110, 100:110, 70:80] = -50
    assert stripped_brain(atlas.head.with_array(head)) is None


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["t1", "t1c", "fla", "t2"])
def test_real_stripped_scans_are_recognised_whatever_the_sequence(shared_data: Path, name: str) -> None:
    image = nibabel.load(shared_data / f"glioma_four_sequences/sri24_stripped_{name}.nii.gz")
    found = stripped_brain(Volume(np.asarray(image.dataobj, np.float32), image.affine))
    assert found is not None
    assert 1200 < found.array.sum() * found.voxel_ml < 1900
