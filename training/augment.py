"""Random changes of batches of crops, shape (B, 2, 64, 64, 64): channel 0 the z-scored T1CE, channel 1 the mask."""

import torch
from torch import Generator, Tensor

LEAST_BLOCK, MOST_BLOCK = 6, 18  # voxels along each side of a hidden or swapped block
CENTRAL_SPREAD = 9.0  # voxels; half of the blocks lie this close to the lesion, in the middle of the crop


def stack_inputs(inputs: list[Tensor]) -> Tensor:
    """Batches of one as one batch, float16 to halve the memory."""
    return torch.cat(inputs).half()


def corrupt(batch: Tensor, blocks: int, generator: Generator) -> Tensor:
    """Context to be restored (Chen et al. 2019): blocks of the T1CE swapped or hidden; the mask stays."""
    changed = batch.clone()
    for sample in changed:
        for number in range(blocks):
            _change_block(sample[0], central=number % 2 == 0, generator=generator)
    return changed


def _change_block(image: Tensor, central: bool, generator: Generator) -> None:
    size = _integers(LEAST_BLOCK, MOST_BLOCK + 1, 3, generator)
    here = _block(image, size, central, generator)
    if torch.rand((), generator=generator) < 0.5:
        image[here] = torch.randn((), generator=generator)
        return
    there = _block(image, size, False, generator)
    kept = image[here].clone()
    image[here] = image[there].clone()
    image[there] = kept


def _block(image: Tensor, size: list[int], central: bool, generator: Generator) -> tuple[slice, ...]:
    ends = [n - s for n, s in zip(image.shape, size, strict=True)]
    if central:
        places = torch.randn(3, generator=generator) * CENTRAL_SPREAD
        starts = [min(max(int(p) + e // 2, 0), e) for p, e in zip(places, ends, strict=True)]
    else:
        starts = [_integers(0, e + 1, 1, generator)[0] for e in ends]
    return tuple(slice(start, start + s) for start, s in zip(starts, size, strict=True))


def vary(batch: Tensor, generator: Generator) -> Tensor:
    """For fine-tuning: mirrored, axes exchanged, shifted by up to 3 voxels, contrast and brightness changed."""
    return torch.stack([_vary_one(sample, generator) for sample in batch])


def mirror(batch: Tensor, generator: Generator) -> Tensor:
    """Each sample mirrored along a random choice of axes."""
    return torch.stack([torch.flip(sample, _random_axes(generator)) for sample in batch])


def _vary_one(sample: Tensor, generator: Generator) -> Tensor:
    order = [1 + int(axis) for axis in torch.randperm(3, generator=generator)]
    moved = torch.flip(sample.permute(0, *order), _random_axes(generator))
    moved = torch.roll(moved, _integers(-3, 4, 3, generator), dims=(1, 2, 3))
    scale, shift = torch.randn(2, generator=generator) * torch.tensor([0.1, 0.15])
    brain = moved[:1] != 0  # outside the brain the prepared image is exactly 0
    image = torch.where(brain, moved[:1] * (1.0 + scale) + shift, 0.0)
    return torch.cat([image, moved[1:]])


def _random_axes(generator: Generator) -> list[int]:
    return [axis for axis in (1, 2, 3) if torch.rand((), generator=generator) < 0.5]


def _integers(low: int, high: int, count: int, generator: Generator) -> list[int]:
    return [int(number) for number in torch.randint(low, high, (count,), generator=generator)]
