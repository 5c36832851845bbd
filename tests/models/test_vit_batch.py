"""Many crops at once get the probabilities that each gets alone."""

import numpy as np
import pytest
import torch

from rnapp.errors import Cancelled
from rnapp.models.vit import build_vit, read_crop
from rnapp.models.vit_batch import BATCH, probabilities
from rnapp.types import CancelToken
from tests.models.conftest import SMALL


@pytest.fixture(scope="module")
def vit():
    torch.manual_seed(3)
    return build_vit(SMALL)


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 1])
def test_a_crop_gets_the_same_probability_among_others_as_alone(vit, count):
    crops = [torch.randn(1, 2, 64, 64, 64) for _ in range(count)]
    found = probabilities(vit, crops, CancelToken())
    assert found.shape == (count,)
    assert found == pytest.approx([read_crop(vit, one).probability for one in crops], abs=1e-6)
    assert len(np.unique(found)) == count, "each has its own"


def test_it_can_be_cancelled(vit):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        probabilities(vit, [torch.zeros(1, 2, 64, 64, 64)], token)
