"""A decoder that crashes, hangs, fills the memory or answers nonsense leads to one sentence, and the program
continues."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEGLSLossless, RLELossless

from rnapp import limits
from rnapp.__main__ import main
from rnapp.errors import Cancelled, StudyError
from rnapp.io import decoding, dicom_volume
from rnapp.io.decoding import DecodingError, Packed, decode_files
from rnapp.io.dicom_volume import decode, read_dicom_volume
from rnapp.types import CancelToken, Volume

SHAPE = (1, 30, 24)
HEADER = "b'+\\x93NUMPY\\x01\\x00v\\x00' + repr({0}).encode().ljust(117) + b'\\n'"
GOOD = HEADER.format("{'descr': '<u2', 'fortran_order': False, 'shape': (1, 30, 24)}")


def fake(code: str) -> list[str]:
    """A decoder that does this instead."""
    return [sys.executable, "-c", f"import os, sys, time\nout = sys.stdout.buffer\n{code}\nout.flush()"]


def failure(code: str, files: int = 1, cancel: CancelToken | None = None) -> tuple[str, int]:
    with pytest.raises(DecodingError) as caught:
        decode_files([Packed(Path("nowhere"), SHAPE)] * files, cancel, fake(code))
    return caught.value.failure, caught.value.number


@pytest.fixture
def packed(series_folder: Path) -> list[Path]:
    """The head as JPEG-LS."""
    for path in series_folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(JPEGLSLossless, generate_instance_uid=False)
        dataset.save_as(path)
    return sorted(series_folder.iterdir())


def test_compressed_slices_give_the_volume(packed: list[Path], head: Volume) -> None:
    back = read_dicom_volume(packed[::-1])
    np.testing.assert_array_equal(back.array, head.array)
    assert back.same_grid(head)
    frames, planes = decode(packed[3])
    assert (frames.shape, frames.dtype, len(planes)) == (SHAPE, np.uint16, 1)


def test_compressed_and_plain_slices_may_be_mixed(packed: list[Path], head: Volume) -> None:
    for path in packed[::2]:
        dataset = pydicom.dcmread(path)
        dataset.decompress(generate_instance_uid=False)
        dataset.save_as(path)
    np.testing.assert_array_equal(read_dicom_volume(packed).array, head.array)


def test_one_process_decodes_a_series_and_none_is_started_without_need(
        packed: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    true_popen = subprocess.Popen

    def counted(*arguments: Any, **options: Any) -> Any:
        started.append(arguments)
        return true_popen(*arguments, **options)

    monkeypatch.setattr(decoding.subprocess, "Popen", counted)
    read_dicom_volume(packed)
    assert len(started) == 1
    assert str(packed[0]) not in repr(started), "other users can read a command line"
    for path in packed:
        dataset = pydicom.dcmread(path)
        dataset.decompress(generate_instance_uid=False)
        dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.save_as(path)
    read_dicom_volume(packed)
    assert len(started) == 1


def test_damaged_compressed_pixels_are_refused_by_number(packed: list[Path]) -> None:
    dataset = pydicom.dcmread(packed[6])
    data = bytearray(dataset.PixelData)
    data[20:] = np.random.default_rng(1).integers(0, 256, len(data) - 20).astype(np.uint8).tobytes()
    dataset.PixelData = bytes(data)
    dataset.save_as(packed[6])
    with pytest.raises(StudyError, match="File 7 of the 20 of this series is cut short or damaged"):
        read_dicom_volume(packed)


@pytest.mark.parametrize(("code", "expected"), [
    ("os.abort()", "crashed"), ("sys.exit(3)", "crashed"), ("", "crashed"), ("out.write(b'-')", "damaged"),
    ("out.write(b'M')", "memory"), ("out.write(b'nonsense' * 1000)", "crashed"), ("out.write(b'+')", "crashed"),
    ("out.write(b'+' + bytes(1000))", "crashed"), (f"out.write({GOOD})", "crashed"),
    (f"out.write({GOOD} + bytes(100))", "crashed"),
    (f"out.write({GOOD.replace('<u2', '|O')} + bytes(9999))", "crashed"),
    (f"out.write({GOOD.replace('(1, 30, 24)', '(1, 24, 30)')} + bytes(9999))", "damaged"),
    (f"out.write({GOOD.replace('(1, 30, 24)', '(9**9, 9**9)').replace('9**9', str(9**9))})", "damaged")])
def test_crashes_and_nonsense_are_failures(code: str, expected: str) -> None:
    assert failure(code) == (expected, 0)


def test_a_good_answer_of_another_program_is_taken() -> None:
    """What the cases above differ from."""
    (array,) = decode_files([Packed(Path("nowhere"), SHAPE)], None,
                            fake(f"out.write({GOOD} + bytes(range(240)) * 6)"))
    assert array.shape == SHAPE
    assert array[0, 0, :2].tolist() == [0x0100, 0x0302]


def test_the_file_at_which_it_ends_is_reported() -> None:
    assert failure(f"out.write(({GOOD} + bytes(1440)) * 2); out.flush(); os.abort()", files=5) == ("crashed", 2)


def test_a_hang_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODER_SECONDS", 0.5)
    start = time.monotonic()
    assert failure("time.sleep(60)") == ("slow", 0)
    assert time.monotonic() - start < 10


def test_a_decoder_that_never_listens_does_not_hang_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODER_SECONDS", 0.5)
    with pytest.raises(DecodingError):
        decode_files([Packed(Path("x" * 1000), SHAPE)] * 1000, None, fake("time.sleep(60)"))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DECODER_BYTES", 200_000_000)
    assert failure("data = bytearray(b'x') * 600_000_000; time.sleep(60)") == ("memory", 0)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="RLIMIT_AS has no effect there")
def test_the_process_bounds_itself() -> None:
    code = ("import os; os.environ['RNAPP_DECODER_BYTES'] = '3000000000'\nfrom rnapp.io import decoding\n"
            "decoding._limit()\nimport resource\nprint(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
            "try:\n    bytearray(4_000_000_000)\nexcept MemoryError:\n    print('bounded')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["0", "bounded"]


def test_cancel_ends_it() -> None:
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        decode_files([Packed(Path("nowhere"), SHAPE)], token, fake("time.sleep(60)"))
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(("found", "words"), [
    ("crashed", "the decoder ended at file 4 of the 20"), ("slow", "took more than 300 s"),
    ("memory", r"needed more than 4\.3 GB of memory"), ("damaged", "File 4 of the 20")])
def test_each_failure_is_one_sentence(found: Any, words: str, packed: list[Path],
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise DecodingError(found, 3)

    monkeypatch.setattr(dicom_volume, "decode_files", fails)
    with pytest.raises(StudyError, match=words) as caught:
        read_dicom_volume(packed)
    assert packed[3].name not in str(caught.value)


def test_a_header_that_announces_too_much_is_refused_before_decoding(
        packed: list[Path], edit: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("decoded")

    monkeypatch.setattr(dicom_volume, "decode_files", never)
    monkeypatch.setattr(limits, "MAX_VOXELS", 20 * 24 * 30 - 1)
    with pytest.raises(StudyError, match="at most 0 million"):
        read_dicom_volume(packed)
    monkeypatch.setattr(limits, "MAX_VOXELS", 10**12)
    monkeypatch.setattr(limits, "MEMORY_RESERVE_BYTES", 10**15)
    with pytest.raises(StudyError, match="of memory"):
        read_dicom_volume(packed)


def test_the_installed_program_decodes_by_a_command_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "main", lambda: 7)
    assert main([decoding.COMMAND]) == 7
    assert decoding._command()[1:] == ["-P", "-B", "-m", "rnapp.io.decoding"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert decoding._command() == [sys.executable, decoding.COMMAND]


def rle(path: Path, edit: Callable[[bytes], bytes]) -> Path:
    """The file as RLE, with its only fragment changed."""
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([edit(frame)])
    dataset.save_as(path)
    return path


@pytest.mark.parametrize(("end", "damaged"), [
    (b"", False), (b"\x80\x80", False), (b"\xf0\x07\xf0\x07", True), (b"\x05abcdef", True)])
def test_more_voxels_than_announced_are_damage(end: bytes, damaged: bool, series_folder: Path, head: Volume) -> None:
    files = sorted(series_folder.iterdir())
    rle(files[4], lambda frame: frame + end)
    if damaged:
        with pytest.raises(StudyError, match="File 5 of the 20 of this series is cut short or damaged"):
            read_dicom_volume(files)
    else:
        np.testing.assert_array_equal(read_dicom_volume(files).array, head.array)


def test_damaged_runs_are_refused_or_change_no_length(series_folder: Path) -> None:
    files = sorted(series_folder.iterdir())
    # A run of 128 where there was another code.
    rle(files[4], lambda frame: frame[:64] + b"\x81" + frame[65:])
    with pytest.raises(StudyError, match="damaged"):
        read_dicom_volume(files)


def test_what_another_thread_says_is_not_this_ones_damage(series_folder: Path) -> None:
    path = min(series_folder.iterdir())
    stop = threading.Event()

    def complain() -> None:
        while not stop.wait(0.001):
            logging.getLogger("pydicom").warning("non-conformant padding - 9 vs. 3 bytes")

    other = threading.Thread(target=complain)
    other.start()
    try:
        assert all(decode(path)[0].shape == SHAPE for _ in range(30))
    finally:
        stop.set()
        other.join()
    assert not logging.getLogger("pydicom").handlers or all(
        type(one).__name__ != "_Said" for one in logging.getLogger("pydicom").handlers)
