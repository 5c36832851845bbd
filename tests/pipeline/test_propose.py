"""The example's lesion is proposed first, and another proposer can take the place of the classical one."""

from dataclasses import replace
from pathlib import Path

import pytest

from rnapp import pipeline
from rnapp.lesion.propose import BrightnessProposer, Proposer
from rnapp.pipeline.resources import Resources
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import Candidate, Prepared, sentences
from tests.conftest import dice


class Network:
    """Where a trained network would be."""

    name = "a network"
    words = "Trained on something."

    def propose(self, prepared: Prepared) -> tuple[Candidate, ...]:
        return ()


def test_the_examples_lesion_is_proposed_first(prepared_example: Prepared, resources: Resources,
                                               example_folder: Path) -> None:
    proposal = pipeline.propose_lesions(prepared_example, resources)
    assert "an empty list does not mean that there is no lesion" in proposal.words
    first = proposal.candidates[0]
    truth = pipeline.find_lesions(prepared_example, pipeline.read_mask(example_folder / "lesion_mask.nii.gz"),
                                  METASTASIS)
    assert dice(first.mask.array, truth.mask(1).array) > 0.7
    assert first.side == "left"
    taken = pipeline.with_origin(pipeline.find_lesions(prepared_example, first.mask, METASTASIS, drawn=True), (first,))
    assert taken.lesions[0].volume_ml == pytest.approx(first.volume_ml)
    assert BrightnessProposer.name in sentences(taken.lesions[0].cautions)[-1]


def test_another_proposer_takes_its_place(turned: Prepared, resources: Resources) -> None:
    network: Proposer = Network()
    proposal = pipeline.propose_lesions(turned, replace(resources, proposer=network))
    assert (proposal.words, proposal.candidates) == ("Trained on something.", ())
