"""Self-supervised pre-training: context restoration and contrastive learning (Gomaa et al. 2025, phase one).

Two views of each lesion are made, each turned and set into the anatomy around another lesion, and corrupted. The views
are restored (L1), and the class tokens of the two views of one lesion are pulled together against those of the other
lesions (NT-Xent, Chen et al. 2020, MONAI's ContrastiveLoss). Lightning Fabric runs it on a CPU, a GPU, several, or
several machines (torchrun); every random number depends on the seed, the step and the sample alone, so that one process
or many, a run at one go or one killed and resumed, all do the same.
"""

import csv
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from monai.losses import ContrastiveLoss
from monai.networks.nets import ViT
from torch import Generator, Tensor, nn
from tqdm import tqdm

from rnapp.errors import InputError
from rnapp.models.vit import VitConfig, build_vit
from training.augment import corrupt, transplant, vary
from training.config import PretrainConfig
from training.crops import CropSource
from training.optimise import GRADIENT_LIMIT, adamw, short_is_fast, use_fused_attention, warm_cosine_factor
from training.pictures import save_restoration

PROJECTION = 64  # width of the space in which views are contrasted
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


class RestoringVit(nn.Module):
    """The app's ViT with a linear decoder per token and a projection head; only `vit` is kept afterwards."""

    def __init__(self, config: VitConfig) -> None:
        super().__init__()
        self.config = config
        self.vit: ViT = build_vit(config)
        # The head is trained later, MONAI's cross attention never runs: without a gradient they would stop a
        # distributed run.
        for idle in _idle(self.vit):
            idle.requires_grad_(False)
        self.decoder = nn.Linear(config.hidden, config.patch ** 3)
        self.projection = nn.Sequential(nn.Linear(config.hidden, config.hidden), nn.GELU(),
                                        nn.Linear(config.hidden, PROJECTION))

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2, 64, 64, 64) → restored T1CE (B, 64, 64, 64) and projected class tokens (B, PROJECTION)."""
        _, hidden = self.vit(batch)
        tokens = self.vit.norm(hidden[-1])  # (B, 1 + tokens, hidden)
        n, p = self.config.tokens_along, self.config.patch
        cubes = self.decoder(tokens[:, 1:]).reshape(-1, n, n, n, p, p, p)
        restored = cubes.permute(0, 1, 4, 2, 5, 3, 6).reshape(-1, n * p, n * p, n * p)
        return restored, self.projection(tokens[:, 0])


def _precision(machine: Machine) -> str:
    on_gpu = torch.cuda.is_available() and machine.accelerator != "cpu"
    return "bf16-mixed" if short_is_fast("cuda" if on_gpu else "cpu") else "32-true"


def _idle(vit: ViT) -> list[nn.Module]:
    return [vit.classification_head, *(part for block in vit.blocks for part in (block.cross_attn,
                                                                                 block.norm_cross_attn))]


@dataclass(frozen=True, eq=False)
class Views:
    """Two views of each lesion, first all the first ones: what is to be restored, and what the network is shown."""

    target: Tensor
    corrupted: Tensor


def pretrain(crops: CropSource, vit: VitConfig, config: PretrainConfig, seed: int, report: Callable[[str], None],
             folder: Path | None = None, machine: Machine = Machine()) -> ViT:
    """A ViT trained without labels.

    folder: for checkpoints, from which a killed run goes on, the log and a picture of restored crops; None keeps
    nothing. Raises InputError where the folder holds another run, or the batch cannot be shared out.
    """
    fabric = Fabric(accelerator=machine.accelerator, devices=machine.devices, num_nodes=machine.nodes,
                    precision=machine.precision or _precision(machine))
    fabric.launch()
    if config.batch % fabric.world_size or len(crops) < config.batch:
        raise InputError(f"Expected at least {config.batch} crops, and batches of {config.batch} that "
                         f"{fabric.world_size} processes can share, but got {len(crops)} crops; change the batch.")
    torch.manual_seed(seed)
    net = RestoringVit(vit)
    use_fused_attention(net.vit, True)
    optimiser = adamw(net, config.learning_rate, config.weight_decay)
    model, optimiser = fabric.setup(net, optimiser)
    run = _Run(fabric, model, optimiser, folder, _identity(vit, config, seed, len(crops)))
    steps_per_epoch = len(crops) // config.batch
    total = config.epochs * steps_per_epoch
    losses: list[float] = []
    for step in tqdm(range(run.resume(), total), initial=run.done, total=total, desc="pre-training", unit="step",
                     disable=fabric.global_rank != 0 or folder is None):
        views = _views(crops, config, seed, step, steps_per_epoch, fabric.global_rank, fabric.world_size)
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * warm_cosine_factor(step, total)
        values = _step(fabric, model, optimiser, views, config)
        run.log(step, values)
        losses.append(values[0])
        if (step + 1) % steps_per_epoch == 0:
            report(f"pre-training, epoch {(step + 1) // steps_per_epoch}/{config.epochs}: "
                   f"loss {sum(losses) / len(losses):.3f}")
            losses = []
            run.picture(views)
        if (step + 1) % machine.every_steps == 0 or step + 1 == total:
            run.save(step + 1)
    use_fused_attention(net.vit, False)
    for idle in _idle(net.vit):
        idle.requires_grad_(True)
    return net.vit.float().cpu()


def pretext_loss(net: nn.Module, views: Views, config: PretrainConfig,
                 gather: Callable[[Tensor], Tensor] = lambda part: part) -> Tensor:
    """Restoration of both views and the contrast between them: (loss, restoration, contrast).

    gather: all processes' projections of shape (B, PROJECTION), one below the other.
    """
    restored, projected = net(views.corrupted)
    weight = 1.0 + (config.restoration_weight_lesion - 1.0) * views.target[:, 1]
    error = (restored.float() - views.target[:, 0]).abs() * weight
    restoration = (error.flatten(1).sum(1) / weight.flatten(1).sum(1)).mean()
    first, second = (gather(part) for part in projected.float().chunk(2))
    contrast = ContrastiveLoss(temperature=config.temperature)(first, second)
    return torch.stack([restoration + config.contrastive_weight * contrast, restoration, contrast])


def make_views(crops: Tensor, hosts: Tensor, config: PretrainConfig, generators: list[Generator]) -> Views:
    """crops, hosts: shape (B, 2, 64, 64, 64) and (2 B, …); generators: one per view, 2 B."""
    twice = torch.cat([crops, crops]).float()
    targets = [vary(transplant(crop, host), generator)
               for crop, host, generator in zip(twice, hosts.float(), generators, strict=True)]
    shown = [corrupt(target, config.hidden_blocks, generator)
             for target, generator in zip(targets, generators, strict=True)]
    return Views(torch.stack(targets), torch.stack(shown))


def _views(crops: CropSource, config: PretrainConfig, seed: int, step: int, steps_per_epoch: int, rank: int,
           world: int) -> Views:
    """This process's share of the step's batch; which crops, hosts and changes depends on seed, step and place only."""
    epoch, place = divmod(step, steps_per_epoch)
    order = np.random.default_rng((seed, 1, epoch)).permutation(len(crops))
    batch = order[place * config.batch:(place + 1) * config.batch]
    hosts = np.random.default_rng((seed, 2, step)).integers(len(crops), size=(2, config.batch))
    mine = slice(rank * config.batch // world, (rank + 1) * config.batch // world)
    seeds = np.random.SeedSequence((seed, 3, step)).generate_state(2 * config.batch, np.uint64).reshape(2, -1)
    generators = [Generator().manual_seed(int(number >> np.uint64(1))) for number in seeds[:, mine].ravel()]
    return make_views(crops[torch.from_numpy(batch[mine])], crops[torch.from_numpy(hosts[:, mine].ravel())], config,
                      generators)


def _step(fabric: Fabric, model: nn.Module, optimiser: torch.optim.Optimizer, views: Views,
          config: PretrainConfig) -> tuple[float, ...]:
    """One update; the losses averaged over the processes."""
    def gather(part: Tensor) -> Tensor:
        # All processes compute the contrast of the whole batch; averaging their gradients is then exact.
        return fabric.all_gather(part, sync_grads=True).flatten(0, 1) if fabric.world_size > 1 else part

    moved = Views(fabric.to_device(views.target), fabric.to_device(views.corrupted))
    losses = pretext_loss(model, moved, config, gather)
    optimiser.zero_grad()
    fabric.backward(losses[0])
    nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_LIMIT)
    optimiser.step()
    return tuple(fabric.all_reduce(losses.detach(), reduce_op="mean").tolist())


def _identity(vit: VitConfig, config: PretrainConfig, seed: int, count: int) -> dict[str, object]:
    return {"vit": asdict(vit), "config": asdict(config), "seed": seed, "crops": count}


class _Run:
    """The files of a run: checkpoint, log and picture."""

    def __init__(self, fabric: Fabric, model: nn.Module, optimiser: torch.optim.Optimizer, folder: Path | None,
                 identity: dict[str, object]) -> None:
        self._fabric, self._model, self._optimiser = fabric, model, optimiser
        self._folder, self._identity = folder, identity
        self._first = fabric.global_rank == 0
        self.done = 0

    def resume(self) -> int:
        """The first step that is still to do. Raises InputError where the folder holds another run."""
        if self._folder is None or not (self._folder / CHECKPOINT).is_file():
            return 0
        state = {"model": self._model, "optimiser": self._optimiser}
        rest = self._fabric.load(self._folder / CHECKPOINT, state)
        if rest["identity"] != self._identity:
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
                                       "identity": self._identity})
        if self._first:
            unfinished.replace(self._folder / CHECKPOINT)
        self._fabric.barrier()

    def log(self, step: int, values: tuple[float, ...]) -> None:
        """One line of the step's losses."""
        if self._folder is None or not self._first:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if not all(map(math.isfinite, values)):
            raise InputError(f"The loss is no longer a number at step {step}; start again with a lower learning rate.")
        file = self._folder / LOG
        new = not file.is_file()
        with file.open("a", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            if new:
                writer.writerow(["step", *LOSSES])
            writer.writerow([step, *(f"{value:.6f}" for value in values)])

    def picture(self, views: Views) -> None:
        """What the network restores of the last batch."""
        if self._folder is None or not self._first:
            return
        with torch.no_grad():
            restored, _ = self._model(self._fabric.to_device(views.corrupted[:4]))
        save_restoration(views.target[:4, 0], views.corrupted[:4, 0], restored.float().cpu(), self._folder / PICTURE)

    def _cut_log(self) -> None:
        """Lines after the checkpoint belong to steps that are done again."""
        file = self._folder / LOG if self._folder else None
        if self._first and file and file.is_file():
            with file.open() as stream:
                kept = list(islice(stream, self.done + 1))
            file.write_text("".join(kept))
        self._fabric.barrier()
