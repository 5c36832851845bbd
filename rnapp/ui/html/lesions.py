"""The screen of the lesions."""

from collections.abc import Collection, Sequence

import numpy as np

from rnapp.case.pending import DoubtfulMask
from rnapp.types import Candidate, LesionSet, Question, Structure
from rnapp.ui.html.render import render
from rnapp.ui.ports import LONGEST_NAME, wording


def heading(question: Question) -> str:
    """What is to be outlined here, and whether it must be."""
    return render("lesions_heading", optional=question.unit == "study")


def lesion_table(lesions: LesionSet | None) -> str:
    """What was found in the mask."""
    if lesions is None or not lesions.lesions:
        return render("no_lesions")
    notes = [f"Lesion {lesion.number}: {caution}" for lesion in lesions.lesions for caution in lesion.cautions]
    return render("lesion_table", lesions=lesions.lesions, names=lesions.names, place=wording.place,
                  bright=wording.bright, longest_name=LONGEST_NAME, notes=list(dict.fromkeys(notes)))


def doubtful_mask(doubtful: DoubtfulMask) -> str:
    """The question to the user about a mask on the atlas."""
    array = doubtful.shown.array
    centre = doubtful.shown.to_mm(np.argwhere(array).mean(axis=0)[None])[0] if array.any() else (0.0, 0.0, 0.0)
    return render("doubtful_mask", doubt=doubtful.doubt, centre=tuple(centre))


def left_out(structures: Sequence[Structure]) -> str:
    """The structures of a file that cannot be chosen, and why."""
    notes = " ".join(one.note for one in structures if one.mask is None)
    return render("structures_left_out", notes=notes) if notes else ""


def proposals(words: str, candidates: Sequence[Candidate], drawn: Collection[int]) -> str:
    """Proposed lesions to look at, accept or dismiss. words: about the proposer; drawn: numbers of those in the
    mask."""
    return render("proposals", words=words, candidates=candidates, drawn=drawn)
