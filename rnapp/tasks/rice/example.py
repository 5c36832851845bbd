"""The example study: a synthetic patient after radiotherapy of a glioblastoma, as scanners and a planning system would
send it. Four frames of reference but for the dose's, which is the planning CT's."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.spatial.transform import Rotation

from rnapp.files import write_files
from rnapp.geometry import resample
from rnapp.io.volumes import nifti_bytes
from rnapp.phantom.anatomy import head_template
from rnapp.phantom.dicom_write import Acquired, write_dicom_series
from rnapp.phantom.glioblastoma import (
    BRAIN_MIDDLE,
    FRACTIONS,
    PRESCRIBED_GY,
    STANDARD,
    GlioblastomaParameters,
    sample_parameters,
)
from rnapp.phantom.glioblastoma_render import Rendered, render
from rnapp.phantom.planning_ct import planning_ct
from rnapp.phantom.rt_write import Therapy, write_radiotherapy
from rnapp.types import SRI24, Atlas, FloatArray, SimilarityTransform, Volume

SEED = 18
GRID_MM = 1.4
MARGIN_MM = 12.0  # of air around SRI24's box: heads differ in size
WHITE_MATTER_SIGNAL = 850.0
LEAST_ASIDE_MM = 15.0  # from the midline to the middle of lesion and target
PLANNED = date(2019, 6, 3)
TREATED = timedelta(days=42)
DAYS_PER_MONTH = 30.4375
AFTER_SURGERY = "SAG T1 POST GD, AFTER SURGERY (synthetic example)"
EVENT = "AX T1 POST GD (synthetic example)"
PLANNING = "PLANNING CT HEAD (synthetic example)"


@dataclass(frozen=True)
class Machine:
    """How a scanner sees the patient. seed: of its study and frame of reference; number: of the series; turned, moved:
    the patient in the scanner's millimetres, degrees about x, y and z, and mm; tilted: its slices, the same degrees;
    axes: LPS direction of columns, rows and slices before that; shape, spacing: of its grid."""

    description: str
    seed: int
    number: int
    turned: tuple[float, float, float]
    moved: tuple[float, float, float]
    tilted: tuple[float, float, float]
    axes: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]

    def pose(self, middle: FloatArray) -> SimilarityTransform:
        """Rendered LPS mm → the scanner's, rigid. middle: of the head as rendered."""
        matrix = np.eye(4)
        matrix[:3, :3] = _rotation(self.turned)
        matrix[:3, 3] = np.array(self.moved) - matrix[:3, :3] @ middle
        return SimilarityTransform(matrix)

    @property
    def grid(self) -> Volume:
        """Its voxels, with the head's middle in their middle."""
        affine = np.eye(4)
        affine[:3, :3] = _rotation(self.tilted) @ np.array(self.axes, float).T * self.spacing
        affine[:3, 3] = np.array(self.moved) - affine[:3, :3] @ ((np.array(self.shape) - 1) / 2)
        return Volume(np.broadcast_to(np.uint8(0), self.shape), affine)


AXIAL, SAGITTAL = ((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 1, 0), (0, 0, -1), (-1, 0, 0))
EVENT_SCAN = Machine(EVENT, 181, 5, (4.0, -3.0, 6.0), (-12.0, 24.0, 31.0), (11.0, -4.0, 6.0), AXIAL, (196, 216, 92),
                      (1.1, 1.1, 1.8))
POST_OP_SCAN = Machine(AFTER_SURGERY, 182, 7, (-5.0, 2.0, -7.0), (8.0, -41.0, 12.0), (2.0, 3.0, -5.0), SAGITTAL,
                        (190, 146, 118), (1.25, 1.25, 1.5))
# The planning system's slices are straight; the head in the mask is not.
PLANNING_SCAN = Machine(PLANNING, 183, 1, (8.0, 1.0, 3.0), (2.0, -160.0, -420.0), (0.0, 0.0, 0.0), AXIAL,
                         (168, 192, 74), (1.4, 1.4, 2.5))
DOSE_GRID = replace(PLANNING_SCAN, shape=(88, 100, 72), spacing=(2.5, 2.5, 2.5))


@dataclass(frozen=True, eq=False)
class ExamplePatient:
    """Who the example is. rendered: on one grid, in LPS mm near SRI24's."""

    parameters: GlioblastomaParameters
    rendered: Rendered
    ct: Volume


