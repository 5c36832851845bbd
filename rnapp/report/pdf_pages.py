"""What stands on the pages of the PDF: the answer first, then the reasons for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from rnapp import __version__
from rnapp.report import pdf_parts as parts
from rnapp.report.result_json import all_warnings
from rnapp.report.wording import (
    BRAIN_MASKS,
    DEMONSTRATION,
    board,
    bright,
    called,
    former_board,
    percent,
    place,
    spread,
    statement,
    validation,
    verdict,
    what_if,
)
from rnapp.types import ClinicalData, LesionReading, Reading
from rnapp.vocabulary import CATEGORIES, LABELS

PAGE_HEIGHT = 255 * mm  # between header and footer
SMALLEST_PICTURE = 52 * mm  # high; smaller ones go to a further page instead
_HALF = (parts.WIDTH - parts.GAP) / 2


@dataclass(frozen=True)
class ReportPictures:
    """PNG bytes, made elsewhere. lesions, attention, waterfalls: one per lesion, in the order of the reading."""

    quality: bytes
    lesions: tuple[bytes, ...]
    attention: tuple[bytes, ...]
    waterfalls: tuple[bytes, ...]


@dataclass(frozen=True)
class CourseReport:
    """What became of the lesions, made elsewhere: a PNG, rows (lesion, day, volume, longest, axial), sentences."""

    picture: bytes
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]


def course_page(course: CourseReport) -> list[Flowable]:
    """Sizes over all scans, growth and category in words, and the plot."""
    head = ("Lesion", "Scan of", "Volume", "Longest diameter", "Axial (RANO-BM)")
    said = [Paragraph(f"•&nbsp;&nbsp;{parts.markup(one)}", parts.SMALL) for one in course.sentences]
    table = parts.listing(head, course.rows, [width * mm for width in (50, 36, 28, 32, 34)])
    story = [parts.text("Over time", parts.HEADING), table, Spacer(1, 3 * mm), *said, Spacer(1, 3 * mm)]
    room = PAGE_HEIGHT - parts.height(story) - 4 * mm
    return [*story, parts.picture(course.picture, parts.WIDTH, min(max(room, SMALLEST_PICTURE), 110 * mm))]


def answer_page(reading: Reading, pictures: ReportPictures, series: str) -> list[Flowable]:
    """Who, what and when; the probabilities with their spread; the lesions; the warnings."""
    story: list[Flowable] = [parts.text("Radiation necrosis or tumour progression?", parts.TITLE),
                             parts.text(_who(reading, series), parts.WHO), *_banner(reading), _results(reading),
                             *_board(reading)]
    warnings = _warnings(reading)
    room = PAGE_HEIGHT - parts.height([*story, *warnings]) - 4 * mm
    blocks = ([_single(reading.lesions[0], pictures.lesions[0], room)] if len(reading.lesions) == 1 else
              [_side_by_side(one, png, room / len(reading.lesions), one is reading.lesions[0])
               for one, png in zip(reading.lesions, pictures.lesions, strict=True)])
    return [*story, *(flowable for block in blocks for flowable in block), *warnings]


def reasons_page(reading: Reading, pictures: ReportPictures, method: str) -> list[Flowable]:
    """Contributions and attention, what was entered, the model, the preparation and the software."""
    head = [*_banner(reading), parts.text("What the answer rests on", parts.HEADING)]
    quality = [parts.scan(pictures.quality, _HALF, 64 * mm), _quality_caption()]
    clinical = [*_section("Clinical data as entered", clinical_rows(reading.clinical)), *_unknown(reading)]
    model = _section("Model", _model_rows(reading))
    if len(reading.lesions) == 1:
        one = reading.lesions[0]
        attention = [parts.scan(pictures.attention[0], _HALF, 64 * mm), _attention_caption(one)]
        tail = [_halves(attention, quality), _halves(clinical, model), *_provenance(reading, method)]
        room = PAGE_HEIGHT - parts.height([*head, *tail]) - 4 * mm
        height = min(max(room, SMALLEST_PICTURE), 92 * mm)
        return [*head, parts.picture(pictures.waterfalls[0], parts.WIDTH, height), Spacer(1, 3 * mm), *tail]
    rows = [_reasons(one, pictures.waterfalls[i], pictures.attention[i]) for i, one in enumerate(reading.lesions)]
    return [*head, *rows, _halves(quality, [*clinical, *model]), *_provenance(reading, method)]


def when_text(created: str) -> str:
    """Date and time to the minute, from ISO 8601."""
    return created.replace("T", " ")[:16]


def _who(reading: Reading, series: str) -> str:
    """One line about the case."""
    return "   ·   ".join([
        f"Case {reading.pseudonym}", f"analysed {when_text(reading.created)}",
        *([f"series {series}"] if series else []), f"model {reading.model.name} {reading.model.version}"])


def _banner(reading: Reading) -> list[Flowable]:
    return [parts.text(DEMONSTRATION, parts.BANNER)] if reading.model.demonstration else []


def _results(reading: Reading) -> Flowable:
    rows = [_result(one) for one in reading.lesions]
    head = ("Lesion", "Patient's side", "Volume", "Longest diameter", "Axial (RANO-BM)",
            "Probability of radiation necrosis", "Range of models", "In words")
    return parts.listing(head, rows, [width * mm for width in (14, 18, 18, 19, 24, 28, 26, 33)])


def _board(reading: Reading) -> list[Flowable]:
    """The board's own opinions, where any was noted."""
    if not reading.board and not reading.former_board:
        return []
    noted = {opinion.lesion: opinion for opinion in reading.board}
    words = "; ".join(f"lesion {one.lesion.number}: {board(noted.get(one.lesion.number))}" for one in reading.lesions)
    former = former_board(reading.former_board)
    earlier = f" On earlier outlines: {former}." if former else ""
    return [parts.text(f"The board's own opinion, noted before this answer was shown: {words}.{earlier}", parts.BODY)]


