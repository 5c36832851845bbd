"""rnapp prior: the share of the first outcome among a centre's own cases, which every answer assumes."""

import argparse

from rnapp import pipeline
from rnapp.config import data_folder, default_settings
from rnapp.errors import InputError
from rnapp.models.card import read_card
from rnapp.models.installed import choose_bundle
from rnapp.report.wording import percent
from rnapp.tasks import TASKS
from rnapp.trust.calibrate import PRIOR_BETWEEN, checked_prior
from rnapp.trust.prior import keep_prior, read_prior

OWN = "model"  # instead of a share: that of the model's calibration


def add_options(parser: argparse.ArgumentParser) -> None:
    """Of rnapp prior."""
    parser.add_argument("share", nargs="?", metavar="SHARE",
                        help=f"share to assume from now on, {PRIOR_BETWEEN}, or '{OWN}' for that of the "
                             "model's calibration; without it the present one is printed")
    parser.add_argument("--task", choices=tuple(TASKS), help="the question (default: that of the bundle in use)")
    parser.set_defaults(command=prior)


def prior(options: argparse.Namespace) -> None:
    """Set the share, and print it. Raises InputError."""
    task = pipeline.task_in_use(default_settings(), options.task)
    if options.share is not None:
        keep_prior(data_folder(), task.id, None if options.share == OWN else _share(options.share))
    kept = read_prior(data_folder(), task.id)
    name = task.question.outcomes[0].name
    print(f"Answers assume that {percent(kept)} of cases are {name}, as set for this centre." if kept is not None else
          f"Answers assume the share of {name} among the cases of the model's calibration{_of_model(task.id)}.")


def _share(text: str) -> float:
    try:
        return checked_prior(float(text))
    except ValueError as error:
        raise InputError(f"Expected a share {PRIOR_BETWEEN}, or '{OWN}', but got {text!r}.") from error


def _of_model(task: str) -> str:
    settings = default_settings()
    calibration = read_card(choose_bundle(settings.weights, settings.data, task)).model.calibration
    return ", which has none" if calibration is None else f" ({percent(calibration.prior)})"
