"""PyRadiomics' settings file, by itself: a bundle's card names it, and is read before PyRadiomics is there."""

import hashlib
from pathlib import Path

SETTINGS_FILE = Path(__file__).with_name("radiomics.yaml")


def settings_sha256() -> str:
    """Of the settings file with line ends as in the repository; a bundle's card must carry it."""
    return hashlib.sha256(SETTINGS_FILE.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
