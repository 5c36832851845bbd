"""Which weight bundles are on this machine, with the program or installed by the user, and which one is used."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rnapp.errors import WeightsError
from rnapp.files import replacing
from rnapp.models.card import CARD_FILE, read_card
from rnapp.types import ModelCard

CHOICE_FILE = "chosen.json"
LEAST_PREFIX = 4  # characters of a SHA-256; with fewer a slip of the finger could name another model


@dataclass(frozen=True)
class Installed:
    """A bundle on this machine.

    sha256: of its card.json, empty where that cannot be read; card: None where it cannot be used, and trouble then
    says why in a sentence; own: installed by the user, so that it can be removed; chosen: the one that is used.
    """

    folder: Path
    sha256: str
    card: ModelCard | None
    trouble: str
    own: bool
    chosen: bool = False


@dataclass(frozen=True)
class _Choice:
    """What the user chose. sha256: of the card; name, version: for the sentence once it is gone; with_program: it came
    with the program, whose upgrade replaces it."""

    sha256: str
    name: str
    version: str
    with_program: bool = False


def bundles_folder(data: Path) -> Path:
    """Where the user's own bundles lie."""
    return data / "bundles"


def choose_bundle(weights: Path, data: Path | None = None) -> Path:
    """The folder of the bundle to use.

    RNAPP_BUNDLE (a bundle's name or path) decides where it is set; else what the user chose; else the one bundle
    that is no demonstration; else the demonstration. weights: with the program; data: the user's. Raises WeightsError
    where there is none, the choice is ambiguous, or what was chosen is gone or broken.
    """
    if wanted := os.environ.get("RNAPP_BUNDLE"):
        return _named(wanted, weights, data)
    found = _found(weights, data)
    choice = _read_choice(data) if data else None
    return _remembered(found, choice) if choice else _only(found, weights)


def bundle_sha256(weights: Path, data: Path | None = None) -> str:
    """Of the card of the bundle that would be used, which names every file by its hash. Raises WeightsError."""
    return read_card(choose_bundle(weights, data)).model.sha256


def installed_bundles(weights: Path, data: Path | None = None) -> tuple[Installed, ...]:
    """Every bundle with the program, then the user's own, also those that cannot be used; only cards are read."""
    try:
        used = choose_bundle(weights, data).resolve()
    except WeightsError:
        used = None
    return tuple(replace(one, chosen=one.folder.resolve() == used) for one in _found(weights, data))


def choose(weights: Path, data: Path, wanted: str) -> ModelCard:
    """Use this bundle from now on. wanted: its card's SHA-256 or the beginning of it, or its folder's name.

    Raises WeightsError where there is no such bundle, several, or its card is broken.
    """
    one = _pick(_found(weights, data), wanted)
    if one.card is None:
        raise WeightsError(f"This model cannot be used: {one.trouble}")
    remember(data, one.card, with_program=not one.own)
    return one.card


def remember(data: Path, card: ModelCard, with_program: bool = False) -> None:
    """Writes down the user's choice. with_program: it came with the program. Raises WeightsError where the folder
    cannot be written."""
    folder = bundles_folder(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / CHOICE_FILE) as unfinished:
            choice = _Choice(card.sha256, card.name, card.version, with_program)
            unfinished.write_text(json.dumps(asdict(choice)) + "\n", encoding="utf-8")
    except OSError as error:
        raise WeightsError(f"The choice of the model could not be saved in {folder} ({error.strerror}); free some "
                           "space or allow writing there, and choose it again.") from error


def remove_bundle(data: Path, wanted: str) -> Installed:
    """Removes one of the user's own bundles and returns what it was; if it was the chosen one, nothing is chosen then.

    wanted: as for choose. Raises WeightsError where there is no such bundle, several, or it cannot be removed.
    """
    folder = bundles_folder(data)
    one = _pick(_in(folder, own=True), wanted)
    choice = _read_choice(data)
    was_chosen = choice is not None and choice.sha256 == one.sha256
    try:
        # Moved away first, in one step: a bundle is there or not, never half of it.
        with tempfile.TemporaryDirectory(prefix=".remove-", dir=folder, ignore_cleanup_errors=True) as away:
            one.folder.rename(Path(away) / one.folder.name)
        if was_chosen:
            (folder / CHOICE_FILE).unlink()
    except OSError as error:
        raise WeightsError(f"The bundle {one.folder.name!r} could not be removed ({error.strerror}); close what uses "
                           "it and try again.") from error
    return replace(one, chosen=was_chosen)


