"""sepcost audit: each layer of a network, what replaces it, and what is gained."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from sepcost.cli.audit_asked import (
    against_of,
    checks_of,
    expected_report,
    in_order,
    like_report,
    networks_of,
    plan_of,
)
from sepcost.cli.complaint import complain
from sepcost.cli.gate import held
from sepcost.cli.machine_option import execution_of
from sepcost.cli.options import (
    FILE,
    GAMMA,
    LENGTHS,
    RATIO,
    SHAPE,
    WHOLE,
    MachineOptions,
    Quantity,
    Word,
    amount_options,
    limit_options,
    machine_options,
    output_options,
    refuse_typed,
)
from sepcost.cli.scheme_options import SchemeName, parameter_options, refuse_others
from sepcost.cli.usage import Command
from sepcost.core.errors import FieldError
from sepcost.core.metrics import PLANNED, TIME, TIME_NEEDS
from sepcost.core.printed import Printed, printed
from sepcost.core.quantity import Lengths
from sepcost.core.scaled import Share
from sepcost.report.render.output import PICTURES, Destination, show

if TYPE_CHECKING:
    from sepcost.core.limits import Limited
    from sepcost.hardware.execution import Execution
    from sepcost.network.counters.rules import Tool


def _read_tool(text: str) -> Tool:
    from sepcost.network.counters.tools import tool_named

    return tool_named(text)


def _tools() -> tuple[str, ...]:
    from sepcost.network.counters.tools import TOOL_NAMES

    return TOOL_NAMES


_OF_LAYERS = ("sort", "top", "metric")
"""The parameters that are about the layers of one network."""

_OF_ONE_AUDIT = (*_OF_LAYERS, *(f"target_{metric}" for metric in PLANNED))
"""The parameters that are about one network's layers and what replaces them."""

_BESIDE = "cannot be used with"

PRINTED = Quantity("300M|4.2M|0.39B", printed)

_EPILOG = """\b
Examples:
  sepcost examples
  sepcost audit examples/mobilenet_v1_standard.toml --sort saving --top 5
  sepcost audit examples/mobilenet_v1.toml --width 0.75 --max-macs 330M
  sepcost audit examples/mobilenet_v1_standard.toml --target-macs 1G
  sepcost audit examples/mobilenet_v1_standard.toml --machine raspberry-pi-5
  sepcost audit examples/mobilenet_v1_standard.toml -o layers.pdf
  sepcost audit examples/mobilenet_v1.toml --metric memory --bytes 1 -o memory.svg
  sepcost audit examples/resnet18.pt2 --like thop
  sepcost audit examples/mobilenet_v1.toml --expect-macs 569M --expect-weights 4.2M
  sepcost audit examples/mobilenet_v1_lean.toml --against examples/mobilenet_v1.toml -f markdown
"""

_INSTEAD = {"--scheme": "--replace names the scheme that replaces layers"}


