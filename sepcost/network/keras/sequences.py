"""Keras' layers of sequences as layers: recurrent ones, attention, and products of two maps."""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.keras.site import Layer, Site, bias_of, pads, windows
from sepcost.network.model import BIASES, WEIGHTS
from sepcost.network.products import (
    GATES,
    attention,
    convolution,
    dense,
    matrix_product,
    product_sizes,
    recurrent,
    window_lengths,
)
from sepcost.network.provenance import Written
from sepcost.network.shape_rules import Shape
from sepcost.network.step import Counted


def _recurrent(op: str, directions: int = 1) -> Layer:
    """LSTM, GRU, SimpleRNN: every step; `Bidirectional` has two directions of one."""

    def note(site: Site) -> list[str]:
        # In older files first states are listed behind it.
        sequence, *_ = site.given.keys("sequences", 0) or site.reads[:1] or ("",)
        read, units = site.shape(sequence), site.whole("units")
        if len(read) != 3 or site.flag("time_major", False):
            raise QuantityError(f"reads {by(read)}, which is no sequence of vectors, batch first")
        layer = recurrent(site.name, op, read[2], units, read[0] * read[1], directions)
        held = [site.hold("kernel", (directions, read[2], GATES[op] * units), WEIGHTS)]
        held.append(site.hold("recurrent_kernel", (directions, units, GATES[op] * units), WEIGHTS))
        biases = []
        sets = 2 if op == "GRU" and site.flag("reset_after", True) else 1
        if site.flag("use_bias", True):
            biases.append(site.hold("bias", (directions, sets, GATES[op] * units), BIASES))
        site.doubt_activations("activation", "recurrent_activation")
        returned = _returned(site, read, units, directions, 2 if op == "LSTM" else 1)
        keys = [site.key(f"state{at}" if at else "") for at in range(len(returned))]
        counted = Counted(layer, held[0], (sequence,), (keys[0],), tuple(biases), further=(held[1],))
        writes = [(key, shape, site.bits) for key, shape in zip(keys, returned, strict=True)]
        site.run(op, [*site.reads, *held, *biases], writes, layers=(counted,))
        return keys

    return note


def _returned(site: Site, read: Shape, units: int, directions: int, states: int) -> list[Shape]:
    """Return the shapes of what a recurrent layer returns: its outputs, then its states where it is to."""
    outputs = directions if directions > 1 and site.config.get("merge_mode", "concat") is None else 1
    joined = site.text("merge_mode", "concat", ("concat", "sum", "mul", "ave")) == "concat" and outputs == 1
    width = units * directions if joined else units
    out = (read[0], read[1], width) if site.flag("return_sequences", False) else (read[0], width)
    kept = [(read[0], units)] * (directions * states) if site.flag("return_state", False) else []
    return [*[out] * outputs, *kept]


def _convolutional_lstm(axes: int) -> Layer:
    """ConvLSTM1D to ConvLSTM3D: at each step one convolution of the input, and one of the state."""

    def note(site: Site) -> list[str]:
        read, filters = site.read, site.whole("filters")
        if len(read) != axes + 3:
            raise QuantityError(f"reads {by(read)}, which is no sequence of maps of {axes} axes")
        lengths, n_i = (read[3:], read[2]) if site.channels_first else (read[2:-1], read[-1])
        kernel, stride, dilation = windows(site, axes)
        out, steps, gates = (
            window_lengths(lengths, kernel, stride, dilation, pads(site, axes)),
            read[1],
            4 * filters,
        )
        first = convolution(
            f"{site.name}/input", n_i, gates, kernel, (read[0], steps, *out), stride, dilation
        )
        second = convolution(f"{site.name}/state", filters, gates, kernel, (read[0], steps, *out))
        weights = site.hold("kernel", (*kernel, n_i, gates), WEIGHTS)
        state = site.hold("recurrent_kernel", (*kernel, filters, gates), WEIGHTS)
        biases = (bias_of(site, gates),) if site.flag("use_bias", True) else ()
        last = site.map_of(read[0], out, filters)
        shape = (last[0], steps, *last[1:]) if site.flag("return_sequences", False) else last
        returned = [shape, *([last] * 2 if site.flag("return_state", False) else [])]
        keys = [site.key(f"state{at}" if at else "") for at in range(len(returned))]
        site.doubt_activations("activation", "recurrent_activation")
        counted = [
            Counted(first, weights, tuple(site.reads[:1]), (), biases, output_shape=(*read[:2], *last[1:])),
            Counted(second, state, (), (keys[0],), input_shape=last),
        ]
        writes = [(key, one, site.bits) for key, one in zip(keys, returned, strict=True)]
        site.run("keras.ConvLSTM", [*site.reads, weights, state, *biases], writes, layers=counted)
        return keys

    return note


