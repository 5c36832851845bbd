"""The pages of the PDF about the dose, and about what hiding parts of the inputs did. No answer stands on them."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer

from rnapp.dose.isodose import gy_words
from rnapp.report import dose_words as words
from rnapp.report import pdf_parts as parts
from rnapp.report.pdf_pictures import ReportPictures
from rnapp.report.wording import demonstration
from rnapp.types import CaseResult, DoseFigures, PlacedDose, Question

ISODOSES_HIGH, LEAST_ISODOSES_HIGH, CURVES_HIGH, OCCLUSION_HIGH = 88 * mm, 62 * mm, 62 * mm, 96 * mm
_HALF = (parts.WIDTH - parts.GAP) / 2
_COLUMNS = (25, 18, 29, 18, 20, 20, 25, 25)
NOT_DISEASE = ("It shows what the networks used, not where there is disease, and a place without colour is not a "
               "healthy one.")


def dose_pages(case: CaseResult, pictures: ReportPictures) -> list[Flowable]:
    """How the dose came to the scan, isodoses, figures and what studies say of them; nothing where there is no dose."""
    placed, figures = case.prepared.dose, case.reading.dose
    if placed is None:
        return []
    head: list[Flowable] = [parts.text("Radiotherapy dose", parts.HEADING),
                            parts.facts(_rows(placed, figures), parts.WIDTH), Spacer(1, 3 * mm)]
    if placed.confirmed is None:
        head.append(parts.text("Where this dose lies on the scan: " + words.NOT_CONFIRMED, parts.BANNER))
    said = parts.text(_picture_words(placed), parts.CAPTION)
    below = _figures(case, figures, pictures.curves) if figures else []
    high = _picture_height(len(pictures.dose), parts.height([*head, said, *below]))
    isodoses = [one for png in pictures.dose for one in (parts.scan(png, parts.WIDTH, high), Spacer(1, 2 * mm))]
    first = parts.height([*head, *isodoses[:2]])
    return [CondPageBreak(min(first, parts.PAGE_HEIGHT)), *head, *isodoses, said, *below]


def _picture_height(count: int, others: float) -> float:
    """Of each picture of isodoses (points): a little lower where all of the dose then fits on one page. others: what
    the rest takes."""
    if count and (room := (parts.PAGE_HEIGHT - others) / count - 3 * mm) >= LEAST_ISODOSES_HIGH:
        return float(min(room, ISODOSES_HIGH))
    return float(ISODOSES_HIGH)


def occlusion_pages(case: CaseResult, pictures: ReportPictures) -> list[Flowable]:
    """Maps of what hiding did, all inputs first; nothing where there is none."""
    if not pictures.occlusion:
        return []
    first, *others = pictures.occlusion
    banner = [parts.text(demonstration(case.question), parts.BANNER)] if case.reading.model.demonstration else []
    head: list[Flowable] = [*banner, parts.text("What the networks used: occlusion", parts.HEADING),
                            parts.text(map_words(case.question), parts.BODY),
                            parts.scan(first, parts.WIDTH, OCCLUSION_HIGH), Spacer(1, 3 * mm)]
    story: list[Flowable] = [CondPageBreak(min(parts.height(head), parts.PAGE_HEIGHT)), *head]
    for start in range(0, len(others), 2):
        cells = [[parts.scan(png, _HALF, 60 * mm)] for png in others[start:start + 2]]
        story.append(parts.columns([*cells, *[[]] * (2 - len(cells))], (_HALF + parts.GAP, _HALF)))
    return story


def map_words(question: Question) -> str:
    """What the map is, and what it is not."""
    return question.map_meaning or f"Small parts of the inputs were hidden, one after another. {NOT_DISEASE}"


def _rows(placed: PlacedDose, figures: DoseFigures | None) -> list[tuple[str, str]]:
    spacing = " × ".join(f"{one:.1f}" for one in placed.dose.volume.spacing)
    known = [] if figures is None else [
        ("highest dose", gy_words(figures.most_gy)),
        ("from radiotherapy to this scan",
         "unknown" if figures.months_since is None else f"{figures.months_since:g} months")]
    return [("prescribed", words.prescriptions(placed)), ("the way from the dose to the scan", words.way(placed)),
            ("where it lies on the scan", words.confirmed(placed)), ("dose grid", f"{spacing} mm"), *known]


def _picture_words(placed: PlacedDose) -> str:
    percent = ("per cent of the highest prescription" if placed.dose.prescribed_gy else
               "in Gy alone, as no prescription is known")
    return (f"Isodoses on the analysed scan, {percent}; thick: 95 %, where it is reached. Beyond the dotted line the "
            "dose is unknown. The patient's left (L) is on the right of axial and coronal pictures.")


def _figures(case: CaseResult, figures: DoseFigures, curves: bytes | None) -> list[Flowable]:
    story: list[Flowable] = [parts.text("Dose in figures, beside the answer", parts.HEADING),
                             parts.text(words.BESIDE, parts.SMALL), Spacer(1, 2 * mm)]
    if figures.lesions:
        rows = [words.lesion_row(one, case.lesions.called(one.lesion)) for one in figures.lesions]
        story += [parts.listing(words.LESION_HEAD, rows, [width * mm for width in _COLUMNS]),
                  parts.text(words.LESION_WORDS, parts.CAPTION)]
    else:
        story.append(parts.text("Nothing was outlined, so there are no further figures.", parts.BODY))
    left: list[Flowable] = [] if curves is None else [
        parts.picture(curves, _HALF, CURVES_HIGH),
        parts.text("Dose-volume curves of what was outlined.", parts.CAPTION)]
    right = [*_brain(figures), *_evidence(case.question, figures)]
    if left and right:
        return [*story, parts.columns([left, right], (_HALF + parts.GAP, _HALF))]
    return [*story, *left, *right]


def _brain(figures: DoseFigures) -> list[Flowable]:
    return [flowable for one in figures.brain for flowable in (
        parts.text(f"{one.name} of brain, with the target: {words.volume(one.volume_ml)}", parts.STRONG),
        parts.text(f"{one.said} {one.source}.", parts.SMALL))]


def _evidence(question: Question, figures: DoseFigures) -> list[Flowable]:
    sentences = words.evidence(question, figures)
    return [*([parts.text("What studies say", parts.LABEL)] if sentences else []), *_points(
        [f"{one.sentence} {one.source}." for one in sentences])]


def _points(sentences: Sequence[str]) -> list[Flowable]:
    return [Paragraph(f"•&nbsp;&nbsp;{parts.markup(one)}", parts.SMALL) for one in sentences]
