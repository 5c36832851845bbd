"""The page of the PDF with the reasons of the answer, and all that it was made of."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from rnapp import __version__
from rnapp.report import pdf_parts as parts
from rnapp.report.card_words import shortfalls
from rnapp.report.exact_names import exact_names
from rnapp.report.pdf_pages import SMALLEST_PICTURE, banner, brief, name_of
from rnapp.report.pdf_pictures import ReportPictures
from rnapp.report.wording import BRAIN_MASKS, clinical_words, percent, validation, what_if
from rnapp.trust.attention import sentence, too_weak
from rnapp.types import Answer, CaseResult, Clinical, Question

HIGHEST = 92 * mm
SMALL_WATERFALL = 58 * mm  # high, of one lesion among several
NAMED = 5  # bars whose exact names are given then
_HALF = (parts.WIDTH - parts.GAP) / 2


def reasons_page(case: CaseResult, pictures: ReportPictures, method: str, new_page: bool = True) -> list[Flowable]:
    """Contributions and attention, what was entered, the model, the preparation and the software. new_page: they do not
    stand below the answer."""
    answers = case.reading.answers
    head = [*(banner(case) if new_page else []), parts.text("What the answer rests on", parts.HEADING)]
    quality = [parts.scan(pictures.quality, _HALF, 64 * mm), _quality_caption()]
    clinical = [*_section("Clinical data as entered", clinical_rows(case.question, case.reading.clinical)),
                *_unknown(case)]
    model, calibration = _section("Model", _model_rows(case)), _calibration(case)
    if len(answers) == 1:
        attention = _attention(answers[0], pictures.attention[0], _HALF, 64 * mm)
        halves = ([_halves(attention, quality), _halves(clinical, model)] if attention else
                  [_halves(quality, [*model, *clinical])])
        names = _exact_names(answers[0])
        tail = [*halves, *calibration, *_provenance(case, method)]
        room = parts.PAGE_HEIGHT - parts.height([*head, *names, *tail]) - 4 * mm
        least = SMALLEST_PICTURE - parts.height([*names, *calibration])  # no further page for them
        height = min(max(room, least), HIGHEST)
        return [*head, *_waterfall(answers[0], pictures.waterfalls[0], parts.WIDTH, height), *names, Spacer(1, 3 * mm),
                *tail]
    height = SMALL_WATERFALL - parts.height(calibration) / len(answers)  # no further page for it
    rows = [_reasons(case, answer, pictures.waterfalls[i], pictures.attention[i], height)
            for i, answer in enumerate(answers)]
    return [*head, *rows, _halves(quality, [*clinical, *model]), *calibration, *_provenance(case, method)]


def _attention(answer: Answer, png: bytes | None, width: float, height: float) -> list[Flowable]:
    """The map of what moved the image networks, if the model gives one; where it is too weak to be drawn, that."""
    if png is None:
        return []
    return [parts.scan(png, width, height), *_map_caption(answer)]


def _map_caption(answer: Answer) -> list[Flowable]:
    about = brief(answer.lesion)
    said = sentence(answer) if too_weak(answer) else ("the colours show what moved the image networks, not where there "
                                                      "is disease.")
    return [parts.text(f"{about[0].upper()}{about[1:]}: {said[0].lower()}{said[1:]}", parts.CAPTION)]


def _quality_caption() -> Flowable:
    return parts.text("Registration. Solid line: brain mask of this scan; dashed line: brain of the SRI24 atlas.",
                      parts.CAPTION)


def _waterfall(answer: Answer, png: bytes | None, width: float, height: float) -> list[Flowable]:
    """The contributions of the features, where the model has any."""
    if answer.prediction is None:
        return [parts.text(f"For {brief(answer.lesion)} no number is given, so nothing is explained.", parts.BODY)]
    if png is None:
        return [parts.text("This model looks at its inputs as a whole; no contributions of single features can be "
                           "given.", parts.BODY)]
    return [parts.picture(png, width, height)]


def _exact_names(answer: Answer, most: int | None = None) -> list[Flowable]:
    """Of the bars, in one small paragraph. most: of so many, the strongest."""
    named = exact_names(answer)[:most]
    listed = ", ".join(f"{one.bar}&nbsp;{parts.markup(one.exact)}" for one in named)
    return [Paragraph(f"Exact names of the bars, counted from the top: {listed}.", parts.TINY)] if named else []


def _reasons(case: CaseResult, answer: Answer, waterfall: bytes | None, attention: bytes | None,
             height: float) -> Flowable:
    """Both pictures side by side, the exact names of the strongest bars below the map. height: of the waterfall."""
    left, right = 108 * mm, parts.WIDTH - 108 * mm - parts.GAP
    label, names = parts.text(name_of(case, answer), parts.LABEL), _exact_names(answer, NAMED)
    below = parts.height([*_map_caption(answer), *names], right)
    map_height = min(52 * mm, height + parts.height([label], left) - below)
    return parts.columns([[label, *_waterfall(answer, waterfall, left, height)],
                          [*_attention(answer, attention, right, map_height), *names]], (left + parts.GAP, right))


def _calibration(case: CaseResult) -> list[Flowable]:
    """Where the model's limits were wrong, as its card says."""
    answers, known = case.reading.answers, case.reading.model.calibration
    said = shortfalls(known.of(answers[0].inputs), case.question) if known else ()
    return [parts.text(one, parts.SMALL) for one in said]


def _halves(left: Sequence[Flowable], right: Sequence[Flowable]) -> Flowable:
    return parts.columns([left, right], (_HALF + parts.GAP, _HALF))


def _provenance(case: CaseResult, method: str) -> list[Flowable]:
    """How the scan was prepared, and with which software."""
    quality = case.prepared.quality
    preparation = (f"Registered to SRI24: Dice {quality.dice:.3f} against the atlas brain, correlation "
                   f"{quality.correlation:.2f}, brain volume {case.prepared.brain_volume_ml:.0f} ml; thresholds "
                   f"{'passed' if quality.good else 'NOT PASSED'}. {quality.sentence} Brain mask: "
                   f"{BRAIN_MASKS[case.prepared.mask_source]}.")
    software = ", ".join(f"{name} {version}" for name, version in case.reading.software.items())
    return [parts.text("Preparation and software", parts.HEADING), parts.text(preparation, parts.SMALL),
            *([parts.text(method, parts.SMALL)] if method else []),
            parts.text(f"Read with {software}; this report: rnapp {__version__}.", parts.SMALL)]


def _section(title: str, rows: Sequence[tuple[str, str]]) -> list[Flowable]:
    return [parts.text(title, parts.HEADING), parts.facts(rows, _HALF)]


def clinical_rows(question: Question, clinical: Clinical) -> list[tuple[str, str]]:
    """Label and value in words; missing values are unknown."""
    return [(field.label, clinical_words(field, clinical.get(field.name))) for field in question.fields]


def _unknown(case: CaseResult) -> list[Flowable]:
    """What unknown values could do to each answer."""
    return [parts.text(f"If known, these could change {brief(one.lesion)} from {percent(one.given.probability)}: "
                       f"{' '.join(map(what_if, one.what_if))}", parts.CAPTION)
            for one in case.reading.answers if one.what_if]


def _model_rows(case: CaseResult) -> list[tuple[str, str]]:
    card, answers = case.reading.model, case.reading.answers
    measured = validation(card.metrics, answers[0].inputs if answers else ())
    return [("name and version", f"{card.name} {card.version}"), ("SHA-256 (first 12)", card.sha256[:12]),
            ("trained on", card.trained_on), *measured]
