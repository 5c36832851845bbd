"""How unlike the model's own cases a new one is: its distance from theirs in what the networks and radiomics see.

A Mahalanobis distance on a shrunk covariance (Lee et al. 2018; Ledoit & Wolf 2004). The training measures everything
(training/trust); here are arrays alone, read from a bundle's file without torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from rnapp.errors import WeightsError
from rnapp.models.card_fields import NoveltyFile
from rnapp.types import Array, FloatArray, Likeness

NEAREST = 3  # cases that are named as the nearest
MOST = 30.0  # deviations of a single value, so that no distance is infinite
_ARRAYS = ("mean", "deviation", "projection", "references", "pictures")


@dataclass(frozen=True, eq=False)
class NoveltyModel:
    """What a distance is measured against.

    columns: names of the C radiomics; averaged: whether the mean of the folds' embeddings counts, or one after the
    other; mean, deviation: of the reference cases, shape (D,), the embeddings and then the radiomics; projection: of
    standardised values, shape (K, D), so that the length of what comes out is the Mahalanobis distance; references: R
    reference cases so projected, shape (R, K); pictures: of them, uint8, shape (R, rows, columns), no rows where there
    are none; limit: the distance that the share false_alarm of held-out cases exceeds. Raises WeightsError where the
    arrays do not fit each other.
    """

    columns: tuple[str, ...]
    mean: FloatArray
    deviation: FloatArray
    projection: FloatArray
    references: FloatArray
    pictures: Array
    limit: float
    false_alarm: float
    averaged: bool = False

    def __post_init__(self) -> None:
        fits = (self.mean.ndim == 1 and self.mean.shape == self.deviation.shape and self.projection.ndim == 2
                and self.projection.shape[1] == self.mean.size > len(self.columns) and self.references.ndim == 2
                and self.references.shape[1] == self.projection.shape[0] > 0 and self.pictures.ndim == 3
                and self.pictures.dtype == np.uint8 and len(self.pictures) in (0, len(self.references)))
        numbers = (self.mean, self.deviation, self.projection, self.references)
        sound = all(bool(np.isfinite(one).all()) for one in numbers) and bool((self.deviation > 0).all())
        if not (fits and sound and 0 < self.limit < np.inf and 0 < self.false_alarm < 1):
            raise WeightsError("The arrays that tell what is unlike the model's cases do not fit each other; export "
                               "the bundle again.")

    def project(self, embeddings: Sequence[FloatArray], features: Mapping[str, float]) -> FloatArray:
        """A case among the references, shape (K,). embeddings: of each fold; an undefined feature (NaN) counts as the
        mean. Raises WeightsError where a feature or an embedding is missing altogether."""
        if missing := [name for name in self.columns if name not in features]:
            raise WeightsError(f"The model needs the feature {missing[0]!r}, which this version does not compute; "
                               "use a bundle made for it.")
        row = np.concatenate([joined(np.asarray(embeddings)[None], self.averaged)[0],
                              [features[name] for name in self.columns]])
        if row.shape != self.mean.shape:
            raise WeightsError("What tells the unlike from the like was made for other networks than the bundle's; "
                               "export the bundle again.")
        scaled = np.clip((row.astype(np.float64) - self.mean) / self.deviation, -MOST, MOST)
        return np.asarray(self.projection @ np.where(np.isnan(scaled), 0.0, scaled))

    def likeness(self, embeddings: Sequence[FloatArray], features: Mapping[str, float]) -> Likeness:
        """Raises WeightsError as project does."""
        place = self.project(embeddings, features)
        nearest = np.argsort(((self.references - place) ** 2).sum(axis=1), kind="stable")[:NEAREST]
        return Likeness(float(np.linalg.norm(place)), self.limit, self.false_alarm,
                        tuple(int(one) for one in nearest) if len(self.pictures) else ())


def joined(embeddings: FloatArray, averaged: bool) -> FloatArray:
    """The folds' embeddings of N cases, shape (N, folds, width), as one row each: their mean, or one after another."""
    return np.asarray(embeddings.mean(axis=1) if averaged else embeddings.reshape(len(embeddings), -1))


class _Embedded(Protocol):
    """What a network said of a case, with what it saw in it."""

    @property
    def embedding(self) -> FloatArray:
        """As the network's head takes it."""


class _Judge(Protocol):
    """A bundle of the metastasis question."""

    @property
    def novelty(self) -> NoveltyModel | None:
        """None in a bundle that cannot tell."""


def likeness(bundle: _Judge, readings: Sequence[_Embedded], features: Mapping[str, float]) -> Likeness | None:
    """How like the model's own lesions this one is; None where the bundle cannot tell. readings: of each fold;
    features: radiomics. Raises WeightsError where something is missing."""
    if bundle.novelty is None:
        return None
    return bundle.novelty.likeness([reading.embedding for reading in readings], features)


def read_novelty(contents: Mapping[str, bytes], files: Sequence[NoveltyFile],
                 inputs: Sequence[str] = ()) -> NoveltyModel | None:
    """The one for these inputs, None where there is none. contents: of a bundle's files. Raises WeightsError."""
    wanted = next((one for one in files if one.inputs == tuple(inputs)), None)
    if wanted is None:
        return None
    arrays = _read(contents[wanted.file], wanted.file)
    mean, deviation, projection, references = (arrays[name].astype(np.float64) for name in _ARRAYS[:-1])
    return NoveltyModel(wanted.columns, mean, deviation, projection, references, arrays["pictures"], wanted.limit,
                        wanted.false_alarm, wanted.averaged)


def novelty_bytes(model: NoveltyModel) -> bytes:
    """The file that read_novelty takes; numbers in single precision."""
    content: bytes = safetensors.numpy.save(
        {name: np.ascontiguousarray(getattr(model, name), np.float32) for name in _ARRAYS[:-1]}
        | {"pictures": np.ascontiguousarray(model.pictures)})
    return content


def _read(content: bytes, name: str) -> dict[str, Any]:
    try:
        arrays: dict[str, Any] = safetensors.numpy.load(content)
    except SafetensorError as error:
        raise WeightsError(f"The file {name!r} is not a safetensors file; install the bundle again.") from error
    kinds = {key: array.dtype.kind for key, array in arrays.items()}
    if kinds != dict.fromkeys(_ARRAYS[:-1], "f") | {"pictures": "u"}:
        raise WeightsError(f"The file {name!r} does not hold the arrays that tell the unlike from the like; export the "
                           "bundle again.")
    return arrays
