"""The options that commands share: their types, their names and what they say."""

from collections.abc import Callable, Container, Iterable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import click
from click.core import ParameterSource

from sepcost.cli.completion import FileName, MachineName, items
from sepcost.cli.usage import BIASED, EACH, not_a_bias
from sepcost.core import layer, quantity, scaled
from sepcost.core.errors import FieldError, QuantityError
from sepcost.core.formulas import LAST_BIAS, Bias
from sepcost.core.lookup import checked_word
from sepcost.core.metrics import LIMITED, TIME
from sepcost.report.render.output import PICTURES, Destination, sets_format

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

UNKNOWNS = {"no": "N_o", "ni": "N_i", "gamma": "gamma", "kernel": "k"}
"""The sizes that any question may be for, by the words that are typed."""

FORMATS = ("table", "json", "csv", "markdown", "latex")


class Quantity(click.ParamType[Any]):
    """A parameter read by one of the readers of quantities.

    words: returns those that a shell completes, of a parameter that may be one of a few.
    """

    def __init__(
        self, metavar: str, read: Callable[[str], Any], words: Callable[[], Iterable[str]] = tuple
    ) -> None:
        self.name = metavar
        self.read = read
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the form as it is typed: a unit's case counts."""
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a word, or refuse it with what would be right."""
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except QuantityError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the words that begin with what is typed."""
        return items(self.words(), incomplete)


class Word(click.Choice[str]):
    """A choice of words that says which one was meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take one of the words, or refuse it with the nearest."""
        try:
            return checked_word(str(value), map(str, self.choices))
        except QuantityError as error:
            self.fail(str(error), param, ctx)


WHOLE = Quantity("N", quantity.whole)
PAIR = Quantity("N|RxC", quantity.pair)
LENGTHS = Quantity("N|RxC", quantity.lengths)
GAMMA = Quantity("RATIO", layer.read_gamma)
RATIO = Quantity("RATIO", quantity.ratio)
_METAVARS = {"count": "N[k|M|G|T]", "bytes": "N[k|M|G|T|Ki|Mi|Gi][B]", "seconds": "N[s|ms|us|ns]"}
_AMOUNTS = {unit: Quantity(metavar, scaled.AMOUNTS[unit]) for unit, metavar in _METAVARS.items()}
"""How an amount of a metric is typed, by the metric's unit."""

LIMIT = _AMOUNTS["count"]
PADDING = Quantity("same|valid|P", layer.read_padding)
KERNEL = Quantity("N|RxC|any", lambda text: None if text == "any" else quantity.pair(text))
FILE = FileName()
SHAPE = Quantity("[NAME=]SHAPE", quantity.named_shape)


def _read_bias(text: str) -> Bias:
    """Read a bias; a variable of the environment may set it as it sets a flag."""
    if text not in BIASED:
        try:
            return bool(click.BOOL.convert(text, None, None))
        except click.BadParameter:
            raise QuantityError(not_a_bias(text)) from None
    return text if text == LAST_BIAS else True


