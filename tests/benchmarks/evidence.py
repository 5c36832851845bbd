"""What the evidence for one lesion costs: python -m tests.benchmarks.evidence.

Lesions of several sizes in a made head, with the bundle in use: seconds of processor and of the clock for the answer,
for its twelve variations as the app makes them, and as they would be with all 1158 features and one crop at a time.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.lesion.find import find_lesions
from rnapp.lesion.outlines import other_outlines
from rnapp.models.radiomics import extract
from rnapp.models.vit import read_crop, to_input
from rnapp.models.weights import Bundle
from rnapp.preprocess.small_moves import Scene, around
from rnapp.tasks.metastasis.crop import CROP_SIDE, Crop, crop_around
from rnapp.tasks.metastasis.evidence import ROOM_VOXELS
from rnapp.tasks.metastasis.question import T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import CancelToken, LesionSet, Prepared
from tests.conftest import sphere
from tests.tasks.steady_heads import CENTRE, made_head

RADII_MM = (4.0, 8.0, 14.0, 22.0)
TOKEN = CancelToken()


def seconds(action: Callable[[], object]) -> tuple[float, float]:
    """Of the processor and of the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - clock


def crops(prepared: Prepared, lesions: LesionSet) -> list[Crop]:
    """The input of each variation, as the answer would take it."""
    mask = lesions.mask(1)
    scene = Scene.of(prepared, T1CE, around(mask, CROP_SIDE + 2 * ROOM_VOXELS), TOKEN)
    outlines = [outline for _, outline in other_outlines(mask, prepared.brain_mask.array)]
    return [*(crop_around(prepared.image, one) for one in outlines),
            *(crop_around(scene.image(move), scene.outline(mask, False, move)) for move in scene.moves().values())]


def plainly(bundle: Bundle, prepared: Prepared, lesions: LesionSet) -> None:
    """Every feature, and one crop after the other through each network."""
    for crop in crops(prepared, lesions):
        extract(crop.t1ce, crop.mask)
        for vit in bundle.vits:
            read_crop(vit, to_input(crop.channels, bundle.config.side))


def main() -> None:
    """A table in Markdown."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    resources = pipeline.load_resources(default_settings(), None, METASTASIS)
    resources.model.load()
    prepared, form = made_head(resources.atlas), METASTASIS.question.unknown
    print("| radius, mm | voxels | answer: CPU s, s | variations: CPU s, s | plainly: CPU s, s | ratio (CPU) |\n"
          "|---|---|---|---|---|---|")
    for radius in RADII_MM:
        lesions = find_lesions(prepared, sphere(prepared.head, CENTRE, radius), drawn=True)
        crop = METASTASIS.sample(prepared, lesions, 1)
        answer = seconds(lambda crop=crop: METASTASIS.answer(resources.model, crop, 1, form, TOKEN))
        varied = seconds(lambda lesions=lesions: METASTASIS.evidence(resources.model, prepared, lesions, 1, form,
                                                                     TOKEN))
        plain = seconds(lambda lesions=lesions: plainly(resources.model, prepared, lesions))
        cells = " | ".join(f"{cpu:.1f}, {clock:.1f}" for cpu, clock in (answer, varied, plain))
        print(f"| {radius:g} | {int(np.sum(crop.mask.array))} | {cells} | {plain[0] / varied[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
