"""The help that opens with "?", and the hints that lead through the example."""

import sys
from collections.abc import Mapping
from pathlib import Path

from rnapp.case.case import Case
from rnapp.types import Question
from rnapp.ui.steps import TITLES, numbered, steps_of
from rnapp.ui.workspace import Step

KEYS = (
    ("?", "this help"), ("1, 2, …", "go to a step"), ("T", "light or dark display"),
    ("Wheel", "next slice"), ("Ctrl+wheel, + and -", "larger or smaller"), ("X", "crosshair on or off"),
    ("Left click", "move the crosshair in all planes"),
    ("Right drag", "window and level (up and down, left and right)"),
    ("N", "navigate"), ("B", "brush"), ("F", "filled pen: draw an outline"), ("E", "eraser"),
    ("M", "measure a distance"),
    ("I", "fill between drawn slices"), ("G", "grow from the crosshair"), ("Ctrl+Z", "undo"),
    ("Ctrl+Shift+Z", "redo"),
)
# The one rule, for every question.
RULE = (
    "The number is calibrated on cases that trained nothing, and two limits from those cases stand beside it. From the "
    "upper limit on, the first outcome is named; up to the lower limit, the second; between them the answer is "
    "indeterminate, because both are possible. For cases of either kind the limits name the right outcome, or leave it "
    "open, as often as is said beside them.",
    "An answer is indeterminate too where it is fragile: where a slightly different outline or position (1 mm larger "
    "or smaller, 2 mm aside, turned by 2°) moves the number by more than 10 percentage points or to another verdict; "
    "and where that was not measured.",
    "No number is given where a caution says stop. Where a caution must be confirmed, a number is given only after you "
    "have looked and said why it helps all the same; your reason stands in the report.",
    "The number assumes how common the outcomes are among the cases it was calibrated on. If they are rarer or more "
    "common among yours, set your own share on the screen of the reading; the number without it stays beside it.",
)
HELP: Mapping[Step, str] = {
    Step.STUDY: "Open the whole DICOM study. rnapp proposes a series for each scan that the question needs and says "
                "why; choose another if it is wrong.",
    Step.PREPARATION: "The scan is registered to the SRI24 atlas and the skull is removed. You must look at the "
                      "picture before you can go on: the outline must follow the brain in all three planes. Reject it "
                      "if the outline is off the brain or tilted, or if the head is cut off.",
    Step.LESIONS: "Draw the enhancing lesion and what it encloses, or open a mask of it, here or with the study, "
                  "where it is checked at once. A mask on SRI24 from elsewhere is used only once you have looked at "
                  "it. The drawing is saved as you draw.",
    Step.CLINICAL: "Every field may stay unknown. Where the model uses a field, unknown counts as average.",
    Step.READING: "The board notes its own opinion first; then the answer is shown, with its reasons where the model "
                  "gives any.",
    Step.REPORT: "A PDF for the board, and everything as files.",
    Step.TIME: "Optional: earlier scans are registered to this one; growth, RANO-BM category, a plot.",
}
# Added where the question can use a radiotherapy dose.
_OF_DOSE: Mapping[Step, str] = {
    Step.STUDY: "The radiotherapy dose is proposed too, where there is one; it is optional.",
    Step.PREPARATION: "A dose is used, and its figures are shown, only once you have said that it lies where it "
                      "should.",
}
# Added where the question has more than one scan.
_OF_SEVERAL_SCANS: Mapping[Step, str] = {
    Step.PREPARATION: "Every further scan is registered to the first; look at the picture of each pair too.",
}
# In place of those above, where the question is about the whole study.
_OF_STUDY: Mapping[Step, str] = {
    Step.LESIONS: "Optional: the answer is about the whole study. A lesion that is outlined, by hand or from a mask "
                  "file, gets its dose figures. The drawing is saved as you draw.",
}
# Added where a map of occlusion can be made.
_OF_MAP: Mapping[Step, str] = {Step.READING: "A map of occlusion can be made on request."}
# The hints of the example, which is a phantom.
GUIDE: Mapping[Step, str] = {
    Step.STUDY: "The series that fits is chosen. Press <b>Prepare this series</b>.",
    Step.PREPARATION: "When it has finished, compare the outlines with the brain in all three planes, then press "
                      "<b>Accept</b>.",
    Step.LESIONS: "The bright ring is the lesion. Outline it with the <b>filled pen</b>, or press <b>Use the example's "
                  "mask</b>; then <b>Go on with these lesions</b>.",
    Step.CLINICAL: "The form is already filled in. Press <b>Read the lesions</b>.",
    Step.READING: "Note an opinion, then press <b>Show the model's answer</b>. Scroll down to see what moved the "
                  "image networks, and turn the brain with the mouse.",
    Step.TIME: "The example has only one scan; an earlier one would be registered to it here.",
    Step.REPORT: "Save the <b>report</b>. That is all; your own study works the same way.",
}
GUIDE_OF_STUDY: Mapping[Step, str] = {
    **GUIDE,
    Step.STUDY: "A series is chosen for every input, and the dose. Press <b>Prepare these series</b>.",
    Step.PREPARATION: "When it has finished, look at the picture of each pair, then press <b>Accept</b>. Then look "
                      "where the dose lies, and press <b>The dose lies where it should</b>.",
    Step.LESIONS: "Outlines are optional. Press <b>Use the example's mask</b> for the dose in the lesion, then <b>Go "
                  "on</b>.",
    Step.CLINICAL: "The form is already filled in. Press <b>Read this study</b>.",
    Step.READING: "Note an opinion, then press <b>Show the model's answer</b>. Below it, the map of occlusion can be "
                  "made.",
}


def program() -> str:
    """The command line of what runs here, as it is typed."""
    if not getattr(sys, "frozen", False):
        return "python3 -m rnapp"
    # Windows starts a second program that opens no console.
    running = Path(sys.executable)
    return f'"{running.with_name("rnapp" + running.suffix)}"'


def steps(question: Question) -> tuple[tuple[str, str], ...]:
    """Name and explanation of each step that this question has."""
    words = HELP if question.unit == "lesion" else {**HELP, **_OF_STUDY}
    more = [_OF_SEVERAL_SCANS] if len(question.roles_of("scan")) > 1 else []
    more += [_OF_DOSE] if question.roles_of("dose") else []
    more += [_OF_MAP] if question.map_meaning else []
    return tuple((TITLES[step], " ".join([words[step], *(one[step] for one in more if step in one)]))
                 for step in steps_of(question))


def guide(case: Case, step: Step, question: Question) -> str:
    """What to do next with the example; nothing for any other case."""
    if case.example_mask is None:
        return ""
    words = (GUIDE if question.unit == "lesion" else GUIDE_OF_STUDY)[step]
    counted = numbered(question)
    where = f", step {counted.index(step) + 1} of {len(counted)}" if step in counted else ""
    return f'<div class="guide" id="guide-{step.name.lower()}" role="note">Example{where}. {words}</div>'
