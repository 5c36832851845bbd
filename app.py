"""Starts rnapp: python3 app.py [--demo [TASK]] [--port N] [--no-browser]."""

from rnapp.environment import ensure

if __name__ == "__main__":
    ensure()
    import sys

    from rnapp.__main__ import main

    raise SystemExit(main(["app", *sys.argv[1:]]))
