"""Heads are drawn from their number, in the grid and the units of the app's own preparation."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rnapp.errors import InputError
from rnapp.geometry import grid_like
from rnapp.io.atlas import atlas_grid
from rnapp.phantom.glioblastoma_render import render
from rnapp.tasks.rice.sample import CHANNELS, DOSE, model_volume
from training.rice.augment import augmented
from training.rice.config import COMBINATIONS, FOLDS, SMOKE, RiceConfig, every_combination
from training.rice.heads import Cohort, Heads, input_grid, make_template, plan_numbers


@pytest.fixture(scope="module")
def template():
    return make_template(SMOKE.side)


@pytest.fixture(scope="module")
def cohort():
    return Cohort("standard", 3, SMOKE)


def test_the_grid_is_that_of_the_app():
    app = model_volume(grid_like(atlas_grid(), np.zeros(atlas_grid().shape, np.float32)), 56, 4000)
    assert input_grid(56).same_grid(app)


def test_a_head_drawn_coarsely_is_like_one_drawn_finely_and_averaged(template):
    """Training draws on the networks' own grid; the app averages finer voxels."""
    patient = Cohort("easy", 5, SMOKE).patient("train", 1)
    fine, coarse = (render(patient.parameters, one, np.random.default_rng(1)) for one in (make_template(56), template))
    for name in ("dose", "target", "lesion", "brain"):
        averaged = getattr(fine, name).array.reshape(14, 4, 14, 4, 14, 4).mean(axis=(1, 3, 5))
        assert np.corrcoef(averaged.ravel(), getattr(coarse, name).array.ravel())[0, 1] > 0.9, name


def test_the_same_number_is_the_same_head_and_another_seed_or_stream_is_not(template, cohort):
    heads = Heads(cohort, template, None)
    assert np.array_equal(heads.training(4), heads.training(4))
    for other in (heads.training(5), heads.test(4), Heads(Cohort("standard", 4, SMOKE), template, None).training(4)):
        assert not np.array_equal(heads.training(4), other)
    assert not np.array_equal(heads.training(4), heads.validation(4)), "only training heads are augmented"


def test_channels_are_in_order_and_in_the_units_of_the_app(template, cohort):
    values = Heads(cohort, template, None).test(0)
    assert values.shape == (3, 14, 14, 14)
    dose = values[CHANNELS.index(DOSE)]
    assert dose.min() == pytest.approx(-1, abs=0.02), "no dose"
    assert 0.95 < dose.max() < 1.3, "60 Gy are 1"
    for scan in values[:2]:
        assert scan[0, 0, 0] == 0
        assert abs(scan[scan != 0].mean()) < 0.5
    volume, highest = plan_numbers(dose, 14)
    assert 50 < volume < 400
    assert 57 < highest < 70


def test_kept_heads_are_those_drawn_and_another_cohort_s_folder_is_refused(template, cohort, tmp_path):
    said = []
    kept = Heads(cohort, template, tmp_path)
    kept.keep(said.append)
    drawn = Heads(cohort, template, None)
    for part, number in (("training", 3), ("validation", cohort.validation[0]), ("test", 2)):
        assert getattr(kept, part)(number) == pytest.approx(getattr(drawn, part)(number), abs=0.01)
    again = Heads(cohort, template, tmp_path)
    again.draw = None  # drawing again would fail
    again.keep(said.append)
    assert np.array_equal(again.test(1), kept.test(1))
    with pytest.raises(InputError, match="holds another"):
        Heads(Cohort("standard", 4, SMOKE), template, tmp_path).keep(said.append)


def test_outcomes_overlap_more_from_epoch_to_epoch_and_in_full_where_folds_are_validated():
    large = Cohort("standard", 3, RiceConfig())

    def overlap(numbers):
        found = [large.patient("train", n) for n in numbers]
        return roc_auc_score([p.rice for p in found], [p.parameters.target_ml for p in found])

    assert overlap(range(80)) > 0.95
    assert overlap(large.validation) < 0.9
    assert 0.3 < np.mean([large.patient("train", n).rice for n in large.validation]) < 0.5
    assert Cohort("null", 3, RiceConfig()).epochs == RiceConfig().plain_epochs


def test_augmentation_keeps_air_and_the_scale_of_dose_and_depends_on_its_seed(template, cohort):
    values = Heads(cohort, template, None).validation(cohort.validation[0])
    dose = CHANNELS.index(DOSE)
    changed = [augmented(values, seed) for seed in range(8)]
    assert np.array_equal(changed[2], augmented(values, 2))
    assert not np.array_equal(changed[2], changed[3])
    for one in changed:
        assert one.shape == values.shape
        assert one[dose].max() <= values[dose].max() + 1e-5
        assert one[dose].min() >= values[dose].min() - 1e-5
        assert all(scan[0, 0, 0] == 0 for scan in one[:2])


def test_presets_are_whole_and_the_seven_combinations_are_all_there_are():
    assert set(COMBINATIONS) == every_combination()
    assert len(COMBINATIONS) == 7
    assert SMOKE.heads % FOLDS == 0
    for wrong in ({"side": 50}, {"validation": 500}, {"heads": 81}):
        with pytest.raises(InputError, match="Expected voxels of whole millimetres"):
            RiceConfig(**wrong)