def all_of(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return options as one decorator."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


channel_options = all_of(
    click.option("--no", "--out-channels", "n_o", type=WHOLE, help="Output channels N_o."),
    click.option("--ni", "--in-channels", "n_i", type=WHOLE, help="Input channels N_i."),
)

gamma_option = click.option(
    "--gamma", type=GAMMA, help="Depth multiplier, 4, 9/4 or 2.25: N_o = gamma N_i, gamma >= 1."
)

bias_option = click.option(
    "--bias",
    type=Quantity("[last]", _read_bias),
    default=False,
    is_flag=False,
    flag_value=EACH,
    help="Count biases as weights: one for each output channel of each stage, or of the last alone.",
)

kernel_option = partial(click.option, "-k", "--kernel", show_default=True)

size_option = click.option("-s", "--size", type=PAIR, help="Input rows and columns, 56 or 56x48.")

spacing_options = all_of(
    click.option("--stride", type=PAIR, default="1", show_default=True, help="Stride."),
    click.option("--dilation", type=PAIR, default="1", show_default=True, help="Dilation."),
    click.option(
        "--padding",
        type=PADDING,
        default="same",
        show_default=True,
        help="same, valid, or the zeros added at each side.",
    ),
)

geometry_options = all_of(size_option, spacing_options)

layer_options = all_of(
    channel_options,
    kernel_option(type=PAIR, default="3", help="Kernel rows and columns, 3 or 3x5."),
    geometry_options,
    gamma_option,
    bias_option,
)


class MachineOptions(NamedTuple):
    """What a user says of the machine, and of how a layer runs on it; None where nothing is said."""

    machine: str | None
    peak: int | None
    bandwidth: int | None
    element_size: int | None
    fused: bool
    batch: int | None

    @property
    def given(self) -> bool:
        """Whether a user says anything."""
        return any(said is not None and said is not False for said in self)


def run_options(bytes_help: str) -> Callable[[F], F]:
    """Return the options about how a layer runs, on whatever machine."""
    return all_of(
        click.option("--bytes", "element_size", type=WHOLE, help=bytes_help),
        click.option("--fused", is_flag=True, help="Take a scheme as one pass: no inner map is moved."),
        click.option("--batch", type=WHOLE, help="Inputs at once: they multiply MACs and maps, not weights."),
    )


def machine_options(function: F) -> F:
    """Add the options about a machine, gathered into one argument `on`."""

    @click.option("--machine", type=MachineName(), help="Bound the time on it: see sepcost machines.")
    @click.option("--peak", type=LIMIT, help="Bound the time: the machine's MAC/s, half its FLOP/s, 495T.")
    @click.option("--bandwidth", type=LIMIT, help="Bound the time: the machine's byte/s, 3.35T.")
    @run_options("Element size in bytes; the machine's, else 4.")
    @wraps(function)
    def gathered(**arguments: Any) -> Any:
        on = MachineOptions(*(arguments.pop(name) for name in MachineOptions._fields))
        return function(on=on, **arguments)

    return cast(F, gathered)


def amount_options(
    prefix: str, argument: str, help_text: str, metrics: Iterable[str] = LIMITED, shares: bool = False
) -> Callable[[F], F]:
    """Return an option such as --max-macs for each metric, gathered into one argument by metric.

    prefix: of the options. argument: the name of the dictionary. help_text: with {heading} and {example} of
    the metric. shares: whether a share of what there is may be given too.
    """
    keys = tuple(metrics)

    def decorate(function: F) -> F:
        @all_of(*(_amount_option(prefix, key, help_text, shares) for key in keys))
        @wraps(function)
        def gathered(**arguments: Any) -> Any:
            typed = {key: arguments.pop(f"{prefix}_{key}") for key in keys}
            given = {key: amount for key, amount in typed.items() if amount is not None}
            return function(**{argument: given}, **arguments)

        return cast(F, gathered)

    return decorate


def _amount_option(prefix: str, key: str, help_text: str, shares: bool) -> Callable[[F], F]:
    metric = LIMITED[key]
    text = help_text.format(heading=metric.heading, example=metric.example)
    if key == TIME:
        text += " By the bound; on a machine that was measured, by the estimate."
    amount = _AMOUNTS[metric.unit]
    if shares:
        amount = Quantity(f"{amount.name}|N%", partial(scaled.share_or, amount.read))
    return click.option(f"--{prefix}-{key}", type=amount, help=text)


limit_options = partial(amount_options, "max", "limits")


def refuse_typed(context: click.Context, names: Container[str], problem: str) -> None:
    """Raise FieldError for an option that was given, be it as its default, where it has no meaning."""
    for parameter in context.command.params:
        typed = context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
        if typed and parameter.name in names:
            raise FieldError(parameter.opts[0], problem)


def _is_from_environment(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.ENVIRONMENT


def output_options(*more_formats: str, default: str = "table") -> Callable[[F], F]:
    """Return the options -f, -o and --color, gathered into one argument `destination`."""
    formats = (*FORMATS, *more_formats)
    written = "Write to a file; its ending sets the format"
    if PICTURES[0] in formats:
        written += f"; {', '.join(PICTURES)} are pictures, by the extra plot"

    def decorate(function: F) -> F:
        @click.option("-f", "--format", "format_", type=Word(formats), help="Output format.")
        @click.option("-o", "--output", type=FILE, help=f"{written}.")
        @click.option(
            "--color",
            type=Word(("auto", "always", "never")),
            default="auto",
            show_default=True,
            help="Colour in tables; auto: on a terminal, unless NO_COLOR is set.",
        )
        @wraps(function)
        def gathered(format_: str | None, output: str | None, color: str, **arguments: Any) -> Any:
            if output is not None and sets_format(output) and _is_from_environment("format_"):
                format_ = None  # A variable is for every run: what is said of this file goes before it.
            destination = Destination(format_, output, color, formats, default)
            return function(destination=destination, **arguments)

        return cast(F, gathered)

    return decorate
