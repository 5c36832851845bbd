"""How much is read at most."""

import bz2
import gzip
import io
import zlib

import pytest

from rnapp.limits import Damaged, TooLong, in_words, unpacked

DATA = bytes(range(256)) * 20_000
PACKED = {"gzip": gzip.compress(DATA), "zlib": zlib.compress(DATA), "bzip2": bz2.compress(DATA),
          "deflate": zlib.compress(DATA, wbits=-15)}


@pytest.mark.parametrize("kind", PACKED)
def test_streams_are_unpacked(kind: str) -> None:
    assert unpacked(io.BytesIO(PACKED[kind]), kind, len(DATA)) == DATA


@pytest.mark.parametrize("kind", PACKED)
def test_streams_that_end_early_are_damaged(kind: str) -> None:
    for cut in (0, 1, len(PACKED[kind]) // 2, len(PACKED[kind]) - 1):
        with pytest.raises(Damaged):
            unpacked(io.BytesIO(PACKED[kind][:cut]), kind, len(DATA))


@pytest.mark.parametrize("kind", ["gzip", "zlib", "bzip2"])  # deflate has no checksum
def test_a_changed_byte_is_noticed(kind: str) -> None:
    middle = len(PACKED[kind]) // 2
    changed = bytearray(PACKED[kind])
    changed[middle] ^= 0xFF
    with pytest.raises(Damaged):
        unpacked(io.BytesIO(bytes(changed)), kind, len(DATA))


@pytest.mark.parametrize("kind", PACKED)
def test_there_is_a_limit(kind: str) -> None:
    with pytest.raises(TooLong):
        unpacked(io.BytesIO(PACKED[kind]), kind, len(DATA) - 1)


@pytest.mark.parametrize("kind", ["gzip", "bzip2"])
def test_several_members_are_one_file(kind: str) -> None:
    assert unpacked(io.BytesIO(PACKED[kind] * 2), kind, 2 * len(DATA)) == DATA * 2
    assert unpacked(io.BytesIO(PACKED[kind] + b"\0" * 512), kind, len(DATA)) == DATA


def test_bytes_in_words() -> None:
    assert [in_words(size) for size in (3_500_000_000, 120_000_000, 0)] == ["3.5 GB", "120 MB", "0 MB"]
