"""The models of this computer: installed from a file, chosen, removed; errors are reported."""

import shutil
from pathlib import Path

import pytest

from rnapp.config import Settings, weights_folder
from rnapp.models.bundle_file import pack_bundle
from rnapp.models.installed import choose_bundle
from rnapp.tasks import load_model
from rnapp.ui.actions import Actions
from rnapp.ui.html.study import models as shown
from rnapp.ui.models import Models
from rnapp.ui.workspace import Step
from tests.ui.conftest import said


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The program's own demonstration, and an empty folder of the user's."""
    weights = tmp_path / "weights"
    shutil.copytree(weights_folder() / "bundles" / "demo", weights / "bundles" / "demo")
    return Settings(weights, data=tmp_path / "data")


@pytest.fixture
def models(actions: Actions, settings: Settings) -> Models:
    return Models(actions, settings)


@pytest.fixture
def bundle(settings: Settings, tmp_path: Path) -> Path:
    """Another model: the demonstration under another name."""
    folder = tmp_path / "clinic"
    shutil.copytree(settings.weights / "bundles" / "demo", folder)
    card = folder / "card.json"
    card.write_text(card.read_text().replace('"version": "', '"version": "clinic-', 1))
    pack_bundle(folder, tmp_path / "clinic.rnbundle", load_model)
    return tmp_path / "clinic.rnbundle"


def test_a_model_is_installed_used_from_the_next_start_on_and_removed(models: Models, bundle: Path, settings: Settings,
                                                                      actions: Actions) -> None:
    assert [one.own for one in models.listed()] == [False]
    assert models.install(bundle)
    assert "clinic-" in said(actions, Step.STUDY)
    assert "next start" in said(actions, Step.STUDY)
    program, own = models.listed()
    assert (program.chosen, own.chosen, own.own) == (False, True, True)
    assert choose_bundle(settings.weights, settings.data) == own.folder
    assert "from the next start" in shown(models.listed(), program.sha256)
    assert "in use" in shown(models.listed(), program.sha256)
    assert models.use(program.sha256)
    assert choose_bundle(settings.weights, settings.data) == program.folder
    assert models.remove(own.sha256)
    assert [one.own for one in models.listed()] == [False]


def test_a_file_that_is_not_a_model_changes_nothing(models: Models, tmp_path: Path, actions: Actions) -> None:
    (tmp_path / "report.rnbundle").write_text("no zip")
    assert not models.install(tmp_path / "report.rnbundle")
    message = actions.workspace.page.messages[Step.STUDY]
    assert message.level == "error"
    assert len(models.listed()) == 1


def test_another_fingerprint_than_the_published_one_is_refused(models: Models, bundle: Path, actions: Actions) -> None:
    assert not models.install(bundle, "0" * 64)
    assert actions.workspace.page.messages[Step.STUDY].level == "error"
    assert models.install(bundle, " ")


def test_the_programs_own_model_cannot_be_removed(models: Models) -> None:
    assert not models.remove(models.listed()[0].sha256)
    assert "data-discard" not in shown(models.listed(), "")


def test_without_a_folder_nothing_is_installed(actions: Actions, settings: Settings, bundle: Path) -> None:
    assert not Models(actions, Settings(settings.weights)).install(bundle)
    assert "no folder" in said(actions, Step.STUDY)
