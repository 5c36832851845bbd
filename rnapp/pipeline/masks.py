"""From the structures of a mask file to lesions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnapp.errors import UnconfirmedMaskError
from rnapp.io.masks import chosen_mask
from rnapp.lesion import find
from rnapp.lesion.place import checked, fit, placed
from rnapp.pipeline.mask_check import ON_THE_ATLAS, ON_THE_COMMAND_LINE, UNKNOWN_REGISTRATION
from rnapp.tasks.task import Task
from rnapp.types import LesionSet, MaskFile, Prepared, Structure, Volume, note

# Farther apart than this at a corner of SRI24's grid, two registrations are not the same one.
SAME_REGISTRATION_MM = 0.25
CONFIRMED = note("mask_confirmed", f"{ON_THE_ATLAS}; the reader confirmed that it fits.")
ON_THE_PAGE = "check it on the prepared head and confirm that it fits, or choose a mask drawn on the scan itself."


def structure_choices(prepared: Prepared, file: MaskFile) -> tuple[tuple[str, int], ...]:
    """Name and volume of each structure that can be chosen, in the patient's own millilitres, and its place in the
    file."""
    # Label maps of other programs are often on SRI24, where the head is scaled.
    scale = prepared.to_atlas.scale if _lies_on_atlas(prepared, file.grid) else 1.0
    names = [one.name for one in file.choices]
    return tuple((f"{_unique_name(one, names)} ({one.volume_ml / scale**3:.2f} ml)", place)
                 for place, one in enumerate(file.structures) if one.mask is not None)


def to_confirm(prepared: Prepared, file: MaskFile) -> str:
    """Why a person must look at a mask on the prepared head before it counts, and how on the page, one sentence; ""
    where it may be used."""
    doubt = _doubt(prepared, file)
    return f"{doubt}; {ON_THE_PAGE}" if doubt else ""


def on_prepared_head(prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> Volume:
    """Structures in the atlas as they lie on the prepared head, bool, SRI24 grid: what a person is asked about. Raises
    MaskError where the file lies neither on the scan nor on SRI24."""
    return placed(chosen_mask(file, structures), prepared.head, checked(fit(file.grid, prepared.native, prepared.head)))


def find_lesions(prepared: Prepared, mask: Volume, task: Task, labels: frozenset[int] | None = None,
                 drawn: bool = False) -> LesionSet:
    """The lesions of a mask as rnapp.lesion.find has them, with a caution on each that the task's models cannot read.

    Raises UnconfirmedMaskError, too, where the mask lies in the atlas, but was not drawn on this prepared head.
    """
    if not drawn:
        _check(_doubt(prepared, MaskFile((), mask)))
    return _with_task_cautions(prepared, find.find_lesions(prepared, mask, labels, drawn), task)


def find_structures(prepared: Prepared, file: MaskFile, structures: Sequence[Structure], task: Task,
                    confirmed: bool = False) -> LesionSet:
    """The lesions in structures of a file, with what must be known of them.

    confirmed: a person looked at it on this prepared head, or answers for it. Raises MaskError as find_lesions does,
    and UnconfirmedMaskError where to_confirm has something to say and nobody did.
    """
    doubt = _doubt(prepared, file)
    if not confirmed:
        _check(doubt)
    lesions = _with_task_cautions(prepared, find.find_lesions(prepared, chosen_mask(file, structures)), task)
    notes = dict.fromkeys(note("structure_note", one.note) for one in structures if one.note)
    return replace(lesions, cautions=(*notes, *file.cautions, *((CONFIRMED,) if doubt else ()), *lesions.cautions))


def _lies_on_atlas(prepared: Prepared, grid: Volume) -> bool:
    return fit(grid, prepared.native, prepared.head).space == "atlas"


def _doubt(prepared: Prepared, file: MaskFile) -> str:
    """Why it is not known whether a mask fits, without a full stop; "" where it does.

    A mask in the atlas belongs to one registration of the scan. Which one is known only of masks that rnapp wrote.
    """
    if not _lies_on_atlas(prepared, file.grid):
        return ""
    if file.registration is None:
        return UNKNOWN_REGISTRATION
    corners = prepared.head.corners_mm
    back = prepared.to_atlas.inverse().apply(corners)
    apart = float(np.linalg.norm(file.registration.apply(back) - corners, axis=1).max())
    if apart <= SAME_REGISTRATION_MM:
        return ""
    return f"{ON_THE_ATLAS}, but it was drawn on another one, up to {apart:.1f} mm from it"


def _check(doubt: str) -> None:
    """The page asks before; only the command line comes here with a doubt."""
    if doubt:
        raise UnconfirmedMaskError(f"{doubt}; {ON_THE_COMMAND_LINE}")


def _with_task_cautions(prepared: Prepared, lesions: LesionSet, task: Task) -> LesionSet:
    """A question about the whole study is not asked of a lesion."""
    if task.question.unit != "lesion":
        return lesions
    return replace(lesions, lesions=tuple(
        replace(one, cautions=(*task.cautions(prepared, lesions, one.number), *one.cautions))
        for one in lesions.lesions))


def _unique_name(structure: Structure, names: Sequence[str]) -> str:
    return structure.name if names.count(structure.name) == 1 else f"{structure.name}, number {structure.number}"
