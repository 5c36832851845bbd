"""What was given: the series of a study, and the files that are in none."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SequenceKind = Literal["T1CE", "T1", "T2", "FLAIR", "other", "unknown"]


@dataclass(frozen=True)
class Series:
    """One series of a study: what it is and which files hold it; the voxels are read later.

    shape and spacing (mm) are in the stored order; contrast: whether a contrast agent was given, as header and words
    say, a denial from either winning (None: both are silent);
    unusable: the sentence why it cannot be analysed, else None. time: of the acquisition, HH:MM:SS, "" if unknown;
    number: SeriesNumber, 0 if unknown; patient: PatientID, study: StudyInstanceUID, "" where the files name none;
    facts: what speaks for what it is, in a few words each ("T1", "3D", "agent recorded: gadobutrol", "14:32").
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
    time: str = ""
    number: int = 0
    patient: str = field(default="", repr=False)
    study: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """Files that belong to no series. files: how many; reason: one sentence of what they are and why they are not
    used; serious: a part of the study may be missing, which the reader of the result has to know."""

    files: int
    reason: str
    serious: bool = False


@dataclass(frozen=True)
class Study:
    """All series found in what the user gave, of one patient. proposed: uid of the series to analyse, None if none is
    usable; why: this one, in words; left_out: the files that are in no series. others: the series of other patients;
    as long as nobody has said which patient is meant, all are there, and none in series."""

    pseudonym: str
    series: tuple[Series, ...]
    proposed: str | None
    warnings: tuple[str, ...] = ()
    why: str = ""
    left_out: tuple[LeftOut, ...] = ()
    others: tuple[Series, ...] = ()
