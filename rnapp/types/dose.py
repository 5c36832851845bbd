"""Radiotherapy dose: what was planned, where it lies on the scan, and what lesions and brain received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from rnapp.errors import GeometryError
from rnapp.types.caution import Caution
from rnapp.types.match import MatchQuality
from rnapp.types.volume import SimilarityTransform, Volume

RtKind = Literal["dose", "plan", "structures", "registration"]
Technique = Literal["photon", "proton", "other", "unknown"]
# How the way from the dose to the scan is known: both name one frame of reference; a spatial registration file links
# their frames; a scan of the planning frame was registered to the scan; or a person says that a file lies on the scan.
Via = Literal["same_frame", "registration_file", "planning_scan", "as_given"]
RIGID_TOLERANCE = 1e-3
# Code of the caution by which a dose is used without a person who looked, as the command line does.
NOT_CONFIRMED = "dose_not_confirmed"


@dataclass(frozen=True)
class RtObject:
    """A radiotherapy file of a study, besides its doses that can be chosen (those are Series of the kind "dose").

    uid: SOPInstanceUID; frame_of_reference: of its coordinates, "" where it names none; refers_to: SOPInstanceUIDs of
    the plans, doses and structure sets that it names; unusable: the sentence why it cannot be used, else None.
    """

    kind: RtKind
    uid: str
    file: Path
    description: str = ""
    date: str = ""
    patient: str = field(default="", repr=False)
    frame_of_reference: str = ""
    refers_to: tuple[str, ...] = ()
    unusable: str | None = None


@dataclass(frozen=True)
class FrameLink:
    """What a rigid spatial registration file says. to_target: LPS mm of the frame of reference source → LPS mm of the
    frame of reference target; uid: SOPInstanceUID of the file."""

    source: str
    target: str
    to_target: SimilarityTransform
    uid: str = ""


@dataclass(frozen=True)
class Prescription:
    """What was prescribed to a target. target: its name in the plan, "" where it has none; dose_gy: in all fractions;
    fractions, technique: of the plan; None is unknown; typed: a person gave it, no plan."""

    target: str = ""
    dose_gy: float | None = None
    fractions: int | None = None
    technique: Technique = "unknown"
    typed: bool = False


@dataclass(frozen=True, eq=False)
class Dose:
    """Physical dose on its own grid. volume: Gy, float32, NaN where no dose grid reaches, LPS mm of the plan's frame of
    reference; prescriptions: of the plans in it; sources: SOPInstanceUIDs, or names of files without one; date: when it
    was planned, "" if unknown."""

    volume: Volume
    prescriptions: tuple[Prescription, ...] = ()
    sources: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    date: str = ""

    @property
    def prescribed_gy(self) -> float | None:
        """The highest prescription, None where none is known."""
        return max((one.dose_gy for one in self.prescriptions if one.dose_gy is not None), default=None)

    @property
    def fractions(self) -> int | None:
        """Of the highest prescription, None where unknown."""
        return next((one.fractions for one in self.prescriptions
                     if one.dose_gy is not None and one.dose_gy == self.prescribed_gy), None)


@dataclass(frozen=True, eq=False)
class DosePath:
    """The way from the dose to the scan that is drawn on.

    steps: in words, from the dose's frame to the scan; to_scan: rigid, dose LPS mm → the reference scan's own LPS mm
    (the atlas' scale never touches it); match: of the registration of a planning scan, None where none was needed.
    Raises GeometryError for a transform with a scale.
    """

    via: Via
    steps: tuple[str, ...]
    to_scan: SimilarityTransform
    match: MatchQuality | None = None

    def __post_init__(self) -> None:
        if abs(self.to_scan.scale - 1) > RIGID_TOLERANCE:
            raise GeometryError(f"Expected a rigid way from the dose to the scan, but got a scale of "
                                f"{self.to_scan.scale:.3f}; use a rigid registration.")


@dataclass(frozen=True)
class Confirmation:
    """A person looked and said that it fits. at: ISO 8601, local time; by: a name or role as typed, "" if not given."""

    at: str
    by: str = ""


@dataclass(frozen=True, eq=False)
class PlacedDose:
    """A dose on the prepared scan. on_atlas: Gy, float32, NaN where unknown, SRI24 grid (LPS), for pictures and models;
    confirmed: None until a person has accepted the picture: no dose figure before."""

    dose: Dose
    path: DosePath
    on_atlas: Volume
    confirmed: Confirmation | None = None
    cautions: tuple[Caution, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether figures and models may use it: a person accepted the picture, or there was nobody to ask and all
        checks were passed, which the caution NOT_CONFIRMED says."""
        return self.confirmed is not None or any(one.code == NOT_CONFIRMED for one in self.cautions)

    def to_atlas(self, scan_to_atlas: SimilarityTransform) -> SimilarityTransform:
        """Dose LPS mm → SRI24 LPS mm. scan_to_atlas: of the reference scan."""
        return scan_to_atlas.after(self.path.to_scan)

    @property
    def known_share(self) -> float:
        """Of the SRI24 grid's voxels, how many have a dose, 0 to 1."""
        return float(np.isfinite(self.on_atlas.array).mean())


@dataclass(frozen=True)
class Curve:
    """A cumulative dose-volume histogram: shares[n] of the volume (1 to 0) received doses_gy[n] or more."""

    doses_gy: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class LesionDose:
    """What a lesion received, in the patient's own millimetres.

    d95_gy: at least this much in 95 % of it; inside_95, inside_50: its share inside 95 % and 50 % of the prescription,
    0 to 1; from_95_mm: signed distance of the lesion's nearest point to the 95 % line, negative where the lesion
    reaches inside; eqd2_mean_gy: mean dose in 2 Gy fractions (α/β 2 Gy). None: prescription or fractions are unknown,
    or there is no such line. unknown_share: of its volume, without a dose. curve: None where nothing is known.
    """

    lesion: int
    mean_gy: float
    least_gy: float
    most_gy: float
    d95_gy: float
    inside_95: float | None
    inside_50: float | None
    from_95_mm: float | None
    eqd2_mean_gy: float | None
    unknown_share: float
    curve: Curve | None
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class BrainDose:
    """A volume that studies of necrosis refer to. name: "V12 Gy"; threshold_gy; volume_ml: of brain that received as
    much or more; said: what studies found, one sentence; source: of it."""

    name: str
    threshold_gy: float
    volume_ml: float
    said: str
    source: str


@dataclass(frozen=True)
class DoseFigures:
    """Everything that is said in numbers about a confirmed dose. prescribed_gy, fractions: None where unknown;
    most_gy: of the whole grid; lesions: of each outlined lesion; months_since: radiotherapy to this scan."""

    prescribed_gy: float | None
    fractions: int | None
    technique: Technique
    most_gy: float
    via: Via
    lesions: tuple[LesionDose, ...] = ()
    brain: tuple[BrainDose, ...] = ()
    months_since: float | None = None
    cautions: tuple[Caution, ...] = ()

    @property
    def by_lesion(self) -> Mapping[int, LesionDose]:
        """Lesion number → its dose."""
        return MappingProxyType({one.lesion: one for one in self.lesions})
