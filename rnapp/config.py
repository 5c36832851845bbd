"""Settings, and where the weights are: in the source tree or in a frozen bundle."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rnapp.types import BrainMaskMode

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Settings:
    """What a run depends on besides its input.

    weights: the folder with manifest.json, atlas/ and bundles/. device: "auto" takes CUDA where there is one.
    brain_mask_mode: HD-BET with 1 model, 5 models, or 5 models and mirroring. backend: the way of computing on the
    CPU by name, "auto" takes what was measured on this machine (rnapp tune). state: where that is remembered.
    """

    weights: Path
    device: Device = "auto"
    brain_mask_mode: BrainMaskMode = "fast"
    backend: str = "auto"
    state: Path | None = None


def weights_folder() -> Path:
    """RNAPP_WEIGHTS if set, else weights/ beside the package (or inside the frozen bundle)."""
    if folder := os.environ.get("RNAPP_WEIGHTS"):
        return Path(folder)
    frozen = getattr(sys, "_MEIPASS", None)
    return (Path(frozen) if frozen else Path(__file__).resolve().parents[1]) / "weights"


def state_folder() -> Path:
    """Where this system keeps what a user's programs remember; holds no patient data."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state"))
    return base / "rnapp"


def default_settings() -> Settings:
    """The settings a clinician gets without choosing anything."""
    return Settings(weights=weights_folder(), state=state_folder())
