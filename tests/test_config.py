"""The folders on each system: installed files separate from what is only remembered about this machine."""

import sys
from pathlib import Path

import pytest

from rnapp.config import data_folder, default_settings, state_folder
from rnapp.errors import InputError

VARIABLES = ("RNAPP_DATA", "XDG_DATA_HOME", "XDG_STATE_HOME", "LOCALAPPDATA")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any of the variables."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(("system", "data", "state"), [
    ("linux", ".local/share/rnapp", ".local/state/rnapp"),
    ("darwin", "Library/Application Support/rnapp/data", "Library/Application Support/rnapp/state"),
    ("win32", "AppData/Local/rnapp/data", "AppData/Local/rnapp/state"),
])
def test_each_system_keeps_data_and_state_apart(home: Path, monkeypatch: pytest.MonkeyPatch, system: str, data: str,
                                                state: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert data_folder() == home / data
    assert state_folder() == home / state


@pytest.mark.parametrize(("system", "variable", "data"), [("linux", "XDG_DATA_HOME", "rnapp"),
                                                          ("win32", "LOCALAPPDATA", "rnapp/data")])
def test_the_systems_variable_is_followed_unless_it_is_relative(home: Path, monkeypatch: pytest.MonkeyPatch,
                                                                system: str, variable: str, data: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    usual = data_folder()
    monkeypatch.setenv(variable, str(home / "moved"))
    assert data_folder() == home / "moved" / data
    for relative in ("", "moved"):
        monkeypatch.setenv(variable, relative)
        assert data_folder() == usual


def test_rnapp_data_decides_and_leaves_the_state(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_folder()
    monkeypatch.setenv("RNAPP_DATA", str(home / "mine"))
    assert data_folder() == home / "mine"
    assert state_folder() == state
    settings = default_settings()
    assert (settings.data, settings.state) == (home / "mine", state)
    monkeypatch.setenv("RNAPP_DATA", "")
    assert data_folder() != home / "mine"


def test_a_user_without_a_home_keeps_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number that no user has."""
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert (default_settings().data, default_settings().state) == (None, None)
    for folder in (data_folder, state_folder):
        with pytest.raises(InputError, match="set HOME, or RNAPP_DATA"):
            folder()
    monkeypatch.setenv("RNAPP_DATA", str(tmp_path))
    assert default_settings().data == data_folder() == tmp_path