def _result(one: LesionReading) -> tuple[str, ...]:
    lesion, folds = one.lesion, one.prediction.folds
    span = f"{percent(min(folds))} – {percent(max(folds))}" if folds else "unknown"
    return (str(lesion.number), lesion.side, f"{lesion.volume_ml:.1f} ml", f"{lesion.longest_diameter_mm:.0f} mm",
            f"{lesion.axial_diameter_mm:.0f} × {lesion.axial_perpendicular_mm:.0f} mm",
            percent(one.prediction.probability_rn), span, verdict(one.prediction))


def _single(one: LesionReading, png: bytes, room: float) -> list[Flowable]:
    """Heading and statement above a picture over the whole width."""
    words = [parts.text(_name(one), parts.HEADING), *_statement(one)]
    space = max(room - parts.height([*words, _picture_caption()]) - 3 * mm, SMALLEST_PICTURE)
    return [*words, parts.scan(png, parts.WIDTH, space), _picture_caption()]


def _side_by_side(one: LesionReading, png: bytes, room: float, first: bool) -> list[Flowable]:
    """The picture, and the words beside it; the first time with what the picture shows."""
    image = parts.scan(png, 112 * mm, max(room - 6 * mm, SMALLEST_PICTURE))
    words = [parts.text(_name(one), parts.HEADING), *_statement(one), *([_picture_caption()] if first else [])]
    width = image.drawWidth + parts.GAP
    return [parts.columns([[image], words], (width, parts.WIDTH - width))]


def _name(one: LesionReading) -> str:
    place = "in the midline" if one.lesion.side == "midline" else f"on the patient's {one.lesion.side}"
    return f"Lesion {called(one.lesion)}, {place}"


def _statement(one: LesionReading) -> list[Flowable]:
    first, rest = statement(one.prediction).removesuffix(spread(one.prediction)).strip(), spread(one.prediction)
    measures = place(one.lesion)
    return [parts.text(first, parts.STRONG), parts.text(rest, parts.BODY),
            parts.text(f"{measures[0].upper()}{measures[1:]}; {bright(one.lesion)}.", parts.CAPTION)]