def example_patient(atlas: Atlas) -> ExamplePatient:
    """With RICE: the first that is drawn with target and lesion on the left, so that a mirrored result would show."""
    rng = np.random.default_rng(SEED)
    parameters = next(_on_the_left(rng))
    low = atlas.head.corners_mm.min(axis=0) - MARGIN_MM
    size = np.ptp(atlas.head.corners_mm, axis=0) + 2 * MARGIN_MM
    affine = np.diag([GRID_MM] * 3 + [1.0])
    affine[:3, 3] = low
    i, j, k = (int(side) for side in np.ceil(size / GRID_MM))
    grid = Volume(np.broadcast_to(np.uint8(0), (i, j, k)), affine, SRI24)
    rendered = render(parameters, head_template(atlas, grid), rng)
    return ExamplePatient(parameters, rendered, planning_ct(rendered, rng))


def _on_the_left(rng: np.random.Generator) -> Iterator[GlioblastomaParameters]:
    while True:
        one = sample_parameters(STANDARD, "rice", rng)
        if min(one.lesion_centre[0], one.target_centre[0]) > BRAIN_MIDDLE[0] + LEAST_ASIDE_MM and one.lesion_depth > 0:
            yield one


def write_example(atlas: Atlas, out: Path) -> None:
    """study/ (event and post-operative T1CE, planning CT, structure set, plan and dose), lesion_mask.nii.gz (on the
    event scan's grid) and clinical.json under out: all, or none. Raises OSError."""
    write_patient(example_patient(atlas), out)


def write_patient(patient: ExamplePatient, out: Path) -> None:
    """The files of write_example. Raises OSError."""
    with TemporaryDirectory(prefix="rnapp-") as folder:
        _write_study(patient, Path(folder))
        study = {f"study/{path.relative_to(folder).as_posix()}": path.read_bytes()
                 for path in sorted(Path(folder).rglob("*.dcm"))}
    lesion = scanned(patient.rendered.lesion, EVENT_SCAN)
    write_files(out, {"clinical.json": f"{json.dumps(clinical(patient.parameters), indent=2)}\n".encode(),
                      "lesion_mask.nii.gz": nifti_bytes(lesion.with_array(lesion.array >= 0.5)), **study})


def clinical(parameters: GlioblastomaParameters) -> dict[str, object]:
    """The form of the example."""
    return {"age": 57, "sex": "male", "months_since_radiotherapy": round(parameters.months),
            "technique": parameters.technique}


def event_day(parameters: GlioblastomaParameters) -> date:
    """So long after the end of radiotherapy as the form says."""
    return PLANNED + TREATED + timedelta(days=round(round(parameters.months) * DAYS_PER_MONTH))


def _write_study(patient: ExamplePatient, folder: Path) -> None:
    rendered = patient.rendered
    for name, volume, machine, day in (
            ("event", rendered.event, EVENT_SCAN, event_day(patient.parameters)),
            ("post_op", rendered.post_op, POST_OP_SCAN, PLANNED - timedelta(days=12))):
        scan = scanned(volume, machine)
        signal = np.clip(np.rint(scan.array * WHITE_MATTER_SIGNAL), 0, None)
        _write_scan(scan.with_array(signal), folder / name, machine, Acquired("MR", _said(day), machine.number))
    outside = float(patient.ct.array.min())
    ct = scanned(patient.ct.with_array(patient.ct.array - outside), PLANNING_SCAN)
    _write_scan(ct.with_array(ct.array + outside), folder / "planning", PLANNING_SCAN,
                Acquired("CT", _said(PLANNED), PLANNING_SCAN.number))
    therapy = Therapy(PLANNING_SCAN.seed, _said(PLANNED), "PTV", PRESCRIBED_GY, FRACTIONS,
                      patient.parameters.technique)
    structures = {"PTV": rendered.target, "Brain": rendered.brain}
    write_radiotherapy(therapy, {name: scanned(share, PLANNING_SCAN) for name, share in structures.items()},
                       scanned(rendered.dose, DOSE_GRID), folder / "radiotherapy")


def _write_scan(scan: Volume, folder: Path, machine: Machine, acquired: Acquired) -> None:
    write_dicom_series(scan, folder, machine.description, machine.seed, acquired)


def scanned(volume: Volume, machine: Machine) -> Volume:
    """A rendered volume as the scanner sees it, float32, linear, 0 where nothing was rendered."""
    return resample(volume, machine.grid, machine.pose(rendered_middle(volume)))


def rendered_middle(volume: Volume) -> FloatArray:
    """LPS mm, shape (3,)."""
    return np.asarray(volume.to_mm((np.array([volume.shape]) - 1) / 2)[0])


def _rotation(degrees: tuple[float, float, float]) -> FloatArray:
    return np.asarray(Rotation.from_euler("xyz", degrees, degrees=True).as_matrix())


def _said(day: date) -> str:
    return day.strftime("%Y%m%d")
