"""Fragments of HTML. Everything that comes from a file is escaped here and nowhere else."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape

import numpy as np

from rnapp.lesion.names import LONGEST_NAME
from rnapp.report.wording import board, bright, called, percent, place, validation, verdict, what_if
from rnapp.types import (
    BoardOpinion,
    Candidate,
    Contribution,
    Lesion,
    LesionReading,
    ModelCard,
    Prediction,
    RegistrationQuality,
    Structure,
    WhatIf,
)
from rnapp.ui.pending import DoubtfulMask
from rnapp.ui.work import Progress
from rnapp.ui.workspace import Message
from rnapp.vocabulary import LEANINGS


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


LESION_HEADS = {"No.": "", "Side": "", "Volume": "", "Longest": "Longest diameter, in three dimensions"}
RANO_BM = "Longest diameter in one axial slice, and the longest at a right angle to it there (RANO-BM)"


def lesion_table(lesions: Sequence[Lesion]) -> str:
    """What was found in the mask."""
    if not lesions:
        return '<p class="empty" id="no-lesions">No lesion yet. Draw one in the picture, or upload a mask.</p>'
    rows = "".join(
        f'<tr data-centre="{_numbers(lesion.centre_mm)}" tabindex="0" title="Go to this lesion">'
        f'<td rowspan="2">{lesion.number}</td><td>{_side(lesion.side)}</td><td>{lesion.volume_ml:.2f}&nbsp;ml</td>'
        f"<td>{lesion.longest_diameter_mm:.1f}&nbsp;mm</td></tr>"
        f'<tr class="place" data-centre="{_numbers(lesion.centre_mm)}"><td colspan="3"><span title="{RANO_BM}">axial '
        f"{lesion.axial_diameter_mm:.1f}&nbsp;×&nbsp;{lesion.axial_perpendicular_mm:.1f}&nbsp;mm</span>; "
        f"{escape(place(lesion))}; {escape(bright(lesion))}"
        f'<span class="acts"><input data-name="{lesion.number}" '
        f'value="{escape(lesion.name)}" placeholder="Name it" maxlength="{LONGEST_NAME}" '
        f'aria-label="Name of lesion {lesion.number}"><button type="button" data-remove="{lesion.number}" '
        f'title="Take lesion {lesion.number} out of the drawing">Remove</button></span></td></tr>'
        for lesion in lesions)
    notes = warnings((f"Lesion {lesion.number}: {text}" for lesion in lesions for text in lesion.warnings),
                     "lesion-warnings")
    heads = "".join(f'<th title="{title}">{head}</th>' for head, title in LESION_HEADS.items())
    return f'<table class="lesions"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{notes}'


def doubtful_mask(doubtful: DoubtfulMask) -> str:
    """What a person is asked about a mask of the atlas."""
    array = doubtful.shown.array
    centre = doubtful.shown.to_mm(np.argwhere(array).mean(axis=0)[None])[0] if array.any() else (0.0, 0.0, 0.0)
    return (f'<p class="notice warning" role="status">{escape(doubtful.doubt)}</p>'
            "<p>The amber line in the picture is this mask on the prepared head. Look at it in all three planes: does "
            "it lie on the lesion?</p>"
            f'<table class="lesions"><tbody><tr data-centre="{_numbers(tuple(centre))}" tabindex="0">'
            "<td>Go to the outline</td></tr></tbody></table>")


def left_out(structures: Sequence[Structure]) -> str:
    """The structures of a file that cannot be chosen, and why."""
    notes = " ".join(one.note for one in structures if one.mask is None)
    return f'<p class="empty" id="mask-left-out-text">{escape(notes)}</p>' if notes else ""


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


def answer(statement: str, prediction: Prediction, card: ModelCard) -> str:
    """The probability in words and numbers; beside it what the model is and how well it has measured."""
    necrosis = prediction.probability_rn
    warning = ('<div class="demo-beside" id="demo-beside"><b>Demonstration model.</b> Trained on synthetic lesions; '
               "this number means nothing clinically.</div>") if card.demonstration else ""
    words = verdict(prediction)
    return (f'<div class="answer"><h2 id="verdict">{escape(words[0].upper() + words[1:])}</h2><div class="numbers">'
            f'<div class="rn"><span>Radiation necrosis</span><strong id="probability-rn">{percent(necrosis)}</strong>'
            f'</div><div class="tp"><span>Tumour progression</span>'
            f'<strong id="probability-tp">{percent(1 - necrosis)}</strong></div>{warning}</div>'
            f'<p id="statement">{escape(statement)}</p>{folds(prediction)}'
            f"<h3>How this model has measured</h3>{facts(validation(card.metrics), 'validation')}</div>")


def facts(rows: Iterable[tuple[str, str]], elem_id: str) -> str:
    """Names and values."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="facts" id="{elem_id}">{items}</dl>'


SOURCES = {"imaging": "image networks", "radiomics": "radiomics", "clinical": "clinical data"}


