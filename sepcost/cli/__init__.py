"""The command line: one file a command, each imported when it is called."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

import click

from sepcost.cli.complaint import complain
from sepcost.cli.group import root
from sepcost.cli.usage import problem_of, usage_problem
from sepcost.core.errors import SepcostError
from sepcost.core.files import inputs_remembered
from sepcost.exit_codes import OK, READER_GONE, WRONG
from sepcost.report.render.streams import ReaderGoneError

_COMPLETE = "_SEPCOST_COMPLETE"


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; an error is one line on stderr."""
    try:
        if instruction := os.environ.get(_COMPLETE):
            return _completed(instruction)
        with inputs_remembered(), root.make_context("sepcost", list(arguments)) as context:
            code = root.invoke(context)
            return code if isinstance(code, int) else OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (ReaderGoneError, BrokenPipeError):
        return READER_GONE
    except OSError as error:  # Help, the version and completions are printed by click.
        problem = f"{error.filename or 'stdout'}: {error.strerror or error}"
    except click.ClickException as error:
        problem = usage_problem(error, _called(arguments))
    except SepcostError as error:
        problem = problem_of(error, _called(arguments))
    complain(f"{_called(arguments).command_path}: {problem}")
    return WRONG


def _completed(instruction: str) -> int:
    """Answer a shell that completes a command line."""
    from click.shell_completion import shell_complete

    from sepcost.cli.shells import register

    register()
    done = shell_complete(root, {}, "sepcost", _COMPLETE, instruction)
    return OK if done == 0 else WRONG


def _called(arguments: Sequence[str]) -> click.Context:
    """Return the context of the command that an argument line calls: the root's where it names none."""
    top = click.Context(root, info_name="sepcost")
    found, words = top, [word for word in arguments if word != "--"]
    while words and isinstance(found.command, click.Group):
        command = found.command.get_command(found, words[0])
        if command is None:
            break
        found = click.Context(command, parent=found, info_name=words.pop(0), resilient_parsing=True)
    if found is not top:
        # Which of its options were set, and by what, is then known; its schemes leave the catalogue again.
        with suppress(click.ClickException), found.scope():
            found.command.parse_args(found, words)
    return found
