"""sepcost formula: what each scheme costs, as an expression."""

from __future__ import annotations

from typing import Any

import click

from sepcost.cli.options import (
    KERNEL,
    Word,
    bias_option,
    channel_options,
    gamma_option,
    geometry_options,
    kernel_option,
    output_options,
    refuse_typed,
    run_options,
)
from sepcost.cli.scheme_options import Chosen, scheme_options
from sepcost.cli.usage import Command
from sepcost.core.metrics import FORMULA_KINDS
from sepcost.report.render.output import Destination, show

_EPILOG = """\b
Examples:
  sepcost formula
  sepcost formula separable -f latex
  sepcost formula distributed --gamma 4 -k 3
  sepcost formula inverted bottleneck --only weights
  sepcost formula inverted --expansion 6 --stride 2 --only macs
  sepcost formula -f python -o costs.py
  sepcost formula separable inverted --ni 64 --no 128 -k 3 --stride 2 -f pytorch
"""

_INSTEAD = {
    "--scheme": "schemes are arguments here: sepcost formula bottleneck",
    "--metric": "--only weights, macs or traffic shows one kind of formula",
}

_OF_COSTS = ("only", "element_size", "fused", "batch")


@click.command(cls=Command, epilog=_EPILOG, instead=_INSTEAD)
@scheme_options("", option=None)
@channel_options
@kernel_option(type=KERNEL, default="any", help="Kernel, 3 or 3x5; any leaves it a symbol.")
@geometry_options
@gamma_option
@bias_option
@run_options("Element size in bytes; a symbol unless given.")
@click.option(
    "--only",
    type=Word(FORMULA_KINDS),
    multiple=True,
    help="Show this kind of formula alone; may be repeated.",
)
@output_options("python", "pytorch")
@click.pass_context
def command(
    context: click.Context,
    /,
    chosen: Chosen,
    only: tuple[str, ...],
    element_size: int | None,
    fused: bool,
    batch: int | None,
    destination: Destination,
    **sizes: Any,
) -> None:
    """Print the formulas of schemes, stage by stage, with the values given filled in.

    What is not given stays a symbol. -f pytorch prints the modules of a layer whose sizes are given.
    """
    from sepcost.core.given import Given
    from sepcost.hardware.execution import Execution
    from sepcost.report.expressions import report
    from sepcost.solver.expressions import expressions

    if destination.format == "pytorch":
        refuse_typed(context, _OF_COSTS, "has no meaning for PyTorch modules: leave it out")
    execution = Execution(None, element_size, fused, batch or 1)
    result = expressions(Given(**sizes), chosen.names, chosen.parameters, execution)
    show(report(result, only, "--only traffic"), destination)
