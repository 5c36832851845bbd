"""What a way of computing is given and gives back; every way (rnapp/compute/backends.py) has these types in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import nn

from rnapp.types import CancelToken, FloatArray


@dataclass(frozen=True)
class NetworkSource:
    """One network with its weights. key: unique for these weights; build: makes it, in evaluation mode."""

    key: str
    build: Callable[[], nn.Module]


class LoadedNetwork(Protocol):
    """A network ready to run: a float32 batch in, the float32 output out. Raises Cancelled."""

    def __call__(self, batch: FloatArray, cancel: CancelToken) -> FloatArray:
        """Run it."""


class Backend(Protocol):
    """One way of running networks. keep: False frees the network's memory when the caller lets go of it."""

    name: str

    def load(self, source: NetworkSource, shape: tuple[int, ...], keep: bool = True) -> LoadedNetwork:
        """The network, ready for batches of this shape; the same source and shape are loaded once."""
