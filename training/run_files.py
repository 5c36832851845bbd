"""What a pre-training leaves in its folder: a checkpoint to go on from, and a log of its losses."""

import csv
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import torch
from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule

from rnapp.errors import InputError
from rnapp.files import replacing

CHECKPOINT, LOG = "last.ckpt", "log.csv"
LOSSES = ("loss", "restoration", "contrast")


class RunFiles:
    """Checkpoint and log of a pre-training; without a folder nothing is kept. identity: of the run."""

    def __init__(self, fabric: Fabric, model: _FabricModule, optimiser: torch.optim.Optimizer, folder: Path | None,
                 identity: Mapping[str, object]) -> None:
        self._fabric, self._model, self._optimiser = fabric, model, optimiser
        self._folder, self._identity = folder, dict(identity)
        self._first = fabric.global_rank == 0
        if folder is not None and self._first:
            folder.mkdir(parents=True, exist_ok=True)
        self.done = 0

    def resume(self) -> int:
        """The first step that is still to do. Raises InputError where the folder holds another run."""
        if self._folder is None:
            return 0
        file = self._folder / CHECKPOINT
        if file.is_file():
            # Before its weights, which may not even fit.
            expect(self._folder, self._fabric.load(file)["identity"], self._identity)
            state = {"model": self._model, "optimiser": self._optimiser}
            self.done = int(self._fabric.load(file, state)["step"])
        self._cut_log(self._folder / LOG)
        return self.done

    def save(self, step: int) -> None:
        """After this many steps. The last checkpoint stays whole until the new one is."""
        if self._folder is None:
            return
        unfinished = self._folder / f"{CHECKPOINT}.part"
        self._fabric.save(unfinished, {"model": self._model, "optimiser": self._optimiser, "step": step,
                                       "identity": self._identity})
        if self._first:
            unfinished.replace(self._folder / CHECKPOINT)
        self._fabric.barrier()

    def log(self, step: int, values: tuple[float, ...]) -> None:
        """One line of the step's losses."""
        if self._folder is None or not self._first:
            return
        file = self._folder / LOG
        new = not file.is_file()
        with file.open("a", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            if new:
                writer.writerow(["step", *LOSSES])
            writer.writerow([step, *(f"{value:.6f}" for value in values)])

    def _cut_log(self, file: Path) -> None:
        """Lines after the checkpoint belong to steps that are done again."""
        if self._first and file.is_file():
            with file.open() as stream:
                kept = list(islice(stream, self.done + 1))
            with replacing(file) as unfinished:
                unfinished.write_text("".join(kept))
        self._fabric.barrier()


def expect(folder: Path, found: object, wanted: object) -> None:
    """Raises InputError where a folder holds another run than the one that is to go on."""
    if found != wanted:
        raise InputError(f"Expected a folder of this very run, but {folder} holds another one; name another folder, or "
                         "delete that one.")
