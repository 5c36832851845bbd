"""The pages of the PDF with the answer and with the course over time."""

from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from rnapp.report import pdf_parts as parts
from rnapp.report.dose_words import inputs_words
from rnapp.report.pdf_pictures import ReportPictures
from rnapp.report.result_json import graded_warnings
from rnapp.report.wording import (
    board,
    bright,
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
    verdict,
)
from rnapp.types import STUDY, Answer, CaseResult, Lesion

SMALLEST_PICTURE = 52 * mm  # high; smaller pictures go on a further page instead


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
                             *banner(case), _results(case), *_board(case)]
    warnings = _warnings(case)
    room = parts.PAGE_HEIGHT - parts.height([*story, *warnings]) - 4 * mm
    blocks = ([_single(case, answers[0], pictures.lesions[0], room)] if len(answers) == 1 else
              [_side_by_side(case, answer, png, room / len(answers), answer is answers[0])
               for answer, png in zip(answers, pictures.lesions, strict=True)])
    return [*story, *(flowable for block in blocks for flowable in block), *warnings]


def when_text(created: str) -> str:
    """Date and time to the minute, from ISO 8601."""
    return created.replace("T", " ")[:16]


def _who(case: CaseResult, series: str) -> str:
    """One line about the case."""
    reading = case.reading
    return "   ·   ".join([
        f"Case {case.pseudonym}", f"analysed {when_text(reading.created)}",
        *([f"series {series}"] if series else []), f"model {reading.model.name} {reading.model.version}"])


def banner(case: CaseResult) -> list[Flowable]:
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
    views = "; ".join(f"{brief(one.lesion)}: {board(case.question, noted.get(one.lesion))}"
                      for one in case.reading.answers)
    former = former_board(case.question, case.former_board)
    parents = "preparations" if case.question.unit == "study" else "outlines"
    earlier = f" On earlier {parents}: {former}." if former else ""
    return [parts.text(f"The board's own opinion, noted before this answer was shown: {views}.{earlier}", parts.BODY)]


def brief(number: int) -> str:
    """What an answer is about, inside a sentence."""
    return "the study" if number == STUDY else f"lesion {number}"


def _measures(lesion: Lesion) -> tuple[str, ...]:
    return (str(lesion.number), lesion.side, f"{lesion.volume_ml:.1f} ml", f"{lesion.longest_diameter_mm:.0f} mm",
            f"{lesion.axial_diameter_mm:.0f} × {lesion.axial_perpendicular_mm:.0f} mm")


def _result(case: CaseResult, answer: Answer) -> tuple[str, ...]:
    words, prediction = verdict(case.question, answer), answer.prediction
    if prediction is None:
        return "–", "–", words
    span = f"{percent(min(prediction.folds))} to {percent(max(prediction.folds))}" if prediction.folds else "unknown"
    return percent(prediction.probability), interval_words(answer) or span, words


def _single(case: CaseResult, answer: Answer, png: bytes | None, room: float) -> list[Flowable]:
    """Heading and statement above a picture over the whole width."""
    texts = [parts.text(name_of(case, answer), parts.HEADING), *_statement(case, answer)]
    if png is None:
        return texts
    space = max(room - parts.height([*texts, _picture_caption()]) - 3 * mm, SMALLEST_PICTURE)
    return [*texts, parts.scan(png, parts.WIDTH, space), _picture_caption()]


def _side_by_side(case: CaseResult, answer: Answer, png: bytes | None, room: float, first: bool) -> list[Flowable]:
    """The picture, and the words next to it; the first time with an explanation of the picture."""
    texts = [parts.text(name_of(case, answer), parts.HEADING), *_statement(case, answer)]
    if png is None:
        return texts
    image = parts.scan(png, 112 * mm, max(room - 6 * mm, SMALLEST_PICTURE))
    width = image.drawWidth + parts.GAP
    column = [*texts, *([_picture_caption()] if first else [])]
    return [parts.columns([[image], column], (width, parts.WIDTH - width))]


def name_of(case: CaseResult, answer: Answer) -> str:
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
