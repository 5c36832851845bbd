"""python -m rnapp: the command line; python -m rnapp app: the app in its window."""

import argparse
import sys
import warnings
from collections.abc import Sequence

from rnapp.environment import ensure


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 2 with one sentence on stderr for input that cannot be used."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # libraries quote what they warn of, and a header can hold a name
    if given == ["decode-pixels"]:  # the installed program starts itself so, see rnapp/io/decoding.py
        from rnapp.io.decoding import main as decode_pixels

        return decode_pixels()
    if given[:1] == ["app"]:
        return _app(given[1:])
    from rnapp.cli import run

    return run(given)


def _app(arguments: Sequence[str]) -> int:
    """The app alone: its window opens before the libraries that the command line needs are loaded."""
    from rnapp.desktop import start
    from rnapp.errors import RnappError

    parser = argparse.ArgumentParser(prog="rnapp app")
    start.add_options(parser)
    try:
        start.run(parser.parse_args(arguments))
    except RnappError as error:
        print(f"rnapp: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    ensure()
    raise SystemExit(main())
