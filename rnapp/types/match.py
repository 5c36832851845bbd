"""How far the registration of two scans to each other can be trusted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MatchQuality:
    """How far the registration of two scans of a patient to each other can be trusted.

    correlation: of the smoothed intensities of both inside the brain and outside lesions, -1 to 1; mirrored: the same
    with the moved head's mirror image, which must fit less well; dice: of both brain masks, 0 to 1; size_ratio: the
    fixed head's length per the moved one's, which is 1 for an adult and is not used for anything else; good: all pass
    their thresholds; sentence: what was found and what to do.
    """

    correlation: float
    mirrored: float
    dice: float
    size_ratio: float
    good: bool
    sentence: str
