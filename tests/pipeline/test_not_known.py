"""A scan or an outline that the model does not know: the whole way to no number, and the right one beside it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from rnapp import pipeline
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.question import QUESTION, T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Answer, Array, Atlas, Evidence, Prediction, Prepared, Reading, Volume
from tests.conftest import loaded
from tests.trust.checks.test_picture import KINDS, scan

BOX_VOXELS = 16
PLACE = np.array([150, 130, 85])  # in SRI24's white matter
RADIUS = 9.0
PIECE = (3, 3, 3)  # 0.027 ml


@pytest.fixture(scope="module")
def lesion(prepared_example: Prepared, example_folder: Any) -> Array:
    """The example's lesion on the atlas, bool."""
    file = pipeline.read_mask_file(example_folder / "lesion_mask.nii.gz", prepared_example.native)
    found = pipeline.find_structures(prepared_example, file, file.choices, METASTASIS)
    inside: Array = found.atlas.array > 0
    return inside


def read(prepared: Prepared, drawn: Array, resources: Resources, real: bool = False) -> tuple[Reading, list[int]]:
    """The reading of what is drawn on the prepared head, and the lesions whose networks ran. real: whether they are the
    task's own; else a number stands in for them, and everything around it is the task's."""
    ran: list[int] = []

    def answer(model: Any, sample: Any, number: int, *rest: Any) -> Answer:
        ran.append(number)
        return METASTASIS.answer(model, sample, number, *rest) if real else Answer(
            number, Prediction(0.7, (), ()), (), 0.0, None, (), ())

    task = replace(METASTASIS, answer=answer, evidence=lambda *_: Evidence())
    found = pipeline.find_lesions(prepared, prepared.head.with_array(drawn), METASTASIS, drawn=True)
    return pipeline.analyse(prepared, found, QUESTION.unknown, replace(resources, task=task)), ran


def because(reading: Reading) -> list[list[str]]:
    """The codes that withhold each answer, which has no number then and only then."""
    for one in reading.answers:
        assert one.trust is not None
        assert (one.prediction is None) == (one.trust.verdict == "withheld") == bool(one.trust.because)
    return [[one.code for one in answer.trust.because] for answer in reading.answers if answer.trust]


def box(head: Volume, place: Array, sides: tuple[int, ...] = (BOX_VOXELS,) * 3) -> Array:
    """A block with its middle at a voxel."""
    drawn = np.zeros(head.shape, bool)
    drawn[tuple(slice(at - side // 2, at - side // 2 + side) for at, side in zip(place, sides, strict=True))] = True
    return drawn


def middle(drawn: Array) -> Array:
    """The voxel at its centre of mass."""
    found: Array = np.argwhere(drawn).mean(axis=0).round().astype(int)
    return found


def test_the_examples_lesion_gets_a_number(prepared_example: Prepared, lesion: Array, resources: Resources) -> None:
    """By the networks themselves."""
    reading, ran = read(prepared_example, lesion, resources, real=True)
    assert (because(reading), ran) == ([[]], [1])
    assert 0 < reading.answers[0].given.probability < 1


def test_a_box_in_normal_brain_opposite_gets_none(prepared_example: Prepared, lesion: Array,
                                                  resources: Resources) -> None:
    place = middle(lesion)
    place[0] = lesion.shape[0] - 1 - place[0]
    reading, ran = read(prepared_example, box(prepared_example.head, place), resources)
    assert (because(reading), ran) == ([["lesion_not_enhancing"]], [])


def test_an_outline_of_three_hundredths_of_a_millilitre_in_the_lesion_gets_none(
        prepared_example: Prepared, lesion: Array, resources: Resources) -> None:
    reading, ran = read(prepared_example, box(prepared_example.head, middle(lesion), PIECE), resources)
    assert "lesion_too_small" in because(reading)[0]
    assert ran == []


@pytest.mark.parametrize(("gap_mm", "answers", "joined"), [(3, 1, True), (12, 2, False)])
def test_such_a_piece_near_a_lesion_joins_it_and_a_far_one_gets_no_number_of_its_own(
        gap_mm: int, answers: int, joined: bool, prepared_example: Prepared, lesion: Array,
        resources: Resources) -> None:
    head, brain = prepared_example.head, prepared_example.brain_mask.array
    away = ndimage.distance_transform_edt(~lesion)
    inside = ndimage.binary_erosion(brain, iterations=8)
    place = np.argwhere(inside & (away >= gap_mm + 1) & (away < gap_mm + 2))[0]
    reading, ran = read(prepared_example, lesion | box(head, place, PIECE), resources)
    assert len(reading.answers) == answers
    assert (because(reading)[0], ran) == ([], [1])
    assert all("lesion_too_small" in codes for codes in because(reading)[1:])


@pytest.mark.parametrize(("kind", "withheld"), [("flair", True), ("t1", False)])
def test_an_unnamed_flair_gets_no_number_and_a_t1_after_contrast_does(kind: str, withheld: bool, atlas: Atlas,
                                                                     resources: Resources) -> None:
    """Both with a bright lesion in the same place, and with nothing in a header that says what they are."""
    made = scan(atlas, kind, enhances=not withheld, stripped=True)
    ball = ndimage.distance_transform_edt(~box(made, PLACE, (1, 1, 1))) <= RADIUS
    bright = made.with_array(np.where(ball, 1.8 * KINDS[kind][2], made.array).astype(np.float32))
    prepared = pipeline.prepare({T1CE: loaded(bright)}, resources)
    drawn = ndimage.distance_transform_edt(~box(prepared.head, PLACE, (1, 1, 1))) <= RADIUS
    reading, ran = read(prepared, drawn, resources)
    assert ("picture_not_t1" in because(reading)[0]) == withheld
    assert because(reading) == [[]] or withheld
    assert ran == ([] if withheld else [1])
