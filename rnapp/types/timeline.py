"""One patient over time: scans, treatments, and what became of each lesion."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from rnapp.errors import ClinicalError
from rnapp.types.lesions import LesionSet
from rnapp.types.match import MatchQuality
from rnapp.types.preparation import Prepared
from rnapp.types.volume import SimilarityTransform, Volume

# A day, or months after radiosurgery (negative: before it) where only those are known; one kind for a whole patient.
When = date | float
TreatmentKind = Literal["radiosurgery", "whole-brain radiotherapy", "surgery", "systemic", "steroids", "bevacizumab",
                        "other"]
# Lin et al. 2015 (RANO-BM): complete response, partial response, stable disease, progressive disease.
Category = Literal["CR", "PR", "SD", "PD"]


@dataclass(frozen=True, eq=False)
class Scan:
    """A study of the patient. lesion_set: None where nobody has drawn on it yet.

    complete: every lesion to be seen on it was drawn, so that a lesion without a mask is not there. Otherwise a lesion
    without a mask is only not drawn, and nothing is said about it.
    """

    when: When
    prepared: Prepared
    lesion_set: LesionSet | None = None
    complete: bool = False


@dataclass(frozen=True, eq=False)
class Followed:
    """An earlier study beside the present one; all volumes on the present study's SRI24 grid.

    to_present: earlier native LPS mm → present SRI24 LPS mm; between: earlier SRI24 → present SRI24, LPS mm. head: the
    earlier head, bias-corrected and in the present head's intensities, float32, resampled once from its own voxels.
    difference: present − earlier, float32, in standard deviations of the present brain (the unit of Prepared.image), 0
    outside the brain and where either scan has no voxels. covered: bool, where both have voxels.
    """

    to_present: SimilarityTransform
    between: SimilarityTransform
    head: Volume
    difference: Volume
    covered: Volume
    quality: MatchQuality


@dataclass(frozen=True)
class Measurement:
    """A lesion on one scan, in the patient's own millimetres.

    number: the lesion's in that scan's LesionSet, None for a lesion that had vanished (all measures are 0 then).
    longest_diameter_mm: in three dimensions (the paper's rule); axial_diameter_mm and axial_perpendicular_mm: in one
    axial slice (RANO-BM). voxel_mm: the longest side of the scan's voxels, below which no diameter can be told.
    """

    when: When
    number: int | None
    volume_ml: float
    longest_diameter_mm: float
    axial_diameter_mm: float
    axial_perpendicular_mm: float
    voxel_mm: float


@dataclass(frozen=True)
class Treatment:
    """words: what else is to be read beside the line in the plot, in the user's words."""

    when: When
    kind: TreatmentKind
    words: str = ""


@dataclass(frozen=True)
class Course:
    """One lesion over time.

    number: the lesion's on the present scan, None if it is not there; name: what a person calls it; measurements: at
    least one, in order of time; new: it was not there on an earlier scan that shows its place and on which every lesion
    was drawn; whole: False where it was joined or parted between two scans, so that its sizes cannot be compared as
    those of one lesion; notes: what happened to it, in sentences. Raises ClinicalError where the order does not hold or
    days and months are mixed.
    """

    number: int | None
    name: str
    measurements: tuple[Measurement, ...]
    new: bool = False
    whole: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.measurements:
            raise ClinicalError(f"Expected at least one measurement of {self.name}, but got none; draw it on a scan.")
        days = [isinstance(one.when, date) for one in self.measurements]
        if len(set(days)) > 1:
            raise ClinicalError(f"Expected days or months after radiosurgery for all scans of {self.name}, but got "
                                "both; give the same for all.")
        if any(not _before(one.when, other.when) for one, other in pairwise(self.measurements)):
            raise ClinicalError(f"Expected the scans of {self.name} in order of time and no two at once; correct their "
                                "dates.")


@dataclass(frozen=True)
class Change:
    """From an earlier measurement of a lesion (since) to a later one.

    months: between them; a share is of the earlier value (0.2: 20 % more), None where that was 0; ml_per_month: mean
    over the time between.
    """

    since: Measurement
    months: float
    diameter_mm: float
    diameter_share: float | None
    axial_mm: float
    axial_share: float | None
    volume_ml: float
    volume_share: float | None
    ml_per_month: float


@dataclass(frozen=True)
class Growth:
    """What a lesion's last measurement (now) says against the earlier ones.

    from_nadir: since the earlier scan with the smallest longest diameter; from_previous: since the last scan before;
    both None for a lesion measured once. met: whether the paper's inclusion rule holds, None where it cannot be asked;
    sentence: the same in words.
    """

    now: Measurement
    from_nadir: Change | None
    from_previous: Change | None
    met: bool | None
    sentence: str


@dataclass(frozen=True)
class Response:
    """The RANO-BM category of target lesions, from their axial diameters alone.

    category: None where it cannot be told; targets: names of the target lesions; the sums: of their longest axial
    diameters, mm, None where they cannot be told; new_lesion: a lesion appeared after baseline, which is progression
    whatever the targets do; sentence: the category with its reason, or why there is none; notes: what else to know.
    """

    category: Category | None
    targets: tuple[str, ...]
    baseline_mm: float | None
    nadir_mm: float | None
    now_mm: float | None
    new_lesion: bool
    sentence: str
    notes: tuple[str, ...] = ()


def _before(first: When, second: When) -> bool:
    """Both of one kind."""
    if isinstance(first, date) and isinstance(second, date):
        return first < second
    return not isinstance(first, date) and not isinstance(second, date) and first < second
