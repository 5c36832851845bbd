"""The fastest backend that computes rightly on this machine: measured once, remembered, and ignored on another one."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rnapp.files import replacing

FILE = "backend.json"
PACKAGES = ("torch", "openvino")


@dataclass(frozen=True)
class BackendTiming:
    """One backend on one network. seconds: of one run, once loaded; dice: of its mask against the reference's."""

    seconds: float
    dice: float


@dataclass(frozen=True)
class ChosenBackend:
    """backend: the name of the chosen one; trials: how each of them did; machine: what this holds for."""

    backend: str
    trials: Mapping[str, BackendTiming]
    machine: str


def machine() -> str:
    """Processor, cores and the versions that compute: if one of them changes, the backends are measured again."""
    return "; ".join([platform.machine(), _processor(), f"{os.cpu_count()} cores",
                      *(f"{name} {_version(name)}" for name in PACKAGES)])


def read_chosen_backend(folder: Path) -> ChosenBackend | None:
    """What was chosen on this very machine; None if nothing was, or the file is not as this program writes it."""
    try:
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        trials = {str(name): BackendTiming(float(timing["seconds"]), float(timing["dice"]))
                  for name, timing in stored["trials"].items()}
        chosen = ChosenBackend(str(stored["backend"]), trials, str(stored["machine"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return chosen if chosen.machine == machine() else None


def write_chosen_backend(folder: Path, chosen: ChosenBackend) -> None:
    """Remember it. Raises OSError where the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / FILE) as unfinished:
        unfinished.write_text(json.dumps(asdict(chosen), indent=2) + "\n", encoding="utf-8")


def _processor() -> str:
    """The model's name; Python itself only knows it on some systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
