"""The options about schemes: which are shown, a user's own, and their parameters."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import click

from sepcost.cli.completion import items
from sepcost.cli.options import FILE, WHOLE, Quantity, all_of
from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.core.schemes import (
    BASELINE,
    NOTEBOOK_NAMES,
    OTHERS,
    catalogue,
    owners_of,
    parameter_meant,
    parameter_names,
    registered,
    scheme_named,
    scheme_names,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

ALL = "all"
_LONGEST_PROBLEM = 200
_OWN = "sepcost.own_schemes"
_BUILT_IN = tuple(dict.fromkeys(each.name for scheme in OTHERS for each in scheme.parameters))
PARAMETERS = (*_BUILT_IN, "values")
"""The names of what `parameter_options` gathers."""

_SET = r"([A-Za-z][A-Za-z0-9_]*)=(.*)"


class Chosen(NamedTuple):
    """Which schemes a command is about, and what is given of their parameters.

    typed: the names that a user gave, in the order given; empty where none, and for all of them.
    """

    names: tuple[str, ...]
    parameters: dict[str, Any]
    typed: tuple[str, ...] = ()


class SchemeName(click.ParamType[str]):
    """The name of a scheme, of the catalogue or of a file given with --schemes."""

    name = "scheme"

    def __init__(self, *others: str) -> None:
        self.others = others

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the word for what is typed; `sepcost schemes` lists the names."""
        return "SCHEME"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the names that begin with what is typed."""
        names = (*scheme_names(), *ctx.meta.get(_OWN, ()), *self.others)
        return items(dict.fromkeys(names), incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the name of a scheme, or refuse it with the nearest."""
        if value in self.others:
            return str(value)
        try:
            return scheme_named(str(value)).name
        except QuantityError as error:
            self.fail(_apart(str(value), param) or str(error), param, ctx)


def _apart(value: str, param: click.Parameter | None) -> str:
    """Return how several names are written that stand in one value, '' where only one may be given."""
    if "," not in value or param is None or not (param.multiple or param.nargs == -1):
        return ""
    option = f"{param.opts[0]} " if isinstance(param, click.Option) else ""
    names = " ".join(f"{option}{name.strip()}" for name in value.split(",") if name.strip())
    return f"{quoted(value)} is not a scheme: name each by itself, {names}"[:_LONGEST_PROBLEM]


def _read_own(context: click.Context, _option: click.Parameter, path: str | None) -> None:
    """Add the schemes of a file to the catalogue for as long as the command runs."""
    if path is None:
        return
    from sepcost.core.scheme_file import read_schemes

    own = read_schemes(path)
    context.with_resource(registered(own))
    context.meta[_OWN] = tuple(scheme.name for scheme in own)


def _read_set(text: str) -> tuple[str, str]:
    match = re.fullmatch(_SET, text)
    if match is None:
        raise QuantityError(f"{quoted(text)} is not NAME=VALUE, such as s=16")
    return match[1], match[2]


schemes_file_option = click.option(
    "--schemes",
    "schemes_file",
    type=FILE,
    is_eager=True,
    expose_value=False,
    callback=_read_own,
    help="Add the schemes of a TOML file.",
)


def against_option(function: F) -> F:
    """Add the option --against, the scheme that the others are compared with."""
    option = click.option(
        "--against",
        type=SchemeName(),
        default=BASELINE,
        show_default=True,
        help="The scheme to compare with.",
    )
    return option(function)


def scheme_options(
    help_text: str, number: Quantity = WHOLE, option: str | None = "--scheme"
) -> Callable[[F], F]:
    """Return the options about schemes, gathered into one argument `chosen`.

    number: what the value of a parameter is. option: by which schemes are named, None for arguments.
    """
    named = (
        click.argument("schemes", type=SchemeName(ALL), nargs=-1, metavar="[SCHEME]...")
        if option is None
        else click.option(option, "schemes", type=SchemeName(ALL), multiple=True, help=help_text)
    )

    def decorate(function: F) -> F:
        @named
        @parameter_options(number)
        @wraps(function)
        def gathered(schemes: tuple[str, ...], parameters: dict[str, Any], **arguments: Any) -> Any:
            chosen = _chosen(schemes, parameters, arguments.get("against"))
            return function(chosen=chosen, **arguments)

        return cast(F, gathered)

    return decorate


def parameter_options(number: Quantity = WHOLE) -> Callable[[F], F]:
    """Return the options for parameters of schemes, gathered into one argument `parameters`."""

    def decorate(function: F) -> F:
        @schemes_file_option
        @all_of(*(_parameter_option(name, number) for name in _BUILT_IN))
        @click.option(
            "--set",
            "values",
            type=Quantity("NAME=VALUE", _read_set),
            multiple=True,
            help="Set a parameter of a scheme; may be repeated.",
        )
        @wraps(function)
        def gathered(values: tuple[tuple[str, str], ...], **arguments: Any) -> Any:
            parameters = {name: arguments.pop(name) for name in _BUILT_IN}
            parameters = {name: value for name, value in parameters.items() if value is not None}
            for name, text in values:
                if name in parameters:
                    raise FieldError("--set", f"{quoted(name)} is given twice")
                parameters[name] = _value_of(name, text, number)
            return function(parameters=parameters, **arguments)

        return cast(F, gathered)

    return decorate


def _parameter_option(name: str, number: Quantity) -> Callable[[F], F]:
    scheme, parameter = next(
        (scheme, each) for scheme in OTHERS for each in scheme.parameters if each.name == name
    )
    return click.option(
        f"--{name}", type=number, help=f"{parameter.symbol} of {scheme.name}: {parameter.summary}."
    )


def _value_of(name: str, text: str, number: Quantity) -> Any:
    if name not in parameter_names(scheme_names()):
        known = ", ".join(parameter_names(scheme_names()))
        problem = f"{quoted(name)} is no parameter of any scheme ({known}){parameter_meant(name)}"
        raise FieldError("--set", problem)
    try:
        return number.read(text)
    except QuantityError as error:
        raise FieldError("--set", f"{name}: {error}") from None


def _chosen(schemes: Iterable[str], parameters: dict[str, Any], against: str | None) -> Chosen:
    """Return the schemes named; else the notebook's, the file's, and those whose parameters are given."""
    names = typed = tuple(dict.fromkeys(schemes))
    if ALL in typed:
        names, typed = scheme_names(), ()
    elif not names:
        context = click.get_current_context()
        given = (each.name for each in catalogue() if {p.name for p in each.parameters} & parameters.keys())
        names = tuple(dict.fromkeys((*NOTEBOOK_NAMES, *given, *context.meta.get(_OWN, ()))))
    refuse_others(parameters, (*names, against) if against else names, "which is not among the schemes")
    return Chosen(names, parameters, typed)


def refuse_others(parameters: Iterable[str], schemes: Iterable[str], problem: str) -> None:
    """Refuse the first parameter that no scheme of these has; problem: what its own scheme is not."""
    known = parameter_names(schemes)
    for name in parameters:
        if name not in known:
            field = f"--{name}" if name in _BUILT_IN else "--set"
            raise FieldError(field, f"{name} is a parameter of {' or '.join(owners_of(name))}, {problem}")
