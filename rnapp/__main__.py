"""python -m rnapp: the command line; python -m rnapp app: the app in the browser."""

import sys
from collections.abc import Sequence

from rnapp.environment import ensure


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 2 with one sentence on stderr for input that cannot be used."""
    from rnapp.cli import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    ensure()
    raise SystemExit(main())
