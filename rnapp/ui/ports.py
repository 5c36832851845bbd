"""What the screens need from the rest of the program: rnapp.pipeline fits, and so does a test's stand-in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rnapp.types import (
    BrainMaskMode,
    CancelToken,
    Candidate,
    ClinicalData,
    Course,
    Followed,
    Growth,
    LesionSet,
    MaskFile,
    ModelCard,
    Prediction,
    Prepared,
    ProgressCallback,
    Proposal,
    Reading,
    Response,
    Scan,
    Structure,
    Study,
    Treatment,
    Volume,
    When,
)


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
    """The model in use. card: what the user is told of it; resources: loads, once, what the pipeline's functions need,
    the model among it. Raises WeightsError."""

    card: ModelCard
    resources: Callable[[], Any]


class Pipeline(Protocol):
    """The steps, in the order of the screens; each raises the errors of rnapp.errors. See rnapp.pipeline."""

    def open_study(self, paths: Sequence[Path], workspace: Path, progress: ProgressCallback,
                   cancel: CancelToken) -> Study:
        """Find the series; archives are unpacked into workspace."""

    def load_volume(self, study: Study, uid: str, cancel: CancelToken | None = None) -> Volume:
        """Read one series' voxels."""

    def warm_up(self, resources: Any) -> None:
        """Load what the first study would wait for."""

    def prepare(self, volume: Volume, resources: Any, progress: ProgressCallback, cancel: CancelToken,
                warnings: tuple[str, ...] = (), mode: BrainMaskMode | None = None) -> Prepared:
        """Bias field, registration, brain mask (HD-BET's mode; None: the settings'), normalisation."""

    def brain_mask_choices(self, resources: Any) -> Sequence[tuple[str, BrainMaskMode]]:
        """HD-BET's modes in words, and their names."""

    def quality_picture(self, prepared: Prepared, resources: Any) -> bytes:
        """PNG by which the registration is accepted or rejected."""

    def read_mask_file(self, path: Path, scan: Volume, frame_of_reference: str = "") -> MaskFile:
        """The structures of a mask file that belongs to the scan."""

    def check_mask_on(self, path: Path, scan: Volume, frame_of_reference: str) -> CheckedMask:
        """The same before the scan is prepared."""

    def structure_choices(self, prepared: Prepared, file: MaskFile) -> Sequence[tuple[str, int]]:
        """What can be chosen of a mask file, in words with its volume, and its place in the file."""

    def to_confirm(self, prepared: Prepared, file: MaskFile) -> str:
        """Why a person must look at a mask file on the prepared head first, "" where it may be used."""

    def on_prepared_head(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> Volume:
        """What that person is asked about: bool, SRI24 grid."""

    def find_structures(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure],
                        confirmed: bool = False) -> LesionSet:
        """The connected lesions of structures of a mask file; confirmed: a person looked at it and says it fits."""

    def find_lesions(self, prepared: Prepared, mask: Volume, labels: frozenset[int] | None = None,
                     drawn: bool = False) -> LesionSet:
        """The connected lesions of a mask on the native or the SRI24 grid."""

    def fill_slices(self, mask: Volume, plane: str = "") -> Volume:
        """A drawn mask with the slices between the drawn ones filled; plane: "" for the one it was drawn in."""

    def grown_lesion(self, prepared: Prepared, point_mm: Sequence[float], tolerance: float) -> Volume:
        """What is connected with a point (SRI24, LPS mm) and about as bright."""

    def propose_lesions(self, prepared: Prepared, resources: Any) -> Proposal:
        """What may be lesions, for a reader to take or dismiss one by one."""

    def outlines(self, masks: Sequence[Volume], grid: Volume) -> Volume:
        """A line around masks in the axial slices: 0 or 1 on the SRI24 grid."""

    def with_origin(self, found: LesionSet, taken: Sequence[Candidate]) -> LesionSet:
        """The lesions, with a warning on each that comes from a candidate."""

    def with_untouched(self, found: LesionSet, given: LesionSet | None) -> LesionSet:
        """The lesions of a drawing; those that it left as a mask file had them are as in the file."""

    def follow(self, earlier: Scan, present: Scan, cancel: CancelToken | None = None) -> Followed:
        """An earlier scan laid over the present one."""

    def courses(self, present: Scan, earlier: Sequence[tuple[Scan, Followed]]) -> tuple[Course, ...]:
        """What became of each lesion."""

    def growth(self, course: Course) -> Growth:
        """How a lesion changed since nadir and since the scan before."""

    def rano_response(self, courses: Sequence[Course], baseline: When | None = None) -> Response:
        """The RANO-BM category of the target lesions."""

    def course_figure(self, courses: Sequence[Course], treatments: Sequence[Treatment] = ()) -> Any:
        """Plotly figure of sizes over time."""

    def parse_clinical(self, mapping: Mapping[str, object]) -> ClinicalData:
        """The checked clinical data; "" and None are unknown."""

    def analyse(self, prepared: Prepared, lesion_set: LesionSet, clinical: ClinicalData, resources: Any,
                pseudonym: str, progress: ProgressCallback, cancel: CancelToken) -> Reading:
        """The answer for each lesion."""

    def statement(self, prediction: Prediction) -> str:
        """The answer in words."""

    def lesion_picture(self, reading: Reading, index: int) -> bytes:
        """PNG of the lesion in three planes."""

    def attention_picture(self, reading: Reading, index: int) -> bytes:
        """PNG of the attention on slices."""

    def waterfall(self, reading: Reading, index: int) -> Any:
        """Plotly figure of the contributions."""

    def scene(self, reading: Reading, index: int) -> Any:
        """Plotly figure of brain, lesion and attention."""

    def report_pdf(self, reading: Reading, resources: Any, courses: Sequence[Course] = (),
                   treatments: Sequence[Treatment] = ()) -> bytes:
        """The report; with courses also what became of the lesions."""

    def nifti_bytes(self, volume: Volume) -> bytes:
        """A gzipped NIfTI file."""

    def read_nifti_bytes(self, data: bytes) -> Volume:
        """The volume of a NIfTI file, gzipped or not."""

    def write_results(self, reading: Reading, out: Path) -> None:
        """result.json and the result volumes."""

    def example_study(self, resources: Any, out: Path) -> None:
        """study/*.dcm, lesion_mask.nii.gz, clinical.json."""
