"""The screen of the report in HTML."""

from dataclasses import replace

from rnapp.ui.html import report as html
from tests.explain.synthetic import result_of


def test_downloads_are_named_after_the_case() -> None:
    assert 'download="RN-7-report.pdf"' in html.downloads(3, "RN-7")
    assert 'download="report.pdf"' in html.downloads(3, "")
    assert 'download="ascript-report.pdf"' in html.downloads(3, '"a<script')
    assert html.downloads(3, "").count("?v=3") == 3


def test_it_is_said_what_the_report_is_about() -> None:
    shown = html.summary(result_of(2))
    assert "<dt>Pseudonym</dt><dd>Case-7F3A</dd>" in shown
    assert "<dt>Analysed</dt><dd>2026-11-21 14:05</dd>" in shown
    assert "phantom-demo 0.1.0" in shown
    assert shown.count("patient's&nbsp;") == 2
    assert "<dt>Pseudonym</dt><dd>none</dd>" in html.summary(replace(result_of(), pseudonym=""))
