"""Fragments of HTML. Everything that comes from a file is escaped here and nowhere else."""

from collections.abc import Collection, Iterable, Sequence
from html import escape

from rnapp.report.wording import bright, percent, place, verdict
from rnapp.types import Candidate, Lesion, Prediction, RegistrationQuality, Series
from rnapp.ui.work import Progress
from rnapp.ui.workspace import Message


def notice(message: Message | None, elem_id: str) -> str:
    """A sentence in a box; nothing for None."""
    if message is None:
        return ""
    role = "alert" if message.level == "error" else "status"
    return f'<div id="{elem_id}-text" class="notice {message.level}" role="{role}">{escape(message.text)}</div>'


def warnings(sentences: Iterable[str], elem_id: str) -> str:
    """The warnings, each once."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in dict.fromkeys(sentences))
    return f'<ul id="{elem_id}" class="warnings">{items}</ul>' if items else ""


def series_table(series: Sequence[Series], chosen: str | None) -> str:
    """One row per series; the usable ones can be chosen."""
    if not series:
        return '<p class="empty">No study is open yet.</p>'
    rows = "".join(_series_row(index, item, item.uid == chosen) for index, item in enumerate(series))
    heads = "".join(f"<th>{head}</th>" for head in ("", "Series", "Kind", "Slices", "Voxel (mm)", "Contrast", "Note"))
    return f'<table class="series"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _series_row(index: int, series: Series, chosen: bool) -> str:
    disabled = " disabled" if series.unusable else ""
    checked = " checked" if chosen else ""
    spacing = " × ".join(f"{value:.2g}" for value in series.spacing)
    contrast = {True: "yes", False: "no", None: "not recorded"}[series.contrast]
    note = escape(series.unusable or " ".join(series.warnings))
    name = escape(series.description or "without description")
    radio = (f'<input type="radio" name="series" id="series-{index}" data-index="{index}"'
             f' aria-label="{name}"{checked}{disabled}>')
    cells = [radio, f'<label for="series-{index}">{name}</label>', escape(series.kind), str(series.shape[2]), spacing,
             contrast, note]
    state = "unusable" if series.unusable else "chosen" if chosen else ""
    return f'<tr class="{state}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def progress(title: str, state: Progress, elem_id: str) -> str:
    """The stages of a running job with their times, and how far the whole is."""
    rows = "".join(
        f'<li class="{"done" if stage.done else "now"}"><span>{escape(stage.name)}</span>'
        f"<b>{stage.seconds:.1f} s</b></li>" for stage in state.stages)
    percent = round(100 * state.fraction)
    return (f'<div id="{elem_id}" class="progress" role="status"><h3>{escape(title)}</h3>'
            f'<div class="bar" role="progressbar" aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
            f"<ol>{rows}</ol></div>")


def quality(state: RegistrationQuality, brain_ml: float) -> str:
    """The measures of the registration, loud when it is doubtful."""
    level = "good" if state.good else "error"
    verdict = "The numbers pass; now look at the picture." if state.good else "THE REGISTRATION IS DOUBTFUL."
    return (f'<div id="quality-verdict" class="notice {level}" role="status"><b>{verdict}</b> '
            f"{escape(state.sentence)}</div>"
            f'<dl class="measures"><div><dt>Brain overlap with the atlas (Dice)</dt><dd>{state.dice:.3f}</dd></div>'
            f"<div><dt>Intensity correlation</dt><dd>{state.correlation:.2f}</dd></div>"
            f"<div><dt>Brain volume</dt><dd>{brain_ml:.0f} ml</dd></div></dl>")


LESION_HEADS = {
    "No.": "", "Side": "", "Volume": "", "Longest": "Longest diameter, in three dimensions",
    "Axial": "Longest diameter in one axial slice, and the longest at a right angle to it there (RANO-BM)"}


def lesion_table(lesions: Sequence[Lesion]) -> str:
    """What was found in the mask."""
    if not lesions:
        return '<p class="empty" id="no-lesions">No lesion yet. Draw one in the picture, or upload a mask.</p>'
    rows = "".join(
        f'<tr data-centre="{_numbers(lesion.centre_mm)}" tabindex="0" title="Go to this lesion">'
        f'<td rowspan="2">{lesion.number}</td><td>{_side(lesion.side)}</td><td>{lesion.volume_ml:.2f}&nbsp;ml</td>'
        f"<td>{lesion.longest_diameter_mm:.1f}&nbsp;mm</td>"
        f"<td>{lesion.axial_diameter_mm:.1f}&nbsp;×&nbsp;{lesion.axial_perpendicular_mm:.1f}&nbsp;mm</td></tr>"
        f'<tr class="place" data-centre="{_numbers(lesion.centre_mm)}"><td colspan="4">{escape(place(lesion))}; '
        f"{escape(bright(lesion))}</td></tr>" for lesion in lesions)
    notes = warnings((f"Lesion {lesion.number}: {text}" for lesion in lesions for text in lesion.warnings),
                     "lesion-warnings")
    heads = "".join(f'<th title="{title}">{head}</th>' for head, title in LESION_HEADS.items())
    return f'<table class="lesions"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{notes}'


NOTHING_PROPOSED = ("Nothing is proposed here. That does not mean that there is no lesion: look at every slice, and "
                    "draw what you see.")


def proposals(words: str, candidates: Sequence[Candidate], drawn: Collection[int]) -> str:
    """Proposed lesions to look at, take or dismiss. words: about the proposer; drawn: numbers of those in the mask."""
    if not candidates:
        return f'<p class="empty" id="no-proposals">{NOTHING_PROPOSED}</p>'
    rows = "".join(
        f'<tr data-centre="{_numbers(one.centre_mm)}" tabindex="0" title="Go to this place"><td>{one.number}</td>'
        f"<td>{_side(one.side)}</td><td>{one.volume_ml:.2f}&nbsp;ml</td><td>{escape(one.words)}</td>"
        f"<td>{_choices(one.number, one.number in drawn)}</td></tr>" for one in candidates)
    return (f'<p>{escape(words)}</p><p>Outlined in amber; nothing is read unless you take it.</p>'
            f'<table class="proposals"><tbody>{rows}</tbody></table>')


def _choices(number: int, drawn: bool) -> str:
    """What can be done with a proposed lesion; hiding one that is drawn leaves the drawing as it is."""
    taking = "in the drawing" if drawn else (
        f'<button type="button" data-take="{number}" title="Add it to the drawing">Take</button>')
    return (f'{taking} <button type="button" data-dismiss="{number}" title="Show this proposal no more">'
            f'{"Hide" if drawn else "Dismiss"}</button>')


def _side(side: str) -> str:
    return "midline" if side == "midline" else f"patient's&nbsp;{escape(side)}"


def _numbers(values: Iterable[float]) -> str:
    return ",".join(f"{value:.2f}" for value in values)


def answer(statement: str, prediction: Prediction, demonstration: bool) -> str:
    """The probability in words and numbers, with the demonstration warning beside it."""
    necrosis = prediction.probability_rn
    warning = ('<div class="demo-beside" id="demo-beside"><b>Demonstration model.</b> Trained on synthetic lesions; '
               "this number means nothing clinically.</div>") if demonstration else ""
    words = verdict(prediction)
    return (f'<div class="answer"><h2 id="verdict">{escape(words[0].upper() + words[1:])}</h2><div class="numbers">'
            f'<div class="rn"><span>Radiation necrosis</span><strong id="probability-rn">{percent(necrosis)}</strong>'
            f'</div><div class="tp"><span>Tumour progression</span>'
            f'<strong id="probability-tp">{percent(1 - necrosis)}</strong></div>{warning}</div>'
            f'<p id="statement">{escape(statement)}</p>{folds(prediction)}</div>')


def folds(prediction: Prediction) -> str:
    """The opinion of each of the five models on one line from progression to necrosis."""
    dots = "".join(f'<i style="left:{100 * value:.1f}%" title="Model {index}: {percent(value)}"></i>'
                   for index, value in enumerate(prediction.folds, start=1))
    low, high = min(prediction.folds), max(prediction.folds)
    return (f'<figure class="folds" id="folds"><div class="scale"><em style="left:{100 * low:.1f}%;'
            f'width:{100 * (high - low):.1f}%"></em>{dots}'
            f'<u style="left:{100 * prediction.probability_rn:.1f}%"></u></div>'
            f"<figcaption><span>progression</span><span>{len(prediction.folds)} models: "
            f"{percent(low)} to {percent(high)} for necrosis</span><span>necrosis</span></figcaption></figure>")


def picture(name: str, revision: int, alt: str) -> str:
    """A picture that the server makes from memory."""
    return f'<img class="picture" id="{name}" src="/case/picture/{name}.png?v={revision}" alt="{escape(alt)}">'


def downloads(revision: int) -> str:
    """The results as files; made when asked for, never left on the disk."""
    links = (("download-report", "report.pdf", "Report (PDF)"), ("download-json", "result.json", "Numbers (JSON)"),
             ("download-all", "results.zip", "Everything (ZIP)"))
    return '<div class="downloads">' + "".join(
        f'<a id="{elem_id}" href="/case/{file}?v={revision}" download="{file}">{label}</a>'
        for elem_id, file, label in links) + "</div>"
