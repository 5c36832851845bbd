"""One case from files to files: what the command line does once and a batch many times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rnapp.case.case import Case, Preparation
from rnapp.case.form import Form
from rnapp.case.outline import Outline
from rnapp.errors import ClinicalError, MaskError, PreparationError
from rnapp.files import check_file, results_folder, writing
from rnapp.io.masks import named_structures
from rnapp.io.rt_read import UNASKED, Answers
from rnapp.io.texts import read_json
from rnapp.models.clinical import parse
from rnapp.pipeline.analyse import NO_MASK, analyse, explain, no_lesions
from rnapp.pipeline.confirming import check_known
from rnapp.pipeline.dose import accept_unseen, confirm, dose_left_out, place_dose, with_caution
from rnapp.pipeline.mask_check import MASK_UNCONFIRMED, check_confirmed, check_mask_on
from rnapp.pipeline.masks import find_structures
from rnapp.pipeline.prepare import prepare
from rnapp.pipeline.resources import Resources
from rnapp.pipeline.results import RESULTS_BYTES, report_pdf, write_prepared, write_results
from rnapp.pipeline.study import CaseInputs, read_case, study_cautions
from rnapp.tasks.task import Task
from rnapp.trust.prior import read_prior
from rnapp.types import (
    CancelToken,
    CaseResult,
    Clinical,
    Confirmed,
    LesionSet,
    LoadedSeries,
    MaskFile,
    Prepared,
    ProgressCallback,
    Question,
    Structure,
    no_progress,
    note,
)

ON_THE_COMMAND_LINE = "command line"


@dataclass(frozen=True)
class CaseFiles:
    """Where the parts of one case are.

    study: folder, zip or files; series: role → uid (the proposed one for every role that is not named), also of the
    dose and the planning scan; patient: ID, where the files belong to several and no series is named; mask: of the
    lesion (on the grid of the scan or of SRI24, a DICOM segmentation or a structure set), None without lesions; labels:
    numbers, and structures: names, of what makes up the lesion in it; clinical: JSON; report: also a PDF; atlas_mask: a
    mask on SRI24 is known to belong to this registration; dose: what a person said of the dose where its files leave it
    open; dose_fits: a dose whose place no check can prove is known to lie where its way puts it;
    explain: also what takes longer than the answer, a map of occlusion; confirmed: what the reader said about cautions;
    prior: share of the first outcome to assume, None for what this centre set.
    """

    study: tuple[Path, ...]
    series: Mapping[str, str] = field(default_factory=dict)
    mask: Path | None = None
    labels: frozenset[int] | None = None
    structures: tuple[str, ...] = ()
    clinical: Path | None = None
    report: bool = False
    patient: str | None = None
    atlas_mask: bool = False
    dose: Answers = UNASKED
    dose_fits: bool = False
    explain: bool = True
    confirmed: tuple[Confirmed, ...] = ()
    prior: float | None = None


@dataclass(frozen=True, eq=False)
class _Mask:
    """A mask file that fits the scan, and what of it makes up the lesion; confirmed: a mask on SRI24 belongs to this
    registration."""

    file: MaskFile
    structures: tuple[Structure, ...]
    confirmed: bool


def prepare_files(files: CaseFiles, resources: Resources, out: Path, progress: ProgressCallback = no_progress,
                  cancel: CancelToken | None = None) -> Prepared:
    """preparation.json and volumes in out, made only once all went well. Raises InputError, Cancelled."""
    with results_folder(out, RESULTS_BYTES):
        inputs = _read(files, resources.task)
        prepared = _prepared(inputs, files, resources, progress, cancel or CancelToken())
        with writing(out):
            write_prepared(prepared, out)
    return prepared


def analyse_files(files: CaseFiles, task: Task, load: Callable[[], Resources], out: Path,
                  progress: ProgressCallback = no_progress, cancel: CancelToken | None = None) -> CaseResult:
    """result.json, volumes and perhaps report.pdf in out, made only once all went well. Raises InputError, Cancelled.

    load: the resources of the task, called once the files have turned out to be readable and the mask to belong to the
    scan.
    """
    clinical = read_clinical(files.clinical, task.question)
    if files.mask:
        _check_takes_mask(task.question)
        check_file(files.mask, "the mask", MaskError)
    with results_folder(out, RESULTS_BYTES):
        inputs = _read(files, task)
        mask = _checked_mask(files, inputs.scans[task.question.reference])
        resources = load()
        resources.model.load()  # what does not fit is told before the preparation
        prepared = _prepared(inputs, files, resources, progress, cancel or CancelToken())
        lesions = _lesions(prepared, mask, task)
        prior = read_prior(resources.settings.data, task.id) if files.prior is None else files.prior
        reading = analyse(prepared, lesions, clinical, resources, progress, cancel, confirmed=files.confirmed,
                          prior=prior)
        if files.explain:
            reading = explain(prepared, lesions, reading, resources, progress, cancel)
        chosen = {role: one.uid for role, one in inputs.chosen.items()}
        case = Case(inputs.study, chosen, Form(inputs.study.pseudonym)).with_preparation(Preparation(
            prepared, chosen, outline=Outline(confirmed=files.confirmed).measured_as(lesions))
        ).with_reading(reading, revealed=True)
        result = case.result(task.question)
        check_known(result, files.confirmed)
        report = report_pdf(result, resources) if files.report else None
        with writing(out):
            write_results(result, out, report)
    return result


def read_clinical(path: Path | None, question: Question) -> Clinical:
    """The clinical data of a JSON file; all unknown without one. Raises ClinicalError."""
    if path is None:
        return question.unknown
    content = read_json(path, "the clinical data", ClinicalError)
    if not isinstance(content, dict):
        raise ClinicalError(f"Expected a JSON object with the clinical fields in {path.name}.")
    return parse(question.fields, content)


def _read(files: CaseFiles, task: Task) -> CaseInputs:
    return read_case(files.study, task, files.series, files.patient, files.dose)


def _prepared(inputs: CaseInputs, files: CaseFiles, resources: Resources, progress: ProgressCallback,
              cancel: CancelToken) -> Prepared:
    """The scans, with the dose where it may be used. Raises PreparationError where a named dose cannot be placed."""
    cautions = study_cautions(inputs.study, (one.uid for one in inputs.chosen.values()))
    prepared = prepare(inputs.scans, resources, progress, cancel, cautions)
    if inputs.no_dose:
        return with_caution(prepared, dose_left_out(inputs.no_dose))
    if inputs.dose is None:
        return prepared
    try:
        placed = place_dose(prepared, inputs.dose, inputs.links, inputs.planning, progress, cancel)
    except PreparationError as error:
        if set(files.series) & {role.name for role in resources.task.question.roles_of("dose")}:
            raise
        return with_caution(prepared, dose_left_out(str(error)))
    return confirm(placed, ON_THE_COMMAND_LINE) if files.dose_fits else accept_unseen(placed)


def _check_takes_mask(question: Question) -> None:
    if not question.outlines:
        raise MaskError("Expected no lesion mask, because this question is about the whole study, but got one; leave "
                        "it out.")


def _checked_mask(files: CaseFiles, scan: LoadedSeries) -> _Mask | None:
    """Raises MaskError where it does not fit the scan, or what of it to use is not clear."""
    if files.mask is None:
        return None
    series = scan.series
    checked = check_mask_on(files.mask, scan.volume, series.frame_of_reference, series.patient, series.date)
    confirmed = files.atlas_mask or any(one.code == MASK_UNCONFIRMED for one in files.confirmed)
    check_confirmed(checked, confirmed)
    structures = named_structures(checked.file, files.labels or frozenset(), files.structures)
    return _Mask(checked.file, structures, confirmed)


def _lesions(prepared: Prepared, mask: _Mask | None, task: Task) -> LesionSet:
    if mask:
        return find_structures(prepared, mask.file, mask.structures, task, mask.confirmed)
    return no_lesions(prepared, (note("no_mask", NO_MASK),) if task.question.unit == "lesion" else ())
