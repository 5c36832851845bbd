"""Ways of running a network on this machine, behind one interface."""

from rnapp.compute.backends import BACKENDS, REFERENCE, Backend, LoadedNetwork, NetworkSource, available, make_backend
from rnapp.compute.choice import Choice, Trial, read_choice, write_choice

__all__ = [
    "BACKENDS",
    "REFERENCE",
    "Backend",
    "Choice",
    "LoadedNetwork",
    "NetworkSource",
    "Trial",
    "available",
    "make_backend",
    "read_choice",
    "write_choice",
]
