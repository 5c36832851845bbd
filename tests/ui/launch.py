"""Starts the app for a test: python -m tests.ui.launch KIND FILE.

KIND: fake, quick, demo, doubtful, withheld, broken or real (see tests/ui/running.py).

FILE gets every address that the app calls outside this computer.
"""

import sys
from pathlib import Path
from typing import Any


def watch(file: Path) -> None:
    """Note every connection and every name look-up that is not this computer."""
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            target = arguments[1]
            host = target[0] if isinstance(target, tuple) else None
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = arguments[0]
        else:
            return
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name != "localhost" and name != "::1" and not str(name).startswith("127."):
            with file.open("a") as stream:
                stream.write(f"{event} {name}\n")

    file.touch()
    sys.addaudithook(hook)


def main(kind: str, file: str) -> None:
    """Serve until stopped."""
    watch(Path(file))
    from rnapp.ui.listeners import listen
    from rnapp.ui.server import serve

    listeners = listen()

    def begun(_: object) -> None:
        print(f"open at {listeners.session.address()}", flush=True)

    if kind != "real":
        from tests.ui.fake_models import models
        from tests.ui.fake_pipeline import FakePipeline

        pipeline = FakePipeline(delay=0.02 if kind in ("quick", "doubtful", "withheld") else 0.5,
                                broken="warm_up" if kind == "broken" else "",
                                asks="unlike_training" if kind == "withheld" else "",
                                doubt="It was drawn on another registration." if kind == "doubtful" else "")
        serve(models(), listeners, kind == "demo", pipeline, begun)
    else:
        from rnapp.config import default_settings
        from rnapp.desktop.offered import checked_models

        serve(checked_models(default_settings()), listeners, begun=begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
