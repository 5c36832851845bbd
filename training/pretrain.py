"""Self-supervised pre-training on unlabelled crops (Gomaa et al. 2025, phase one; the tasks are in pretext.py).

    python -m training.pretrain --preset paper --out DIR                             # one process
    torchrun --nproc-per-node 8 [--nnodes 2 …] -m training.pretrain --preset paper --out DIR

DIR is that of training.reproduce: its crops are read, and its next run finds the network.

Lightning Fabric runs it on a CPU, a GPU, several, or several machines; every random number depends on the seed, the
step and the sample alone, so that one process or many, an uninterrupted run or a resumed one, give the same result.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import safetensors.torch
import torch
from lightning_fabric import Fabric
from lightning_fabric.wrappers import _FabricModule
from monai.networks.nets import ViT
from torch import Generator, Tensor, nn
from tqdm import tqdm

from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.models.vit import build_vit
from rnapp.models.vit_config import VitConfig
from training.config import PRESETS, PretrainConfig, TrainingConfig
from training.crops import CropSource, CropStore
from training.optimise import (
    GRADIENT_LIMIT,
    Report,
    adamw,
    keep_memory,
    short_is_fast,
    use_fused_attention,
    warm_cosine_factor,
)
from training.pictures import save_restoration
from training.pretext import RestoringVit, Views, from_patches, make_views, pretext_loss
from training.run_files import RunFiles, expect

Precision = Literal["bf16-mixed", "32-true"]
PICTURE, NETWORK = "restored.png", "vit.safetensors"
CROPS, PRETRAINING = "unlabelled", "pretraining"  # folders of a run


@dataclass(frozen=True)
class Machine:
    """The hardware of pre-training, in Fabric's terms.

    precision: "bf16-mixed", "32-true", or None for the first if it is fast here; every_steps: between checkpoints.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    precision: Precision | None = None
    every_steps: int = 100


def _precision(machine: Machine) -> Precision:
    on_gpu = torch.cuda.is_available() and machine.accelerator != "cpu"
    return "bf16-mixed" if short_is_fast("cuda" if on_gpu else "cpu") else "32-true"


def pretrain(crops: CropSource, vit: VitConfig, config: PretrainConfig, seed: int, report: Report,
             folder: Path | None = None, machine: Machine = Machine()) -> ViT:
    """A ViT trained without labels.

    folder: for checkpoints, from which an interrupted run resumes, the log and a picture of restored crops; None keeps
    nothing. Raises InputError where the folder holds another run, the batch cannot be divided evenly, or the loss is no
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
    run = RunFiles(fabric, model, optimiser, folder, task.identity)
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
            if folder is not None and fabric.global_rank == 0:
                _picture(fabric, model, task, step, folder / PICTURE)
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
        """Raises InputError if the batch cannot be divided evenly."""
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
        crops = self.crops.identity if isinstance(self.crops, CropStore) else len(self.crops)
        return {"vit": asdict(self.vit), "config": asdict(self.config), "seed": self.seed, "crops": crops}

    def views(self, step: int, share: int, shares: int, device: torch.device) -> Views:
        """One share of the step's batch; which crops, hosts and changes depends on seed, step and place only."""
        batch = self.config.batch
        epoch, position = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng((self.seed, 1, epoch)).permutation(len(self.crops))
        hosts = np.random.default_rng((self.seed, 2, step)).integers(len(self.crops), size=(2, batch))
        mine = slice(share * batch // shares, (share + 1) * batch // shares)
        seeds = np.random.SeedSequence((self.seed, 3, step)).generate_state(2 * batch, np.uint64).reshape(2, -1)
        generators = [Generator().manual_seed(int(number >> np.uint64(1))) for number in seeds[:, mine].ravel()]
        chosen = order[position * batch:(position + 1) * batch][mine], hosts[:, mine].ravel()
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


def _picture(fabric: Fabric, model: _FabricModule, task: _Task, step: int, path: Path) -> None:
    """Four views of a step's batch as the network restores them when shown all their tokens."""
    views = task.views(step, 0, task.config.batch // 2, fabric.device)
    everything = torch.arange(task.vit.tokens_along ** 3, device=fabric.device)
    with torch.no_grad():
        restored, _ = model(views.shown, everything.expand(len(views.shown), -1))
    save_restoration(views.target[:, 0].cpu(), views.shown[:, 0].cpu(),
                     from_patches(restored.float(), task.vit.patch).cpu(), path)


def pretrained(store: CropSource, config: TrainingConfig, folder: Path, report: Report,
               machine: Machine = Machine()) -> ViT:
    """The pre-trained network; once it is finished, read from its file. Raises as pretrain does."""
    file = folder / NETWORK
    identity = json.dumps(_Task(store, config.vit, config.pretrain, config.seed).identity, sort_keys=True)
    if not file.is_file():
        vit = pretrain(store, config.vit, config.pretrain, config.seed, report, folder, machine)
        if int(os.environ.get("RANK", 0)) == 0:
            with replacing(file) as unfinished:
                safetensors.torch.save_file(vit.state_dict(), unfinished, {"identity": identity})
        return vit
    with safetensors.safe_open(file, "pt") as stored:
        expect(folder, (stored.metadata() or {}).get("identity"), identity)
    vit = build_vit(config.vit)
    vit.load_state_dict(safetensors.torch.load_file(file))
    return vit


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 2 if the crops or the GPU are missing, or the crops cannot be divided evenly."""
    parser = argparse.ArgumentParser(prog="python -m training.pretrain", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=tuple(PRESETS), default="compact")
    parser.add_argument("--out", type=Path, required=True, help="folder of training.reproduce")
    parser.add_argument("--accelerator", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--precision", choices=("32-true", "bf16-mixed"), help="default: what is fast")
    given = parser.parse_args(arguments)
    keep_memory()
    # torchrun says how many there are; Fabric would start processes of its own for every GPU it sees.
    machine = Machine(given.accelerator, int(os.environ.get("LOCAL_WORLD_SIZE", 1)),
                      int(os.environ.get("GROUP_WORLD_SIZE", 1)), given.precision)
    try:
        if given.accelerator == "cuda" and not torch.cuda.is_available():
            raise InputError("Expected a CUDA GPU, but there is none here; leave --accelerator out.")
        pretrained(CropStore.finished(given.out / CROPS), PRESETS[given.preset], given.out / PRETRAINING,
                   lambda text: print(text, file=sys.stderr, flush=True), machine)
    except InputError as error:
        print(f"training.pretrain: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
