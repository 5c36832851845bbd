"""What is explained: the help that opens with "?", and the words that lead through the example."""

import sys
from collections.abc import Mapping
from pathlib import Path

from rnapp.case.case import Case
from rnapp.types import Question
from rnapp.ui.workspace import Step

KEYS = (
    ("?", "this help"), ("1 … 6", "go to a step"), ("T", "light or dark display"),
    ("Wheel", "next slice"), ("Ctrl+wheel, + and -", "larger or smaller"), ("X", "crosshair on or off"),
    ("Left click", "move the crosshair in all planes"),
    ("Right drag", "window and level (up and down, left and right)"),
    ("N", "navigate"), ("B", "brush"), ("F", "filled pen: draw an outline"), ("E", "eraser"),
    ("M", "measure a distance"),
    ("I", "fill between drawn slices"), ("G", "grow from the crosshair"), ("Ctrl+Z", "undo"),
    ("Ctrl+Shift+Z", "redo"),
)
_STEPS = (
    ("Study", "Open the whole DICOM study. rnapp proposes a series for each scan that the question needs and says why; "
              "choose another if it is wrong."),
    ("Preparation", "The scan is registered to the SRI24 atlas and the skull is removed. Nothing goes on until you "
                    "have looked at the picture: the outline must follow the brain in all three planes. Reject it if "
                    "the outline is off the brain or tilted, or if the head is cut off."),
    ("Lesions", "Draw the enhancing lesion and what it encloses, or give its mask, here or with the study, where it "
                "is checked at once. A mask on SRI24 from elsewhere is used only once you have looked at it. The "
                "drawing is saved as you draw."),
    ("Clinical", "Every field may stay unknown. What is unknown counts as average."),
    ("Reading", "The board notes its own opinion first; then the answer is shown, with what drove it."),
    ("Report", "A PDF for the board, and everything as files."),
    ("Over time", "Optional: earlier scans are registered to this one; growth, RANO-BM category, a plot."),
)
# Of a question that can use a radiotherapy dose: step → what is said more.
_OF_DOSE = {
    "Study": "The radiotherapy dose is proposed too, where there is one; it is optional.",
    "Preparation": "A dose is used, and any figure of it shown, only once you have said that it lies where it should.",
}
_OF_LESIONS = ("Lesions", "Over time")
_OPTIONAL_OUTLINES = ("Lesions", "Optional: the answer is about the whole study. A lesion that is outlined, by hand or "
                                 "from a mask file, gets its dose figures. The drawing is saved as you draw.")
# How the example goes on; it is a phantom.
GUIDE: Mapping[Step, str] = {
    Step.STUDY: "The series that fits is chosen. Press <b>Prepare this series</b>.",
    Step.PREPARATION: "When it is done, compare the outlines with the brain in all three planes, then press "
                      "<b>Accept</b>.",
    Step.LESIONS: "The bright ring is the lesion. Draw it with the <b>filled pen</b>, or press <b>Use the example's "
                  "mask</b>; then <b>Go on with these lesions</b>.",
    Step.CLINICAL: "The form is filled in already. Press <b>Read the lesions</b>.",
    Step.READING: "Note an opinion, then press <b>Show the model's answer</b>. Scroll down to see the attention of "
                  "the networks, and turn the brain with the mouse.",
    Step.TIME: "The example has only one scan; an earlier one would be registered to it here.",
    Step.REPORT: "Save the <b>report</b>. That is all; your own study works the same way.",
}


GUIDE_OF_STUDY: Mapping[Step, str] = {
    **GUIDE,
    Step.STUDY: "A series is chosen for every input, and the dose. Press <b>Prepare these series</b>.",
    Step.PREPARATION: "When it is done, look at the picture of each pair, then press <b>Accept</b>. Then look where "
                      "the dose lies, and press <b>The dose lies where it should</b>.",
    Step.LESIONS: "Outlines are optional. Press <b>Use the example's mask</b> for the dose in the lesion, then <b>Go "
                  "on</b>.",
    Step.CLINICAL: "The form is filled in already. Press <b>Read this study</b>.",
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
    """Name and explanation of each step; without those on lesions where a question is about the whole study."""
    more = _OF_DOSE if question.roles_of("dose") else {}
    every = tuple((name, f"{words} {more[name]}" if name in more else words) for name, words in _STEPS)
    if question.unit == "lesion":
        return every
    of_study = tuple(one for one in every if one[0] not in _OF_LESIONS)
    return (*of_study[:2], _OPTIONAL_OUTLINES, *of_study[2:]) if question.outlines else of_study


def guide(case: Case, step: Step, question: Question) -> str:
    """What to do next with the example; nothing for any other case."""
    if case.example_mask is None:
        return ""
    words = (GUIDE if question.unit == "lesion" else GUIDE_OF_STUDY)[step]
    where = "" if step is Step.TIME else f", step {int(step)} of {int(Step.REPORT)}"
    return f'<div class="guide" id="guide-{step.name.lower()}" role="note">Example{where}. {words}</div>'
