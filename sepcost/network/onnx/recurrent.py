"""Recurrent operators as layers: each step multiplies input and state by the weights of every gate."""

from __future__ import annotations

from math import prod

from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.layer import NetworkLayer
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Findings, Found
from sepcost.network.onnx.layers import biases_of, counts, layer_of, operand, result
from sepcost.network.onnx.problems import by, misfit
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.weights import not_counted, weights_of
from sepcost.network.onnx.written import write
from sepcost.network.products import GATES, recurrent
from sepcost.network.shape_rules import Shape

_GATES = {**GATES, "com.microsoft.DynamicQuantizeLSTM": GATES["LSTM"]}


@counts(biases_at=dict.fromkeys(_GATES, 3))
def _recurrent(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return LSTM, GRU and RNN; with layout 1 x is [N, T, I], and so is what they write."""
    op = op_of(node)
    x, w, r = (operand(node, scope, place) for place in range(3))
    first = bool(scope.attributes(node).whole("layout", 0))
    counted, (steps, images, directions, hidden) = _product(node, x.shape, w.shape, r.shape, first)
    batch = x.batch if x.batch is None or x.batch[0] == (0 if first else 1) else MIXED
    if w.batch is not None or r.batch is not None:
        batch = MIXED
    all_.beside += not_counted(op, x)
    held = weights_of(op, w, all_.beside) | weights_of(op, r, all_.beside)
    y = (images, steps, directions, hidden) if first else (steps, directions, images, hidden)
    layer = layer_of(
        node,
        held,
        counted,
        reads=x.size,
        writes=prod(y),
        biases=biases_of(node, scope),
        input_shape=x.shape,
        output_shape=y,
    )
    state = (images, directions, hidden) if first else (directions, images, hidden)
    last = result(node, scope, state, _moved(batch, 0 if first else 1))
    write(node, scope, [result(node, scope, y, _moved(batch, 0 if first else 2)), last, last])
    return [Found(layer, held, batch, x.batch)]


def _product(
    node: Node, x: Shape | None, w: Shape | None, r: Shape | None, first: bool
) -> tuple[NetworkLayer, tuple[int, int, int, int]]:
    """Return the products of all steps as a layer, and counts of steps, inputs, directions and states.

    x [T, N, I], w [directions, gates H, I], r [directions, gates H, H]: T N directions gates H (I + H) MACs,
    whatever the lengths of sequences are. The quantized form has its weights the other way round.
    """
    assert x is not None
    assert w is not None
    assert r is not None
    if len(x) != 3 or len(w) != 3 or len(r) != 3:
        misfit(f"reads {by(x)} and weights of {by(w)} and {by(r)}, not three axes each")
    op = op_of(node)
    quantized = op.startswith("com.microsoft.")
    directions, hidden = r[0], r[1] if quantized else r[2]
    gates, n_i = _GATES[op], x[2]
    expected = (directions, gates * hidden, n_i), (directions, gates * hidden, hidden)
    if (w, r) != tuple((d, i, g) if quantized else (d, g, i) for d, g, i in expected):
        misfit(f"reads {n_i} numbers a step, which weights of {by(w)} and {by(r)} do not fit")
    images, steps = x[:2] if first else x[1::-1]
    counted = recurrent(node.name, op, n_i, hidden, steps * images, directions, gates=gates)
    return counted, (steps, images, directions, hidden)


def _moved(batch: Batch | None, axis: int) -> Batch | None:
    return batch if batch is None or batch == MIXED else (axis, batch[1])
