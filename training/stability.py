"""Which radiomics features mean the same when the same lesion is prepared a little differently?

Zwanenburg et al. 2019 (Assessing robustness of radiomic features by image perturbation): features are computed again
on perturbed images, and only those with a high intraclass correlation are offered to the selection. It needs no label.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import FloatArray

# How much two preparations of one scan differ (another backend, another HD-BET mode), rounded up.
SHIFT_MM, TURN_DEGREES, SCALE, OFFSET = 0.5, 1.0, 0.02, 0.02
OUTLINE = 0.1  # of the soft outline's level: about a tenth of a voxel in or out
LEAST_ICC = 0.9


def perturb(crop: Crop, rng: np.random.Generator) -> Crop:
    """The crop as another preparation of the same scan might have cut it: moved by under a voxel, z-scored again."""
    turn = Rotation.from_rotvec(np.deg2rad(TURN_DEGREES) * rng.normal(size=3) / np.sqrt(3)).as_matrix()
    middle = (np.array(crop.t1ce.shape) - 1) / 2
    offset = middle - turn @ middle + SHIFT_MM * rng.uniform(-1, 1, 3)
    image = affine_transform(crop.t1ce.array, turn, offset, order=1, mode="nearest")
    image = image * (1 + SCALE * rng.uniform(-1, 1)) + OFFSET * rng.uniform(-1, 1)
    soft = affine_transform(gaussian_filter(crop.mask.array.astype(np.float32), 0.5), turn, offset, order=1)
    mask = soft > 0.5 + OUTLINE * rng.uniform(-1, 1)
    return Crop(crop.t1ce.with_array(image.astype(np.float32)), crop.mask.with_array(mask))


def intraclass_correlation(first: FloatArray, second: FloatArray) -> FloatArray:
    """ICC(1,1) of each column (Shrout and Fleiss 1979); arrays of shape (lesions, features), the same lesions twice.

    0 where a feature does not vary or is unknown for a lesion.
    """
    mean = (first + second) / 2
    between = 2 * mean.var(axis=0, ddof=1)
    within = ((first - second) ** 2).mean(axis=0) / 2
    total = between + within
    return np.asarray(np.nan_to_num(np.divide(between - within, total, out=np.zeros_like(total), where=total > 0)))


def stable_features(first: Sequence[Mapping[str, float]], second: Sequence[Mapping[str, float]]) -> list[str]:
    """Names of the features, in order, whose intraclass correlation over the lesions is at least LEAST_ICC."""
    names = list(first[0])
    values = [np.array([[row[name] for name in names] for row in rows], np.float64) for rows in (first, second)]
    agreement = intraclass_correlation(*values)
    return [name for name, icc in zip(names, agreement, strict=True) if icc >= LEAST_ICC]
