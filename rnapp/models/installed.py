"""Which weight bundles are on this machine, with the program or installed by the user, and which is used for a task."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rnapp.errors import WeightsError
from rnapp.files import replacing
from rnapp.models.card import CARD_FILE, read_card
from rnapp.types import ModelCard

CHOICE_FILE = "chosen.json"
DEFAULT_TASK = "metastasis"  # the question that is asked where none is named
OTHER_TASKS = "others"  # in the file of choices, whose own entries are the default task's, as before there were several
LEAST_PREFIX = 4  # characters of a SHA-256; with fewer a slip of the finger could name another model


@dataclass(frozen=True)
class Installed:
    """A bundle on this machine.

    sha256: of its card.json, empty where that cannot be read; card: None where it cannot be used, and trouble then
    says why in a sentence; own: installed by the user, so that it can be removed; chosen: the one that is used for its
    task; task: id of the question it answers, "" where its card does not even say that.
    """

    folder: Path
    sha256: str
    card: ModelCard | None
    trouble: str
    own: bool
    chosen: bool = False
    task: str = ""


@dataclass(frozen=True)
class _Choice:
    """What the user chose for a task. sha256: of the card; name, version: for the sentence once it is gone;
    with_program: it came with the program, whose upgrade replaces it."""

    sha256: str
    name: str
    version: str
    with_program: bool = False


def bundles_folder(data: Path) -> Path:
    """Where the user's own bundles lie."""
    return data / "bundles"


def choose_bundle(weights: Path, data: Path | None = None, task: str | None = None) -> Path:
    """The folder of the bundle to use for a task (its id), never one of another task.

    RNAPP_BUNDLE (a bundle's name or path) decides for the task on its card; else what the user chose for the task; else
    its one bundle that is no demonstration; else its demonstration. task: None for the question that is asked where
    none is named: that of RNAPP_BUNDLE; else of a bundle that the user chose for a question that the program has none
    for; else DEFAULT_TASK. weights: with the program; data: the user's. Raises WeightsError where there is none, the
    choice is ambiguous, or what was chosen is gone or broken.
    """
    if (wanted := os.environ.get("RNAPP_BUNDLE")) and (named := _named(wanted, weights, data, task)):
        return named
    found = _found(weights, data)
    choices = _read_choices(data) if data else {}
    asked = task or _asked(found, choices)
    return _remembered(found, choices[asked], asked) if asked in choices else _only(found, weights, asked)


def bundle_sha256(weights: Path, data: Path | None = None, task: str | None = None) -> str:
    """Of the card of the bundle that would be used, which names every file by its hash. Raises WeightsError."""
    return read_card(choose_bundle(weights, data, task)).model.sha256


def installed_bundles(weights: Path, data: Path | None = None, task: str | None = None) -> tuple[Installed, ...]:
    """Every bundle with the program, then the user's own, also those that cannot be used; only cards are read.

    task: only those of one task, and those that do not say which they are of.
    """
    found = [one for one in _found(weights, data) if task is None or one.task in (task, "")]
    used = {name: _used(weights, data, name) for name in {one.task for one in found} - {""}}
    return tuple(replace(one, chosen=one.task in used and one.folder.resolve() == used[one.task]) for one in found)


def choose(weights: Path, data: Path, wanted: str) -> ModelCard:
    """Use this bundle for its task from now on. wanted: its card's SHA-256 or the beginning of it, or its folder's
    name.

    Raises WeightsError where there is no such bundle, several, or its card is broken.
    """
    one = _pick(_found(weights, data), wanted)
    if one.card is None:
        raise WeightsError(f"This model cannot be used: {one.trouble}")
    remember(data, one.card, with_program=not one.own)
    return one.card


