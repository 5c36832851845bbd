"""The screens in the order of their tabs."""

from collections.abc import Callable
from typing import NamedTuple

from rnapp.ui.screens import clinical, lesions, preparation, reading, report, study, time
from rnapp.ui.screens.screen import Screen, Services
from rnapp.ui.workspace import Step


class Plan(NamedTuple):
    """A screen before it is built."""

    step: Step
    build: Callable[[Services], Screen]


SCREENS = (
    Plan(Step.STUDY, study.build),
    Plan(Step.PREPARATION, preparation.build),
    Plan(Step.LESIONS, lesions.build),
    Plan(Step.CLINICAL, clinical.build),
    Plan(Step.READING, reading.build),
    Plan(Step.REPORT, report.build),
    Plan(Step.TIME, time.build),
)
