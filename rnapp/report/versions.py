"""Which software made a result."""

import platform
from importlib.metadata import PackageNotFoundError, version

from rnapp import __version__

# The packages that a number depends on.
NUMERIC_PACKAGES = ("numpy", "scipy", "SimpleITK", "torch", "monai", "scikit-learn", "pyradiomics-bhklab", "pydicom")


def software_versions() -> dict[str, str]:
    """Name → version: rnapp, Python and the packages that the numbers depend on, as far as they are installed."""
    versions = {"rnapp": __version__, "Python": platform.python_version()}
    for name in NUMERIC_PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # a frozen bundle may carry no metadata
            continue
    return versions
