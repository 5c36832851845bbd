"""The command line over the pipeline: example, prepare, analyse, and the app itself."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rnapp import __version__, pipeline
from rnapp.config import Settings, data_folder, default_settings, weights_folder
from rnapp.desktop import start
from rnapp.errors import InputError, WeightsError
from rnapp.files import results_folder, try_file, write_whole, writing
from rnapp.io.atlas import read_atlas
from rnapp.io.tables import parse_labels, parse_names
from rnapp.models.bundle_file import EXTENSION, install_bundle, pack_bundle
from rnapp.models.installed import Installed, choose, choose_bundle, installed_bundles, remove_bundle
from rnapp.private import private_run
from rnapp.terminal import exit_code, write_any_character
from rnapp.types import ModelCard

if TYPE_CHECKING:
    from rnapp.pipeline.batch import CaseRecord, Tally

REPORT_BYTES = 64 * 1024  # what a table or the result of the self-test takes at most


def run(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 2 with one sentence on stderr for input that cannot be used or a system that refuses; 1 where
    nobody reads the output any more."""
    write_any_character()
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    return exit_code(lambda: _run(command, options))


def _run(command: Callable[[argparse.Namespace], None], options: argparse.Namespace) -> None:
    """Temporary files hold what the patient's files hold: they go with the run, whatever ends it."""
    if command is start.run:  # the app sees to its own; its browser's are not among them
        command(options)
        return
    with private_run():
        command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rnapp", description="Radiation necrosis or tumour progression on T1CE MRI. "
                                                               "Research software, not a medical device.")
    parser.add_argument("--version", action="version", version=f"rnapp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    app = commands.add_parser("app", help="start the app in its window")
    start.add_options(app)
    app.set_defaults(command=start.run)
    example = commands.add_parser("example", help="write the synthetic example study")
    example.add_argument("--out", type=_folder, required=True)
    example.set_defaults(command=_example)
    for name, command in (("prepare", _prepare), ("analyse", _analyse)):
        _add_study_command(commands.add_parser(name, help=f"{name} a study without the browser"), command)
    _add_inspect(commands.add_parser("inspect", help="list what a study, mask and form hold, and whether they can be "
                                                     "used, in seconds"))
    _add_batch(commands.add_parser("batch", help="analyse many studies, resumable"))
    tune = commands.add_parser("tune", help="measure once which way of computing is the fastest here, and remember it")
    tune.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    tune.set_defaults(command=_tune)
    _add_weights(commands.add_parser("weights", help="list the weight bundles; install, use, remove, pack one"))
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


def _add_inputs(parser: argparse.ArgumentParser, more: bool) -> None:
    """more: also mask and form."""
    parser.add_argument("study", type=Path, nargs="+", help="folder, zip or files: DICOM, NIfTI or NRRD")
    parser.add_argument("--series", help="uid of the series to use (default: the T1CE that is proposed)")
    parser.add_argument("--patient", help="patient ID, where the files belong to several patients")
    if more:
        parser.add_argument("--mask", type=Path, help="lesion mask: NIfTI or NRRD on the grid of the scan or of SRI24, "
                                                      "DICOM segmentation or structure set")
        parser.add_argument("--clinical", type=Path, help="clinical data as JSON")


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    _add_inputs(parser, more=True)
    _add_atlas_mask(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object (docs/inspect_json.md)")
    parser.set_defaults(command=_inspect)


def _add_study_command(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], None]) -> None:
    _add_inputs(parser, more=command is _analyse)
    parser.add_argument("--out", type=_folder, required=True, help="folder for the results")
    _add_computing(parser)
    if command is _analyse:
        parser.add_argument("--labels", type=_labels, help="numbers of the labels, segments or structures that make up "
                                                           "the lesion, for example 1+3")
        parser.add_argument("--structures", type=parse_names, default=(),
                            help="their names instead, for example \"GTV 1; GTV 2\"")
        _add_atlas_mask(parser)
        parser.add_argument("--report", action="store_true", help="also write report.pdf")
    parser.set_defaults(command=command)


