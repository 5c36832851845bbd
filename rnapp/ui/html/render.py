"""Templates and what they may call."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rnapp.ui.ports import wording

FOLDER = Path(__file__).resolve().parents[1] / "templates"


def render(template: str, **values: Any) -> str:
    """A template (its name without .html) with these values, all of them escaped."""
    return _environment().get_template(f"{template}.html").render(values).strip()


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, auto_reload=False)
    environment.filters |= {"percent": wording.percent, "upper_first": _upper_first, "side": _side,
                            "numbers": _numbers, "zip": zip, "place": _place, "ml": _ml, "mm": _mm, "minute": _minute}
    return environment


def _upper_first(words: str) -> str:
    return words[:1].upper() + words[1:]


def _place(share: float) -> str:
    """Per cent of a scale's width."""
    return f"{100 * share:.1f}"


def _side(side: str) -> Markup:
    return Markup("midline") if side == "midline" else Markup("patient's&nbsp;{}").format(side)


def _numbers(values: Iterable[float]) -> str:
    return ",".join(f"{value:.2f}" for value in values)


def _ml(volume: float) -> Markup:
    return Markup("{:.2f}&nbsp;ml").format(volume)


def _mm(*lengths: float) -> Markup:
    """One length, or two at a right angle."""
    return Markup("&nbsp;×&nbsp;").join(f"{length:.1f}" for length in lengths) + Markup("&nbsp;mm")


def _minute(time: str) -> str:
    """ISO 8601 to the minute."""
    return time.replace("T", " ")[:16]
