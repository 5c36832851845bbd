"""A weight bundle as one file: packed the same every time, and installed only when it is sound in every way."""

import re
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rnapp import limits, zips
from rnapp.errors import WeightsError
from rnapp.files import BLOCK, LEFTOVER_S, replacing
from rnapp.models.card import CARD_FILE, SealedBundle, read_bundle, read_card
from rnapp.models.installed import bundles_folder, remember
from rnapp.types import ModelCard
from rnapp.zips import Fault

EXTENSION = ".rnbundle"
# Five folds of the paper's network are 11 files and 2 GB; beyond these it is another zip or one made to do harm.
MAX_FILES = 200
MAX_BYTES = 4 * 1024**3
MAX_CARD_BYTES = 16 * 1024**2
# Builds the networks of a bundle, or raises WeightsError: rnapp.tasks.load_model.
Load = Callable[[SealedBundle], object]
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
# Safe as a file's name on every system; Windows keeps the first few for devices.
_PLAIN = re.compile(r"(?!(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$))[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?<!\.)")
_ODD = ("The file {member!r} in the archive is encrypted or compressed in an unknown way; make the archive with rnapp "
        "weights pack.")
_WORDS = MappingProxyType({
    Fault.DAMAGED: "The file {file!r} is not a zip file, or is damaged; download or copy it again.",
    Fault.MISSING: "There is no file {file!r}; choose the bundle's file.",
    Fault.NO_FILE: "{file!r} is a pipe or a device, not a file; choose the bundle's file.",
    Fault.UNREADABLE: "The file {file!r} cannot be read ({reason}); copy it again, or get permission to read it.",
    Fault.TOO_MANY: "Expected at most {limit} files in a bundle, but got {found}; choose the bundle's file.",
    Fault.TOO_LARGE: "The archive is larger than {limit} when unpacked, which no bundle is; choose the bundle's file.",
    Fault.UNSAFE: "The archive holds {member!r}, which points outside its folder; do not use it.",
    Fault.NO_REGULAR: "The archive holds {member!r}, which is a link or not a plain file; do not use it.",
    Fault.ENCRYPTED: _ODD,
    Fault.METHOD: _ODD,
    Fault.BOMB: "The file {member!r} in the archive unpacks to more than a thousand times its size; do not use it.",
    Fault.TWICE: "Expected one bundle, but the archive holds two files of one name; pack the bundle again."})
_LONGEST_NAME = 60
_MADE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say; any fixed time will do


@dataclass(frozen=True)
class Installation:
    """card: what was installed; folder: where it lies; new: False where the very same was there already."""

    card: ModelCard
    folder: Path
    new: bool


def pack_bundle(folder: Path, out: Path, load: Load) -> ModelCard:
    """Writes a bundle's folder as one file; the same folder gives the same bytes. load: must succeed first.

    Raises WeightsError where the bundle is not sound, holds names or more than install_bundle takes, or the file
    cannot be written.
    """
    sealed = read_bundle(folder)
    load(sealed)
    if out.resolve().parent == folder.resolve():
        raise WeightsError("The file would be inside the bundle's folder; choose a place outside it.")
    try:
        with replacing(out) as unfinished:
            _write(folder, unfinished)
            with zips.opened(unfinished, _rules()) as archive:
                _members(archive)
    except OSError as error:
        raise WeightsError(f"The bundle could not be written to {out} ({error.strerror}); choose another "
                           "place.") from error
    return sealed.card.model


def install_bundle(file: Path, data: Path, load: Load, expected_sha256: str | None = None) -> Installation:
    """Puts the bundle in the file among the user's own in data, and chooses it; what is broken there is replaced.

    load: must succeed before the bundle takes its place, in one step; expected_sha256: of the card, as the publisher
    gives it. Raises WeightsError, and leaves everything as it was, where the file is no sound bundle or another one.
    """
    expected = _fingerprint(expected_sha256)
    if not file.is_file():
        raise WeightsError(f"There is no file {str(file)!r}; choose the bundle's file.")
    bundles = bundles_folder(data)
    try:
        bundles.mkdir(parents=True, exist_ok=True)
        _sweep(bundles)
        with tempfile.TemporaryDirectory(prefix=".install-", dir=bundles, ignore_cleanup_errors=True) as private:
            fresh = Path(private) / "new" / _clean(file.stem)
            _unpack(file, fresh)
            card = _verified(fresh, file.name, load, expected)
            installation = _settle(fresh, bundles / _folder_name(card), Path(private) / "old", card, load)
    except OSError as error:
        raise WeightsError(f"The bundle {file.name!r} could not be installed in {bundles} ({error.strerror}); free "
                           "some space or allow writing there, and try again.") from error
    remember(data, card)
    return installation


