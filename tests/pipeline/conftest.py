"""What tests of several functions of the pipeline share."""

import numpy as np
import pytest

from rnapp.lesion.find import find_lesions
from rnapp.types import LesionSet, Prepared
from tests.conftest import sphere


@pytest.fixture(scope="module")
def two(turned: Prepared) -> LesionSet:
    """Two lesions, drawn on the atlas."""
    first, second = (sphere(turned.head, np.array(place, float), 6) for place in ((100, -120, 80), (140, -120, 80)))
    return find_lesions(turned, first.with_array(first.array | second.array), drawn=True)
