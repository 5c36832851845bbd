"""OpenVINO on the CPU: the same network, converted in memory and compiled for one shape."""

import sys
import warnings
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch

from rnapp.compute.network import LoadedNetwork, NetworkSource
from rnapp.types import CancelToken, FloatArray

# OpenVINO's converter would otherwise load a package that can report its use over the network; it has a stand-in
# for machines without that package.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino  # noqa: E402
from openvino.frontend import FrontEndManager  # noqa: E402
from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder  # noqa: E402

TRACED_SIDE = 32  # voxels: the trace does not depend on the size, and a small one takes a second


class OpenVinoBackend:
    """precision: "f32" or "bf16". folder: where converted networks are kept, None to convert each time."""

    def __init__(self, name: str, precision: str, folder: Path | None = None) -> None:
        self.name = name
        self._precision, self._folder = precision, folder
        self._core = openvino.Core()
        self._loaded: dict[tuple[str, tuple[int, ...]], Any] = {}
        self._lock = Lock()

    def load(self, source: NetworkSource, shape: tuple[int, ...], keep: bool = True) -> LoadedNetwork:
        """Compiled for this shape; batch and channels come first."""
        with self._lock:
            compiled = self._loaded.get((source.key, shape)) or self._compile(source, shape)
            if keep:
                self._loaded[source.key, shape] = compiled
        return lambda batch, cancel: _run(compiled, batch, cancel)

    def _compile(self, source: NetworkSource, shape: tuple[int, ...]) -> Any:
        model = self._model(source, shape)
        model.reshape(list(shape))
        return self._core.compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": self._precision, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            # Pinned, two processes of one thread each would share the first core.
            "ENABLE_CPU_PINNING": False})

    def _model(self, source: NetworkSource, shape: tuple[int, ...]) -> Any:
        file = self._folder / f"{source.key}-{openvino.__version__.split('-')[0]}.xml" if self._folder else None
        if file and file.is_file():
            return self._core.read_model(file)
        model = _convert(source, shape)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            openvino.save_model(model, file, compress_to_fp16=False)
        return model


def _convert(source: NetworkSource, shape: tuple[int, ...]) -> Any:
    """Through the PyTorch front end itself: nothing of the command-line converter, and no trace at full size."""
    example = torch.zeros(*shape[:2], *[min(TRACED_SIDE, side) for side in shape[2:]])
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: that it is old, and that checks of sizes become constant
        decoder = TorchScriptPythonDecoder(source.build(), example_input=example)
    front_end = FrontEndManager().load_by_framework("pytorch")
    return front_end.convert(front_end.load(decoder))


def _run(compiled: Any, batch: FloatArray, cancel: CancelToken) -> FloatArray:
    """In a request of its own: its memory is freed afterwards."""
    cancel.check()
    request = compiled.create_infer_request()
    request.start_async([np.ascontiguousarray(batch)])
    while not request.wait_for(100):  # ms
        if cancel.event.is_set():
            request.cancel()
            request.wait()
            break
    cancel.check()
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)
