"""Starts the app with the toy's model for a test: python -m tests.toy.launch BUNDLE FILE. See tests/ui/launch.py."""

import sys
from functools import partial
from pathlib import Path

from rnapp.lazy import LazyValue
from rnapp.models.card import read_bundle
from tests.ui.launch import watch


def main(bundle: str, file: str) -> None:
    """Serve until stopped."""
    watch(Path(file))
    from rnapp.config import default_settings
    from rnapp.ui.listeners import listen
    from rnapp.ui.ports import Model
    from rnapp.ui.server import serve
    from tests.toy.task import QUESTION, Load

    listeners = listen()
    card = read_bundle(Path(bundle)).card.model
    model = Model(card, QUESTION, LazyValue(partial(Load(Path(bundle)), default_settings())), example=False)
    serve([model], listeners, begun=lambda _: print(f"open at {listeners.session.address()}", flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
