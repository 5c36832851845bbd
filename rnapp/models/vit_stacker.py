"""The architecture "vit_stacker", as a bundle's card describes it: a Vision Transformer and a stacker for each fold."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rnapp.errors import WeightsError
from rnapp.models.card_fields import BundleCard, entry_of
from rnapp.models.radiomics_settings import settings_sha256
from rnapp.models.vit_config import VitConfig

ARCHITECTURE = "vit_stacker"
_GRID = "SRI24 1 mm LPS"
_SIZES = {"crop": "side", "patch": "patch", "hidden": "hidden", "layers": "layers", "heads": "heads", "mlp": "mlp"}


@dataclass(frozen=True)
class FoldFiles:
    """One fold's files (names in the bundle) and the columns of its stacker."""

    vit: str
    stacker: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class VitStacker:
    """config: of every fold's network; temperature: divides the log-odds (at least 1)."""

    config: VitConfig
    folds: tuple[FoldFiles, ...]
    temperature: float


def read_vit_stacker(card: BundleCard) -> VitStacker:
    """What the card says of this architecture. Raises WeightsError for another one, for models that were trained on
    another kind of input, and where something is missing."""
    if card.architecture != ARCHITECTURE:
        raise WeightsError(f"Expected a model of the architecture {ARCHITECTURE!r}, but the card of "
                           f"{card.model.name!r} says {card.architecture!r}; use a bundle made for this version of "
                           "rnapp.")
    if card.input != _input():
        raise other_input(card)
    folds = tuple(_fold(one, card.files) for one in card.folds)
    temperature = card.calibration.get("temperature", 0.0)
    if not folds or temperature < 1.0:
        raise WeightsError("The bundle's card lists no folds, or a temperature below 1; export the bundle again.")
    return VitStacker(_config(card), folds, temperature)


def vit_stacker_entries(task: str, channels: Sequence[str], model: VitStacker) -> dict[str, object]:
    """The entries of a card that describe the model, as read_vit_stacker takes them. task: the question's id."""
    return {
        "task": task, "architecture": ARCHITECTURE, "channels": list(channels), "input": _input(),
        "sizes": {name: getattr(model.config, dimension) for name, dimension in _SIZES.items()},
        "calibration": {"temperature": model.temperature},
        "folds": [asdict(fold) | {"columns": list(fold.columns)} for fold in model.folds],
    }


def other_input(card: BundleCard) -> WeightsError:
    """For a model that would be fed what it was not trained on."""
    return WeightsError(f"The bundle {card.model.name!r} was trained on another kind of input than this version of "
                        "rnapp prepares; use a bundle made for it.")


def _input() -> dict[str, object]:
    """What the models see besides the channels: another grid or other radiomics would be other numbers."""
    return {"grid": _GRID, "radiomics_settings_sha256": settings_sha256()}


def _fold(entries: Mapping[str, Any], files: Mapping[str, str]) -> FoldFiles:
    columns = tuple(str(column) for column in entry_of(entries, "columns", list))
    fold = FoldFiles(entry_of(entries, "vit", str), entry_of(entries, "stacker", str), columns)
    if not {fold.vit, fold.stacker} <= set(files):
        raise WeightsError("The bundle's card names a fold whose files it does not list; export the bundle again.")
    return fold


def _config(card: BundleCard) -> VitConfig:
    if set(card.sizes) != set(_SIZES):
        raise WeightsError(f"The bundle's card must give the network's {', '.join(sorted(_SIZES))}; export it again.")
    return VitConfig(channels=len(card.channels), **{_SIZES[name]: size for name, size in card.sizes.items()})
