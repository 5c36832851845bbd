"""The functions of the task: proposals, the sample of a lesion, its model, its method and its words."""

from types import MappingProxyType

import numpy as np
import pytest

from rnapp.errors import WeightsError
from rnapp.models.card import read_bundle
from rnapp.tasks.metastasis import METASTASIS
from rnapp.types import CancelToken, Series
from tests.models.conftest import card_of, edit, make_bundle
from tests.tasks.metastasis.test_cautions import MIDDLE, lesions, prepared


def series(uid, kind, **facts):
    return Series(uid, "", "MR", kind, (), (200, 200, 150), (1.0, 1.0, 1.0), **facts)


def test_the_scan_after_contrast_is_proposed_with_the_reason():
    proposed = METASTASIS.propose([series("1", "T2"), series("2", "T1CE", contrast=True, facts=("T1", "3D"))])
    assert list(proposed) == ["t1ce", "dose", "planning"]
    assert (proposed["dose"].uid, proposed["planning"].uid) == (None, None)
    assert proposed["t1ce"].uid == "2"
    assert proposed["t1ce"].why.startswith("Proposed: T1, 3D")


def test_where_none_fits_the_reason_is_given():
    proposed = METASTASIS.propose([series("1", "T2")])
    assert proposed["t1ce"].uid is None
    assert "not a T1 after contrast" in proposed["t1ce"].why


def test_the_sample_is_the_cube_of_that_lesion():
    head = prepared()
    head.image.array[:] = np.random.default_rng(4).normal(size=head.image.shape)
    both = lesions(MIDDLE, ((10, 20, 30), (5, 6, 7)))
    crop = METASTASIS.sample(head, both, 2)
    assert int(crop.mask.array.sum()) == 5 * 6 * 7
    first = np.round(crop.mask.to_mm(np.argwhere(crop.mask.array)[:1].astype(float))).astype(int)[0]
    assert first.tolist() == [10, 20, 30]
    where = tuple(np.argwhere(crop.mask.array)[0])
    assert crop.t1ce.array[where] == head.image.array[10, 20, 30]


def test_a_model_answers_what_its_sample_shows(tmp_path, crop):
    make_bundle(tmp_path / "small")
    model = METASTASIS.open_model(read_bundle(tmp_path / "small"), "cpu")
    clinical = MappingProxyType({**METASTASIS.question.unknown, "age": 61.0})
    said = METASTASIS.answer(model, crop, 3, clinical, CancelToken())
    assert said.lesion == 3
    assert 0 < said.prediction.probability < 1
    assert {one.feature for one in said.what_if} == set(clinical) - {"age"}


@pytest.mark.parametrize("changes", [{"channels": ["flair", "lesion mask"]}, {"sizes": {"crop": 96}}])
def test_a_model_of_another_input_is_not_opened(tmp_path, changes):
    make_bundle(tmp_path / "small", folds=1)
    card = card_of(tmp_path / "small")
    edit(tmp_path / "small", **{name: card[name] | value if isinstance(value, dict) else value
                                for name, value in changes.items()})
    with pytest.raises(WeightsError, match="'small' was trained on another kind of input"):
        METASTASIS.open_model(read_bundle(tmp_path / "small"), "cpu")


def test_the_words_of_the_question_are_there():
    question = METASTASIS.question
    assert question.probability_name == "probability_rn"
    assert list(question.leanings) == ["necrosis", "probably_necrosis", "undecided", "probably_progression",
                                       "progression"]
    assert "radiation necrosis" in question.meaning[0]
    assert METASTASIS.method().startswith("Radiomics: 1158 features")
