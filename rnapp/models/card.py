"""A bundle's card.json: read strictly, and its files checked against it. See docs/training.md for the fields."""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rnapp.errors import WeightsError
from rnapp.models import resnet_ensemble, vit_stacker
from rnapp.models.card_fields import BundleCard, entry_of
from rnapp.models.card_words import read_words
from rnapp.models.trust_card import read_calibration, read_novelty_files
from rnapp.types import ModelCard

CARD_FILE = "card.json"
SCHEMA_VERSION = 2
_FIRST_SCHEMA = 1  # before there were tasks
# Architecture → what checks its entries; one that is not known is refused when it is opened.
_CHECKS: Mapping[str, Callable[[BundleCard], object]] = MappingProxyType({
    vit_stacker.ARCHITECTURE: vit_stacker.read_vit_stacker,
    resnet_ensemble.ARCHITECTURE: resnet_ensemble.read_resnet_ensemble})
_PROSE = {".md", ".txt"}  # may lie in a bundle without being listed: nobody loads them


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
    """The card of a bundle. Raises WeightsError where it is missing, of an unknown schema or incomplete; one of a task
    or an architecture that this version does not know is read all the same."""
    path = folder / CARD_FILE
    try:
        raw = path.read_bytes()
        card = json.loads(raw)
    except OSError as error:
        raise WeightsError(f"The bundle {folder.name!r} has no readable {CARD_FILE}; install it again.") from error
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"The {CARD_FILE} of {folder.name!r} is not valid JSON; install the bundle "
                           "again.") from error
    if not isinstance(card, dict) or card.get("schema_version") not in (_FIRST_SCHEMA, SCHEMA_VERSION):
        raise WeightsError(f"The bundle {folder.name!r} needs card schema {SCHEMA_VERSION}; use a bundle made for this "
                           "version of rnapp.")
    current = upgraded(card) if card["schema_version"] == _FIRST_SCHEMA else card
    parsed = _parse(current, hashlib.sha256(raw).hexdigest())
    if parsed.architecture in _CHECKS:
        _CHECKS[parsed.architecture](parsed)
    return parsed


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
        raise WeightsError(f"The file {name!r} of the bundle {folder.name!r} points outside its folder; "
                           "install the bundle again.")
    if not path.is_file():
        raise WeightsError(f"The file {name!r} of the bundle {folder.name!r} is missing; install the bundle again.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise WeightsError(f"The file {name!r} of the bundle {folder.name!r} has been altered since it was made; "
                           "install the bundle again.")
    return content


def upgraded(card: dict[str, Any]) -> dict[str, Any]:
    """A card of schema 1, which knew one task and one architecture, as one of schema 2. Raises WeightsError."""
    old = dict(entry_of(card, "input", dict))
    channels = old.pop("channels", None)
    return card | {
        "schema_version": SCHEMA_VERSION, "task": "metastasis", "architecture": vit_stacker.ARCHITECTURE,
        "channels": ["t1ce", "lesion mask"] if channels == ["T1CE z-score", "lesion mask"] else channels,
        "sizes": {"crop": old.pop("crop", None)} | entry_of(card, "vit", dict),
        "calibration": {"temperature": card.get("temperature")}, "input": old,
    }


def _parse(card: dict[str, Any], sha256: str) -> BundleCard:
    model = ModelCard(
        name=_text(card, "name"), version=_text(card, "version"), licence=_text(card, "licence"),
        source=_text(card, "source"), trained_on=_text(card, "trained_on"), task=_text(card, "task"),
        calibration=read_calibration(card), about=read_words(card, _printable),
        demonstration=entry_of(card, "demonstration", bool), sha256=sha256,
        metrics={_printable(str(key), "metrics"): _number(value, "metrics")
                 for key, value in entry_of(card, "metrics", dict).items()})
    sizes, calibration = entry_of(card, "sizes", dict), entry_of(card, "calibration", dict)
    return BundleCard(
        model, _text(card, "architecture"),
        channels=tuple(_printable(str(one), "channels") for one in entry_of(card, "channels", list)),
        sizes={name: entry_of(sizes, name, int) for name in sizes},
        calibration={name: _number(value, name) for name, value in calibration.items()},
        input=entry_of(card, "input", dict), folds=tuple(entry_of(card, "folds", list)),
        files={_plain_name(entry_of(entry, "file", str)): entry_of(entry, "sha256", str)
               for entry in entry_of(card, "files", list)}, novelty=read_novelty_files(card))


def _number(value: Any, name: str) -> float:
    """A finite number. Raises WeightsError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise WeightsError(f"The bundle's card has a value that is not a number in {name!r}; export the bundle again.")
    return float(value)


def _text(entries: Any, name: str) -> str:
    """An entry that is text for the screen, the terminal and the report. Raises WeightsError."""
    return _printable(entry_of(entries, name, str), name)


def _printable(words: str, name: str) -> str:
    """Text as it is; control characters could fake what screen, terminal and report show. Raises WeightsError."""
    if not "".join(words.split()).isprintable():
        raise WeightsError(f"The bundle's card has characters in {name!r} that cannot be shown; export the bundle "
                           "again.")
    return words


def _plain_name(name: str) -> str:
    """A file's name in the bundle's own folder. Raises WeightsError for anything that leads elsewhere."""
    if not name or name in (".", "..", CARD_FILE) or set(name) & set("/\\:"):
        raise WeightsError(f"The bundle's card lists {name!r}, which is not a plain file name; export the bundle "
                           "again.")
    return name
