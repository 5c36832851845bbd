"""Fragments of HTML for what is kept on this computer, escaped like those of html.py."""

from collections.abc import Sequence
from html import escape

from rnapp.models.installed import Installed
from rnapp.store.library import Entry
from rnapp.ui.html import notice
from rnapp.ui.workspace import Message


def kept_cases(entries: Sequence[Entry], on_desk: str | None, trouble: str) -> str:
    """The cases kept on this workstation. on_desk: the id of the one that lies open; trouble: why its last changes are
    not kept."""
    if not entries and not trouble:
        return ""
    alert = notice(Message("error", f"The last changes are not kept. {trouble}") if trouble else None, "kept-trouble")
    rows = "".join(_kept_row(entry, entry.id == on_desk) for entry in entries)
    heads = "".join(f"<th>{head}</th>" for head in ("Case", "What it holds", "Last kept", "Size", ""))
    return (f'<h2>Cases kept on this computer</h2>{alert}<table class="kept"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>")


def _kept_row(entry: Entry, on_desk: bool) -> str:
    title = escape(entry.label.title or "without pseudonym") if entry.label else escape(entry.path.name)
    holds = escape(entry.trouble or (entry.label.summary if entry.label else ""))
    saved = escape(entry.label.saved.replace("T", " ")[:16]) if entry.label else ""
    opening = (f'<button type="button" data-open="{escape(entry.id)}">Open</button>' if not entry.trouble else "")
    act = "open now" if on_desk else opening
    state = "chosen" if on_desk else "unusable" if entry.trouble else ""
    return (f'<tr class="{state}"><td>{title}</td><td>{holds}</td>'
            f"<td>{saved}</td><td>{entry.size / 1e6:.0f}&nbsp;MB</td><td>{act} <button type=\"button\" "
            f'data-remove="{escape(entry.id)}" data-title="{title}">Delete</button></td></tr>')


def models(found: Sequence[Installed], in_use: str) -> str:
    """The weight bundles of this computer. in_use: SHA-256 of the card of the one that answers now."""
    return "".join(_model(one, one.sha256 == in_use) for one in found)


def _model(one: Installed, in_use: bool) -> str:
    name = f"{one.card.name} {one.card.version}" if one.card else one.folder.name
    kind = "demonstration, synthetic lesions" if one.card and one.card.demonstration else one.trouble
    state = "answers now" if in_use else "from the next start on" if one.chosen else ""
    use = f'<button type="button" data-use="{escape(one.sha256)}">Use</button>' if one.card and not one.chosen else ""
    discard = f'<button type="button" data-discard="{escape(one.sha256)}">Remove</button>' if one.own else ""
    return (f'<div class="model"><b>{escape(name)}</b><span>{escape(kind)}</span><code title="{escape(one.sha256)}">'
            f"{escape(one.sha256[:12])}…</code><em>{state}</em><span>{use} {discard}</span></div>")
