"""One case from files to files: what the command line does once and a batch many times."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import ClinicalError
from rnapp.io.masks import named_structures, read_mask_file
from rnapp.models.clinical import parse_clinical
from rnapp.pipeline.analyse import analyse, no_lesions
from rnapp.pipeline.masks import find_structures
from rnapp.pipeline.prepare import prepare
from rnapp.pipeline.resources import Resources
from rnapp.pipeline.results import report_pdf, write_prepared, write_results
from rnapp.pipeline.study import frame_of_reference, read_scan, study_warnings
from rnapp.types import CancelToken, ClinicalData, Prepared, ProgressCallback, Reading, no_progress


@dataclass(frozen=True)
class CaseFiles:
    """Where the parts of one case are.

    study: folder, zip or files; series: uid (None: the proposed T1CE); patient: ID, where the files belong to several
    and no series is named; mask: of the lesion (on the grid of the scan or
    of SRI24, a DICOM segmentation or a structure set), None without lesions; labels: numbers, and structures: names, of
    what makes up the lesion in it; clinical: JSON; report: also a PDF.
    """

    study: tuple[Path, ...]
    series: str | None = None
    mask: Path | None = None
    labels: frozenset[int] | None = None
    structures: tuple[str, ...] = ()
    clinical: Path | None = None
    report: bool = False
    patient: str | None = None


def prepare_files(case: CaseFiles, resources: Resources, out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Prepared:
    """preparation.json and volumes in out, made only once all went well. Raises InputError, Cancelled."""
    study, uid, scan = read_scan(case.study, case.series or "", case.patient or "")
    prepared = prepare(scan, resources, progress, cancel, study_warnings(study, uid))
    out.mkdir(parents=True, exist_ok=True)
    write_prepared(prepared, out)
    return prepared


def analyse_files(case: CaseFiles, load: Callable[[], Resources], out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Reading:
    """result.json, volumes and perhaps report.pdf in out, made only once all went well. Raises InputError, Cancelled.

    load: called once the files have turned out to be readable and the mask to belong to the scan.
    """
    clinical = read_clinical(case.clinical)
    study, uid, scan = read_scan(case.study, case.series or "", case.patient or "")
    masks = read_mask_file(case.mask, scan, frame_of_reference(study, uid)) if case.mask else None
    chosen = named_structures(masks, case.labels or frozenset(), case.structures) if masks else ()
    resources = load()
    _ = resources.bundle.vits  # what does not fit is told before the preparation
    prepared = prepare(scan, resources, progress, cancel, study_warnings(study, uid))
    lesions = find_structures(prepared, masks, chosen) if masks else no_lesions(prepared)
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
