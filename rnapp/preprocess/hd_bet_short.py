"""HD-BET's networks in half the space, to keep the installer small: float16 with a scale for each tensor.

The scale is a power of two that brings the largest weight near float16's largest number: small weights, of which these
networks have many, then keep eleven bits too. Measured masks: docs/packaging.md.
"""

import json
from collections.abc import Mapping

import safetensors
import safetensors.torch
import torch

from rnapp.errors import WeightsError

EXPONENTS = "exponents"
LARGEST = 2.0**15


def shortened(state: Mapping[str, torch.Tensor]) -> bytes:
    """A safetensors file; the same state gives the same bytes."""
    exponents = {name: _exponent(tensor) for name, tensor in state.items()}
    tensors = {name: (tensor * 2.0 ** exponents[name]).half() for name, tensor in state.items()}
    content: bytes = safetensors.torch.save(tensors, {EXPONENTS: json.dumps(exponents, sort_keys=True)})
    return content


def restored(content: bytes) -> dict[str, torch.Tensor]:
    """The state in float32. Raises WeightsError if the file is not of this kind."""
    try:
        tensors = safetensors.torch.load(content)
        exponents = json.loads(_metadata(content)[EXPONENTS])
        return {name: tensor.float() * 2.0 ** -int(exponents[name]) for name, tensor in tensors.items()}
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError("A shortened HD-BET network cannot be read; install rnapp again.") from error


def _exponent(tensor: torch.Tensor) -> int:
    largest = float(tensor.abs().max())
    return int(torch.floor(torch.log2(torch.tensor(LARGEST / largest)))) if largest > 0 else 0


def _metadata(content: bytes) -> dict[str, str]:
    """The metadata in the header: the header's length in eight bytes, then JSON (the safetensors format)."""
    length = int.from_bytes(content[:8], "little")
    metadata: dict[str, str] = json.loads(content[8:8 + length])["__metadata__"]
    return metadata
