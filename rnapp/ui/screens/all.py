"""The screens in the order of their tabs."""

from collections.abc import Callable
from typing import NamedTuple

from rnapp.ui.screens import clinical, lesions, preparation, reading, report, study, time
from rnapp.ui.screens.screen import Screen, Services
from rnapp.ui.workspace import Step


class Plan(NamedTuple):
    """A screen before it is built. title: of its tab."""

    step: Step
    title: str
    build: Callable[[Services], Screen]


SCREENS = (
    Plan(Step.STUDY, "Study", study.build),
    Plan(Step.PREPARATION, "Preparation", preparation.build),
    Plan(Step.LESIONS, "Lesions", lesions.build),
    Plan(Step.CLINICAL, "Clinical", clinical.build),
    Plan(Step.READING, "Reading", reading.build),
    Plan(Step.REPORT, "Report", report.build),
    Plan(Step.TIME, "Over time", time.build),
)
