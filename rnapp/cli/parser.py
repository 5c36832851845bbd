"""What can be said on the command line."""

import argparse
from collections.abc import Callable
from pathlib import Path

from rnapp import __version__, pipeline
from rnapp.cli import audit, cases, dose, machine, prior, weights
from rnapp.desktop import start
from rnapp.errors import InputError
from rnapp.io.tables import parse_labels, parse_names
from rnapp.models.bundle_file import EXTENSION
from rnapp.tasks import TASKS
from rnapp.trust.calibrate import PRIOR_BETWEEN, checked_prior
from rnapp.trust.confirm import parse_confirmed
from rnapp.types import Confirmed


def parser() -> argparse.ArgumentParser:
    questions = " ".join(task.question.title for task in TASKS.values())
    main = argparse.ArgumentParser(prog="rnapp", description=f"{questions} Research software, not a medical device.")
    main.add_argument("--version", action="version", version=f"rnapp {__version__}")
    commands = main.add_subparsers(required=True, metavar="COMMAND")
    app = commands.add_parser("app", help="start the app in its window")
    start.add_options(app)
    app.set_defaults(command=start.run)
    example = commands.add_parser("example", help="write the synthetic example study")
    example.add_argument("--out", type=_folder, required=True)
    _add_task(example)
    example.set_defaults(command=cases.example)
    for name, command in (("prepare", cases.prepare), ("analyse", cases.analyse)):
        _add_study_command(commands.add_parser(name, help=f"{name} a study without the browser"), command)
    _add_inspect(commands.add_parser("inspect", help="list what a study, mask and form hold, and whether they can be "
                                                     "used, in seconds"))
    _add_batch(commands.add_parser("batch", help="analyse many studies; can be resumed"))
    dose.add_options(commands.add_parser("dose", help="a radiotherapy dose on the grid of an image, and in structures"))
    kept = commands.add_parser("open-case", help="write the results of a kept case")
    kept.add_argument("file", type=Path, help="a case that was kept in the app")
    kept.add_argument("--out", type=_folder, required=True, help="folder for the results")
    kept.set_defaults(command=cases.open_case)
    schema = commands.add_parser("schema", help="print the JSON Schema of result.json")
    _add_task(schema)
    schema.set_defaults(command=cases.schema)
    tune = commands.add_parser("tune", help="measure once which way of computing is the fastest here, and remember it")
    tune.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    tune.set_defaults(command=machine.tune)
    prior.add_options(commands.add_parser("prior", help="the share of the first outcome that answers assume here"))
    audit.add_options(commands.add_parser("audit", help="how the answers of kept cases turned out at this centre"))
    _add_weights(commands.add_parser("weights", help="list the weight bundles; install, use, remove, pack one"))
    check = commands.add_parser("selftest", help="check this installation with the example, from start to finish")
    check.add_argument("--out", type=Path, help="file for the result, to be mailed to support (JSON)")
    _add_task(check)
    check.set_defaults(command=machine.selftest)
    return main


def _add_task(parser: argparse.ArgumentParser, default: str = "that of the bundle in use") -> None:
    parser.add_argument("--task", choices=tuple(TASKS), help=f"the question that is asked (default: {default})")


def _add_computing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--brain-mask", choices=("fast", "balanced", "accurate"), default="fast",
                        help="HD-BET with one model, with five, or with five and mirroring")
    parser.add_argument("--backend", choices=("auto", *pipeline.BACKENDS), default="auto",
                        help="way of computing on the CPU (default: what rnapp tune found)")


