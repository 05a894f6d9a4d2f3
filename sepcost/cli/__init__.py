"""The command line: one file a command, each imported when it is called."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from sepcost.cli.complaint import complain
from sepcost.cli.group import root
from sepcost.cli.options import OPTION_OF
from sepcost.errors import SepcostError, did_you_mean, quoted
from sepcost.exit_codes import OK, READER_GONE, WRONG
from sepcost.report.streams import ReaderGoneError

_COMPLETE = "_SEPCOST_COMPLETE"
_LONGEST_PROBLEM = 200


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; an error is one line on stderr."""
    try:
        if instruction := os.environ.get(_COMPLETE):
            return _completed(instruction)
        with root.make_context("sepcost", list(arguments)) as context:
            code = root.invoke(context)
            return code if isinstance(code, int) else OK
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (ReaderGoneError, BrokenPipeError):
        return READER_GONE
    except OSError as error:  # Help, the version and completions are printed by click.
        problem = f"{error.filename or 'stdout'}: {error.strerror}"
    except click.ClickException as error:
        problem = _usage_problem(error)
    except SepcostError as error:
        problem = error.worded(OPTION_OF)
    complain(f"{_command_path(arguments)}: {problem}")
    return WRONG


def _completed(instruction: str) -> int:
    """Answer a shell that completes a command line."""
    from click.shell_completion import shell_complete

    done = shell_complete(root, {}, "sepcost", _COMPLETE, instruction)
    return OK if done == 0 else WRONG


def _usage_problem(error: click.ClickException) -> str:
    """Return a click error in one line that begins with the option it is about."""
    if isinstance(error, click.BadParameter) and error.param is not None and error.message:
        return f"{_name(error.param)}: {error.message}"
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        return f"no such option: {quoted(error.option_name)}{_option_meant(error.option_name, error.ctx)}"
    if isinstance(error, click.BadOptionUsage):
        return error.message.removeprefix("Option ").replace("'", "").rstrip(".").replace(" ", ": ", 1)
    return _shortened(" ".join(error.format_message().split()))


def _option_meant(typed: str, context: click.Context) -> str:
    options = [p for p in context.command.get_params(context) if isinstance(p, click.Option)]
    known = [name.removeprefix("--") for option in options for name in option.opts if name.startswith("--")]
    return did_you_mean(typed.lstrip("-"), known).replace("mean ", "mean --")


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.human_readable_name.strip("[].")


def _shortened(problem: str) -> str:
    return problem if len(problem) <= _LONGEST_PROBLEM else problem[:_LONGEST_PROBLEM] + "..."


def _command_path(arguments: Sequence[str]) -> str:
    known = root.list_commands(click.Context(root))
    return f"sepcost {arguments[0]}" if arguments and arguments[0] in known else "sepcost"
