"""sepcost compare: every scheme on one layer, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from sepcost.cli.options import (
    BYTES,
    LIMIT,
    RATIO,
    TIME,
    WHOLE,
    MachineOptions,
    layer_options,
    machine_options,
    output_options,
)
from sepcost.cli.scheme_options import Chosen, against_option, scheme_options
from sepcost.cli.usage import Command
from sepcost.comparison import Comparison, SchemeCost, compare
from sepcost.core.errors import FieldError
from sepcost.core.layer import Layer
from sepcost.exit_codes import OK
from sepcost.report.comparison import report
from sepcost.report.render.output import PICTURES, Destination, show

if TYPE_CHECKING:
    from sepcost.core.limits import LimitCheck
    from sepcost.hardware.execution import Execution

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
    type=WHOLE,
    default=0,
    help="Count a batch norm after each stage as weights: its 2 a channel, or 4 with running statistics.",
)
@click.option("--max-weights", type=LIMIT, help="Exit 1 where the scheme holds more weights.")
@click.option("--max-macs", type=LIMIT, help="Exit 1 where the scheme takes more MACs.")
@click.option("--max-memory", type=BYTES, help="Exit 1 where a stage's maps take more bytes: 320Ki.")
@click.option("--max-storage", type=BYTES, help="Exit 1 where its weights take more bytes: 1Mi.")
@click.option("--max-time", type=TIME, help="Exit 1 where it takes longer on the machine: 5ms.")
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
    max_weights: int | None,
    max_macs: int | None,
    max_memory: int | None,
    max_storage: int | None,
    max_time: Fraction | None,
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
    held = {"memory": max_memory, "storage": max_storage, "time": max_time}
    runs = on.given or any(limit is not None for limit in held.values())
    how = _execution_of(on) if runs else None
    result = compare(Layer(**sizes), chosen.names, against, on.batch, chosen.parameters, norm, how)
    checks = (*_checks(result, max_weights, max_macs, min_saving), *_checks_of_run(result, held))
    if min_time_saving is not None:
        checks = (*checks, _check_of_time(result, min_time_saving))
    show(report(result if on.given else replace(result, execution=None), checks), destination)
    if not checks:
        return OK
    from sepcost.cli import gate

    return gate.held("sepcost compare", (("", check) for check in checks))


def _execution_of(on: MachineOptions) -> Execution:
    from sepcost.cli.machine_option import execution_of

    return execution_of(on)


def _checks_of_run(result: Comparison, limits: dict[str, int | Fraction | None]) -> Iterator[LimitCheck]:
    """Yield what the one scheme shown takes while it runs with each limit that is given, or refuse."""
    given = {metric: limit for metric, limit in limits.items() if limit is not None}
    if not given:
        return
    from sepcost.core.limits import LimitCheck
    from sepcost.hardware.execution import error_of, time_source

    how, load = result.execution, _the_scheme(result).load
    assert how is not None
    assert load is not None
    for metric, limit in given.items():
        if metric != "time":
            yield LimitCheck(metric, limit, _count(getattr(load, metric)))
        elif load.seconds is None:
            raise FieldError("max_time", "needs {machine}, or {peak} and {bandwidth}")
        else:
            seconds = load.seconds if load.estimate is None else load.estimate
            yield LimitCheck(metric, limit, seconds, source=time_source(how), error=error_of(how))


def _check_of_time(result: Comparison, least: Fraction) -> LimitCheck:
    """Return the saving in time of the one scheme shown, compared with a limit, or refuse."""
    from sepcost.core.limits import LimitCheck

    if result.machine is None:
        raise FieldError("min_time_saving", "needs {machine}, or {peak} and {bandwidth}")
    row = _the_scheme(result)
    if row.saving is None or row.saving.time is None:
        raise _without_baseline(result)
    return LimitCheck("saving_time", least, row.saving.time, at_least=True)


def _checks(
    result: Comparison, max_weights: int | None, max_macs: int | None, min_saving: Fraction | None
) -> tuple[LimitCheck, ...]:
    """Return each limit compared with the one scheme shown, or refuse what cannot be measured."""
    if max_weights is None and max_macs is None and min_saving is None:
        return ()
    from sepcost.core.limits import LimitCheck

    row = _the_scheme(result)
    assert row.cost is not None
    found = []
    if max_weights is not None:
        found.append(LimitCheck("weights", max_weights, _count(row.cost.weights)))
    if max_macs is not None:
        if row.cost.macs is None:
            raise FieldError("--max-macs", "MACs need the input's size: give -s")
        found.append(LimitCheck("macs", max_macs, _count(row.cost.macs)))
    if min_saving is not None:
        if row.saving is None:
            raise _without_baseline(result)
        if row.saving.macs is None:
            raise FieldError("--min-saving", "MACs depend on the input's size here: give -s")
        found.append(LimitCheck("saving_macs", min_saving, row.saving.macs, at_least=True))
        if result.weights_apart:
            found.append(LimitCheck("saving_weights", min_saving, row.saving.weights, at_least=True))
    return tuple(found)


def _the_scheme(result: Comparison) -> SchemeCost:
    """Return the one scheme that is shown, which can be built; refuse what no limit can hold for."""
    if len(result.schemes) != 1:
        raise FieldError("--scheme", "a limit holds for one scheme: give one, such as --scheme separable")
    row = result.schemes[0]
    if row.refusal is not None:
        raise FieldError("--scheme", f"{row.scheme} is {row.refusal}")
    return row


def _without_baseline(result: Comparison) -> FieldError:
    return FieldError("--against", f"{result.against} cannot be built for this layer: give another baseline")


def _count(value: object) -> int:
    assert isinstance(value, int)
    return value
