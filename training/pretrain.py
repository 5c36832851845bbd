"""Self-supervised pre-training on unlabelled crops (Gomaa et al. 2025, phase one; the tasks are in pretext.py).

Lightning Fabric runs it on a CPU, a GPU, several, or several machines (torchrun); every random number depends on the
seed, the step and the sample alone, so that one process or many, a run at one go or one killed and resumed, all do the
same.
"""

import csv
import math
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule
from monai.networks.nets import ViT
from torch import Generator, Tensor, nn
from tqdm import tqdm

from rnapp.errors import InputError
from rnapp.models.vit import VitConfig
from training.config import PretrainConfig
from training.crops import CropSource
from training.optimise import GRADIENT_LIMIT, Report, adamw, short_is_fast, use_fused_attention, warm_cosine_factor
from training.pictures import save_restoration
from training.pretext import RestoringVit, Views, from_patches, make_views, pretext_loss

CHECKPOINT, LOG, PICTURE = "last.ckpt", "log.csv", "restored.png"
LOSSES = ("loss", "restoration", "contrast")


@dataclass(frozen=True)
class Machine:
    """What pre-training runs on, in Fabric's words.

    precision: "bf16-mixed", "32-true", or None for the first where it is fast; every_steps: between checkpoints.
    """

    accelerator: str = "auto"
    devices: int | str = "auto"
    nodes: int = 1
    precision: str | None = None
    every_steps: int = 100


def _precision(machine: Machine) -> str:
    on_gpu = torch.cuda.is_available() and machine.accelerator != "cpu"
    return "bf16-mixed" if short_is_fast("cuda" if on_gpu else "cpu") else "32-true"


def pretrain(crops: CropSource, vit: VitConfig, config: PretrainConfig, seed: int, report: Report,
             folder: Path | None = None, machine: Machine = Machine()) -> ViT:
    """A ViT trained without labels.

    folder: for checkpoints, from which a killed run goes on, the log and a picture of restored crops; None keeps
    nothing. Raises InputError where the folder holds another run, the batch cannot be shared out, or the loss is no
    longer a number.
    """
    fabric = Fabric(accelerator=machine.accelerator, devices=machine.devices, num_nodes=machine.nodes,
                    precision=machine.precision or _precision(machine))
    fabric.launch()
    task = _Task(crops, vit, config, seed)
    task.check(fabric.world_size)
    torch.manual_seed(seed)
    net = RestoringVit(vit)
    use_fused_attention(net.vit, True)
    model, optimiser = fabric.setup(net, adamw(net, config.learning_rate, config.weight_decay))
    run = _Run(fabric, model, optimiser, folder, task)
    losses: list[float] = []
    for step in tqdm(range(run.resume(), task.steps), initial=run.done, total=task.steps, desc="pre-training",
                     unit="step", disable=fabric.global_rank != 0 or folder is None):
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * warm_cosine_factor(step, task.steps)
        values = _step(fabric, model, optimiser, task, step)
        if not all(map(math.isfinite, values)):
            raise InputError(f"The loss is no longer a number at step {step}; start again with a lower learning rate.")
        run.log(step, values)
        losses.append(values[0])
        if (step + 1) % task.steps_per_epoch == 0:
            report(f"pre-training, epoch {(step + 1) // task.steps_per_epoch}/{config.epochs}: "
                   f"loss {sum(losses) / len(losses):.3f}")
            losses = []
            run.picture(step)
        if (step + 1) % machine.every_steps == 0 or step + 1 == task.steps:
            run.save(step + 1)
    use_fused_attention(net.vit, False)
    return net.released()


