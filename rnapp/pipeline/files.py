"""One case from files to files: what the command line does once and a batch many times."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import ClinicalError
from rnapp.io.masks import read_mask
from rnapp.lesion.find import find_lesions
from rnapp.models.clinical import parse_clinical
from rnapp.pipeline.analyse import analyse, no_lesions
from rnapp.pipeline.prepare import prepare
from rnapp.pipeline.resources import Resources
from rnapp.pipeline.results import report_pdf, write_prepared, write_results
from rnapp.pipeline.study import read_scan, study_warnings
from rnapp.types import CancelToken, ClinicalData, Prepared, ProgressCallback, Reading, Study, no_progress


@dataclass(frozen=True)
class CaseFiles:
    """Where the parts of one case are.

    study: folder, zip or files; series: uid (None: the proposed T1CE); mask: of the lesion, on the grid of the scan or
    of SRI24, None to prepare only; labels: which of its labels make the lesion; clinical: JSON; report: also a PDF.
    """

    study: tuple[Path, ...]
    series: str | None = None
    mask: Path | None = None
    labels: frozenset[int] | None = None
    clinical: Path | None = None
    report: bool = False


def prepare_files(case: CaseFiles, resources: Resources, out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Prepared:
    """preparation.json and volumes in out, made only once all went well. Raises InputError, Cancelled."""
    _, prepared = _prepared(case, resources, progress, cancel)
    out.mkdir(parents=True, exist_ok=True)
    write_prepared(prepared, out)
    return prepared


def analyse_files(case: CaseFiles, load: Callable[[], Resources], out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Reading:
    """result.json, volumes and perhaps report.pdf in out, made only once all went well. Raises InputError, Cancelled.

    load: called once the small files have turned out to be readable.
    """
    clinical = read_clinical(case.clinical)
    mask = read_mask(case.mask) if case.mask else None
    resources = load()
    study, prepared = _prepared(case, resources, progress, cancel)
    lesions = find_lesions(prepared, mask, case.labels) if mask else no_lesions(prepared)
    reading = analyse(prepared, lesions, clinical, resources, study.pseudonym, progress, cancel)
    out.mkdir(parents=True, exist_ok=True)
    write_results(reading, out)
    if case.report:
        (out / "report.pdf").write_bytes(report_pdf(reading, resources))
    return reading


def read_clinical(path: Path | None) -> ClinicalData:
    """The clinical data of a JSON file; all unknown without one. Raises ClinicalError."""
    if path is None:
        return ClinicalData()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ClinicalError(f"Expected clinical data as a JSON file, but {path.name} cannot be read.") from error
    if not isinstance(content, dict):
        raise ClinicalError(f"Expected a JSON object with the clinical fields in {path.name}.")
    return parse_clinical(content)


def _prepared(case: CaseFiles, resources: Resources, progress: ProgressCallback,
              cancel: CancelToken | None) -> tuple[Study, Prepared]:
    study, uid, volume = read_scan(case.study, case.series or "")
    return study, prepare(volume, resources, progress, cancel, study_warnings(study, uid))
