"""TensorFlow Lite's counted operators as layers: their sizes, checked before anything is computed from them.

Maps are [N, L..., C]. A name is that of the weights, or of the output where those have none of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.assembly import Assembly, Counted
from sepcost.network.model import NetworkLayer
from sepcost.network.products import (
    Padding,
    Shape,
    convolution,
    dense,
    embedding,
    matrix_product,
    recurrent,
    window_lengths,
)
from sepcost.network.tflite.flatbuffer import Table
from sepcost.network.tflite.model import Call

_STORED = {"conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv2dbackpropinput", "separable_conv2d"}
_STORED |= {"depthwise", "matmul", "kernel", "weight", "weights", "readvariableop"}
"""What TensorFlow adds to a layer's name for its weights, or for the operator in it."""

_MADE_UP = ("arith.constant", "tfl.", "Const", "constant")
"""How names begin that a converter has made up."""


class Operands(NamedTuple):
    """What an operator reads and writes.

    keys: of its inputs, None for one that is left out. out: of its first output. written: that one's shape.
    """

    call: Call
    found: Assembly
    keys: tuple[str | None, ...]
    out: str
    written: Shape | None

    def key(self, number: int) -> str:
        """Return the key of an input that has to be there."""
        key = self.optional(number)
        if key is None:
            raise QuantityError(f"lacks its input {number}")
        return key

    def optional(self, number: int) -> str | None:
        """Return the key of an input, None where it is left out."""
        return self.keys[number] if number < len(self.keys) else None

    def shape(self, number: int) -> Shape:
        """Return the shape of an input."""
        shape = self.found.shape(self.key(number))
        if shape is None:
            raise QuantityError(f"the size of its input {self.key(number)} cannot be resolved")
        return shape

    def name(self, weights: str | None) -> str:
        """Return a layer's name."""
        own = self.found.parameter_name(weights) if weights is not None and self.found.held(weights) else ""
        for candidates in (own, self.out):
            parts = [part for part in candidates.split(";") if part and not part.startswith(_MADE_UP)]
            authored = next(filter(None, map(_authored, parts)), None)
            if authored or parts:
                return authored or parts[0]
        return self.out

    def biases(self, number: int) -> tuple[str, ...]:
        """Return the key of the biases, alone, or none."""
        key = self.optional(number)
        return (key,) if key is not None and self.found.held(key) else ()

    def options(self, kind: int) -> Table:
        """Return the table of options, which must be of a kind."""
        if self.call.options is None or self.call.kind != kind:
            raise QuantityError("lacks its options")
        return self.call.options


def _authored(name: str) -> str | None:
    """Return what its author calls the layer that a tensor is named after, None where that is not told.

    >>> _authored("model/conv2d/Conv2D1_dequantize")
    'model/conv2d'
    """
    parts = name.split("/")
    for at in range(len(parts) - 1, 0, -1):
        bare = parts[at].lower().partition("_dequantize")[0].rstrip("0123456789")
        if bare in _STORED or parts[at].lower() in _STORED:
            return "/".join(parts[:at])
    return None


Counter = Callable[[Operands], tuple[Counted, ...]]


