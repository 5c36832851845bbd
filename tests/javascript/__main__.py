"""python3 -m tests.javascript: lints the page's own JavaScript; installs the linter if need be, which takes npm.

Where Node.js is missing, or npm cannot install the linter, it says so and does nothing else; where
RNAPP_LINT_JAVASCRIPT is set (the workflow on GitHub), that is a failure. Standard library only: it needs no
environment of the app.
"""

import os
import shutil
import subprocess

from tests.javascript import CONFIGURATION, ESLINT, ROOT, SCRIPTS

NO_NODE = "JavaScript is not linted: there is no Node.js (node and npm) on this computer."
NOT_INSTALLED = "JavaScript is not linted: npm cannot install the linter."


def main() -> int:
    """The exit status: the linter's; without a linter 0, or 1 where it is asked for."""
    missing = 1 if os.environ.get("RNAPP_LINT_JAVASCRIPT") else 0
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        print(NO_NODE)
        return missing
    if not ESLINT.is_file():
        installed = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CONFIGURATION.parent)
        if installed.returncode:
            print(NOT_INSTALLED)
            return missing
    return subprocess.run([node, str(ESLINT), "--config", str(CONFIGURATION), "--max-warnings", "0", str(SCRIPTS)],
                          cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())