@dataclass(frozen=True, eq=False)
class _Task:
    """What is trained on, and in which order."""

    crops: CropSource
    vit: VitConfig
    config: PretrainConfig
    seed: int

    def check(self, processes: int) -> None:
        """Raises InputError where the batch cannot be shared out."""
        batch, shares = self.config.batch, processes * self.config.parts
        if batch % shares or len(self.crops) < batch or batch < 2 * self.config.parts:
            raise InputError(f"Expected at least {batch} crops, and batches of {batch} that {processes} processes can "
                             f"share in {self.config.parts} parts, but got {len(self.crops)} crops; change the batch.")

    @property
    def steps_per_epoch(self) -> int:
        return len(self.crops) // self.config.batch

    @property
    def steps(self) -> int:
        return self.config.epochs * self.steps_per_epoch

    @property
    def identity(self) -> dict[str, object]:
        return {"vit": asdict(self.vit), "config": asdict(self.config), "seed": self.seed, "crops": len(self.crops)}

    def views(self, step: int, share: int, shares: int, device: torch.device) -> Views:
        """One share of the step's batch; which crops, hosts and changes depends on seed, step and place only."""
        batch = self.config.batch
        epoch, place = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng((self.seed, 1, epoch)).permutation(len(self.crops))
        hosts = np.random.default_rng((self.seed, 2, step)).integers(len(self.crops), size=(2, batch))
        mine = slice(share * batch // shares, (share + 1) * batch // shares)
        seeds = np.random.SeedSequence((self.seed, 3, step)).generate_state(2 * batch, np.uint64).reshape(2, -1)
        generators = [Generator().manual_seed(int(number >> np.uint64(1))) for number in seeds[:, mine].ravel()]
        chosen = order[place * batch:(place + 1) * batch][mine], hosts[:, mine].ravel()
        crops, others = (self.crops[torch.from_numpy(numbers)].to(device) for numbers in chosen)
        return make_views(crops, others, self.vit, self.config, generators)


def _step(fabric: Fabric, model: _FabricModule, optimiser: torch.optim.Optimizer, task: _Task,
          step: int) -> tuple[float, ...]:
    """One update, its batch computed part by part; the losses averaged over parts and processes."""
    def gather(part: Tensor) -> Tensor:
        # All processes compute the contrast of the whole part; averaging their gradients is then exact.
        if fabric.world_size == 1:
            return part
        everyone = fabric.all_gather(part, sync_grads=True)
        assert isinstance(everyone, Tensor)
        return everyone.flatten(0, 1)

    optimiser.zero_grad()
    parts = task.config.parts
    values = []
    for part in range(parts):
        views = task.views(step, part * fabric.world_size + fabric.global_rank, parts * fabric.world_size,
                           fabric.device)
        with fabric.no_backward_sync(model, enabled=part + 1 < parts):
            losses = pretext_loss(model, views, task.vit.patch, task.config, gather) / parts
            fabric.backward(losses[0])
        values.append(losses.detach())
    nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_LIMIT)
    optimiser.step()
    mean = fabric.all_reduce(torch.stack(values).sum(0), reduce_op="mean")
    assert isinstance(mean, Tensor)
    return tuple(mean.tolist())


class _Run:
    """The files of a run: checkpoint, log and picture."""

    def __init__(self, fabric: Fabric, model: _FabricModule, optimiser: torch.optim.Optimizer, folder: Path | None,
                 task: _Task) -> None:
        self._fabric, self._model, self._optimiser = fabric, model, optimiser
        self._folder, self._task = folder, task
        self._first = fabric.global_rank == 0
        if folder is not None and self._first:
            folder.mkdir(parents=True, exist_ok=True)
        self.done = 0

    def resume(self) -> int:
        """The first step that is still to do. Raises InputError where the folder holds another run."""
        if self._folder is None or not (self._folder / CHECKPOINT).is_file():
            return 0
        state = {"model": self._model, "optimiser": self._optimiser}
        rest = self._fabric.load(self._folder / CHECKPOINT, state)
        if rest["identity"] != self._task.identity:
            raise InputError(f"Expected a folder of this very run, but {self._folder} holds another one; name another "
                             "folder, or delete that one.")
        self.done = int(rest["step"])
        self._cut_log()
        return self.done

    def save(self, step: int) -> None:
        """After this many steps. The last checkpoint stays whole until the new one is."""
        if self._folder is None:
            return
        unfinished = self._folder / f"{CHECKPOINT}.part"
        self._fabric.save(unfinished, {"model": self._model, "optimiser": self._optimiser, "step": step,
                                       "identity": self._task.identity})
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

    def picture(self, step: int) -> None:
        """What the network restores of four views of a step's batch, shown all of their tokens."""
        if self._folder is None or not self._first:
            return
        patch = self._task.vit.patch
        views = self._task.views(step, 0, self._task.config.batch // 2, self._fabric.device)
        everything = torch.arange(self._task.vit.tokens_along ** 3, device=self._fabric.device)
        with torch.no_grad():
            restored, _ = self._model(views.shown, everything.expand(len(views.shown), -1))
        save_restoration(views.target[:, 0].cpu(), views.shown[:, 0].cpu(),
                         from_patches(restored.float(), patch).cpu(), self._folder / PICTURE)

    def _cut_log(self) -> None:
        """Lines after the checkpoint belong to steps that are done again."""
        file = self._folder / LOG if self._folder else None
        if self._first and file and file.is_file():
            with file.open() as stream:
                kept = list(islice(stream, self.done + 1))
            file.write_text("".join(kept))
        self._fabric.barrier()
