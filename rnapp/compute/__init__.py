"""Ways of running a network on this machine, behind one interface."""

from rnapp.compute.backends import BACKENDS, REFERENCE, Backend, LoadedNetwork, NetworkSource, available, make_backend

__all__ = [
    "BACKENDS",
    "REFERENCE",
    "Backend",
    "LoadedNetwork",
    "NetworkSource",
    "available",
    "make_backend",
]
