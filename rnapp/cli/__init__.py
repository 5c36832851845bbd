"""The command line over the pipeline: the example, one study or many, kept cases, weights, this machine, the app."""

import argparse
from collections.abc import Callable, Sequence

from rnapp.cli.parser import parser
from rnapp.desktop import start
from rnapp.private import private_run
from rnapp.terminal import exit_code, write_any_character


def run(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 2 with one sentence on stderr for input that cannot be used or a system that refuses; 1 where
    nobody reads the output any more."""
    write_any_character()
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    return exit_code(lambda: _run(command, options))


def _run(command: Callable[[argparse.Namespace], None], options: argparse.Namespace) -> None:
    """Temporary files hold what the patient's files hold: they go with the run, whatever ends it."""
    if command is start.run:  # the app sees to its own; its browser's are not among them
        command(options)
        return
    with private_run():
        command(options)
