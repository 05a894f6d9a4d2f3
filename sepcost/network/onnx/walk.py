"""The walk through a graph: what is counted, which branch, what is held beside, operator by operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from sepcost.core.errors import FieldError, QuantityError
from sepcost.network.names import clean_name
from sepcost.network.onnx import attention, einsum, layers, recurrent  # noqa: F401  (these enter what they count)
from sepcost.network.onnx.added import note_added
from sepcost.network.onnx.detail import DETAILED, detail
from sepcost.network.onnx.file import Attribute, Function, Graph, Node
from sepcost.network.onnx.findings import Beside, Choice, Findings, Found, Ran
from sepcost.network.onnx.graph import Reading, Scope, at, called, op_of
from sepcost.network.onnx.held import left_out, not_added
from sepcost.network.onnx.inputs import input_called
from sepcost.network.onnx.layers import COUNTS, layer_of
from sepcost.network.onnx.problems import CannotRunError, shown
from sepcost.network.onnx.roles import roles
from sepcost.network.onnx.shapes import known, summed_axes
from sepcost.network.onnx.tensor import MIXED, Lengths, Tensor
from sepcost.network.onnx.types import PLACES, Type
from sepcost.network.operators import FREE, POOLS, SUMS, TABLES
from sepcost.network.summed import is_summed


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
    depth = 0
    around: Scope | None = scope
    while around is not None:
        depth += around.function is function
        around = around.caller
    if depth:
        raise FieldError("function", f"{shown(function.name)} calls itself")
    bound: dict[str, Attribute] = {one.name: one for one in function.defaults}
    bound.update(scope.attributes(node).by_name)
    inside = Scope(scope.reading, {**scope.opsets, **function.opsets}, bound=bound)
    inside.function, inside.caller, inside.counts = function, scope, True
    for place, name in enumerate(function.input):
        given = node.input[place] if place < len(node.input) else ""
        tensor = scope.tensor(given) if given else None
        if tensor is not None:
            inside.define(name, tensor)
        elif name:
            inside.omit(name)
    findings = _walked(function.node, function.output, inside)
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
    if len(branches) == 1:
        all_.add(branches[0])
        _hand_on(node, branches[0].written, scope)
        return
    for branch in branches:
        all_.add_beside(branch)
    pairs = zip(*(branch.written for branch in branches), strict=False)
    either = [_either(one, other, called(node)) for one, other in pairs]
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
    written = None if body is None else _written_by_loop(body, inputs, len(node.output), scope)
    lost, stated = called(node), scope.stated(node)
    for place, name in enumerate(node.output):
        followed = None if written is None or place >= len(written) else written[place]
        shape = followed if known(followed) or stated[place] is None else stated[place]
        if name:
            tensor = Tensor(known(shape), batch=MIXED, partial=shape, lost="" if known(shape) else lost)
            scope.define(name, scope.reading.map(name, tensor, 0))
    _step(all_, node, scope)


def _written_by_loop(
    body: Graph, inputs: list[Tensor | None], outputs: int, scope: Scope
) -> list[Lengths | None] | None:
    """Return the shapes that a Loop writes: what it carries, if that keeps its shape, and what it gathers."""
    carried = [None if one is None else one.lengths for one in inputs[2:]]
    for _ in range(2):
        found = _after_a_turn(body, inputs, carried, scope)
        if found is None:
            return None
        shapes = [None if one is None else one.lengths for one in found]
        kept = [a if a == b else None for a, b in zip(carried, shapes[1:], strict=False)]
        if kept == carried:
            break
        carried = kept
    turns = inputs[0].value if inputs and inputs[0] is not None else None
    goes_on = found[0].value if found and found[0] is not None else None
    count = int(turns[0]) if turns and turns[0] is not None and goes_on and goes_on[0] else None
    gathered = [None if one is None else (count, *one) for one in shapes[1 + len(carried) :]]
    return [*carried, *gathered][:outputs]


def _after_a_turn(
    body: Graph, inputs: list[Tensor | None], carried: list[Lengths | None], scope: Scope
) -> list[Tensor | None] | None:
    """Return what a Loop's body writes in a turn, None where it cannot be followed."""
    inside = Scope(scope.reading, scope.opsets, scope, scope.bound)
    inside.function, inside.caller, inside.counts = scope.function, scope.caller, True
    types = [Type.INT64, Type.BOOL, *(0 if one is None else one.type for one in inputs[2:])]
    shapes: list[Lengths | None] = [(), (), *carried]
    try:
        for value, shape, type_ in zip(body.input, shapes, types, strict=False):
            tensor = Tensor(known(shape), batch=MIXED, partial=shape, type=type_, lost="Loop")
            inside.define(value.name, tensor)
        inside.hold(body)
        return _walked(body.node, [value.name for value in body.output], inside).written
    except FieldError:
        return None


