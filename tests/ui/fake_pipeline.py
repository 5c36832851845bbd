"""A hand-written stand-in for rnapp.pipeline: the same functions, answers at once, on a small asymmetric head."""

import gzip
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import SimpleITK as sitk

from rnapp import pipeline
from rnapp.errors import ClinicalError, MaskError, StudyError
from rnapp.geometry import to_sitk
from rnapp.io.masks import chosen_mask
from rnapp.io.patients import study_of, with_proposals
from rnapp.io.suitability import SCAN
from rnapp.pipeline import CheckedMask
from rnapp.types import (
    STUDY,
    Acquisition,
    BrainMaskMode,
    CancelToken,
    Candidate,
    CaseResult,
    Caution,
    Channel,
    Clinical,
    Confirmed,
    Course,
    Followed,
    LeftOut,
    LesionSet,
    LoadedSeries,
    MaskFile,
    MatchQuality,
    Prepared,
    ProgressCallback,
    Proposal,
    Question,
    Reading,
    RegistrationQuality,
    Role,
    Scan,
    Series,
    SimilarityTransform,
    Structure,
    Study,
    Treatment,
    Volume,
    note,
)
from tests.ui import fake_figures
from tests.ui.fake_dose import DOSE_FILE, PIXEL, FakeDose, offered
from tests.ui.fake_values import answer, candidate, judged, lesion, nifti, read_nifti, with_maps

PATIENTS = ("A-1", "B-2")
FRAME = "1.2.826.0.1.3680043.8.498.1"
TODAY = "2026-05-04"  # of the current scan; a study of another day has other images


def head(shape: tuple[int, int, int] = (24, 30, 20)) -> Volume:
    """A bright box off centre in an LPS grid."""
    array = np.zeros(shape, np.float32)
    array[4:-3, 5:-4, 3:-2] = np.linspace(50, 100, shape[0] - 7, dtype=np.float32)[:, None, None]
    affine = np.eye(4)
    affine[:3, 3] = (-shape[0] / 2, -shape[1] / 2, -shape[2] / 2)
    return Volume(array, affine)


