"""What the words of a description or file name say about a series. Only whole words count."""

import re

from rnapp.io.contrast_words import says_contrast, says_not_given
from rnapp.io.kind_words import says_kind, says_no_tissue, says_reformatted
from rnapp.io.plain_words import words
from rnapp.io.region_words import names_elsewhere, names_far, says_head

__all__ = ["names_elsewhere", "names_far", "says_contrast", "says_dose", "says_head", "says_kind", "says_mask",
           "says_no_tissue", "says_not_given", "says_reformatted", "words"]

_MASK_WORD = re.compile(r"\w*masks?|labels?|labelmap|segm?|segs|\w*segmentation|rois?|gtv|ptv|ctv|contours?|annot\w*")


_DOSE = frozenset({"dose", "rtdose"})
_OTHER_DOSE = frozenset({"single", "half", "double", "triple", "low", "ultralow", "contrast", "agent", "ct"})


def says_dose(said: tuple[str, ...]) -> bool:
    """Whether a file name calls its content a radiotherapy dose: "double dose" is one of contrast agent, "low dose" of
    a CT."""
    scan = says_kind(said) not in (None, "other") or says_contrast(said) is not None or _OTHER_DOSE & set(said)
    return bool(_DOSE & set(said)) and not scan


def says_mask(said: tuple[str, ...]) -> bool:
    """Whether a file name calls its content a mask."""
    return any(_MASK_WORD.fullmatch(word) for word in said)
