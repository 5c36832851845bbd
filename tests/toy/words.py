"""Words of another question, which must not show where the toy's is asked."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import gradio as gr

from rnapp.ui.page_painter import PagePainter

FOREIGN = ("necrosis", "radiosurgery", "radiotherapy", "progression", "metasta", "t1ce", "lesion", "tumour",
           "gadolinium", "rano", "_rn", "enhanc")
READ = ("label", "info", "placeholder", "value", "choices", "html_template")
NOT_READ = ("bridge", "model-list")  # for scripts alone; the names of other models


def foreign(text: str, allowed: Collection[str] = ()) -> list[str]:
    """The words of it found in a text, each with a little context."""
    return [text[max(found.start() - 40, 0):found.end() + 40] for word in FOREIGN if word not in allowed
            for found in re.finditer(word, text, re.IGNORECASE)]


def readable(page: gr.Blocks, painter: PagePainter) -> str:
    """All that can be read on the page as it is painted now, without what is hidden."""
    config = page.get_config_file()
    properties = {one["id"]: dict(one["props"]) for one in config["components"]}
    for part, update in painter.paint_all().items():
        changed = update if isinstance(update, dict) else {"value": update}
        properties[part._id] |= {name: value for name, value in changed.items() if name != "__type__"}
    return "\n".join(_read(config["layout"], properties))


def _read(node: dict[str, Any], properties: dict[int, dict[str, Any]]) -> Iterator[str]:
    own = properties.get(node["id"], {})
    if own.get("visible", True) in (False, "hidden") or own.get("elem_id") in NOT_READ:
        return
    yield from (re.sub(r"<[^>]+>", " ", str(own[name])) for name in READ if own.get(name) is not None)
    for child in node.get("children", ()):
        yield from _read(child, properties)
