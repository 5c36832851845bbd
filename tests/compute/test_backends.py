"""Every backend computes what single precision on the CPU computes."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rnapp.compute import BACKENDS, REFERENCE, NetworkSource, available, make_backend
from rnapp.errors import Cancelled, RnappError
from rnapp.types import CancelToken

SHAPE = (1, 1, 32, 32, 48)
HERE = [name for name in BACKENDS if name in available("cpu") or (name == "cuda" and torch.cuda.is_available())]


class Counting:
    """Makes a small seeded network and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> nn.Module:
        self.made += 1
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.InstanceNorm3d(4, affine=True), nn.LeakyReLU(0.01),
                             nn.Conv3d(4, 2, 3, padding=1)).eval()


@pytest.fixture
def batch() -> np.ndarray:
    return np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)


def run(name: str, batch: np.ndarray) -> np.ndarray:
    return make_backend(name).load(NetworkSource("small", Counting()), SHAPE)(batch, CancelToken())


@pytest.mark.parametrize("name", HERE)
def test_it_computes_what_the_reference_computes(name: str, batch: np.ndarray) -> None:
    expected, found = run(REFERENCE, batch), run(name, batch)
    assert found.shape == (1, 2, *SHAPE[2:])
    assert found.dtype == np.float32
    exact = name in (REFERENCE, "openvino-float32")
    assert np.abs(found - expected).max() < (1e-4 if exact else 0.05) * np.abs(expected).max()
    assert np.abs(found[..., ::-1] - expected).max() > 0.5 * np.abs(expected).max(), "a mirrored answer must differ"


@pytest.mark.parametrize("name", HERE)
def test_a_network_is_made_once(name: str, batch: np.ndarray) -> None:
    backend, source = make_backend(name), NetworkSource("small", Counting())
    for _ in range(2):
        backend.load(source, SHAPE)(batch, CancelToken())
    assert source.build.made == 1


@pytest.mark.parametrize("name", HERE)
def test_a_network_that_is_not_kept_is_made_again(name: str, batch: np.ndarray) -> None:
    backend, source = make_backend(name), NetworkSource("small", Counting())
    for _ in range(2):
        backend.load(source, SHAPE, keep=False)(batch, CancelToken())
    assert source.build.made == 2


@pytest.mark.parametrize("name", HERE)
def test_cancel_stops_it(name: str, batch: np.ndarray) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        make_backend(name).load(NetworkSource("small", Counting()), SHAPE)(batch, token)


@pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_a_converted_network_is_kept_in_its_folder(batch: np.ndarray, tmp_path: Path) -> None:
    first, second = (NetworkSource("small", Counting()) for _ in range(2))
    answers = [make_backend("openvino-float32", tmp_path).load(source, SHAPE)(batch, CancelToken())
               for source in (first, second)]
    assert (first.build.made, second.build.made) == (1, 0)
    assert np.array_equal(*answers)


@pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_openvinos_telemetry_is_never_loaded() -> None:
    program = ("import sys; from rnapp.compute import make_backend; make_backend('openvino-float32');"
               "print([name for name, module in sys.modules.items() if 'openvino_telemetry' in name and module])")
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_unknown_backend_gets_a_sentence() -> None:
    with pytest.raises(RnappError, match="torch-float32"):
        make_backend("abacus")


@pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_openvino_pins_no_thread_to_a_core() -> None:
    """Two pinned processes of one thread each would share the first core, and a batch would gain nothing."""
    compiled = make_backend("openvino-float32")._compile(NetworkSource("small", Counting()), SHAPE)  # type: ignore[attr-defined]
    assert compiled.get_property("ENABLE_CPU_PINNING") is False
