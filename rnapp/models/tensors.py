"""The tensors of a bundle's weight files: floating-point ones, all finite, or refused."""

import safetensors.torch
import torch
from safetensors import SafetensorError

from rnapp.errors import WeightsError

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_KINDS = "floating-point ones of 16, 32 or 64 bits"


def read_tensors(content: bytes, name: str) -> dict[str, torch.Tensor]:
    """Name → tensor. name: of the file, for the sentence. Raises WeightsError for what is no safetensors file, or holds
    anything but finite floating-point numbers."""
    try:
        tensors: dict[str, torch.Tensor] = safetensors.torch.load(content)
    except SafetensorError as error:
        raise WeightsError(f"The file {name!r} is not a safetensors file; install the bundle again.") from error
    if not all(tensor.dtype in _FLOATS for tensor in tensors.values()):
        raise WeightsError(f"The file {name!r} holds numbers other than {_KINDS}; export the bundle again.")
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise WeightsError(f"The file {name!r} holds numbers that are not finite; export the bundle again.")
    return tensors
