"""An image file whose header is understood: its size is checked before memory is taken, its voxels come slab by slab.

Only zlib and bzip2 touch the bytes of a user's file here, both through rnapp.limits; numpy does the rest.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from rnapp.errors import GeometryError, StudyError
from rnapp.files import check_file
from rnapp.limits import MAX_VOXELS, Damaged, check_memory, unpacked_parts
from rnapp.types import ORTHOGONALITY_TOLERANCE, Array, FloatArray, Volume

DAMAGED = "An image file is cut short, damaged or not of the kind its name says; export it again."
SLAB_VOXELS = 4_000_000
# Deflate makes at most 1,032 bytes of one; a file that announces more has lost its end.
_DEFLATE_RATIO, _DEFLATE_START = 1032, 4096
# Writers may fill a file up to whole blocks; a whole slice more is not filling.
_FILLING = 4096
_FARTHEST_MM, _SMALLEST_MM = 1e7, 1e-7  # also in metres and micrometres
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Segment:
    """A segment as 3D Slicer names it: the voxels of a layer that have this value."""

    layer: int
    value: int
    name: str


@dataclass(frozen=True, eq=False)
class Stored:
    """Where the voxels of an image lie, before they are read.

    source: the file, or its bytes. affine: 4×4, LPS mm. shape: (I, J, K). dtype: as stored, with its byte order.
    offset: bytes before the voxels. packed: how the whole file is packed ("gzip"; offset counts what is in it) or "";
    encoding: how the voxels alone are ("gzip", "bzip2", "zlib") or "". layers: values at each voxel, stored beside each
    other; more than one only where segments say what they are. scaling: slope and intercept, None where the numbers are
    meant as they are. notes: notes for the reader, one sentence each.
    """

    source: Path | bytes
    affine: FloatArray
    shape: tuple[int, int, int]
    dtype: "np.dtype[Any]"
    offset: int
    packed: str = ""
    encoding: str = ""
    layers: int = 1
    scaling: tuple[float, float] | None = None
    segments: tuple[Segment, ...] = ()
    description: str = ""
    notes: tuple[str, ...] = ()

    @property
    def voxels(self) -> int:
        """How many numbers are stored."""
        return self.layers * self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def slice_bytes(self) -> int:
        """Bytes of one k."""
        return self.layers * self.shape[0] * self.shape[1] * self.dtype.itemsize

    @property
    def grid(self) -> Volume:
        """The grid of the voxels; they are all False and take no memory. Raises GeometryError for a damaged affine."""
        return Volume(np.broadcast_to(np.False_, self.shape), self.affine)


@contextmanager
def opened(source: Path | bytes) -> Iterator[IO[bytes]]:
    """The bytes of a file. Raises StudyError where it does not exist, is no ordinary file, or cannot be read."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        check_file(source, "an image", StudyError, named=False)
        with source.open("rb") as stream:
            yield stream
    except OSError as error:
        raise StudyError(f"The file cannot be read ({error.strerror or 'the disk or the network failed'}); copy it "
                         "again, or check who may read it.") from error


def volume_shape(sizes: tuple[int, ...]) -> tuple[int, int, int]:
    """Three lengths; further axes of length one are dropped. Raises StudyError for any other shape."""
    said = "×".join(str(length) for length in sizes)[:80]
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes = sizes[:-1]
    if len(sizes) != 3:
        raise StudyError(f"The image file has the shape {said}, but one three-dimensional volume is needed; export a "
                         "single time point.")
    if min(sizes) < 1:
        raise StudyError(f"The header of the image file gives the shape {said}, which is impossible; export it again.")
    return sizes[0], sizes[1], sizes[2]


def checked(image: Stored) -> Stored:
    """The same, if it can be a volume and its file can hold it.

    Raises StudyError for colours and complex numbers, too many voxels and files that are too short or too long, and
    GeometryError for an affine that is no regular grid.
    """
    if image.dtype.kind not in "iuf" or image.dtype.itemsize > 8:
        raise StudyError("The image file holds colours, vectors or complex numbers, or numbers of an uncommon format, "
                         "but a greyscale volume is needed.")
    if image.voxels > MAX_VOXELS:
        raise StudyError(f"The image file has more than {MAX_VOXELS // 1_000_000} million voxels, which is more than a "
                         "head scan; export it at the scanner's resolution.")
    check_axes(image.affine)
    _ = image.grid
    _check_length(image)
    return image


