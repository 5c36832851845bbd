"""The pages of the PDF: the answer first, then the reasons for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from rnapp import __version__
from rnapp.report import pdf_parts as parts
from rnapp.report.dose_words import inputs_words
from rnapp.report.pdf_pictures import ReportPictures
from rnapp.report.result_json import graded_warnings
from rnapp.report.wording import (
    BRAIN_MASKS,
    board,
    bright,
    clinical_words,
    demonstration,
    former_board,
    headline,
    interval_words,
    likeness_words,
    percent,
    place,
    prior_words,
    reasons,
    rule,
    subject,
    validation,
    verdict,
    what_if,
)
from rnapp.types import STUDY, Answer, CaseResult, Clinical, Lesion, Question

SMALLEST_PICTURE = 52 * mm  # high; smaller pictures go on a further page instead
_HALF = (parts.WIDTH - parts.GAP) / 2


@dataclass(frozen=True)
class CourseReport:
    """Course of the lesions, made elsewhere: a PNG, rows (lesion, day, volume, longest, axial), sentences."""

    picture: bytes
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]


def course_page(course: CourseReport) -> list[Flowable]:
    """Sizes over all scans, growth and category in words, and the plot."""
    head = ("Lesion", "Scan of", "Volume", "Longest diameter", "Axial (RANO-BM)")
    said = [Paragraph(f"•&nbsp;&nbsp;{parts.markup(one)}", parts.SMALL) for one in course.sentences]
    table = parts.listing(head, course.rows, [width * mm for width in (50, 36, 28, 32, 34)])
    story = [parts.text("Over time", parts.HEADING), table, Spacer(1, 3 * mm), *said, Spacer(1, 3 * mm)]
    room = parts.PAGE_HEIGHT - parts.height(story) - 4 * mm
    return [*story, parts.picture(course.picture, parts.WIDTH, min(max(room, SMALLEST_PICTURE), 110 * mm))]


def answer_page(case: CaseResult, pictures: ReportPictures, series: str) -> list[Flowable]:
    """Who, what and when; the probabilities with their spread; the lesions; the warnings."""
    answers = case.reading.answers
    story: list[Flowable] = [parts.text(case.question.title, parts.TITLE), parts.text(_who(case, series), parts.WHO),
                             *_banner(case), _results(case), *_board(case)]
    warnings = _warnings(case)
    room = parts.PAGE_HEIGHT - parts.height([*story, *warnings]) - 4 * mm
    blocks = ([_single(case, answers[0], pictures.lesions[0], room)] if len(answers) == 1 else
              [_side_by_side(case, answer, png, room / len(answers), answer is answers[0])
               for answer, png in zip(answers, pictures.lesions, strict=True)])
    return [*story, *(flowable for block in blocks for flowable in block), *warnings]


def reasons_page(case: CaseResult, pictures: ReportPictures, method: str, new_page: bool = True) -> list[Flowable]:
    """Contributions and attention, what was entered, the model, the preparation and the software. new_page: they do not
    stand below the answer."""
    answers = case.reading.answers
    head = [*(_banner(case) if new_page else []), parts.text("What the answer rests on", parts.HEADING)]
    quality = [parts.scan(pictures.quality, _HALF, 64 * mm), _quality_caption()]
    clinical = [*_section("Clinical data as entered", clinical_rows(case.question, case.reading.clinical)),
                *_unknown(case)]
    model = _section("Model", _model_rows(case))
    if len(answers) == 1:
        attention = _attention(answers[0], pictures.attention[0], _HALF, 64 * mm)
        halves = ([_halves(attention, quality), _halves(clinical, model)] if attention else
                  [_halves(quality, [*model, *clinical])])
        tail = [*halves, *_provenance(case, method)]
        room = parts.PAGE_HEIGHT - parts.height([*head, *tail]) - 4 * mm
        height = min(max(room, SMALLEST_PICTURE), 92 * mm)
        return [*head, *_waterfall(answers[0], pictures.waterfalls[0], parts.WIDTH, height), Spacer(1, 3 * mm), *tail]
    rows = [_reasons(case, answer, pictures.waterfalls[i], pictures.attention[i]) for i, answer in enumerate(answers)]
    return [*head, *rows, _halves(quality, [*clinical, *model]), *_provenance(case, method)]


def when_text(created: str) -> str:
    """Date and time to the minute, from ISO 8601."""
    return created.replace("T", " ")[:16]


def _who(case: CaseResult, series: str) -> str:
    """One line about the case."""
    reading = case.reading
    return "   ·   ".join([
        f"Case {case.pseudonym}", f"analysed {when_text(reading.created)}",
        *([f"series {series}"] if series else []), f"model {reading.model.name} {reading.model.version}"])


def _banner(case: CaseResult) -> list[Flowable]:
    return [parts.text(demonstration(case.question), parts.BANNER)] if case.reading.model.demonstration else []


def _results(case: CaseResult) -> Flowable:
    """The answers in a table; of a whole study without the columns of a lesion."""
    probability = f"Probability of {case.question.outcomes[0].name}"
    answered = [(probability, 28), ("Range", 26), ("In words", 33)]
    measured = [("Lesion", 14), ("Patient's side", 18), ("Volume", 18), ("Longest diameter", 19),
                ("Axial (RANO-BM)", 24)] if case.question.unit == "lesion" else []
    columns = [*measured, *answered]
    rows = [(*(_measures(case.lesions.lesion(one.lesion)) if measured else ()), *_result(case, one))
            for one in case.reading.answers]
    return parts.listing([name for name, _ in columns], rows, [width * mm for _, width in columns])


def _board(case: CaseResult) -> list[Flowable]:
    """The board's own opinions, where any was noted."""
    if not case.board and not case.former_board:
        return []
    noted = {opinion.lesion: opinion for opinion in case.board}
    views = "; ".join(f"{_brief(one.lesion)}: {board(case.question, noted.get(one.lesion))}"
                      for one in case.reading.answers)
    former = former_board(case.question, case.former_board)
    parents = "preparations" if case.question.unit == "study" else "outlines"
    earlier = f" On earlier {parents}: {former}." if former else ""
    return [parts.text(f"The board's own opinion, noted before this answer was shown: {views}.{earlier}", parts.BODY)]


