"""How good files are changed: numbers of the header, bytes, pieces of text, cut, doubled, grown."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.fuzz.seeds import Seed, stored

MOST_CHANGES = 4
HEADER = 600  # most changes fall into the first so many bytes
NUMBERS = (0, 1, -1, 2, 3, 7, 127, 128, 255, 256, 32767, -32768, 2**31 - 1, -2**31)
FLOATS = (0.0, -0.0, 1.0, -1.0, 1e-30, 1e30, float("inf"), float("-inf"), float("nan"), 352.0, 3e9)
PIECES = (b"", b"\0", b"0", b"-1", b"1e309", b"nan", b"inf", b"99999999999999999999", b"(1,0,0)", b"none", b"raw",
          b"gzip", b"bzip2", b"[" * 3000, b"{" * 3000, b"A" * 5000, b"9" * 500, b"\xff\xfe", b"\xef\xbb\xbf",
          b"../../x", b"\n\n", b"\r\n", b":=", b": ", b" = ", b";", b'"', b"\\u0000", b"PK\x03\x04", b"DICM",
          b"3D-left-handed", b"ElementDataFile = /dev/zero\n", b"data file: /dev/zero\n", b"LIST\n")


@dataclass(frozen=True)
class Mutant:
    """kind: of the seed; data: what is on the disk."""

    kind: str
    data: bytes = field(repr=False)


@st.composite
def mutants(draw: st.DrawFn, known: Mapping[str, Seed]) -> Mutant:
    """One seed with one to MOST_CHANGES changes; half of the packed ones are damaged after packing."""
    kind = draw(st.sampled_from(sorted(known)))
    seed, data = known[kind], known[kind].data
    after = seed.packed and draw(st.booleans())
    if after:
        data = stored(seed, data)
    for _ in range(draw(st.integers(1, MOST_CHANGES))):
        data = _changed(draw, seed, data, fields=not after)
    return Mutant(kind, data if after else stored(seed, data))


def _changed(draw: st.DrawFn, seed: Seed, data: bytes, fields: bool) -> bytes:
    ways = ["byte", "piece", "cut", "double", "gone", "swap"] + (["field"] * 6 if fields and seed.fields else [])
    way = draw(st.sampled_from(ways))
    if way == "field":
        return _with_field(draw, seed, data)
    place = draw(st.integers(0, max(0, min(len(data) - 1, HEADER) if draw(st.integers(0, 3)) else len(data) - 1)))
    length = draw(st.integers(1, 64))
    if way == "byte":
        return data[:place] + bytes([draw(st.integers(0, 255))]) + data[place + 1:]
    if way == "piece":
        kept = place + (length if draw(st.booleans()) else 0)
        return data[:place] + draw(st.sampled_from(PIECES)) + data[kept:]
    if way == "cut":
        return data[:place]
    if way == "double":
        return data[:place] + data[place:place + length] * draw(st.integers(2, 40)) + data[place + length:]
    if way == "swap":
        return data[:place] + data[place:place + length][::-1] + data[place + length:]
    return data[:place] + data[place + length:]


def _with_field(draw: st.DrawFn, seed: Seed, data: bytes) -> bytes:
    place, layout = draw(st.sampled_from(seed.fields))
    size = struct.calcsize(layout)
    if len(data) < place + size:
        return data
    value = draw(st.sampled_from(FLOATS if layout == "<f" else NUMBERS))
    if layout != "<f":
        limit = 1 << (8 * size)
        value = (int(value) + limit // 2) % limit - limit // 2
    return data[:place] + struct.pack(layout, value) + data[place + size:]
