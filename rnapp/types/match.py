"""How far the registration of two scans to each other can be trusted."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MatchQuality:
    """How far the registration of two scans of a patient to each other can be trusted.

    correlation: how well both agree inside the brain and outside lesions: Pearson's of the smoothed intensities, -1 to
    1, or, where the scans show different things (CT and MRI), what their mutual information I would be as a
    correlation, √(1 − exp(−2 I)), 0 to 1: measure says which. mirrored: the same with the moved head's mirror image,
    which must fit less well; dice: of both brain masks, or of what takes their place, 0 to 1; size_ratio: the
    fixed head's length per the moved one's, which is 1 for an adult and is not used for anything else; good: all pass
    their thresholds; sentence: what was found and what to do.
    """

    correlation: float
    mirrored: float
    dice: float
    size_ratio: float
    good: bool
    sentence: str
    measure: Literal["correlation", "mutual_information"] = "correlation"
