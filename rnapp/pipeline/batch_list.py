"""The case list of a batch: a CSV with one case per line, each about a question."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from rnapp.errors import InputError
from rnapp.io.rt_read import Answers
from rnapp.io.tables import parse_labels, parse_names, read_csv
from rnapp.io.texts import shown
from rnapp.pipeline.files import CaseFiles
from rnapp.tasks import task_named
from rnapp.trust.calibrate import checked_prior
from rnapp.trust.confirm import parse_several
from rnapp.types import Question

_MOST_NAMED = 7  # columns in a sentence
_YES_NO = {"": False, "no": False, "yes": True}
SAFE_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@dataclass(frozen=True)
class BatchCase:
    """One line. name: also the folder of its results; task: id of its question."""

    name: str
    files: CaseFiles
    task: str


def columns_of(question: Question) -> tuple[str, ...]:
    """What may stand in a case list. series: uid for the first role, series_ROLE for any other, where "none" leaves out
    an input that the question can do without; dose: a place of radiotherapy files that are not in the study's;
    relative_gy, fractions, all_beams ("yes"): what is said of a dose where its files leave it open; confirm: cautions
    that a person looked at ("1:unlike_training=operated; registration_doubtful"); prior: share of the first outcome."""
    others = tuple(f"series_{role.name}" for role in question.roles[1:])
    dose = ("dose", "relative_gy", "fractions", "all_beams") if question.roles_of("dose") else ()
    return ("case", "task", "study", *dose, "series", *others, "mask", "labels", "structures", "clinical", "confirm",
            "prior")


def read_batch_list(path: Path, question: Question, report: bool = False) -> tuple[BatchCase, ...]:
    """The cases of a CSV with the columns case and study, and if wanted task, series, dose, mask, labels ("1+3"),
    structures ("GTV 1; GTV 2"), clinical, confirm and prior (columns_of). question: of lines that name no task.

    Paths count from the list's folder. Whether the files can be used is found out case by case. Raises InputError
    where the list itself is wrong.
    """
    columns, rows = read_csv(path)
    if not {"case", "study"} <= set(columns):
        raise InputError(f"Expected at least the columns case and study in {path.name}, but got "
                         f"{', '.join(map(shown, columns[:_MOST_NAMED])) or 'none'}.")
    cases = tuple(_case(row, path, number, question) for number, row in enumerate(rows, start=2))
    if not cases:
        raise InputError(f"Expected at least one case in {path.name}, but it lists none below its columns.")
    twice = [name for name, count in Counter(case.name.casefold() for case in cases).items() if count > 1]
    if twice:
        raise InputError(f"Expected each case once in {path.name}, but {shown(twice[0])} is there more than once; "
                         "give each its own name.")
    return tuple(replace(case, files=replace(case.files, report=report)) for case in cases)


def _case(row: dict[str, str], listed: Path, number: int, question: Question) -> BatchCase:
    name = row["case"]
    if not name or name.startswith(".") or not set(name) <= SAFE_NAME:
        raise InputError(f"Expected a case name of letters, digits, -, _ and . in line {number} of {listed.name}, "
                         f"but got '{shown(name)}'; it names the folder of the results.")
    if not row["study"]:
        raise InputError(f"Expected a study in line {number} of {listed.name}; give a folder or a file.")
    folder = listed.parent
    try:
        asked = task_named(row["task"]).question if row.get("task") else question
        files = CaseFiles(
            study=tuple(folder / row[column] for column in ("study", "dose") if row.get(column)),
            series=_series(row, asked), mask=folder / row["mask"] if row.get("mask") else None,
            labels=parse_labels(row.get("labels", "")) or None, structures=parse_names(row.get("structures", "")),
            clinical=folder / row["clinical"] if row.get("clinical") else None, dose=_answers(row),
            confirmed=parse_several(row.get("confirm", "")), prior=_prior(row))
    except InputError as error:
        raise InputError(f"Line {number} of {listed.name}: {error}") from error
    return BatchCase(name, files, asked.id)


def _answers(row: dict[str, str]) -> Answers:
    """What is said of the dose. Raises InputError."""
    said = row.get("all_beams", "").casefold()
    if said not in _YES_NO:
        raise InputError(f"Expected yes, no or nothing in the column all_beams, but got '{shown(said)}'.")
    gray, fractions = (_number(row, name) for name in ("relative_gy", "fractions"))
    if fractions is not None and not fractions.is_integer():
        raise InputError(f"Expected a whole number in the column fractions, but got {fractions:g}.")
    return Answers(gray, None if fractions is None else int(fractions), _YES_NO[said])


def _prior(row: dict[str, str]) -> float | None:
    share = _number(row, "prior")
    return None if share is None else checked_prior(share)


def _number(row: dict[str, str], name: str) -> float | None:
    text = row.get(name, "")
    try:
        value = float(text) if text else None
    except ValueError:
        value = math.nan
    if value is not None and not 0 < value < math.inf:
        raise InputError(f"Expected a number above 0 in the column {name}, but got '{shown(text)}'.")
    return value


def _series(row: dict[str, str], question: Question) -> dict[str, str]:
    """Role → uid, of those that are named."""
    columns = {role.name: f"series_{role.name}".casefold() for role in question.roles} | {question.reference: "series"}
    return {role: uid for role, column in columns.items() if (uid := row.get(column))}
