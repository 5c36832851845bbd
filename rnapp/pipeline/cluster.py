"""Worker processes on this machine or a Dask cluster, each with its resources loaded once."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import dask
import distributed
import SimpleITK as sitk
import torch

from rnapp.config import Device, Settings, default_settings
from rnapp.errors import InputError, WeightsError
from rnapp.pipeline.resources import Resources
from rnapp.types import BrainMaskMode

PLUGIN = "rnapp"
# Beyond this a worker is restarted; HD-BET in single precision peaks at about 3.4 GB.
WORKER_MEMORY = "6GiB"
CONNECT_SECONDS = 10
_SILENT = 50  # level of the log below which nothing is said
Result = TypeVar("Result")
# Goes to the workers, so it must be a function that they can import.
Load = Callable[[Settings], Resources]


@dataclass(frozen=True)
class BatchOptions:
    """workers: processes (None: one per core); threads: per worker; mode: of HD-BET; device, backend: as in Settings.

    scheduler: address of a running Dask cluster that sees the same folders, instead of processes here. bundle: SHA-256
    of the card of the bundle that every worker must have; None: whichever it uses.
    """

    workers: int | None = None
    threads: int = 1
    mode: BrainMaskMode = "fast"
    device: Device = "auto"
    backend: str = "auto"
    scheduler: str | None = None
    bundle: str | None = None


class _Unwatched:
    """Without the HTTP server that Dask opens without a key, where anyone on this computer reads of the tasks."""

    def start_http_server(self, *_: Any, **__: Any) -> None:
        """Nobody needs it."""


class QuietScheduler(_Unwatched, distributed.Scheduler):  # type: ignore[misc]
    """Listens only to those who have the key."""


class QuietWorker(_Unwatched, distributed.Worker):  # type: ignore[misc]
    """Listens only to those who have the key."""


class QuietNanny(distributed.Nanny):  # type: ignore[misc]
    """Starts such a worker."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, worker_class=QuietWorker, **options)


class Loaded(distributed.WorkerPlugin):  # type: ignore[misc]
    """What each worker loads once."""

    def __init__(self, options: BatchOptions, load: Load) -> None:
        self.options, self.load = options, load
        self.resources: Resources | None = None

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - Dask passes it
        """Called on the worker when it starts. Raises WeightsError where its bundle is not the one of the batch."""
        warnings.simplefilter("ignore")  # libraries quote what they warn of, and a header can hold a name
        torch.set_num_threads(self.options.threads)
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(self.options.threads)
        resources = self.load(replace(
            default_settings(), brain_mask_mode=self.options.mode, device=self.options.device,
            backend=self.options.backend))
        # On another computer another bundle may be chosen, and its answers would stand in the same table.
        if self.options.bundle not in (None, resources.model.card.sha256):
            raise WeightsError(f"A worker uses the bundle {resources.model.card.name!r}, which is not the one chosen "
                               "here; choose the same one there.")
        resources.model.load()  # what does not fit is told here, not once for each case
        self.resources = resources


def resources_here() -> Resources:
    """What this worker has loaded; to be called in its work. Raises InputError where that failed."""
    plugin: Loaded = distributed.get_worker().plugins[PLUGIN]
    if plugin.resources is None:
        raise InputError("This worker has not loaded its weights; start the batch again.")
    return plugin.resources


def run_each(options: BatchOptions, load: Load, work: Callable[..., Result],
             jobs: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Result | BaseException]]:
    """The work's results as they are done, each with the number of its job, whose values are the work's arguments.

    An exception stands for a job that failed, or whose worker died. Raises InputError where the cluster cannot be
    reached.
    """
    if not jobs:
        return
    with workers(options, load, len(jobs)) as client:
        numbers = {client.submit(work, *job, pure=False): number for number, job in enumerate(jobs)}
        for future in distributed.as_completed(list(numbers)):
            yield numbers[future], future.exception() or future.result()


@contextmanager
def workers(options: BatchOptions, load: Load, waiting: int) -> Iterator[distributed.Client]:
    """A client whose workers have loaded their resources; no more of them than cases are waiting.

    Raises InputError where the cluster cannot be reached.
    """
    if options.scheduler:
        try:
            client = distributed.Client(options.scheduler, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(f"Expected a Dask scheduler at {options.scheduler}, but none answers there; check the "
                             "address.") from error
        with client:
            client.register_plugin(Loaded(options, load), name=PLUGIN)
            yield client
        return
    with processes_here(min(options.workers or os.cpu_count() or 1, waiting)) as client:
        client.register_plugin(Loaded(options, load), name=PLUGIN)
        yield client


@contextmanager
def processes_here(count: int) -> Iterator[distributed.Client]:
    """A client with so many worker processes on this computer, which have loaded nothing.

    All that listens asks for the key of this one cluster, even on the loopback: otherwise anyone logged in to this
    computer could read of the patients, or send a worker code to run.
    """
    security = distributed.Security.temporary()
    common = {"host": "127.0.0.1", "protocol": "tls://", "security": security, "dashboard": False}
    scheduler = {"cls": QuietScheduler, "options": {**common, "port": 0}}
    worker = {"cls": QuietNanny, "options": {**common, "nthreads": 1, "memory_limit": WORKER_MEMORY,
                                             "silence_logs": _SILENT}}
    # Scheduler, nannies and workers all make a scratch folder, and none of them removes its locks.
    with TemporaryDirectory(prefix="rnapp-batch-") as scratch, \
            dask.config.set({"temporary-directory": scratch}), \
            distributed.SpecCluster(workers=dict.fromkeys(range(count), worker), scheduler=scheduler, worker=worker,
                                    security=security, silence_logs=_SILENT) as cluster, \
            distributed.Client(cluster, security=security) as client:
        yield client