def _picture_caption() -> Flowable:
    return parts.text("The analysed scan on the SRI24 grid; planes through the centre of the lesion, enlarged below. "
                      "The patient's left (L) is on the right of axial and coronal pictures; bars: the patient's "
                      "own millimetres.", parts.CAPTION)


def _warnings(reading: Reading) -> list[Flowable]:
    warnings = all_warnings(reading)
    if not reading.prepared.quality.good:
        warnings.insert(0, f"Preparation below its thresholds: {reading.prepared.quality.sentence}")
    if not warnings:
        return [parts.text("Warnings", parts.HEADING), parts.text("None.", parts.SMALL)]
    return [parts.text("Warnings", parts.HEADING),
            *(Paragraph(f"•&nbsp;&nbsp;{parts.markup(one)}", parts.SMALL) for one in warnings)]


def _attention_caption(one: LesionReading) -> Flowable:
    return parts.text(f"Lesion {one.lesion.number}: where the imaging networks looked. It shows what they weighed, not "
                      "that it is disease.", parts.CAPTION)


def _quality_caption() -> Flowable:
    return parts.text("Registration. Solid line: brain mask of this scan; dashed line: brain of the SRI24 atlas.",
                      parts.CAPTION)


def _reasons(one: LesionReading, waterfall: bytes, attention: bytes) -> Flowable:
    left, right = 108 * mm, parts.WIDTH - 108 * mm - parts.GAP
    name = parts.text(_name(one), parts.LABEL)
    return parts.columns([[name, parts.picture(waterfall, left, 58 * mm)],
                          [parts.scan(attention, right, 52 * mm), _attention_caption(one)]],
                         (left + parts.GAP, right))


def _halves(left: Sequence[Flowable], right: Sequence[Flowable]) -> Flowable:
    return parts.columns([left, right], (_HALF + parts.GAP, _HALF))


def _provenance(reading: Reading, method: str) -> list[Flowable]:
    """How the scan was prepared, and with which software."""
    quality = reading.prepared.quality
    preparation = (f"Registered to SRI24: Dice {quality.dice:.3f} against the atlas brain, correlation "
                   f"{quality.correlation:.2f}, brain volume {reading.prepared.brain_volume_ml:.0f} ml; thresholds "
                   f"{'passed' if quality.good else 'NOT PASSED'}. {quality.sentence} Brain mask: "
                   f"{BRAIN_MASKS[reading.prepared.mask_source]}.")
    software = ", ".join(f"{name} {version}" for name, version in reading.software.items())
    return [parts.text("Preparation and software", parts.HEADING), parts.text(preparation, parts.SMALL),
            *([parts.text(method, parts.SMALL)] if method else []),
            parts.text(f"Read with {software}; this report: rnapp {__version__}.", parts.SMALL)]


def _section(title: str, rows: Sequence[tuple[str, str]]) -> list[Flowable]:
    return [parts.text(title, parts.HEADING), parts.facts(rows, _HALF)]


def clinical_rows(clinical: ClinicalData) -> list[tuple[str, str]]:
    """Label and value in words; what was not given is unknown."""
    return [(label, _shown(name, getattr(clinical, name))) for name, label in LABELS.items()]


def _unknown(reading: Reading) -> list[Flowable]:
    """What unknown values could do to each answer."""
    return [parts.text(f"If known, these could move lesion {one.lesion.number} from "
                       f"{percent(one.prediction.probability_rn)}: {' '.join(map(what_if, one.what_if))}",
                       parts.CAPTION)
            for one in reading.lesions if one.what_if]


def _shown(name: str, value: float | str | bool | None) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return CATEGORIES.get(name, {}).get(value, value)
    return f"{value:g} {'years' if name == 'age' else 'months'}"


def _model_rows(reading: Reading) -> list[tuple[str, str]]:
    card = reading.model
    return [("name and version", f"{card.name} {card.version}"), ("SHA-256 (first 12)", card.sha256[:12]),
            ("trained on", card.trained_on), *validation(card.metrics)]
