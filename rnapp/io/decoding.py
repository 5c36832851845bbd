"""Decodes compressed DICOM pixels in a separate process with limits on time and memory.

JPEG, JPEG-LS and JPEG 2000 are read by libraries in C (GDCM and others), which a damaged or hostile file can crash,
hang or make fill the memory. Then only that process ends; the program reports it in one sentence and carries on. It is
a plain subprocess because the workers of `batch` may not use multiprocessing.
"""

import json
import logging
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import psutil
from pydicom.uid import RLELossless

import rnapp
from rnapp import limits
from rnapp.io.dicom_header import DICOM_ERRORS, GEOMETRY_TAGS, PIXEL_TAGS, open_dicom
from rnapp.types import Array, CancelToken

COMMAND = "decode-pixels"  # of the installed program, which has no interpreter to run a module with
_LOOK_SECONDS = 0.1
# What the process sends before each file: pixels follow, they cannot be decoded, they need too much memory.
_DONE, _DAMAGED, _TOO_LARGE = b"+", b"-", b"M"
_LARGEST_HEADER, _LARGEST_VALUE = 4096, 8  # bytes, of an array and of a voxel

Failure = Literal["damaged", "crashed", "slow", "memory"]


@dataclass(frozen=True)
class Packed:
    """A file with compressed pixels. shape: frames, rows and columns, as its header announces."""

    path: Path
    shape: tuple[int, int, int]


class DecodingError(ValueError):
    """Pixels that could not be decoded. number: of the file, from 0."""

    def __init__(self, failure: Failure, number: int) -> None:
        super().__init__(failure)
        self.failure, self.number = failure, number


def is_packed(dataset: Any) -> bool:
    """Whether the pixels need a decoder in C. Raises ValueError for an unknown transfer syntax."""
    syntax = dataset.file_meta.TransferSyntaxUID
    return bool(syntax.is_encapsulated) and syntax != RLELossless


def stored_pixels(dataset: Any) -> Array:
    """Stored values, shape (frames, rows, columns). Raises one of DICOM_ERRORS, also for doubtful pixels."""
    said = _Said()
    logger = logging.getLogger("pydicom")
    logger.addHandler(said)
    try:
        pixels = np.asarray(dataset.pixel_array)
    finally:
        logger.removeHandler(said)
    if damage := next(filter(_means_damage, said.sentences), None):
        raise ValueError(damage)
    return pixels[None] if pixels.ndim == 2 else pixels


class _Said(logging.Handler):
    """Collects pydicom's log messages of this thread: it warns about damage and continues. Python's own warnings are
    shared by all threads."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the messages of this thread."""
        if record.thread == self._thread:
            self.sentences.append(record.getMessage())


def _means_damage(sentence: str) -> bool:
    """Whether this message of pydicom makes the pixels doubtful: more bytes than announced (one byte pads an odd
    number), or a second decoder used because the first one failed."""
    if "non-conformant padding" in sentence:
        actual, expected = (int(number) for number in re.findall(r"\d+", sentence)[:2])
        return actual > expected + 1
    return "decoding plugin has changed" in sentence


