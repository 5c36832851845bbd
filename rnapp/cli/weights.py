"""rnapp weights: the bundles that are there."""

import argparse

from rnapp.config import data_folder, weights_folder
from rnapp.errors import WeightsError
from rnapp.models.bundle_file import install_bundle, pack_bundle
from rnapp.models.installed import Installed, choose, choose_bundle, installed_bundles, remove_bundle
from rnapp.tasks import load_model
from rnapp.types import ModelCard


def show(_: argparse.Namespace) -> None:
    """Every bundle, and the one in use."""
    for bundle in installed_bundles(weights_folder(), data_folder()):
        print(_listed(bundle))
    print(f"In use: {choose_bundle(weights_folder(), data_folder())}")


def install(options: argparse.Namespace) -> None:
    """Install a bundle from its file. Raises WeightsError."""
    installed = install_bundle(options.file, data_folder(), load_model, options.sha256)
    done = "was installed" if installed.new else "is already installed"
    print(f"{_titled(installed.card)} {done}: {installed.folder}")
    _say_used()


def use(options: argparse.Namespace) -> None:
    """Choose a bundle. Raises WeightsError."""
    print(f"{_titled(choose(weights_folder(), data_folder(), options.bundle))} is chosen.")
    _say_used()


def remove(options: argparse.Namespace) -> None:
    """Remove a bundle of the user's own. Raises WeightsError."""
    removed = remove_bundle(data_folder(), options.bundle)
    print(f"{removed.folder.name} was removed.")
    _say_used()


def pack(options: argparse.Namespace) -> None:
    """Make one file of a bundle's folder. Raises WeightsError."""
    card = pack_bundle(options.folder, options.out, load_model)
    print(f"{_titled(card)} was written to {options.out}\ncard SHA-256 {card.sha256}")


def _say_used() -> None:
    """RNAPP_BUNDLE can still decide otherwise, and after a removal there may be none: that is said, not a failure."""
    try:
        print(f"From now on rnapp uses {choose_bundle(weights_folder(), data_folder())}")
    except WeightsError as error:
        print(f"rnapp has no bundle to use now: {error}")


def _listed(bundle: Installed) -> str:
    origin = "installed from a file" if bundle.own else "comes with the program"
    said = f"{_titled(bundle.card)}, {origin}" if bundle.card else (
        f"{bundle.folder.name}, {origin}, is broken: {bundle.trouble}")
    return f"{'*' if bundle.chosen else '-'} {said}\n  card SHA-256 {bundle.sha256 or 'unknown'}"


def _titled(card: ModelCard) -> str:
    kind = "demonstration, its numbers mean nothing clinically" if card.demonstration else "no demonstration"
    return f"{card.name} {card.version} ({kind})"
