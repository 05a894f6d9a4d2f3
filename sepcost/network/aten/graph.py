"""PyTorch's calls, in order, as a Network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.network.assembly import Assembly
from sepcost.network.aten import operators
from sepcost.network.aten.batches import Batches
from sepcost.network.aten.calls import Call, Graph, Meta
from sepcost.network.aten.layers import COUNTERS
from sepcost.network.aten.lengths import check_written
from sepcost.network.aten.views import Views
from sepcost.network.batch_place import MIXED, UNKNOWN
from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, STATISTICS, WEIGHTS, Network
from sepcost.network.names import clean_name
from sepcost.network.provenance import Written
from sepcost.network.shape_rules import Shape
from sepcost.network.step import Counted, Step

_ROLES = {
    "weight": NORMALIZATION,
    "bias": NORMALIZATION,
    "running_mean": STATISTICS,
    "running_var": STATISTICS,
}
"""What the arguments of a normalization are for."""

_IGNORED = ("_operator", "math", "torch", "builtins")
"""Namespaces of arithmetic with sizes, which no tensor comes out of."""


def network_of(graph: Graph, name: str, format_: str, unbatched: bool = False) -> Network:
    """Return the network that a graph is; FieldError names the call whose size cannot be.

    The batch is the first length of the first input that has two dimensions or more.
    """
    return _assembled(graph, unbatched).found.network(name, format_, graph.outputs, says_modules=True)


def mixing(graph: Graph) -> str | None:
    """Return a layer in which the inputs of a graph's batch, of more than one, meet; None for none."""
    return next(iter(_assembled(graph).batches.meeting), None)


def _assembled(graph: Graph, unbatched: bool = False) -> _SoFar:
    first = next((graph.metas[key].shape for key in graph.inputs if key in graph.metas), None)
    batch = first[0] if first is not None and len(first) > 1 and first[0] > 0 and not unbatched else 1
    found = Assembly(batch)
    holders: dict[str, str] = {}
    for key, held in graph.held.items():
        meta = graph.metas.get(key, Meta((None,), None))
        holder = holders.setdefault(held.fqn, key)
        if holder != key and found.shape(holder) == meta.shape:
            found.alias(key, holder, meta.shape)
            continue
        role = (BIASES if held.fqn.endswith(".bias") else WEIGHTS) if held.learned else CONSTANT
        found.hold(key, meta.shape, meta.bits, role, held.fqn)
    for key in graph.inputs:
        if key in graph.metas:
            found.take(key, graph.metas[key].shape, graph.metas[key].bits)
    inputs = [(key, graph.metas[key].shape) for key in graph.inputs if key in graph.metas]
    so_far = _SoFar(found, graph.metas, Views(), Batches(batch, inputs))
    for call in graph.calls:
        try:
            _run(call, so_far)
        except QuantityError as error:
            raise FieldError(f"{call.operator} {clean_name(call.name)}", str(error)) from None
    return so_far


class _SoFar(NamedTuple):
    """What is known of a program when a call runs."""

    found: Assembly
    metas: Mapping[str, Meta]
    views: Views
    batches: Batches


def _run(call: Call, so_far: _SoFar) -> None:
    found, metas, views, batches = so_far
    reads = tuple(dict.fromkeys(call.tensors()))
    for key in reads:
        if not found.known(key):
            raise QuantityError(f"reads {clean_name(key)}, which nothing before it writes")
    if not call.outputs:
        if call.target.partition(".")[0] not in _IGNORED and call.operator not in operators.SILENT:
            found.doubt(call.operator)
        return
    writes = [_written(key, metas) for key in call.outputs]
    counter = COUNTERS.get(call.operator)
    layers: Sequence[Counted] = counter(call, found, writes[0][1]) if counter is not None else ()
    op, window = (layers[0].layer.op, None) if layers else _named(call, found, writes[0][1])
    batch = batches.follow(call, found, op, writes)
    if layers and batch in (MIXED, UNKNOWN):
        layers = [one._replace(batched=False) for one in layers]
        if batch == MIXED:
            batches.meeting.append(f"{op} {quoted(layers[0].layer.name)}")
    step = Step(op, call.name, reads, writes, layers, module=call.module, function=call.function)
    if not layers:
        if op in operators.FREE:
            check_written(call, [shape for _, shape, _ in writes], found)
        step = _uncounted(call, step._replace(window=window))
    found.run(step)
    views.follow(call, reads)
    if call.in_place and reads:
        others = [key for key in reads[1:] if not layers or not found.held(key)]
        found.overwrite(views.of(reads[0]), op, others)
        batches.overwrite(views.of(reads[0]), call.outputs[0], found)


def _uncounted(call: Call, step: Step) -> Step:
    """Return what is known of an operator that is not counted."""
    op = "Gather" if call.chooses and step.op == "Slice" else step.op  # as rows that a tensor picks
    factors = [key for name in operators.PRODUCTS.get(call.operator, ()) for key in call.optional(name)]
    return step._replace(
        op=op,
        roles=_roles(call, op),
        free=op in operators.FREE,
        keeps=call.operator in operators.MOVES,
        scales=op in operators.SCALES,
        chooses=call.chooses,
        carries=_carriers(call, op),
        factors=factors,
        sums=call.operator in operators.SUMMED and len(factors) == 2,
        mode=operators.RESIZES.get(call.operator.partition(".")[2]),
    )


def _carriers(call: Call, op: str) -> Sequence[str]:
    """Return the inputs whose elements a call may write, where its name does not say which."""
    named = operators.CARRIERS.get(call.operator, ())
    if op == call.operator and op in operators.ELEMENTWISE:
        return list(call.tensors())
    return [key for name in named for key in call.optional(name)]


def _written(key: str, metas: Mapping[str, Meta]) -> Written:
    meta = metas.get(key)
    return (key, None, None) if meta is None else (key, meta.shape, meta.bits)


def _named(call: Call, found: Assembly, out: Shape | None) -> tuple[str, int | None]:
    """Return what an operator that is not counted is called, and its window where it has one."""
    bare = call.operator.partition(".")[2]
    op = operators.NAMES.get(call.operator, call.operator)
    reads = next(iter(call.tensors()), None)
    read = None if reads is None else found.shape(reads)
    if bare in operators.ADAPTIVE or call.operator in operators.REDUCTIONS:
        if not read or out is None or 0 in (*read, *out):
            return op, None
        axes = int(bare[-2]) if bare in operators.ADAPTIVE else 0
        if axes and prod(out[-axes:]) == 1:
            op = operators.ADAPTIVE[bare]
        return op, max(prod(read) // prod(out), 1)
    if op in ("Softmax", "LogSoftmax") and read:
        return op, read[call.whole("dim", -1)] if -len(read) <= call.whole("dim", -1) < len(read) else None
    if op == "Resize" and call.arguments.get("output_size") is not None and out is not None:
        return op, prod(out[2:])
    if call.operator in operators.POOLS and bare[-2:] in ("1d", "2d", "3d", "es"):
        axes = int(bare.removesuffix("_with_indices")[-2])
        return op, prod(call.lengths("kernel_size", axes, 1))
    return op, None


def _roles(call: Call, op: str) -> dict[str, str]:
    """Return what the held tensors of an operator that is not counted are for."""
    if call.operator in operators.NORMALIZATIONS:
        named = ((call.tensor(argument), role) for argument, role in _ROLES.items())
        return {key: role for key, role in named if key is not None}
    if op == "PRelu":
        return dict.fromkeys(call.optional("weight"), WEIGHTS)
    return {}
