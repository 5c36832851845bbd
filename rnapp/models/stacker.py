"""The stacker: a small fully connected network on ViT probability, radiomics and clinical columns of one fold.

At inference everything is NumPy in float64: standardise with the training rows' mean and deviation, put unknown
values at the training mean (0), limit to LIMIT deviations, and apply the layers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnapp.errors import WeightsError
from rnapp.types import FloatArray

VIT_COLUMN = "vit_probability"
LIMIT = 3.0  # deviations; beyond it the network would extrapolate, and be sure of it


@dataclass(frozen=True, eq=False)
class Stacker:
    """columns: names of the C inputs, the first is VIT_COLUMN; mean, deviation: shape (C,), of the training rows.

    weights, biases: of each layer, shapes (out, in) and (out,); the last layer has one output, the log-odds of
    the question's first outcome. Raises WeightsError where the shapes do not fit each other.
    """

    columns: tuple[str, ...]
    mean: FloatArray
    deviation: FloatArray
    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]

    def __post_init__(self) -> None:
        sizes = [len(self.columns)] + [bias.size for bias in self.biases]
        shapes = [weight.shape for weight in self.weights]
        fits = (self.mean.shape == self.deviation.shape == (sizes[0],)
                and shapes == list(zip(sizes[1:], sizes[:-1], strict=True)) and sizes[-1] == 1)
        flat = all(bias.ndim == 1 for bias in self.biases)
        if not (fits and flat) or self.columns[:1] != (VIT_COLUMN,) or not self._numbers_are_sound():
            raise WeightsError("A stacker's arrays do not fit its columns; export the bundle again.")

    def _numbers_are_sound(self) -> bool:
        arrays = (self.mean, self.deviation, *self.weights, *self.biases)
        return all(bool(np.isfinite(a).all()) for a in arrays) and bool((self.deviation > 0).all())

    def standardise(self, values: Mapping[str, float]) -> FloatArray:
        """Deviations from the training mean, shape (C,); 0 where a value is unknown (NaN).

        Raises WeightsError where a column is missing altogether.
        """
        if missing := [name for name in self.columns if name not in values]:
            raise WeightsError(f"The model needs the feature {missing[0]!r}, which this version does not compute; "
                               "use a bundle made for it.")
        row = np.array([values[name] for name in self.columns], dtype=np.float64)
        scaled = np.clip((row - self.mean) / self.deviation, -LIMIT, LIMIT)
        return np.where(np.isnan(row), 0.0, scaled)

    def log_odds(self, standardised: FloatArray) -> FloatArray:
        """Log-odds of the first outcome, shape (N,), of standardised rows, shape (N, C)."""
        layer = standardised
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            layer = np.maximum(layer @ weight.T + bias, 0.0)
        return np.asarray((layer @ self.weights[-1].T + self.biases[-1])[:, 0])


def read_stacker(tensors: Mapping[str, FloatArray], columns: Sequence[str]) -> Stacker:
    """A stacker from named arrays (mean, deviation, layer0.weight, layer0.bias, …). Raises WeightsError."""
    layers = sum(name.endswith(".weight") for name in tensors)
    expected = {"mean", "deviation"} | {f"layer{n}.{part}" for n in range(layers) for part in ("weight", "bias")}
    if not layers or set(tensors) != expected:
        raise WeightsError("A stacker's file does not hold the arrays that its card lists; export the bundle again.")
    arrays = {name: np.asarray(array, dtype=np.float64) for name, array in tensors.items()}
    return Stacker(tuple(columns), arrays["mean"], arrays["deviation"],
                   tuple(arrays[f"layer{n}.weight"] for n in range(layers)),
                   tuple(arrays[f"layer{n}.bias"] for n in range(layers)))


def stacker_arrays(stacker: Stacker) -> dict[str, FloatArray]:
    """The named arrays that read_stacker takes."""
    layers = {f"layer{n}.weight": weight for n, weight in enumerate(stacker.weights)}
    layers |= {f"layer{n}.bias": bias for n, bias in enumerate(stacker.biases)}
    return {"mean": stacker.mean, "deviation": stacker.deviation} | layers
