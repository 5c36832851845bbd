"""A bundle's card.json: read strictly, and its files checked against it. See docs/training.md for the fields."""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from rnapp.errors import WeightsError
from rnapp.models.radiomics_settings import settings_sha256
from rnapp.models.vit_config import CHANNELS, CROP, VitConfig
from rnapp.types import ModelCard

SCHEMA_VERSION = 1
CARD_FILE = "card.json"
# The input the app feeds the model; a bundle trained on any other must not be used.
INPUT_CONTRACT = {"grid": "SRI24 1 mm LPS", "crop": CROP, "channels": list(CHANNELS)}
_PROSE = {".md", ".txt"}  # may lie in a bundle without being listed: nobody loads them
T = TypeVar("T")


@dataclass(frozen=True)
class FoldFiles:
    """One fold's files (names in the bundle) and the columns of its stacker."""

    vit: str
    stacker: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class BundleCard:
    """A checked card: model: what the user is told; temperature: divides the log-odds (at least 1)."""

    model: ModelCard
    vit: VitConfig
    folds: tuple[FoldFiles, ...]
    temperature: float
    files: Mapping[str, str]


def input_contract() -> dict[str, object]:
    """What every bundle must say about its input."""
    return INPUT_CONTRACT | {"radiomics_settings_sha256": settings_sha256()}


@dataclass(frozen=True, eq=False)
class SealedBundle:
    """A bundle's card and the content of every file it lists, as on the disk when they were checked."""

    card: BundleCard
    contents: Mapping[str, bytes] = field(repr=False)


def read_bundle(folder: Path) -> SealedBundle:
    """Every file checked against the card, no network built yet. Raises WeightsError as read_card and read_files do."""
    card = read_card(folder)
    return SealedBundle(card, read_files(folder, card))


def read_card(folder: Path) -> BundleCard:
    """The card of a bundle. Raises WeightsError where it is missing, of an unknown schema or incomplete."""
    path = folder / CARD_FILE
    try:
        raw = path.read_bytes()
        card = json.loads(raw)
    except OSError as error:
        raise WeightsError(f"The bundle {folder.name!r} has no readable {CARD_FILE}; install it again.") from error
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"The {CARD_FILE} of {folder.name!r} is no valid JSON; install the bundle again.") from error
    if not isinstance(card, dict) or card.get("schema_version") != SCHEMA_VERSION:
        raise WeightsError(f"The bundle {folder.name!r} needs card schema {SCHEMA_VERSION}; use a bundle made for this "
                           "version of rnapp.")
    if card.get("input") != input_contract():
        raise WeightsError(f"The bundle {folder.name!r} was trained on another kind of input than this version of "
                           "rnapp prepares; use a bundle made for it.")
    return _parse(card, hashlib.sha256(raw).hexdigest())


def read_files(folder: Path, card: BundleCard) -> dict[str, bytes]:
    """The content of every listed file. Raises WeightsError for a missing, altered, foreign or unlisted one."""
    _refuse_unlisted(folder, card)
    return {name: _read_file(folder, name, digest) for name, digest in card.files.items()}


def _refuse_unlisted(folder: Path, card: BundleCard) -> None:
    for path in sorted(folder.iterdir()):
        if path.name not in card.files and path.name != CARD_FILE and (path.suffix not in _PROSE or path.is_dir()):
            raise WeightsError(f"The bundle {folder.name!r} holds {path.name!r}, which its card does not list; "
                               "install the bundle again.")


def _read_file(folder: Path, name: str, digest: str) -> bytes:
    path = folder / name
    if path.is_symlink() or path.resolve().parent != folder.resolve():
        raise WeightsError(f"The file {name!r} of the bundle {folder.name!r} leads out of its folder; "
                           "install the bundle again.")
    if not path.is_file():
        raise WeightsError(f"The file {name!r} of the bundle {folder.name!r} is missing; install the bundle again.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise WeightsError(f"The file {name!r} of the bundle {folder.name!r} was altered since it was made; "
                           "install the bundle again.")
    return content


def _parse(card: dict[str, Any], sha256: str) -> BundleCard:
    model = ModelCard(
        **{name: _words(_field(card, name, str), name)
           for name in ("name", "version", "licence", "source", "trained_on")},
        demonstration=_field(card, "demonstration", bool), sha256=sha256,
        metrics={_words(str(key), "metrics"): _number(value, "metrics")
                 for key, value in _field(card, "metrics", dict).items()})
    files = {_plain_name(_field(entry, "file", str)): _field(entry, "sha256", str)
             for entry in _field(card, "files", list)}
    folds = tuple(_fold(entry, files) for entry in _field(card, "folds", list))
    temperature = _number(card.get("temperature"), "temperature")
    if not folds or temperature < 1.0:
        raise WeightsError("The bundle's card lists no folds, or a temperature below 1; export the bundle again.")
    return BundleCard(model, _vit(_field(card, "vit", dict)), folds, temperature, files)


def _fold(entry: Any, files: Mapping[str, str]) -> FoldFiles:
    columns = tuple(str(column) for column in _field(entry, "columns", list))
    fold = FoldFiles(_field(entry, "vit", str), _field(entry, "stacker", str), columns)
    if not {fold.vit, fold.stacker} <= set(files):
        raise WeightsError("The bundle's card names a fold whose files it does not list; export the bundle again.")
    return fold


def _vit(entry: dict[str, Any]) -> VitConfig:
    names = {field.name for field in fields(VitConfig)}
    if set(entry) != names:
        raise WeightsError(f"The bundle's card must give the network's {', '.join(sorted(names))}; export it again.")
    return VitConfig(**{name: _field(entry, name, int) for name in names})


def _field(entry: Any, name: str, kind: type[T]) -> T:
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WeightsError(f"The bundle's card needs {name!r} as {kind.__name__}, but it is missing or of another "
                           "kind; export the bundle again.")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise WeightsError(f"The bundle's card has a value that is no number in {name!r}; export the bundle again.")
    return float(value)


def _words(text: str, name: str) -> str:
    """Text as it is, for the screen, the terminal and the report: control characters could fake what these show."""
    if not "".join(text.split()).isprintable():
        raise WeightsError(f"The bundle's card has characters in {name!r} that cannot be shown; export the bundle "
                           "again.")
    return text


def _plain_name(name: str) -> str:
    if not name or name in (".", "..", CARD_FILE) or set(name) & set("/\\:"):
        raise WeightsError(f"The bundle's card lists {name!r}, which is no plain file name; export the bundle again.")
    return name
