"""The text at the start of NRRD and MetaImage files: limited in length before it is interpreted."""

from pathlib import Path

from rnapp.errors import StudyError
from rnapp.io.stored import opened
from rnapp.limits import MAX_HEADER_BYTES

# Slicer's longest lines, the tags of a segment, have some hundred characters.
MAX_LINE_BYTES = 65_536
MAX_LINES = 20_000
POINTS_ELSEWHERE = ("The image file only points to another file; save it with its voxels inside "
                    "(.nrrd, .nii or .nii.gz).")
MM_PER_UNIT = {"": 1.0, "?": 1.0, "mm": 1.0, "millimeter": 1.0, "millimeters": 1.0, "millimetre": 1.0, "m": 1000.0,
               "cm": 10.0, "um": 0.001, "µm": 0.001, "micron": 0.001, "microns": 0.001}


def text_lines(source: Path | bytes, last: bytes) -> tuple[list[str], int]:
    """The lines before the voxels, and how many bytes they take, the last one included.

    last: how the line begins behind which the voxels come; b"" for an empty line. Raises StudyError where it does not
    come within MAX_HEADER_BYTES, or a line is longer than any program writes.
    """
    with opened(source) as stream:
        lines: list[str] = []
        while stream.tell() <= MAX_HEADER_BYTES and len(lines) < MAX_LINES:
            line = stream.readline(MAX_LINE_BYTES + 1)
            if not line and lines and not last:
                return lines, stream.tell()  # nothing follows: the voxels are in another file, or lost
            if len(line) > MAX_LINE_BYTES or not line:
                break
            text = line.rstrip(b"\r\n")
            lines.append(text.decode("utf-8", "replace"))
            if text == b"" == last or (last and text.lstrip().startswith(last)):
                return lines, stream.tell()
    raise StudyError("The header of the image file has no end, or a line far longer than any program writes; export "
                     "it again.")


def mm_per_unit(name: str) -> float:
    """Millimetres in a unit of length; silence is millimetres. Raises StudyError for an unknown one."""
    factor = MM_PER_UNIT.get(name.strip().strip('"').strip().lower())
    if factor is None:
        raise StudyError("The image file gives lengths in an unknown unit; export it in millimetres.")
    return factor
