"""Keras' layers of sequences as layers: recurrent ones, attention, and products of two maps."""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.assembly import Counted
from sepcost.network.keras.site import Layer, Site, bias_of, pads
from sepcost.network.model import BIASES, WEIGHTS
from sepcost.network.products import (
    GATES,
    attention,
    broadcast,
    convolution,
    dense,
    matrix_product,
    recurrent,
    window_lengths,
)


def _recurrent(op: str, directions: int = 1) -> Layer:
    """LSTM, GRU, SimpleRNN: every step; `Bidirectional` has two directions of one."""

    def note(site: Site) -> list[str]:
        read, units = site.read, site.whole("units")
        if len(read) != 3:
            raise QuantityError(f"reads {by(read)}, which is no sequence of vectors")
        layer = recurrent(site.name, op, read[2], units, read[0] * read[1], directions)
        held = [site.hold("kernel", (directions, read[2], GATES[op] * units), WEIGHTS)]
        held.append(site.hold("recurrent_kernel", (directions, units, GATES[op] * units), WEIGHTS))
        biases = []
        if site.flag("use_bias", True):
            sets = 2 if op == "GRU" and site.flag("reset_after", True) else 1
            biases.append(site.hold("bias", (directions, sets, GATES[op] * units), BIASES))
        width = units * (directions if site.text("merge_mode", "concat") == "concat" else 1)
        out = (read[0], read[1], width) if site.flag("return_sequences", False) else (read[0], width)
        states = [(read[0], units)] * (directions * (2 if op == "LSTM" else 1))
        returned = [out, *(states if site.flag("return_state", False) else [])]
        keys = [site.key(f"state{at}" if at else "") for at in range(len(returned))]
        counted = Counted(layer, held[0], tuple(site.reads[:1]), (keys[0],), tuple(biases))
        writes = [(key, shape, site.bits) for key, shape in zip(keys, returned, strict=True)]
        site.found.run(op, keys[0], [*site.reads, *held, *biases], writes, layers=(counted,))
        return keys

    return note


def _convolutional_lstm(axes: int) -> Layer:
    """ConvLSTM1D to ConvLSTM3D: at each step one convolution of the input, and one of the state."""

    def note(site: Site) -> list[str]:
        read, filters = site.read, site.whole("filters")
        if len(read) != axes + 3:
            raise QuantityError(f"reads {by(read)}, which is no sequence of maps of {axes} axes")
        lengths, n_i = (read[3:], read[2]) if site.channels_first else (read[2:-1], read[-1])
        kernel, stride, dilation = (
            site.wholes(key, axes) for key in ("kernel_size", "strides", "dilation_rate")
        )
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
        key = site.key()
        counted = [
            Counted(first, weights, tuple(site.reads), (), biases, output_shape=(*read[:2], *last[1:])),
            Counted(second, state, (), (key,), input_shape=last),
        ]
        reads = [*site.reads, weights, state, *biases]
        site.found.run("keras.ConvLSTM", key, reads, [(key, shape, site.bits)], layers=counted)
        return [key]

    return note


def _multi_head(site: Site) -> list[str]:
    """MultiHeadAttention, GroupedQueryAttention: projections, two products, and a projection back.

    It reads a query, a value and, unless that is the value, a key: [N, L, C] each.
    """
    query, value, *rest = site.reads if len(site.reads) > 1 else [site.reads[0], site.reads[0]]
    key = rest[0] if rest else value
    grouped = site.kind == "GroupedQueryAttention"
    heads = site.whole("num_query_heads" if grouped else "num_heads")
    shared = site.whole("num_key_value_heads") if grouped else heads
    width = site.whole("head_dim" if grouped else "key_dim")
    deep = width if grouped or site.config.get("value_dim") is None else site.whole("value_dim")
    written = site.config.get("output_shape")
    n_o = (
        written
        if type(written) is int
        else written[-1]
        if isinstance(written, list) and written
        else site.read[-1]
    )
    if any(len(site.shape(one)) != 3 for one in (query, value, key)) or shared < 1 or heads % shared:
        raise QuantityError("attends to what are no sequences of vectors, or in heads that do not fit")
    q = _projection(site, query, "query", heads, width)
    k = _projection(site, key, "key", shared, width)
    v = _projection(site, value, "value", shared, deep)
    steps, seen, inputs = site.shape(query)[1], site.shape(key)[1], site.read[0]
    scores, values = attention(
        site.name, (inputs, heads, steps, width), (inputs, shared, seen, width), (inputs, shared, seen, deep)
    )
    mixed = site.key("attention")
    inner = (inputs, heads, steps, seen)
    counted = [
        Counted(scores, k, (q,), output_shape=inner),
        Counted(values, v, (), (mixed,), input_shape=inner),
    ]
    site.found.run(
        "Attention", mixed, [q, k, v], [(mixed, (inputs, steps, heads * deep), site.bits)], layers=counted
    )
    back = dense(f"{site.name}/attention_output", heads * deep, n_o, (inputs, steps), "MatMul")
    weights = site.hold("attention_output/kernel", (heads, deep, n_o), WEIGHTS)
    bias = site.hold("attention_output/bias", (n_o,), BIASES) if site.flag("use_bias", True) else ""
    return [site.count(back, weights, [mixed], (inputs, steps, n_o), bias=bias)]


def _projection(site: Site, key: str, part: str, heads: int, width: int) -> str:
    inputs, steps, n_i = site.shape(key)
    layer = dense(f"{site.name}/{part}", n_i, heads * width, (inputs, steps), "MatMul")
    weights = site.hold(f"{part}/kernel", (n_i, heads, width), WEIGHTS)
    bias = site.hold(f"{part}/bias", (heads, width), BIASES) if site.flag("use_bias", True) else ""
    return site.count(layer, weights, [key], (inputs, steps, heads * width), part=f"{part}_map", bias=bias)


def _attention(site: Site) -> list[str]:
    """Attention: a query, a value and, unless that is the value, a key, multiplied as they are."""
    query, value, *rest = site.shapes
    key = rest[0] if rest else value
    scores, values = attention(site.name, query, key, value)
    out, inner = (*query[:-1], value[-1]), (*query[:-1], key[-2])
    written = site.key()
    counted = [
        Counted(scores, site.reads[-1], (site.reads[0],), output_shape=inner),
        Counted(values, site.reads[1], (), (written,), input_shape=inner),
    ]
    site.found.run("Attention", written, site.reads, [(written, out, site.bits)], layers=counted)
    return [written]


def _product(site: Site) -> list[str]:
    """Matmul, of two maps."""
    if len(site.reads) < 2:
        raise QuantityError("multiplies by numbers that are not in the file's description")
    a, b = site.shapes[:2]
    layer = matrix_product(site.name, a, b)
    out = (*(broadcast(a[:-2], b[:-2]) or ()), *a[-2:-1], *b[-1:])
    return [site.count(layer, site.reads[1], site.reads[:1], out)]


def _dot(site: Site) -> list[str]:
    """Dot: two maps summed over one axis each."""
    a, b = site.shapes[:2]
    axes = site.wholes("axes", 2) if site.config.get("axes") != -1 else (len(a) - 1, len(b) - 1)
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
    "GroupedQueryAttention": _multi_head,
    "Attention": _attention,
    "Dot": _dot,
    "Matmul": _product,
}
"""What records each of them, by its class."""
