"""sepcost breakeven: from where on a scheme pays."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from sepcost.cli.options import (
    KERNEL,
    Word,
    against_option,
    bias_option,
    channel_options,
    gamma_option,
    kernel_option,
    output_options,
    schemes_option,
)
from sepcost.errors import FieldError
from sepcost.report.output import Destination, show

_UNKNOWNS = {"no": "N_o", "ni": "N_i", "gamma": "gamma", "kernel": "k"}

_EPILOG = """\b
Examples:
  sepcost breakeven
  sepcost breakeven --gamma 4 --steps
  sepcost breakeven --for gamma --ni 4
  sepcost breakeven --for kernel --no 64 --gamma 2 -f json
  sepcost breakeven -k any --scheme distributed --against separable
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--for", "unknown", type=Word(tuple(_UNKNOWNS)), default="no", show_default=True, help="The unknown."
)
@channel_options
@kernel_option(type=KERNEL, default="3", help="Kernel, 3 or 3x5; any leaves it a symbol.")
@gamma_option
@click.option("--tied", is_flag=True, help="Hold N_o = gamma N_i for generalized too.")
@bias_option
@schemes_option("Solve for this scheme alone; may be repeated.")
@against_option
@click.option("--metric", type=Word(("weights", "macs")), help="Solve for this alone; both unless said.")
@click.option("--steps", is_flag=True, help="Show each line of the derivation.")
@output_options()
@click.pass_context
def command(
    context: click.Context,
    /,
    unknown: str,
    schemes: tuple[str, ...],
    against: str,
    metric: str | None,
    steps: bool,
    destination: Destination,
    **given: Any,
) -> None:
    """Solve, exactly, when a scheme costs no more than another.

    Sizes that are not given stay symbols; where the answer depends on one, it is told in cases.
    """
    if against in schemes:
        raise FieldError("--scheme", f"{against} is the baseline: give another scheme or --against")
    if unknown == "kernel" and context.get_parameter_source("kernel") is ParameterSource.DEFAULT:
        given["kernel"] = None
    from sepcost.breakeven import METRICS, breakeven
    from sepcost.report.breakeven import report

    result = breakeven(
        _UNKNOWNS[unknown],
        schemes=tuple(dict.fromkeys(schemes)) or None,
        against=against,
        metrics=METRICS if metric is None else (metric,),
        **given,
    )
    show(report(result, steps), destination)
