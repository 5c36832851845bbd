"""What a bundle's card holds, whatever its task and architecture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rnapp.errors import WeightsError
from rnapp.types import ModelCard

T = TypeVar("T")


@dataclass(frozen=True)
class NoveltyFile:
    """What tells the unlike from the like. file: name in the bundle; columns: names of the radiomics in it; limit,
    false_alarm, averaged: as in NoveltyModel; inputs: of the networks it belongs to, () where there is one
    combination."""

    file: str
    columns: tuple[str, ...]
    limit: float
    false_alarm: float
    inputs: tuple[str, ...] = ()
    averaged: bool = False


@dataclass(frozen=True)
class BundleCard:
    """A card whose entries are of the right kind; whether its architecture and its task are known is another matter.

    model: what the user is told, and the task; architecture: what reads the files; channels: of the model's input, in
    order; sizes, calibration: name → number; input: what else the models were trained on; folds: files and settings of
    each part that answers on its own; files: name → SHA-256; novelty: none where the bundle cannot tell what is unlike
    its own cases.
    """

    model: ModelCard
    architecture: str
    channels: tuple[str, ...]
    sizes: Mapping[str, int]
    calibration: Mapping[str, float]
    input: Mapping[str, Any]
    folds: tuple[Mapping[str, Any], ...]
    files: Mapping[str, str]
    novelty: tuple[NoveltyFile, ...] = ()


def entry_of(entries: Any, name: str, kind: type[T]) -> T:
    """An entry of this kind. Raises WeightsError where it is missing or of another kind."""
    value = entries.get(name) if isinstance(entries, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WeightsError(f"The bundle's card needs {name!r} as {kind.__name__}, but it is missing or of another "
                           "kind; export the bundle again.")
    return value
