"""The values that flow between the rooms: frozen, checked at construction, without I/O.

World coordinates are LPS millimetres everywhere (the convention of DICOM and ITK: +x to the patient's
left, +y to posterior, +z to superior). Arrays are indexed (i, j, k), the order of the affine's columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rnapp.errors import Cancelled, GeometryError

Array = NDArray[Any]
FloatArray = NDArray[np.floating[Any]]

# Direction cosines read from DICOM carry about six digits; anything worse than this is a shear.
ORTHOGONALITY_TOLERANCE = 1e-3
# Two grids are the same when no corner differs by more (float32 headers differ by about 1e-4 mm).
SAME_GRID_TOLERANCE_MM = 1e-2
# Adult brains differ from the atlas brain by up to about 1.25 in length; more is a failed registration.
LARGEST_SCALE = 1.35


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels and where they are.

    array: shape (I, J, K), any numeric or bool dtype.
    affine: 4×4, maps voxel indices (i, j, k, 1) to LPS millimetres.
    Raises GeometryError where the affine is not a regular grid (sheared, flat, not finite).
    """

    array: Array
    affine: FloatArray

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if self.array.ndim != 3 or 0 in self.array.shape:
            raise GeometryError(f"Expected a three-dimensional volume, but got the shape {self.array.shape}.")
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or not np.allclose(affine[3], (0, 0, 0, 1)):
            raise GeometryError("The position of the volume (its affine) is damaged; export the series again.")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if spacing.min() <= 0:
            raise GeometryError("The volume has a voxel size of zero; export the series again.")
        cosines = affine[:3, :3] / spacing
        if not np.allclose(cosines.T @ cosines, np.eye(3), atol=ORTHOGONALITY_TOLERANCE):
            raise GeometryError("The slices are sheared (gantry tilt?); a T1CE MRI with upright slices is needed.")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (i, j, k)."""
        i, j, k = self.array.shape
        return i, j, k

    @property
    def spacing(self) -> FloatArray:
        """Voxel size along (i, j, k), mm."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, ml."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    def with_array(self, array: Array) -> "Volume":
        """The same grid with other voxels. Raises GeometryError where the shape differs."""
        if array.shape != self.array.shape:
            raise GeometryError(f"Voxels of shape {array.shape} do not fit a grid of shape {self.array.shape}.")
        return Volume(array, self.affine)

    def to_mm(self, voxels: FloatArray) -> FloatArray:
        """LPS positions in mm, shape (N, 3), of voxel indices, shape (N, 3)."""
        return np.asarray(voxels @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_voxels(self, points: FloatArray) -> FloatArray:
        """Continuous voxel indices, shape (N, 3), of LPS positions in mm, shape (N, 3)."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(points @ inverse[:3, :3].T + inverse[:3, 3])

    def same_grid(self, other: "Volume") -> bool:
        """Whether both have the same shape and every corner within SAME_GRID_TOLERANCE_MM."""
        if self.shape != other.shape:
            return False
        corners = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * (np.array(self.shape) - 1)
        return bool(np.abs(self.to_mm(corners) - other.to_mm(corners)).max() <= SAME_GRID_TOLERANCE_MM)


@dataclass(frozen=True, eq=False)
class SimilarityTransform:
    """Rotation, translation and one uniform scale, LPS mm to LPS mm: shapes and sides stay as they are.

    matrix: 4×4. Raises GeometryError if it shears, mirrors, or scales beyond what separates adult heads.
    """

    matrix: FloatArray

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        determinant = float(np.linalg.det(matrix[:3, :3]))
        scale = np.cbrt(max(determinant, 0.0))
        rotation = matrix[:3, :3] / scale if scale > 0 else matrix[:3, :3]
        plausible = 1 / LARGEST_SCALE <= scale <= LARGEST_SCALE
        if not plausible or not np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-5):
            raise GeometryError("The registration would stretch or mirror the head; reject it and try another series.")
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @property
    def scale(self) -> float:
        """Length after the transform per length before it."""
        return float(np.cbrt(np.linalg.det(self.matrix[:3, :3])))

    def inverse(self) -> "SimilarityTransform":
        """The way back."""
        return SimilarityTransform(np.linalg.inv(self.matrix))

    def after(self, first: "SimilarityTransform") -> "SimilarityTransform":
        """First the other, then this one."""
        return SimilarityTransform(self.matrix @ first.matrix)

    def apply(self, points: FloatArray) -> FloatArray:
        """Moved points, shape (N, 3), mm."""
        return np.asarray(points @ self.matrix[:3, :3].T + self.matrix[:3, 3])


class ProgressCallback(Protocol):
    """Told how far the work is."""

    def __call__(self, stage: str, fraction: float) -> None:
        """stage: what is being done, in words; fraction: of the whole work, 0 to 1."""


def no_progress(stage: str, fraction: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class CancelToken:
    """Set by whoever wants the work to stop; long steps call check()."""

    event: Event = field(default_factory=Event)

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        self.event.set()

    def check(self) -> None:
        """Raise Cancelled if cancel() was called."""
        if self.event.is_set():
            raise Cancelled("Cancelled; nothing was changed.")


SequenceKind = Literal["T1CE", "T1", "T2", "FLAIR", "other", "unknown"]


@dataclass(frozen=True)
class Series:
    """One series of a study: what it is and which files hold it; the voxels are read later.

    shape and spacing (mm) are in the stored order; contrast: agent recorded (None: the header is silent);
    unusable: the sentence why it cannot be analysed, else None.
    """

    uid: str
    description: str
    modality: str
    kind: SequenceKind
    files: tuple[Path, ...]
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    contrast: bool | None = None
    date: str = ""
    frame_of_reference: str = ""
    warnings: tuple[str, ...] = ()
    unusable: str | None = None


@dataclass(frozen=True)
class Study:
    """All series found in what the user gave. proposed: uid of the series to analyse, None if none is usable."""

    pseudonym: str
    series: tuple[Series, ...]
    proposed: str | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Atlas:
    """SRI24 (Rohlfing et al. 2010), 240×240×155 at 1 mm, LPS. head: T1 with skull; brain: T1, 0 outside the brain."""

    head: Volume
    brain: Volume

    @property
    def brain_mask(self) -> Volume:
        """The atlas brain, bool."""
        return self.brain.with_array(self.brain.array > 0)


@dataclass(frozen=True)
class RegistrationQuality:
    """How far the preparation can be trusted.

    dice: brain mask against the atlas brain after registration; correlation: of the intensities inside the
    atlas brain (NCC, -1 to 1); good: both pass their thresholds; sentence: what to look for.
    """

    dice: float
    correlation: float
    good: bool
    sentence: str


@dataclass(frozen=True, eq=False)
class Prepared:
    """A T1CE study on the SRI24 grid (240×240×155, 1 mm, LPS).

    native: the T1CE as read, on its own grid. head: bias-corrected T1CE with the skull, SRI24 grid, float32.
    t1ce: z-scored inside the brain, 0 outside, SRI24 grid, float32. brain_mask: bool, SRI24 grid.
    to_atlas: native LPS mm → SRI24 LPS mm (with its scale). timings_s: seconds per stage.
    """

    native: Volume
    head: Volume
    t1ce: Volume
    brain_mask: Volume
    to_atlas: SimilarityTransform
    quality: RegistrationQuality
    timings_s: Mapping[str, float]
    warnings: tuple[str, ...] = ()

    @property
    def brain_volume_ml(self) -> float:
        """Volume of the brain mask in the patient's own size (not the atlas'), ml."""
        return float(self.brain_mask.array.sum() * self.brain_mask.voxel_ml / self.to_atlas.scale**3)


@dataclass(frozen=True, eq=False)
class Crop:
    """The ViT's input: t1ce (float32, z-scored) and mask (bool), both 64×64×64 at 1 mm, axes (i, j, k) in LPS."""

    t1ce: Volume
    mask: Volume


