"""A prepared head without any computing: the atlas on an oblique, flipped, anisotropic grid, with a known way back."""

import numpy as np
from scipy.spatial.transform import Rotation

from rnapp.geometry import resample
from rnapp.preprocess.bias_field import corrected_scan
from rnapp.preprocess.normalise import z_score
from rnapp.tasks.metastasis.question import T1CE
from rnapp.types import (
    Atlas,
    BiasField,
    CancelToken,
    Channel,
    Prepared,
    RegistrationQuality,
    SimilarityTransform,
    Volume,
)
from tests.conftest import loaded, oblique_affine

CENTRE = np.array([80.0, -129, 85])  # of the lesions, SRI24 LPS mm: white matter, inside the brain
SHAPE = (120, 70, 130)


def made_head(atlas: Atlas) -> Prepared:
    """With a bias field, and voxels of 1.6 × 2.9 × 1.5 mm."""
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", (9, -6, 14), degrees=True).as_matrix() * 0.97
    turn[:3, 3] = (12, -40, 55)
    to_atlas = SimilarityTransform(turn)
    middle = to_atlas.inverse().apply(atlas.head.to_mm((np.array([atlas.head.shape]) - 1) / 2))[0]
    affine = oblique_affine((1.6, 2.9, 1.5), (20, 10, -15), (1, -1, 1), middle, SHAPE)
    native = resample(atlas.head, Volume(np.zeros(SHAPE, np.float32), affine), to_atlas.inverse())
    lattice = np.random.default_rng(3).normal(0, 0.1, (4, 4, 4)).astype(np.float32)
    bias = BiasField(lattice, (60, 65, 35), (0, 0, 0), (2, 2, 2))
    head = resample(corrected_scan(native, bias, CancelToken()), atlas.head, to_atlas)
    channel = Channel(loaded(native).series, native, bias, to_atlas, head, z_score(head, atlas.brain_mask))
    return Prepared({T1CE: channel}, atlas.brain_mask, RegistrationQuality(0.97, 0.9, True, ""), {})
