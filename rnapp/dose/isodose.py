"""Isodoses: which ones are drawn, in which colours, and what lies inside them."""

from dataclasses import dataclass

import numpy as np

from rnapp.types import Volume

# There is no standard; warm is hot, as planning systems draw it. Per cent of the prescription → colour.
COLOURS = {105: "#C2185B", 100: "#FF3B30", 95: "#FF9500", 90: "#FFE600", 80: "#3DDC54", 50: "#22D3EE", 30: "#6C8CFF"}
UNCERTAIN_MM = 2.0  # how far a line may be from where it is drawn: registration, dose grid, the patient's position
# Without a prescription: round doses, the highest of those that are reached.
_ROUND_GY = (1, 2, 5, 8, 10, 12, 16, 20, 24, 30, 40, 50, 60, 70, 80)


@dataclass(frozen=True)
class Isodose:
    """gy; percent: of the prescription, None where none is known; colour: #RRGGBB, the same wherever it is drawn."""

    gy: float
    percent: int | None
    colour: str

    @property
    def label(self) -> str:
        """57 Gy (95 %), or 57 Gy."""
        return gy_words(self.gy) + ("" if self.percent is None else f" ({self.percent} %)")


def levels(prescribed_gy: float | None, most_gy: float) -> tuple[Isodose, ...]:
    """The isodoses to draw, highest first: those that the dose reaches. Both Gy; prescribed_gy: None is unknown."""
    if prescribed_gy is not None and prescribed_gy > 0:
        every = [Isodose(prescribed_gy * percent / 100, percent, colour) for percent, colour in COLOURS.items()]
        return tuple(one for one in every if one.gy < most_gy)
    reached = [float(gy) for gy in _ROUND_GY if gy < most_gy][::-1]
    return tuple(Isodose(gy, None, colour) for gy, colour in zip(reached, COLOURS.values(), strict=False))


def inside(dose: Volume, isodose: Isodose) -> Volume:
    """Where the dose is as high or higher, bool, on the dose's grid; where it is unknown, False."""
    with np.errstate(invalid="ignore"):
        return dose.with_array(dose.array >= isodose.gy)


def bands(dose: Volume, isodoses: tuple[Isodose, ...]) -> Volume:
    """How many of the isodoses each voxel is inside of, uint8: 1 in the outermost only; where it is unknown, 0."""
    labels = np.zeros(dose.shape, np.uint8)
    for one in isodoses:
        labels += inside(dose, one).array
    return dose.with_array(labels)


def gy_words(gy: float) -> str:
    """With one decimal where it has one."""
    return f"{gy:.1f}".removesuffix(".0") + " Gy"
