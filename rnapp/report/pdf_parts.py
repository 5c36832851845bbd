"""Parts of the PDF: text styles, tables and pictures, suitable for a black-and-white printer."""

from collections.abc import Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib
import PIL.Image
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, Paragraph, Table, TableStyle

WIDTH = 180 * mm  # between the margins of A4
PAGE_HEIGHT = 255 * mm  # between header and footer
GAP = 4 * mm
INK, FAINT, RULE = colors.HexColor("#111111"), colors.HexColor("#555555"), colors.HexColor("#999999")
SHADE = colors.HexColor("#eeeeee")
_WIDE_FONT = "rnapp-DejaVuSans"  # for characters that the built-in Helvetica lacks

BODY = ParagraphStyle("body", spaceAfter=1 * mm, fontName="Helvetica", fontSize=9, leading=11.5, textColor=INK)
SMALL = ParagraphStyle("small", BODY, fontSize=7.8, leading=9.6)
STRONG = ParagraphStyle("strong", BODY, fontName="Helvetica-Bold", fontSize=10.5, leading=13.5, spaceAfter=0.5 * mm)
LARGE = ParagraphStyle("large", BODY, fontName="Helvetica-Bold", fontSize=15, leading=19, spaceAfter=1 * mm)
CAPTION = ParagraphStyle("caption", SMALL, textColor=FAINT, spaceBefore=1 * mm, spaceAfter=2 * mm)
TITLE = ParagraphStyle("title", BODY, fontName="Helvetica-Bold", fontSize=16, leading=20)
WHO = ParagraphStyle("who", BODY, spaceBefore=1 * mm, spaceAfter=4 * mm)
HEADING = ParagraphStyle("heading", BODY, fontName="Helvetica-Bold", fontSize=11, leading=14, spaceBefore=3 * mm,
                         spaceAfter=1.2 * mm)
TINY = ParagraphStyle("tiny", SMALL, fontSize=6, leading=7.2, textColor=FAINT, spaceAfter=0)
LABEL = ParagraphStyle("label", SMALL, fontName="Helvetica-Bold")
BANNER = ParagraphStyle("banner", BODY, fontName="Helvetica-Bold", fontSize=10.5, leading=14, alignment=TA_CENTER,
                        borderColor=INK, borderWidth=1.6, borderPadding=(2.2 * mm, 2 * mm, 2.6 * mm, 2 * mm),
                        backColor=SHADE, leftIndent=2 * mm, rightIndent=2 * mm, spaceBefore=4 * mm, spaceAfter=6 * mm)


def markup(sentence: str) -> str:
    """Free text for a Paragraph: escaped, one line, and what Helvetica lacks in a font that has it ('?' if none)."""
    shown = "".join(one for one in sentence if one.isprintable() or one.isspace())
    line = " ".join(shown.split()).replace(" %", "\u00a0%").replace(" ml", "\u00a0ml").replace(" mm", "\u00a0mm")
    parts = []
    for plain, run in groupby(line, key=_in_helvetica):
        part = escape("".join(run))
        parts.append(part if plain else f'<font name="{_wide_font()}">{"".join(map(_drawable, part))}</font>')
    return "".join(parts)


def text(sentence: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of free text."""
    return Paragraph(markup(sentence), style)


def picture(image: bytes, width: float, height: float) -> Image:
    """A PNG or JPEG as large as fits into width × height (points), undistorted."""
    across, down = ImageReader(BytesIO(image)).getSize()
    scale = min(width / across, height / down)
    return Image(BytesIO(image), width=across * scale, height=down * scale, lazy=0)


def scan(png: bytes, width: float, height: float) -> Image:
    """A picture of a scan, as fine JPEG: reportlab writes PNG of grey noise ten times larger and slower."""
    buffer = BytesIO()
    PIL.Image.open(BytesIO(png)).convert("RGB").save(buffer, "JPEG", quality=92, subsampling=0)
    return picture(buffer.getvalue(), width, height)


def facts(rows: Sequence[tuple[str, str]], width: float) -> Table:
    """Label and value per row, without lines."""
    table = Table([[text(label, SMALL), text(value, SMALL)] for label, value in rows], (0.42 * width, 0.58 * width))
    table.setStyle(TableStyle([*_TIGHT, ("LEFTPADDING", (0, 0), (0, -1), 0)]))
    return table


def columns(cells: Sequence[Sequence[Flowable]], widths: Sequence[float]) -> Table:
    """Flowables side by side, from the top."""
    table = Table([[list(cell) for cell in cells]], list(widths))
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                               ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 0),
                               ("BOTTOMPADDING", (0, 0), (-1, -1), 7)]))
    return table


def listing(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> Table:
    """A table with a head, ruled horizontally; the head is repeated after a page break."""
    cells = [[text(cell, LABEL) for cell in head], *([text(cell, BODY) for cell in row] for row in rows)]
    table = Table(cells, list(widths), repeatRows=1, spaceAfter=4 * mm)
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                               ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                               ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5), ("LEFTPADDING", (0, 0), (-1, -1), 4)]))
    return table


def height(flowables: Sequence[Flowable], width: float = WIDTH) -> float:
    """Height of the flowables one below the other, points."""
    return float(sum(one.wrap(width, 10_000)[1] + one.getSpaceBefore() + one.getSpaceAfter() for one in flowables))


_TIGHT = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 0.8),
          ("BOTTOMPADDING", (0, 0), (-1, -1), 0.8), ("RIGHTPADDING", (0, 0), (-1, -1), 3)]


def _in_helvetica(character: str) -> bool:
    """Whether the built-in font, which has the characters of Windows-1252, can draw it."""
    return character.encode("cp1252", "ignore") != b""


def _drawable(character: str) -> str:
    """The character, or ? where the wide font lacks it too."""
    return character if ord(character) in pdfmetrics.getFont(_wide_font()).face.charToGlyph else "?"


def _wide_font() -> str:
    """DejaVu Sans, which comes with matplotlib, known to reportlab by its name."""
    if _WIDE_FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(_WIDE_FONT, str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"))))
    return _WIDE_FONT
