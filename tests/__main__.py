"""python3 -m tests: makes the environment if need be, then runs the whole test suite."""

import sys

from rnapp.environment import ensure

if __name__ == "__main__":
    ensure(tests=True)
    import pytest

    raise SystemExit(pytest.main(sys.argv[1:]))
