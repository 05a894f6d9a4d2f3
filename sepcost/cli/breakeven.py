"""sepcost breakeven: from where on a scheme pays."""

from __future__ import annotations

from typing import Any

import click

from sepcost.cli.options import (
    KERNEL,
    UNKNOWNS,
    MachineOptions,
    Quantity,
    Word,
    bias_option,
    channel_options,
    gamma_option,
    geometry_options,
    kernel_option,
    machine_options,
    output_options,
    refuse_typed,
)
from sepcost.cli.scheme_options import Chosen, against_option, scheme_options
from sepcost.cli.usage import Command, option_names
from sepcost.core.errors import FieldError
from sepcost.core.given import unknown_given
from sepcost.core.lookup import checked_word
from sepcost.core.schemes import owners_of, parameter_names, scheme_names
from sepcost.report.render.output import PICTURES, Destination, show

_UNKNOWNS = {**UNKNOWNS, "balance": "balance"}

_OF_MAPS = ("size", "dilation")
"""The parameters that tell how long maps of several sizes are."""

_FOR_TIME = "is for --metric time and --for balance"


def _unknowns() -> tuple[str, ...]:
    return (*_UNKNOWNS, *parameter_names(scheme_names()))


_UNKNOWN = Quantity(
    f"{'|'.join(_UNKNOWNS)}|PARAMETER", lambda text: checked_word(text, _unknowns()), _unknowns
)


_EPILOG = """\b
Examples:
  sepcost breakeven
  sepcost breakeven --gamma 4 --steps
  sepcost breakeven --gamma 4 -o breakeven.svg
  sepcost breakeven --for gamma --ni 4
  sepcost breakeven --for kernel --no 64 --gamma 2 -f json
  sepcost breakeven -k any --scheme distributed --against separable
  sepcost breakeven --for expansion --no 64 --ni 64
  sepcost breakeven --scheme grouped --groups 4 --against separable
  sepcost breakeven --for balance --no 64 --ni 64 -s 56 --bytes 2
  sepcost breakeven --metric time --ni 64 -s 56 --machine h100-fp16
  sepcost breakeven --metric time --gamma 1 -s 56 --machine h100-fp16 -o time.svg
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.option(
    "--for",
    "unknown",
    type=_UNKNOWN,
    default="no",
    show_default=True,
    help="The unknown, a size or a parameter of a scheme.",
)
@channel_options
@kernel_option(type=KERNEL, default="3", help="Kernel, 3 or 3x5; any leaves it a symbol.")
@geometry_options
@gamma_option
@click.option("--tied", is_flag=True, help="Hold N_o = gamma N_i for generalized too.")
@bias_option
@scheme_options("Solve for this scheme alone; may be repeated; all for every one.")
@against_option
@click.option(
    "--metric",
    type=Word(("weights", "macs", "time")),
    help="Solve for this alone; weights and MACs unless said. Time needs a machine.",
)
@click.option("--steps", is_flag=True, help="Show each line of the derivation.")
@machine_options
@output_options(*PICTURES)
@click.pass_context
def command(
    context: click.Context,
    /,
    unknown: str,
    chosen: Chosen,
    against: str,
    metric: str | None,
    steps: bool,
    tied: bool,
    on: MachineOptions,
    destination: Destination,
    **given: Any,
) -> None:
    """Solve, exactly, when a scheme costs no more than another.

    Sizes that are not given stay symbols; where the answer depends on one, it has cases.
    --for balance asks on which machines a scheme takes no more time, by its bound; --metric time from
    which N_o or N_i on one machine, or, with --gamma 1 and neither, from which N of N to N channels.
    On a machine that was measured they are answered by estimates too.
    MACs where a --stride or --padding leaves the stages of a scheme on maps of several sizes need -s.
    """
    if against in chosen.typed:
        raise FieldError("--scheme", f"{against} is the baseline: give another scheme or --against")
    names = _schemes(unknown, chosen, against)
    from sepcost.cli.breakeven_time import OF_TIME_ALONE, breakeven_of_time

    if unknown == "balance" or metric == "time":
        from sepcost.report import breakeven_time

        refuse_typed(context, ("steps", "tied"), "is for weights and MACs")
        found = breakeven_of_time(unknown, metric, on, names, against, chosen.parameters, given)
        show(breakeven_time.report(found), destination)
        return
    refuse_typed(context, OF_TIME_ALONE, _FOR_TIME)
    if given["stride"] == (1, 1) and given["padding"] == "same":
        refuse_typed(context, _OF_MAPS, f"{_FOR_TIME}, and for MACs beside --stride or --padding")
    if unknown == "kernel":
        if given["kernel"] is not None:
            refuse_typed(context, ("kernel",), unknown_given("kernel"))
        given["kernel"] = None
    from sepcost.core.metrics import METRICS
    from sepcost.report.breakeven import report
    from sepcost.solver.solve import breakeven

    result = breakeven(
        _UNKNOWNS.get(unknown, unknown),
        schemes=names,
        against=against,
        parameters=chosen.parameters,
        metrics=METRICS if metric is None else (metric,),
        tied=tied,
        **given,
    )
    show(report(result, steps, option_names(context)), destination)


def _schemes(unknown: str, chosen: Chosen, against: str) -> tuple[str, ...]:
    """Return the schemes to compare: where a parameter is unknown and none are named, those that have it."""
    names = tuple(name for name in chosen.names if name != against)
    if unknown in _UNKNOWNS or chosen.typed:
        return names
    return tuple(name for name in owners_of(unknown) if name != against) or names
