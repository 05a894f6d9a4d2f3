"""sepcost fit: the largest layer or network within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sepcost.cli.options import (
    FILE,
    LENGTHS,
    PAIR,
    UNKNOWNS,
    MachineOptions,
    Word,
    bias_option,
    channel_options,
    gamma_option,
    kernel_option,
    limit_options,
    machine_options,
    output_options,
    refuse_typed,
    spacing_options,
)
from sepcost.cli.scheme_options import PARAMETERS, Chosen, scheme_options
from sepcost.cli.usage import Command
from sepcost.core.given import unknown_given
from sepcost.report.render.output import Destination, show

if TYPE_CHECKING:
    from sepcost.core.limits import Limited

_UNKNOWNS = {**UNKNOWNS, "size": "size"}
_OF_ONE_LAYER = (
    "unknown",
    "n_o",
    "n_i",
    "kernel",
    "stride",
    "dilation",
    "padding",
    "gamma",
    "bias",
    "schemes",
    *PARAMETERS,
)

_EPILOG = """\b
Examples:
  sepcost fit --ni 64 -k 3 -s 56 --max-macs 50M --for no
  sepcost fit --for gamma --ni 64 --max-weights 100k
  sepcost fit --for size --ni 64 --no 128 --stride 2 --max-macs 50M -f json
  sepcost examples
  sepcost fit examples/mobilenet_v1.toml --max-macs 300M
  sepcost fit examples/mobilenet_v1.toml --max-memory 320Ki --bytes 1
  sepcost fit examples/mobilenet_v1.toml --machine stm32f746-int8 --max-time 100ms
  sepcost fit --ni 64 -s 56 --machine stm32f746-int8

\b
Exit codes:
  0  done; where nothing fits, too: "largest" is then null in JSON
  2  wrong usage or input
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("network", type=FILE, metavar="[NETWORK]", required=False)
@click.option(
    "--for", "unknown", type=Word(tuple(_UNKNOWNS)), default="no", show_default=True, help="The unknown."
)
@channel_options
@kernel_option(type=PAIR, default="3", help="Kernel rows and columns, 3 or 3x5.")
@click.option("-s", "--size", type=LENGTHS, help="Input rows and columns, 56 or 56x48.")
@spacing_options
@gamma_option
@bias_option
@scheme_options("Fit this scheme alone; may be repeated; all for every one.")
@limit_options("The most {heading} that it may need: {example}.")
@machine_options
@output_options()
@click.pass_context
def command(
    context: click.Context,
    /,
    network: str | None,
    unknown: str,
    chosen: Chosen,
    limits: dict[str, Limited],
    on: MachineOptions,
    destination: Destination,
    **sizes: Any,
) -> None:
    """Find the largest layer, or the largest width of a network, that keeps a budget.

    NETWORK is a network in TOML, whose channels are all multiplied by a width in steps of 1/100
    and rounded as by audit --width; --size then is its input's. Without it the unknown of --for is
    one size of a layer, and the others are given: values go up to 10^9, those that no layer can be built
    with left out. A machine's memory and storage are limits too where none is given in their place; a
    layer's own maps and weights count, as in compare.
    """
    from sepcost.cli.machine_option import execution_of

    most: dict[str, Any] = {f"max_{metric}": limit for metric, limit in limits.items()}
    if network is not None:
        refuse_typed(context, _OF_ONE_LAYER, "is for one layer: a network is fitted in its width")
        from sepcost.network.width import fit_width
        from sepcost.report.fit import width_report

        width = fit_width(
            network,
            size=sizes["size"],
            execution=execution_of(on),
            **most,
        )
        show(width_report(width), destination)
        return
    if unknown == "kernel":
        refuse_typed(context, ("kernel",), unknown_given("kernel"))
        sizes["kernel"] = None
    from sepcost.fitting import fit
    from sepcost.report.fit import report

    result = fit(
        _UNKNOWNS[unknown],
        schemes=chosen.names,
        parameters=chosen.parameters,
        execution=execution_of(on) if on.given else None,
        **most,
        **sizes,
    )
    show(report(result), destination)