def _multi_head(site: Site) -> list[str]:
    """MultiHeadAttention, GroupQueryAttention: projections, two products, and a projection back.

    It reads a query, a value and, unless that is the value, a key: [N, L, C] each.
    """
    query, value, key = _attended_to(site)
    grouped = site.kind != "MultiHeadAttention"
    heads = site.whole("num_query_heads" if grouped else "num_heads")
    shared = site.whole("num_key_value_heads") if grouped else heads
    width = site.whole("head_dim" if grouped else "key_dim")
    deep = width if grouped or site.config.get("value_dim") is None else site.whole("value_dim")
    axes = site.config.get("attention_axes")
    rank = {len(site.shape(one)) for one in (query, value, key)}
    if rank != {3} or axes not in (None, 1, [1], [-2]) or shared < 1 or heads % shared:
        raise QuantityError("attends to what are no sequences of vectors, or in heads that do not fit")
    q = _projection(site, query, "query", heads, width)
    k = _projection(site, key, "key", shared, width)
    gate = [_projection(site, query, "gate", heads, deep)] if site.flag("use_gate", False) else []
    v = _projection(site, value, "value", shared, deep)
    mixed, *scores = _attended(site, (q, heads, width), (k, shared, width), (v, shared, deep), "attention")
    if gate:
        gate = [site.free("Sigmoid", gate, site.shape(gate[0]), part="gate_map/activation")]
        mixed = site.free("Mul", [mixed, *gate], site.shape(mixed), part="gated")
    return [_projected_back(site, mixed, site.shape(query)[2], heads, deep), *scores]


def _attended_to(site: Site) -> tuple[str, str, str]:
    """Return the keys of query, value and key, which is the value unless it is given."""
    given = [site.given.keys(name, place) for place, name in enumerate(("query", "value", "key"))]
    if not given[0] or not given[1]:
        raise QuantityError("attends to what is no query and value")
    return given[0][0], given[1][0], (given[2] or given[1])[0]


def _projection(site: Site, key: str, part: str, heads: int, width: int) -> str:
    inputs, steps, n_i = site.shape(key)
    layer = dense(f"{site.name}/{part}", n_i, heads * width, (inputs, steps), "MatMul")
    weights = site.hold(f"{part}/kernel", (n_i, heads, width), WEIGHTS)
    bias = site.hold(f"{part}/bias", (heads, width), BIASES) if site.flag("use_bias", True) else ""
    return site.count(layer, weights, [key], (inputs, steps, heads * width), part=f"{part}_map", bias=bias)


def _projected_back(site: Site, mixed: str, n_o: int, heads: int, deep: int) -> str:
    written = site.config.get("output_shape") or n_o
    out = tuple(written) if isinstance(written, list) else (written,)
    if not all(type(one) is int for one in out):
        raise QuantityError("its output_shape is no shape")
    inputs, steps, _ = site.shape(mixed)
    back = dense(f"{site.name}/attention_output", heads * deep, prod(out), (inputs, steps), "MatMul")
    weights = site.hold("attention_output/kernel", (heads, deep, *out), WEIGHTS)
    bias = site.hold("attention_output/bias", out, BIASES) if site.flag("use_bias", True) else ""
    return site.count(back, weights, [mixed], (inputs, steps, *out), bias=bias)


Heads = tuple[str, int, int]
"""A map of the vectors of several heads: its key, how many there are, and the length of a vector."""


def _attended(site: Site, query: Heads, key: Heads, value: Heads, part: str) -> list[str]:
    """Record the two products of attention; return the key of the result, and of scores where asked for."""
    (q, heads, width), (k, shared, _), (v, _, deep) = query, key, value
    (inputs, steps, _), seen = site.shape(q), site.shape(k)[1]
    of_keys, of_values = (inputs, shared, seen, width), (inputs, shared, seen, deep)
    scores, values = attention(site.name, (inputs, heads, steps, width), of_keys, of_values)
    written, inner = [site.key(part)], (inputs, heads, steps, seen)
    writes: list[Written] = [(written[0], (inputs, steps, heads * deep), site.bits)]
    if site.asked("return_attention_scores", 7):
        written.append(site.key("scores"))
        writes.append((written[1], inner, site.bits))
    counted = [
        Counted(scores, k, (q,), output_shape=inner),
        Counted(values, v, (), (written[0],), input_shape=inner),
    ]
    site.run("Attention", [q, k, v], writes, layers=counted)
    return written


