"""The command line over the pipeline: example, prepare, analyse, and the app itself."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from rnapp import __version__, pipeline
from rnapp.config import Settings, default_settings
from rnapp.errors import InputError, WeightsError
from rnapp.io.atlas import read_atlas
from rnapp.io.tables import parse_labels, parse_names

if TYPE_CHECKING:
    from rnapp.pipeline.batch import CaseRecord, Tally

UNUSABLE_INPUT = 2


def run(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 2 with one sentence on stderr for input that cannot be used."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except InputError as error:
        print(f"rnapp: {error}", file=sys.stderr)
        return UNUSABLE_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rnapp", description="Radiation necrosis or tumour progression on T1CE MRI. "
                                                               "Research software, not a medical device.")
    parser.add_argument("--version", action="version", version=f"rnapp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    app = commands.add_parser("app", help="start the app in the browser")
    app.add_argument("--demo", action="store_true", help="open with the example study loaded")
    app.add_argument("--port", type=int, default=0, help="loopback port (default: any free one)")
    app.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    app.set_defaults(command=_app)
    example = commands.add_parser("example", help="write the synthetic example study")
    example.add_argument("--out", type=Path, required=True)
    example.set_defaults(command=_example)
    for name, command in (("prepare", _prepare), ("analyse", _analyse)):
        _add_study_command(commands.add_parser(name, help=f"{name} a study without the browser"), command)
    _add_batch(commands.add_parser("batch", help="analyse many studies, resumable"))
    tune = commands.add_parser("tune", help="measure once which way of computing is the fastest here, and remember it")
    tune.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    tune.set_defaults(command=_tune)
    check = commands.add_parser("selftest", help="does this installation work? (the example, start to end)")
    check.add_argument("--out", type=Path, help="file for the result, to be mailed to support (JSON)")
    check.set_defaults(command=_selftest)
    return parser


def _add_computing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--brain-mask", choices=("fast", "balanced", "accurate"), default="fast",
                        help="HD-BET with one model, with five, or with five and mirroring")
    parser.add_argument("--backend", choices=("auto", *pipeline.BACKENDS), default="auto",
                        help="way of computing on the CPU (default: what rnapp tune found)")


def _add_study_command(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], None]) -> None:
    parser.add_argument("study", type=Path, nargs="+", help="folder, zip or files: DICOM, NIfTI or NRRD")
    parser.add_argument("--series", help="uid of the series to use (default: the T1CE that is proposed)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    _add_computing(parser)
    if command is _analyse:
        parser.add_argument("--mask", type=Path, help="lesion mask: NIfTI or NRRD on the grid of the scan or of SRI24, "
                                                      "DICOM segmentation or structure set")
        parser.add_argument("--labels", type=_labels, help="numbers of the labels, segments or structures that make up "
                                                           "the lesion, for example 1+3")
        parser.add_argument("--structures", type=parse_names, default=(),
                            help="their names instead, for example \"GTV 1; GTV 2\"")
        parser.add_argument("--clinical", type=Path, help="clinical data as JSON")
        parser.add_argument("--report", action="store_true", help="also write report.pdf")
    parser.set_defaults(command=command)


def _add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("manifest", type=Path,
                        help="CSV: case, study, and if wanted series, mask, labels, structures, clinical")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results, one folder per case")
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")
    parser.add_argument("--threads", type=int, default=1, help="threads per process")
    parser.add_argument("--scheduler", help="address of a running Dask cluster to use instead")
    parser.add_argument("--report", action="store_true", help="also write report.pdf for each case")
    _add_computing(parser)
    parser.set_defaults(command=_batch)


def _labels(text: str) -> frozenset[int]:
    try:
        return parse_labels(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _settings(options: argparse.Namespace) -> Settings:
    return replace(default_settings(), device=options.device, brain_mask_mode=options.brain_mask,
                   backend=options.backend)


def _app(options: argparse.Namespace) -> None:
    # Gradio is slow to import and not needed by the other commands.
    from rnapp.ui.server import serve

    settings = default_settings()
    if not pipeline.is_tuned(settings):
        print("Measuring once how this machine computes fastest (about a minute) …", file=sys.stderr, flush=True)
        with suppress(OSError):  # not remembered then, and measured again next time
            pipeline.tune(settings)
    resources = pipeline.load_resources(settings)
    Thread(target=pipeline.warm_up, args=(resources,), daemon=True).start()
    serve(resources, port=options.port, open_browser=not options.no_browser,
          demo=options.demo)


def _example(options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    pipeline.write_example(read_atlas(default_settings().weights), options.out)


def _prepare(options: argparse.Namespace) -> None:
    case = pipeline.CaseFiles(study=tuple(options.study), series=options.series)
    pipeline.prepare_files(case, pipeline.load_resources(_settings(options)), options.out, _progress)


def _analyse(options: argparse.Namespace) -> None:
    case = pipeline.CaseFiles(tuple(options.study), options.series, options.mask, options.labels, options.structures,
                              options.clinical, options.report)
    pipeline.analyse_files(case, lambda: pipeline.load_resources(_settings(options)), options.out, _progress)


def _tune(options: argparse.Namespace) -> None:
    choice = pipeline.tune(replace(default_settings(), device=options.device), _progress)
    for name, trial in choice.trials.items():
        chosen = "  ← from now on" if name == choice.backend else ""
        print(f"{name:18s} {trial.seconds:6.2f} s   Dice {trial.dice:.5f}{chosen}")


def _selftest(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="rnapp-selftest-") as folder:
        test = pipeline.SelfTest(default_settings(), Path(folder), _progress)
        passed = test.run()
    for check in test.checks:
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name} ({check.seconds:.1f} s): {check.words}")
    if options.out:
        options.out.write_text(json.dumps(test.report(), indent=1))
    if not passed:
        raise WeightsError("The self-test failed; send its result (--out FILE) to whoever supports rnapp.")
    print("Everything works.")


def _batch(options: argparse.Namespace) -> None:
    # Dask is slow to import and not needed by the other commands.
    from rnapp.pipeline import batch, cluster
    from rnapp.pipeline.manifest import read_manifest

    cases = read_manifest(options.manifest, options.report)
    options.out.mkdir(parents=True, exist_ok=True)
    how = cluster.BatchOptions(options.workers, options.threads, options.brain_mask, options.device, options.backend,
                                 options.scheduler)
    records = batch.run_batch(cases, options.out, how, _case_done)
    batch.write_table(records, options.out / "cases.csv")
    failed = sum(not record.done for record in records)
    print(f"{len(records) - failed} of {len(records)} cases done; see {options.out / 'cases.csv'}", file=sys.stderr)


def _case_done(record: "CaseRecord", tally: "Tally") -> None:
    left = "" if not tally.seconds_left else f", about {_duration(tally.seconds_left)} left"
    outcome = "done" if record.done else f"failed: {record.sentence}"
    print(f"[{tally.total - tally.left}/{tally.total}{left}] {record.name} {outcome}", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _progress(stage: str, fraction: float) -> None:
    print(f"{fraction:4.0%}  {stage}", file=sys.stderr)