def _brief(number: int) -> str:
    """What an answer is about, inside a sentence."""
    return "the study" if number == STUDY else f"lesion {number}"


def _measures(lesion: Lesion) -> tuple[str, ...]:
    return (str(lesion.number), lesion.side, f"{lesion.volume_ml:.1f} ml", f"{lesion.longest_diameter_mm:.0f} mm",
            f"{lesion.axial_diameter_mm:.0f} × {lesion.axial_perpendicular_mm:.0f} mm")


def _result(case: CaseResult, answer: Answer) -> tuple[str, ...]:
    words, prediction = verdict(case.question, answer), answer.prediction
    if prediction is None:
        return "none", "–", words
    span = f"{percent(min(prediction.folds))} to {percent(max(prediction.folds))}" if prediction.folds else "unknown"
    return percent(prediction.probability), interval_words(answer) or span, words


def _single(case: CaseResult, answer: Answer, png: bytes | None, room: float) -> list[Flowable]:
    """Heading and statement above a picture over the whole width."""
    texts = [parts.text(_name(case, answer), parts.HEADING), *_statement(case, answer)]
    if png is None:
        return texts
    space = max(room - parts.height([*texts, _picture_caption()]) - 3 * mm, SMALLEST_PICTURE)
    return [*texts, parts.scan(png, parts.WIDTH, space), _picture_caption()]


def _side_by_side(case: CaseResult, answer: Answer, png: bytes | None, room: float, first: bool) -> list[Flowable]:
    """The picture, and the words next to it; the first time with an explanation of the picture."""
    texts = [parts.text(_name(case, answer), parts.HEADING), *_statement(case, answer)]
    if png is None:
        return texts
    image = parts.scan(png, 112 * mm, max(room - 6 * mm, SMALLEST_PICTURE))
    width = image.drawWidth + parts.GAP
    column = [*texts, *([_picture_caption()] if first else [])]
    return [parts.columns([[image], column], (width, parts.WIDTH - width))]


def _name(case: CaseResult, answer: Answer) -> str:
    if answer.lesion == STUDY:
        return subject(case.lesions, STUDY)
    side = case.lesions.lesion(answer.lesion).side
    where = "in the midline" if side == "midline" else f"on the patient's {side}"
    return f"{subject(case.lesions, answer.lesion)}, {where}"


