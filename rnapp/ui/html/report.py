"""The screen of the report."""

from rnapp.types import CaseResult
from rnapp.ui.html.common import facts
from rnapp.ui.html.reading import overview
from rnapp.ui.html.render import render

DOWNLOADS = (
    ("download-report", "report.pdf", "Report (PDF)", "For the board: answer, reasons, pictures, warnings."),
    ("download-json", "result.json", "Numbers (JSON)", "Every number of this reading for other programs."),
    ("download-all", "results.zip", "Everything (ZIP)", "Both, with prepared scans, masks and maps as NIfTI on "
                                                        "SRI24; the masks also on the scan's own grid."))


def downloads(revision: int, pseudonym: str) -> str:
    """The results as files, named after the case; made when asked for, never left on the disk."""
    prefix = "".join(letter for letter in pseudonym if letter.isalnum() or letter in "-_")
    return render("downloads", files=DOWNLOADS, revision=revision, start=f"{prefix}-" if prefix else "")


def summary(result: CaseResult) -> str:
    """What the report is about, so that nobody saves the wrong one."""
    model = result.reading.model
    return overview(result, None) + facts((
        ("Pseudonym", result.pseudonym or "none"), ("Analysed", result.reading.created.replace("T", " ")[:16]),
        ("Model", f"{model.name} {model.version}")), "report-facts")