def _attention(site: Site) -> list[str]:
    """Attention: a query, a value and, unless that is the value, a key, multiplied as they are."""
    read = site.given.keys("inputs", 0)
    if len(read) not in (2, 3):
        raise QuantityError("attends to what is no query, value and key")
    query, value, key = site.shape(read[0]), site.shape(read[1]), site.shape(read[-1])
    scores, values = attention(site.name, query, key, value)
    if site.flag("use_scale", False):
        site.hold("scale", (), WEIGHTS)
    if site.text("score_mode", "dot", ("dot", "concat")) == "concat":
        site.hold("concat_score_weight", (), WEIGHTS)
    inner, written = (*query[:-1], key[-2]), [site.key()]
    writes = [(written[0], (*query[:-1], value[-1]), site.bits)]
    if site.asked("return_attention_scores", 3):
        written.append(site.key("scores"))
        writes.append((written[1], inner, site.bits))
    counted = [
        Counted(scores, read[-1], (read[0],), output_shape=inner),
        Counted(values, read[1], (), (written[0],), input_shape=inner),
    ]
    site.run("Attention", site.reads, writes, layers=counted)
    return written


def _product(site: Site) -> list[str]:
    """Matmul, of two maps, or of a map and numbers that the description holds."""
    if len(site.reads) != 2:
        raise QuantityError("multiplies by what is no tensor of the file's description")
    (left, right), (a, b) = site.reads, site.shapes
    held, weights, read = site.found.sides(left, right)
    layer = matrix_product(site.name, a, b, held)
    sizes = product_sizes(a, b, held)
    key, out = site.key(), () if sizes is None else sizes.written
    apart = {"a": len(b) > 2, "b": len(a) > 1}.get(held, min(len(a), len(b)) > 2)  # the batch is in front
    one = Counted(layer, weights, (read,), (key,), batched=apart)
    site.run(layer.op, [read, weights], [(key, out, site.bits)], layers=(one,))
    return [key]


def _dot(site: Site) -> list[str]:
    """Dot: two maps summed over one axis each."""
    if len(site.reads) != 2:
        raise QuantityError("sums what are not two maps")
    a, b = site.shapes
    given = site.config.get("axes")
    chosen = given if isinstance(given, list) else [given, given]
    if len(chosen) != 2 or not all(type(axis) is int for axis in chosen):
        raise QuantityError("its axes are not one or two whole numbers")
    axes = tuple(axis + len(shape) * (axis < 0) for axis, shape in zip(chosen, (a, b), strict=True))
    if not 0 < axes[0] < len(a) or not 0 < axes[1] < len(b) or a[axes[0]] != b[axes[1]]:
        raise QuantityError(f"sums {by(a)} and {by(b)} over axes that do not fit")
    left, right = (
        tuple(length for at, length in enumerate(shape) if at not in (0, axis))
        for shape, axis in zip((a, b), axes, strict=True)
    )
    summed = a[axes[0]]
    layer = matrix_product(site.name, (a[0], prod(left), summed), (a[0], summed, prod(right)))
    return [
        site.count(
            layer, site.reads[1], site.reads[:1], (a[0], *left, *right) if left or right else (a[0], 1)
        )
    ]


SEQUENCES: dict[str, Layer] = {
    **{f"ConvLSTM{axes}D": _convolutional_lstm(axes) for axes in (1, 2, 3)},
    "LSTM": _recurrent("LSTM"),
    "GRU": _recurrent("GRU"),
    "SimpleRNN": _recurrent("RNN"),
    "Bidirectional LSTM": _recurrent("LSTM", directions=2),
    "Bidirectional GRU": _recurrent("GRU", directions=2),
    "Bidirectional SimpleRNN": _recurrent("RNN", directions=2),
    "MultiHeadAttention": _multi_head,
    "GroupQueryAttention": _multi_head,
    "GroupedQueryAttention": _multi_head,
    "Attention": _attention,
    "Dot": _dot,
    "Matmul": _product,
}
"""What records each of them, by its class."""
