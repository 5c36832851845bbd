"""The task as a whole: its model answers from the inputs that are there, says which, and explains itself."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from rnapp.errors import Cancelled, ClinicalError, RnappError, WeightsError
from rnapp.models import resnet_stem
from rnapp.models.card import read_bundle
from rnapp.models.resnet_bundle import run
from rnapp.pipeline.dose import dose_left_out
from rnapp.tasks import load_model, task_of
from rnapp.tasks.metastasis import METASTASIS
from rnapp.tasks.rice import RICE
from rnapp.tasks.rice import answer as answering
from rnapp.tasks.rice.sample import stack_channels
from rnapp.types import STUDY, CancelToken
from tests.models.conftest import make_bundle
from tests.models.resnets import ALL, PAIR, SCANS, SIDE, SPACING_UM, make_resnets
from tests.tasks.rice.prepared import lesions, placed, study

UNKNOWN = RICE.question.unknown


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_resnets(tmp_path_factory.mktemp("bundles") / "resnets", (ALL, PAIR), folds=3)


@pytest.fixture(scope="module")
def model(folder):
    return RICE.open_model(read_bundle(folder), "cpu")


def sampled(**given):
    """With a scan that is not the same everywhere."""
    prepared = study(**given)
    event = prepared.channels["event"]
    event.image.array[:] = np.random.default_rng(3).normal(size=event.image.shape)
    return RICE.sample(prepared, lesions(), STUDY)


def with_small_brain(sample):
    """So that few cubes are hidden."""
    small = np.zeros_like(sample.brain.array)
    small[100:140, 90:140, 60:95] = True
    return replace(sample, brain=sample.brain.with_array(small))


def ask(model, sample, **clinical):
    return RICE.answer(model, sample, STUDY, MappingProxyType({**UNKNOWN, **clinical}), CancelToken())


def test_the_answer_is_the_mean_of_the_folds_for_these_inputs(model):
    sample = sampled(dose=placed())
    said = ask(model, sample)
    assert (said.lesion, said.inputs) == (STUDY, ALL)
    volumes = stack_channels(sample.volumes, ALL, SIDE, SPACING_UM)
    folds = [model.probability(run(network, volumes, CancelToken())) for network in model.networks(ALL)]
    assert said.prediction.folds == pytest.approx(folds)
    assert said.prediction.probability == pytest.approx(np.mean(folds))
    assert said.baseline_log_odds == pytest.approx(np.log(np.mean(folds) / (1 - np.mean(folds))))
    assert (said.attention, said.what_if, said.contributions) == (None, (), ())
    assert said.inputs == ALL
    assert "inputs_seen" not in {one.code for one in said.cautions}, "nothing is missing"


def test_with_fewer_inputs_the_models_for_these_answer_and_it_is_said(model):
    said = ask(model, sampled(post_op=None, dose=placed()))
    assert said.inputs == PAIR
    assert str(said.cautions[0]).endswith("the radiotherapy dose, without the scan after surgery.")


def test_a_combination_without_a_model_is_a_stop_that_says_what_there_is_and_what_to_do(model):
    (stop,) = RICE.unanswerable(model, study())
    assert (stop.code, stop.level) == ("no_model", "stop")
    assert str(stop) == (
        "There is no model for the scan with the new enhancement and the scan after surgery. The bundle 'small "
        "resnets' has models for: the scan with the new enhancement, the scan after surgery and the radiotherapy "
        "dose; the scan with the new enhancement and the radiotherapy dose. Add or leave out an input, or choose "
        "another model.")
    assert RICE.unanswerable(model, study(dose=placed())) == ()
    assert RICE.unanswerable(model, study(post_op=None, dose=placed())) == ()
    assert RICE.unanswerable(model, study(post_op=None, dose=placed(confirmed=False))) != (), "nobody looked at it"


def test_why_a_given_dose_is_not_among_the_inputs_stands_in_the_stop(model):
    left_out = replace(study(), cautions=(dose_left_out("The sizes differ."),))
    (stop,) = RICE.unanswerable(model, left_out)
    assert "the scan after surgery. The radiotherapy dose was not used. The sizes differ. The bundle" in str(stop)


def test_the_model_refuses_a_combination_without_networks_in_the_same_words(model):
    with pytest.raises(WeightsError) as caught:
        ask(model, sampled())
    assert str(caught.value).startswith("There is no model for the scan with the new enhancement and the scan after "
                                        "surgery. The bundle 'small resnets' has models for: ")
    assert "; the scan with the new enhancement and the radiotherapy dose. Add or leave out" in str(caught.value)


def test_the_majority_is_said_where_the_mean_says_the_other(model, monkeypatch):
    wanted = iter([0.45, 0.45, 0.95])
    monkeypatch.setattr(answering, "run", lambda network, volumes, cancel: np.array([0.0, 0.0]))
    monkeypatch.setattr(type(model), "probability", lambda self, logits: next(wanted))
    said = ask(model, sampled(dose=placed()))
    (told,) = (str(one) for one in said.cautions if one.code == "majority_differs")
    assert "2 of 3 models favour recurrence, but their mean favours RICE" in told


def test_the_majority_is_not_said_where_it_agrees(model):
    assert "majority_differs" not in {one.code for one in ask(model, sampled(dose=placed())).cautions}
    assert answering._majority(0.6, (0.4, 0.8)) == (), "no majority of two"
    assert answering._majority(0.5, (0.5, 0.5, 0.5)) == ()


def test_soon_after_radiotherapy_the_reader_is_told(model):
    early = ask(model, sampled(dose=placed()), months_since_radiotherapy=2.0)
    assert early.cautions[-1].code == "soon_after_radiotherapy"
    assert [answering._early({"months_since_radiotherapy": months}) for months in (3.0, None)] == [(), ()]


def test_impossible_values_are_refused(model):
    with pytest.raises(ClinicalError, match="Age must lie between 0 and 120"):
        ask(model, sampled(dose=placed()), age=-4.0)


def test_nothing_on_the_form_changes_the_answer(model):
    sample = sampled(dose=placed())
    plain = ask(model, sample)
    told = ask(model, sample, age=60.0, sex="male", months_since_radiotherapy=12.0, technique="proton")
    assert told.prediction == plain.prediction


def test_the_answer_explains_itself_on_the_atlas(model, monkeypatch):
    monkeypatch.setattr(resnet_stem, "available", lambda device: ())
    sample = with_small_brain(sampled(post_op=None, dose=placed()))
    said, told = ask(model, sample), []
    explained = RICE.explain(model, sample, said, lambda stage, fraction: told.append((stage, fraction)), CancelToken())
    assert explained.prediction == said.prediction
    assert list(explained.occlusion) == ["all", "event", "dose"]
    whole = explained.occlusion["all"]
    assert whole.array.dtype == np.float32
    assert whole.frame_of_reference == "SRI24"
    assert whole.spacing == pytest.approx([1, 1, 1])
    start = np.rint(sample.brain.to_voxels(whole.affine[None, :3, 3])[0]).astype(int)
    brain = sample.brain.array[tuple(slice(a, a + b) for a, b in zip(start, whole.shape, strict=True))]
    assert brain.sum() == sample.brain.array.sum(), "the whole brain"
    assert (whole.array[~brain] == 0).all()
    assert (whole.array[brain] != 0).mean() > 0.5, "a change below the maximum that is pooled changes nothing"
    assert explained.cautions[-1].code == "occlusion"
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)
    assert told[-1][1] == 1.0


def test_an_answer_from_other_inputs_is_not_explained(model):
    said = ask(model, sampled(dose=placed()))
    with pytest.raises(RnappError, match="have changed since; read the study again"):
        RICE.explain(model, sampled(post_op=None, dose=placed()), said, lambda *_: None, CancelToken())


def test_an_explanation_can_be_stopped(model, monkeypatch):
    monkeypatch.setattr(resnet_stem, "available", lambda device: ())
    sample, token = with_small_brain(sampled(dose=placed())), CancelToken()
    said = ask(model, sample)

    def stop(stage, fraction):
        if fraction > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        RICE.explain(model, sample, said, stop, token)


def test_a_bundle_is_opened_by_its_own_task_alone(folder, model, tmp_path):
    assert load_model(read_bundle(folder)).card.task == RICE.id == "rice"
    with pytest.raises(WeightsError, match="trained on another kind of input"):
        METASTASIS.open_model(read_bundle(folder), "cpu")
    make_bundle(tmp_path / "small", folds=1)
    with pytest.raises(WeightsError, match="'resnet18_ensemble', but the card of 'small' says 'vit_stacker'"):
        RICE.open_model(read_bundle(tmp_path / "small"), "cpu")


def test_a_model_of_other_channels_is_not_opened(folder):
    sealed = read_bundle(folder)
    odd = tuple({"event": "flair"}.get(one, one) for one in sealed.card.channels)
    renamed = [dict(one) | {"inputs": [odd[ALL.index(name)] for name in one["inputs"]]} for one in sealed.card.folds]
    with pytest.raises(WeightsError, match="trained on another kind of input"):
        RICE.open_model(replace(sealed, card=replace(sealed.card, channels=odd, folds=tuple(renamed))), "cpu")


def test_the_words_of_the_question_are_there():
    question = RICE.question
    assert task_of("rice") is RICE
    assert (question.probability_name, question.unit, question.outlines) == ("probability_rice", "study", True)
    assert [(one.name, one.kind, one.optional) for one in question.roles] == [
        ("event", "scan", False), ("post_op", "scan", True), ("dose", "dose", True), ("planning", "planning", True)]
    assert "radiation-induced" in question.meaning[0]
    assert "does not show where the tumour" in question.map_meaning
    assert "3D ResNet-18" in RICE.method()


def test_scans_alone_have_models_where_the_bundle_says_so(tmp_path):
    both = RICE.open_model(read_bundle(make_resnets(tmp_path / "both", (ALL, SCANS), folds=1)), "cpu")
    assert ask(both, sampled()).inputs == SCANS
