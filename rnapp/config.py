"""Settings, and where the weights are: in the source tree or in a frozen bundle."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rnapp.errors import InputError
from rnapp.types import BrainMaskMode

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Settings:
    """What a run depends on besides its input.

    weights: the folder with manifest.json, atlas/ and bundles/. device: "auto" takes CUDA where there is one.
    brain_mask_mode: HD-BET with 1 model, 5 models, or 5 models and mirroring. backend: the way of computing on the
    CPU by name, "auto" takes what was measured on this machine (rnapp tune). state: where that is remembered.
    data: where what the user installed is kept (bundles/), None: nowhere.
    """

    weights: Path
    device: Device = "auto"
    brain_mask_mode: BrainMaskMode = "fast"
    backend: str = "auto"
    state: Path | None = None
    data: Path | None = None


def weights_folder() -> Path:
    """RNAPP_WEIGHTS if set, else weights/ beside the package (or inside the frozen bundle)."""
    if folder := os.environ.get("RNAPP_WEIGHTS"):
        return Path(folder)
    frozen = getattr(sys, "_MEIPASS", None)
    return (Path(frozen) if frozen else Path(__file__).resolve().parents[1]) / "weights"


def state_folder() -> Path:
    """Where this system keeps what a user's programs remember; holds no patient data, and goes with the program."""
    return _user_folder("state", "XDG_STATE_HOME", ".local/state")


def data_folder() -> Path:
    """RNAPP_DATA if set, else where this system keeps the data of a user's programs.

    Never the folder of the state: uninstalling removes that one, and leaves this one.
    """
    if folder := os.environ.get("RNAPP_DATA"):
        return Path(folder)
    return _user_folder("data", "XDG_DATA_HOME", ".local/share")


def default_settings() -> Settings:
    """The settings a clinician gets without choosing anything; a user without a home keeps nothing."""
    return Settings(weights=weights_folder(), state=_if_any(state_folder), data=_if_any(data_folder))


def _if_any(folder: Callable[[], Path]) -> Path | None:
    try:
        return folder()
    except InputError:
        return None


def _user_folder(kind: Literal["state", "data"], variable: str, usual: str) -> Path:
    """variable, usual: where Linux keeps this kind (XDG base directories); the others have one place for all kinds."""
    if sys.platform == "win32":
        return _base("LOCALAPPDATA", "AppData/Local") / "rnapp" / kind
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "rnapp" / kind
    return _base(variable, usual) / "rnapp"


def _base(variable: str, usual: str) -> Path:
    """The variable's folder; a relative one would move with the working folder, and is ignored as XDG asks."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else _home() / usual


def _home() -> Path:
    """Raises InputError for a user whom the system does not know, as in a container."""
    try:
        return Path.home()
    except RuntimeError as error:
        raise InputError("This user has no home folder to keep anything in; set HOME, or RNAPP_DATA and "
                         "XDG_STATE_HOME, to a folder.") from error
