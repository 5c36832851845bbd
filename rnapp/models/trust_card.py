"""What a bundle's card says of its own numbers: the entry "trust", absent in bundles that were never calibrated."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

from rnapp.errors import WeightsError
from rnapp.models.card_fields import NoveltyFile, entry_of
from rnapp.types import Benefit, Bin, Calibration

ENTRY, NOVELTY, COMBINATIONS = "trust", "novelty", "combinations"
Point = TypeVar("Point", Bin, Benefit)


def read_calibration(card: Mapping[str, Any]) -> Calibration | None:
    """The card's calibration, None where there is none. Raises WeightsError for one that makes no sense."""
    if ENTRY not in card:
        return None
    entry = entry_of(card, ENTRY, dict)
    others = {str(name): _read(_held(one, dict)) for name, one in _held(entry.get(COMBINATIONS, {}), dict).items()}
    return replace(_read(entry), combinations=MappingProxyType(others))


def _read(entry: Mapping[str, Any]) -> Calibration:
    limits = tuple(_number(one) for one in entry_of(entry, "limits", list))
    if len(limits) != 2:
        raise _wrong()
    prior, slope, intercept, level = (_number(entry.get(name)) for name in ("prior", "slope", "intercept", "level"))
    found = Calibration(
        prior, slope, intercept, level=level,
        limits=(limits[0], limits[1]), cases=entry_of(entry, "cases", int),
        synthetic=entry_of(entry, "synthetic", bool), cohorts=_cohorts(entry_of(entry, "cohorts", dict)),
        reliability=_curves(entry_of(entry, "reliability", dict), Bin),
        benefit=_curves(entry_of(entry, "benefit", dict), Benefit))
    sane = (0 <= limits[0] <= limits[1] <= 1 and 0 < found.prior < 1 and found.slope > 0
            and 0.5 <= found.level < 1 and found.cases > 0)
    if not sane:
        raise _wrong()
    return found


def read_novelty_files(card: Mapping[str, Any]) -> tuple[NoveltyFile, ...]:
    """What tells the unlike from the like, none where the card lists none. Raises WeightsError for what makes no sense,
    or names a file that the card does not list."""
    entry = card.get(ENTRY)
    if not isinstance(entry, dict) or NOVELTY not in entry:
        return ()
    listed = {one.get("file") for one in entry_of(card, "files", list) if isinstance(one, dict)}
    found = tuple(_novelty(one) for one in entry_of(entry, NOVELTY, list))
    if len({one.inputs for one in found}) < len(found) or not {one.file for one in found} <= listed:
        raise _wrong()
    return found


def novelty_entry(files: Sequence[NoveltyFile]) -> list[dict[str, object]]:
    """As read_novelty_files takes it."""
    return [asdict(one) | {"columns": list(one.columns), "inputs": list(one.inputs)} for one in files]


def _novelty(entry: Any) -> NoveltyFile:
    columns, inputs = (tuple(str(one) for one in entry_of(entry, name, list)) for name in ("columns", "inputs"))
    return NoveltyFile(entry_of(entry, "file", str), columns, _number(entry.get("limit")),
                       _number(entry.get("false_alarm")), inputs, entry_of(entry, "averaged", bool))


def calibration_entry(calibration: Calibration) -> dict[str, object]:
    """As read_calibration takes it."""
    return {"prior": calibration.prior, "slope": calibration.slope, "intercept": calibration.intercept,
            "limits": list(calibration.limits), "level": calibration.level, "cases": calibration.cases,
            "synthetic": calibration.synthetic,
            "cohorts": {name: dict(measures) for name, measures in calibration.cohorts.items()},
            "reliability": {name: [asdict(one) for one in curve] for name, curve in calibration.reliability.items()},
            "benefit": {name: [asdict(one) for one in curve] for name, curve in calibration.benefit.items()},
            **({COMBINATIONS: {name: calibration_entry(one) for name, one in calibration.combinations.items()}}
               if calibration.combinations else {})}


def _cohorts(entry: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
    return MappingProxyType({
        str(name): MappingProxyType({str(measure): _number(value) for measure, value in _held(measures, dict).items()})
        for name, measures in entry.items()})


def _curves(entry: Mapping[str, Any], kind: type[Point]) -> Mapping[str, tuple[Point, ...]]:
    return MappingProxyType({str(name): tuple(_point(one, kind) for one in _held(curve, list))
                             for name, curve in entry.items()})


def _held(value: Any, kind: type) -> Any:
    return value if isinstance(value, kind) else _refuse()


def _point(entry: Any, kind: type[Point]) -> Point:
    values = {one.name: _number(_held(entry, dict).get(one.name)) for one in fields(kind)}
    return kind(**values | ({"count": int(values["count"])} if kind is Bin else {}))  # type: ignore[arg-type]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise _wrong()
    return float(value)


def _refuse() -> NoReturn:
    raise _wrong()


def _wrong() -> WeightsError:
    return WeightsError(f"The bundle's card has an entry {ENTRY!r} that makes no sense; export the bundle again.")
