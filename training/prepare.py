"""A cohort from its list to crops: every scan through the app's own preparation, on all cores or a Dask cluster.

    python -m training.prepare LIST --out DIR [--workers N] [--scheduler ADDRESS]

Each row leaves a file in DIR; the same command goes on after a kill and does again only what changed or went wrong. A
row that cannot be used is listed with the reason and never stops the rest.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import distributed
import numpy as np

from rnapp import __version__, pipeline
from rnapp.errors import InputError
from rnapp.pipeline.batch import stamps
from rnapp.pipeline.cluster import BatchOptions, resources_here, workers
from rnapp.types import Crop, Lesion, Prepared, Volume
from training.cohort import Case
from training.inclusion import Flow, Scanned, include
from training.manifest import Row, check, read_manifest

DOUBTFUL = "the registration is doubtful; look at it with rnapp prepare"
UNEXPECTED = "something unexpected happened ({kind}); try it alone with rnapp analyse"


@dataclass(frozen=True)
class Measured:
    """What became of a row. sentence: why it cannot be used, else empty; fingerprint: of what it was made from."""

    line: int
    sentence: str
    fingerprint: str
    diameter_mm: float = 0.0
    volume_ml: float = 0.0
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Cohort:
    """labelled: cases that meet the inclusion rules; unlabelled: crops of rows without an outcome.

    centres, splits: of the labelled, in their order; flow: who was excluded and why.
    """

    labelled: tuple[Case, ...]
    centres: tuple[str, ...]
    splits: tuple[str, ...]
    unlabelled: tuple[Crop, ...]
    flow: Flow


def prepare_rows(rows: Sequence[Row], out: Path, options: BatchOptions,
                 watch: Callable[[Measured, int], None]) -> tuple[Measured, ...]:
    """Crops and measures of all rows, in order. watch: told after each, with the number of rows still to do.

    Raises InputError where the cluster cannot be reached.
    """
    out.mkdir(parents=True, exist_ok=True)
    prints = {row.line: fingerprint(row, options) for row in rows}
    found = {row.line: one for row in rows if (one := _earlier(out, row.line, prints[row.line])) is not None}
    waiting = [row for row in rows if row.line not in found]
    left = len(waiting)
    if waiting:
        scans = _by_scan(waiting)
        with workers(options, len(scans)) as client:
            jobs = {client.submit(_scan, scan, out.resolve(), [prints[row.line] for row in scan], pure=False): scan
                    for scan in scans}
            for job in distributed.as_completed(list(jobs)):
                for one in _results(job, jobs[job], prints):
                    _keep(out, one)
                    found[one.line], left = one, left - 1
                    watch(one, left)
    return tuple(found[row.line] for row in rows)


def read_measured(rows: Sequence[Row], out: Path) -> tuple[Measured, ...]:
    """What an earlier run of the command left for these rows. Raises InputError where one is missing."""
    found = [_record(out, row.line) for row in rows]
    missing = [row.line for row, one in zip(rows, found, strict=True) if one is None]
    if missing:
        raise InputError(f"Expected all rows prepared in {out}, but line {missing[0]} is not; run training.prepare "
                         "first, or again.")
    return tuple(one for one in found if one is not None)


def gather(rows: Sequence[Row], measured: Sequence[Measured], out: Path) -> Cohort:
    """The rows that were prepared, through the inclusion rules."""
    usable = [(row, one) for row, one in zip(rows, measured, strict=True) if not one.sentence]
    scans = [Scanned(row.patient, row.lesion, row.months if row.months is not None else float(row.line),
                     one.diameter_mm, one.centre_mm, row.outcome) for row, one in usable]
    gone = {(row.patient, row.lesion) for row in rows} - {(row.patient, row.lesion) for row, _ in usable}
    flow = include(scans, sorted(gone))
    taken = [usable[number][0] for number in flow.included]
    return Cohort(
        tuple(Case(read_crop(out, row.line), row.clinical, int(row.outcome or 0), row.patient) for row in taken),
        tuple(row.centre for row in taken), tuple(row.split for row in taken),
        tuple(read_crop(out, row.line) for row, _ in usable if row.outcome is None), flow)


def fingerprint(row: Row, options: BatchOptions) -> str:
    """Changes when a file of the row, how it is read, HD-BET's mode or the program changes."""
    content = [__version__, options.mode, row.series, str(sorted(row.mask_labels)),
               *(stamp for place in (row.image, row.mask) for stamp in stamps(place))]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def read_crop(out: Path, line: int) -> Crop:
    """The crop of a row that was prepared."""
    with np.load(_crop_file(out, line)) as stored:
        affine = stored["affine"]
        return Crop(Volume(stored["t1ce"].astype(np.float32), affine), Volume(stored["mask"], affine))


