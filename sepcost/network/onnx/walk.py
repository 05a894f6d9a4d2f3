"""The walk through a graph: what is counted, which branch, what is held beside, operator by operator."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.network.batch_place import MIXED
from sepcost.network.names import clean_name
from sepcost.network.onnx import (  # noqa: F401  (these enter what they count)
    attention,
    convolutions,
    einsum,
    matrix_products,
    recurrent,
)
from sepcost.network.onnx.added import note_added
from sepcost.network.onnx.called import at, called, op_of
from sepcost.network.onnx.detail import DETAILED, detail
from sepcost.network.onnx.embeddings import embeddings
from sepcost.network.onnx.file import Function, Graph, Node
from sepcost.network.onnx.findings import Beside, Choice, Findings, Found, Ran
from sepcost.network.onnx.held import left_out
from sepcost.network.onnx.inputs import input_called
from sepcost.network.onnx.layers import COUNTS
from sepcost.network.onnx.loop import written_by_loop
from sepcost.network.onnx.problems import CannotRunError
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.roles import roles
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.shapes import known
from sepcost.network.onnx.summed import note_sum
from sepcost.network.onnx.tensor import Tensor, either_of
from sepcost.network.onnx.types import PLACES
from sepcost.network.onnx.written import run
from sepcost.network.operators import FREE, TABLES

_BLOCKED = "com.microsoft.nchwc"
"""The domain of operators on maps whose channels come in blocks, as one kind of processor has them."""


def read_graph(graph: Graph, reading: Reading) -> Findings:
    """Return the counted operators of a model's graph, in order, and count the others.

    Raises FieldError, which names the operator whose size is not known or cannot be.
    """
    scope = Scope(reading, reading.opsets)
    held = {tensor.name for tensor in (*graph.initializer, *graph.sparse)}
    inputs = reading.inputs
    for value in graph.input:
        if value.name in held:
            continue
        lengths = inputs.shapes.get(value.name)
        shape = known(lengths)
        tensor = Tensor(
            shape,
            batch=inputs.batch_of(value.name, lengths),
            given=value.name,
            outside="" if value.type in PLACES else value.name,  # no weights are of those types
            partial=lengths,
            type=value.type,
            lost="" if shape is not None else input_called(value.name),
        )
        scope.define(value.name, reading.map(value.name, tensor, value.type))
    scope.hold(graph)
    return _walked(graph.node, [value.name for value in graph.output], scope)


def _walked(nodes: Iterable[Node], outputs: Iterable[str], scope: Scope) -> Findings:
    all_ = Findings()
    unlike = scope.reading.inputs.unlike
    for node in nodes:
        if scope.counts:
            scope.reading.enter()
        scope.check(node)
        if unlike:
            all_.unlike.update(name for name in node.input if name in unlike)
        function = scope.reading.function(node)
        if function is not None:
            _call(all_, node, function, scope)
        elif node.op_type == "If" and not node.domain:
            _branch(all_, node, scope)
        elif op_of(node) in COUNTS:
            _count(all_, node, scope)
        elif node.op_type == "Loop" and not node.domain:
            _loop(all_, node, scope)
        else:
            _pass(all_, node, scope)
    all_.numbers += scope.held
    all_.written = [scope.tensor(name) for name in outputs]
    return all_


def _count(all_: Findings, node: Node, scope: Scope) -> None:
    op = op_of(node)
    try:
        found = COUNTS[op](node, scope, all_)
    except QuantityError as error:
        raise at(node, error) from None
    except FieldError:
        raise
    except (IndexError, ValueError, ArithmeticError):
        raise FieldError(called(node), "lacks an input or output, or has one of another form") from None
    if found is None:
        _pass(all_, node, scope)
    else:
        _step(all_, node, scope, found)


def _step(all_: Findings, node: Node, scope: Scope, found: Iterable[Found] = ()) -> None:
    """Record an operator that has run."""
    all_.steps.append(_ran(node, scope, tuple(found)))


def _ran(node: Node, scope: Scope, found: tuple[Found, ...] = ()) -> Ran:
    op, inputs = op_of(node), scope.inputs(node)
    written = [scope.tensor(name) for name in node.output if name]
    read = [tensor for tensor in inputs if tensor is not None]
    window, mode = None, None
    if op in DETAILED:
        window, mode = detail(op, scope.call(node), written[0] if written else None)
    # Weights that are scaled at run time are no constants any more, and the file's all the same.
    weights = scope.reading.stored(held.source for one in found for held in one.held)
    return Ran(
        op,
        node.name,
        tuple(dict.fromkeys(tensor.map for tensor in read if tensor.map)),
        tuple(tensor.map for tensor in written if tensor is not None and tensor.map),
        tuple(dict.fromkeys((*(source for tensor in read for source in tensor.made), *weights))),
        roles(op, inputs, found, scope.reading),
        found,
        window,
        mode,
    )


def _call(all_: Findings, node: Node, function: Function, scope: Scope) -> None:
    """Walk through what a call of a local function stands for."""
    findings = _walked(function.node, function.output, scope.of_call(node, function))
    all_.add(findings)
    _hand_on(node, findings.written, scope)


def _branch(all_: Findings, node: Node, scope: Scope) -> None:
    """Walk through both branches of an If; only the one that runs where its condition is known."""
    graphs = {name: scope.attributes(node).graph(name) for name in ("then_branch", "else_branch")}
    if None in graphs.values() or len(node.graphs) != 2:
        raise FieldError(called(node), f"has {len(node.graphs)} branches, not two")
    condition = scope.tensor(node.input[0]) if node.input else None
    value = None if condition is None else condition.value
    if value and value[0] is not None:
        graphs = {name: graphs[name] for name in ("then_branch" if value[0] else "else_branch",)}
    branches = _that_can_run([graph for graph in graphs.values() if graph is not None], scope)
    for graph in node.graphs:
        scope.keep(graph)
    if len(branches) == 1:
        all_.add(branches[0])
        _hand_on(node, branches[0].written, scope)
        return
    for branch in branches:
        all_.add_beside(branch)
    pairs = zip(*(branch.written for branch in branches), strict=False)
    either = [either_of(one, other, called(node)) for one, other in pairs]
    names = zip(either, (*node.output, *("",) * len(either)), strict=False)
    written = [None if one is None else scope.reading.map(name, one, one.type) for one, name in names]
    _hand_on(node, written, scope)
    all_.steps.append(Choice(_ran(node, scope), branches))


def _that_can_run(graphs: list[Graph], scope: Scope) -> tuple[Findings, ...]:
    """Return what branches hold, of those that can run at the sizes that they get."""
    branches, problems = [], []
    for graph in graphs:
        try:
            branches.append(_inner(graph, scope))
        except CannotRunError as error:
            problems.append(error)
    if not branches:
        raise problems[0]
    return tuple(branches)


def _loop(all_: Findings, node: Node, scope: Scope) -> None:
    """Record a Loop: what it costs is not known, but what it writes may be."""
    all_.opaque["Loop"] += 1
    body = scope.attributes(node).graph("body")
    inputs = scope.inputs(node)
    written = None
    for graph in node.graphs:
        scope.keep(graph)
    if body is not None:
        written = written_by_loop(inputs, len(node.output), partial(_turn, body, scope))
    lost, stated = called(node), scope.stated(node)
    for place, name in enumerate(node.output):
        followed = None if written is None or place >= len(written) else written[place]
        shape = followed if known(followed) or stated[place] is None else stated[place]
        if name:
            tensor = Tensor(known(shape), batch=MIXED, partial=shape, lost="" if known(shape) else lost)
            scope.define(name, scope.reading.map(name, tensor, 0))
    _step(all_, node, scope)


def _turn(body: Graph, scope: Scope, given: Iterable[Tensor]) -> list[Tensor | None] | None:
    """Return what a Loop's body writes in a turn, None where it cannot be followed."""
    try:
        inside = scope.inside(body, again=True)
        for value, tensor in zip(body.input, given, strict=False):
            inside.define(value.name, tensor)
        return _walked(body.node, [value.name for value in body.output], inside).written
    except FieldError:
        return None


