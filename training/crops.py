"""Many crops on disk: written once, resumable, read in batches without holding them all in memory.

images.npy: float16, shape (N, 64, 64, 64), z-scored T1CE; masks.npy: uint8, shape (N, 64³/8), packed bits; crops.json:
what the crops are, and how many are written.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.tasks.metastasis.crop import CROP_SIDE, Crop

STATE = "crops.json"
CROP_SHAPE = (CROP_SIDE,) * 3


class CropSource(Protocol):
    """Crops by their numbers. A float tensor of shape (N, 2, 64, 64, 64) fits, and so does a CropStore."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, indices: Tensor) -> Tensor:
        """Shape (B, 2, 64, 64, 64): T1CE and mask, any floating type."""


class CropStore:
    """Crops on disk. identity: what they are made from and how many they will be. Raises InputError where the folder
    holds other crops."""

    def __init__(self, folder: Path, count: int, made_from: Mapping[str, object]) -> None:
        self._folder = folder
        self.identity = {"made_from": json.loads(json.dumps(made_from)), "count": count}
        folder.mkdir(parents=True, exist_ok=True)
        state = self._state()
        if state is not None and {name: state[name] for name in self.identity} != self.identity:
            raise InputError(f"Expected a folder for {count} new crops, but {folder} already holds others; name "
                             "another folder, or delete that one.")
        self._images = _array(folder / "images.npy", np.float16, (count, *CROP_SHAPE), state is None)
        self._masks = _array(folder / "masks.npy", np.uint8, (count, CROP_SIDE ** 3 // 8), state is None)
        self.written = int(state["written"]) if state else 0
        if state is None:
            self._keep()

    @classmethod
    def finished(cls, folder: Path) -> "CropStore":
        """All the crops that an earlier run wrote. Raises InputError if they are incomplete."""
        file = folder / STATE
        if not file.is_file():
            raise InputError(f"Expected crops in {folder}, but there are none; make them first, with "
                             "training.reproduce --only-crops.")
        state = json.loads(file.read_text(encoding="utf-8"))
        if state["written"] < state["count"]:
            raise InputError(f"Expected {state['count']} crops in {folder}, but {state['written']} are there; run "
                             "training.reproduce --only-crops again.")
        return cls(folder, state["count"], state["made_from"])

    def extend(self, crops: Iterable[Crop]) -> None:
        """Write the next crops, in order; after a kill all but the last few are kept."""
        for number, crop in enumerate(crops, start=self.written):
            self._images[number] = crop.t1ce.array
            self._masks[number] = np.packbits(crop.mask.array)
            self.written = number + 1
            if self.written % 100 == 0:
                self._keep()
        self._keep()

    def __len__(self) -> int:
        return self.written

    def __getitem__(self, indices: Tensor) -> Tensor:
        rows = indices.numpy()
        masks = np.unpackbits(self._masks[rows], axis=1).reshape(len(rows), *CROP_SHAPE)
        return torch.from_numpy(np.stack([self._images[rows], masks.astype(np.float16)], axis=1))

    def _keep(self) -> None:
        self._images.flush()
        self._masks.flush()
        with replacing(self._folder / STATE) as unfinished:
            unfinished.write_text(json.dumps(self.identity | {"written": self.written}), encoding="utf-8")

    def _state(self) -> dict[str, Any] | None:
        file = self._folder / STATE
        found: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
        return found


def _array(path: Path, kind: type, shape: tuple[int, ...], new: bool) -> np.memmap:
    return np.lib.format.open_memmap(path, "w+" if new else "r+", np.dtype(kind), shape if new else None)
