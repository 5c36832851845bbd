"""Radiomics are computed once, and are those of the very crop."""

import numpy as np
import pytest

from rnapp.errors import MaskError
from rnapp.models import radiomics
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Volume
from training import kept_radiomics as module
from training.kept_radiomics import KeptRadiomics


def crop(seed: int, side: int = 8) -> Crop:
    image = np.random.default_rng(seed).normal(size=(64, 64, 64)).astype(np.float32)
    mask = np.zeros((64, 64, 64), bool)
    mask[28:28 + side, 28:28 + side, 28:28 + side] = True
    return Crop(Volume(image, np.eye(4)), Volume(mask, np.eye(4)))


def test_what_was_computed_is_read_again_and_another_crop_is_not_mistaken_for_it(tmp_path, monkeypatch):
    file = tmp_path / "run" / "radiomics.json"
    first = KeptRadiomics(file)
    found = first.of(crop(1))
    first.keep()
    assert found == radiomics.extract(crop(1).t1ce, crop(1).mask)

    asked = []
    monkeypatch.setattr(module.radiomics, "extract", lambda image, mask: asked.append(1) or {"a": 1.0})
    again = KeptRadiomics(file)
    assert np.allclose(list(again.of(crop(1)).values()), list(found.values()), rtol=0, atol=0, equal_nan=True)
    assert not asked
    for other in (crop(2), crop(1, side=9)):
        assert again.of(other) == {"a": 1.0}
    assert len(asked) == 2
    monkeypatch.setattr(module, "settings_sha256", lambda: "other settings")
    assert again.of(crop(1)) == {"a": 1.0}


def test_without_filters_the_features_are_those_of_the_scan_with_the_same_values(tmp_path):
    every = radiomics.extract(crop(1).t1ce, crop(1).mask)
    kept = KeptRadiomics(tmp_path / "radiomics.json", filters=False)
    found = kept.of(crop(1))
    assert set(found) == {name for name in every if name.startswith("original_")}
    assert np.allclose(list(found.values()), [every[name] for name in found], rtol=0, atol=0, equal_nan=True)
    kept.keep()
    assert KeptRadiomics(tmp_path / "radiomics.json").of(crop(1)).keys() == every.keys(), "not mistaken for the whole"


def test_a_lesion_that_is_too_small_is_refused_every_time(tmp_path):
    kept = KeptRadiomics(tmp_path / "radiomics.json")
    for _ in range(2):
        with pytest.raises(MaskError):
            kept.of(crop(1, side=2))
