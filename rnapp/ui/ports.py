"""The one door from the screens into the rest of the program: what they need of it, and nothing else in rnapp.ui
imports a domain room. rnapp.pipeline fits Pipeline, and so does a test's stand-in.

What takes long to import stays behind Pipeline; what is imported here is light.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rnapp.dose.isodose import Isodose, bands, gy_words, levels
from rnapp.io.patients import NO_ID, of_patient, patients, same_patient
from rnapp.io.suitability import SCAN, role_problem
from rnapp.io.texts import read_json
from rnapp.lazy import LazyModule
from rnapp.lesion.names import LONGEST_NAME, carried, renamed, without
from rnapp.models.installed import Installed, choose, installed_bundles, remove_bundle
from rnapp.report import card_words, dose_words, exact_names, wording
from rnapp.types import (
    BrainMaskMode,
    CancelToken,
    Candidate,
    CaseResult,
    Caution,
    Clinical,
    Confirmed,
    Course,
    Dose,
    DoseFigures,
    Followed,
    FrameLink,
    Growth,
    LesionSet,
    LoadedSeries,
    MaskFile,
    ModelCard,
    PlacedDose,
    Prepared,
    ProgressCallback,
    Proposal,
    Question,
    Reading,
    Response,
    Role,
    Scan,
    Structure,
    Study,
    Treatment,
    Volume,
    When,
)

if TYPE_CHECKING:
    from rnapp.models.bundle_file import Installation
    from rnapp.tasks.task import Task

__all__ = [
    "LONGEST_NAME",
    "NO_ID",
    "CheckedMask",
    "Installed",
    "Isodose",
    "Model",
    "Pipeline",
    "bands",
    "card_words",
    "carried",
    "choose",
    "dose_words",
    "exact_names",
    "gy_words",
    "install",
    "installed_bundles",
    "levels",
    "patients",
    "read_json",
    "real_pipeline",
    "remove_bundle",
    "renamed",
    "role_problem",
    "same_patient",
    "study_of_patient",
    "without",
    "wording",
]


class CheckedMask(Protocol):
    """A mask file that fits a scan which is not prepared yet."""

    @property
    def file(self) -> MaskFile:
        """Its structures."""

    @property
    def said(self) -> str:
        """What was found, for the reader."""


@dataclass(frozen=True, eq=False)
class Model:
    """The model that answers a question. card: what the user is told of it; question: that it answers; resources:
    loads, once, what the pipeline's functions need, the task and the model among it. Raises WeightsError. example:
    whether there is an example study; maps: whether it can make maps of occlusion."""

    card: ModelCard
    question: Question
    resources: Callable[[], Any]
    example: bool = True
    maps: bool = False


class Pipeline(Protocol):
    """The steps, in the order of the screens; each raises the errors of rnapp.errors. See rnapp.pipeline."""

    def open_study(self, paths: Sequence[Path], workspace: Path, task: "Task", progress: ProgressCallback,
                   cancel: CancelToken) -> Study:
        """Find the series and propose one for each role; archives are unpacked into workspace."""

    def load_series(self, study: Study, uid: str, cancel: CancelToken | None = None,
                    role: Role = SCAN) -> LoadedSeries:
        """Read one series' voxels. role: what it is for."""

    def warm_up(self, resources: Any) -> None:
        """Load what the first study would wait for."""

    def prepare(self, inputs: Mapping[str, LoadedSeries], resources: Any, progress: ProgressCallback,
                cancel: CancelToken, cautions: tuple[Caution, ...] = (),
                mode: BrainMaskMode | None = None) -> Prepared:
        """Bias field, registration, brain mask (HD-BET's mode; None: the settings'), normalisation. inputs: role →
        series, the reference first."""

    def load_dose(self, study: Study, uid: str, relative_gy: float | None = None, fractions: int | None = None,
                  complete: bool = False) -> Dose:
        """Read a dose that can be chosen; the rest is what a person said of it, where it asks."""

    def load_links(self, study: Study) -> Sequence[FrameLink]:
        """What the study's registration files say."""

    def place_dose(self, prepared: Prepared, dose: Dose, links: Sequence[FrameLink], planning: LoadedSeries | None,
                   progress: ProgressCallback, cancel: CancelToken) -> Prepared:
        """The dose on the prepared scans, not confirmed."""

    def place_again(self, prepared: Prepared, placed: PlacedDose) -> Prepared:
        """A kept dose by the way that it had, on newly prepared scans, not confirmed."""

    def confirm_dose(self, prepared: Prepared, by: str = "") -> Prepared:
        """A person accepted the picture of the dose."""

    def dose_picture(self, prepared: Prepared, planning: LoadedSeries | None = None) -> bytes:
        """PNG by which a person accepts or rejects where the dose lies."""

    def pair_picture(self, prepared: Prepared, role: str, question: Question) -> bytes:
        """PNG by which a person accepts or rejects the registration of a further scan."""

    def dose_figures(self, prepared: Prepared, lesions: LesionSet, clinical: Clinical,
                     question: str = "") -> DoseFigures | None:
        """What is said in numbers about a confirmed dose. question: its id, for volumes that studies refer to."""

    def dose_curves(self, lesions: LesionSet, figures: DoseFigures | None) -> Any:
        """Plotly figure of the lesions' dose-volume curves, None where there is none."""

    def dose_slices(self, prepared: Prepared, lesions: LesionSet, number: int | None = None) -> bytes | None:
        """PNG of the isodoses through a lesion, or through the high dose; None where there is no dose."""

    def brain_mask_choices(self, resources: Any) -> Sequence[tuple[str, BrainMaskMode]]:
        """HD-BET's modes in words, and their names."""

    def quality_picture(self, prepared: Prepared, resources: Any) -> bytes:
        """PNG by which the registration is accepted or rejected."""

    def read_mask_file(self, path: Path, scan: Volume, frame_of_reference: str, patient: str, day: str) -> MaskFile:
        """The structures of a mask file that belongs to the scan."""

    def check_mask_on(self, path: Path, scan: Volume, frame_of_reference: str, patient: str, day: str) -> CheckedMask:
        """The same before the scan is prepared."""

    def structure_choices(self, prepared: Prepared, file: MaskFile) -> Sequence[tuple[str, int]]:
        """What can be chosen of a mask file, in words with its volume, and its place in the file."""

    def to_confirm(self, prepared: Prepared, file: MaskFile) -> str:
        """Why a person must look at a mask file on the prepared head first, "" where it may be used."""

    def on_prepared_head(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> Volume:
        """What that person is asked about: bool, SRI24 grid."""

    def find_structures(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure], task: "Task",
                        confirmed: bool = False) -> LesionSet:
        """The connected lesions of structures of a mask file, with the task's cautions; confirmed: a person looked at
        it and says it fits."""

    def find_lesions(self, prepared: Prepared, mask: Volume, task: "Task", labels: frozenset[int] | None = None,
                     drawn: bool = False) -> LesionSet:
        """The connected lesions of a mask on the native or the SRI24 grid, with the task's cautions."""

    def no_lesions(self, prepared: Prepared) -> LesionSet:
        """What stands for the lesions where a question is about the whole study."""

    def fill_slices(self, mask: Volume, plane: str = "") -> Volume:
        """A drawn mask with the slices between the drawn ones filled; plane: "" for the one it was drawn in."""

    def grown_lesion(self, prepared: Prepared, point_mm: Sequence[float], tolerance: float) -> Volume:
        """What is connected with a point (SRI24, LPS mm) and about as bright."""

    def propose_lesions(self, prepared: Prepared, resources: Any) -> Proposal:
        """What may be lesions, for a reader to take or dismiss one by one."""

    def outlines(self, masks: Sequence[Volume], grid: Volume) -> Volume:
        """A line around masks in the axial slices: 0 or 1 on the SRI24 grid."""

    def with_origin(self, found: LesionSet, taken: Sequence[Candidate]) -> LesionSet:
        """The lesions, with a caution on each that comes from a candidate."""

    def with_untouched(self, found: LesionSet, given: LesionSet | None) -> LesionSet:
        """The lesions of a drawing; those that it left as a mask file had them are as in the file."""

    def follow(self, earlier: Scan, present: Scan, cancel: CancelToken | None = None) -> Followed:
        """An earlier scan, registered to the current one."""

    def courses(self, present: Scan, earlier: Sequence[tuple[Scan, Followed]]) -> tuple[Course, ...]:
        """What became of each lesion."""

    def growth(self, course: Course) -> Growth:
        """How a lesion changed since nadir and since the scan before."""

    def rano_response(self, courses: Sequence[Course], baseline: When | None = None) -> Response:
        """The RANO-BM category of the target lesions."""

    def course_figure(self, courses: Sequence[Course], treatments: Sequence[Treatment] = ()) -> Any:
        """Plotly figure of sizes over time."""

    def parse_clinical(self, question: Question, mapping: Mapping[str, object]) -> Clinical:
        """The checked clinical data; "" and None are unknown, and so is what is not there."""

    def analyse(self, prepared: Prepared, lesions: LesionSet, clinical: Clinical, resources: Any,
                progress: ProgressCallback, cancel: CancelToken, *, confirmed: Sequence[Confirmed] = (),
                prior: float | None = None) -> Reading:
        """The answer for each lesion, or for the study; withheld where a caution asks for it."""

    def explain(self, prepared: Prepared, lesions: LesionSet, reading: Reading, resources: Any,
                progress: ProgressCallback, cancel: CancelToken) -> Reading:
        """The same answers with what takes longer than they did: maps of occlusion."""

    def lesion_picture(self, result: CaseResult, index: int) -> bytes | None:
        """PNG of the lesion in three planes, None for an answer about a study. index: of the answer in the reading."""

    def attention_picture(self, result: CaseResult, index: int) -> bytes | None:
        """PNG of the attention on slices, None where the model has none."""

    def occlusion_picture(self, result: CaseResult, index: int, hidden: str = "all") -> bytes | None:
        """PNG of a map of occlusion on slices, None where there is none. hidden: what was, or a role's name."""

    def waterfall(self, result: CaseResult, index: int) -> Any:
        """Plotly figure of the contributions."""

    def scene(self, result: CaseResult, index: int) -> Any:
        """Plotly figure of brain, lesion and attention."""

    def report_pdf(self, result: CaseResult, resources: Any, courses: Sequence[Course] = (),
                   treatments: Sequence[Treatment] = ()) -> bytes:
        """The report; with courses also what became of the lesions."""

    def nifti_bytes(self, volume: Volume) -> bytes:
        """A gzipped NIfTI file."""

    def read_nifti_bytes(self, data: bytes) -> Volume:
        """The volume of a NIfTI file, gzipped or not."""

    def write_results(self, result: CaseResult, out: Path) -> None:
        """result.json and the result volumes."""

    def example_study(self, resources: Any, out: Path) -> None:
        """study/*.dcm, lesion_mask.nii.gz, clinical.json."""


def real_pipeline() -> Pipeline:
    """rnapp.pipeline, which is imported when something in it is first asked for."""
    if TYPE_CHECKING:  # whether it fits
        from rnapp import pipeline

        return pipeline
    return LazyModule("rnapp.pipeline")


def study_of_patient(study: Study, patient: str, task: "Task") -> Study:
    """The study of one of the patients in it (an ID, or NO_ID), with its proposals. Raises StudyError where none has
    this ID."""
    from rnapp.pipeline import with_proposed  # long there: it has read the study

    return with_proposed(of_patient(study, patient), task)


def install(file: Path, data: Path, fingerprint: str | None) -> "Installation":
    """Check a bundle file and install it under data. Raises WeightsError."""
    from rnapp.models.bundle_file import install_bundle  # brings torch, for which the first page would wait
    from rnapp.tasks import load_model

    return install_bundle(file, data, load_model, fingerprint)