def _add_atlas_mask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--atlas-mask", action="store_true",
                        help="confirm that the SRI24 mask was drawn on this registration (you have checked it)")


def _add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("manifest", type=Path,
                        help="CSV: case, study, and if wanted series, mask, labels, structures, clinical")
    parser.add_argument("--out", type=_folder, required=True, help="folder for the results, one folder per case")
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")
    parser.add_argument("--threads", type=int, default=1, help="threads per process")
    parser.add_argument("--scheduler", help="address of a running Dask cluster to use instead")
    parser.add_argument("--report", action="store_true", help="also write report.pdf for each case")
    _add_atlas_mask(parser)
    _add_computing(parser)
    parser.set_defaults(command=_batch)


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_weights)
    commands = parser.add_subparsers(metavar="COMMAND")
    install = commands.add_parser("install", help="install a bundle from its file, and use it from now on")
    install.add_argument("file", type=Path, help=f"a {EXTENSION} file, or any zip of one bundle's folder")
    install.add_argument("--sha256", metavar="HEX", help="of the card, as the publisher gives it; another is refused")
    install.set_defaults(command=_install_weights)
    for name, command, words in (("use", _use_weights, "use this bundle from now on"),
                                 ("remove", _remove_weights, "remove a bundle that was installed from a file")):
        one = commands.add_parser(name, help=words)
        one.add_argument("bundle", metavar="SHA256-PREFIX", help="how its card's SHA-256 begins (see rnapp weights)")
        one.set_defaults(command=command)
    pack = commands.add_parser("pack", help="make one file of a bundle's folder")
    pack.add_argument("folder", type=Path)
    pack.add_argument("--out", type=Path, required=True, help=f"the file to write, best named NAME{EXTENSION}")
    pack.set_defaults(command=_pack_weights)


