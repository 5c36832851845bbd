"""A hand-written stand-in for rnapp.pipeline: the same functions, answers at once, on a small asymmetric head."""

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import SimpleITK as sitk

from rnapp import pipeline
from rnapp.errors import ClinicalError, MaskError, StudyError
from rnapp.geometry import from_sitk, to_sitk
from rnapp.io.masks import chosen_mask
from rnapp.io.patients import study_of
from rnapp.pipeline import CheckedMask
from rnapp.types import (
    BrainMaskMode,
    CancelToken,
    Candidate,
    ClinicalData,
    Contribution,
    Course,
    Crop,
    Followed,
    FollowQuality,
    LeftOut,
    Lesion,
    LesionReading,
    LesionSet,
    MaskFile,
    ModelCard,
    Prediction,
    Prepared,
    ProgressCallback,
    Proposal,
    Reading,
    RegistrationQuality,
    Scan,
    Series,
    SimilarityTransform,
    Structure,
    Study,
    Treatment,
    Volume,
)
from rnapp.ui.ports import Model

PATIENTS = ("A-1", "B-2")
FRAME = "1.2.826.0.1.3680043.8.498.1"
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
                      "0000000d49444154789c63606060f80f0001040100a5f645400000000049454e44ae426082")


def model(demonstration: bool = True) -> Model:
    """What serve() needs to know about the model."""
    card = ModelCard("fake", "0", demonstration, "0" * 64, "Apache-2.0", "tests", "nothing", {})
    return Model(card, lambda: SimpleNamespace(bundle=SimpleNamespace(card=card)))


def head(shape: tuple[int, int, int] = (24, 30, 20)) -> Volume:
    """A bright box off centre in an LPS grid."""
    array = np.zeros(shape, np.float32)
    array[4:-3, 5:-4, 3:-2] = np.linspace(50, 100, shape[0] - 7, dtype=np.float32)[:, None, None]
    affine = np.eye(4)
    affine[:3, 3] = (-shape[0] / 2, -shape[1] / 2, -shape[2] / 2)
    return Volume(array, affine)


