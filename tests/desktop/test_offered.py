"""The models that the app begins with: one for each question, none that stops the others."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rnapp.config import Settings, default_settings
from rnapp.desktop.offered import checked_models
from rnapp.errors import WeightsError
from rnapp.ui.questions import write_last
from tests.models.resnets import EVENT, make_resnets


@pytest.fixture
def two_questions(tmp_path: Path) -> Settings:
    """The program's demonstration for one question, a small model of the user's for the other, nothing remembered."""
    bundle = default_settings().weights / "bundles" / "demo"
    shutil.copytree(bundle, tmp_path / "weights" / "bundles" / "demo")
    make_resnets(tmp_path / "data" / "bundles" / "small", (EVENT,), folds=1)
    return replace(default_settings(), weights=tmp_path / "weights", state=tmp_path / "state", data=tmp_path / "data")


def asked(settings: Settings, task: str | None = None) -> list[str]:
    return [one.question.id for one in checked_models(settings, task)]


def test_each_question_with_a_model_is_offered_and_the_last_one_is_asked_first(two_questions: Settings) -> None:
    assert asked(two_questions) == ["metastasis", "rice"]
    write_last(two_questions.state, "rice")
    assert asked(two_questions) == ["rice", "metastasis"]
    assert asked(two_questions, "metastasis") == ["metastasis", "rice"], "as the start says"
    write_last(two_questions.state, "unheard-of")
    assert asked(two_questions) == ["metastasis", "rice"]
    for model in checked_models(two_questions):
        assert model.card.task == model.question.id


def test_a_question_whose_model_is_gone_or_broken_does_not_stop_the_start(two_questions: Settings) -> None:
    write_last(two_questions.state, "rice")
    small = two_questions.data / "bundles" / "small"
    weights = next(small.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    assert asked(two_questions) == ["metastasis", "rice"]
    rice = checked_models(two_questions)[1]
    with pytest.raises(WeightsError, match="altered"):
        rice.resources()
    (small / "card.json").write_text("{}")
    assert asked(two_questions) == ["metastasis"]
    shutil.rmtree(small)
    assert asked(two_questions) == ["metastasis"]
    with pytest.raises(WeightsError, match="no weight bundle for 'rice'"):
        checked_models(two_questions, "rice")


def test_a_model_that_was_replaced_meanwhile_is_not_mistaken_for_the_one_that_was_told(two_questions: Settings) -> None:
    rice = checked_models(two_questions)[1]
    small = two_questions.data / "bundles" / "small"
    card = (small / "card.json").read_text()
    (small / "card.json").write_text(card.replace('"version": "1"', '"version": "2"'))
    with pytest.raises(WeightsError, match="was replaced since rnapp was started"):
        rice.resources()


def test_what_both_questions_need_is_loaded_once(two_questions: Settings) -> None:
    shutil.copytree(default_settings().weights / "atlas", two_questions.weights / "atlas")
    metastasis, rice = (one.resources() for one in checked_models(two_questions))
    assert (metastasis.task.id, rice.task.id) == ("metastasis", "rice")
    assert rice.backend is metastasis.backend
    assert rice.atlas is metastasis.atlas
    assert rice.model is not metastasis.model