def sources(contributions: Sequence[Contribution]) -> str:
    """What each kind of input did to the log-odds in sum: one alone may carry the answer against the others."""
    sums = {name: sum(one.effect for one in contributions if one.group == group) for group, name in SOURCES.items()}
    words = ", ".join(f"{name} {value:+.2f}" for name, value in sums.items())
    return f'<p id="sources">In sum: {words} (log-odds; above 0 is towards necrosis).</p>'


def what_ifs(found: Sequence[WhatIf]) -> str:
    """What each unknown value could do to the answer."""
    if not found:
        return '<p id="what-if">Every clinical value is known, so none that is missing could change it.</p>'
    items = "".join(f"<li>{escape(what_if(one))}</li>" for one in found)
    return (f'<div id="what-if"><p>What is unknown counts as average. If it were known, the probability of necrosis '
            f"could lie elsewhere:</p><ul>{items}</ul></div>")


OVERVIEW_HEADS = ("Lesion", "Side", "Volume", "Longest", "Necrosis", "Models", "In words", "Board's own opinion")


def overview(lesions: Sequence[LesionReading], opinions: Sequence[BoardOpinion], shown: int | None) -> str:
    """All lesions of the patient in one table. shown: which one is looked at; None: they cannot be chosen here."""
    noted = {opinion.lesion: opinion for opinion in opinions}
    rows = "".join(_overview_row(place, one, noted.get(one.lesion.number),
                                 None if shown is None else place == shown)
                   for place, one in enumerate(lesions))
    heads = "".join(f"<th>{escape(head)}</th>" for head in OVERVIEW_HEADS)
    return f'<table class="lesions overview"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _overview_row(place: int, one: LesionReading, opinion: BoardOpinion | None, shown: bool | None) -> str:
    lesion, prediction = one.lesion, one.prediction
    span = f"{percent(min(prediction.folds))} to {percent(max(prediction.folds))}" if prediction.folds else "unknown"
    cells = (escape(called(lesion)), _side(lesion.side), f"{lesion.volume_ml:.2f}&nbsp;ml",
             f"{lesion.longest_diameter_mm:.1f}&nbsp;mm", f"<b>{percent(prediction.probability_rn)}</b>", span,
             escape(verdict(prediction)), escape(board(opinion)))
    chosen = ' class="chosen" aria-current="true"' if shown else ""
    open_tag = "<tr>" if shown is None else f'<tr data-index="{place}" tabindex="0" title="Show this lesion"{chosen}>'
    return (open_tag
            + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")


INFORMED = ("You have seen an answer to other outlines of this case. What you note now is kept with that remark, "
            "beside what you noted first.")


def board_form(lesions: Sequence[Lesion], opinions: Mapping[int, BoardOpinion], revision: int, informed: bool) -> str:
    """For each lesion its picture, and what the board thinks of it. informed: an answer was seen before."""
    remark = f'<p class="notice info" id="informed">{INFORMED}</p>' if informed else ""
    return remark + "".join(_opinion(lesion, opinions.get(lesion.number), revision) for lesion in lesions)


def _opinion(lesion: Lesion, noted: BoardOpinion | None, revision: int) -> str:
    name = f"opinion-{lesion.number}"
    choices = "".join(
        f'<label><input type="radio" name="{name}" id="{name}-{leaning}" data-lesion="{lesion.number}" '
        f'data-leaning="{leaning}"{" checked" if noted and noted.leaning == leaning else ""}> {escape(words)}</label>'
        for leaning, words in LEANINGS.items())
    source = f"/case/picture/lesion/{lesion.number}.png?v={revision}"
    picture = f'<img src="{source}" alt="Lesion {lesion.number} on slices">'
    return (f'<fieldset class="opinion">{picture}<legend>Lesion {escape(called(lesion))}, {_side(lesion.side)}, '
            f'{lesion.volume_ml:.2f}&nbsp;ml</legend><div class="leanings">{choices}</div></fieldset>')


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


DOWNLOADS = (
    ("download-report", "report.pdf", "Report (PDF)", "For the board: answer, reasons, pictures, warnings."),
    ("download-json", "result.json", "Numbers (JSON)", "Every number of this reading for other programs."),
    ("download-all", "results.zip", "Everything (ZIP)", "Both, with the prepared scan, brain mask, lesions and "
                                                        "attention as NIfTI on SRI24; the masks also on the scan's own "
                                                        "grid."))


def downloads(revision: int, pseudonym: str) -> str:
    """The results as files, named after the case; made when asked for, never left on the disk."""
    prefix = "".join(letter for letter in pseudonym if letter.isalnum() or letter in "-_")
    start = f"{prefix}-" if prefix else ""
    return '<div class="downloads">' + "".join(
        f'<div><a id="{elem_id}" href="/case/{file}?v={revision}" download="{start}{file}">{label}</a><p>{words}</p>'
        "</div>"
        for elem_id, file, label, words in DOWNLOADS) + "</div>"
