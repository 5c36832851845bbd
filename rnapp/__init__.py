"""rnapp: radiation necrosis or tumour progression after radiosurgery of a brain metastasis.

Research software, not a medical device.
"""

from pathlib import Path

_RELEASE = "0.1.0"


def _version() -> str:
    """The release, and in an installed program the commit it was built from (build/make.py writes the file)."""
    commit = Path(__file__).with_name("COMMIT")
    return f"{_RELEASE}+{commit.read_text().strip()}" if commit.is_file() else _RELEASE


__version__ = _version()
