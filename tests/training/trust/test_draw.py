"""The cases of the trust figures: each from its number, no two uses alike, and what is strange is what it says."""

import numpy as np
import pytest

from rnapp.config import weights_folder
from rnapp.io.atlas import read_atlas
from rnapp.models.radiomics_limits import too_small
from training.config import PRESETS
from training.fresh import FRESH_SEED
from training.rice.config import CHOOSING_SEED
from training.synthetic_crops import make_template
from training.trust.draw import NECROSIS, OUT_OF, STRANGE, draw
from training.trust.seeds import SEEDS


@pytest.fixture(scope="module")
def template():
    return make_template(read_atlas(weights_folder()))


def same(one, other):
    return np.array_equal(one.crop.t1ce.array, other.crop.t1ce.array) and one.clinical == other.clinical


def test_a_case_is_the_same_whenever_it_is_drawn_and_no_other(template):
    first = draw(template, "calibration", "first", 3)
    assert same(first, draw(template, "calibration", "first", 3))
    for use, kind, number in (("report", "first", 3), ("calibration", "second", 3), ("calibration", "first", 4)):
        assert not same(first, draw(template, use, kind, number))


def test_no_training_uses_these_seeds():
    assert len(set(SEEDS.values())) == 3
    assert min(SEEDS.values()) > FRESH_SEED + max(config.seed for config in PRESETS.values()) + CHOOSING_SEED + 1000


def test_the_share_of_necrosis_is_that_of_the_training(template):
    assert sum((n * NECROSIS) % OUT_OF < NECROSIS for n in range(OUT_OF)) == NECROSIS
    assert [draw(template, "report", "first", n).necrosis for n in range(3)] == [
        int((n * NECROSIS) % OUT_OF < NECROSIS) for n in range(3)]


@pytest.mark.parametrize("kind", list(STRANGE))
def test_what_is_strange_can_still_be_read(template, kind):
    for number in range(2):
        case = draw(template, "choosing", kind, number)
        assert case.crop.t1ce.shape == case.crop.mask.shape == (64, 64, 64)
        assert too_small(case.crop.mask) == ""


def inside(case):
    return float(np.percentile(case.crop.t1ce.array[case.crop.mask.array], 90))


def test_an_outline_in_normal_tissue_holds_no_enhancement_and_a_lesions_does(template):
    lesions = [inside(draw(template, "choosing", "first", n)) for n in range(4)]
    normal = [inside(draw(template, "choosing", kind, n)) for kind in ("normal", "outline") for n in range(4)]
    assert min(lesions) > 1.2 * max(normal)


def test_a_moved_outline_leaves_its_lesion_and_an_inverted_scan_is_one(template):
    assert inside(draw(template, "choosing", "shifted", 0)) < inside(draw(template, "choosing", "first", 0))
    plain = draw(template, "choosing", "inverted", 1).crop
    assert plain.t1ce.array[plain.mask.array].mean() < 0
