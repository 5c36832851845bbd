"""What the benchmarks do with scans: read one, prepare it, read its lesions."""

from pathlib import Path

from rnapp import pipeline
from rnapp.tasks.metastasis.question import T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Confirmed, Prepared, Volume
from tests.conftest import loaded

# What a reader would look at; the benchmark wants the number.
CONFIRMED = tuple(map(Confirmed, ("model_not_calibrated", "unlike_training", "registration_doubtful")))


def read_scan(path: Path) -> Volume:
    """The voxels of the proposed series."""
    return pipeline.read_inputs([path], METASTASIS)[1][T1CE].volume


def prepare(scan: Volume, resources: pipeline.Resources) -> Prepared:
    """The scan on SRI24."""
    return pipeline.prepare({T1CE: loaded(scan)}, resources)


def probabilities(prepared: Prepared, mask: Volume, resources: pipeline.Resources,
                  labels: frozenset[int] | None = None) -> list[float]:
    """Of each lesion, with an empty form."""
    lesions = pipeline.find_lesions(prepared, mask, METASTASIS, labels)
    reading = pipeline.analyse(prepared, lesions, METASTASIS.question.unknown, resources, confirmed=CONFIRMED)
    return [one.given.probability for one in reading.answers]
