"""What the words of a description or file name say about a series. Whole words, never parts of words."""

import re

from rnapp.io.contrast_words import says_contrast, says_not_given
from rnapp.io.kind_words import says_kind, says_no_tissue, says_reformatted
from rnapp.io.plain_words import words
from rnapp.io.region_words import names_elsewhere, names_far, says_head

__all__ = ["names_elsewhere", "names_far", "says_contrast", "says_head", "says_kind", "says_mask", "says_no_tissue",
           "says_not_given", "says_reformatted", "words"]

_MASK_WORD = re.compile(r"\w*masks?|labels?|labelmap|segm?|segs|\w*segmentation|rois?|gtv|ptv|ctv|contours?|annot\w*")


def says_mask(said: tuple[str, ...]) -> bool:
    """Whether a file name calls its content a mask."""
    return any(_MASK_WORD.fullmatch(word) for word in said)
