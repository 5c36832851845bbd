"""What the models of this task cannot do with a lesion, and what does not look like one."""

import numpy as np

from rnapp.models.radiomics_limits import too_small
from rnapp.tasks.metastasis.crop import CROP_SIDE, cube_start, cut_cube
from rnapp.trust.checks.given import before_treatment_cautions
from rnapp.trust.checks.outline import look_at, outline_cautions
from rnapp.trust.checks.pieces import LEAST_ML
from rnapp.types import STUDY, Array, Caution, LesionSet, Prepared, Volume, note


def cautions(prepared: Prepared, lesions: LesionSet, number: int) -> tuple[Caution, ...]:
    """Of one lesion; none for STUDY. Of level "stop": too small for its texture to be read, or nothing in it enhances.
    Raises MaskError where there is no such lesion."""
    if number == STUDY:
        return ()
    lesion, mask = lesions.lesion(number), lesions.mask(number)
    if not mask.array.any():
        return (_stop(too_small(mask)),)
    start = cube_start(mask)
    cut = cut_cube(mask, start)
    reason = too_small(cut, prepared.to_atlas.scale, lesion.volume_ml) or _tiny(lesion.volume_ml)
    seen = look_at(prepared.image.array, prepared.brain_mask.array, lesions.atlas.array, number)
    treated = prepared.dose.dose.date if prepared.dose else ""
    return (*before_treatment_cautions(prepared.reference.series.date, treated),
            *((_stop(reason),) if reason else outline_cautions(seen)), *_larger(mask, cut),
            *_neighbours(lesions.atlas, start, number))


def _tiny(volume_ml: float) -> str:
    if volume_ml >= LEAST_ML:
        return ""
    return (f"It measures {volume_ml:.3f} ml, but an outline says something of a lesion only from {LEAST_ML:g} ml "
            "upwards; draw it on every slice that shows it, or remove it.")


def _stop(reason: str) -> Caution:
    return Caution("lesion_too_small", "stop", reason)


def _larger(mask: Volume, cut: Volume) -> tuple[Caution, ...]:
    if int(cut.array.sum()) != int(mask.array.sum()):
        return (note("lesion_larger_than_crop", f"The lesion is larger than the {CROP_SIDE} mm cube that the model "
                                                "reads; its outer parts are left out."),)
    inner = cut.array[1:-1, 1:-1, 1:-1]
    if int(inner.sum()) == int(cut.array.sum()):
        return ()
    return (note("lesion_at_crop_border", f"The lesion fills the {CROP_SIDE} mm cube that the model reads from edge to "
                                          "edge; the model sees little of what is around it."),)


def _neighbours(atlas: Volume, start: Array, number: int) -> tuple[Caution, ...]:
    """Where another lesion reaches into the cube (the paper excludes such lesions if their labels conflict)."""
    box = tuple(slice(max(a, 0), max(a + CROP_SIDE, 0)) for a in start)
    others = sorted(set(np.unique(atlas.array[box]).tolist()) - {0, number})
    if not others:
        return ()
    named = ", ".join(map(str, others))
    return (note("neighbour_in_crop", f"Lesion {named} reaches into the cube of lesion {number}; the model may react "
                                      "to it."),)
