"""Does this installation work? The example study from its files to its report, with what can be mailed to support."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from rnapp.config import Settings
from rnapp.errors import RnappError, WeightsError
from rnapp.io.masks import read_mask
from rnapp.pipeline.analyse import analyse, no_lesions
from rnapp.pipeline.dose import accept_unseen, place_dose
from rnapp.pipeline.masks import find_lesions
from rnapp.pipeline.prepare import prepare
from rnapp.pipeline.resources import Resources, load_resources
from rnapp.pipeline.results import report_pdf, write_results
from rnapp.pipeline.study import CaseInputs, read_case
from rnapp.preprocess.skull_strip import MODELS, is_short, load_model
from rnapp.report.versions import software_versions
from rnapp.report.wording import statement
from rnapp.tasks.task import Task
from rnapp.types import (
    Atlas,
    CaseResult,
    Confirmed,
    LesionSet,
    MatchQuality,
    Prepared,
    RegistrationQuality,
    no_progress,
)

CHECKS = ("Weights", "Brain mask networks", "Preparation", "Reading", "Export")
# A bundle without a calibration, or one for other lesions than the example's, works all the same.
CONFIRMED = tuple(Confirmed(code, None, "self-test") for code in ("model_not_calibrated", "unlike_training"))
EXAMPLE_SIDE = "left"  # of the patient; where every example has its lesion
T = TypeVar("T")
Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Check:
    """One thing that was tried. words: what was found, or in one sentence why it failed."""

    name: str
    passed: bool
    seconds: float
    words: str


class SelfTest:
    """The checks in order; what follows from a failed one is not tried."""

    def __init__(self, settings: Settings, folder: Path, tell: Tell = no_progress, task: Task | None = None) -> None:
        """folder: an empty one for the example and its results; task: None for that of the bundle in use."""
        self._settings = settings
        self._task = task
        self._folder = folder
        self._tell = tell
        self.checks: list[Check] = []

    def run(self) -> bool:
        """Whether everything works, as far as the task has an example to try it with."""
        resources = self._try("Weights", self._loaded, lambda found: f"{found.model.card.name} "
                              f"{found.model.card.version}, {found.device}")
        networks = self._try("Brain mask networks", _networks, str)
        if resources is None or networks is None:
            return False
        return resources.task.example is None or self._example_works(resources, resources.task.example)

    def _example_works(self, resources: Resources, write: Callable[[Atlas, Path], None]) -> bool:
        prepared = self._try("Preparation", lambda: self._prepared(resources, write), lambda one: one.quality.sentence)
        if prepared is None:
            return False
        result = self._try("Reading", lambda: self._result(prepared, resources), _answer)
        if result is None:
            return False
        return self._try("Export", lambda: self._exported(result, resources), lambda size: f"{size} bytes") is not None

    def _loaded(self) -> Resources:
        resources = load_resources(self._settings, None, self._task)
        resources.model.load()  # built when they are first asked for
        return resources

    def _prepared(self, resources: Resources, write: Callable[[Atlas, Path], None]) -> Prepared:
        write(resources.atlas, self._folder)
        inputs = read_case([self._folder / "study"], resources.task)
        prepared = prepare(inputs.scans, resources)
        qualities: list[RegistrationQuality | MatchQuality] = [prepared.quality]
        qualities += [one.match for one in prepared.channels.values() if one.match]
        if doubtful := [one.sentence for one in qualities if not one.good]:
            raise RnappError(f"The example was not registered: {doubtful[0]}")
        return self._with_dose(prepared, inputs)

    def _with_dose(self, prepared: Prepared, inputs: CaseInputs) -> Prepared:
        if inputs.dose is None:
            return prepared
        placed = accept_unseen(place_dose(prepared, inputs.dose, inputs.links, inputs.planning))
        if placed.dose is None:
            raise RnappError("The example's dose could not be placed on its scan.")
        return placed

    def _result(self, prepared: Prepared, resources: Resources) -> CaseResult:
        question = resources.task.question
        lesions = self._lesions(prepared, resources) if question.outlines else no_lesions(prepared)
        reading = analyse(prepared, lesions, question.unknown, resources, confirmed=CONFIRMED)
        return CaseResult(question, "SELF-TEST", prepared, lesions, reading)

    def _lesions(self, prepared: Prepared, resources: Resources) -> LesionSet:
        lesions = find_lesions(prepared, read_mask(self._folder / "lesion_mask.nii.gz"), resources.task)
        sides = [lesion.side for lesion in lesions.lesions]
        if sides != [EXAMPLE_SIDE]:
            raise RnappError(f"Expected the example's lesion on the patient's {EXAMPLE_SIDE}, but found {sides}.")
        return lesions

    def _exported(self, result: CaseResult, resources: Resources) -> int:
        folder = self._folder / "results"
        folder.mkdir()
        write_results(result, folder, report_pdf(result, resources))
        if not read_mask(folder / "brain_mask_native.nii.gz").same_grid(result.prepared.native):
            raise RnappError("The exported brain mask is not on the scan's own grid.")
        return sum(file.stat().st_size for file in folder.iterdir())

    def _try(self, name: str, action: Callable[[], T], words: Callable[[T], str]) -> T | None:
        self._tell(name, len(self.checks) / len(CHECKS))
        start = time.monotonic()
        try:
            value = action()
        except Exception as error:  # noqa: BLE001 - an installation can be broken in any way; the report says in which
            why = str(error) if isinstance(error, RnappError) else f"Unexpected: {type(error).__name__}."
            self.checks.append(Check(name, False, time.monotonic() - start, why))
            return None
        self.checks.append(Check(name, True, time.monotonic() - start, words(value)))
        return value

    def report(self) -> dict[str, object]:
        """What support needs to know: versions, the machine, the checks. Nothing of a patient."""
        return {"passed": bool(self.checks) and all(check.passed for check in self.checks),
                "system": platform.system(), "release": platform.release(), "machine": platform.machine(),
                "libc": " ".join(platform.libc_ver()).strip(), "cores": os.cpu_count(),
                "versions": software_versions(), "checks": [asdict(check) for check in self.checks]}


def _networks() -> str:
    numbers = range(MODELS["accurate"])
    for number in numbers:
        load_model(number)
    short = sum(is_short(number) for number in numbers)
    return f"{len(numbers) - short} as published" + (f", {short} in half precision" if short else "")


def _answer(result: CaseResult) -> str:
    answer = result.reading.answers[0]
    prediction = answer.prediction
    if prediction is None:
        raise WeightsError(f"The example gets no number: {statement(result.question, answer)}")
    if not 0 < prediction.probability < 1:
        raise WeightsError("The models give no probability for the example.")
    return (f"probability of {result.question.outcomes[0].short} {prediction.probability:.3f} from "
            f"{len(prediction.folds)} models")
