"""python3 -m tests.javascript: lints the page's own JavaScript; installs the linter if need be, which takes npm.

Where Node.js is missing it says so and does nothing else. Standard library only: it needs no environment of the app.
"""

import shutil
import subprocess

from tests.javascript import CONFIGURATION, ESLINT, ROOT, SCRIPTS

NO_NODE = "JavaScript is not linted: there is no Node.js (node and npm) on this computer."


def main() -> int:
    """The exit status: the linter's or npm's, 0 without Node.js."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        print(NO_NODE)
        return 0
    if not ESLINT.is_file():
        installed = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CONFIGURATION.parent)
        if installed.returncode:
            return installed.returncode
    return subprocess.run([node, str(ESLINT), "--config", str(CONFIGURATION), "--max-warnings", "0", str(SCRIPTS)],
                          cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())
