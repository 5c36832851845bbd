"""Ways of running a network on this machine, behind one interface."""

from rnapp.compute.backends import BACKENDS, REFERENCE, available, make_backend
from rnapp.compute.network import Backend, LoadedNetwork, NetworkSource

__all__ = [
    "BACKENDS",
    "REFERENCE",
    "Backend",
    "LoadedNetwork",
    "NetworkSource",
    "available",
    "make_backend",
]
