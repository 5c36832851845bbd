"""The report for the tumour board: two A4 pages for one lesion; more lesions, a dose, maps of occlusion and earlier
scans add pages."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate

from rnapp import __version__
from rnapp.errors import RnappError
from rnapp.report import pdf_parts as parts
from rnapp.report.pdf_dose import dose_pages, occlusion_pages
from rnapp.report.pdf_pages import CourseReport, answer_page, course_page, when_text
from rnapp.report.pdf_pictures import ReportPictures
from rnapp.report.pdf_reasons import reasons_page
from rnapp.report.wording import INTENDED_USE
from rnapp.types import CaseResult

__all__ = ["CourseReport", "ReportPictures", "pdf"]

SIDE, TOP = (A4[0] - parts.WIDTH) / 2, 17 * mm
BOTTOM = A4[1] - TOP - parts.PAGE_HEIGHT


def pdf(case: CaseResult, pictures: ReportPictures, *, series: str = "", method: str = "",
        course: CourseReport | None = None, compress: bool = True) -> bytes:
    """The report as PDF, the same bytes for the same input; its metadata name no patient.

    series: description of the analysed series, if it may be printed; method: a sentence about settings; course: for a
    further page; compress: False leaves the text of the pages readable in the file. Raises RnappError where the
    pictures do not fit the case.
    """
    _check(case, pictures)
    pages = _build(case, _story(case, pictures, series, method, course), compress, total=0)[1]
    return _build(case, _story(case, pictures, series, method, course), compress, total=pages)[0]


def _check(case: CaseResult, pictures: ReportPictures) -> None:
    """One picture of each kind per answer, and at least one answer."""
    answers = len(case.reading.answers)
    if not answers or {len(pictures.lesions), len(pictures.attention), len(pictures.waterfalls)} != {answers}:
        raise RnappError(f"Expected one picture of each kind for each of {answers} answers (at least one), but got "
                         f"{len(pictures.lesions)}, {len(pictures.attention)} and {len(pictures.waterfalls)}; "
                         "analyse again.")


def _story(case: CaseResult, pictures: ReportPictures, series: str, method: str,
           course: CourseReport | None) -> list[Flowable]:
    further = [PageBreak(), *course_page(course)] if course else []
    # Without a picture the answer leaves half a page to the reasons.
    turned = [PageBreak()] if any(pictures.lesions) else []
    return [*answer_page(case, pictures, series), *turned, *reasons_page(case, pictures, method, bool(turned)),
            *dose_pages(case, pictures), *occlusion_pages(case, pictures), *further]


def _build(case: CaseResult, story: list[Flowable], compress: bool, total: int) -> tuple[bytes, int]:
    """The file and its number of pages, which is known only after a first pass (total: the number in the footer)."""
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=SIDE - 6, rightMargin=SIDE - 6, topMargin=TOP - 6, bottomMargin=BOTTOM - 6,
        title=f"{case.question.title.rstrip('?')}: research report", author=f"rnapp {__version__}",
        subject="Research use only", creator=f"rnapp {__version__}", invariant=1,
        pageCompression=int(compress), lang="en-GB")
    frame = _frame(case, total)
    document.build(story, onFirstPage=frame, onLaterPages=frame)
    return buffer.getvalue(), int(document.page)


def _frame(case: CaseResult, total: int) -> Callable[[Any, Any], None]:
    """Header and footer of every page: the case, so that sheets are not mixed up, and the intended use."""
    when = "".join(character for character in case.reading.created if character.isdigit())[:14]
    demonstration = "DEMONSTRATION MODEL   ·   " if case.reading.model.demonstration else ""
    head = f"{demonstration}case {case.pseudonym}   ·   {when_text(case.reading.created)}"

    def draw(canvas: Any, document: Any) -> None:
        canvas.setDateFormatter(lambda *_: f"D:{when}")
        canvas.setStrokeColor(parts.RULE)
        canvas.setLineWidth(0.5)
        canvas.line(SIDE, BOTTOM - 2 * mm, A4[0] - SIDE, BOTTOM - 2 * mm)
        _line(canvas, head, A4[1] - 11 * mm, TA_LEFT)
        _line(canvas, f"rnapp {__version__}", A4[1] - 11 * mm, TA_RIGHT)
        _line(canvas, INTENDED_USE, BOTTOM - 7 * mm, TA_LEFT)
        _line(canvas, f"page {document.page} of {total}", BOTTOM - 7 * mm, TA_RIGHT)

    return draw


def _line(canvas: Any, sentence: str, bottom: float, alignment: int) -> None:
    paragraph = Paragraph(parts.markup(sentence), ParagraphStyle("edge", parts.CAPTION, alignment=alignment))
    paragraph.wrapOn(canvas, parts.WIDTH, 20 * mm)
    paragraph.drawOn(canvas, SIDE, bottom)
