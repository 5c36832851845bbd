"""Random changes of crops, shape (2, 64, 64, 64): channel 0 the z-scored T1CE, channel 1 the mask.

Everything random comes from the generator of the one sample, so that a sample is changed in the same way in any batch,
process or machine.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional

LEAST_BLOCK, MOST_BLOCK = 6, 18  # voxels along each side of a hidden or swapped block
CENTRAL_SPREAD = 9.0  # voxels; half of the blocks lie this close to the lesion, in the middle of the crop
LESION_MARGIN = 6  # voxels of surroundings transplanted with a lesion: the inner part of its oedema
ZOOM = 0.2  # relative, in either direction
SHIFT = 3.0  # voxels, in either direction
CONTRAST, BRIGHTNESS = 0.1, 0.15  # standard deviations: of the factor, and of what is added in z-scores


def stack_inputs(inputs: list[Tensor]) -> Tensor:
    """Single crops joined into one batch, float16 to halve the memory."""
    return torch.cat(inputs).half()


def corrupt(crop: Tensor, blocks: int, generator: Generator) -> Tensor:
    """Context to be restored (Chen et al. 2019): blocks of the T1CE swapped or hidden; the mask stays."""
    changed = crop.clone()
    for number in range(blocks):
        _change_block(changed[0], central=number % 2 == 0, generator=generator)
    return changed


def transplant(crop: Tensor, host: Tensor) -> Tensor:
    """The lesion with its immediate surroundings, transplanted into another crop's anatomy.

    Two such views of one lesion share nothing else, so they cannot be matched by recognising the anatomy.
    """
    near = _widened(crop[1:]) > 0
    return torch.cat([torch.where(near, crop[:1], host[:1]), crop[1:]])


def vary(crop: Tensor, generator: Generator) -> Tensor:
    """Rotated by any angle, mirrored, zoomed, shifted by a few voxels, with other contrast and brightness.

    Outside the brain the prepared image is exactly 0 and stays so; the mask stays 0 and 1.
    """
    motion = _motion(generator).to(crop.device)
    grid = functional.affine_grid(motion[None], [1, 2, *crop.shape[1:]], align_corners=False)
    inside = torch.cat([crop, (crop[:1] != 0).to(crop.dtype)])
    image, mask, brain = functional.grid_sample(inside[None], grid, align_corners=False)[0]
    return torch.stack([_relit(image, brain > 0.5, generator), (mask > 0.5).to(crop.dtype)])


def turn_exactly(crop: Tensor, generator: Generator) -> Tensor:
    """Rotated by right angles and mirrored (one of a cube's 48 symmetries), with other contrast and brightness."""
    axes = (torch.randperm(3, generator=generator) + 1).tolist()
    mirrored = [axis for axis in (1, 2, 3) if torch.rand((), generator=generator) < 0.5]
    turned = crop.permute(0, *axes).flip(mirrored)
    return torch.stack([_relit(turned[0], turned[0] != 0, generator), turned[1]])


def _relit(image: Tensor, brain: Tensor, generator: Generator) -> Tensor:
    scale, shift = torch.randn(2, generator=generator).tolist()
    return torch.where(brain, image * (1.0 + CONTRAST * scale) + BRIGHTNESS * shift, 0.0)


def _motion(generator: Generator) -> Tensor:
    """A random rotation (uniform, from a random quaternion), mirroring, zoom and shift; shape (3, 4)."""
    w, x, y, z = functional.normalize(torch.randn(4, generator=generator), dim=0).tolist()
    turn = torch.tensor([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                         [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                         [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])
    mirror = 1.0 if torch.rand((), generator=generator) < 0.5 else -1.0
    zoom = 1.0 + ZOOM * (2 * torch.rand((), generator=generator) - 1)
    shift = SHIFT / 32 * (2 * torch.rand((3, 1), generator=generator) - 1)
    return torch.cat([turn * torch.tensor([mirror, 1.0, 1.0]) * zoom, shift], dim=1)


def _widened(mask: Tensor) -> Tensor:
    """The mask with about LESION_MARGIN voxels around it, found on every other voxel."""
    reach = LESION_MARGIN // 2
    near = functional.max_pool3d(mask.float()[None], 2)
    for axis in range(3):  # one axis after the other is cheaper than a cube at once
        size, padding = [1, 1, 1], [0, 0, 0]
        size[axis], padding[axis] = 2 * reach + 1, reach
        near = functional.max_pool3d(near, size, stride=1, padding=padding)
    return functional.interpolate(near, scale_factor=2)[0]


def _change_block(image: Tensor, central: bool, generator: Generator) -> None:
    size = _integers(LEAST_BLOCK, MOST_BLOCK + 1, 3, generator)
    here = _block(image, size, central, generator)
    if torch.rand((), generator=generator) < 0.5:
        image[here] = torch.randn((), generator=generator).item()
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


def _integers(low: int, high: int, count: int, generator: Generator) -> list[int]:
    return [int(number) for number in torch.randint(low, high, (count,), generator=generator)]
