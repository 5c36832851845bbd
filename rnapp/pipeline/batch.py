"""Many cases on all cores or on a Dask cluster: resumable, and no bad study stops the rest."""

import csv
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rnapp import __version__
from rnapp.config import Settings, default_settings
from rnapp.errors import InputError
from rnapp.files import write_whole, writing
from rnapp.io.texts import read_json
from rnapp.models.installed import bundle_sha256
from rnapp.pipeline.batch_list import BatchCase
from rnapp.pipeline.cluster import BatchOptions, Load, resources_here, run_each
from rnapp.pipeline.files import CaseFiles, analyse_files
from rnapp.pipeline.resources import Resources, load_resources
from rnapp.pipeline.results import json_bytes
from rnapp.report.wording import cautions_of, statement, verdict_code
from rnapp.tasks import task_of
from rnapp.trust.prior import read_prior
from rnapp.types import STUDY, Answer, CaseResult, Question, Trust

RECORD = "case.json"
JUDGED = ("verdict", "interval_low", "interval_high", "steady", "cautions", "unadjusted")
UNEXPECTED = "Something unexpected happened ({kind}); try this study alone with rnapp analyse."


@dataclass(frozen=True)
class AnswerRecord:
    """One answer, as in result.json. lesion: its number, STUDY for the study; side: "" and volume_ml: None for that;
    probability, interval, unadjusted: None where no number is given, and sentence then says why; cautions: level and
    code of each."""

    lesion: int
    side: str
    volume_ml: float | None
    probability: float | None
    verdict: str = ""
    interval: tuple[float, float] | None = None
    steady: bool | None = None
    cautions: tuple[str, ...] = ()
    unadjusted: float | None = None
    sentence: str = ""


@dataclass(frozen=True)
class CaseRecord:
    """What became of a case. sentence: why it failed, else empty; fingerprint: of everything it was made from; task: id
    of its question, "" for that of the whole batch."""

    name: str
    done: bool
    sentence: str
    seconds: float
    fingerprint: str
    answers: tuple[AnswerRecord, ...] = ()
    task: str = ""


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


@dataclass(frozen=True)
class LoadTask:
    """What a worker loads for the cases of one question. task: its id, for a task itself cannot be sent."""

    task: str

    def __call__(self, settings: Settings) -> Resources:
        """Raises WeightsError."""
        return load_resources(settings, None, task_of(self.task))


def run_batch(cases: Sequence[BatchCase], out: Path, options: BatchOptions,
              watch: Callable[[CaseRecord, Tally], None], load: Load | None = None) -> tuple[CaseRecord, ...]:
    """Analyses what is not yet done in out (one folder per case, with case.json) and returns all records in order.

    Cases of several questions are done one question after the other, so that a worker holds the models of one. watch:
    told after each case; load: what each worker loads instead of the bundle in use for the cases' question. Raises
    InputError where the cluster cannot be reached, WeightsError.
    """
    cases = [_with_prior(case) for case in cases]
    bundles = {task: options.bundle or _bundle_in_use(task) for task in dict.fromkeys(case.task for case in cases)}
    prints = {case.name: fingerprint(case, options, bundles[case.task]) for case in cases}
    records = {name: record for name, made_from in prints.items()
               if (record := _earlier(out / name, made_from)) is not None}
    tally = Tally(len(cases), len(records))
    for task, bundle in bundles.items():
        waiting = [case for case in cases if case.task == task and case.name not in records]
        jobs = [(replace(case, files=_absolute(case.files)), out.absolute(), prints[case.name]) for case in waiting]
        for number, found in run_each(replace(options, bundle=bundle), load or LoadTask(task), _one, jobs):
            record = _kept(out, found if isinstance(found, CaseRecord) else _died(waiting[number], found, prints))
            tally.done, tally.failed = tally.done + record.done, tally.failed + (not record.done)
            records[record.name] = record
            watch(record, tally)
    return tuple(records[case.name] for case in cases)


def _with_prior(case: BatchCase) -> BatchCase:
    """The share that this centre set is sent along: workers on other computers may know none."""
    if case.files.prior is not None:
        return case
    return replace(case, files=replace(case.files, prior=read_prior(default_settings().data, case.task)))


def write_table(records: Sequence[CaseRecord], question: Question, path: Path) -> None:
    """One line per answer, or per case without one: cases.csv. Of several questions, each has a column for its
    probability. question: of records that name none. Raises InputError where it cannot be written."""
    names = {task: question.probability_name if task in ("", question.id) else
             task_of(task).question.probability_name for task in dict.fromkeys(one.task for one in records)}
    columns = tuple(dict.fromkeys(names.values())) or (question.probability_name,)
    several = len(columns) > 1
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["case", *(["task"] if several else []), "done", "lesion", "side", "volume_ml", *columns, *JUDGED,
                     "seconds", "sentence"])
    for record in records:
        head = [record.name, *([record.task or question.id] if several else []), record.done]
        time_s = f"{record.seconds:.1f}"
        rows = [[*_lesion(one), *(_share(one.probability) if name == names[record.task] else "" for name in columns),
                 *_judged(one), time_s, one.sentence] for one in record.answers]
        nothing = [*[""] * (3 + len(columns) + len(JUDGED)), time_s, record.sentence]
        writer.writerows([*head, *row] for row in rows or [nothing])
    with writing(path):
        write_whole(path, file.getvalue().encode("utf-8", "backslashreplace"))


