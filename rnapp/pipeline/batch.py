"""Many cases on all cores or on a Dask cluster: resumable, and no bad study stops the rest."""

import csv
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import distributed
import SimpleITK as sitk
import torch

from rnapp import __version__
from rnapp.config import Device, default_settings
from rnapp.errors import InputError
from rnapp.models.weights import bundle_sha256
from rnapp.pipeline.files import CaseFiles, analyse_files
from rnapp.pipeline.manifest import BatchCase
from rnapp.pipeline.resources import Resources, load_resources
from rnapp.types import BrainMaskMode

RECORD = "case.json"
PLUGIN = "rnapp"
# Beyond this a worker is started anew; HD-BET in single precision peaks at about 3.4 GB.
WORKER_MEMORY = "6GiB"
CONNECT_SECONDS = 10
UNEXPECTED = "Something unexpected happened ({kind}); try this study alone with rnapp analyse."


@dataclass(frozen=True)
class LesionRecord:
    """The answer for one lesion, as in result.json. volume_ml: ml."""

    number: int
    side: str
    volume_ml: float
    probability_rn: float


@dataclass(frozen=True)
class CaseRecord:
    """What became of a case. sentence: why it failed, else empty; fingerprint: of everything it was made from."""

    name: str
    done: bool
    sentence: str
    seconds: float
    fingerprint: str
    lesions: tuple[LesionRecord, ...] = ()


@dataclass(frozen=True)
class BatchOptions:
    """workers: processes (None: one per core); threads: per worker; mode: of HD-BET; device, backend: as in Settings.

    scheduler: address of a running Dask cluster that sees the same folders, instead of processes here.
    """

    workers: int | None = None
    threads: int = 1
    mode: BrainMaskMode = "fast"
    device: Device = "auto"
    backend: str = "auto"
    scheduler: str | None = None


@dataclass
class Tally:
    """How far a batch is. skipped: done in an earlier run."""

    total: int
    skipped: int = 0
    done: int = 0
    failed: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> int:
        """Cases still to do."""
        return self.total - self.skipped - self.done - self.failed

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None before the first case."""
        finished = self.done + self.failed
        return (time.monotonic() - self.started) / finished * self.left if finished else None


def run_batch(cases: Sequence[BatchCase], out: Path, options: BatchOptions,
              watch: Callable[[CaseRecord, Tally], None]) -> tuple[CaseRecord, ...]:
    """Analyses what is not yet done in out (one folder per case, with case.json) and returns all records in order.

    watch: told after each case. Raises InputError where the cluster cannot be reached, WeightsError.
    """
    bundle = bundle_sha256(default_settings().weights)
    prints = {case.name: fingerprint(case, options, bundle) for case in cases}
    records = {name: record for name, made_from in prints.items()
               if (record := _earlier(out / name, made_from)) is not None}
    waiting = [case for case in cases if case.name not in records]
    tally = Tally(len(cases), len(records))
    if waiting:
        with _client(options, len(waiting)) as client:
            client.register_plugin(Loaded(options), name=PLUGIN)
            names = {client.submit(_one, replace(case, files=_absolute(case.files)), out.resolve(),
                                   prints[case.name], pure=False): case.name for case in waiting}
            for future in distributed.as_completed(list(names)):
                record = _record(future, names[future], out, prints)
                tally.done, tally.failed = tally.done + record.done, tally.failed + (not record.done)
                records[record.name] = record
                watch(record, tally)
    return tuple(records[case.name] for case in cases)


def write_table(records: Sequence[CaseRecord], path: Path) -> None:
    """One line per lesion, or per case without one: cases.csv."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "done", "lesion", "side", "volume_ml", "probability_rn", "seconds", "sentence"])
        for record in records:
            answers = [[one.number, one.side, f"{one.volume_ml:.2f}", f"{one.probability_rn:.4f}"]
                       for one in record.lesions] or [[""] * 4]
            writer.writerows([record.name, record.done, *answer, f"{record.seconds:.1f}", record.sentence]
                             for answer in answers)


