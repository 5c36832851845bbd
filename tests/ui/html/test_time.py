"""The screen of earlier scans in HTML."""

from dataclasses import replace
from datetime import date

import numpy as np

from rnapp.case.pending import Earlier
from rnapp.timeline.growth import growth
from rnapp.types import Followed, MatchQuality, Scan, SimilarityTransform, Treatment
from rnapp.ui.html import time as html
from tests.explain.synthetic import lps_grid, prepared, result_of
from tests.ui.html.made import HOSTILE, course

GRID = lps_grid(12.0)


def earlier(good: bool = True, drawn: bool = False, description: str = "t1 <b>") -> Earlier:
    """A scan of January."""
    same = SimilarityTransform(np.eye(4))
    quality = MatchQuality(0.9, 0.6, 0.97, 1.0, good, "The two heads match." if good else "They do <not> match.")
    scan = Scan(date(2026, 1, 5), prepared(GRID), result_of(2).lesions if drawn else None)
    return Earlier(scan, Followed(same, same, GRID, GRID, GRID, quality), description, "")


def test_each_earlier_scan_has_its_day_and_whether_it_can_be_trusted() -> None:
    shown = html.scan_table((earlier(), earlier(good=False, drawn=True)), 1)
    assert shown.count("2026-01-05") == 2
    assert "not drawn" in shown
    assert "<td>2</td>" in shown
    assert '<span class="notice good">The two heads match.</span>' in shown
    assert '<span class="notice error">They do &lt;not&gt; match.</span>' in shown
    assert shown.index('class="chosen"') > shown.index("The two heads match.")
    assert "No earlier scan yet" in html.scan_table((), 0)


def test_treatments_are_listed_and_can_be_removed() -> None:
    shown = html.treatment_table((Treatment(date(2025, 12, 1), "radiosurgery", "1 × 20 Gy <i>"),))
    assert "2025-12-01 radiosurgery 1 × 20 Gy &lt;i&gt;" in shown
    assert 'data-act="forget" data-place="0"' in shown
    assert html.treatment_table(()) == ""


def test_the_course_has_every_size_the_growth_and_the_category() -> None:
    grown = course("Lesion 1")
    shown = html.course_table([grown], [growth(grown)], ["Progressive disease."])
    assert "1.00&nbsp;ml" in shown
    assert "2.00&nbsp;ml" in shown
    assert "11.0&nbsp;mm" not in shown, "an axial size is two lengths"
    assert "11.0&nbsp;×&nbsp;9.0&nbsp;mm" in shown
    assert "+1.00 ml, " in shown
    assert "<p>Progressive disease.</p>" in shown


def test_a_lesion_that_was_measured_once_has_no_rate() -> None:
    once = replace(course("Lesion 1"), measurements=course().measurements[:1])
    shown = html.course_table([once], [growth(once)], ())
    assert "Since the scan before" not in shown
    assert HOSTILE not in shown
