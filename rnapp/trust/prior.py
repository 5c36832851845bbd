"""The share of the first outcome among a centre's own cases, by question: kept beside the centre's bundles."""

import json
from pathlib import Path

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.trust.calibrate import checked_prior

FILE = "prior.json"


def read_prior(data: Path | None, task: str) -> float | None:
    """What this centre set for a question (its id); None where it set nothing, and the model's own is meant. data: the
    user's folder. Raises InputError where it cannot be read: another share would give other numbers."""
    return None if data is None else _read(data).get(task)


def keep_prior(data: Path, task: str, share: float | None) -> None:
    """Write it down; None: the model's own again. Those for other questions stay. Raises InputError for a share that
    cannot be, and where the folder cannot be written."""
    kept = {name: one for name, one in _read(data, strict=False).items() if name != task}
    if share is not None:
        kept[task] = checked_prior(share)
    try:
        data.mkdir(parents=True, exist_ok=True)
        with replacing(data / FILE) as unfinished:
            unfinished.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"The share could not be saved in {data} ({error.strerror}); free some space or allow writing "
                         "there, and set it again.") from error


def _read(data: Path, strict: bool = True) -> dict[str, float]:
    """strict: refuse a file that cannot be read; setting a share cures it."""
    try:
        stored = json.loads((data / FILE).read_text(encoding="utf-8"))
        return {str(task): checked_prior(_number(share)) for task, share in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, InputError) as error:
        if not strict:
            return {}
        raise InputError(f"Which share this centre set cannot be read from {data / FILE}; set it again with rnapp "
                         "prior.") from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
