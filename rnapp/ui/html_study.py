"""Fragments of HTML for the first screen. Everything that comes from a file is escaped here."""

from collections.abc import Sequence
from html import escape

from rnapp.types import Series, Study


def series_table(series: Sequence[Series], chosen: str | None, empty: str = "No study is open yet.") -> str:
    """One row per series; the usable ones can be chosen. empty: what is said where there is none."""
    if not series:
        return f'<p class="empty">{escape(empty)}</p>'
    rows = "".join(_series_row(index, item, item.uid == chosen) for index, item in enumerate(series))
    heads = "".join(f"<th>{head}</th>" for head in ("", "Series", "Kind", "Slices", "Voxel (mm)", "Contrast", "Note"))
    return f'<table class="series"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _series_row(index: int, series: Series, chosen: bool) -> str:
    disabled = " disabled" if series.unusable else ""
    checked = " checked" if chosen else ""
    spacing = " × ".join(f"{value:.2g}" for value in series.spacing)
    contrast = {True: "yes", False: "no", None: "not known"}[series.contrast]
    note = escape(series.unusable or " ".join(series.warnings))
    name = escape(series.description or "without description")
    radio = (f'<input type="radio" name="series" id="series-{index}" data-index="{index}"'
             f' aria-label="{name}"{checked}{disabled}>')
    cells = [radio, f'<label for="series-{index}">{name}</label>', escape(series.kind), str(series.shape[2]), spacing,
             contrast, note]
    state = "unusable" if series.unusable else "chosen" if chosen else ""
    return f'<tr class="{state}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def why_proposed(study: Study | None, chosen: str | None) -> str:
    """Why this series is proposed."""
    if study is None or not study.why:
        return ""
    words = study.why if chosen == study.proposed else f"You chose another series. {study.why}"
    return f'<p id="why-proposed">{escape(words)}</p>'


def files_left_out(study: Study | None) -> str:
    """The files that are in no series, by kind, but for those that the warnings tell of."""
    left = [one for one in (study.left_out if study else ()) if not one.serious]
    if not left:
        return ""
    count = sum(one.files for one in left)
    items = "".join(f"<li>{escape(one.reason)} ({one.files})</li>" for one in left)
    return (f'<details id="files-left-out"><summary>{count} other file{"s" * (count != 1)} left out</summary>'
            f"<ul>{items}</ul></details>")
