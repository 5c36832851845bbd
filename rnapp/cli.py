"""The command line over the pipeline: example, prepare, analyse, and the app itself."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rnapp import __version__, pipeline
from rnapp.config import Settings, default_settings
from rnapp.errors import ClinicalError, InputError
from rnapp.io.atlas import read_atlas
from rnapp.types import ClinicalData, Prepared, Study

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
    return parser


def _add_study_command(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], None]) -> None:
    parser.add_argument("study", type=Path, nargs="+", help="folder, zip or files: DICOM, NIfTI or NRRD")
    parser.add_argument("--series", help="uid of the series to use (default: the T1CE that is proposed)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--brain-mask", choices=("fast", "balanced", "accurate"), default="fast")
    if command is _analyse:
        parser.add_argument("--mask", type=Path, help="lesion mask on the grid of the scan or of SRI24")
        parser.add_argument("--labels", type=_labels, help="labels that make up the lesion, for example 1,3")
        parser.add_argument("--clinical", type=Path, help="clinical data as JSON")
        parser.add_argument("--report", action="store_true", help="also write report.pdf")
    parser.set_defaults(command=command)


def _labels(text: str) -> frozenset[int]:
    """Labels as argparse reads them; its own message says what a wrong one looks like."""
    return frozenset(int(part) for part in text.split(","))


def _settings(options: argparse.Namespace) -> Settings:
    return replace(default_settings(), device=options.device, brain_mask_mode=options.brain_mask)


def _app(options: argparse.Namespace) -> None:
    # Gradio is slow to import and not needed by the other commands.
    from rnapp.ui.server import serve

    serve(pipeline.load_resources(default_settings()), port=options.port, open_browser=not options.no_browser,
          demo=options.demo)


def _example(options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    pipeline.write_example(read_atlas(default_settings().weights), options.out)


def _prepare(options: argparse.Namespace) -> None:
    resources = pipeline.load_resources(_settings(options))
    _, prepared = _prepared(options, resources)
    pipeline.write_prepared(prepared, _out(options))


def _analyse(options: argparse.Namespace) -> None:
    clinical = _clinical(options.clinical)
    mask = pipeline.read_mask(options.mask) if options.mask else None
    resources = pipeline.load_resources(_settings(options))
    study, prepared = _prepared(options, resources)
    lesions = pipeline.find_lesions(prepared, mask, options.labels) if mask else pipeline.no_lesions(prepared)
    reading = pipeline.analyse(prepared, lesions, clinical, resources, study.pseudonym, _progress)
    out = _out(options)
    pipeline.write_results(reading, out)
    if options.report:
        (out / "report.pdf").write_bytes(pipeline.report_pdf(reading, resources))


def _prepared(options: argparse.Namespace, resources: pipeline.Resources) -> tuple[Study, Prepared]:
    with tempfile.TemporaryDirectory(prefix="rnapp-") as workspace:
        study = pipeline.open_study(options.study, Path(workspace))
        uid = options.series or pipeline.proposed_series(study)
        volume = pipeline.load_volume(study, uid)
    warnings = pipeline.study_warnings(study, uid)
    return study, pipeline.prepare(volume, resources, _progress, warnings=warnings)


def _clinical(path: Path | None) -> ClinicalData:
    if path is None:
        return ClinicalData()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ClinicalError(f"Expected clinical data as a JSON file, but {path.name} cannot be read.") from error
    if not isinstance(content, dict):
        raise ClinicalError(f"Expected a JSON object with the clinical fields in {path.name}.")
    return pipeline.parse_clinical(content)


def _out(options: argparse.Namespace) -> Path:
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _progress(stage: str, fraction: float) -> None:
    print(f"{fraction:4.0%}  {stage}", file=sys.stderr)
