"""The commands on studies: the example, inspect, prepare, analyse, batch, and kept cases."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from rnapp import pipeline
from rnapp.case.kept import read_kept
from rnapp.cli.dose import answers_of
from rnapp.cli.progress import progress_printer, show_case
from rnapp.config import Settings, default_settings
from rnapp.errors import CaseError, InputError, WeightsError
from rnapp.files import results_folder, writing
from rnapp.io.atlas import read_atlas
from rnapp.report.result_schema import result_schema
from rnapp.tasks import TASKS, task_of
from rnapp.tasks.task import Task
from rnapp.types import Question


def example(options: argparse.Namespace) -> None:
    """Write the example study of a question. Raises InputError."""
    task = _any_task(options)
    if task.example is None:
        raise InputError("There is no example for this question; open a study of your own.")
    with results_folder(options.out, task.example_bytes), writing(options.out):
        task.example(read_atlas(default_settings().weights), options.out)


def inspect(options: argparse.Namespace) -> None:
    """What was given, as text or JSON. Raises InputError for what cannot be used, after the rest was printed."""
    task = _any_task(options)
    found = pipeline.inspect(_files(options, task), task)
    if options.json:
        print(json.dumps(pipeline.as_json(found), indent=1))
    else:
        print(*pipeline.as_lines(found), sep="\n")
    if found.trouble:
        raise InputError(" ".join(found.trouble))


def prepare(options: argparse.Namespace) -> None:
    """A study, prepared. Raises InputError."""
    settings = _settings(options)
    resources = pipeline.load_resources(settings, None, pipeline.task_in_use(settings, options.task))
    files = pipeline.CaseFiles(tuple(options.study), _series(options.series, resources.task.question),
                               patient=options.patient, dose=answers_of(options), dose_fits=options.dose_fits)
    pipeline.prepare_files(files, resources, options.out, progress_printer())


def analyse(options: argparse.Namespace) -> None:
    """A study, from its files to its results. Raises InputError."""
    settings = _settings(options)
    task = pipeline.task_in_use(settings, options.task)
    files = replace(_files(options, task), labels=options.labels, structures=options.structures, report=options.report,
                    dose=answers_of(options), dose_fits=options.dose_fits, confirmed=tuple(options.confirm),
                    prior=options.prior)
    result = pipeline.analyse_files(files, task, lambda: pipeline.load_resources(settings, task=task), options.out,
                                    progress_printer())
    for line in pipeline.withheld_lines(result):
        print(line, file=sys.stderr)


def batch(options: argparse.Namespace) -> None:
    """Many studies. Raises InputError where the list, the folder or the cluster cannot be used."""
    # Dask is slow to import and not needed by the other commands.
    from rnapp.pipeline import batch as many
    from rnapp.pipeline import cluster
    from rnapp.pipeline.batch_list import read_batch_list

    question = pipeline.task_in_use(default_settings(), options.task).question
    cases = [replace(case, files=replace(case.files, atlas_mask=options.atlas_mask, dose_fits=options.dose_fits))
             for case in read_batch_list(options.list, question, options.report)]
    with results_folder(options.out, pipeline.RESULTS_BYTES):
        pass  # one case's results have room; each case tries its own folder again
    how = cluster.BatchOptions(options.workers, options.threads, options.brain_mask, options.device, options.backend,
                               options.scheduler)
    records = many.run_batch(cases, options.out, how, show_case)
    many.write_table(records, question, options.out / "cases.csv")
    failed = sum(not record.done for record in records)
    print(f"{len(records) - failed} of {len(records)} cases done; see {options.out / 'cases.csv'}", file=sys.stderr)


def open_case(options: argparse.Namespace) -> None:
    """The results of a kept case whose answer was shown. Raises CaseError where it was not."""
    _, kept = read_kept(options.file)
    if not kept.case.revealed:
        raise CaseError("Expected a kept case whose answer was shown, but in this one it was not; open it in the app.")
    result = kept.case.result(task_of(kept.question).question)
    with results_folder(options.out, pipeline.RESULTS_BYTES), writing(options.out):
        pipeline.write_results(result, options.out)


def schema(options: argparse.Namespace) -> None:
    """The JSON Schema of result.json for a question."""
    print(json.dumps(result_schema(_any_task(options).question), indent=1))


def _settings(options: argparse.Namespace) -> Settings:
    return replace(default_settings(), device=options.device, brain_mask_mode=options.brain_mask,
                   backend=options.backend)


def _any_task(options: argparse.Namespace) -> Task:
    """The named one, or that of the bundle in use, or the first one for what needs no model."""
    try:
        return pipeline.task_in_use(default_settings(), options.task)
    except WeightsError:
        return next(iter(TASKS.values()))


def _files(options: argparse.Namespace, task: Task) -> pipeline.CaseFiles:
    return pipeline.CaseFiles(tuple(options.study), _series(options.series, task.question), options.mask,
                              clinical=options.clinical, patient=options.patient, atlas_mask=options.atlas_mask)


def _series(given: Sequence[str], question: Question) -> dict[str, str]:
    """Role → uid of what was given as UID or ROLE=UID. Raises InputError where a role is named twice."""
    roles = {role.name for role in question.roles}
    named: dict[str, str] = {}
    for text in given:
        role, equals, uid = text.partition("=")
        role, uid = (role, uid) if equals and role in roles else (question.reference, text)
        if role in named:
            raise InputError(f"Expected one series for {role!r}, but got several; give --series once for each scan.")
        named[role] = uid
    return named
