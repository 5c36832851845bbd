"""Over time: earlier scans beside the present one, and what became of each lesion."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

from rnapp.types import Course, Growth, Treatment
from rnapp.ui import html
from rnapp.ui.flow import runs
from rnapp.ui.history import KINDS, History
from rnapp.ui.pending import Earlier
from rnapp.ui.ports import Pipeline
from rnapp.ui.screens import structures
from rnapp.ui.screens.common import Updates, panel, progress, status
from rnapp.ui.screens.reading import dark
from rnapp.ui.screens.viewer import DIFFERENCE_TOOLS, EARLIER_TOOLS, viewer
from rnapp.ui.scripts import on_load
from rnapp.ui.work import Job
from rnapp.ui.workspace import Case, Step

ABOUT = """<h2>Earlier scans of the same patient</h2>
<p>Each is prepared in the same way and registered to the present one. Then give the mask of its lesions to see how they
have changed. This step is optional.</p>"""
NOTHING = '<p class="empty">No earlier scan yet.</p>'
# Buttons in the tables tell Python what and which.
ACT = on_load("earlier_scans")


@dataclass(frozen=True)
class TimeScreen:
    """Its components."""

    status: gr.HTML
    progress: gr.HTML
    cancel: gr.Button
    files: gr.File
    path: gr.Textbox
    day: gr.Textbox
    add: gr.Button
    present_day: gr.Textbox
    scans: gr.HTML
    masks: gr.File
    choice: structures.StructureChoice
    all_drawn: gr.Checkbox
    treatment_day: gr.Textbox
    treatment_kind: gr.Dropdown
    treatment_words: gr.Textbox
    treat: gr.Button
    treatments: gr.HTML
    earlier_view: gr.HTML
    present_view: gr.HTML
    courses: gr.HTML
    plot: gr.Plot


def build() -> TimeScreen:
    """Lay it out."""
    with gr.Row():
        with gr.Column(scale=3, min_width=330):
            gr.HTML(ABOUT, apply_default_css=False)
            said = status("time-status")
            progress = panel("", "time-progress")
            cancel = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel-earlier", size="md")
            present_day = gr.Textbox(label="Day of the present scan, if its files have none", elem_id="present-day",
                                     placeholder="YYYY-MM-DD", max_lines=1)
            files = gr.File(label="An earlier study", file_count="multiple", height=104, elem_id="earlier-files")
            path = gr.Textbox(label="Or a path on this computer", placeholder="folder, zip or file",
                              elem_id="earlier-path", max_lines=1)
            day = gr.Textbox(label="Its day, if its files have none", placeholder="YYYY-MM-DD", elem_id="earlier-day",
                             max_lines=1)
            add = gr.Button("Add this scan", variant="primary", elem_id="add-earlier")
            masks = gr.File(label="Mask of the lesions on the earlier scan that is shown", height=104,
                            elem_id="earlier-mask")
            choice = structures.build("earlier")
            all_drawn = gr.Checkbox(False, elem_id="all-drawn", label="Every visible lesion is drawn on every scan "
                                                                      "(the RANO-BM category needs that)")
            gr.HTML("<h2>Treatments</h2>", apply_default_css=False)
            with gr.Row():
                treatment_day = gr.Textbox(label="Day", placeholder="YYYY-MM-DD", elem_id="treatment-day", max_lines=1,
                                           min_width=120)
                treatment_kind = gr.Dropdown(list(KINDS), value="radiosurgery", label="What", filterable=False,
                                             elem_id="treatment-kind", min_width=150)
            treatment_words = gr.Textbox(label="More, if wanted", placeholder="1 × 20 Gy", elem_id="treatment-words",
                                         max_lines=1)
            treat = gr.Button("Add this treatment", elem_id="treat", size="md")
            treatments = panel("", "treatments", ACT)
        with gr.Column(scale=7, min_width=620):
            scans = panel(NOTHING, "earlier-scans", ACT)
            with gr.Row(elem_id="side-by-side"):
                earlier_view = viewer("earlier-viewer", EARLIER_TOOLS, "earlier")
                present_view = viewer("present-viewer", DIFFERENCE_TOOLS, "present")
            courses = panel("", "courses")
            plot = gr.Plot(show_label=False, elem_id="course-plot", container=False, visible=False)
    return TimeScreen(said, progress, cancel, files, path, day, add, present_day, scans, masks, choice, all_drawn,
                      treatment_day, treatment_kind, treatment_words, treat, treatments, earlier_view, present_view,
                      courses, plot)


def paint(screen: TimeScreen, case: Case, job: Job | None) -> Updates:
    """All but the courses, which follow paint_courses."""
    return {
        screen.status: html.notice(case.messages.get(Step.TIME), "time-status"),
        screen.progress: progress(job, Step.TIME),
        screen.cancel: gr.update(visible=runs(job, Step.TIME)),
        screen.add: gr.update(interactive=case.accepted and job is None),
        screen.masks: gr.update(visible=bool(case.earlier)),
        **structures.paint(screen.choice, case.earlier[case.shown_earlier].waiting if case.earlier else None),
        screen.scans: scan_table(case.earlier, case.shown_earlier),
        screen.treatments: treatment_table(case.treatments),
    }


def paint_courses(screen: TimeScreen, case: Case, history: History, pipeline: Pipeline) -> Updates:
    """What became of each lesion, as table and plot."""
    found = history.courses()
    if not found:
        return {screen.courses: "", screen.plot: gr.update(value=None, visible=False)}
    figure = dark(pipeline.course_figure(found, case.treatments))
    words = [pipeline.rano_response(found).sentence]
    table = course_table(found, [pipeline.growth(one) for one in found], words)
    return {screen.courses: table, screen.plot: gr.update(value=figure, visible=True)}


def scan_table(earlier: Sequence[Earlier], shown: int) -> str:
    """The earlier scans, and whether each can be trusted to lie where it seems to."""
    if not earlier:
        return NOTHING
    rows = "".join(_scan_row(place, one, place == shown) for place, one in enumerate(earlier))
    return ('<table class="lesions"><thead><tr><th>Day</th><th>Series</th><th>Lesions</th><th>Laid over the present '
            f"scan</th><th></th></tr></thead><tbody>{rows}</tbody></table>")


def _scan_row(place: int, one: Earlier, shown: bool) -> str:
    lesions = one.scan.lesion_set
    count = "not drawn" if lesions is None else str(len(lesions.lesions))
    quality = one.followed.quality
    level = "good" if quality.good else "error"
    cells = (str(one.scan.when), escape(one.description or "without description"), count,
             f'<span class="notice {level}">{escape(quality.sentence)}</span>',
             f'<button type="button" data-act="show" data-place="{place}">Show</button> '
             f'<button type="button" data-act="remove" data-place="{place}">Remove</button>')
    chosen = ' class="chosen"' if shown else ""
    return f"<tr{chosen}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def treatment_table(treatments: Sequence[Treatment]) -> str:
    """The treatments that were noted."""
    return "".join(
        f'<div class="treatment"><span>{one.when} {escape(one.kind)} {escape(one.words)}</span>'
        f'<button type="button" data-act="forget" data-place="{place}">Remove</button></div>'
        for place, one in enumerate(treatments))


def course_table(courses: Sequence[Course], growths: Sequence[Growth], words: Sequence[str]) -> str:
    """Each lesion's sizes over time, its growth in words, and the patient's category."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in words)
    return ('<h2>What became of the lesions</h2><table class="lesions" id="course-table"><thead><tr><th>Lesion</th>'
            "<th>Day</th><th>Volume</th><th>Longest</th><th>Axial (RANO-BM)</th></tr></thead><tbody>"
            + "".join(_course_rows(one, growth) for one, growth in zip(courses, growths, strict=True))
            + f'</tbody></table><div id="rano">{said}</div>')


def _course_rows(course: Course, growth: Growth) -> str:
    name = f'<td rowspan="{len(course.measurements) + 1}">{escape(course.name)}</td>'
    rows = [f"<tr>{name if place == 0 else ''}<td>{one.when}</td><td>{one.volume_ml:.2f}&nbsp;ml</td>"
            f"<td>{one.longest_diameter_mm:.1f}&nbsp;mm</td><td>{one.axial_diameter_mm:.1f}&nbsp;×&nbsp;{one.axial_perpendicular_mm:.1f}&nbsp;mm</td></tr>"
            for place, one in enumerate(course.measurements)]
    said = " ".join((growth.sentence, *_rate(growth), *course.notes))
    return "".join(rows) + f'<tr class="place"><td colspan="4">{escape(said)}</td></tr>'


def _rate(growth: Growth) -> tuple[str, ...]:
    last = growth.from_previous
    if last is None:
        return ()
    return (f"Since the scan before ({last.months:.1f} months): {last.volume_ml:+.2f} ml, "
            f"{last.ml_per_month:+.2f} ml per month, {last.diameter_mm:+.1f} mm.",)
