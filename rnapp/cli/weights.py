"""rnapp weights: the bundles that are there."""

import argparse

from rnapp.config import data_folder, weights_folder
from rnapp.errors import WeightsError
from rnapp.models.bundle_file import install_bundle, pack_bundle
from rnapp.models.installed import (
    DEFAULT_TASK,
    Installed,
    choose,
    choose_bundle,
    installed_bundles,
    remove_bundle,
)
from rnapp.tasks import TASKS, load_model
from rnapp.types import ModelCard


def show(_: argparse.Namespace) -> None:
    """Every bundle, and the one in use for each question. Raises WeightsError where none can be used for a question,
    after the rest was printed."""
    found = installed_bundles(weights_folder(), data_folder())
    print(*map(_listed, found), sep="\n")
    trouble: list[str] = []
    for task in (name for name in TASKS if name in (DEFAULT_TASK, *(bundle.task for bundle in found))):
        try:
            print(f"In use for {task}: {choose_bundle(weights_folder(), data_folder(), task)}")
        except WeightsError as error:
            trouble.append(f"No model for {task}: {error}")
    if trouble:
        raise WeightsError(" ".join(trouble))


def install(options: argparse.Namespace) -> None:
    """Install a bundle from its file. Raises WeightsError."""
    installed = install_bundle(options.file, data_folder(), load_model, options.sha256)
    done = "was installed" if installed.new else "is already installed"
    print(f"{_titled(installed.card)} {done}: {installed.folder}")
    _say_used(installed.card.task)


def use(options: argparse.Namespace) -> None:
    """Choose a bundle. Raises WeightsError."""
    card = choose(weights_folder(), data_folder(), options.bundle)
    print(f"{_titled(card)} is chosen.")
    _say_used(card.task)


def remove(options: argparse.Namespace) -> None:
    """Remove a bundle of the user's own. Raises WeightsError."""
    removed = remove_bundle(data_folder(), options.bundle)
    print(f"{removed.folder.name} was removed.")
    _say_used(removed.task or None)


def pack(options: argparse.Namespace) -> None:
    """Make one file of a bundle's folder. Raises WeightsError."""
    card = pack_bundle(options.folder, options.out, load_model)
    print(f"{_titled(card)} was written to {options.out}\ncard SHA-256 {card.sha256}")


def _say_used(task: str | None) -> None:
    """RNAPP_BUNDLE can still decide otherwise, and after a removal there may be none: that is said, not a failure.
    task: None where a broken bundle did not say its own."""
    try:
        said = f" for {task}" if task else ""
        print(f"From now on rnapp uses {choose_bundle(weights_folder(), data_folder(), task)}{said}")
    except WeightsError as error:
        print(f"rnapp has no bundle to use now: {error}")


def _listed(bundle: Installed) -> str:
    origin = "installed from a file" if bundle.own else "comes with the program"
    said = f"{_titled(bundle.card)} for {bundle.task}, {origin}" if bundle.card else (
        f"{bundle.folder.name}, {origin}, is broken: {bundle.trouble}")
    return f"{'*' if bundle.chosen else '-'} {said}\n  card SHA-256 {bundle.sha256 or 'unknown'}"


def _titled(card: ModelCard) -> str:
    kind = "demonstration, its numbers mean nothing clinically" if card.demonstration else "no demonstration"
    return f"{card.name} {card.version} ({kind})"