def _inner(graph: Graph, scope: Scope) -> Findings:
    return _walked(graph.node, [value.name for value in graph.output], scope.inside(graph))


def _hand_on(node: Node, written: list[Tensor | None], scope: Scope) -> None:
    """Give what a graph within a node writes the names of the node's outputs."""
    for place, name in enumerate(node.output):
        tensor = written[place] if place < len(written) else None
        if name and tensor is None:
            raise FieldError(called(node), f"writes {quoted(name)}, which nothing in it does")
        if name and tensor is not None:
            scope.define(name, tensor)


def _pass(all_: Findings, node: Node, scope: Scope) -> None:
    """Record an operator that is not counted."""
    if node.domain == _BLOCKED:
        mend = "have onnxruntime optimize the model no further than ORT_ENABLE_EXTENDED"
        raise FieldError(called(node), f"is written for one kind of processor: {mend}")
    call = scope.call(node)
    op, inputs = call.op, call.inputs
    run(node, scope, call)
    found = embeddings(node, call, scope, all_) if op in TABLES else []
    _step(all_, node, scope, found)
    if op not in FREE:
        all_.opaque[clean_name(op) or "unnamed"] += 1
        for graph in node.graphs:
            scope.keep(graph)
    if op not in FREE or found:
        return
    all_.free[op] += 1
    if op == "Add":
        note_added(inputs, scope.reading)
    if met := left_out(op, inputs):
        all_.beside.append(Beside(op, met))
    note_sum(all_, call)
