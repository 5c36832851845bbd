"""A 3D ResNet in two parts. The layers before its first pooling run in slabs, because at full size they would fill the
memory; where a small cube of the input is replaced, only the features around it are recomputed, and are the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnapp.compute import REFERENCE, LoadedNetwork, NetworkSource, available, make_backend
from rnapp.compute.backends import TorchBackend
from rnapp.types import CancelToken, FloatArray

if TYPE_CHECKING:
    from monai.networks.nets import ResNet

_KERNEL, _PADDING = 7, 3  # of the first convolution
_SLAB = 8  # of the pooling's output: 0.2 GB of the paper's network instead of 6
_FAST = "openvino-float32"  # two to four times as fast as torch on a CPU, from the second run on


class Tail(nn.Module):
    """From the first pooling to the logits: (B, features, side, side, side) → (B, 2)."""

    def __init__(self, network: "ResNet") -> None:
        super().__init__()
        self.layers = nn.Sequential(network.layer1, network.layer2, network.layer3, network.layer4, network.avgpool)
        self.fc = network.fc

    def forward(self, features: Tensor) -> Tensor:
        """The logits of both outcomes."""
        logits: Tensor = self.fc(self.layers(features).flatten(1))
        return logits


@dataclass(frozen=True)
class _Span:
    """Along one axis: which inputs (of the padded array), which outputs of the convolution, how many are missing before
    and after them, and which of the pooling change with a cube of the input."""

    inputs: slice
    before: int
    after: int
    pooled: slice


class Probe:
    """One network on one input. Not for several threads at once."""

    def __init__(self, network: "ResNet", volumes: FloatArray, cancel: CancelToken) -> None:
        """volumes: float32, shape (channels, side, side, side). Raises Cancelled."""
        self._network, self._cancel = network, cancel
        device = next(network.parameters()).device
        inputs = torch.from_numpy(np.ascontiguousarray(volumes))[None].to(device)
        self._padded = functional.pad(inputs, (_PADDING,) * 6)
        self._convolved = _convolved(network, inputs.shape[-1])
        with torch.inference_mode():
            self._features = pooled_features(network, inputs, cancel)
        self._tail = _load(Tail(network).eval(), tuple(self._features.shape), device)

    def logits(self) -> FloatArray:
        """With nothing replaced, float32, shape (2,). Raises Cancelled."""
        return np.asarray(self._tail(self._features.cpu().numpy(), self._cancel)[0])

    def replaced(self, start: tuple[int, int, int], values: FloatArray) -> FloatArray:
        """With a cube of the input replaced, float32, shape (2,). values: shape (channels, side, side, side), from the
        voxel start on. Raises Cancelled."""
        spans = [self._span(first, first + size) for first, size in zip(start, values.shape[1:], strict=True)]
        place = _everywhere(one.pooled for one in spans)
        with torch.inference_mode():
            kept = self._features[place].clone()
            self._features[place] = self._around(start, values, spans)
            try:
                return self.logits()
            finally:
                self._features[place] = kept

    def _around(self, start: tuple[int, int, int], values: FloatArray, spans: list[_Span]) -> Tensor:
        """The pooled features that the cube changes."""
        patch = self._padded[_everywhere(one.inputs for one in spans)].clone()
        corner = [first + _PADDING - one.inputs.start for first, one in zip(start, spans, strict=True)]
        inside = _everywhere(slice(first, first + size) for first, size in zip(corner, values.shape[1:], strict=True))
        patch[inside] = torch.from_numpy(values).to(patch.device)
        convolution = self._network.conv1
        first = self._network.act(self._network.bn1(
            functional.conv3d(patch, convolution.weight, stride=convolution.stride)))
        edges = [edge for one in reversed(spans) for edge in (one.before, one.after)]
        return functional.max_pool3d(functional.pad(first, edges), 3, 2)

    def _span(self, low: int, high: int) -> _Span:
        """Of the inputs from low to before high."""
        stride, last = self._network.conv1.stride[0], self._convolved - 1
        changed = max(0, -(-(low - _PADDING) // stride)), min(last, (high - 1 + _PADDING) // stride)
        pooled = max(0, changed[0] // 2), min(last // 2, (changed[1] + 1) // 2)
        needed = 2 * pooled[0] - 1, 2 * pooled[1] + 1
        there = max(0, needed[0]), min(last, needed[1])
        return _Span(slice(there[0] * stride, there[1] * stride + _KERNEL), there[0] - needed[0],
                     needed[1] - there[1], slice(pooled[0], pooled[1] + 1))


def pooled_features(network: "ResNet", inputs: Tensor, cancel: CancelToken) -> Tensor:
    """What comes out of the first pooling, computed in slabs along the first axis: (B, channels, side, side, side) →
    (B, features, side, side, side). Raises Cancelled."""
    padded, convolution = functional.pad(inputs, (_PADDING,) * 6), network.conv1
    stride, last = convolution.stride[0], _convolved(network, inputs.shape[-1]) - 1
    slabs = []
    for begin in range(0, last // 2 + 1, _SLAB):
        cancel.check()
        end = min(begin + _SLAB - 1, last // 2)
        low, high = max(0, 2 * begin - 1), min(last, 2 * end + 1)
        first = network.act(network.bn1(functional.conv3d(
            padded[:, :, low * stride:high * stride + _KERNEL], convolution.weight, stride=stride)))
        # After the activation nothing is below 0, so 0 beyond the edge is what the pooling's own padding is.
        edges = (1, 1, 1, 1, low - (2 * begin - 1), 2 * end + 1 - high)
        slabs.append(functional.max_pool3d(functional.pad(first, edges), 3, 2))
    return torch.cat(slabs, dim=2)


def _convolved(network: "ResNet", side: int) -> int:
    """Voxels along an axis behind the first convolution."""
    return (side + 2 * _PADDING - _KERNEL) // int(network.conv1.stride[0]) + 1


def _everywhere(box: Iterable[slice]) -> tuple[slice, ...]:
    """A box in all cases and channels of a batch."""
    return (slice(None), slice(None), *box)


def _load(tail: Tail, shape: tuple[int, ...], device: torch.device) -> LoadedNetwork:
    """OpenVINO where it is, on a CPU; the same in single precision everywhere else."""
    source = NetworkSource("resnet-tail", lambda: tail)
    if device.type == "cpu" and _FAST in available("cpu"):
        return make_backend(_FAST).load(source, shape, keep=False)
    return TorchBackend(REFERENCE, device.type).load(source, shape, keep=False)
