"""What a bundle's card says of its own numbers: the entry "trust", absent in bundles that were never calibrated."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any, TypeVar

from rnapp.errors import WeightsError
from rnapp.models.card_fields import entry_of
from rnapp.types import Benefit, Bin, Calibration

ENTRY = "trust"
Point = TypeVar("Point", Bin, Benefit)


def read_calibration(card: Mapping[str, Any]) -> Calibration | None:
    """The card's calibration, None where there is none. Raises WeightsError for one that makes no sense."""
    if ENTRY not in card:
        return None
    entry = entry_of(card, ENTRY, dict)
    limits = tuple(_number(one) for one in entry_of(entry, "limits", list))
    found = Calibration(
        **{name: _number(entry.get(name)) for name in ("prior", "slope", "intercept", "level")},
        limits=(limits[0], limits[-1]), cases=entry_of(entry, "cases", int),
        synthetic=entry_of(entry, "synthetic", bool), cohorts=_cohorts(entry_of(entry, "cohorts", dict)),
        reliability=_curves(entry_of(entry, "reliability", dict), Bin),
        benefit=_curves(entry_of(entry, "benefit", dict), Benefit))
    sane = (len(limits) == 2 and 0 <= limits[0] <= limits[1] <= 1 and 0 < found.prior < 1 and found.slope > 0
            and 0.5 <= found.level < 1 and found.cases > 0)
    if not sane:
        raise _wrong()
    return found


def calibration_entry(calibration: Calibration) -> dict[str, object]:
    """As read_calibration takes it."""
    return {"prior": calibration.prior, "slope": calibration.slope, "intercept": calibration.intercept,
            "limits": list(calibration.limits), "level": calibration.level, "cases": calibration.cases,
            "synthetic": calibration.synthetic,
            "cohorts": {name: dict(measures) for name, measures in calibration.cohorts.items()},
            "reliability": {name: [asdict(one) for one in curve] for name, curve in calibration.reliability.items()},
            "benefit": {name: [asdict(one) for one in curve] for name, curve in calibration.benefit.items()}}


def _cohorts(entry: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
    return MappingProxyType({
        str(name): MappingProxyType({str(measure): _number(value) for measure, value in measures.items()})
        for name, measures in entry.items() if isinstance(measures, dict)})


def _curves(entry: Mapping[str, Any], kind: type[Point]) -> Mapping[str, tuple[Point, ...]]:
    return MappingProxyType({str(name): tuple(_point(one, kind) for one in curve) for name, curve in entry.items()
                             if isinstance(curve, list)})


def _point(entry: Any, kind: type[Point]) -> Point:
    if not isinstance(entry, dict):
        raise _wrong()
    values = {one.name: _number(entry.get(one.name)) for one in fields(kind)}
    return kind(**values | ({"count": int(values["count"])} if kind is Bin else {}))  # type: ignore[arg-type]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise _wrong()
    return float(value)


def _wrong() -> WeightsError:
    return WeightsError(f"The bundle's card has an entry {ENTRY!r} that makes no sense; export the bundle again.")
