"""Where the frozen program starts: without arguments it is the app, with some it is the command line."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from rnapp.__main__ import main

    sys.exit(main(sys.argv[1:] or ["app"]))
