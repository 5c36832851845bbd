"""Files that are either whole or as they were, whenever the program is killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write the new content of a file; it takes the old one's place only once it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    yield unfinished
    unfinished.replace(path)
