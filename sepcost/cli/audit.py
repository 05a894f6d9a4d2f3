"""sepcost audit: each layer of a network, what replaces it, and what is gained."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from sepcost.cli.gate import held
from sepcost.cli.options import (
    GAMMA,
    LIMIT,
    PAIR,
    RATIO,
    SHAPE,
    WHOLE,
    Word,
    output_options,
)
from sepcost.errors import FieldError, quoted
from sepcost.report.output import PICTURES, Destination, show
from sepcost.schemes import BASELINE, SCHEME_NAMES

if TYPE_CHECKING:
    from sepcost.limits import Verdict
    from sepcost.network.audit import Audit, AuditedLayer
    from sepcost.network.model import Network

_REPLACEMENTS = (*(name for name in SCHEME_NAMES if name != BASELINE), "none")

_EPILOG = """\b
Examples:
  sepcost audit examples/mobilenet_v1_standard.toml --sort saving --top 5
  sepcost audit examples/mobilenet_v1.toml --width 0.75 --max-macs 330M
  sepcost audit examples/mobilenet_v1_standard.toml --target-macs 1G
  sepcost audit examples/mobilenet_v1_lean.toml --against examples/mobilenet_v1.toml -f markdown
"""


@click.command(epilog=_EPILOG)
@click.argument("file")
@click.option(
    "--replace",
    type=Word(_REPLACEMENTS),
    default="separable",
    show_default=True,
    help="What replaces a layer.",
)
@click.option("--gamma", type=GAMMA, help="Multiplier of generalized; each layer's N_o/N_i unless given.")
@click.option("--target-macs", type=LIMIT, help="Name the fewest replacements that reach these MACs.")
@click.option("--target-weights", type=LIMIT, help="Name the fewest replacements that reach these weights.")
@click.option(
    "--sort",
    type=Word(("position", "saving", "macs", "weights")),
    default="position",
    show_default=True,
    help="Order of the layers; largest first but for position.",
)
@click.option("--top", type=WHOLE, help="Show the first N layers alone; totals count all.")
@click.option("--width", type=RATIO, help="Multiply the channels of a TOML network, as MobileNet does.")
@click.option("--size", type=PAIR, help="Input rows and columns of a TOML network.")
@click.option("--input-shape", type=SHAPE, help="Shape of an ONNX model's input: 1x3x224x224.")
@click.option("--against", metavar="OTHER", help="Show what changed since another network.")
@click.option("--max-weights", type=LIMIT, help="Exit 1 where the network holds more weights.")
@click.option("--max-macs", type=LIMIT, help="Exit 1 where the network takes more MACs.")
@click.option(
    "--allow", metavar="OP", multiple=True, help="Leave an operator of unknown cost out of a limit."
)
@output_options(*PICTURES)
def command(
    file: str,
    replace: str,
    gamma: Fraction | None,
    target_macs: int | None,
    target_weights: int | None,
    sort: str,
    top: int | None,
    against: str | None,
    max_weights: int | None,
    max_macs: int | None,
    allow: tuple[str, ...],
    destination: Destination,
    input_shape: tuple[int, ...] | None,
    **sizes: Any,
) -> int:
    """Audit a network: each layer's cost now and replaced, and the totals.

    FILE is an ONNX model or a network in TOML. Limits hold for the network as it stands.
    """
    from sepcost.network.audit import audit, changes
    from sepcost.network.read import read_network
    from sepcost.report.audit import AuditView, report

    network = read_network(file, input_shape=input_shape, **sizes)
    other = None if against is None else read_network(against, input_shape=input_shape)
    audited = audit(network, None if replace == "none" else replace, gamma)
    verdicts = _verdicts(network, max_weights, max_macs, allow)
    view = AuditView(
        audited,
        rows=tuple(_sorted(audited, sort)[:top]),
        plan=_plan(audited, target_macs, target_weights),
        against=other,
        changes=None if other is None else changes(network, other),
        verdicts=verdicts,
    )
    show(report(view), destination)
    return held("sepcost audit", (("", verdict) for verdict in verdicts))


def _sorted(audited: Audit, sort: str) -> list[AuditedLayer]:
    """Return the layers in the order asked for; those of one rank stay in their order."""
    rank = {
        "position": lambda row: 0,
        "saving": lambda row: row.cost.macs - row.replaced_cost.macs,
        "macs": lambda row: row.cost.macs,
        "weights": lambda row: row.cost.weights,
    }[sort]
    return sorted(audited.layers, key=rank, reverse=True)


def _plan(audited: Audit, target_macs: int | None, target_weights: int | None) -> Any:
    if target_macs is None and target_weights is None:
        return None
    if target_macs is not None and target_weights is not None:
        raise FieldError("--target-weights", "goes without --target-macs: give one target")
    from sepcost.network.plan import plan

    if target_macs is not None:
        return plan(audited, "macs", target_macs)
    assert target_weights is not None
    return plan(audited, "weights", target_weights)


def _verdicts(
    network: Network, max_weights: int | None, max_macs: int | None, allow: tuple[str, ...]
) -> tuple[Verdict, ...]:
    """Return each limit held against the network, or refuse where its cost is not known."""
    if max_weights is None and max_macs is None:
        return ()
    from sepcost.limits import Verdict

    if not network.layers:
        raise FieldError("FILE", "has no layer that is counted: a limit would hold nothing")
    for op in network.opaque_beyond(allow):
        raise FieldError("--allow", f"the cost of {quoted(op)} is not known: name it here to leave it out")
    limits = (("weights", max_weights, network.weights), ("macs", max_macs, network.macs))
    return tuple(Verdict(metric, most, value) for metric, most, value in limits if most is not None)
