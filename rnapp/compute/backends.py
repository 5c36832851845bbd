"""PyTorch in single precision or bfloat16, CUDA with autocast, OpenVINO: a network goes in, a function comes out.

Single precision on the CPU is the reference; every other way must reproduce it (rnapp/pipeline/tuning.py checks).
"""

import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock

import torch
from torch import nn

from rnapp.compute.network import Backend, LoadedNetwork, NetworkSource
from rnapp.errors import RnappError
from rnapp.types import CancelToken, FloatArray

REFERENCE = "torch-float32"


class TorchBackend:
    """PyTorch on one device, with or without autocast to a shorter type."""

    def __init__(self, name: str, device: str, short: torch.dtype | None = None) -> None:
        self.name = name
        self._device, self._short = device, short
        self._loaded: dict[str, nn.Module] = {}
        self._lock = Lock()

    def load(self, source: NetworkSource, shape: tuple[int, ...],  # noqa: ARG002 - others compile for it
             keep: bool = True) -> LoadedNetwork:
        """Any shape will do; the network stays on the device if keep."""
        with self._lock:
            network = self._loaded.get(source.key)
            if network is None:
                network = source.build().to(self._device)
                if keep:
                    self._loaded[source.key] = network
        return lambda batch, cancel: self._run(network, batch, cancel)

    def _run(self, network: nn.Module, batch: FloatArray, cancel: CancelToken) -> FloatArray:
        # A running forward pass can be stopped before each convolution.
        handles = [module.register_forward_pre_hook(lambda *_: cancel.check()) for module in network.modules()
                   if isinstance(module, nn.Conv3d)]
        try:
            with torch.inference_mode(), self._precision():
                output: torch.Tensor = network(torch.from_numpy(batch).to(self._device))
            return output.float().cpu().numpy()
        finally:
            for handle in handles:
                handle.remove()

    def _precision(self) -> AbstractContextManager[object]:
        return torch.autocast(self._device, self._short) if self._short else nullcontext()


def _openvino(name: str, precision: str, folder: Path | None) -> Backend:
    # 0.3 s to import, and not installed everywhere.
    from rnapp.compute.openvino_backend import OpenVinoBackend

    return OpenVinoBackend(name, precision, folder)


# Name → how to make it, in the order in which they are tried.
BACKENDS: dict[str, Callable[[Path | None], Backend]] = {
    REFERENCE: lambda _: TorchBackend(REFERENCE, "cpu"),
    "torch-bfloat16": lambda _: TorchBackend("torch-bfloat16", "cpu", torch.bfloat16),
    "openvino-float32": lambda folder: _openvino("openvino-float32", "f32", folder),
    "openvino-bfloat16": lambda folder: _openvino("openvino-bfloat16", "bf16", folder),
    "cuda": lambda _: TorchBackend("cuda", "cuda", torch.float16),
}


def available(device: str) -> tuple[str, ...]:
    """The backends that this machine has for a device ("cpu" or "cuda"), the reference first."""
    if device == "cuda":
        return ("cuda",)
    names = [REFERENCE]
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        names.append("torch-bfloat16")
    if importlib.util.find_spec("openvino"):
        names += ["openvino-float32", "openvino-bfloat16"]
    return tuple(names)


def make_backend(name: str, folder: Path | None = None) -> Backend:
    """The backend of this name. folder: where it may keep converted networks. Raises RnappError for an unknown name."""
    if name not in BACKENDS:
        raise RnappError(f"Expected one of {', '.join(BACKENDS)} as the way of computing, but got {name}.")
    return BACKENDS[name](folder)
