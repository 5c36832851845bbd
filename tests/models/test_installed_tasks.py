"""Each question has its own bundles and its own choice."""

import json

import pytest

from rnapp.errors import WeightsError
from rnapp.models.installed import bundle_sha256, choose, choose_bundle, installed_bundles, remove_bundle
from tests.models.conftest import edit, make_bundle, make_own, sha256

pytestmark = pytest.mark.usefixtures("not_named")


def make_for(task, folder, demonstration=True, **changes):
    """A bundle for another question."""
    make_bundle(folder, demonstration, folds=1)
    edit(folder, task=task, name=folder.name, **changes)
    return folder


@pytest.fixture
def second(weights):
    """The program's demonstration for another question."""
    return make_for("second", weights / "bundles" / "second_demo")


def test_each_question_has_its_own_bundle_and_none_of_another(weights, data, second):
    demo = weights / "bundles" / "demo"
    assert choose_bundle(weights, data) == choose_bundle(weights, data, "metastasis") == demo
    assert choose_bundle(weights, data, "second") == second
    assert bundle_sha256(weights, data, "second") == sha256(second)
    with pytest.raises(WeightsError, match="no weight bundle for 'third'"):
        choose_bundle(weights, data, "third")
    real = make_for("second", data / "bundles" / "real", demonstration=False)
    assert choose_bundle(weights, data, "second") == real
    assert choose_bundle(weights, data) == demo, "a real one of another question changes nothing"
    assert [(one.task, one.chosen) for one in installed_bundles(weights, data)] == [
        ("metastasis", True), ("second", False), ("second", True)]
    assert [one.folder for one in installed_bundles(weights, data, "second")] == [second, real]


def test_a_choice_for_one_question_leaves_that_of_another(weights, data, second):
    clinic, real = make_own(data, "clinic"), make_for("second", data / "bundles" / "real")
    choose(weights, data, "clinic")
    choose(weights, data, "real")
    assert (choose_bundle(weights, data), choose_bundle(weights, data, "second")) == (clinic, real)
    choose(weights, data, "demo")
    choose(weights, data, "second_demo")
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    assert choose_bundle(weights, data, "second") == second
    choose(weights, data, "real")
    assert remove_bundle(data, "real").chosen
    assert choose_bundle(weights, data, "second") == second
    stored = json.loads((data / "bundles" / "chosen.json").read_text())
    assert (stored["name"], "others" in stored) == ("small", False)
    real = make_for("second", data / "bundles" / "real", demonstration=False)
    choose(weights, data, "real")
    real.rename(data / "elsewhere")
    with pytest.raises(WeightsError, match=r"real 0\.1\) is gone"):
        choose_bundle(weights, data, "second")
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"


def test_a_choice_for_one_question_alone_is_not_a_choice_for_another(weights, data, second):
    choose(weights, data, "second_demo")
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    clinic = make_own(data, "clinic")
    assert choose_bundle(weights, data) == clinic
    edit(second, version="2")
    assert choose_bundle(weights, data, "second") == second, "an upgrade of the program's own"
    with pytest.raises(WeightsError, match="no weight bundle"):
        choose_bundle(weights, data, "third")


def test_the_question_that_is_asked_without_a_name(weights, data, second, monkeypatch):
    """A bundle for a question that the program has none for is the one its user installed it to ask."""
    third = make_for("third", data / "bundles" / "third")
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    choose(weights, data, "third")
    assert choose_bundle(weights, data) == third
    assert choose_bundle(weights, data, "metastasis") == weights / "bundles" / "demo"
    choose(weights, data, "second_demo")
    assert choose_bundle(weights, data) == third
    monkeypatch.setenv("RNAPP_BUNDLE", "second_demo")
    assert choose_bundle(weights, data) == second
    assert choose_bundle(weights, data, "third") == third


def test_a_bundle_named_in_the_environment_decides_for_its_own_question_alone(weights, data, second, monkeypatch):
    other = make_for("second", data / "bundles" / "other")
    monkeypatch.setenv("RNAPP_BUNDLE", "other")
    assert choose_bundle(weights, data, "second") == choose_bundle(weights, data) == other
    assert choose_bundle(weights, data, "metastasis") == weights / "bundles" / "demo"
    (other / "card.json").write_text("{")
    with pytest.raises(WeightsError, match="not valid JSON"):
        choose_bundle(weights, data, "metastasis")


def test_the_file_of_choices_from_before_there_were_questions_is_read(weights, data, second):
    """It named one bundle, of whichever question."""
    clinic, third = make_own(data, "clinic"), make_for("third", data / "bundles" / "third")
    file = data / "bundles" / "chosen.json"
    file.write_text(json.dumps({"sha256": sha256(clinic), "name": "clinic", "version": "0.1"}))
    assert choose_bundle(weights, data) == clinic
    assert choose_bundle(weights, data, "second") == second
    file.write_text(json.dumps({"sha256": sha256(third), "name": "third", "version": "0.1"}))
    assert choose_bundle(weights, data) == choose_bundle(weights, data, "third") == third
    choose(weights, data, "second_demo")
    choose(weights, data, "clinic")
    stored = json.loads(file.read_text())
    assert (stored["name"], list(stored["others"])) == ("clinic", ["third", "second"])


def test_a_broken_bundle_of_the_programs_stops_its_own_question_alone(weights, data, second):
    demo = weights / "bundles" / "demo"
    edit(second, architecture=3)
    assert choose_bundle(weights, data) == demo
    with pytest.raises(WeightsError, match="needs 'architecture'"):
        choose_bundle(weights, data, "second")
    assert [one.task for one in installed_bundles(weights, data)] == ["metastasis", "second"]
    (second / "card.json").write_text("{")
    assert choose_bundle(weights, data) == demo
    with pytest.raises(WeightsError, match="not valid JSON"):
        choose_bundle(weights, data, "second")
