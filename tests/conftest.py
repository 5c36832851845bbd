"""What several rooms' tests share: the real atlas, the example study, and volumes with geometry that betrays flips."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from filelock import FileLock
from scipy.spatial.transform import Rotation

from rnapp import pipeline
from rnapp.config import default_settings
from rnapp.io.atlas import read_atlas
from rnapp.pipeline.resources import Resources
from rnapp.types import Atlas, Prepared, RegistrationQuality, SimilarityTransform, Study, Volume
from tests import durations
from tests.ui.browsing import chromium_running

if TYPE_CHECKING:
    from playwright.sync_api import Browser


Made = TypeVar("Made")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, and the mark "slow"."""
    durations.sort_and_mark(items, durations.read())


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], Made]) -> Made:
    """What tests that run side by side, each in a process of its own, share: the first that asks makes it."""
    base = factory.getbasetemp()
    file = (base.parent if base.name.startswith("popen-") else base) / f"{name}.pickle"
    with FileLock(f"{file}.lock"):
        if not file.is_file():
            file.write_bytes(pickle.dumps(make()))
        made: Made = pickle.loads(file.read_bytes())
    return made


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What this user's machine remembers and keeps is out of the tests' sight and reach: they compute in single
    precision everywhere, with the demonstration bundle, and install nothing for real."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp("state")))
        patch.setenv("RNAPP_DATA", str(tmp_path_factory.mktemp("data")))
        patch.delenv("RNAPP_BUNDLE", raising=False)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for all tests that drive one."""
    with chromium_running() as running:
        yield running


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    """SRI24 as it ships."""
    return read_atlas(default_settings().weights)


@pytest.fixture(scope="session")
def resources() -> Resources:
    """Atlas and demonstration bundle as they ship, on the CPU."""
    return pipeline.load_resources(default_settings())


@pytest.fixture(scope="session")
def example_folder(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example study as python -m rnapp example writes it; every worker reads the same."""
    def write() -> Path:
        folder = tmp_path_factory.mktemp("example")
        pipeline.write_example(atlas, folder)
        return folder

    return made_once(tmp_path_factory, "example", write)


@pytest.fixture(scope="session")
def example_study(example_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The example study, opened."""
    return pipeline.open_study([example_folder / "study"], tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="session")
def prepared_example(example_study: Study, resources: Resources,
                     tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The example study, really prepared (about half a minute on two cores), once for all workers."""
    def prepare() -> Prepared:
        volume = pipeline.load_volume(example_study, pipeline.proposed_series(example_study))
        return pipeline.prepare(volume, resources)

    return made_once(tmp_path_factory, "prepared_example", prepare)


def oblique_affine(spacing: tuple[float, float, float], degrees: tuple[float, float, float],
                   flips: tuple[int, int, int], centre: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """An affine of a turned, anisotropic, possibly left-handed grid whose middle lies at centre (LPS mm)."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() * np.array(spacing) * flips
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


@pytest.fixture(scope="session")
def turned(atlas: Atlas) -> Prepared:
    """A prepared study without any computing: an oblique, flipped, anisotropic native grid and a known transform."""
    rotation = np.eye(4)
    rotation[:3, :3] = Rotation.from_euler("xyz", (9, -6, 14), degrees=True).as_matrix() * 0.96
    rotation[:3, 3] = (12, -140, 55)
    to_atlas = SimilarityTransform(rotation)
    shape = (190, 60, 210)  # slices along the second axis
    middle = atlas.head.to_mm((np.array([atlas.head.shape]) - 1) / 2)
    centre = to_atlas.inverse().apply(middle)[0]
    affine = oblique_affine((1.1, 3.5, 0.9), (20, 10, -15), (1, -1, 1), centre, shape)
    native = Volume(np.zeros(shape, np.float32), affine)
    t1ce = atlas.brain.with_array(atlas.brain.array.astype(np.float32))
    quality = RegistrationQuality(1.0, 1.0, True, "Made by hand.")
    return Prepared(native, atlas.head, t1ce, atlas.brain_mask, to_atlas, quality, {})


def sphere(grid: Volume, centre_mm: np.ndarray, radius_mm: float) -> Volume:
    """A ball on a grid, bool: every voxel whose middle lies inside."""
    reach = radius_mm / grid.spacing + 1
    middle = grid.to_voxels(np.asarray(centre_mm)[None])[0]
    low = np.clip(np.floor(middle - reach), 0, None).astype(int)
    high = np.minimum(np.ceil(middle + reach) + 1, grid.shape).astype(int)
    array = np.zeros(grid.shape, bool)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    indices = np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"), axis=-1)
    distance = np.linalg.norm(grid.to_mm(indices.reshape(-1, 3).astype(float)) - centre_mm, axis=1)
    array[box] = (distance <= radius_mm).reshape(indices.shape[:3])
    return Volume(array, grid.affine)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks on one grid."""
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))