def _statement(case: CaseResult, answer: Answer) -> list[Flowable]:
    """What it is called, large where no number is given; why, or what stands behind the number."""
    question, trust = case.question, answer.trust
    style = parts.LARGE if answer.prediction is None else parts.STRONG
    said = [reasons(question, answer), inputs_words(question, answer)]
    judged = [] if trust is None else [rule(question, trust), prior_words(question, trust),
                                       likeness_words(trust.likeness) if trust.likeness else ""]
    return [parts.text(headline(question, answer), style), *(parts.text(one, parts.BODY) for one in said if one),
            *(parts.text(one, parts.SMALL) for one in judged if one), *_where(case, answer)]


def _where(case: CaseResult, answer: Answer) -> list[Flowable]:
    """Where a lesion lies, and how bright it is."""
    if answer.lesion == STUDY:
        return []
    lesion = case.lesions.lesion(answer.lesion)
    measures = place(lesion)
    return [parts.text(f"{measures[0].upper()}{measures[1:]}; {bright(lesion)}.", parts.CAPTION)]


def _picture_caption() -> Flowable:
    return parts.text("The analysed scan on the SRI24 grid; planes through the centre of the lesion, enlarged below. "
                      "The patient's left (L) is on the right of axial and coronal pictures; bars: the patient's "
                      "own millimetres.", parts.CAPTION)


def _warnings(case: CaseResult) -> list[Flowable]:
    """What every caution says, after what follows from it."""
    warnings, quality = graded_warnings(case), case.prepared.quality
    if not quality.good:
        warnings.insert(0, ("Preparation below its thresholds", quality.sentence))
    if not warnings:
        return [parts.text("Warnings", parts.HEADING), parts.text("None.", parts.SMALL)]
    return [parts.text("Warnings", parts.HEADING),
            *(Paragraph(f"•&nbsp;&nbsp;<b>{parts.markup(level)}:</b> {parts.markup(one)}", parts.SMALL)
              for level, one in warnings)]


def _attention(answer: Answer, png: bytes | None, width: float, height: float) -> list[Flowable]:
    """Attention of the networks, if the model gives it."""
    if png is None:
        return []
    about = _brief(answer.lesion)
    caption = (f"{about[0].upper()}{about[1:]}: attention of the imaging networks. It shows what influenced them, not "
               "where there is disease.")
    return [parts.scan(png, width, height), parts.text(caption, parts.CAPTION)]


def _quality_caption() -> Flowable:
    return parts.text("Registration. Solid line: brain mask of this scan; dashed line: brain of the SRI24 atlas.",
                      parts.CAPTION)


def _waterfall(answer: Answer, png: bytes | None, width: float, height: float) -> list[Flowable]:
    """The contributions of the features, where the model has any."""
    if answer.prediction is None:
        return [parts.text(f"For {_brief(answer.lesion)} no number is given, so nothing is explained.", parts.BODY)]
    if png is None:
        return [parts.text("This model looks at its inputs as a whole; no contributions of single features can be "
                           "given.", parts.BODY)]
    return [parts.picture(png, width, height)]


def _reasons(case: CaseResult, answer: Answer, waterfall: bytes | None, attention: bytes | None) -> Flowable:
    left, right = 108 * mm, parts.WIDTH - 108 * mm - parts.GAP
    name = parts.text(_name(case, answer), parts.LABEL)
    return parts.columns([[name, *_waterfall(answer, waterfall, left, 58 * mm)],
                          _attention(answer, attention, right, 52 * mm)], (left + parts.GAP, right))


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
    return [parts.text(f"If known, these could change {_brief(one.lesion)} from {percent(one.given.probability)}: "
                       f"{' '.join(map(what_if, one.what_if))}", parts.CAPTION)
            for one in case.reading.answers if one.what_if]


def _model_rows(case: CaseResult) -> list[tuple[str, str]]:
    card, answers = case.reading.model, case.reading.answers
    measured = validation(card.metrics, answers[0].inputs if answers else ())
    return [("name and version", f"{card.name} {card.version}"), ("SHA-256 (first 12)", card.sha256[:12]),
            ("trained on", card.trained_on), *measured]
