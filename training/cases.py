"""Lesions with an outcome, made ready for every model: the networks' input and the stacker's rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from rnapp.models import clinical, radiomics
from rnapp.models.vit import to_input
from rnapp.types import Array
from training.augment import stack_inputs
from training.cohort import Case
from training.stability import perturb, stable_features
from training.stack import Rows


@dataclass(frozen=True, eq=False)
class Labelled:
    """Lesions with an outcome: the cases, the networks' input (N, 2, 64, 64, 64) and the stacker's rows."""

    cases: Sequence[Case]
    inputs: Tensor
    rows: Rows

    def part(self, indices: Array) -> "Labelled":
        """Some of the lesions."""
        return Labelled([self.cases[i] for i in indices], self.inputs[indices], self.rows.part(indices))

    @property
    def patients(self) -> list[str]:
        """The patient of each lesion."""
        return [case.patient for case in self.cases]


def labelled(cases: Sequence[Case]) -> Labelled:
    """The cases with radiomics and encoded clinical data, computed by the same functions as in the app."""
    rows = Rows([radiomics.extract(case.crop.t1ce, case.crop.mask) for case in cases],
                [clinical.encode(case.clinical) for case in cases], [case.necrosis for case in cases])
    return Labelled(cases, stack_inputs([to_input(case.crop) for case in cases]), rows)


def with_stable_radiomics(part: Labelled, seed: int) -> Labelled:
    """Without the radiomics features that another preparation of the same lesions would change."""
    moved = [perturb(case.crop, np.random.default_rng((seed, 4, n))) for n, case in enumerate(part.cases)]
    again = [radiomics.extract(crop.t1ce, crop.mask) for crop in moved]
    return replace(part, rows=part.rows.keep(stable_features(part.rows.radiomics, again)))
