"""What was given: the series of a study, and the files that are in none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from rnapp.types.caution import Caution
from rnapp.types.dose import RtObject
from rnapp.types.volume import Volume

# CT: of a planning system; dose: RTDOSE objects that are added up, or a dose in Gy from another kind of file.
SequenceKind = Literal["T1CE", "T1", "T2", "FLAIR", "CT", "dose", "other", "unknown"]


@dataclass(frozen=True)
class Acquisition:
    """How a series was acquired, as its files say; None and "" are unknown.

    instances: SOPInstanceUID of each slice, in the order of the slices; contrast_agent: in the file's words;
    repetition_time_ms, echo_time_ms, inversion_time_ms; field_strength_t: tesla; scanner: manufacturer and model.
    """

    instances: tuple[str, ...] = ()
    contrast_agent: str = ""
    repetition_time_ms: float | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    field_strength_t: float | None = None
    scanner: str = ""


@dataclass(frozen=True)
class Series:
    """One series of a study: what it is and which files hold it; the voxels are read later.

    shape and spacing (mm) are in the stored order; contrast: whether a contrast agent was given, as header and words
    say, a denial from either winning (None: both are silent);
    unusable: the sentence why it cannot be analysed, else None. time: of the acquisition, HH:MM:SS, "" if unknown;
    number: SeriesNumber, 0 if unknown; patient: PatientID, study: StudyInstanceUID, "" where the files name none;
    facts: what speaks for what it is, in a few words each ("T1", "3D", "agent recorded: gadobutrol", "14:32").
    acquisition: how it was acquired; age: of the patient then, whole years, None if unknown. A series without files
    says where voxels came from, and travels with them.
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
    cautions: tuple[Caution, ...] = ()
    unusable: str | None = None
    time: str = ""
    number: int = 0
    patient: str = field(default="", repr=False)
    study: str = ""
    facts: tuple[str, ...] = ()
    acquisition: Acquisition = Acquisition()
    age: int | None = None

    @property
    def source(self) -> "Series":
        """The same without its files."""
        return replace(self, files=())


@dataclass(frozen=True)
class LeftOut:
    """Files that belong to no series. files: how many; reason: one sentence of what they are and why they are not
    used; serious: a part of the study may be missing, which the reader of the result has to know."""

    files: int
    reason: str
    serious: bool = False


@dataclass(frozen=True)
class Proposed:
    """The series proposed for a role. uid: None where there is none; why: this one, or none, in words."""

    uid: str | None
    why: str


@dataclass(frozen=True)
class Study:
    """All series found in what the user gave, of one patient. proposed: role → series to use for it; left_out: the
    files that are in no series. others: the series of other patients; as long as nobody has said which patient is
    meant, all are there, and none in series. radiotherapy: plans, structure sets and registrations of this patient,
    and the dose files that the series of the kind "dose" are made of; other_radiotherapy: of other patients, as
    others."""

    pseudonym: str
    series: tuple[Series, ...]
    proposed: Mapping[str, Proposed] = field(default_factory=lambda: MappingProxyType({}))
    cautions: tuple[Caution, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    others: tuple[Series, ...] = ()
    radiotherapy: tuple[RtObject, ...] = ()
    other_radiotherapy: tuple[RtObject, ...] = ()

    def find(self, uid: str | None) -> Series | None:
        """The series with this uid."""
        return next((one for one in self.series if one.uid == uid), None)


@dataclass(frozen=True, eq=False)
class LoadedSeries:
    """The voxels of a series on its own grid, float32, with what they are."""

    series: Series
    volume: Volume
