"""Starts the app in its window with the stand-in pipeline: python -m tests.desktop.launch (loads | fails)."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rnapp.desktop import start
from rnapp.errors import RnappError, WeightsError
from rnapp.ui import server
from tests.ui.fake_models import models
from tests.ui.fake_pipeline import FakePipeline

LOADING = "RNAPP_TEST_LOADING"  # names a file: while it is there, the model is loading


def main(kind: str) -> None:
    """As rnapp.__main__ does it."""
    def load(say: Callable[[str], None], _: str | None = None) -> Any:
        say("Loading the stand-in …")
        # As long as the test looks at these words; by itself in the other tests.
        until = time.monotonic() + 120
        while LOADING in os.environ and Path(os.environ[LOADING]).exists() and time.monotonic() < until:
            time.sleep(0.05)
        if kind == "fails":
            raise WeightsError("The stand-in's weights are altered; install it again.")
        return models()

    start.load = load
    server._real_pipeline = lambda: FakePipeline()  # type: ignore[assignment, return-value]
    parser = argparse.ArgumentParser()
    start.add_options(parser)
    try:
        start.run(parser.parse_args([]))
    except RnappError as error:
        sys.exit(f"rnapp: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
