"""Which bundle is used: the named one, the chosen one, else the only one; never silently another."""

import json

import pytest

from rnapp.errors import WeightsError
from rnapp.models.installed import bundle_sha256, choose, choose_bundle, installed_bundles, remove_bundle
from tests.models.conftest import edit, make_bundle, make_own, sha256

pytestmark = pytest.mark.usefixtures("not_named")


def test_a_real_bundle_replaces_the_demonstration_and_several_need_a_choice(tmp_path, monkeypatch):
    with pytest.raises(WeightsError, match="no weight bundle"):
        choose_bundle(tmp_path)
    demo = make_bundle(tmp_path / "bundles" / "demo", folds=1).folder
    assert choose_bundle(tmp_path) == demo
    clinic = make_bundle(tmp_path / "bundles" / "clinic", demonstration=False, folds=1).folder
    assert choose_bundle(tmp_path) == clinic
    make_bundle(tmp_path / "bundles" / "other", demonstration=False, folds=1)
    with pytest.raises(WeightsError, match="clinic, other"):
        choose_bundle(tmp_path)
    monkeypatch.setenv("RNAPP_BUNDLE", "demo")
    assert choose_bundle(tmp_path) == demo
    monkeypatch.setenv("RNAPP_BUNDLE", str(clinic))
    assert choose_bundle(tmp_path) == clinic
    monkeypatch.setenv("RNAPP_BUNDLE", "nowhere")
    with pytest.raises(WeightsError, match="nowhere"):
        choose_bundle(tmp_path)


def test_the_users_own_bundles_count_like_the_programs(weights, data):
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    clinic = make_own(data, "clinic")
    assert choose_bundle(weights, data) == clinic
    assert bundle_sha256(weights, data) == sha256(clinic)
    assert choose_bundle(weights) == weights / "bundles" / "demo"
    make_own(data, "other")
    with pytest.raises(WeightsError, match="clinic, other"):
        choose_bundle(weights, data)


def test_the_same_bundle_with_the_program_and_as_ones_own_is_no_ambiguity(weights, data):
    make_bundle(data / "bundles" / "copy", folds=1)
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    edit(data / "bundles" / "copy", version="0.2")
    with pytest.raises(WeightsError, match="several"):
        choose_bundle(weights, data)


def test_the_chosen_one_is_used_unless_the_environment_names_another(weights, data, monkeypatch):
    clinic, other = make_own(data, "clinic"), make_own(data, "other")
    assert choose(weights, data, sha256(other)[:8].upper()).name == "other"
    assert choose_bundle(weights, data) == other
    choose(weights, data, "clinic")
    assert choose_bundle(weights, data) == clinic
    choose(weights, data, "demo")
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    monkeypatch.setenv("RNAPP_BUNDLE", "other")
    assert choose_bundle(weights, data) == other
    assert [one.folder.name for one in installed_bundles(weights, data) if one.chosen] == ["other"]


@pytest.mark.parametrize("wanted", ["", "   ", "f" * 64, "nothing", ".."])
def test_what_is_not_there_cannot_be_chosen(weights, data, wanted):
    with pytest.raises(WeightsError, match="none begins"):
        choose(weights, data, wanted)
    assert not (data / "bundles").exists()


def test_a_beginning_must_be_long_enough_and_unique(weights, data, monkeypatch):
    own = make_own(data, "clinic")
    with pytest.raises(WeightsError, match="none begins"):
        choose(weights, data, sha256(own)[:3])
    monkeypatch.setattr("rnapp.models.installed.LEAST_PREFIX", 0)
    with pytest.raises(WeightsError, match="Several"):
        choose(weights, data, "")


def test_a_chosen_bundle_that_is_gone_or_broken_is_never_replaced_by_another(weights, data):
    clinic = make_own(data, "clinic")
    choose(weights, data, "clinic")
    clinic.rename(data / "elsewhere")
    with pytest.raises(WeightsError, match=r"clinic 0\.1\) is gone .* choose another"):
        choose_bundle(weights, data)
    (data / "elsewhere").rename(clinic)
    assert choose_bundle(weights, data) == clinic
    (clinic / "card.json").write_text("{")
    with pytest.raises(WeightsError, match="gone or its card was altered"):
        choose_bundle(weights, data)
    assert not any(one.chosen for one in installed_bundles(weights, data))


