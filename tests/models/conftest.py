"""A small bundle with random weights, made afresh for each session: fast, and nothing in it is trained."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from rnapp.models.bundle_file import pack_bundle
from rnapp.models.stacker import VIT_COLUMN, Stacker
from rnapp.models.vit import build_vit
from rnapp.models.vit_config import VitConfig
from rnapp.tasks import load_model
from rnapp.tasks.metastasis.crop import Crop
from rnapp.types import Volume
from training.bundle import Description, write_bundle, write_card

SMALL = VitConfig(side=64, channels=2, patch=16, hidden=12, layers=2, heads=2, mlp=16)
COLUMNS = (VIT_COLUMN, "original_firstorder_Mean", "wavelet-LLH_glcm_Correlation", "age", "sex=female", "sex=male")
# LPS and SRI24-like: 1 mm, x and y reversed against the array.
AFFINE = np.array([[-1.0, 0, 0, 70.0], [0, -1.0, 0, 40.0], [0, 0, 1.0, -20.0], [0, 0, 0, 1.0]])


@dataclass(frozen=True)
class MadeBundle:
    """Where it is and what it was made from."""

    folder: object
    vits: tuple
    stackers: tuple


def make_stacker(seed, columns=COLUMNS):
    rng = np.random.default_rng(seed)
    wide = len(columns)
    return Stacker(columns, rng.normal(size=wide), rng.uniform(0.5, 2.0, wide),
                   (rng.normal(size=(5, wide)), rng.normal(size=(1, 5))), (rng.normal(size=5), rng.normal(size=1)))


def make_bundle(folder, demonstration=True, folds=3):
    torch.manual_seed(7)
    vits = tuple(build_vit(SMALL) for _ in range(folds))
    stackers = tuple(make_stacker(seed) for seed in range(folds))
    words = Description("small", "0.1", demonstration, "Apache-2.0", "a test", "nothing", {})
    write_bundle(folder, vits, stackers, SMALL)
    write_card(folder, words, SMALL, stackers, 1.5, {"held_out/vit/auc": 0.5})
    return MadeBundle(folder, vits, stackers)


def card_of(folder):
    return json.loads((folder / "card.json").read_text())


def edit(folder, **changes):
    """Other fields on a bundle's card; with another name it is another bundle."""
    (folder / "card.json").write_text(json.dumps(card_of(folder) | changes))


def as_schema_1(folder):
    """The card as rnapp wrote it before there were tasks."""
    card = card_of(folder)
    sizes = card.pop("sizes")
    del card["task"], card["architecture"], card["channels"]
    card["input"] |= {"crop": sizes.pop("crop"), "channels": ["T1CE z-score", "lesion mask"]}
    (folder / "card.json").write_text(json.dumps(
        card | {"schema_version": 1, "vit": sizes, "temperature": card.pop("calibration")["temperature"]}))


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path / "bundles" / "small")


@pytest.fixture(scope="session")
def crop():
    """An asymmetric ellipsoid with a bright rim, off the middle of the crop."""
    rng = np.random.default_rng(11)
    i, j, k = np.indices((64, 64, 64))
    radius = np.sqrt(((i - 36) / 9) ** 2 + ((j - 30) / 6) ** 2 + ((k - 27) / 12) ** 2)
    image = rng.normal(0, 0.4, radius.shape) + 3.0 * ((radius < 1) & (radius > 0.6)) - 1.0 * (radius <= 0.6)
    return Crop(Volume(image.astype(np.float32), AFFINE), Volume(radius < 1, AFFINE))


@pytest.fixture
def folder(tmp_path):
    """A bundle, as training leaves it."""
    folder = tmp_path / "made"
    make_bundle(folder, demonstration=False, folds=1)
    (folder / "MODEL_CARD.md").write_text("words")
    return folder


@pytest.fixture
def packed(folder, tmp_path):
    pack_bundle(folder, tmp_path / "small.rnbundle", load_model)
    return tmp_path / "small.rnbundle"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def not_named(monkeypatch):
    """No bundle is named in the environment."""
    monkeypatch.delenv("RNAPP_BUNDLE", raising=False)


@pytest.fixture
def weights(tmp_path):
    """With the program: the demonstration."""
    make_bundle(tmp_path / "program" / "bundles" / "demo", folds=1)
    return tmp_path / "program"


def make_own(data, name, demonstration=False):
    """A bundle of the user's, not chosen."""
    folder = data / "bundles" / name
    make_bundle(folder, demonstration, folds=1)
    edit(folder, name=name)
    return folder


def sha256(folder):
    return hashlib.sha256((folder / "card.json").read_bytes()).hexdigest()
