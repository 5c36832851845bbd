"""The screen of the preparation in HTML."""

from dataclasses import replace

from rnapp.tasks.metastasis.question import QUESTION
from rnapp.types import MatchQuality, Prepared, Role
from rnapp.ui.html import preparation as html
from tests.explain.synthetic import lps_grid, prepared

GRID = lps_grid(12.0)
TWO = replace(QUESTION, roles=(*QUESTION.roles, Role("t2", "T2 <of the head>")))


def with_second(good: bool) -> Prepared:
    """Two scans, the second registered to the first."""
    one = prepared(GRID)
    match = MatchQuality(0.42, 0.1, 0.9, 1.0, good, "The heads <do not> match.")
    return replace(one, channels={**one.channels, "t2": replace(one.reference, match=match)})


def test_a_doubtful_registration_is_loud() -> None:
    assert "DOUBTFUL" in html.quality(prepared(GRID, good=False), QUESTION)
    assert "DOUBTFUL" not in html.quality(prepared(GRID), QUESTION)
    assert "<dd>0.957</dd>" in html.quality(prepared(GRID), QUESTION)


def test_so_is_a_second_scan_that_does_not_fit_the_first() -> None:
    shown = html.quality(with_second(good=False), TWO)
    assert "DOUBTFUL" in shown
    assert "T2 &lt;of the head&gt;: The heads &lt;do not&gt; match." in shown
    assert "<dd>0.42</dd>" in shown


def test_one_that_fits_is_only_measured() -> None:
    shown = html.quality(with_second(good=True), TWO)
    assert "DOUBTFUL" not in shown
    assert "do not" not in shown
    assert "<dd>0.42</dd>" in shown
