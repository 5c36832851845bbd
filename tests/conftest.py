"""What several rooms' tests share: the real atlas, the example study, and volumes with geometry that betrays flips."""

import copyreg
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pytest
from filelock import FileLock
from scipy.spatial.transform import Rotation

from rnapp.compute import REFERENCE, available
from rnapp.config import default_settings
from rnapp.geometry import grid_like
from rnapp.io.atlas import read_atlas
from rnapp.tasks.metastasis.question import T1CE
from rnapp.tasks.metastasis.task import METASTASIS
from rnapp.types import (
    Atlas,
    Caution,
    Channel,
    LoadedSeries,
    Prepared,
    RegistrationQuality,
    Series,
    SimilarityTransform,
    Study,
    Volume,
)
from rnapp.ui.stubs import write_no_stubs
from tests import durations
from tests.browser_files import browser_files
from tests.trusted import calibrated
from tests.ui.browsing import chromium_running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from rnapp.pipeline.resources import Resources
    from rnapp.tasks.rice.example import ExamplePatient, Machine

FITS = RegistrationQuality(1.0, 1.0, True, "Made by hand.")
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
# Values hold mappings that nobody can change; pickle does not know them.
copyreg.pickle(MappingProxyType, lambda mapping: (MappingProxyType, (dict(mapping),)))
write_no_stubs()  # before any test imports gradio

Made = TypeVar("Made")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, and the mark "slow"."""
    check_browser_files(items)
    durations.sort_and_mark(items, durations.read())


def check_browser_files(items: list[pytest.Item]) -> None:
    """Raises UsageError where python3 -m tests would leave out a test that drives a browser."""
    marked = {item.nodeid.partition("::")[0] for item in items if item.get_closest_marker("browser")}
    if unknown := sorted(marked - set(browser_files())):
        raise pytest.UsageError(f"Expected the mark of a browser test in the file itself (tests/browser_files.py), but "
                                f"{', '.join(unknown)} has it from elsewhere.")


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
def resources() -> "Resources":
    """Atlas and demonstration bundle as they ship, on the CPU; its card says that its numbers need no calibration."""
    from rnapp import pipeline

    found: Resources = calibrated(pipeline.load_resources(default_settings()))
    return found


@pytest.fixture(scope="session")
def quick_resources() -> "Resources":
    """The same with the quickest backend that this machine has (tests/preprocess/test_skull_strip.py: all agree)."""
    from rnapp import pipeline

    return pipeline.load_resources(replace(default_settings(), backend=available("cpu")[-1]))


@pytest.fixture(scope="session")
def example_folder(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example study as python -m rnapp example writes it; every worker reads the same."""
    def write() -> Path:
        folder = tmp_path_factory.mktemp("example")
        assert METASTASIS.example is not None
        METASTASIS.example(atlas, folder)
        return folder

    return made_once(tmp_path_factory, "example", write)


@pytest.fixture(scope="session")
def example_study(example_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The example study, opened."""
    from rnapp import pipeline

    return pipeline.open_study([example_folder / "study"], tmp_path_factory.mktemp("workspace"), METASTASIS)


@pytest.fixture(scope="session")
def prepared_example(example_study: Study, resources: "Resources",
                     tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The example study, really prepared (about half a minute on two cores), once for all workers."""
    def prepare() -> Prepared:
        from rnapp import pipeline

        return pipeline.prepare({T1CE: loaded_example(example_study)}, resources)

    return made_once(tmp_path_factory, "prepared_example", prepare)


@dataclass(frozen=True, eq=False)
class RiceExample:
    """The example of the second question: who it is, and where its files are."""

    patient: "ExamplePatient"
    folder: Path

    def pose(self, machine: "Machine") -> SimilarityTransform:
        """Rendered LPS mm → a scanner's."""
        from rnapp.tasks.rice.example import rendered_middle

        return machine.pose(rendered_middle(self.patient.ct))


@pytest.fixture(scope="session")
def rice_example(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> RiceExample:
    """As python -m rnapp example --task rice writes it; every worker reads the same."""
    def write() -> RiceExample:
        from rnapp.tasks.rice.example import example_patient, write_patient

        patient, folder = example_patient(atlas), tmp_path_factory.mktemp("rice-example")
        write_patient(patient, folder)
        return RiceExample(patient, folder)

    return made_once(tmp_path_factory, "rice_example", write)


@pytest.fixture(scope="session")
def prepared_rice_example(rice_example: RiceExample, quick_resources: "Resources",
                          tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The example of the second question, really prepared with its dose, which nobody has confirmed (about half a
    minute on two cores), once for all workers."""
    def prepare() -> Prepared:
        from rnapp import pipeline
        from rnapp.pipeline.study import read_case
        from rnapp.tasks.rice import RICE

        inputs = read_case([rice_example.folder / "study"], RICE)
        assert inputs.dose is not None
        scans = pipeline.prepare(inputs.scans, replace(quick_resources, task=RICE))
        return pipeline.place_dose(scans, inputs.dose, inputs.links, inputs.planning)

    return made_once(tmp_path_factory, "prepared_rice_example", prepare)


@pytest.fixture(scope="session")
def prepare_example(prepared_example: Prepared) -> Callable[..., Prepared]:
    """In the place of pipeline.prepare, for what prepares the example on its way: prepared_example, once it is certain
    that exactly this is asked for."""
    def prepare(inputs: Mapping[str, LoadedSeries], resources: "Resources", progress: object = None,
                cancel: object = None, cautions: tuple[Caution, ...] = ()) -> Prepared:
        (role, series), = inputs.items()
        native = prepared_example.native
        assert (role, series.series.source) == (T1CE, prepared_example.reference.series)
        assert series.volume.same_grid(native)
        assert np.array_equal(series.volume.array, native.array)
        assert (resources.backend.name, resources.settings.brain_mask_mode) == (REFERENCE, "fast")
        return replace(prepared_example, cautions=(*cautions, *prepared_example.cautions))

    return prepare


def loaded_example(study: Study) -> LoadedSeries:
    """The proposed series of the example study, as read."""
    from rnapp import pipeline

    uid = study.proposed[T1CE].uid
    assert uid is not None
    return pipeline.load_series(study, uid)


def loaded(volume: Volume, uid: str = "1.2.3") -> LoadedSeries:
    """A made volume as a series that was read."""
    i, j, k = (float(side) for side in volume.spacing)
    return LoadedSeries(Series(uid, "Made by hand", "MR", "T1CE", (), volume.shape, (i, j, k)), volume)


def one_channel(native: Volume, head: Volume, image: Volume, to_atlas: SimilarityTransform) -> dict[str, Channel]:
    """The channels of a prepared study with one scan whose bias field was not kept."""
    return {T1CE: Channel(loaded(native).series, native, None, to_atlas, head, image)}


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
    return Prepared(one_channel(native, atlas.head, t1ce, to_atlas), atlas.brain_mask, FITS, {})


def with_channel(prepared: Prepared, **changed: Any) -> Prepared:
    """The study with other fields of its only scan."""
    (role, channel), = prepared.channels.items()
    return replace(prepared, channels={role: replace(channel, **changed)})


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
    return grid_like(grid, array)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks on one grid."""
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real scans beside the checkout; the test is skipped without them."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real scans (../shared/data) are not here")
    return SHARED_DATA
