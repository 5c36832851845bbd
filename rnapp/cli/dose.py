"""The command for physicists and scripts: a dose on an image's grid, and the dose in structures."""

import argparse
import sys
from pathlib import Path

from rnapp import pipeline
from rnapp.cli.progress import progress_printer
from rnapp.types import sentences


def add_options(parser: argparse.ArgumentParser) -> None:
    """Of rnapp dose."""
    parser.add_argument("doses", type=Path, nargs="+", metavar="DOSE",
                        help="RTDOSE files with their plan, folders or zips of them, or a NIfTI file of a dose in Gy")
    parser.add_argument("--like", type=Path, required=True, metavar="IMAGE",
                        help="the image whose grid is wanted: NIfTI, NRRD or the folder of a DICOM series")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.nii.gz",
                        help="the dose on that grid, in Gy, NaN where it is unknown")
    parser.add_argument("--series", metavar="UID", help="uid of the dose, where the files hold several")
    parser.add_argument("--registration", type=Path, metavar="REG",
                        help="rigid DICOM registration between the frames of reference of dose and image")
    add_answers(parser)
    parser.add_argument("--structures", type=Path, metavar="RTSTRUCT", help="structure set for the table")
    parser.add_argument("--dvh", type=Path, metavar="FILE.csv",
                        help="table to write: volume, mean, min, max, D95, D50, D2 of each structure")
    parser.set_defaults(command=dose)


def add_answers(parser: argparse.ArgumentParser) -> None:
    """What a person says of a dose where its files leave it open."""
    parser.add_argument("--relative-gy", type=float, metavar="GY", help="the dose that is 100 %% of a relative dose")
    parser.add_argument("--fractions", type=int, metavar="N",
                        help="by how many to multiply the dose of one fraction (1: it is that of all of them)")
    parser.add_argument("--all-beams", action="store_true",
                        help="say that the doses of beams are all of their plan, where the plan is missing")


def answers_of(options: argparse.Namespace) -> pipeline.DoseAnswers:
    """As given with add_answers."""
    return pipeline.DoseAnswers(options.relative_gy, options.fractions, options.all_beams)


def dose(options: argparse.Namespace) -> None:
    """Write the dose and the table. Raises InputError."""
    request = pipeline.DoseRequest(
        tuple(options.doses), options.like, options.out, options.series, options.registration, options.structures,
        options.dvh, answers_of(options))
    written = pipeline.export_dose(request, progress_printer())
    print(written.said)
    print(*sentences(written.cautions), sep="\n", file=sys.stderr)