def _convolution(kind: int, depthwise: bool = False) -> Counter:
    """Return what counts CONV_2D, weights [N_o, F..., N_i / groups], or DEPTHWISE_CONV_2D, [1, F..., N_o]."""

    def count(of: Operands) -> tuple[Counted, ...]:
        x, w, options = of.shape(0), of.shape(1), of.options(kind)
        if len(x) != 4 or len(w) != 4:
            raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which are no maps of four dimensions")
        first = 5 if depthwise else 4
        stride, dilation = _pair(options, 2), _pair(options, first + 1, default=1)
        n_o, groups = (w[3], x[3]) if depthwise else (w[0], x[3] // (w[3] or 1))
        if not depthwise and groups * w[3] != x[3]:
            raise QuantityError(f"reads {x[3]} channels, but its weights {by(w)} want {w[3]}")
        sizes = window_lengths(x[1:3], w[1:3], stride, dilation, _pads(options, 2))
        _agree(of.written, (x[0], *sizes, n_o))
        layer = convolution(of.name(of.key(1)), x[3], n_o, w[1:3], (x[0], *sizes), stride, dilation, groups)
        return (Counted(layer, of.key(1), (of.key(0),), (of.out,), of.biases(2)),)

    return count


def _convolution_3d(of: Operands) -> tuple[Counted, ...]:
    """CONV_3D, weights [F..., N_i, N_o]."""
    x, w, options = of.shape(0), of.shape(1), of.options(106)
    if len(x) != 5 or len(w) != 5 or w[3] == 0 or x[4] % w[3]:
        raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which do not fit each other")
    stride, dilation = _triple(options, 1), _triple(options, 5)
    sizes = window_lengths(x[1:4], w[:3], stride, dilation, _pads(options, 3))
    _agree(of.written, (x[0], *sizes, w[4]))
    groups = x[4] // w[3]
    layer = convolution(of.name(of.key(1)), x[4], w[4], w[:3], (x[0], *sizes), stride, dilation, groups)
    return (Counted(layer, of.key(1), (of.key(0),), (of.out,), of.biases(2)),)


def _transposed(axes: int) -> Counter:
    """Return what counts TRANSPOSE_CONV, weights [N_o, F..., N_i], or CONV_3D_TRANSPOSE, [F..., N_o, N_i].

    It reads the shape that it is to write, its weights, then its input.
    """

    def count(of: Operands) -> tuple[Counted, ...]:
        x, w = of.shape(2), of.shape(1)
        if len(x) != axes + 2 or len(w) != axes + 2 or w[-1] != x[-1]:
            raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which do not fit each other")
        options = of.options(49 if axes == 2 else 106)
        stride = _pair(options, 2) if axes == 2 else _triple(options, 1)
        n_o, kernel = (w[0], w[1:3]) if axes == 2 else (w[3], w[:3])
        if of.written is not None and of.written[-1:] != (n_o,):
            raise QuantityError(f"its sizes make {n_o} channels, but its output is {by(of.written)}")
        layer = convolution(of.name(of.key(1)), x[-1], n_o, kernel, x[:-1], stride, op="ConvTranspose")
        return (Counted(layer, of.key(1), (of.key(2),), (of.out,), of.biases(3)),)

    return count


def _fully_connected(of: Operands) -> tuple[Counted, ...]:
    """FULLY_CONNECTED: all that it reads in rows of N_i, weights [N_o, N_i]."""
    x, w = of.shape(0), of.shape(1)
    if len(w) != 2 or 0 in w or prod(x) % w[1]:
        raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which do not fit each other")
    rows = prod(x) // w[1]
    _agree_elements(of.written, rows * w[0])
    layer = dense(of.name(of.key(1)), w[1], w[0], x[:-1] if x[-1:] == w[1:] else (rows,))
    return (Counted(layer, of.key(1), (of.key(0),), (of.out,), of.biases(2)),)


def _batch_matmul(of: Operands) -> tuple[Counted, ...]:
    a, b, options = of.shape(0), of.shape(1), of.call.options
    if options is not None and of.call.kind == 101:
        a = (*a[:-2], *a[:-3:-1]) if options.byte(0) else a
        b = (*b[:-2], *b[:-3:-1]) if options.byte(1) else b
    held = "b" if of.found.held(of.key(1)) else "a" if of.found.held(of.key(0)) else ""
    weights, reads = (of.key(0), of.key(1)) if held == "a" else (of.key(1), of.key(0))
    layer = matrix_product(of.name(weights), a, b, held)
    _agree_elements(of.written, layer.positions * layer.n_o)
    batched = bool(held) or min(len(a), len(b)) > 2
    return (Counted(layer, weights, (reads,), (of.out,), batched=batched),)


def _lstm(start: int = 1, biases: int = 12, projection: int = 16) -> Callable[[Operands, str], list[Counted]]:
    """Return what counts one direction of an LSTM whose weights begin at an input."""

    def count(of: Operands, suffix: str) -> list[Counted]:
        read, w_i, w_h = of.shape(0), of.shape(start + 1), of.shape(start + 5)
        gates = 3 if of.optional(start) is None else 4
        if len(w_i) != 2 or len(w_h) != 2 or read[-1:] != w_i[1:] or w_h[0] != w_i[0]:
            raise QuantityError(f"its weights, {by(w_i)} and {by(w_h)}, are not those of its gates")
        name, steps = of.name(of.key(start + 1)) + suffix, prod(read[:-1])
        layer = recurrent(name, "LSTM", w_i[1], w_i[0], steps, state=w_h[1], gates=gates)
        added = tuple(key for number in range(biases, biases + 4) for key in of.biases(number))
        counted = [Counted(layer, of.key(start + 1), (of.key(0),), (of.out,), added)]
        if of.optional(projection) is not None:
            n_o, n_i = of.shape(projection)
            project = NetworkLayer(f"{name}/projection", "LSTM", n_i, n_o, steps)
            counted.append(Counted(project, of.key(projection), biases=of.biases(projection + 1)))
        return counted

    return count


def _unidirectional_lstm(of: Operands) -> tuple[Counted, ...]:
    if of.call.operator == "LSTM" and len(of.keys) == 5:
        return _basic_lstm(of)
    return tuple(_lstm()(of, ""))


def _bidirectional_lstm(of: Operands) -> tuple[Counted, ...]:
    forward, backward = _lstm()(of, "/forward"), _lstm(18, 29, 33)(of, "/backward")
    return (*forward, *backward)


def _basic_lstm(of: Operands) -> tuple[Counted, ...]:
    """One step, its weights [4 N_h, N_i + N_h] in one."""
    read, w = of.shape(0), of.shape(2)
    if len(w) != 2 or w[0] % 4 or w[1] <= w[0] // 4:
        raise QuantityError(f"its weights, {by(w)}, are not those of four gates")
    n_h = w[0] // 4
    layer = recurrent(of.name(of.key(2)), "LSTM", w[1] - n_h, n_h, prod(read[:-1]))
    return (Counted(layer, of.key(2), (of.key(0),), (of.out,), of.biases(3)),)


def _rnn(*starts: int) -> Counter:
    """Return what counts an RNN: its weights, its state's and biases begin at an input a direction."""

    def count(of: Operands) -> tuple[Counted, ...]:
        counted = []
        for start in starts:
            read, w = of.shape(0), of.shape(start)
            if len(w) != 2 or of.shape(start + 1) != (w[0], w[0]) or read[-1:] != w[1:]:
                raise QuantityError(f"its weights, {by(w)}, are not those of its input and state")
            side = "" if len(starts) == 1 else "/forward" if start == starts[0] else "/backward"
            name = of.name(of.key(start)) + side
            layer = recurrent(name, "RNN", w[1], w[0], prod(read[:-1]))
            counted.append(Counted(layer, of.key(start), (of.key(0),), (of.out,), of.biases(start + 2)))
        return tuple(counted)

    return count


def _svdf(of: Operands) -> tuple[Counted, ...]:
    """SVDF: each filter reads the features of one step, then its own memory of them."""
    x, feature, time = of.shape(0), of.shape(1), of.shape(2)
    if len(feature) != 2 or len(time) != 2 or feature[0] != time[0] or x[-1:] != feature[1:]:
        raise QuantityError(f"its weights, {by(feature)} and {by(time)}, do not fit what it reads, {by(x)}")
    name, rows = of.name(of.key(1)), x[:-1]
    features = dense(f"{name}/feature", feature[1], feature[0], rows)
    memory = convolution(f"{name}/time", time[0], time[0], time[1:], rows, groups=time[0])
    return (
        Counted(features, of.key(1), (of.key(0),)),
        Counted(memory, of.key(2), (), (of.out,), of.biases(3)),
    )


def _lookup(table: int, indices: int) -> Counter:
    """Return what counts rows picked from a held table; others are only moved."""

    def count(of: Operands) -> tuple[Counted, ...]:
        rows = of.shape(table)
        if not of.found.held(of.key(table)) or of.found.held(of.key(indices)) or len(rows) != 2:
            return ()
        layer = embedding(of.name(of.key(table)), *rows)
        return (Counted(layer, of.key(table), (of.key(indices),), (of.out,)),)

    return count


def _pads(options: Table, axes: int) -> list[Padding]:
    return [None if options.byte(0) == 0 else (0, 0)] * axes


def _pair(options: Table, rows: int, default: int = 0) -> Shape:
    """Return rows and columns, of which the file has the columns first."""
    return options.whole(rows, default), options.whole(rows - 1, default)


def _triple(options: Table, first: int) -> Shape:
    """Return depth, rows and columns, of which the file has the columns before the rows."""
    default = 1 if first > 1 else 0
    depth, columns, rows = (options.whole(first + at, default) for at in range(3))
    return depth, rows, columns


def _agree(stated: Shape | None, computed: Shape) -> None:
    if stated is not None and stated != computed:
        raise QuantityError(f"its sizes make {by(computed)}, but its output is {by(stated)}")


def _agree_elements(stated: Shape | None, computed: int) -> None:
    if stated is not None and prod(stated) != computed:
        raise QuantityError(f"its sizes make {computed} elements, but its output is {by(stated)}")


COUNTERS: dict[str, Counter] = {
    "CONV_2D": _convolution(1),
    "DEPTHWISE_CONV_2D": _convolution(2, depthwise=True),
    "CONV_3D": _convolution_3d,
    "TRANSPOSE_CONV": _transposed(2),
    "CONV_3D_TRANSPOSE": _transposed(3),
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _unidirectional_lstm,
    "LSTM": _unidirectional_lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _bidirectional_lstm,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _rnn(1),
    "RNN": _rnn(1),
    "BIDIRECTIONAL_SEQUENCE_RNN": _rnn(1, 5),
    "SVDF": _svdf,
    "EMBEDDING_LOOKUP": _lookup(1, 0),
    "GATHER": _lookup(0, 1),
}
"""What counts each operator as layers."""