def _inner(graph: Graph, scope: Scope) -> Findings:
    inside = Scope(scope.reading, scope.opsets, scope, scope.bound)
    inside.function, inside.caller, inside.counts = scope.function, scope.caller, scope.counts
    inside.hold(graph)
    return _walked(graph.node, [value.name for value in graph.output], inside)


def _hand_on(node: Node, written: list[Tensor | None], scope: Scope) -> None:
    """Give what a graph within a node writes the names of the node's outputs."""
    for place, name in enumerate(node.output):
        tensor = written[place] if place < len(written) else None
        if name and tensor is None:
            raise FieldError(called(node), f"writes {shown(name)}, which nothing in it does")
        if name and tensor is not None:
            scope.define(name, tensor)


def _either(one: Tensor | None, other: Tensor | None, node: str) -> Tensor | None:
    """Return what is known of a tensor that is one of two."""
    if one is None or other is None:
        return None
    partial = None
    a, b = one.lengths, other.lengths
    if a is not None and b is not None and len(a) == len(b):
        partial = tuple(x if x == y else None for x, y in zip(a, b, strict=True))
    shape = one.shape if one.shape == other.shape else None
    return Tensor(
        shape,
        held=one.held | other.held,
        unclear=one.unclear | other.unclear,
        batch=one.batch if one.batch == other.batch else MIXED,
        partial=partial,
        type=one.type if one.type == other.type else 0,
        lost="" if shape is not None else one.lost or other.lost or node,
    )


def _pass(all_: Findings, node: Node, scope: Scope) -> None:
    """Record an operator that is not counted."""
    call = scope.call(node)
    op, inputs = call.op, call.inputs
    scope.run(node, call)
    found = _embeddings(node, op, scope, inputs, all_) if op in TABLES else []
    _step(all_, node, scope, found)
    if op not in FREE:
        all_.opaque[clean_name(op) or "unnamed"] += 1
    if op not in FREE or found:
        return
    all_.free[op] += 1
    if op == "Add":
        note_added(inputs, scope.reading)
    if met := left_out(op, inputs):
        all_.beside.append(Beside(op, met))
    if op in SUMS and inputs and inputs[0] is not None:
        _sum(all_, node, inputs[0], scope)


def _embeddings(
    node: Node, op: str, scope: Scope, inputs: Sequence[Tensor | None], all_: Findings
) -> list[Found]:
    """Return the tables of the file that are read at places from run time; given ones are set beside."""
    at, tables = TABLES[op]
    places = inputs[at] if at < len(inputs) else None
    if places is None or places.constant or not node.output:
        return []
    written = scope.tensor(node.output[0])
    found = []
    for place in tables:
        table = inputs[place] if place < len(inputs) else None
        held = frozenset() if table is None else not_added(table.held)
        if table is None or table.type in PLACES:
            continue
        if not held:
            if table.outside not in ("", scope.reading.inputs.first) and places.value is None:
                all_.beside.append(Beside(op, frozenset([table.from_outside])))
                if table.size is None:
                    all_.opaque[op] += 1
            continue
        shape = table.shape or (sum(one.size for one in held),)
        rows = shape[0] if len(shape) > 1 else 1
        layer = layer_of(
            node,
            held,
            n_i=rows,
            n_o=prod(shape) // max(rows, 1),
            positions=0,
            reads=None if written is None else written.size,
            writes=None if written is None else written.size,
        )
        found.append(Found(layer, held, places.batch))
    return found


def _sum(all_: Findings, node: Node, tensor: Tensor, scope: Scope) -> None:
    """Record the products that a sum makes a matrix product of, written as Mul and ReduceSum."""
    product = tensor.factor
    if product is None or not is_summed(product, node.op_type, tensor.shape, _summed(node, tensor, scope)):
        return
    all_.beside.append(Beside("Mul", product.stored, product.products or 0))
    if product.products is None:
        all_.opaque["Mul"] += 1


def _summed(node: Node, tensor: Tensor, scope: Scope) -> Iterable[int] | None:
    """Return the axes that a node sums, None where they are not known."""
    if tensor.shape is None:
        return None
    rank = len(tensor.shape)
    try:
        return range(2, rank) if node.op_type in POOLS else summed_axes(scope.call(node), rank)
    except QuantityError:
        return None