@dataclass(frozen=True, eq=False)
class Lesion:
    """One connected lesion, measured where it was drawn.

    mask: bool, SRI24 grid; centre_mm: centre of mass, SRI24 LPS mm; side: of the patient, from centre_mm.
    """

    number: int
    mask: Volume
    crop: Crop
    volume_ml: float
    longest_diameter_mm: float
    centre_mm: tuple[float, float, float]
    side: Literal["left", "right", "midline"]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LesionSet:
    """All lesions of a mask. atlas and native: int16 labels (0 background, n = lesion number) on both grids."""

    lesions: tuple[Lesion, ...]
    atlas: Volume
    native: Volume
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClinicalData:
    """The clinical form; None is unknown. age: years; months_since_radiosurgery: months, radiosurgery to this scan."""

    age: float | None = None
    sex: str | None = None
    primary_tumour: str | None = None
    systemic_treatment: str | None = None
    months_since_radiosurgery: float | None = None
    wbrt_before: bool | None = None


@dataclass(frozen=True)
class ModelCard:
    """What a weight bundle is. metrics: name → value with its cohort in the name; sha256: of the card file."""

    name: str
    version: str
    demonstration: bool
    sha256: str
    licence: str
    source: str
    trained_on: str
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Prediction:
    """probability_rn: of radiation necrosis, 0 to 1 (1 − it: progression).

    folds: the same from each fold's own ViT and stacker; imaging_folds: from each fold's ViT alone.
    """

    probability_rn: float
    folds: tuple[float, ...]
    imaging_folds: tuple[float, ...]


@dataclass(frozen=True)
class Contribution:
    """What one feature did to the answer.

    effect: log-odds towards radiation necrosis (negative: towards progression); the effects of a lesion add up
    to its log-odds minus the model's baseline log-odds. value: as given, None if unknown.
    """

    feature: str
    label: str
    group: Literal["imaging", "radiomics", "clinical"]
    value: float | str | None
    effect: float


@dataclass(frozen=True, eq=False)
class LesionReading:
    """The answer for one lesion. attention: float32 in 0..1 on the lesion's 64³ crop grid (with its affine)."""

    lesion: Lesion
    prediction: Prediction
    contributions: tuple[Contribution, ...]
    baseline_log_odds: float
    attention: Volume


@dataclass(frozen=True, eq=False)
class Reading:
    """A whole analysed study, ready to be shown, written and reported. created: ISO 8601, local time."""

    prepared: Prepared
    lesion_set: LesionSet
    lesions: tuple[LesionReading, ...]
    clinical: ClinicalData
    model: ModelCard
    pseudonym: str
    created: str
    timings_s: Mapping[str, float]
    warnings: tuple[str, ...] = ()


