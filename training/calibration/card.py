"""Writes what was found out about a bundle into a copy of it: the card's entry, the files, and the text for people.

No weight file changes.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rnapp.files import replacing
from rnapp.models.card import CARD_FILE, SCHEMA_VERSION, upgraded
from rnapp.models.card_fields import NoveltyFile
from rnapp.models.card_words import ENTRY as WORDS
from rnapp.models.card_words import words_entry
from rnapp.models.novelty import NoveltyModel, novelty_bytes
from rnapp.models.trust_card import ENTRY, NOVELTY, calibration_entry, novelty_entry
from rnapp.types import Calibration, CardWords
from training.calibration.tables import trust_section

MODEL_CARD = "MODEL_CARD.md"
UNLIKE, MADE = "unlike", "made"
_SCHEMA_1_ONLY = ("vit", "temperature")


@dataclass(frozen=True, eq=False)
class Found:
    """What is written. novelty: inputs of the networks (() where there is one combination) → what tells the unlike;
    unlike: kind in words → {"share", "low", "high", "n"}, for the tables; made: how, for the record; about: the card's
    own words, None leaves those that are there."""

    calibration: Calibration
    novelty: Mapping[tuple[str, ...], NoveltyModel] = field(default_factory=lambda: MappingProxyType({}))
    unlike: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    made: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    about: CardWords | None = None


def write_trust(source: Path, out: Path, found: Found, version: str | None = None) -> None:
    """A copy of the bundle in source (out may be the same folder), its card of the current schema and of the given
    version, with the entry "trust". Raises WeightsError where its card is of no schema that rnapp reads."""
    if out.resolve() != source.resolve():
        shutil.copytree(source, out)
    card = current(json.loads((out / CARD_FILE).read_text(encoding="utf-8")))
    files = [_write(out, inputs, model) for inputs, model in found.novelty.items()]
    keep = {one["file"] for one in card["files"] if not one["file"].startswith(NOVELTY)} | {one.file for one in files}
    for stale in [path for path in out.glob(f"{NOVELTY}*.safetensors") if path.name not in keep]:
        stale.unlink()
    entry = calibration_entry(found.calibration) | {NOVELTY: novelty_entry(files)} | {
        UNLIKE: {kind: dict(one) for kind, one in found.unlike.items()}, MADE: dict(found.made)}
    card |= {"version": version or card["version"], ENTRY: entry, "files": listed(out)}
    card |= {WORDS: words_entry(found.about)} if found.about else {}
    with replacing(out / CARD_FILE) as unfinished:
        unfinished.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    _describe(out / MODEL_CARD, card)


def current(card: dict[str, Any]) -> dict[str, Any]:
    """The card in the schema that is written today. Raises WeightsError."""
    if card.get("schema_version") == SCHEMA_VERSION:
        return card
    return {name: value for name, value in upgraded(card).items() if name not in _SCHEMA_1_ONLY}


def raised(version: str) -> str:
    """The next minor version: "3.1.0" → "3.2.0"."""
    major, minor, *_ = (*version.split("."), "0")
    return f"{major}.{int(minor) + 1}.0"


def listed(folder: Path) -> list[dict[str, object]]:
    """Every weight file as a card lists it."""
    return [{"file": path.name, "sha256": hashlib.sha256(content := path.read_bytes()).hexdigest(),
             "bytes": len(content)} for path in sorted(folder.glob("*.safetensors"))]


def novelty_file(inputs: Sequence[str]) -> str:
    """Name in the bundle."""
    return "_".join((NOVELTY, *inputs)) + ".safetensors"


def _write(folder: Path, inputs: tuple[str, ...], model: NoveltyModel) -> NoveltyFile:
    name = novelty_file(inputs)
    (folder / name).write_bytes(novelty_bytes(model))
    return NoveltyFile(name, model.columns, model.limit, model.false_alarm, inputs, model.averaged)


def _describe(file: Path, card: Mapping[str, Any]) -> None:
    """The text beside the card: another version in its title, and a section in place of an earlier one."""
    text = file.read_text(encoding="utf-8") if file.is_file() else f"# {card['name']}\n"
    title, _, rest = text.partition("\n")
    title = f"{title.split(', version ')[0]}, version {card['version']}"
    section = trust_section(card)
    body = rest.split(section.split("\n", 1)[0])[0].rstrip()
    file.write_text(f"{title}\n{body}\n\n{section}", encoding="utf-8", newline="\n")