def remember(data: Path, card: ModelCard, with_program: bool = False) -> None:
    """Writes down the user's choice for the card's task; those for other tasks stay. with_program: it came with the
    program. Raises WeightsError where the folder cannot be written."""
    choices: dict[str, _Choice] = {}
    with suppress(WeightsError):  # what cannot be read is cured by choosing
        choices |= _read_choices(data)
    choices.pop(card.task, None)  # the last choice stands last
    folder = bundles_folder(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_choices(folder, choices | {card.task: _Choice(card.sha256, card.name, card.version, with_program)})
    except OSError as error:
        raise WeightsError(f"The choice of the model could not be saved in {folder} ({error.strerror}); free some "
                           "space or allow writing there, and choose it again.") from error


def remove_bundle(data: Path, wanted: str) -> Installed:
    """Removes one of the user's own bundles and returns what it was; if it was the chosen one, nothing is chosen then.

    wanted: as for choose. Raises WeightsError where there is no such bundle, several, or it cannot be removed.
    """
    folder = bundles_folder(data)
    one = _pick(_in(folder, own=True), wanted)
    choices = _read_choices(data)
    kept = {task: choice for task, choice in choices.items() if choice.sha256 != one.sha256}
    try:
        # Moved away first, in one step: a bundle is there or not, never half of it.
        with tempfile.TemporaryDirectory(prefix=".remove-", dir=folder, ignore_cleanup_errors=True) as away:
            one.folder.rename(Path(away) / one.folder.name)
        if len(kept) < len(choices):
            _write_choices(folder, kept)
    except OSError as error:
        raise WeightsError(f"The bundle {one.folder.name!r} could not be removed ({error.strerror}); close what uses "
                           "it and try again.") from error
    return replace(one, chosen=len(kept) < len(choices))


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
        return Installed(folder, _card_sha256(folder), None, str(error), own, task=_said_task(folder))
    return Installed(folder, card.sha256, card, "", own, task=card.task)


def _card_sha256(folder: Path) -> str:
    """So that a bundle that this version of the program cannot use is still known by its name."""
    try:
        return hashlib.sha256((folder / CARD_FILE).read_bytes()).hexdigest()
    except OSError:
        return ""


def _said_task(folder: Path) -> str:
    """Of a card that cannot be used, "" where it says nothing."""
    try:
        said = json.loads((folder / CARD_FILE).read_bytes())["task"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return said if isinstance(said, str) else ""


def _used(weights: Path, data: Path | None, task: str) -> Path | None:
    try:
        return choose_bundle(weights, data, task).resolve()
    except WeightsError:
        return None


def _asked(found: Sequence[Installed], choices: Mapping[str, _Choice]) -> str:
    """The question where none is named. A bundle for another question of the program does not change what is asked:
    scripts that name none would get other answers."""
    own = {one.task for one in found if not one.own} | {DEFAULT_TASK}
    return next((task for task in reversed(list(choices)) if task not in own), DEFAULT_TASK)


def _named(wanted: str, weights: Path, data: Path | None, task: str | None) -> Path | None:
    """What RNAPP_BUNDLE names; None where that is of another task than the one asked for."""
    places = [weights / "bundles" / wanted, *([bundles_folder(data) / wanted] if data else []), Path(wanted)]
    path = next((path for path in places if (path / CARD_FILE).is_file()), None)
    if path is None:
        raise WeightsError(f"RNAPP_BUNDLE names {wanted!r}, but there is no such bundle; correct or unset it.")
    return path if task is None or read_card(path).model.task == task else None


def _remembered(found: Sequence[Installed], choice: _Choice, task: str) -> Path:
    """Never another bundle than the chosen one: its answers would be taken for the chosen model's. An upgrade replaces
    one that comes with the program; its successor has its name, and says its version beside every answer."""
    matches = [one for one in found if one.sha256 == choice.sha256] or [
        one for one in found
        if choice.with_program and not one.own and one.card and (one.card.name, one.task) == (choice.name, task)]
    if not matches:
        raise WeightsError(f"The model that was chosen ({choice.name} {choice.version}) is gone or its card was "
                           "altered; install it again or choose another one.")
    if matches[-1].card is None:
        raise WeightsError(f"The model that was chosen ({choice.name} {choice.version}) cannot be used, so choose "
                           f"another one, or: {matches[-1].trouble}")
    return matches[-1].folder


def _only(found: Sequence[Installed], weights: Path, task: str) -> Path:
    """The task's one real bundle, else its one demonstration. A broken one of the user's is passed over, the program's
    not."""
    program = [one for one in found if not one.own and one.task in (task, "")]
    sound = [one for one in program if one.card]
    if broken := [one.trouble for one in program if one.card is None and (one.task or not sound)]:
        raise WeightsError(broken[0])
    with_program = {one.sha256 for one in program}
    cards = {one.folder: one.card for one in found
             if one.card and one.task == task and not (one.own and one.sha256 in with_program)}
    real = [folder for folder, card in cards.items() if not card.demonstration]
    candidates = real or list(cards)
    if not candidates:
        raise WeightsError(f"There is no weight bundle for {task!r} in {weights / 'bundles'}; install one.")
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


def _read_choices(data: Path) -> dict[str, _Choice]:
    """Task → what was chosen for it, the last choice last. Raises WeightsError where what was chosen cannot be read."""
    path = bundles_folder(data) / CHOICE_FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return dict(_stored_choices(stored, data))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(f"Which model was chosen cannot be read from {path}; choose one again.") from error


def _stored_choices(stored: dict[str, Any], data: Path) -> Iterator[tuple[str, _Choice]]:
    """Raises KeyError, TypeError, AttributeError for what is no such file."""
    others = {str(task): _choice(one) for task, one in stored.get(OTHER_TASKS, {}).items()}
    if not others or "sha256" in stored:
        choice = _choice(stored)
        # Before there were several tasks, the one choice could be of any.
        own = {one.sha256: one.task for one in _in(bundles_folder(data), own=True)}
        yield own.get(choice.sha256) or DEFAULT_TASK, choice
    yield from others.items()


def _choice(stored: dict[str, Any]) -> _Choice:
    return _Choice(str(stored["sha256"]), str(stored["name"]), str(stored["version"]),
                   stored.get("with_program") is True)


def _write_choices(folder: Path, choices: Mapping[str, _Choice]) -> None:
    """The default task's as it always was, so that an older version of the program understands it. Raises OSError."""
    if not choices:
        (folder / CHOICE_FILE).unlink()
        return
    others = {task: asdict(choice) for task, choice in choices.items() if task != DEFAULT_TASK}
    own = asdict(choices[DEFAULT_TASK]) if DEFAULT_TASK in choices else {}
    with replacing(folder / CHOICE_FILE) as unfinished:
        unfinished.write_text(json.dumps(own | ({OTHER_TASKS: others} if others else {})) + "\n", encoding="utf-8")
