"""Lesions with an outcome in the form each model needs: the networks' input and the stacker's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from rnapp.errors import MaskError
from rnapp.models import clinical
from rnapp.models.vit import to_input
from rnapp.tasks.metastasis.crop import CROP_SIDE, Crop
from rnapp.tasks.metastasis.question import FIELDS
from rnapp.types import Array
from training.augment import stack_inputs
from training.cohort import Case
from training.kept_radiomics import KeptRadiomics
from training.stability import perturb, stable_features
from training.stack import Rows


@dataclass(frozen=True, eq=False)
class Labelled:
    """Lesions with an outcome: the cases, the networks' input (N, 2, 64, 64, 64) and the stacker's rows."""

    cases: Sequence[Case]
    inputs: Tensor
    rows: Rows

    def part(self, indices: Array) -> "Labelled":
        """A subset of the lesions."""
        return Labelled([self.cases[i] for i in indices], self.inputs[indices], self.rows.part(indices))

    @property
    def patients(self) -> list[str]:
        """The patient of each lesion."""
        return [case.patient for case in self.cases]


def labelled(cases: Sequence[Case], radiomics: KeptRadiomics | None = None) -> Labelled:
    """The cases with radiomics and encoded clinical data, computed by the same functions as in the app."""
    features = radiomics or KeptRadiomics()
    rows = Rows([features.of(case.crop) for case in cases],
                [clinical.encode(FIELDS, case.clinical) for case in cases], [case.necrosis for case in cases])
    features.keep()
    return Labelled(cases, stack_inputs([to_input(case.crop.channels, CROP_SIDE) for case in cases]), rows)


def with_stable_radiomics(part: Labelled, seed: int, radiomics: KeptRadiomics | None = None) -> Labelled:
    """Without the radiomics features that another preparation of the same lesions would change.

    Lesions that another preparation may leave too small for radiomics are left out.
    """
    features = radiomics or KeptRadiomics()
    both = [(row, again) for n, (case, row) in enumerate(zip(part.cases, part.rows.radiomics, strict=True))
            if (again := _known(features, perturb(case.crop, np.random.default_rng((seed, 4, n))))) is not None]
    features.keep()
    first, second = zip(*both, strict=True)
    return replace(part, rows=part.rows.keep(stable_features(first, second)))


def _known(features: KeptRadiomics, crop: Crop) -> Mapping[str, float] | None:
    try:
        return features.of(crop)
    except MaskError:
        return None
