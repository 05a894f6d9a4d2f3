"""sepcost compare: every scheme on one layer, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from sepcost.cli.options import (
    RATIO,
    MachineOptions,
    Quantity,
    layer_options,
    limit_options,
    machine_options,
    output_options,
)
from sepcost.cli.scheme_options import Chosen, against_option, scheme_options
from sepcost.cli.usage import Command
from sepcost.comparison import Comparison, SchemeCost, checked_norm, compare
from sepcost.core.errors import FieldError
from sepcost.core.formulas import NORMS
from sepcost.core.layer import Layer
from sepcost.core.metrics import METRICS, TIME, TIME_NEEDS
from sepcost.exit_codes import OK
from sepcost.report.comparison import report
from sepcost.report.render.output import PICTURES, Destination, show

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck, Limited

_EPILOG = """\b
Examples:
  sepcost compare --no 64 --ni 64 -k 3
  sepcost compare --no 256 --ni 64 -s 56 --stride 2
  sepcost compare --ni 64 --gamma 9/4 -f json
  sepcost compare --no 256 --ni 64 -s 56 -o stages.svg
  sepcost compare --no 64 --ni 64 -s 56 --scheme separable --max-macs 15M
  sepcost compare --no 64 --ni 64 -s 56 --stride 2 --scheme inverted --expansion 6 --scheme standard
  sepcost compare --no 64 --ni 64 -s 56 --norm 2
  sepcost compare --no 64 --ni 64 -s 56 --machine h100-fp16
  sepcost compare --no 256 --ni 64 -s 56 --machine h100-fp16 --scheme separable --min-time-saving 1
"""


@click.command(cls=Command, epilog=_EPILOG, gates=True)
@layer_options
@scheme_options("Show this scheme alone; may be repeated; all for every one.")
@against_option
@click.option(
    "--norm",
    type=Quantity("|".join(map(str, NORMS)), checked_norm),
    default=0,
    help="Count a batch norm after each stage as weights: its 2 a channel, or 4 with running statistics.",
)
@limit_options("Exit 1 where the scheme needs more {heading} than this: {example}.")
@click.option(
    "--min-saving",
    type=RATIO,
    help="Exit 1 where it saves less, in MACs, with --bias or --norm in weights too.",
)
@click.option("--min-time-saving", type=RATIO, help="Exit 1 where its bound saves less time.")
@machine_options
@output_options(*PICTURES)
def command(
    chosen: Chosen,
    against: str,
    norm: int,
    limits: dict[str, Limited],
    min_saving: Fraction | None,
    min_time_saving: Fraction | None,
    on: MachineOptions,
    destination: Destination,
    **sizes: Any,
) -> int:
    """Cost one layer in every scheme, side by side, with stages and savings.

    Give two of --no, --ni and --gamma. Without --size, MACs are per output position. A limit
    holds for one --scheme. A machine, which needs --size, adds the bytes that each stage moves and
    its roofline bound in time.
    """
    execution = None
    if on.given or not limits.keys() <= set(METRICS):
        from sepcost.cli.machine_option import execution_of

        execution = execution_of(on)
    result = compare(Layer(**sizes), chosen.names, against, on.batch, chosen.parameters, norm, execution)
    checks = (*_checks(result, limits), *_checks_of_savings(result, min_saving, min_time_saving))
    show(report(result if on.given else replace(result, execution=None), checks), destination)
    if not checks:
        return OK
    from sepcost.cli import gate

    return gate.held("sepcost compare", (("", check) for check in checks))


_UNKNOWN = {
    "macs": ("--max-macs", "MACs need the input's size: give -s"),
    TIME: ("max_time", TIME_NEEDS),
}
"""What is wrong where a scheme that can be built has no value in a metric."""


def _checks(result: Comparison, limits: Mapping[str, Limited]) -> Iterator[LimitCheck]:
    """Yield each limit with what the one scheme shown needs, or refuse what cannot be measured."""
    for metric, most in limits.items():
        from sepcost.hardware.budget import check_on
        from sepcost.hardware.execution import USUAL_EXECUTION

        value = _the_scheme(result).amount(metric)
        if value is None:
            raise FieldError(*_UNKNOWN[metric])
        yield check_on(result.execution or USUAL_EXECUTION, metric, most, value)


def _checks_of_savings(
    result: Comparison, least: Fraction | None, least_time: Fraction | None
) -> Iterator[LimitCheck]:
    """Yield the savings of the one scheme shown with the limit that each must reach, or refuse."""
    if least is None and least_time is None:
        return
    from sepcost.core.limits import LimitCheck

    if least_time is not None and result.machine is None:
        raise FieldError("min_time_saving", TIME_NEEDS)
    saving = _the_scheme(result).saving
    if saving is None:
        raise FieldError(
            "--against", f"{result.against} cannot be built for this layer: give another baseline"
        )
    if least is not None:
        if saving.macs is None:
            raise FieldError("--min-saving", "MACs depend on the input's size here: give -s")
        yield LimitCheck("saving_macs", least, saving.macs, at_least=True)
        if result.weights_apart:
            yield LimitCheck("saving_weights", least, saving.weights, at_least=True)
    if least_time is not None:
        assert saving.time is not None
        yield LimitCheck("saving_time", least_time, saving.time, at_least=True)


def _the_scheme(result: Comparison) -> SchemeCost:
    """Return the one scheme that is shown, which can be built; refuse what no limit can hold for."""
    if len(result.schemes) != 1:
        raise FieldError("--scheme", "a limit holds for one scheme: give one, such as --scheme separable")
    row = result.schemes[0]
    if row.refusal is not None:
        raise FieldError("--scheme", f"{row.scheme} is {row.refusal}")
    return row