def decode_files(files: Sequence[Packed], cancel: CancelToken | None = None,
                 command: Sequence[str] = ()) -> list[Array]:
    """The stored values of each file, shape as announced. command: what decodes them, the tests' own or this program.

    Raises DecodingError where a file cannot be decoded within limits.DECODER_SECONDS (for all of them) and
    limits.DECODER_BYTES, and Cancelled.
    """
    process = subprocess.Popen(
        command or _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=_environment(), creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    token = cancel or CancelToken()
    watch = _Watch(process, token)
    watch.start()
    arrays: list[Array] = []
    failure: Failure | None = None
    try:
        _send(process, files)
        for file in files:
            arrays.append(_next(process, file.shape))
    except DecodingError as error:
        failure = error.failure
    finally:
        watch.end()
    token.check()
    if failure:
        raise DecodingError(watch.why or failure, len(arrays))
    return arrays


class _Watch(threading.Thread):
    """Ends the process if it takes too long, takes too much memory or is cancelled; reading from it then ends."""

    def __init__(self, process: "subprocess.Popen[bytes]", cancel: CancelToken) -> None:
        super().__init__(daemon=True)
        self.why: Failure | None = None
        self._process, self._cancel = process, cancel
        self._done = threading.Event()

    def run(self) -> None:
        """Check every tenth of a second."""
        until = time.monotonic() + limits.DECODER_SECONDS
        while not self._done.wait(_LOOK_SECONDS):
            if time.monotonic() > until:
                self.why = "slow"
            # RLIMIT_AS is missing on Windows and without effect on macOS.
            elif self._resident() > limits.DECODER_BYTES:
                self.why = "memory"
            if self.why or self._cancel.event.is_set():
                self._process.kill()
                return

    def end(self) -> None:
        """Stop checking; the process and its pipes are gone."""
        self._done.set()
        self.join()
        self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()

    def _resident(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, COMMAND]
    return [sys.executable, "-P", "-B", "-m", "rnapp.io.decoding"]


def _environment() -> dict[str, str]:
    """This program's, with the source tree to import from; threads that would only take memory are not started."""
    return {**os.environ, "PYTHONPATH": str(Path(rnapp.__file__).resolve().parents[1]), "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1", "RNAPP_DECODER_BYTES": str(limits.DECODER_BYTES)}


def _send(process: "subprocess.Popen[bytes]", files: Sequence[Packed]) -> None:
    """The names of the files, over a pipe that no other user can read."""
    if process.stdin is None:
        raise DecodingError("crashed", 0)
    try:
        with process.stdin:
            process.stdin.write(json.dumps([str(file.path) for file in files]).encode("ascii"))
    except OSError as error:
        raise DecodingError("crashed", 0) from error


def _next(process: "subprocess.Popen[bytes]", shape: tuple[int, int, int]) -> Array:
    """The next array from the process, of exactly this shape; no more is read than that takes."""
    stream = process.stdout
    said = stream.read(1) if stream else b""
    if stream is None or said != _DONE:
        failures: dict[bytes, Failure] = {_DAMAGED: "damaged", _TOO_LARGE: "memory"}
        raise DecodingError(failures.get(said, "crashed"), 0)
    try:
        return _array(stream, shape)
    except DecodingError:
        raise
    except (ValueError, OSError) as error:
        raise DecodingError("crashed", 0) from error


def _array(stream: IO[bytes], shape: tuple[int, int, int]) -> Array:
    """Raises DecodingError ("damaged") for another shape than announced, ValueError for what is no whole array."""
    np.lib.format.read_magic(stream)
    announced, turned, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=_LARGEST_HEADER)
    if turned or dtype.kind not in "iuf" or dtype.itemsize > _LARGEST_VALUE:
        raise ValueError(f"no pixels: {dtype}")
    if announced != shape:
        raise DecodingError("damaged", 0)
    data = stream.read(math.prod(shape) * dtype.itemsize)
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def main() -> int:
    """The process that decodes: names of files as JSON from stdin, for each a word and its array to stdout."""
    output = os.fdopen(os.dup(1), "wb")
    # Libraries print their warnings, which must not get among the pixels.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    _limit()
    with os.fdopen(0, "rb", closefd=False) as given:
        paths = json.load(given)
    for path in paths:
        try:
            pixels = stored_pixels(open_dicom(Path(path), (*GEOMETRY_TAGS, *PIXEL_TAGS), pixels=True))
        except MemoryError:
            output.write(_TOO_LARGE)
        except DICOM_ERRORS:
            output.write(_DAMAGED)
        else:
            output.write(_DONE)
            pixels = np.ascontiguousarray(pixels)
            np.lib.format.write_array_header_1_0(output, np.lib.format.header_data_from_array_1_0(pixels))
            output.write(pixels.tobytes())
        output.flush()
    output.close()
    return 0


def _limit() -> None:
    """Limits that hold even after the program that started this one has ended, and no core dump on the disk."""
    if sys.platform == "win32":
        return
    import resource

    size = int(os.environ.get("RNAPP_DECODER_BYTES", limits.DECODER_BYTES))
    for kind, most in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CPU, int(limits.DECODER_SECONDS) + 1),
                       (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, hard))


if __name__ == "__main__":
    raise SystemExit(main())