def _sweep(bundles: Path) -> None:
    """Remove what a program that was killed left behind, gigabytes perhaps; a day later nobody works in it any more."""
    with suppress(OSError):
        for left in (*bundles.glob(".install-*"), *bundles.glob(".remove-*")):
            if left.stat().st_mtime < time.time() - LEFTOVER_S:
                shutil.rmtree(left, ignore_errors=True)


def _write(folder: Path, out: Path) -> None:
    """Stored, because weights hardly shrink, and every version of zlib would shrink them differently."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir(), key=lambda one: one.name):
            if path.is_symlink() or path.name.startswith("."):
                continue  # prose at most, since the bundle is sound
            member = zipfile.ZipInfo(path.name, _MADE)
            member.create_system, member.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, path.read_bytes())


def _unpack(file: Path, folder: Path) -> None:
    """The files of the archive in a new folder, under names that were checked. Raises WeightsError, OSError."""
    folder.mkdir(parents=True)
    with zips.opened(file, _rules()) as archive:
        members = _members(archive)
        needed, free = sum(member.size for member in members.values()), limits.free_disk(folder)
        if needed > free:
            raise WeightsError(f"There is not enough space in {folder.parents[2]} for the bundle {file.name!r} "
                               f"({limits.in_words(needed)}, but only {limits.in_words(free)} can be used); free "
                               "some space and try again.")
        for name, member in members.items():
            with (folder / name).open("wb") as sink:
                sink.writelines(archive.blocks(member))


def _rules() -> zips.Rules:
    return zips.Rules(WeightsError, _WORDS, BLOCK, files=MAX_FILES, total=MAX_BYTES, single=MAX_BYTES)


def _members(archive: zips.Zip) -> Mapping[str, zips.Member]:
    """The files to unpack by their plain names: all in one folder, or in none. Raises WeightsError."""
    places = {*archive.folders, *(member.parts[:-1] for member in archive.members)}
    if len(places) > 1 or any(len(place) > 1 for place in places):
        raise WeightsError("Expected the files of one bundle, but the archive holds folders within folders; pack the "
                           "bundle's folder alone.")
    files = {member.parts[-1]: member for member in archive.members}
    if odd := [name for name in files if not _PLAIN.fullmatch(name)]:
        raise WeightsError(f"Expected plain names of files in a bundle, but got {odd[0]!r}; pack the bundle again.")
    if CARD_FILE in files and files[CARD_FILE].size > MAX_CARD_BYTES:
        raise WeightsError(f"The {CARD_FILE} in the archive is larger than {MAX_CARD_BYTES >> 20} MB, which no card "
                           "is; choose the bundle's file.")
    return files


def _verified(folder: Path, name: str, load: Load, expected: str | None) -> ModelCard:
    """The card, once the publisher's fingerprint fits and everything loads. name: of the file, for the sentence."""
    try:
        card = read_card(folder).model
        if expected not in (None, card.sha256):
            raise WeightsError(f"expected the card's SHA-256 {expected}, but it is {card.sha256}; it is another model "
                               "than the publisher's, or was altered.")
        load(read_bundle(folder))
    except WeightsError as error:
        raise WeightsError(f"Nothing was installed from {name!r}: {error}") from error
    return card


def _settle(fresh: Path, target: Path, old: Path, card: ModelCard, load: Load) -> Installation:
    """Gives the verified folder its place. old: where a broken one of the same name goes."""
    if target.exists():
        if _is_sound(target, card, load):
            return Installation(card, target, False)
        target.rename(old)
    fresh.rename(target)
    return Installation(card, target, True)


def _is_sound(folder: Path, card: ModelCard, load: Load) -> bool:
    try:
        sealed = read_bundle(folder)
        load(sealed)
    except WeightsError:
        return False
    return sealed.card.model.sha256 == card.sha256


def _folder_name(card: ModelCard) -> str:
    return f"{_clean(f'{card.name}-{card.version}')}-{card.sha256[:8]}"


def _clean(name: str) -> str:
    plain = re.sub(r"[^a-z0-9.]+", "-", name.lower())[:_LONGEST_NAME].strip("-.")
    return plain or "bundle"


def _fingerprint(given: str | None) -> str | None:
    if given is None:
        return None
    plain = given.strip().lower()
    if not _FINGERPRINT.fullmatch(plain):
        raise WeightsError(f"Expected a SHA-256 of 64 hexadecimal digits, but got {given!r}; copy it from the "
                           "bundle's publisher.")
    return plain
