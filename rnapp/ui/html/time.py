"""The screen of earlier scans."""

from collections.abc import Sequence

from rnapp.case.pending import Earlier
from rnapp.types import Course, Growth, Treatment
from rnapp.ui.html.render import render


def scan_table(earlier: Sequence[Earlier], shown: int) -> str:
    """The earlier scans, and whether each registration can be trusted."""
    return render("scan_table", earlier=earlier, shown=shown)


def treatment_table(treatments: Sequence[Treatment]) -> str:
    """The treatments that were noted."""
    return render("treatments", treatments=treatments)


def course_table(courses: Sequence[Course], growths: Sequence[Growth], words: Sequence[str]) -> str:
    """Each lesion's sizes over time, its growth in words, and the patient's category."""
    said = [" ".join((growth.sentence, *_rate(growth), *course.notes))
            for course, growth in zip(courses, growths, strict=True)]
    return render("course_table", courses=list(zip(courses, said, strict=True)), words=words)


def _rate(growth: Growth) -> tuple[str, ...]:
    last = growth.from_previous
    if last is None:
        return ()
    return (f"Since the scan before ({last.months:.1f} months): {last.volume_ml:+.2f} ml, "
            f"{last.ml_per_month:+.2f} ml per month, {last.diameter_mm:+.1f} mm.",)