@click.command(cls=Command, epilog=_EPILOG, gates=True, instead=_INSTEAD)
@click.argument("file", type=FILE)
@click.option(
    "--replace",
    type=SchemeName("none"),
    default="separable",
    show_default=True,
    help="The scheme that replaces a layer where that takes fewer MACs, or none.",
)
@parameter_options()
@click.option("--gamma", type=GAMMA, help="Multiplier of generalized; each layer's N_o/N_i unless given.")
@click.option(
    "--skip",
    metavar="GLOB",
    multiple=True,
    help="Leave the layers of these names, stem*, as they are; may be repeated.",
)
@amount_options(
    "target",
    "targets",
    "Name the fewest replacements that bring {heading} down to this: {example}, or 70% of now; "
    "exit 0 where none do, too.",
    PLANNED,
    shares=True,
)
@click.option(
    "--metric",
    type=Word(PLANNED),
    help="What savings are in, in the table, in --sort saving and in a picture; "
    "what --sort names unless given, else macs.",
)
@click.option(
    "--sort",
    type=Word(("position", "saving", *PLANNED)),
    default="position",
    show_default=True,
    help="Order of the layers, the largest first; saving: by how much less it takes replaced.",
)
@click.option("--top", type=WHOLE, help="Show the first N layers alone; totals count all.")
@click.option(
    "--width",
    type=RATIO,
    help="Multiply the channels of a TOML network: to multiples of its divisor as in MobileNetV2, "
    "else rounded down and at least 8, as in MobileNetV1.",
)
@click.option("-s", "--size", type=LENGTHS, help="Input rows and columns of a TOML network.")
@click.option(
    "--input-shape",
    type=SHAPE,
    multiple=True,
    help="Set the size of an exported network's first input, 1x3x224x224, or of one that is named in an "
    "ONNX file, mask=1x64; may be repeated.",
)
@click.option("--unbatched", is_flag=True, help="Say that an exported network's input has no batch in front.")
@click.option(
    "--like",
    type=Quantity("TOOL", _read_tool, _tools),
    help="Show what another counter prints, and each difference: thop, ptflops, ptflops-aten, fvcore, "
    "torchinfo, calflops, calflops-macs, flop_counter, torchprofile, onnx-tool, keras, deepspeed.",
)
@click.option(
    "--expect-macs", type=PRINTED, help="Name the conventions that give a printed number of MACs or FLOPs."
)
@click.option(
    "--expect-weights",
    "--expect-parameters",
    type=PRINTED,
    help="Name the conventions that give a printed number of weights or parameters.",
)
@click.option("--flops", is_flag=True, help="Show FLOPs, 2 a MAC, and not MACs.")
@click.option("--against", type=FILE, help="Show what changed since another network.")
@limit_options("Exit 1 where the network needs more {heading} than this: {example}.")
@click.option(
    "--allow",
    metavar="OP",
    multiple=True,
    help="Leave an operator of unknown cost out of a limit; may be repeated.",
)
@machine_options
@output_options("html", *PICTURES)
@click.pass_context
def command(
    context: click.Context,
    /,
    file: str,
    replace: str,
    parameters: dict[str, int],
    gamma: Fraction | None,
    skip: tuple[str, ...],
    metric: str | None,
    sort: str,
    top: int | None,
    like: Tool | None,
    expect_macs: Printed | None,
    expect_weights: Printed | None,
    flops: bool,
    against: str | None,
    allow: tuple[str, ...],
    on: MachineOptions,
    destination: Destination,
    input_shape: tuple[tuple[str, tuple[int, ...]], ...],
    unbatched: bool,
    width: Fraction | None,
    size: Lengths | None,
    targets: dict[str, Limited | Share],
    limits: dict[str, Limited],
) -> int:
    """Audit a network: each layer's cost now and replaced, and the totals.

    FILE is a network in TOML, or exported: .onnx, .tflite, .pt2 or .keras. Limits hold for the network
    as it stands. A machine adds the bytes that each layer moves, its roofline bound, which replacements
    gain time, and whether the network fits it: that is no limit, exit 0 either way, but is one in check.
    """
    from sepcost.network.audit import audit
    from sepcost.network.measure import Measures
    from sepcost.report.audit import report
    from sepcost.report.audit_view import AuditView
    from sepcost.report.convention import FLOPS, MACS

    expect = {"macs": expect_macs, "weights": expect_weights}
    asked = {metric: number for metric, number in expect.items() if number is not None}
    if against is not None:
        refuse_typed(context, _OF_LAYERS, f"{_BESIDE} --against, which shows what changed, all of it")
    answers = (["--like"] if like is not None else []) + [f"--expect-{metric}" for metric in asked]
    for option in answers:
        refuse_typed(context, _OF_ONE_AUDIT, f"{_BESIDE} {option}, which shows totals alone")
        _refuse_beside(option, against, flops, on, like is not None and bool(asked))
    refuse_others(parameters, () if replace == "none" else (replace,), f"not of --replace {replace}")
    execution = execution_of(on)
    _refuse_time(
        execution, {"--sort": sort, "--metric": metric, **{f"--target-{key}": key for key in targets}}
    )
    network, before = networks_of(file, against, width, size, input_shape, unbatched, execution.batch)
    audited = audit(network, None if replace == "none" else replace, gamma, parameters, skip)
    measures = Measures(network, execution, audited)
    checks = checks_of(measures, limits, allow)
    metric = metric or (sort if sort in PLANNED else "macs")
    view = AuditView(
        measures,
        rows=tuple(in_order(measures, sort, metric)[:top]),
        plan=plan_of(measures, targets),
        against=against_of(network, before, execution, on.given),
        checks=checks,
        metric=metric,
        unit=FLOPS if flops else MACS,
        runs=on.given,
    )
    if like is not None:
        answer = like_report(view, like)
    elif asked:
        answer = expected_report(view, asked)
    else:
        answer = report(view, lambda problem: complain(f"sepcost audit: {problem}"))
    show(answer, destination)
    return held("sepcost audit", (("", check) for check in checks))


def _refuse_beside(option: str, against: str | None, flops: bool, on: MachineOptions, both: bool) -> None:
    """Refuse what an option about other counters cannot be used with: one input, units of its own."""
    named = {
        "--expect-macs and --expect-weights": both,
        "--against": against is not None,
        "--flops": flops,
        "a machine, --bytes, --fused and --batch": on.given,
    }
    for other, given in named.items():
        if given:
            raise FieldError(option, f"{_BESIDE} {other}")


def _refuse_time(execution: Execution, metrics: Mapping[str, str | None]) -> None:
    """Refuse the first option that asks for time where no machine is given."""
    for option, metric in metrics.items():
        if metric == TIME and execution.machine is None:
            raise FieldError(option, f"time {TIME_NEEDS}")
