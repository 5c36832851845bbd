"""The linter of the page's own JavaScript (rnapp/ui/static), from npm; the app needs none of it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "rnapp" / "ui" / "static"
FILES = tuple(sorted(file for file in SCRIPTS.rglob("*.js") if file.name != "niivue.umd.js"))
CONFIGURATION = Path(__file__).parent / "eslint.config.mjs"
ESLINT = Path(__file__).parent / "node_modules" / "eslint" / "bin" / "eslint.js"
