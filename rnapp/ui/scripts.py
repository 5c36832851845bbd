"""The page's own JavaScript that Gradio runs for a component when it is on the page."""

from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "on_load"


def on_load(*names: str) -> str:
    """Files of static/on_load for js_on_load, one after the other; they see Gradio's element, trigger and watch."""
    return "\n".join((FOLDER / f"{name}.js").read_text("utf-8") for name in names)
