"""From the structures of a mask file to lesions."""

from collections.abc import Sequence
from dataclasses import replace

from rnapp.io.masks import chosen_mask
from rnapp.lesion import find
from rnapp.lesion.place import fit
from rnapp.models.radiomics import too_small
from rnapp.types import Lesion, LesionSet, MaskFile, Prepared, Structure, Volume


def structure_choices(prepared: Prepared, file: MaskFile) -> tuple[tuple[str, int], ...]:
    """Name and volume of each structure that can be chosen, in the patient's own millilitres, and its place in the
    file."""
    # Label maps of other programs are often on SRI24, where the head is scaled.
    scale = prepared.to_atlas.scale if fit(file.grid, prepared.native, prepared.head).space == "atlas" else 1.0
    names = [one.name for one in file.choices]
    return tuple((f"{_unique_name(one, names)} ({one.volume_ml / scale**3:.2f} ml)", place)
                 for place, one in enumerate(file.structures) if one.mask is not None)


def find_lesions(prepared: Prepared, mask: Volume, labels: frozenset[int] | None = None,
                 drawn: bool = False) -> LesionSet:
    """The lesions of a mask as rnapp.lesion.find has them, with a warning on each that the models cannot read."""
    found = find.find_lesions(prepared, mask, labels, drawn)
    return replace(found, lesions=tuple(_warned(lesion, prepared) for lesion in found.lesions))


def find_structures(prepared: Prepared, file: MaskFile, structures: Sequence[Structure]) -> LesionSet:
    """The lesions in structures of a file, with what must be known of them. Raises MaskError as find_lesions does."""
    found = find_lesions(prepared, chosen_mask(file, structures))
    notes = tuple(dict.fromkeys(one.note for one in structures if one.note))
    return replace(found, warnings=(*notes, *found.warnings))


def _warned(lesion: Lesion, prepared: Prepared) -> Lesion:
    reason = too_small(lesion.crop.mask, prepared.to_atlas.scale, lesion.volume_ml)
    return replace(lesion, warnings=(reason, *lesion.warnings)) if reason else lesion


def _unique_name(structure: Structure, names: Sequence[str]) -> str:
    return structure.name if names.count(structure.name) == 1 else f"{structure.name}, number {structure.number}"
