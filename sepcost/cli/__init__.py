"""The command line: one file a command, each imported when it is called."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from sepcost.__main__ import OK, READER_GONE, WRONG
from sepcost.cli.group import root
from sepcost.cli.options import OPTION_OF
from sepcost.errors import FieldError, SepcostError, did_you_mean, printable, quoted
from sepcost.report.output import ReaderGoneError

_COMPLETE = "_SEPCOST_COMPLETE"


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; an error is one line on stderr."""
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, "sepcost", _COMPLETE, instruction)
    path = "sepcost"
    try:
        with root.make_context("sepcost", list(arguments)) as context:
            code = root.invoke(context)
            return code if isinstance(code, int) else OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except ReaderGoneError:
        return READER_GONE
    except click.ClickException as error:
        context_of_error = getattr(error, "ctx", None)
        path = context_of_error.command_path if context_of_error else path
        problem = _usage_problem(error)
    except SepcostError as error:
        path = _command_path(arguments)
        problem = error.worded(OPTION_OF) if isinstance(error, FieldError) else str(error)
    _complain(f"{path}: {printable(problem)}")
    return WRONG


def _usage_problem(error: click.ClickException) -> str:
    """Return a click error in one line that begins with the option it is about."""
    if isinstance(error, click.BadParameter) and error.param is not None and error.message:
        return f"{_name(error.param)}: {error.message}"
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        known = [name for param in error.ctx.command.get_params(error.ctx) for name in param.opts]
        return f"no such option: {quoted(error.option_name)}{did_you_mean(error.option_name, known)}"
    return " ".join(error.format_message().split())


def _name(parameter: click.Parameter) -> str:
    return parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name


def _command_path(arguments: Sequence[str]) -> str:
    command = next((word for word in arguments if word in root.list_commands(click.Context(root))), None)
    return f"sepcost {command}" if command else "sepcost"


def _complain(line: str) -> None:
    try:
        click.echo(line, err=True)
    except (OSError, UnicodeError):
        return
