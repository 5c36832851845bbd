"""Single values that the stand-in pipeline answers with."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rnapp.geometry import from_sitk, to_sitk
from rnapp.trust.verdict import judge, open_cautions
from rnapp.types import (
    STUDY,
    Answer,
    Candidate,
    Caution,
    Clinical,
    Confirmed,
    Contribution,
    Lesion,
    LesionSet,
    Likeness,
    Prediction,
    Prepared,
    Variation,
    Volume,
    withheld,
)
from tests.trusted import PLAIN


def lesion(atlas: Volume, number: int) -> Lesion:
    """What a mask is measured to be, with made-up diameters."""
    mask = atlas.with_array(atlas.array == number)
    centre = mask.to_mm(np.argwhere(mask.array).mean(axis=0)[None])[0]
    middle = atlas.to_mm((np.array(atlas.shape)[None] - 1) / 2)[0, 0]
    side = "left" if centre[0] > middle else "right"
    return Lesion(number, float(mask.array.sum() * mask.voxel_ml), 12.5, 11.5, 9.0, 0.8, 14.0,
                  (float(centre[0]), float(centre[1]), float(centre[2])), side)


def candidate(prepared: Prepared, number: int, across: slice, side: str) -> Candidate:
    """A box where a lesion may be."""
    array = np.zeros(prepared.head.shape, bool)
    array[across, 10:14, 8:11] = True
    mask = prepared.head.with_array(array)
    centre = mask.to_mm(np.argwhere(array).mean(axis=0)[None])[0]
    return Candidate(number, mask, 1 / number, float(array.sum() * mask.voxel_ml),
                     (float(centre[0]), float(centre[1]), float(centre[2])), side, "solid", "a test")


def answer(number: int, prepared: Prepared, lesions: LesionSet, clinical: Clinical) -> Answer:
    """The same for every lesion, or for the study."""
    dose = ("dose",) if prepared.dose is not None and prepared.dose.usable else ()
    inputs = (*prepared.channels, *dose) if number == STUDY and "event" in prepared.channels else ()
    attention = None if number == STUDY else prepared.head.with_array(lesions.mask(number).array.astype(np.float32))
    moved = (Contribution("vit_probability", "Image networks", "imaging", 0.5, 0.515),
             Contribution("age", "Age", "clinical", clinical.get("age"), 0.4))
    return Answer(number, Prediction(0.734, (0.6, 0.7, 0.8, 0.75, 0.82), (0.5,) * 5), () if inputs else moved, 0.1,
                  attention, inputs=inputs)


def judged(given: Answer, asks: str, confirmed: Sequence[Confirmed], prior: float | None) -> Answer:
    """As the rule has it, with the centre's share as it was set; without a number as long as something is open."""
    ask = (Caution(asks, "confirm", "It is <i>unlike</i> anything."),) if asks else ()
    if because := open_cautions(ask, confirmed, given.lesion):
        return withheld(given.lesion, ask, because)
    larger = Variation("outline 1 mm larger", 0.75)
    trust = judge(given.given, [larger], Likeness(1.0, 2.0, 0.05), PLAIN, PLAIN.limits, prior or 0.5, 0.734)
    return replace(given, trust=trust, cautions=(*given.cautions, *ask))


def with_maps(given: Answer, prepared: Prepared) -> Answer:
    """The answer with a map for all inputs together and for each, strongest on the patient's left, below 0 on the
    right."""
    effect = np.zeros(prepared.head.shape, np.float32)
    effect[15:19, 10:14, 8:12], effect[6:8, 10:14, 8:12] = 0.3, -0.1
    names = ("all", *given.inputs)
    if given.prediction is None:
        return given
    return replace(given, occlusion={name: prepared.head.with_array(effect / place)
                                     for place, name in enumerate(names, start=1)})


def nifti(volume: Volume) -> bytes:
    """A NIfTI file of it, not compressed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.nii"
        sitk.WriteImage(to_sitk(volume), str(path))
        return path.read_bytes()


def read_nifti(plain: bytes) -> Volume:
    """The volume of such a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v.nii"
        path.write_bytes(plain)
        return from_sitk(sitk.ReadImage(str(path)))
