"""Pixel padding (PS3.3, C.7.5.1.1.2): stored values that are not tissue, but fill the image where nothing was
acquired."""

from dataclasses import dataclass
from typing import Any

from rnapp.io.dicom_header import tag_number
from rnapp.types import Array

_WHOLE = ("PixelPaddingValue", "PixelPaddingRangeLimit")
_FLOAT = ("FloatPixelPaddingValue", "FloatPixelPaddingRangeLimit")
PADDING_TAGS = (*_WHOLE, *_FLOAT)
_WORD_BITS = 16  # of the values of _WHOLE, whatever the pixels have


@dataclass(frozen=True)
class Padding:
    """All stored values from low to high, both included, are padding."""

    low: float
    high: float

    def covers(self, stored: Array) -> Array:
        """Which stored values are padding, bool, same shape."""
        return (stored >= self.low) & (stored <= self.high)


def padding_of(dataset: Any) -> Padding | None:
    """The padding named in the header of an image, None if it names none."""
    if "FloatPixelData" in dataset:
        value, limit = (tag_number(dataset, tag) for tag in _FLOAT)
    else:
        value, limit = (_as_stored(dataset, tag) for tag in _WHOLE)
    if value is None:
        return None
    ends = value, value if limit is None else limit
    return Padding(min(ends), max(ends))


def _as_stored(dataset: Any, keyword: str) -> float | None:
    """The value with the sign of the pixels: headers say it as signed or unsigned, whatever the pixels are."""
    number = tag_number(dataset, keyword)
    if number is None:
        return None
    value = int(number) % 2**_WORD_BITS
    if tag_number(dataset, "PixelRepresentation") != 1:
        return float(value)
    stored = int(tag_number(dataset, "BitsStored") or _WORD_BITS)
    # A pattern of the stored bits alone (0x800 for the least of 12 bits) has its sign in the highest of these.
    bits = stored if 1 < stored < _WORD_BITS and 2 ** (stored - 1) <= value < 2**stored else _WORD_BITS
    return float(value - 2**bits if value >= 2 ** (bits - 1) else value)
