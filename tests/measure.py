"""pytest -p tests.measure: writes tests/durations.csv (see durations.py)."""

import os

import pytest

from tests.durations import Measuring


def pytest_configure(config: pytest.Config) -> None:
    """In the process that hears of all tests, not in its workers."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(Measuring())