def _folder(text: str) -> Path:
    """Not an empty one, as a shell makes of a variable that is not set: that would be the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a folder, but got an empty name")
    return Path(text)


def _labels(text: str) -> frozenset[int]:
    try:
        return parse_labels(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _settings(options: argparse.Namespace) -> Settings:
    return replace(default_settings(), device=options.device, brain_mask_mode=options.brain_mask,
                   backend=options.backend)


def _example(options: argparse.Namespace) -> None:
    with results_folder(options.out, pipeline.EXAMPLE_BYTES), writing(options.out):
        pipeline.write_example(read_atlas(default_settings().weights), options.out)


def _inspect(options: argparse.Namespace) -> None:
    case = pipeline.CaseFiles(tuple(options.study), options.series, options.mask, clinical=options.clinical,
                              patient=options.patient, atlas_mask=options.atlas_mask)
    found = pipeline.inspect(case)
    if options.json:
        print(json.dumps(pipeline.as_json(found), indent=1))
    else:
        print(*pipeline.as_lines(found), sep="\n")
    if found.trouble:
        raise InputError(" ".join(found.trouble))


def _prepare(options: argparse.Namespace) -> None:
    case = pipeline.CaseFiles(study=tuple(options.study), series=options.series, patient=options.patient)
    pipeline.prepare_files(case, pipeline.load_resources(_settings(options)), options.out, _progress)


def _analyse(options: argparse.Namespace) -> None:
    case = pipeline.CaseFiles(tuple(options.study), options.series, options.mask, options.labels, options.structures,
                              options.clinical, options.report, options.patient, options.atlas_mask)
    pipeline.analyse_files(case, lambda: pipeline.load_resources(_settings(options)), options.out, _progress)


def _tune(options: argparse.Namespace) -> None:
    choice = pipeline.tune(replace(default_settings(), device=options.device), _progress)
    for name, trial in choice.trials.items():
        chosen = "  ← from now on" if name == choice.backend else ""
        print(f"{name:18s} {trial.seconds:6.2f} s   Dice {trial.dice:.5f}{chosen}")


def _selftest(options: argparse.Namespace) -> None:
    if options.out:
        try_file(options.out, REPORT_BYTES)
    with tempfile.TemporaryDirectory(prefix="rnapp-selftest-") as folder:
        test = pipeline.SelfTest(default_settings(), Path(folder), _progress)
        passed = test.run()
    for check in test.checks:
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name} ({check.seconds:.1f} s): {check.words}")
    if options.out:
        with writing(options.out):
            write_whole(options.out, json.dumps(test.report(), indent=1).encode())
    if not passed:
        raise WeightsError("The self-test failed; send its result (--out FILE) to whoever supports rnapp.")
    print("Everything works.")


def _weights(options: argparse.Namespace) -> None:  # noqa: ARG001 - there are none
    for one in installed_bundles(weights_folder(), data_folder()):
        print(_listed(one))
    print(f"In use: {choose_bundle(weights_folder(), data_folder())}")


def _install_weights(options: argparse.Namespace) -> None:
    installed = install_bundle(options.file, data_folder(), options.sha256)
    print(f"{_titled(installed.card)} {'was installed' if installed.new else 'is there already'}: {installed.folder}")
    _say_used()


def _use_weights(options: argparse.Namespace) -> None:
    print(f"{_titled(choose(weights_folder(), data_folder(), options.bundle))} is chosen.")
    _say_used()


def _remove_weights(options: argparse.Namespace) -> None:
    removed = remove_bundle(data_folder(), options.bundle)
    print(f"{removed.folder.name} was removed.")
    _say_used()


def _pack_weights(options: argparse.Namespace) -> None:
    card = pack_bundle(options.folder, options.out)
    print(f"{_titled(card)} was written to {options.out}\ncard SHA-256 {card.sha256}")


def _say_used() -> None:
    """RNAPP_BUNDLE can still decide otherwise, and after a removal there may be none: that is said, not a failure."""
    try:
        print(f"From now on rnapp uses {choose_bundle(weights_folder(), data_folder())}")
    except WeightsError as error:
        print(f"rnapp has no bundle to use now: {error}")


def _listed(one: Installed) -> str:
    place = "installed from a file" if one.own else "comes with the program"
    words = f"{_titled(one.card)}, {place}" if one.card else f"{one.folder.name}, {place}, is broken: {one.trouble}"
    return f"{'*' if one.chosen else '-'} {words}\n  card SHA-256 {one.sha256 or 'unknown'}"


def _titled(card: ModelCard) -> str:
    kind = "demonstration, its numbers mean nothing clinically" if card.demonstration else "no demonstration"
    return f"{card.name} {card.version} ({kind})"


def _batch(options: argparse.Namespace) -> None:
    # Dask is slow to import and not needed by the other commands.
    from rnapp.pipeline import batch, cluster
    from rnapp.pipeline.manifest import read_manifest

    cases = [replace(case, files=replace(case.files, atlas_mask=options.atlas_mask))
             for case in read_manifest(options.manifest, options.report)]
    with results_folder(options.out, pipeline.RESULTS_BYTES):
        pass  # one case's results have room; each case tries its own folder again
    how = cluster.BatchOptions(options.workers, options.threads, options.brain_mask, options.device, options.backend,
                               options.scheduler)
    records = batch.run_batch(cases, options.out, how, _case_done)
    batch.write_table(records, options.out / "cases.csv")
    failed = sum(not record.done for record in records)
    print(f"{len(records) - failed} of {len(records)} cases done; see {options.out / 'cases.csv'}", file=sys.stderr)


def _case_done(record: "CaseRecord", tally: "Tally") -> None:
    left = "" if not tally.seconds_left else f", about {_duration(tally.seconds_left)} left"
    outcome = "done" if record.done else f"failed: {record.sentence}"
    with suppress(OSError):  # where nobody reads on, the work goes on
        print(f"[{tally.total - tally.left}/{tally.total}{left}] {record.name} {outcome}", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _progress(stage: str, fraction: float) -> None:
    with suppress(OSError):  # where nobody reads on, the work goes on
        print(f"{fraction:4.0%}  {stage}", file=sys.stderr)