def test_a_chosen_bundle_that_a_later_program_cannot_use_is_reported(weights, data, monkeypatch):
    make_own(data, "clinic")
    choose(weights, data, "clinic")
    monkeypatch.setattr("rnapp.models.card.SCHEMA_VERSION", 3)
    with pytest.raises(WeightsError, match=r"clinic 0\.1\) cannot be used.*needs card schema 3"):
        choose_bundle(weights, data)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"sha256": "x"}', "[" * 200_000])
def test_a_choice_that_cannot_be_read_is_reported_and_can_be_made_again(weights, data, content):
    make_own(data, "clinic")
    (data / "bundles" / "chosen.json").write_text(content)
    with pytest.raises(WeightsError, match="choose one again"):
        choose_bundle(weights, data)
    choose(weights, data, "demo")
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"


def test_a_broken_bundle_of_the_users_stops_nothing_and_is_listed(weights, data):
    broken = make_own(data, "broken")
    (broken / "card.json").write_text("{")
    (data / "bundles" / "empty").mkdir()
    (data / "bundles" / ".install-x").mkdir()
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"
    demo, first, second = installed_bundles(weights, data)
    assert (demo.card.name, demo.own, demo.chosen, demo.trouble) == ("small", False, True, "")
    assert (first.folder, first.card, first.own, first.chosen) == (broken, None, True, False)
    assert first.sha256 == sha256(broken)
    assert "not valid JSON" in first.trouble
    assert second.sha256 == ""
    with pytest.raises(WeightsError, match="cannot be used"):
        choose(weights, data, "broken")


def test_a_broken_bundle_of_the_programs_is_reported(weights, data):
    (weights / "bundles" / "demo" / "card.json").write_text("{")
    make_own(data, "clinic")
    with pytest.raises(WeightsError, match="not valid JSON"):
        choose_bundle(weights, data)
    choose(weights, data, "clinic")
    assert choose_bundle(weights, data) == data / "bundles" / "clinic"


def test_removing_the_chosen_one_forgets_the_choice(weights, data):
    clinic, other = make_own(data, "clinic"), make_own(data, "other")
    choose(weights, data, "clinic")
    assert not remove_bundle(data, sha256(other)).chosen
    assert choose_bundle(weights, data) == clinic
    removed = remove_bundle(data, sha256(clinic)[:12])
    assert (removed.folder, removed.chosen) == (clinic, True)
    assert list((data / "bundles").iterdir()) == []
    assert choose_bundle(weights, data) == weights / "bundles" / "demo"


def test_a_broken_bundle_can_be_removed(data):
    (make_own(data, "broken") / "card.json").unlink()
    assert remove_bundle(data, "broken").card is None
    assert list((data / "bundles").iterdir()) == []


def test_only_the_users_own_can_be_removed(weights, data):
    for wanted in ("demo", sha256(weights / "bundles" / "demo"), "../bundles/demo"):
        with pytest.raises(WeightsError, match="none begins"):
            remove_bundle(data, wanted)
    assert (weights / "bundles" / "demo" / "card.json").is_file()


def test_a_folder_that_cannot_be_written_gets_a_sentence(weights, data):
    data.write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="could not be saved"):
        choose(weights, data, "demo")


def test_the_choice_is_the_cards_hash(weights, data):
    choose(weights, data, "demo")
    stored = json.loads((data / "bundles" / "chosen.json").read_text())
    assert stored == {"sha256": sha256(weights / "bundles" / "demo"), "name": "small", "version": "0.1",
                      "with_program": True}
    assert [path.name for path in (data / "bundles").iterdir()] == ["chosen.json"]


def test_an_upgrade_of_the_program_replaces_its_own_bundle_and_no_other(weights, data):
    """The same name and another card: chosen of the program's, the new one is used; of the user's own, none is."""
    demo = weights / "bundles" / "demo"
    make_own(data, "clinic")
    choose(weights, data, "demo")
    edit(demo, version="2")
    assert choose_bundle(weights, data) == demo
    own = make_own(data, json.loads((demo / "card.json").read_text())["name"])
    choose(weights, data, own.name)
    own.rename(data / "elsewhere")
    with pytest.raises(WeightsError, match="is gone"):
        choose_bundle(weights, data)


@pytest.mark.parametrize("changes", [{"task": "glioma"}, {"architecture": "resnet"}])
def test_a_bundle_of_an_unknown_task_or_architecture_is_listed(weights, data, changes):
    """It is refused when it is opened (tests/tasks/test_tasks.py)."""
    edit(make_own(data, "clinic"), **changes)
    (_, one) = installed_bundles(weights, data)
    assert (one.card.name, one.card.task, one.trouble) == ("clinic", changes.get("task", "metastasis"), "")
