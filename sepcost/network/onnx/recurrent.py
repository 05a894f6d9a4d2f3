"""Recurrent operators as layers: each step multiplies input and state by the weights of every gate."""

from __future__ import annotations

from sepcost.network.batch_place import MIXED, Batch
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Findings, Found
from sepcost.network.onnx.layers import biases_of, counts, layer_of, operand, result
from sepcost.network.onnx.problems import by, misfit
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.weights import weights_of
from sepcost.network.onnx.written import write
from sepcost.network.products import GATES

_GATES = {**GATES, "com.microsoft.DynamicQuantizeLSTM": GATES["LSTM"]}


@counts(biases_at=dict.fromkeys(_GATES, 3))
def _recurrent(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return LSTM, GRU and RNN: x [T, N, I], W [directions, gates H, I], R [directions, gates H, H].

    T N directions gates H (I + H) MACs, whatever the lengths of sequences are. With layout 1 x is
    [N, T, I]. The quantized form has its weights the other way round.
    """
    op, attributes = op_of(node), scope.attributes(node)
    x, w, r = (operand(node, scope, place) for place in range(3))
    assert x.shape is not None
    assert w.shape is not None
    assert r.shape is not None
    if len(x.shape) != 3 or len(w.shape) != 3 or len(r.shape) != 3:
        misfit(f"reads {by(x.shape)} and weights of {by(w.shape)} and {by(r.shape)}, not three axes each")
    quantized = op.startswith("com.microsoft.")
    gates = _GATES[op]
    directions, hidden = r.shape[0], r.shape[1] if quantized else r.shape[2]
    n_i = x.shape[2]
    expected = (directions, gates * hidden, n_i), (directions, gates * hidden, hidden)
    found = tuple((d, i, g) if quantized else (d, g, i) for d, g, i in expected)
    if (w.shape, r.shape) != found:
        misfit(f"reads {n_i} numbers a step, which weights of {by(w.shape)} and {by(r.shape)} do not fit")
    first = bool(attributes.whole("layout", 0))
    batch_axis = 0 if first else 1
    batch = x.batch if x.batch is None or x.batch[0] == batch_axis else MIXED
    if w.batch is not None or r.batch is not None:
        batch = MIXED
    held = weights_of(op, w, all_.beside) | weights_of(op, r, all_.beside)
    steps, images = x.shape[1 - batch_axis], x.shape[batch_axis]
    y = (images, steps, directions, hidden) if first else (steps, directions, images, hidden)
    layer = layer_of(
        node,
        held,
        n_i=directions * (n_i + hidden),
        n_o=directions * gates * hidden,
        positions=steps * images,
        groups=directions,
        reads=x.size,
        writes=steps * images * directions * hidden,
        biases=biases_of(node, scope),
        input_shape=x.shape,
        output_shape=y,
    )
    state = (images, directions, hidden) if first else (directions, images, hidden)
    at_y, at_state = (0, 0) if first else (2, 1)
    write(
        node,
        scope,
        [
            result(node, scope, y, _moved(batch, at_y)),
            *[result(node, scope, state, _moved(batch, at_state))] * 2,
        ],
    )
    return [Found(layer, held, batch, x.batch)]


def _moved(batch: Batch | None, axis: int) -> Batch | None:
    return batch if batch is None or batch == MIXED else (axis, batch[1])
