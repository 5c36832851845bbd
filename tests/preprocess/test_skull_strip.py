"""HD-BET's published weights in our network."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from rnapp.compute import REFERENCE, LoadedNetwork, NetworkSource, available, make_backend
from rnapp.errors import Cancelled, PreparationError, WeightsError
from rnapp.geometry import from_sitk, grid_like, resample, resample_mask
from rnapp.preprocess import skull_strip
from rnapp.preprocess.hd_bet_network import HDBET
from rnapp.preprocess.skull_strip import brain_mask, load_model, package_file, strip_grid
from rnapp.types import Atlas, BrainMaskMode, CancelToken, FloatArray, Volume
from tests.conftest import dice

REFERENCE_BACKEND = make_backend(REFERENCE)
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "t1ce_head_thick_slices"


def test_atlas_head_gives_the_atlas_brain(atlas: Atlas) -> None:
    """With a quick backend where there is one; tests/pipeline/test_prepare.py asks the same of the reference."""
    grid = strip_grid(atlas.head)
    mask = brain_mask(resample(atlas.head, grid), "fast", make_backend(available("cpu")[-1]), CancelToken())
    back = resample_mask(mask, atlas.head)
    assert dice(back.array, atlas.brain_mask.array) > 0.95
    assert dice(back.array[::-1], atlas.brain_mask.array) < dice(back.array, atlas.brain_mask.array)


def test_strip_grid_covers_the_same_field_of_view(atlas: Atlas) -> None:
    grid = strip_grid(atlas.head)
    assert grid.shape == (160, 160, 104)
    assert grid.spacing == pytest.approx([1.5] * 3)
    corner = -0.5 * np.ones((1, 3))
    assert grid.to_mm(corner)[0] == pytest.approx(atlas.head.to_mm(corner)[0])


def test_every_published_parameter_is_used() -> None:
    state = torch.load(package_file(0), map_location="cpu", weights_only=True)
    ours = set(HDBET().state_dict())
    left = {key for key in state if key not in ours}
    assert ours <= set(state)
    assert all(key.rsplit(".", 1)[1] in {"running_mean", "running_var", "num_batches_tracked"} for key in left)


def test_a_uniform_image_is_refused(atlas: Atlas) -> None:
    grid = strip_grid(atlas.head)
    with pytest.raises(PreparationError, match="uniform"):
        brain_mask(grid_like(grid, np.zeros(grid.shape, np.float32)), "fast", REFERENCE_BACKEND, CancelToken())


def test_cancel_stops_a_running_pass(atlas: Atlas) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        brain_mask(resample(atlas.head, strip_grid(atlas.head)), "fast", REFERENCE_BACKEND, token)


class Mirrors:
    """A backend whose network finds brain in one corner of any input, and counts the networks."""

    name = "mirrors"

    def __init__(self) -> None:
        self.loaded: list[str] = []

    def load(self, source: NetworkSource, shape: tuple[int, ...], keep: bool = True) -> LoadedNetwork:
        self.loaded.append(source.key)

        def run(batch: FloatArray, cancel: CancelToken) -> FloatArray:
            logits = np.concatenate([np.zeros_like(batch), np.where(batch > 1, 9.0, -9.0)], axis=1)
            return np.asarray(logits, np.float32)

        return run


@pytest.mark.parametrize(("mode", "networks", "runs"), [("fast", 1, 1), ("balanced", 5, 5), ("accurate", 5, 40)])
def test_each_mode_runs_its_networks_and_mirrorings_and_says_how_far_it_is(mode: BrainMaskMode, networks: int,
                                                                           runs: int) -> None:
    image = np.zeros((60, 70, 50), np.float32)
    image[5:25, 10:40, 30:45] = 9.0  # in no plane of symmetry
    backend, told = Mirrors(), list[float]()
    found = brain_mask(Volume(image, np.diag([1.5, 1.5, 1.5, 1.0])), mode, backend, CancelToken(), told.append)
    assert np.array_equal(found.array, image > 0), "what was mirrored is mirrored back"
    assert len(set(backend.loaded)) == networks
    assert told == pytest.approx(np.arange(1, runs + 1) / runs)
    assert skull_strip.passes(mode) == runs


def test_altered_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skull_strip, "SHA256", ("0" * 64,) * 5)
    with pytest.raises(WeightsError, match="altered"):
        load_model(0)


def test_missing_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skull_strip, "PACKAGE", "no_such_package")
    with pytest.raises(WeightsError, match="not installed"):
        package_file(0)


@pytest.fixture(scope="module")
def published() -> tuple[Volume, np.ndarray]:
    """A real scan and the mask that HD-BET itself made of it in fast mode."""
    if not DATA.is_dir():
        pytest.skip("the real scans are not beside the checkout")
    scan, mask = (from_sitk(sitk.ReadImage(str(DATA / name))) for name in (
        "tcia_example_t1c.nii.gz", "bet_tcia_example_t1c_mask.nii.gz"))
    return scan, mask.array > 0


@pytest.mark.realdata
def test_every_voxel_is_as_hd_bet_has_it(published: tuple[Volume, np.ndarray]) -> None:
    scan, expected = published
    found = brain_mask(scan, "fast", REFERENCE_BACKEND, CancelToken())
    assert found.same_grid(scan)
    assert expected.sum() > 300_000
    assert np.count_nonzero(found.array != expected) == 0


@pytest.mark.realdata
@pytest.mark.parametrize("name", [name for name in available("cpu") if name != REFERENCE])
def test_the_fast_backends_agree(name: str, published: tuple[Volume, np.ndarray]) -> None:
    scan, expected = published
    found = brain_mask(scan, "fast", make_backend(name), CancelToken())
    assert dice(found.array, expected) >= 0.999
