"""Time and peak memory of the networks of the second question, each in a process of its own; weights are random.

    python -m tests.benchmarks.rice_network forward torch|openvino [SIDE WIDTH STRIDE]
    python -m tests.benchmarks.rice_network answer [SIDE WIDTH]

forward: one pass of three channels, without numbers that of the preset `paper` (224³, width 1, stride 1). answer: five
folds of three channels, then the maps of occlusion, without numbers of 112³ and width 0.25 (stride 2).
"""

import resource  # not on Windows
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rnapp.compute import NetworkSource, make_backend
from rnapp.models.resnet import build_resnet
from rnapp.models.resnet_bundle import run
from rnapp.types import CancelToken, FloatArray

GB = 1e6  # of ru_maxrss, which Linux gives in kB


def forward(backend: str, side: int = 224, width: float = 1.0, stride: int = 1) -> None:
    """Prints one row: seconds of wall and processor time, peak memory above the program's own. torch: in parts, as the
    app runs it; openvino: the whole network."""
    volumes = np.random.default_rng(0).normal(size=(3, side, side, side)).astype(np.float32)
    _runner(backend, 0.125, 2, 32)(volumes[:, :32, :32, :32].copy())  # imports everything
    before = _peak_gb()
    start = time.perf_counter()
    network = _runner(backend, width, stride, side)
    loaded = time.perf_counter() - start
    start, used = time.perf_counter(), time.process_time()
    network(volumes)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    print(f"| {backend} | {side}³, width {width:g}, stride {stride} | load {loaded:.1f} s | {seconds:.1f} s "
          f"| {cpu:.1f} CPU s | {_peak_gb() - before:.2f} GB above {before:.2f} GB |")


def _runner(backend: str, width: float, stride: int, side: int) -> Callable[[FloatArray], object]:
    network = build_resnet(3, width, stride).eval()
    if backend == "torch":
        return lambda volumes: run(network, volumes, CancelToken())
    source = NetworkSource("network", lambda: network)
    loaded = make_backend("openvino-float32").load(source, (1, 3, side, side, side), keep=False)
    return lambda volumes: loaded(volumes[None], CancelToken())


def answer(side: int = 112, width: float = 0.25) -> None:
    """Prints one row each for the answer and for its maps of occlusion, on a study made by hand."""
    from rnapp.models.card import read_bundle
    from rnapp.tasks.rice import RICE
    from rnapp.types import STUDY
    from tests.models import resnets
    from tests.tasks.rice.prepared import lesions, placed, study

    with tempfile.TemporaryDirectory() as place:
        size = side, 224_000 // side, round(1000 * width)
        folder = resnets.make_resnets(Path(place) / "bundle", folds=5, size=size)
        model = RICE.open_model(read_bundle(folder), "cpu")
        model.load()
        prepared = study(dose=placed())
        prepared.channels["event"].image.array[:] = np.random.default_rng(1).normal(size=prepared.head.shape)
        for name in ("answer", "explain"):
            start, used = time.perf_counter(), time.process_time()
            if name == "answer":
                sample = RICE.sample(prepared, lesions(), STUDY)
                said = RICE.answer(model, sample, STUDY, RICE.question.unknown, CancelToken())
            else:
                assert RICE.explain is not None
                RICE.explain(model, sample, said, lambda stage, fraction: None, CancelToken())
            print(f"| {name} | {side}³, width {width:g}, five folds | {time.perf_counter() - start:.1f} s | "
                  f"{time.process_time() - used:.1f} CPU s | peak {_peak_gb():.2f} GB |", flush=True)


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GB


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "forward":
        backend, *numbers = rest
        forward(backend, *(kind(one) for kind, one in zip((int, float, int), numbers, strict=False)))
    else:
        answer(*(kind(one) for kind, one in zip((int, float), rest, strict=False)))
