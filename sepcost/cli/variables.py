"""Options that environment variables set.

SEPCOST_<OPTION> sets an option for every command that has it, SEPCOST_<COMMAND>_<OPTION> for one command,
which goes before; an option on the command line goes before both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

import click
from click.core import ParameterSource

from sepcost.cli.complaint import complain
from sepcost.core.errors import FieldError, did_you_mean, one_of

_PREFIX = "SEPCOST_"
_LIMIT = r"([A-Z]+_)?(MAX|MIN)_"


def name_variables(command: click.Command, command_name: str) -> None:
    """Let variables set the options of a command."""
    for option in command.params:
        if isinstance(option, click.Option):
            option.envvar = variables(option, command_name)


def variables(option: click.Option, command_name: str) -> tuple[str, ...]:
    """Return the variables that set an option, those of this command alone first."""
    names = [_spelt(name[2:]) for name in option.opts if name.startswith("--")]
    of_all = [_PREFIX + name for name in names]
    return (*(f"{_PREFIX}{_spelt(command_name)}_{name}" for name in names), *of_all)


def given_as(option: click.Parameter, ctx: click.Context | None) -> str | None:
    """Return the variable that set an option in a run, None where none did."""
    if ctx is None or ctx.get_parameter_source(option.name) is not ParameterSource.ENVIRONMENT:
        return None
    return next((name for name in option.envvar or () if os.environ.get(name)), None)


def check_unknown(
    name: str, command: click.Command, all_commands: Callable[[], Iterable[click.Command]]
) -> None:
    """Say on stderr which variable may be a misspelt one of a command.

    Raises FieldError for one named as a limit that none has: it would be held to nothing.
    """
    own = tuple(_every(command))
    strange = [each for each, value in os.environ.items() if value and each.startswith(_PREFIX)]
    strange = [each for each in strange if each not in own and (_is_limit(each) or _meant(each, name, own))]
    if not strange:
        return
    known = {each for other in all_commands() for each in _every(other)}
    for each in strange:
        if each in known:
            continue
        if _is_limit(each):
            hint = did_you_mean(each, filter(_is_limit, known))
            raise FieldError(each, f"sets no option of any command: unset it{hint}")
        complain(f"sepcost {name}: {each} sets no option; did you mean {one_of(_meant(each, name, own))}?")


def _meant(variable: str, name: str, known: Iterable[str]) -> list[str]:
    """Return the variables of a command that one is near to, by what follows what all begin with."""
    from sepcost.core.spelling import meant

    of_one = f"{_PREFIX}{_spelt(name)}_"
    alike = of_one if variable.startswith(of_one) else _PREFIX
    rest = [each[len(alike) :] for each in known if each.startswith(of_one) == (alike == of_one)]
    return [alike + each for each in meant(variable[len(alike) :], rest)]


def _is_limit(name: str) -> bool:
    return name.startswith(_PREFIX) and re.match(_LIMIT, name.removeprefix(_PREFIX)) is not None


def _every(command: click.Command) -> Iterator[str]:
    """Yield the variables that set options of a command."""
    for option in command.params:
        if isinstance(option, click.Option):
            yield from option.envvar or ()


def _spelt(name: str) -> str:
    return name.upper().replace("-", "_")