@dataclass
class FakePipeline(FakeDose):
    """quality_good: whether the registration passes; delay: seconds per stage; broken: a function that fails hard;
    nothing_to_propose: the proposer has no candidates; day: of the next study that is opened;
    doubt: why a person must look at every mask file first; second: a second usable series is in every study;
    asks: code of a caution that withholds every answer until the reader confirms it."""

    quality_good: bool = True
    broken: str = ""
    day: str = TODAY
    nothing_to_propose: bool = False
    doubt: str = ""
    second: bool = False
    asks: str = ""
    head: Volume = field(default_factory=head)

    def _work(self, name: str) -> None:
        if self.broken == name:
            raise ZeroDivisionError("secret path /home/doctor/Miller^Jane")

    def warm_up(self, resources: Any) -> None:
        self._work("warm_up")

    def open_study(self, paths: Sequence[Path], workspace: Path, task: Any, progress: ProgressCallback,
                   cancel: CancelToken) -> Study:
        for _ in range(20 if paths and paths[0].name == "slow" else 1):
            progress("Reading the headers", 0.5)
            time.sleep(self.delay)
            cancel.check()
        self._work("open_study")
        if not paths or not all(path.exists() for path in paths):
            raise StudyError("Expected a study, but nothing readable was found; choose a folder with DICOM files.")
        # A folder may be named after the day of its scan.
        scanned = paths[0].name if re.fullmatch(r"\d{4}-\d\d-\d\d", paths[0].name) else self.day
        day = "" if scanned == TODAY else f".{scanned.replace('-', '') or 0}"
        good = Series(f"1.2{day}", "t1 <b>mprage</b> post", "MR", "T1CE", tuple(paths), (24, 30, 20), (1.0, 1.0, 1.0),
                      True, scanned, frame_of_reference=FRAME, acquisition=Acquisition(contrast_agent="gadobutrol"))
        bad = Series("1.3", "localiser", "MR", "other", tuple(paths), (24, 30, 3), (1.0, 1.0, 9.0),
                     unusable="Only 3 slices; a whole head is needed.")
        if paths[0].name in ("one-patient", "two-patients"):
            names = PATIENTS if paths[0].name == "two-patients" else PATIENTS[:1]
            study = study_of([replace(good, uid=f"1.{number}", patient=name) for number, name in enumerate(names)])
            return with_proposals(study, task.propose(study.series)) if study.series else study
        left = (LeftOut(3, "Spreadsheets <i>of 2019</i>."), LeftOut(2, "DICOM files that are empty.", serious=True))
        has_dose = (paths[0] / DOSE_FILE).is_file()
        second = (replace(good, uid="1.4", description="second"),) if self.second or has_dose else ()
        series = (good, bad, *second, *(offered() if has_dose else ()))
        return Study("case-1", series, task.propose(series), (note("made_up", "Made up by a test."),), left)

    def load_series(self, study: Study, uid: str, cancel: CancelToken | None = None,
                    role: Role = SCAN) -> LoadedSeries:
        found = study.find(uid)
        assert found is not None
        return LoadedSeries(found, self.head if found.date == TODAY else self.head.with_array(self.head.array + 1))

    def prepare(self, inputs: Mapping[str, LoadedSeries], resources: Any, progress: ProgressCallback,
                cancel: CancelToken, cautions: tuple[Caution, ...] = (),
                mode: BrainMaskMode | None = None) -> Prepared:
        for number, stage in enumerate(("Bias field", "Registration", "Brain mask", "Normalisation")):
            progress(stage, number / 4)
            time.sleep(self.delay)
            cancel.check()
        self._work("prepare")
        quality = RegistrationQuality(0.95, 0.8, self.quality_good, "Look at the outline.")
        channels = {role: Channel(one.series.source, one.volume, None, SimilarityTransform(np.eye(4)), self.head,
                                  self.head) for role, one in inputs.items()}
        return Prepared(channels, self.head.with_array(self.head.array > 0), quality, {"n4": 1.0}, cautions,
                        mode or "fast")

    def brain_mask_choices(self, resources: Any) -> Sequence[tuple[str, BrainMaskMode]]:
        return (("One network", "fast"), ("Five networks (about 35 s)", "balanced"))

    def quality_picture(self, prepared: Prepared, resources: Any) -> bytes:
        return PIXEL

    def read_mask_file(self, path: Path, scan: Volume, frame_of_reference: str = "", patient: str = "",
                       day: str = "") -> MaskFile:
        return pipeline.read_mask_file(path, scan, frame_of_reference, patient, day)

    def check_mask_on(self, path: Path, scan: Volume, frame_of_reference: str, patient: str = "",
                      day: str = "") -> CheckedMask:
        return pipeline.check_mask_on(path, scan, frame_of_reference, patient, day)

    def structure_choices(self, prepared: Prepared, file: MaskFile) -> Sequence[tuple[str, int]]:
        return pipeline.structure_choices(prepared, file)

    def to_confirm(self, prepared: Prepared, file: MaskFile) -> str:
        return self.doubt

    def on_prepared_head(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> Volume:
        return chosen_mask(file, structures)

    def find_structures(self, prepared: Prepared, file: MaskFile, structures: Sequence[Structure], task: Any,
                        confirmed: bool = False) -> LesionSet:
        assert confirmed or not self.doubt
        found = self.find_lesions(prepared, chosen_mask(file, structures), task)
        return replace(found, cautions=tuple(note("structure_note", one.note) for one in structures if one.note))

    def no_lesions(self, prepared: Prepared) -> LesionSet:
        labels = prepared.head.with_array(np.zeros(prepared.head.shape, np.int16))
        return LesionSet((), labels, labels)

    def find_lesions(self, prepared: Prepared, mask: Volume, task: Any, labels: frozenset[int] | None = None,
                     drawn: bool = False) -> LesionSet:
        self._work("find_lesions")
        if not mask.same_grid(prepared.head):
            raise MaskError("The mask lies on another grid than the study; choose the one that belongs to it.")
        chosen = mask.array > 0 if labels is None else np.isin(mask.array, list(labels))
        parts = sitk.GetArrayFromImage(sitk.ConnectedComponent(to_sitk(mask.with_array(chosen)))).transpose(2, 1, 0)
        atlas = mask.with_array(parts.astype(np.int16))
        lesions = tuple(lesion(atlas, number) for number in range(1, int(parts.max()) + 1))
        return LesionSet(lesions, atlas, atlas)

    def with_untouched(self, found: LesionSet, given: LesionSet | None) -> LesionSet:
        return pipeline.with_untouched(found, given)

    def fill_slices(self, mask: Volume, plane: str = "") -> Volume:
        return pipeline.fill_slices(mask, plane)

    def grown_lesion(self, prepared: Prepared, point_mm: Sequence[float], tolerance: float) -> Volume:
        return pipeline.grown_lesion(prepared, point_mm, tolerance)

    def follow(self, earlier: Scan, present: Scan, cancel: CancelToken | None = None) -> Followed:
        self._work("follow")
        head, same = present.prepared.head, SimilarityTransform(np.eye(4))
        quality = MatchQuality(0.9, 0.6, 0.97, 1.0, self.quality_good, "The two heads match.")
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
            candidate(prepared, number, across, side) for number, (across, side) in enumerate(places, start=1)))

    def outlines(self, masks: Sequence[Volume], grid: Volume) -> Volume:
        return pipeline.outlines(masks, grid)

    def with_origin(self, found: LesionSet, taken: Sequence[Candidate]) -> LesionSet:
        return pipeline.with_origin(found, taken)

    def parse_clinical(self, question: Question, mapping: Mapping[str, object]) -> Clinical:
        age = mapping.get("age")
        if isinstance(age, (int, float)) and age > 120:
            raise ClinicalError("Age must lie between 0 and 120 years; correct it or leave it unknown.")
        return {**question.unknown, "age": float(age) if isinstance(age, (int, float)) else None}

    def analyse(self, prepared: Prepared, lesions: LesionSet, clinical: Clinical, resources: Any,
                progress: ProgressCallback, cancel: CancelToken, *, confirmed: Sequence[Confirmed] = (),
                prior: float | None = None) -> Reading:
        progress("Networks", 0.1)
        time.sleep(self.delay)
        cancel.check()
        self._work("analyse")
        question = resources.task.question
        numbers = (STUDY,) if question.unit == "study" else tuple(one.number for one in lesions.lesions)
        answers = tuple(judged(answer(number, prepared, lesions, clinical), self.asks, confirmed, prior)
                        for number in numbers)
        return Reading(question.id, answers, clinical, resources.model.card, "2026-01-01T12:00:00", {"analyse": 1.0},
                       {"rnapp": "0", "Python": "3"}, self.dose_figures(prepared, lesions, clinical), tuple(confirmed))

    def explain(self, prepared: Prepared, lesions: LesionSet, reading: Reading, resources: Any,
                progress: ProgressCallback, cancel: CancelToken) -> Reading:
        for number in range(4):
            progress("Hiding cube after cube", number / 4)
            time.sleep(self.delay)
            cancel.check()
        self._work("explain")
        return replace(reading, answers=tuple(with_maps(one, prepared) for one in reading.answers))

    def occlusion_picture(self, result: CaseResult, index: int, hidden: str = "all") -> bytes | None:
        return PIXEL if hidden in result.reading.answers[index].occlusion else None

    def lesion_picture(self, result: CaseResult, index: int) -> bytes | None:
        return None if result.reading.answers[index].lesion == STUDY else PIXEL

    def attention_picture(self, result: CaseResult, index: int) -> bytes | None:
        return None if result.reading.answers[index].attention is None else PIXEL

    def waterfall(self, result: CaseResult, index: int) -> go.Figure:
        return fake_figures.waterfall(result.question)

    def scene(self, result: CaseResult, index: int) -> go.Figure:
        return fake_figures.scene()

    def report_pdf(self, result: CaseResult, resources: Any, courses: Sequence[Course] = (),
                   treatments: Sequence[Treatment] = ()) -> bytes:
        self._work("report_pdf")
        return f"%PDF-1.4 fake of {len(courses)} courses".encode()

    def nifti_bytes(self, volume: Volume) -> bytes:
        return gzip.compress(nifti(volume), 1)

    def read_nifti_bytes(self, data: bytes) -> Volume:
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        if plain[:4] != b"\x5c\x01\x00\x00":
            raise MaskError("Expected a NIfTI file, but something else came; save the drawing again.")
        return read_nifti(plain)

    def write_results(self, result: CaseResult, out: Path) -> None:
        said = {"schema_version": "1", "lesions": len(result.reading.answers), "pseudonym": result.pseudonym}
        (out / "result.json").write_text(json.dumps(said))

    def example_study(self, resources: Any, out: Path) -> None:
        self._work("example_study")
        (out / "study").mkdir(parents=True)
        (out / "study" / "1.dcm").write_bytes(b"x")
        if resources is not None and resources.task.question.unit == "study":
            (out / "study" / DOSE_FILE).touch()
        array = np.zeros(self.head.shape, np.uint8)
        array[15:19, 10:14, 8:12] = 1
        sitk.WriteImage(to_sitk(self.head.with_array(array)), str(out / "lesion_mask.nii.gz"))
        (out / "clinical.json").write_text(json.dumps({"age": 61, "sex": "female", "wbrt_before": False}))