def _add_inputs(parser: argparse.ArgumentParser, more: bool) -> None:
    """more: also mask and form."""
    parser.add_argument("study", type=Path, nargs="+", help="folder, zip or files: DICOM, NIfTI or NRRD")
    _add_task(parser)
    parser.add_argument("--series", action="append", default=[], metavar="[ROLE=]UID",
                        help="uid of the series to use (default: the proposed one); ROLE= for any input but the "
                             "first scan, where a question has several; ROLE=none leaves an input out")
    parser.add_argument("--patient", help="patient ID, where the files belong to several patients")
    if more:
        parser.add_argument("--mask", type=Path, help="lesion mask: NIfTI or NRRD on the grid of the scan or of SRI24, "
                                                      "DICOM segmentation or structure set")
        parser.add_argument("--clinical", type=Path, help="clinical data as JSON")


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    _add_inputs(parser, more=True)
    _add_atlas_mask(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object (docs/inspect_json.md)")
    parser.set_defaults(command=cases.inspect)


def _add_study_command(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], None]) -> None:
    _add_inputs(parser, more=command is cases.analyse)
    parser.add_argument("--out", type=_folder, required=True, help="folder for the results")
    _add_dose_answers(parser)
    _add_computing(parser)
    if command is cases.analyse:
        parser.add_argument("--labels", type=_labels, help="numbers of the labels, segments or structures that make up "
                                                           "the lesion, for example 1+3")
        parser.add_argument("--structures", type=parse_names, default=(),
                            help="their names instead, for example \"GTV 1; GTV 2\"")
        _add_atlas_mask(parser)
        parser.add_argument("--confirm", type=_confirmed, action="append", default=[],
                            metavar="[LESION:]CODE[=REASON]",
                            help="you have looked at what this caution says, and want the number all the same; may be "
                                 "given several times")
        parser.add_argument("--prior", type=_share, metavar="SHARE",
                            help=f"share of the first outcome among your cases, {PRIOR_BETWEEN} (default: what rnapp "
                                 "prior keeps, else that of the model's calibration)")
        parser.add_argument("--report", action="store_true", help="also write report.pdf")
    parser.set_defaults(command=command)


def _add_dose_answers(parser: argparse.ArgumentParser) -> None:
    dose.add_answers(parser)
    _add_dose_fits(parser)


def _add_dose_fits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dose-fits", action="store_true",
                        help="confirm where the radiotherapy dose lies on the scan (you have looked at it)")


def _add_atlas_mask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--atlas-mask", action="store_true",
                        help="confirm that the SRI24 mask was drawn on this registration (you have checked it)")


def _add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("list", type=Path, metavar="CASE_LIST",
                        help="CSV: case, study, and optionally task, series, series_ROLE, dose, relative_gy, "
                             "fractions, all_beams, mask, labels, structures, clinical, confirm, prior")
    parser.add_argument("--out", type=_folder, required=True, help="folder for the results, one folder per case")
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")
    parser.add_argument("--threads", type=int, default=1, help="threads per process")
    parser.add_argument("--scheduler", help="address of a running Dask cluster to use instead")
    parser.add_argument("--report", action="store_true", help="also write report.pdf for each case")
    _add_task(parser, "that of the bundle in use, for lines that name none in the column task")
    _add_dose_fits(parser)
    _add_atlas_mask(parser)
    _add_computing(parser)
    parser.set_defaults(command=cases.batch)


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=weights.show)
    commands = parser.add_subparsers(metavar="COMMAND")
    install = commands.add_parser("install", help="install a bundle from its file, and use it from now on")
    install.add_argument("file", type=Path, help=f"a {EXTENSION} file, or any zip of one bundle's folder")
    install.add_argument("--sha256", metavar="HEX",
                         help="SHA-256 of the card, as given by the publisher; any other is refused")
    install.set_defaults(command=weights.install)
    for name, command, words in (("use", weights.use, "use this bundle from now on"),
                                 ("remove", weights.remove, "remove a bundle that was installed from a file")):
        one = commands.add_parser(name, help=words)
        one.add_argument("bundle", metavar="SHA256-PREFIX",
                         help="first characters of its card's SHA-256 (see rnapp weights)")
        one.set_defaults(command=command)
    pack = commands.add_parser("pack", help="make one file of a bundle's folder")
    pack.add_argument("folder", type=Path)
    pack.add_argument("--out", type=Path, required=True, help=f"the file to write, best named NAME{EXTENSION}")
    pack.set_defaults(command=weights.pack)


def _folder(text: str) -> Path:
    """Not an empty one, as a shell makes of a variable that is not set: that would be the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a folder, but got an empty name")
    return Path(text)


def _confirmed(text: str) -> Confirmed:
    try:
        return parse_confirmed(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _share(text: str) -> float:
    try:
        return checked_prior(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, but got {text!r}") from error
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _labels(text: str) -> frozenset[int]:
    try:
        return parse_labels(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
