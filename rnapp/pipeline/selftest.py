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
from rnapp.models.clinical import parse_clinical
from rnapp.pipeline.analyse import analyse
from rnapp.pipeline.example import write_example
from rnapp.pipeline.masks import find_lesions
from rnapp.pipeline.prepare import prepare
from rnapp.pipeline.resources import Resources, load_resources
from rnapp.pipeline.results import report_pdf, write_results
from rnapp.pipeline.study import load_volume, open_study, proposed_series
from rnapp.preprocess.skull_strip import MODELS, is_short, load_model
from rnapp.report.versions import software_versions
from rnapp.types import LesionSet, Prepared, Reading, no_progress

CHECKS = ("Weights", "Brain mask networks", "Preparation", "Reading", "Export")
EXAMPLE_SIDE = "left"  # of the patient; where rnapp.phantom puts the example's lesion
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

    def __init__(self, settings: Settings, folder: Path, tell: Tell = no_progress) -> None:
        """folder: an empty one for the example and its results."""
        self._settings = settings
        self._folder = folder
        self._tell = tell
        self.checks: list[Check] = []

    def run(self) -> bool:
        """Whether everything works."""
        resources = self._try("Weights", self._loaded, lambda found: f"{found.bundle.card.name} "
                              f"{found.bundle.card.version}, {len(found.bundle.vits)} networks, {found.device}")
        networks = self._try("Brain mask networks", _networks, str)
        if resources is None or networks is None:
            return False
        prepared = self._try("Preparation", lambda: self._prepared(resources), lambda one: one.quality.sentence)
        if prepared is None:
            return False
        reading = self._try("Reading", lambda: self._reading(prepared, resources), _answer)
        if reading is None:
            return False
        return self._try("Export", lambda: self._exported(reading, resources), lambda size: f"{size} bytes") is not None

    def _loaded(self) -> Resources:
        resources = load_resources(self._settings)
        _ = resources.bundle.vits  # built when they are first asked for
        return resources

    def _prepared(self, resources: Resources) -> Prepared:
        write_example(resources.atlas, self._folder)
        study = open_study([self._folder / "study"], self._folder / "opened")
        prepared = prepare(load_volume(study, proposed_series(study)), resources)
        if not prepared.quality.good:
            raise RnappError(f"The example was not registered: {prepared.quality.sentence}")
        return prepared

    def _reading(self, prepared: Prepared, resources: Resources) -> Reading:
        lesions: LesionSet = find_lesions(prepared, read_mask(self._folder / "lesion_mask.nii.gz"))
        sides = [lesion.side for lesion in lesions.lesions]
        if sides != [EXAMPLE_SIDE]:
            raise RnappError(f"Expected the example's lesion on the patient's {EXAMPLE_SIDE}, but found {sides}.")
        return analyse(prepared, lesions, parse_clinical({}), resources, "SELF-TEST")

    def _exported(self, reading: Reading, resources: Resources) -> int:
        results = self._folder / "results"
        results.mkdir()
        write_results(reading, results, report_pdf(reading, resources))
        if not read_mask(results / "lesions_native.nii.gz").same_grid(reading.prepared.native):
            raise RnappError("The exported lesions do not lie on the scan's own grid.")
        return sum(file.stat().st_size for file in results.iterdir())

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
        return {"passed": len(self.checks) == len(CHECKS) and all(check.passed for check in self.checks),
                "system": platform.system(), "release": platform.release(), "machine": platform.machine(),
                "libc": " ".join(platform.libc_ver()).strip(), "cores": os.cpu_count(),
                "versions": software_versions(), "checks": [asdict(check) for check in self.checks]}


def _networks() -> str:
    numbers = range(MODELS["accurate"])
    for number in numbers:
        load_model(number)
    short = sum(is_short(number) for number in numbers)
    return f"{len(numbers) - short} as published" + (f", {short} in half precision" if short else "")


def _answer(reading: Reading) -> str:
    prediction = reading.lesions[0].prediction
    if not 0 < prediction.probability_rn < 1:
        raise WeightsError("The models give no probability for the example.")
    return f"probability of necrosis {prediction.probability_rn:.3f} from {len(prediction.folds)} models"
