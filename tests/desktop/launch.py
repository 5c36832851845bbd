"""Starts the app in its window with the stand-in pipeline: python -m tests.desktop.launch (loads | fails)."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from rnapp.desktop import start
from rnapp.errors import RnappError, WeightsError
from rnapp.ui import server
from tests.ui.fake_pipeline import FakePipeline, model


def main(kind: str) -> None:
    """As rnapp.__main__ does it."""
    def load(say: Callable[[str], None]) -> Any:
        say("Loading the stand-in …")
        time.sleep(2)
        if kind == "fails":
            raise WeightsError("The stand-in's weights are altered; install it again.")
        return model()

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
