"""Lesions proposed to a reader, who accepts, changes or dismisses each of them: never an answer by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from scipy import ndimage

from rnapp.lesion.bright import Part, Scene, bright_parts, look_at
from rnapp.lesion.find import side_of
from rnapp.lesion.likeness import likeness, measures
from rnapp.lesion.measure import centre_of_mass_mm, volume_ml
from rnapp.types import Candidate, Caution, LesionSet, Prepared, Volume, note

MOST_CANDIDATES = 10
LEAST_SCORE = 0.1  # below, a part is expected to share hardly anything with a lesion
# Two parts count as one if they share this much of the smaller; the more lesion-like one is kept.
SAME_PLACE = 0.3
RING_SHARE, AT_EDGE, GOES_ON, IN_MIDDLE = 0.1, 0.25, 0.2, 0.3  # from which a measure is worth a word to the reader

Scored = tuple[float, Part, Mapping[str, float]]  # likeness, part, its measures


class Proposer(Protocol):
    """Proposes lesions of a prepared study; a network takes the place of the search for brightness behind this."""

    @property
    def name(self) -> str:
        """What reports call it, in the middle of a sentence."""

    @property
    def words(self) -> str:
        """What it is, and what it is not, in a few sentences to the reader."""

    def propose(self, prepared: Prepared) -> tuple[Candidate, ...]:
        """Candidates, most lesion-like first, numbered from 1; their masks do not overlap much.

        None proposed is no finding. Raises InputError where the study cannot be searched.
        """


class BrightnessProposer:
    """Connected bright parts of the T1CE that look like a metastasis: thick, round, apart from the brain's edge, the
    midline and brighter tissue that goes on. Rule-based but for eight fitted weights (rnapp.lesion.likeness).

    Developed on synthetic lesions and six real heads, of which two have a lesion mask: its sensitivity on patients is
    unknown, and the one lesion of the one real head that was kept apart was missed (docs/proposal.md). It takes about
    2 s on one core.
    """

    name = "a search for bright, round parts of the T1 after contrast"
    words = ("Bright, round parts of the picture, found by rules and not by a trained network. They were developed on "
             "synthetic lesions: what share of a patient's lesions they find is unknown, and in tests they missed most "
             "faint ones and one at the brain's edge. Vessels and dura are proposed too, and an empty list does not "
             "mean that there is no lesion: look at every slice yourself.")

    def propose(self, prepared: Prepared) -> tuple[Candidate, ...]:
        """See Proposer."""
        scene = look_at(prepared)
        midline = (prepared.head.shape[0] - 1) / 2 - scene.start[0]
        measured = [(part, measures(scene, part, midline)) for part in bright_parts(scene)]
        scored = sorted(((likeness(values), part, values) for part, values in measured), key=lambda one: -one[0])
        kept = _distinct(scene, [one for one in scored if one[0] >= LEAST_SCORE])
        return tuple(_candidate(prepared, scene, number, self.name, one) for number, one in enumerate(kept, start=1))


def with_origin(lesions: LesionSet, taken: Sequence[Candidate]) -> LesionSet:
    """The lesions with a caution on each that a reader accepted from a proposal, as it was or changed afterwards.

    taken: what was accepted on this preparation; a lesion that shares a voxel with one comes from it.
    """
    sources: dict[int, list[Candidate]] = {}
    for candidate in taken:
        for number in np.unique(lesions.atlas.array[candidate.mask.array]):
            sources.setdefault(int(number), []).append(candidate)
    return replace(lesions, lesions=tuple(
        replace(one, cautions=(*one.cautions, _origin(lesions.mask(one.number), sources[one.number])))
        if one.number in sources else one for one in lesions.lesions))


def outlines(masks: Sequence[Volume], grid: Volume) -> Volume:
    """A line around masks (bool, all on this grid) in the axial slices, just outside them so that nothing of them is
    hidden: uint8, 0 or 1."""
    inside = np.logical_or.reduce([one.array for one in masks], dtype=bool) if masks else np.zeros(grid.shape, bool)
    around = ndimage.binary_dilation(inside, np.ones((3, 3, 1)))
    return grid.with_array((around & ~inside).astype(np.uint8))


def _origin(mask: Volume, sources: Sequence[Candidate]) -> Caution:
    same = np.array_equal(np.logical_or.reduce([one.mask.array for one in sources]), mask.array)
    proposers = " and by ".join(dict.fromkeys(one.proposer for one in sources))
    return note("from_proposal", f"The outline was proposed by {proposers} and accepted by the reader"
                                 f"{'' if same else ', who then changed it'}.")


def _distinct(scene: Scene, scored: list[Scored]) -> list[Scored]:
    """The best-scored parts that do not overlap a better one too much, at most MOST_CANDIDATES."""
    kept: list[Scored] = []
    taken = np.zeros(scene.brain.shape, np.uint8)  # number of the part kept there, from 1
    for candidate in scored:
        box, mask = candidate[1].box, candidate[1].filled
        shared = np.bincount(taken[box][mask], minlength=MOST_CANDIDATES + 1)[1:]
        sizes = [min(np.count_nonzero(mask), np.count_nonzero(other[1].filled)) for other in kept]
        if all(share < SAME_PLACE * size for share, size in zip(shared, sizes, strict=False)):
            kept.append(candidate)
            taken[box][mask & (taken[box] == 0)] = len(kept)
        if len(kept) == MOST_CANDIDATES:
            break
    return kept


def _candidate(prepared: Prepared, scene: Scene, number: int, proposer: str, scored: Scored) -> Candidate:
    score, part, values = scored
    array = np.zeros(prepared.head.shape, bool)
    brain = tuple(slice(a, a + side) for a, side in zip(scene.start, scene.brain.shape, strict=True))
    array[brain][part.box] = part.filled
    mask = prepared.head.with_array(array)
    centre = centre_of_mass_mm(mask)
    return Candidate(number, mask, score, volume_ml(mask) / prepared.to_atlas.scale**3,
                     (float(centre[0]), float(centre[1]), float(centre[2])), side_of(centre, prepared.head),
                     _words(part, values), proposer)


def _words(part: Part, values: Mapping[str, float]) -> str:
    """What a reader should consider first."""
    ring = np.count_nonzero(part.core) < (1 - RING_SHARE) * np.count_nonzero(part.filled)
    doubts = [text for text, applies in (
        ("at the edge of the brain: dura or a sinus?", values["edge"] > AT_EDGE),
        ("in the midline: falx or a sinus?", values["middle"] > IN_MIDDLE),
        ("bright tissue continues beyond it: a vessel?", values["goes_on"] > GOES_ON)) if applies]
    return "; ".join(["a ring around a darker core" if ring else "solid", *doubts])