def _by_scan(rows: Sequence[Row]) -> list[list[Row]]:
    """A scan is prepared once, however many lesions it shows."""
    scans: dict[tuple[Path, str], list[Row]] = {}
    for row in rows:
        scans.setdefault((row.image, row.series), []).append(row)
    return list(scans.values())


def _results(job: distributed.Future, scan: Sequence[Row], prints: Mapping[int, str]) -> list[Measured]:
    """What the worker says, or that it died."""
    error = job.exception()
    if error is None:
        found: list[Measured] = job.result()
        return found
    return [Measured(row.line, UNEXPECTED.format(kind=type(error).__name__), prints[row.line]) for row in scan]


def _scan(rows: Sequence[Row], out: Path, prints: Sequence[str]) -> list[Measured]:
    """On a worker: all lesions of one scan."""
    try:
        prepared = _prepared(rows[0])
    except InputError as error:
        return [Measured(row.line, str(error), made_from) for row, made_from in zip(rows, prints, strict=True)]
    return [_one(prepared, row, out, made_from) for row, made_from in zip(rows, prints, strict=True)]


def _one(prepared: Prepared, row: Row, out: Path, made_from: str) -> Measured:
    """One row of a prepared scan; its crop is kept."""
    try:
        lesion = _lesion(prepared, row)
    except InputError as error:
        return Measured(row.line, str(error), made_from)
    _write_crop(out, row.line, lesion.crop)
    return Measured(row.line, "", made_from, lesion.longest_diameter_mm, lesion.volume_ml, lesion.centre_mm)


def _keep(out: Path, one: Measured) -> None:
    """The record of a row, usable or not."""
    unfinished = _record_file(out, one.line).with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(one)), encoding="utf-8")
    unfinished.replace(_record_file(out, one.line))


def _lesion(prepared: Prepared, row: Row) -> Lesion:
    """The row's lesion: the largest part of its mask. Raises InputError where it cannot be used."""
    mask = pipeline.read_mask(row.mask)
    return pipeline.find_lesions(prepared, mask, row.mask_labels or None).lesions[0]


def _prepared(row: Row) -> Prepared:
    with tempfile.TemporaryDirectory(prefix="rnapp-") as workspace:
        study = pipeline.open_study([row.image], Path(workspace))
        volume = pipeline.load_volume(study, row.series or pipeline.proposed_series(study))
    prepared = pipeline.prepare(volume, resources_here())
    if not prepared.quality.good:
        raise InputError(DOUBTFUL)
    return prepared


def _write_crop(out: Path, line: int, crop: Crop) -> None:
    unfinished = _crop_file(out, line).with_suffix(".part")
    with unfinished.open("wb") as stream:
        np.savez_compressed(stream, t1ce=crop.t1ce.array.astype(np.float16), mask=crop.mask.array,
                            affine=crop.t1ce.affine)
    unfinished.replace(_crop_file(out, line))


def _earlier(out: Path, line: int, made_from: str) -> Measured | None:
    """The record of an earlier run, if it was made from the very same, went well, and its crop is whole."""
    one = _record(out, line)
    whole = zipfile.is_zipfile(_crop_file(out, line))
    return one if one and whole and not one.sentence and one.fingerprint == made_from else None


def _record(out: Path, line: int) -> Measured | None:
    try:
        stored = json.loads(_record_file(out, line).read_text(encoding="utf-8"))
        return Measured(**{**stored, "centre_mm": tuple(stored["centre_mm"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _crop_file(out: Path, line: int) -> Path:
    return out / f"line-{line:06d}.npz"


def _record_file(out: Path, line: int) -> Path:
    return out / f"line-{line:06d}.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. 2: the list has problems that make every number wrong (leaks, contradictions)."""
    parser = argparse.ArgumentParser(prog="python -m training.prepare", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path, help="CSV or Parquet, see training/manifest.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scheduler")
    parser.add_argument("--brain-mask", choices=("fast", "balanced", "accurate"), default="fast")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    given = parser.parse_args(arguments)
    try:
        manifest = read_manifest(given.list)
        if problems := check(manifest):
            print("\n".join(map(str, problems)), file=sys.stderr)
            return 2
        options = BatchOptions(given.workers, given.threads, given.brain_mask, given.device,
                               scheduler=given.scheduler)
        rows = [replace(row, image=row.image.resolve(), mask=row.mask.resolve()) for row in manifest.rows]
        measured = prepare_rows(rows, given.out, options, _say)
    except InputError as error:
        print(f"training.prepare: {error}", file=sys.stderr)
        return 2
    cohort = gather(rows, measured, given.out)
    failed = [one for one in measured if one.sentence]
    print("\n".join(f"line {one.line}: {one.sentence}" for one in failed))
    print(cohort.flow.text())
    return 0


def _say(one: Measured, left: int) -> None:
    print(f"line {one.line} {'done' if not one.sentence else 'not used: ' + one.sentence} ({left} left)",
          file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
