"""One case from files to files: what the command line does once and a batch many times."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rnapp.errors import ClinicalError, MaskError
from rnapp.files import check_file, results_folder, writing
from rnapp.io.masks import named_structures
from rnapp.io.texts import read_json
from rnapp.models.clinical import parse_clinical
from rnapp.pipeline.analyse import analyse, no_lesions
from rnapp.pipeline.mask_check import check_mask_on
from rnapp.pipeline.masks import check_confirmed, find_structures
from rnapp.pipeline.prepare import prepare
from rnapp.pipeline.resources import Resources
from rnapp.pipeline.results import RESULTS_BYTES, report_pdf, write_prepared, write_results
from rnapp.pipeline.study import frame_of_reference, read_scan, study_warnings
from rnapp.types import CancelToken, ClinicalData, Prepared, ProgressCallback, Reading, no_progress


@dataclass(frozen=True)
class CaseFiles:
    """Where the parts of one case are.

    study: folder, zip or files; series: uid (None: the proposed T1CE); patient: ID, where the files belong to several
    and no series is named; mask: of the lesion (on the grid of the scan or of SRI24, a DICOM segmentation or a
    structure set), None without lesions; labels: numbers, and structures: names, of what makes up the lesion in it;
    clinical: JSON; report: also a PDF; atlas_mask: a mask on SRI24 is known to belong to this registration.
    """

    study: tuple[Path, ...]
    series: str | None = None
    mask: Path | None = None
    labels: frozenset[int] | None = None
    structures: tuple[str, ...] = ()
    clinical: Path | None = None
    report: bool = False
    patient: str | None = None
    atlas_mask: bool = False


def prepare_files(case: CaseFiles, resources: Resources, out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Prepared:
    """preparation.json and volumes in out, made only once all went well. Raises InputError, Cancelled."""
    with results_folder(out, RESULTS_BYTES):
        study, uid, scan = read_scan(case.study, case.series or "", case.patient or "")
        prepared = prepare(scan, resources, progress, cancel, study_warnings(study, uid))
        with writing(out):
            write_prepared(prepared, out)
    return prepared


def analyse_files(case: CaseFiles, load: Callable[[], Resources], out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Reading:
    """result.json, volumes and perhaps report.pdf in out, made only once all went well. Raises InputError, Cancelled.

    load: called once the files have turned out to be readable and the mask to belong to the scan.
    """
    clinical = read_clinical(case.clinical)
    if case.mask:
        check_file(case.mask, "the mask", MaskError)
    with results_folder(out, RESULTS_BYTES):
        study, uid, scan = read_scan(case.study, case.series or "", case.patient or "")
        masks = check_mask_on(case.mask, scan, frame_of_reference(study, uid)).file if case.mask else None
        if masks:
            check_confirmed(masks, scan, case.atlas_mask)
        chosen = named_structures(masks, case.labels or frozenset(), case.structures) if masks else ()
        resources = load()
        _ = resources.bundle.vits  # what does not fit is told before the preparation
        prepared = prepare(scan, resources, progress, cancel, study_warnings(study, uid))
        lesions = find_structures(prepared, masks, chosen, case.atlas_mask) if masks else no_lesions(prepared)
        reading = analyse(prepared, lesions, clinical, resources, study.pseudonym, progress, cancel)
        report = report_pdf(reading, resources) if case.report else None
        with writing(out):
            write_results(reading, out, report)
    return reading


def read_clinical(path: Path | None) -> ClinicalData:
    """The clinical data of a JSON file; all unknown without one. Raises ClinicalError."""
    if path is None:
        return ClinicalData()
    content = read_json(path, "the clinical data", ClinicalError)
    if not isinstance(content, dict):
        raise ClinicalError(f"Expected a JSON object with the clinical fields in {path.name}.")
    return parse_clinical(content)
