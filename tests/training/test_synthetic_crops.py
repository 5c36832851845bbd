"""Synthetic crops look like prepared ones, and cohorts are seeded with the wished margins."""

import numpy as np
import pytest

from rnapp.config import weights_folder
from rnapp.io.atlas import read_atlas
from training.cohort import FIRST_MARGINS, SECOND_MARGINS, make_labelled, make_unlabelled, sample_clinical
from training.config import CohortConfig
from training.synthetic_crops import FIRST_CENTRE, make_crop, make_template


@pytest.fixture(scope="module")
def template():
    return make_template(read_atlas(weights_folder()))


def test_a_crop_is_seeded_z_scored_and_holds_its_lesion(template):
    crop = make_crop(template, "progression", FIRST_CENTRE, np.random.default_rng((1, 2)))
    again = make_crop(template, "progression", FIRST_CENTRE, np.random.default_rng((1, 2)))
    other = make_crop(template, "progression", FIRST_CENTRE, np.random.default_rng((1, 3)))
    assert np.array_equal(crop.t1ce.array, again.t1ce.array)
    assert not np.array_equal(crop.t1ce.array, other.t1ce.array)
    assert crop.t1ce.shape == crop.mask.shape == (64, 64, 64)
    assert crop.t1ce.array.dtype == np.float32
    assert crop.mask.array.dtype == np.bool_
    places = np.argwhere(crop.mask.array)
    assert np.allclose((places.min(axis=0) + places.max(axis=0)) / 2, 32, atol=1)


def test_the_brain_lies_around_mean_0_and_enhancement_above_it(template):
    crops = [make_crop(template, "progression", FIRST_CENTRE, np.random.default_rng(n)) for n in range(6)]
    tissue = np.concatenate([c.t1ce.array[(c.t1ce.array != 0) & ~c.mask.array] for c in crops])
    lesion = np.concatenate([c.t1ce.array[c.mask.array] for c in crops])
    assert abs(tissue.mean()) < 0.6
    assert 0.5 < tissue.std() < 1.6
    assert np.percentile(lesion, 90) > 2.0


def test_cohorts_are_seeded_and_a_patient_has_one_outcome_and_one_form(template):
    config = CohortConfig(2, 4, 5, 1, 2)
    (first, second), (again, same) = (make_labelled(template, config, 3) for _ in range(2))
    assert [case.necrosis for case in first] == [1] * 4 + [0] * 5
    assert [case.necrosis for case in second] == [1] + [0] * 2
    assert [c.clinical for c in first] == [c.clinical for c in again]
    assert np.array_equal(second[0].crop.t1ce.array, same[0].crop.t1ce.array)
    by_patient = {}
    for case in (*first, *second):
        assert by_patient.setdefault(case.patient, (case.necrosis, case.clinical)) == (case.necrosis, case.clinical)


def test_unlabelled_crops_are_the_same_in_any_portions(template):
    whole = make_unlabelled(template, 5, 3, 0, 5)
    parts = [*make_unlabelled(template, 5, 3, 0, 2), *make_unlabelled(template, 5, 3, 2, 2),
             *make_unlabelled(template, 5, 3, 4, 2)]
    assert len(parts) == 5
    assert all(np.array_equal(a.t1ce.array, b.t1ce.array) for a, b in zip(whole, parts, strict=True))


@pytest.mark.parametrize(("margins", "melanoma", "male", "wbrt"), [
    (FIRST_MARGINS, 0.073, 0.367, 0.495), (SECOND_MARGINS, 0.535, 0.643, 0.179)])
def test_clinical_margins_are_those_of_table_1(margins, melanoma, male, wbrt):
    rng = np.random.default_rng(0)
    forms = [sample_clinical(int(rng.random() < 0.36), margins, rng) for _ in range(4000)]

    def share(name, value):
        known = [form[name] for form in forms if form[name] is not None]
        return sum(v == value for v in known) / len(known)

    assert share("primary_tumour", "melanoma") == pytest.approx(melanoma, abs=0.03)
    assert share("sex", "male") == pytest.approx(male, abs=0.03)
    assert share("wbrt_before", True) == pytest.approx(wbrt, abs=0.03)
    assert 0.05 < sum(form["age"] is None for form in forms) / len(forms) < 0.11
