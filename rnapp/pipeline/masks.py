"""From the structures of a mask file to lesions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnapp.errors import UnconfirmedMaskError
from rnapp.io.atlas import atlas_grid
from rnapp.io.masks import chosen_mask
from rnapp.lesion import find
from rnapp.lesion.place import checked, fit, placed
from rnapp.models.radiomics import too_small
from rnapp.types import Lesion, LesionSet, MaskFile, Prepared, Structure, Volume

# Farther apart than this at a corner of SRI24's grid, two registrations are not the same one.
SAME_REGISTRATION_MM = 0.25
ON_THE_ATLAS = ("The mask lies on the SRI24 grid and the scan does not, so it fits only if it was drawn on this very "
                "registration of the scan")
CONFIRMED = f"{ON_THE_ATLAS}; the reader confirmed that it fits."
HOW_TO_CONFIRM = ("look at it on the prepared head and say that it fits (on the command line: --atlas-mask), or choose "
                  "a mask drawn on the scan itself.")

UNKNOWN_REGISTRATION = f"{ON_THE_ATLAS}, which its file does not record; {HOW_TO_CONFIRM}"


def structure_choices(prepared: Prepared, file: MaskFile) -> tuple[tuple[str, int], ...]:
    """Name and volume of each structure that can be chosen, in the patient's own millilitres, and its place in the
    file."""
    # Label maps of other programs are often on SRI24, where the head is scaled.
    scale = prepared.to_atlas.scale if _lies_on_atlas(prepared, file.grid) else 1.0
    names = [one.name for one in file.choices]
    return tuple((f"{_unique_name(one, names)} ({one.volume_ml / scale**3:.2f} ml)", place)
                 for place, one in enumerate(file.structures) if one.mask is not None)


def to_confirm(prepared: Prepared, file: MaskFile) -> str:
    """Why a person must look at a mask on the prepared head before it counts, one sentence; "" where it may be used.

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
    return (f"{ON_THE_ATLAS}, but it was drawn on another one, up to {apart:.1f} mm from it; {HOW_TO_CONFIRM}")


def check_confirmed(file: MaskFile, scan: Volume, confirmed: bool) -> None:
    """What is known of that before the preparation. Raises UnconfirmedMaskError for a mask in the atlas whose file does
    not tell which registration it was drawn on, where nobody answers for it."""
    if not confirmed and file.registration is None and fit(file.grid, scan, atlas_grid()).must_be_confirmed:
        raise UnconfirmedMaskError(UNKNOWN_REGISTRATION)


def on_prepared_head(prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> Volume:
    """Structures in the atlas as they lie on the prepared head, bool, SRI24 grid: what a person is asked about. Raises
    MaskError where the file lies neither on the scan nor on SRI24."""
    return placed(chosen_mask(file, structures), prepared.head, checked(fit(file.grid, prepared.native, prepared.head)))


def find_lesions(prepared: Prepared, mask: Volume, labels: frozenset[int] | None = None,
                 drawn: bool = False) -> LesionSet:
    """The lesions of a mask as rnapp.lesion.find has them, with a warning on each that the models cannot read.

    Raises UnconfirmedMaskError, too, where the mask lies in the atlas, but was not drawn on this prepared head.
    """
    if not drawn:
        _check(to_confirm(prepared, MaskFile((), mask)))
    return _found(prepared, mask, labels, drawn)


def find_structures(prepared: Prepared, file: MaskFile, structures: Sequence[Structure],
                    confirmed: bool = False) -> LesionSet:
    """The lesions in structures of a file, with what must be known of them.

    confirmed: a person looked at it on this prepared head, or answers for it. Raises MaskError as find_lesions does,
    and UnconfirmedMaskError where to_confirm has something to say and nobody did.
    """
    doubt = to_confirm(prepared, file)
    if not confirmed:
        _check(doubt)
    found = _found(prepared, chosen_mask(file, structures), None, False)
    notes = dict.fromkeys((*(one.note for one in structures), CONFIRMED if doubt else ""))
    return replace(found, warnings=(*(note for note in notes if note), *found.warnings))


def _lies_on_atlas(prepared: Prepared, grid: Volume) -> bool:
    return fit(grid, prepared.native, prepared.head).space == "atlas"


def _check(doubt: str) -> None:
    if doubt:
        raise UnconfirmedMaskError(doubt)


def _found(prepared: Prepared, mask: Volume, labels: frozenset[int] | None, drawn: bool) -> LesionSet:
    found = find.find_lesions(prepared, mask, labels, drawn)
    return replace(found, lesions=tuple(_warned(lesion, prepared) for lesion in found.lesions))


def _warned(lesion: Lesion, prepared: Prepared) -> Lesion:
    reason = too_small(lesion.crop.mask, prepared.to_atlas.scale, lesion.volume_ml)
    return replace(lesion, warnings=(reason, *lesion.warnings)) if reason else lesion


def _unique_name(structure: Structure, names: Sequence[str]) -> str:
    return structure.name if names.count(structure.name) == 1 else f"{structure.name}, number {structure.number}"