class Loaded(distributed.WorkerPlugin):  # type: ignore[misc]
    """What each worker loads once."""

    def __init__(self, options: BatchOptions) -> None:
        self.options = options
        self.resources: Resources | None = None

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - Dask passes it
        """Called on the worker when it starts."""
        torch.set_num_threads(self.options.threads)
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(self.options.threads)
        self.resources = load_resources(replace(
            default_settings(), brain_mask_mode=self.options.mode, device=self.options.device,
            backend=self.options.backend))


def fingerprint(case: BatchCase, options: BatchOptions, bundle: str) -> str:
    """Changes when a file of the case, the options that matter, the weight bundle, or the program change.

    bundle: SHA-256 of the bundle's card.
    """
    files = case.files
    places = [*files.study, *[path for path in (files.mask, files.clinical) if path]]
    content = [__version__, bundle, options.mode, str(files.series), str(sorted(files.labels or ())), str(files.report),
               *(stamp for place in places for stamp in _stamps(place))]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def _stamps(place: Path) -> list[str]:
    """Name, size and time of a file, or of every file in a folder."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" if file.is_file() else f"{file} missing"
            for file in files if not file.is_dir()]


@contextmanager
def _client(options: BatchOptions, waiting: int) -> Iterator[distributed.Client]:
    if options.scheduler:
        try:
            client = distributed.Client(options.scheduler, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(f"Expected a Dask scheduler at {options.scheduler}, but none answers there; check the "
                             "address.") from error
        with client:
            yield client
        return
    workers = min(options.workers or os.cpu_count() or 1, waiting)
    # Encrypted even on the loopback: otherwise anyone logged in to this computer could send a worker code to run.
    security = distributed.Security.temporary()
    with distributed.LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                                  dashboard_address=None, memory_limit=WORKER_MEMORY, security=security,
                                  silence_logs=50) as cluster, \
            distributed.Client(cluster, security=security) as client:
        yield client


def _one(case: BatchCase, out: Path, made_from: str) -> CaseRecord:
    """On a worker: one case, from files to files."""
    plugin: Loaded = distributed.get_worker().plugins[PLUGIN]
    start = time.perf_counter()
    try:
        reading = analyse_files(case.files, lambda: _needed(plugin), out / case.name)
    except InputError as error:
        return CaseRecord(case.name, False, str(error), time.perf_counter() - start, made_from)
    lesions = tuple(LesionRecord(one.lesion.number, one.lesion.side, one.lesion.volume_ml,
                                 one.prediction.probability_rn) for one in reading.lesions)
    return CaseRecord(case.name, True, "", time.perf_counter() - start, made_from, lesions)


def _needed(plugin: Loaded) -> Resources:
    if plugin.resources is None:
        raise InputError("This worker has not loaded its weights; start the batch again.")
    return plugin.resources


def _absolute(files: CaseFiles) -> CaseFiles:
    return replace(files, study=tuple(path.resolve() for path in files.study),
                   mask=files.mask.resolve() if files.mask else None,
                   clinical=files.clinical.resolve() if files.clinical else None)


def _record(future: Any, name: str, out: Path, prints: Mapping[str, str]) -> CaseRecord:
    """What the worker says, or that it died; kept in the case's folder."""
    error = future.exception()
    if error is None:
        record: CaseRecord = future.result()
    else:
        record = CaseRecord(name, False, UNEXPECTED.format(kind=type(error).__name__), 0.0, prints[name])
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{RECORD}.part"
    unfinished.write_text(json.dumps(asdict(record), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(folder / RECORD)
    return record


def _earlier(folder: Path, made_from: str) -> CaseRecord | None:
    """The record of an earlier run, if that was made from the very same and went well."""
    try:
        stored = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        lesions = tuple(LesionRecord(**one) for one in stored.pop("lesions"))
        record = CaseRecord(**stored, lesions=lesions)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return record if record.done and record.fingerprint == made_from else None