@dataclass
class FakePipeline:
    """quality_good: whether the registration passes; delay: seconds per stage; broken: a function that fails hard;
    nothing_to_propose: the proposer has no candidates; day: of the next study that is opened;
    doubt: why a person must look at every mask file first."""

    quality_good: bool = True
    delay: float = 0.0
    broken: str = ""
    day: str = "2026-05-04"
    nothing_to_propose: bool = False
    doubt: str = ""
    head: Volume = field(default_factory=head)

    def _work(self, name: str) -> None:
        if self.broken == name:
            raise ZeroDivisionError("secret path /home/doctor/Miller^Jane")

    def warm_up(self, resources: Any) -> None:
        self._work("warm_up")

    def open_study(self, paths: Sequence[Path], workspace: Path, progress: ProgressCallback,
                   cancel: CancelToken) -> Study:
        for _ in range(20 if paths and paths[0].name == "slow" else 1):
            progress("Reading the headers", 0.5)
            time.sleep(self.delay)
            cancel.check()
        self._work("open_study")
        if not paths or not all(path.exists() for path in paths):
            raise StudyError("Expected a study, but nothing readable was found; choose a folder with DICOM files.")
        good = Series("1.2", "t1 <b>mprage</b> post", "MR", "T1CE", tuple(paths), (24, 30, 20), (1.0, 1.0, 1.0), True,
                      self.day, frame_of_reference=FRAME)
        bad = Series("1.3", "localiser", "MR", "other", tuple(paths), (24, 30, 3), (1.0, 1.0, 9.0),
                     unusable="Only 3 slices; a whole head is needed.")
        if paths[0].name in ("one-patient", "two-patients"):
            names = PATIENTS if paths[0].name == "two-patients" else PATIENTS[:1]
            return study_of([replace(good, uid=f"1.{number}", patient=name) for number, name in enumerate(names)])
        left = (LeftOut(3, "Spreadsheets <i>of 2019</i>."), LeftOut(2, "DICOM files that are empty.", serious=True))
        return Study("case-1", (good, bad), "1.2", ("Made up by a test.",), "Proposed: T1, 3D, 14:32.", left)

    def load_volume(self, study: Study, uid: str, cancel: CancelToken | None = None) -> Volume:
        return self.head

    def prepare(self, volume: Volume, resources: Any, progress: ProgressCallback, cancel: CancelToken,
                warnings: tuple[str, ...] = (), mode: BrainMaskMode | None = None) -> Prepared:
        for number, stage in enumerate(("Bias field", "Registration", "Brain mask", "Normalisation")):
            progress(stage, number / 4)
            time.sleep(self.delay)
            cancel.check()
        self._work("prepare")
        quality = RegistrationQuality(0.95, 0.8, self.quality_good, "Look at the outline.")
        return Prepared(self.head, self.head, self.head, self.head.with_array(self.head.array > 0),
                        SimilarityTransform(np.eye(4)), quality, {"n4": 1.0}, warnings, mode or "fast")

    def brain_mask_choices(self, resources: Any) -> Sequence[tuple[str, BrainMaskMode]]:
        return (("One network", "fast"), ("Five networks (about 35 s)", "balanced"))

    def quality_picture(self, prepared: Prepared, resources: Any) -> bytes:
        return PIXEL

    def read_mask_file(self, path: Path, scan: Volume, frame_of_reference: str = "") -> MaskFile:
        return pipeline.read_mask_file(path, scan, frame_of_reference)

    def check_mask_on(self, path: Path, scan: Volume, frame_of_reference: str) -> CheckedMask:
        return pipeline.check_mask_on(path, scan, frame_of_reference)

    def structure_choices(self, prepared: Prepared, file: MaskFile) -> Sequence[tuple[str, int]]:
        return pipeline.structure_choices(prepared, file)

    def to_confirm(self, prepared: Prepared, file: MaskFile) -> str:
        return self.doubt

    def on_prepared_head(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> Volume:
        return chosen_mask(file, structures)

    def find_structures(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure],
                        confirmed: bool = False) -> LesionSet:
        assert confirmed or not self.doubt
        found = self.find_lesions(prepared, chosen_mask(file, structures))
        return replace(found, warnings=tuple(one.note for one in structures if one.note))

    def find_lesions(self, prepared: Prepared, mask: Volume, labels: frozenset[int] | None = None,
                     drawn: bool = False) -> LesionSet:
        self._work("find_lesions")
        if not mask.same_grid(prepared.head):
            raise MaskError("The mask lies on another grid than the study; choose the one that belongs to it.")
        chosen = mask.array > 0 if labels is None else np.isin(mask.array, list(labels))
        parts = sitk.GetArrayFromImage(sitk.ConnectedComponent(to_sitk(mask.with_array(chosen)))).transpose(2, 1, 0)
        atlas = mask.with_array(parts.astype(np.int16))
        lesions = tuple(self._lesion(atlas, number) for number in range(1, int(parts.max()) + 1))
        return LesionSet(lesions, atlas, atlas)

    def _lesion(self, atlas: Volume, number: int) -> Lesion:
        mask = atlas.with_array(atlas.array == number)
        centre = mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0]
        middle = atlas.to_mm((np.array(atlas.shape)[None] - 1) / 2)[0, 0]
        side = "left" if centre[0] > middle else "right"
        return Lesion(number, mask, Crop(self.head, mask), float(mask.array.sum() * mask.voxel_ml), 12.5, 11.5, 9.0,
                      0.8, 14.0, (float(centre[0]), float(centre[1]), float(centre[2])), side)

    def with_untouched(self, found: LesionSet, given: LesionSet | None) -> LesionSet:
        return pipeline.with_untouched(found, given)

    def fill_slices(self, mask: Volume, plane: str = "") -> Volume:
        return pipeline.fill_slices(mask, plane)

    def grown_lesion(self, prepared: Prepared, point_mm: Sequence[float], tolerance: float) -> Volume:
        return pipeline.grown_lesion(prepared, point_mm, tolerance)

    def follow(self, earlier: Scan, present: Scan, cancel: CancelToken | None = None) -> Followed:
        self._work("follow")
        head, same = present.prepared.head, SimilarityTransform(np.eye(4))
        quality = FollowQuality(0.9, 0.6, 0.97, 1.0, self.quality_good, "The two heads match.")
        return Followed(same, same, head, head.with_array(np.zeros(head.shape, np.float32)),
                        head.with_array(np.ones(head.shape, bool)), quality)

    courses = staticmethod(pipeline.courses)
    growth = staticmethod(pipeline.growth)
    rano_response = staticmethod(pipeline.rano_response)
    course_figure = staticmethod(pipeline.course_figure)

    def propose_lesions(self, prepared: Prepared, resources: Any) -> Proposal:
        time.sleep(self.delay)
        self._work("propose_lesions")
        places = () if self.nothing_to_propose else ((slice(15, 19), "left"), (slice(6, 9), "right"))
        return Proposal("Found by a <test>.", tuple(
            self._candidate(prepared, number, across, side) for number, (across, side) in enumerate(places, start=1)))

    def _candidate(self, prepared: Prepared, number: int, across: slice, side: str) -> Candidate:
        array = np.zeros(prepared.head.shape, bool)
        array[across, 10:14, 8:11] = True
        mask = prepared.head.with_array(array)
        centre = mask.to_mm(np.argwhere(array).mean(axis=0)[None])[0]
        return Candidate(number, mask, 1 / number, float(array.sum() * mask.voxel_ml),
                         (float(centre[0]), float(centre[1]), float(centre[2])), side, "solid", "a test")

    def outlines(self, masks: Sequence[Volume], grid: Volume) -> Volume:
        return pipeline.outlines(masks, grid)

    def with_origin(self, found: LesionSet, taken: Sequence[Candidate]) -> LesionSet:
        return pipeline.with_origin(found, taken)

    def parse_clinical(self, mapping: Mapping[str, object]) -> ClinicalData:
        age = mapping["age"]
        if isinstance(age, (int, float)) and age > 120:
            raise ClinicalError("Age must lie between 0 and 120 years; correct it or leave it unknown.")
        return ClinicalData(age=float(age) if isinstance(age, (int, float)) else None)

    def analyse(self, prepared: Prepared, lesion_set: LesionSet, clinical: ClinicalData, resources: Any,
                pseudonym: str, progress: ProgressCallback, cancel: CancelToken) -> Reading:
        progress("Networks", 0.1)
        time.sleep(self.delay)
        cancel.check()
        self._work("analyse")
        answers = tuple(LesionReading(
            lesion, Prediction(0.734, (0.6, 0.7, 0.8, 0.75, 0.82), (0.5,) * 5),
            (Contribution("age", "Age", "clinical", clinical.age, 0.4),), 0.1,
            prepared.head.with_array(lesion.mask.array.astype(np.float32))) for lesion in lesion_set.lesions)
        return Reading(prepared, lesion_set, answers, clinical, resources.bundle.card, pseudonym,
                       "2026-01-01T12:00:00", {"analyse": 1.0}, software={"rnapp": "0", "Python": "3"})

    def statement(self, prediction: Prediction) -> str:
        return "Radiation necrosis is more likely than progression."

    def lesion_picture(self, reading: Reading, index: int) -> bytes:
        return PIXEL

    def attention_picture(self, reading: Reading, index: int) -> bytes:
        return PIXEL

    def waterfall(self, reading: Reading, index: int) -> go.Figure:
        return go.Figure(go.Bar(x=[0.4, -0.2], y=["Age", "Shape"], orientation="h"))

    def scene(self, reading: Reading, index: int) -> go.Figure:
        return go.Figure(go.Scatter3d(x=[0, 1], y=[0, 2], z=[0, 3]))

    def report_pdf(self, reading: Reading, resources: Any, courses: Sequence[Course] = (),
                   treatments: Sequence[Treatment] = ()) -> bytes:
        self._work("report_pdf")
        return f"%PDF-1.4 fake of {len(courses)} courses".encode()

    def nifti_bytes(self, volume: Volume) -> bytes:
        return gzip.compress(_nifti(volume), 1)

    def read_nifti_bytes(self, data: bytes) -> Volume:
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        if plain[:4] != b"\x5c\x01\x00\x00":
            raise MaskError("Expected a NIfTI file, but something else came; save the drawing again.")
        return _read_nifti(plain)

    def write_results(self, reading: Reading, out: Path) -> None:
        (out / "result.json").write_text(json.dumps({"schema_version": "1", "lesions": len(reading.lesions)}))

    def example_study(self, resources: Any, out: Path) -> None:
        self._work("example_study")
        (out / "study").mkdir(parents=True)
        (out / "study" / "1.dcm").write_bytes(b"x")
        array = np.zeros(self.head.shape, np.uint8)
        array[15:19, 10:14, 8:12] = 1
        sitk.WriteImage(to_sitk(self.head.with_array(array)), str(out / "lesion_mask.nii.gz"))
        (out / "clinical.json").write_text(json.dumps({"age": 61, "sex": "female", "wbrt_before": False}))


def _nifti(volume: Volume) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.nii"
        sitk.WriteImage(to_sitk(volume), str(path))
        return path.read_bytes()


def _read_nifti(plain: bytes) -> Volume:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.nii"
        path.write_bytes(plain)
        return from_sitk(sitk.ReadImage(str(path)))