def _lesion(record: AnswerRecord) -> list[str]:
    volume = "" if record.volume_ml is None else f"{record.volume_ml:.2f}"
    return ["" if record.lesion == STUDY else str(record.lesion), record.side, volume]


def _judged(record: AnswerRecord) -> list[str]:
    """The columns JUDGED."""
    low, high = record.interval or (None, None)
    steady = {True: "yes", False: "no", None: ""}[record.steady]
    return [record.verdict, _share(low), _share(high), steady, "; ".join(record.cautions), _share(record.unadjusted)]


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.4f}"


def fingerprint(case: BatchCase, options: BatchOptions, bundle: str) -> str:
    """Changes when a file of the case, the options that matter, the weight bundle, or the program change.

    bundle: SHA-256 of the bundle's card.
    """
    files = case.files
    places = [*files.study, *[path for path in (files.mask, files.clinical) if path]]
    content = [__version__, bundle, options.mode, str(sorted(files.series.items())), str(sorted(files.labels or ())),
               *sorted(files.structures), str(files.report), *(["atlas mask"] if files.atlas_mask else []),
               str(files.dose), *(["dose fits"] if files.dose_fits else []), str(files.prior), str(files.confirmed),
               *(stamp for given in places for stamp in stamps(given))]
    return hashlib.sha256("\n".join(content).encode("utf-8", "surrogateescape")).hexdigest()


def stamps(path: Path) -> list[str]:
    """Name, size and time of a file, or of every file below a folder, those behind symbolic links too."""
    return [_stamp(file) for file in sorted(_below(path)) or [path]]


def _below(top: Path) -> Iterator[Path]:
    """All but the folders, each folder once."""
    seen: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(top, followlinks=True):
        here = Path(folder).stat()
        if (here.st_dev, here.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        yield from (Path(folder) / name for name in names)


def _stamp(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return f"{file} missing"
    return f"{file} {status.st_size} {status.st_mtime_ns}"


def _bundle_in_use(task: str) -> str:
    settings = default_settings()
    return bundle_sha256(settings.weights, settings.data, task)


def _one(case: BatchCase, out: Path, made_from: str) -> CaseRecord:
    """On a worker: one case, from files to files."""
    start = time.perf_counter()
    try:
        task = resources_here().task
        result = analyse_files(case.files, task, resources_here, out / case.name)
    except InputError as error:
        return CaseRecord(case.name, False, str(error), time.perf_counter() - start, made_from, task=case.task)
    answers = tuple(_answer(result, one) for one in result.reading.answers)
    return CaseRecord(case.name, True, "", time.perf_counter() - start, made_from, answers, case.task)


def _answer(case: CaseResult, answer: Answer) -> AnswerRecord:
    """As result.json has it: never a number where that has none."""
    lesion = None if answer.lesion == STUDY else case.lesions.lesion(answer.lesion)
    trust = answer.trust or Trust("withheld")
    return AnswerRecord(
        answer.lesion, "" if lesion is None else lesion.side, None if lesion is None else lesion.volume_ml,
        None if answer.prediction is None else answer.prediction.probability, verdict_code(case.question, answer),
        trust.interval, trust.steady, tuple(f"{one.level} {one.code}" for one in cautions_of(case, answer)),
        trust.unadjusted, statement(case.question, answer) if answer.prediction is None else "")


def _absolute(files: CaseFiles) -> CaseFiles:
    return replace(files, study=tuple(path.absolute() for path in files.study),
                   mask=files.mask.absolute() if files.mask else None,
                   clinical=files.clinical.absolute() if files.clinical else None)


def _died(case: BatchCase, error: BaseException, prints: Mapping[str, str]) -> CaseRecord:
    return CaseRecord(case.name, False, UNEXPECTED.format(kind=type(error).__name__), 0.0, prints[case.name],
                      task=case.task)


def _kept(out: Path, record: CaseRecord) -> CaseRecord:
    """The record, now in the case's folder; where that fails, one that says so: the others go on."""
    folder = out / record.name
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / RECORD, json_bytes(asdict(record)))
    except InputError as error:
        return replace(record, done=False, sentence=record.sentence or str(error), answers=())
    return record


def _earlier(folder: Path, made_from: str) -> CaseRecord | None:
    """The record of an earlier run, if it was made from exactly the same files and succeeded."""
    try:
        stored: Any = read_json(folder / RECORD, "the record of a case")
        answers = tuple(_stored(one) for one in stored.pop("answers"))
        record = CaseRecord(**stored, answers=answers)
    except (InputError, TypeError, KeyError, AttributeError):
        return None
    return record if record.done and record.fingerprint == made_from else None


def _stored(answer: dict[str, Any]) -> AnswerRecord:
    """JSON knows no tuples. Raises TypeError for what is no such record."""
    interval, cautions = answer.get("interval"), answer.get("cautions", ())
    return AnswerRecord(**answer | {"interval": None if interval is None else tuple(interval),
                                    "cautions": tuple(cautions)})
