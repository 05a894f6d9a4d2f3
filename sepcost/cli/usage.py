"""What is wrong with an argument line, in one line that begins with the option or word it is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import click

from sepcost.cli.variables import given_as
from sepcost.core.errors import FileError, SepcostError, did_you_mean, quoted
from sepcost.core.formulas import LAST_BIAS

_LONGEST_PROBLEM = 200
_FEW = 4

_OF_WRITING = {"format_", "output", "color"}
"""The parameters on which nothing depends that is counted."""

EACH = "each"
BIASED = (EACH, LAST_BIAS)
"""The values of --bias, which may be left out, and is then the first."""


class Helped(click.Command):
    """A command with -h, made here: click's own first looks for translations, 1 ms of a run of 15."""

    @cached_property
    def _help(self) -> click.Option:
        return shown_instead(("-h", "--help"), "Show this message and exit.", click.Context.get_help)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option."""
        return self._help

    def get_short_help_str(self, limit: int = 200) -> str:
        """Return the first sentence whole, as help and completion show it."""
        return super().get_short_help_str(limit)


class Command(Helped):
    """A command whose errors say which word it does not take, and where to look.

    gates: whether it holds limits, and so ends with 1 where one is not held: its help then says so.
    instead: what to write here for an option that other commands have, by that option.
    no_name: of a list, why it takes the name of none in it.
    """

    allow_extra_args = True

    def __init__(
        self,
        *arguments: Any,
        gates: bool = False,
        instead: Mapping[str, str] | None = None,
        no_name: str = "",
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self.gates = gates
        self.instead = instead or {}
        self.no_name = no_name

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read an argument line; raise UsageError for a word that belongs to no option or argument."""
        extra = super().parse_args(ctx, _with_bias(args))
        if extra and not ctx.resilient_parsing:
            if ("--bias", extra[0]) in pairwise(args):
                bias = next(option for option in self.params if option.name == "bias")
                raise click.BadParameter(not_a_bias(extra[0]), ctx, bias)
            raise click.UsageError(_unexpected(quoted(extra[0]), ctx), ctx)
        return extra

    def make_parser(self, ctx: click.Context) -> Any:
        """Return the parser, which finds a short option that stands alone as it finds a long one.

        Else click first compares it with all long names: 2 ms for the -f of a run that takes 15. The parser
        refuses an option of one value that is given twice: click would drop the first without a word.
        """
        parser: Any = super().make_parser(ctx)
        for name, option in getattr(parser, "_short_opt", {}).items():
            parser._long_opt.setdefault(name, option)
        read = parser.parse_args

        def read_once(args: list[str]) -> Any:
            values, rest, order = read(args)
            _refuse_repeated(order, ctx)
            return values, rest, order

        parser.parse_args = read_once
        return parser

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections."""
        from sepcost.cli.help import write_options

        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, and the exit codes where limits are held."""
        super().format_epilog(ctx, formatter)
        if self.gates:
            from sepcost.cli.help import write_exit_codes

            write_exit_codes(formatter)