def _found(weights: Path, data: Path | None) -> tuple[Installed, ...]:
    return _in(weights / "bundles", own=False) + (_in(bundles_folder(data), own=True) if data else ())


def _in(folder: Path, own: bool) -> tuple[Installed, ...]:
    """Names with a dot are unfinished installations."""
    return tuple(_look(path, own) for path in sorted(folder.glob("*"))
                 if path.is_dir() and not path.name.startswith("."))


def _look(folder: Path, own: bool) -> Installed:
    try:
        card = read_card(folder).model
    except WeightsError as error:
        return Installed(folder, _card_sha256(folder), None, str(error), own)
    return Installed(folder, card.sha256, card, "", own)


def _card_sha256(folder: Path) -> str:
    """So that a bundle that this version of the program cannot use is still known by its name."""
    try:
        return hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
    except OSError:
        return ""


def _named(wanted: str, weights: Path, data: Path | None) -> Path:
    places = [weights / "bundles" / wanted, *([bundles_folder(data) / wanted] if data else []), Path(wanted)]
    for path in places:
        if (path / CARD_FILE).is_file():
            return path
    raise WeightsError(f"RNAPP_BUNDLE names {wanted!r}, but there is no such bundle; correct or unset it.")


def _remembered(found: Sequence[Installed], choice: _Choice) -> Path:
    """Never another bundle than the chosen one: its answers would be taken for the chosen model's. An upgrade replaces
    one that comes with the program; its successor has its name, and says its version beside every answer."""
    matches = [one for one in found if one.sha256 == choice.sha256] or [
        one for one in found if choice.with_program and not one.own and one.card and one.card.name == choice.name]
    if not matches:
        raise WeightsError(f"The model that was chosen ({choice.name} {choice.version}) is gone or its card was "
                           "altered; install it again or choose another one.")
    if matches[-1].card is None:
        raise WeightsError(f"The model that was chosen ({choice.name} {choice.version}) cannot be used, so choose "
                           f"another one, or: {matches[-1].trouble}")
    return matches[-1].folder


def _only(found: Sequence[Installed], weights: Path) -> Path:
    """The one real bundle, else the one demonstration. A broken one of the user's is passed over, the program's not."""
    if broken := [one.trouble for one in found if one.card is None and not one.own]:
        raise WeightsError(broken[0])
    with_program = {one.sha256 for one in found if not one.own}
    cards = {one.folder: one.card for one in found if one.card and not (one.own and one.sha256 in with_program)}
    real = [folder for folder, card in cards.items() if not card.demonstration]
    candidates = real or list(cards)
    if not candidates:
        raise WeightsError(f"There is no weight bundle in {weights / 'bundles'}; install one.")
    if len(candidates) > 1:
        names = ", ".join(folder.name for folder in candidates)
        raise WeightsError(f"There are several weight bundles ({names}); choose one of them, or name one in "
                           "RNAPP_BUNDLE.")
    return candidates[0]


def _pick(found: Sequence[Installed], wanted: str) -> Installed:
    """The same bundle with the program and as the user's own is one: the own one, which survives an upgrade."""
    prefix = wanted.strip().lower()
    matches = [one for one in found if one.folder.name == wanted
               or (len(prefix) >= LEAST_PREFIX and one.sha256.startswith(prefix))]
    if not matches:
        raise WeightsError(f"Expected the card's SHA-256 of a bundle here, or its first {LEAST_PREFIX} characters or "
                           f"more, but none begins with {wanted!r}; name one from the list.")
    if len({one.sha256 for one in matches}) > 1:
        raise WeightsError(f"Several bundles begin with {wanted!r}; give more characters of the card's SHA-256.")
    return matches[-1]


def _read_choice(data: Path) -> _Choice | None:
    """None where nothing was chosen. Raises WeightsError where what was chosen cannot be read."""
    path = bundles_folder(data) / CHOICE_FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return _Choice(str(stored["sha256"]), str(stored["name"]), str(stored["version"]),
                       stored.get("with_program") is True)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise WeightsError(f"Which model was chosen cannot be read from {path}; choose one again.") from error
