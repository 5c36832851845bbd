"""Many cases on all cores or on a Dask cluster: resumable, and no bad study stops the rest."""

import csv
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rnapp import __version__
from rnapp.config import default_settings
from rnapp.errors import InputError
from rnapp.files import replacing
from rnapp.models.installed import bundle_sha256
from rnapp.pipeline.cluster import BatchOptions, resources_here, run_each
from rnapp.pipeline.files import CaseFiles, analyse_files
from rnapp.pipeline.manifest import BatchCase

RECORD = "case.json"
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
    settings = default_settings()
    bundle = bundle_sha256(settings.weights, settings.data)
    prints = {case.name: fingerprint(case, options, bundle) for case in cases}
    records = {name: record for name, made_from in prints.items()
               if (record := _earlier(out / name, made_from)) is not None}
    waiting = [case for case in cases if case.name not in records]
    tally = Tally(len(cases), len(records))
    jobs = [(replace(case, files=_absolute(case.files)), out.resolve(), prints[case.name]) for case in waiting]
    for number, found in run_each(replace(options, bundle=bundle), _one, jobs):
        record = found if isinstance(found, CaseRecord) else _died(waiting[number], found, prints)
        _keep(out, record)
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


def fingerprint(case: BatchCase, options: BatchOptions, bundle: str) -> str:
    """Changes when a file of the case, the options that matter, the weight bundle, or the program change.

    bundle: SHA-256 of the bundle's card.
    """
    files = case.files
    places = [*files.study, *[path for path in (files.mask, files.clinical) if path]]
    content = [__version__, bundle, options.mode, str(files.series), str(sorted(files.labels or ())),
               *sorted(files.structures), str(files.report), *(stamp for place in places for stamp in stamps(place))]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def stamps(place: Path) -> list[str]:
    """Name, size and time of a file, or of every file in a folder."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" if file.is_file() else f"{file} missing"
            for file in files if not file.is_dir()]


def _one(case: BatchCase, out: Path, made_from: str) -> CaseRecord:
    """On a worker: one case, from files to files."""
    start = time.perf_counter()
    try:
        reading = analyse_files(case.files, resources_here, out / case.name)
    except InputError as error:
        return CaseRecord(case.name, False, str(error), time.perf_counter() - start, made_from)
    lesions = tuple(LesionRecord(one.lesion.number, one.lesion.side, one.lesion.volume_ml,
                                 one.prediction.probability_rn) for one in reading.lesions)
    return CaseRecord(case.name, True, "", time.perf_counter() - start, made_from, lesions)


def _absolute(files: CaseFiles) -> CaseFiles:
    return replace(files, study=tuple(path.resolve() for path in files.study),
                   mask=files.mask.resolve() if files.mask else None,
                   clinical=files.clinical.resolve() if files.clinical else None)


def _died(case: BatchCase, error: BaseException, prints: Mapping[str, str]) -> CaseRecord:
    return CaseRecord(case.name, False, UNEXPECTED.format(kind=type(error).__name__), 0.0, prints[case.name])


def _keep(out: Path, record: CaseRecord) -> None:
    """In the case's folder."""
    folder = out / record.name
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / RECORD) as unfinished:
        unfinished.write_text(json.dumps(asdict(record), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _earlier(folder: Path, made_from: str) -> CaseRecord | None:
    """The record of an earlier run, if that was made from the very same and went well."""
    try:
        stored = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        lesions = tuple(LesionRecord(**one) for one in stored.pop("lesions"))
        record = CaseRecord(**stored, lesions=lesions)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return record if record.done and record.fingerprint == made_from else None