class Group(Helped, click.Group):
    """A command with commands of its own, which says which one was meant.

    no_name: as that of `Command`.
    """

    def __init__(self, *arguments: Any, no_name: str = "", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.no_name = no_name

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, or say which ones there are."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            hint = did_you_mean(error.command_name, self.list_commands(ctx))
            word = quoted(error.command_name)
            problem = f"{word} is not a command{hint}" if hint else _unexpected(word, ctx)
            raise click.UsageError(problem, ctx) from None


def shown_instead(names: Sequence[str], said: str, shown: Callable[[click.Context], str]) -> click.Option:
    """Return an option that shows a text instead of running the command. said: of it in the help."""

    def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(shown(ctx))
            ctx.exit()

    return click.Option(names, is_flag=True, is_eager=True, expose_value=False, help=said, callback=show)


def _refuse_repeated(order: list[click.Parameter], ctx: click.Context) -> None:
    given = set()
    for option in order:
        if isinstance(option, click.Option) and not option.multiple and not option.is_flag:
            if option.name in given and not ctx.resilient_parsing:
                raise click.BadParameter("is given twice: give one value", ctx, option)
            given.add(option.name)


def _unexpected(word: str, ctx: click.Context) -> str:
    taken = [_name(each) for each in ctx.command.params if isinstance(each, click.Argument)]
    usual = f"it takes one {taken[0]}" if taken else "values are given by options"
    return f"unexpected argument {word}: {getattr(ctx.command, 'no_name', '') or usual}, {_see_help(ctx)}"


def _with_bias(words: list[str]) -> list[str]:
    """Return an argument line whose --bias has a value: click would take whatever word comes next for it."""
    ends = words.index("--") if "--" in words else len(words)
    return [
        f"{word}={EACH}" if word == "--bias" and place < ends and after not in BIASED else word
        for place, (word, after) in enumerate(zip(words, [*words[1:], ""], strict=False))
    ]


def not_a_bias(word: str) -> str:
    """Return what is wrong with a word that stands where the value of --bias does."""
    return f"{quoted(word)} is not {EACH} or {LAST_BIAS}{did_you_mean(word, BIASED)}"


def option_names(called: click.Context) -> dict[str, str]:
    """Return by what a user gives each parameter of the command that is called: an option or a variable.

    The option's own names are keys too, for problems that have them.
    """
    names = {}
    for option in _options(called):
        variable = given_as(option, called)
        names[option.name] = variable or option.opts[0]
        names.update({name: variable or name for name in option.opts})
    return names


def problem_of(error: SepcostError, called: click.Context) -> str:
    """Return what is wrong in the user's words, with the variables that may be why where it names none."""
    problem = error.worded(option_names(called))
    set_by = [given_as(option, called) for option in _options(called) if option.name not in _OF_WRITING]
    variables = [variable for variable in set_by if variable is not None]
    if not variables or isinstance(error, FileError) or any(name in problem for name in variables):
        return problem
    return f"{problem}; the environment sets {', '.join(variables)}"


def usage_problem(error: click.ClickException, called: click.Context) -> str:
    """Return what is wrong where click refuses an argument line."""
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{_name(error.param)}: is missing: {_see_help(called)}"
    if isinstance(error, click.BadParameter) and error.param is not None:
        variable = given_as(error.param, called)
        if variable and isinstance(error.param.type, click.types.BoolParamType):
            return f"{variable}: {quoted(os.environ[variable])} is not 1 or 0: 1 sets {_name(error.param)}"
        return f"{variable or _name(error.param)}: {error.message}"
    if isinstance(error, click.NoSuchOption):
        return f"no such option: {quoted(error.option_name)}{_option_meant(error.option_name, called)}"
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name}: {_misuse(error.option_name, called)}"
    return _shortened(" ".join(error.format_message().split()))


def _options(called: click.Context) -> list[click.Option]:
    return [each for each in called.command.get_params(called) if isinstance(each, click.Option)]


def _misuse(name: str, called: click.Context) -> str:
    is_flag = all(option.is_flag for option in _options(called) if name in option.opts)
    return "does not take a value" if is_flag else "requires an argument"


def _option_meant(typed: str, called: click.Context) -> str:
    if isinstance(called.command, Command) and typed in called.command.instead:
        return f": {called.command.instead[typed]}"
    if commands := _commands_with(typed, called):
        return f": it is an option of {', '.join(commands) if len(commands) <= _FEW else 'other commands'}"
    long = [name for option in _options(called) for name in option.opts if name.startswith("--")]
    placed = "" if called.parent else f": options stand after a command, {_see_help(called)}"
    return did_you_mean(typed.lstrip("-"), long) or placed


def _commands_with(option: str, called: click.Context) -> list[str]:
    """Return the commands that have an option which the one that is called has not."""
    root = called.find_root()
    if called is root or not isinstance(root.command, click.Group):
        return []
    found = []
    for name in root.command.list_commands(root):
        command = root.command.get_command(root, name)
        if command is not None and any(option in each.opts for each in command.params):
            found.append(name)
    return found


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.human_readable_name.strip("[].")


def _see_help(called: click.Context) -> str:
    return f"see {called.command_path} -h"


def _shortened(problem: str) -> str:
    return problem if len(problem) <= _LONGEST_PROBLEM else problem[:_LONGEST_PROBLEM] + "..."