def check_axes(affine: FloatArray) -> None:
    """Raises GeometryError for an affine that has no numbers, no size, or axes that are not at right angles."""
    # Asked first, because numbers beyond all reason overflow; comparisons with NaN are false.
    usable = bool((np.abs(affine) < _FARTHEST_MM).all())
    lengths = np.linalg.norm(affine[:3, :3], axis=0) if usable else np.zeros(3)
    if lengths.min() < _SMALLEST_MM:
        raise GeometryError("The position or the voxel size in the header of the image file is damaged (zero, not "
                            "a number, or impossibly large); export it again.")
    cosines = affine[:3, :3] / lengths
    if not np.allclose(cosines.T @ cosines, np.eye(3), atol=ORTHOGONALITY_TOLERANCE):
        raise GeometryError("The axes of the image file are not at right angles (a sheared affine); "
                            "export it again without registration.")


def _check_length(image: Stored) -> None:
    """Whether the bytes that are there can be the voxels; compressed ones are counted again when they are read."""
    with opened(image.source) as stream:
        there = stream.seek(0, io.SEEK_END)
    needed = image.offset + image.slice_bytes * image.shape[2]
    if image.packed or image.encoding:
        if {image.packed, image.encoding} & {"gzip", "zlib"} and needed > there * _DEFLATE_RATIO + _DEFLATE_START:
            raise StudyError(DAMAGED)
    elif there < needed:
        raise StudyError(DAMAGED)
    else:
        _check_rest(image, there - needed)


def _check_rest(image: Stored, more: int) -> None:
    if more >= max(image.slice_bytes, _FILLING):
        raise StudyError("The image file holds more voxels than its header says, so one of the two is wrong; export "
                         "it again.")


def slabs(image: Stored) -> Iterator[tuple[slice, Array]]:
    """The voxels in order of k: where along k, and an array (layers, I, J, n) as stored, not scaled.

    Raises StudyError, perhaps only at the end, for a file that is cut short, too long, or fails its checksum.
    """
    step = max(1, SLAB_VOXELS * image.shape[2] // image.voxels)
    rest = memoryview(b"")
    try:
        parts = _parts(image)
        for start in range(0, image.shape[2], step):
            count = min(step, image.shape[2] - start)
            buffer = bytearray(count * image.slice_bytes)
            rest = _filled(buffer, rest, parts)
            flat = np.frombuffer(buffer, image.dtype)
            yield slice(start, start + count), flat.reshape((image.layers, *image.shape[:2], count), order="F")
        more = len(rest)
        for part in parts:
            _check_rest(image, more := more + len(part))
        _check_rest(image, more)
    except Damaged as error:
        raise StudyError(DAMAGED) from error


def _filled(buffer: bytearray, rest: memoryview, parts: Iterator[bytes]) -> memoryview:
    """Fill the buffer with leftover bytes and those that follow; returns what is left over now."""
    filled = 0
    while filled < len(buffer):
        if not rest:
            try:
                rest = memoryview(next(parts))
            except StopIteration:
                raise StudyError(DAMAGED) from None
        part = rest[:len(buffer) - filled]
        buffer[filled:filled + len(part)] = part
        filled, rest = filled + len(part), rest[len(part):]
    return rest


def _parts(image: Stored) -> Iterator[bytes]:
    """The bytes of the voxels, and whatever follows them."""
    with opened(image.source) as stream:
        if image.packed:
            yield from _after(image.offset, unpacked_parts(stream, image.packed))
            return
        stream.seek(image.offset)
        if image.encoding:
            yield from unpacked_parts(stream, image.encoding)
        else:
            yield from iter(partial(stream.read, _BLOCK), b"")


def _after(offset: int, parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        if offset < len(part):
            yield part[offset:]
        offset = max(0, offset - len(part))


def scaled(image: Stored, slab: Array) -> Array:
    """Stored numbers as they are meant: as they are, or float32 (float64 where stored so) after slope and intercept."""
    if image.scaling is None:
        return slab
    slope, intercept = image.scaling
    with np.errstate(over="ignore", invalid="ignore"):  # becomes infinite, and is reported as not a number
        return np.asarray((slab.astype(np.float64) * slope + intercept).astype(_meant(image)))


def _meant(image: Stored) -> "np.dtype[Any]":
    if image.scaling is None:
        return image.dtype.newbyteorder("=")
    return np.dtype(np.float64 if image.dtype == np.dtype("f8").newbyteorder(image.dtype.byteorder) else np.float32)


def read_stored(image: Stored) -> Volume:
    """The whole volume, (i, j, k). Raises StudyError as slabs does, for layers, and where the memory is too small."""
    if image.layers > 1:
        raise StudyError("The file holds several layers of segments, not one volume; choose it as a mask.")
    target = _meant(image)
    check_memory(image.voxels * target.itemsize + 4 * SLAB_VOXELS * 8)
    array = np.empty(image.shape, target)
    for where, slab in slabs(image):
        array[:, :, where] = scaled(image, slab[0])
    return Volume(array, image.affine)
