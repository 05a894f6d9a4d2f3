"""Sizes of maps that the file does not state, or at another input shape, followed operator by operator.

Where nothing is open or differs from the file, its own sizes hold and nothing here is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.products import window_lengths
from sepcost.network.shape_rules import axis_of, broadcast, joint, reduced
from sepcost.network.tflite import schema
from sepcost.network.tflite.model import Call, Known
from sepcost.network.tflite.operands import padding_of
from sepcost.network.tflite.operators import POOLS, REDUCTIONS, RESIZES
from sepcost.network.tflite.parts import PARTS, Follow, given, options_of


def follow(call: Call, reads: Sequence[Known]) -> list[Known]:
    """Return what an operator writes; QuantityError where that cannot be told, or cannot be."""
    rule = _RULES.get(call.operator)
    if rule is None:
        raise QuantityError("what it writes cannot be followed at this input shape")
    try:
        written = rule(call, reads)
    except (IndexError, TypeError, ZeroDivisionError, ValueError) as error:
        if isinstance(error, QuantityError):
            raise
        raise QuantityError("its operands do not fit each other at this input shape") from None
    if any(length < 0 for known in written for length in known.shape):
        raise QuantityError("its operands do not fit each other at this input shape")
    return written


def _same(_: Call, reads: Sequence[Known]) -> list[Known]:
    return [reads[0]]


def _elementwise(number: Callable[[int, int], int] | None = None) -> Follow:
    """Return the rule of an operator on two tensors; `number` is what it does to whole numbers."""

    def rule(_: Call, reads: Sequence[Known]) -> list[Known]:
        shape = joint([known.shape for known in reads])
        a, b = (known.numbers for known in reads[:2]) if len(reads) == 2 else (None, None)
        if number is None or a is None or b is None or len(shape) > 1:
            return [Known(shape)]
        count = prod(shape)
        spread = ((a * count)[:count], (b * count)[:count]) if 1 in (len(a), len(b)) else (a, b)
        return [Known(shape, tuple(number(x, y) for x, y in zip(*spread, strict=True)))]

    return rule


def _convolution(fields: type[schema.Conv2DOptions] | type[schema.DepthwiseConv2DOptions]) -> Follow:
    """Return the rule of a convolution, whose options have those fields."""

    def rule(call: Call, reads: Sequence[Known]) -> list[Known]:
        x, w, options = reads[0].shape, reads[1].shape, options_of(call)
        n_o = w[3] if fields is schema.DepthwiseConv2DOptions else w[0]
        stride = options.whole(fields.STRIDE_H), options.whole(fields.STRIDE_W)
        dilation = options.whole(fields.DILATION_H_FACTOR, 1), options.whole(fields.DILATION_W_FACTOR, 1)
        sizes = window_lengths(x[1:3], w[1:3], stride, dilation, [padding_of(options)] * 2)
        return [Known((x[0], *sizes, n_o))]

    return rule


def _pool(call: Call, reads: Sequence[Known]) -> list[Known]:
    x, options, fields = reads[0].shape, options_of(call), schema.Pool2DOptions
    kernel = options.whole(fields.FILTER_HEIGHT), options.whole(fields.FILTER_WIDTH)
    stride = options.whole(fields.STRIDE_H), options.whole(fields.STRIDE_W)
    sizes = window_lengths(x[1:3], kernel, stride, (1, 1), [padding_of(options)] * 2)
    return [Known((x[0], *sizes, x[3]))]


def _fully_connected(call: Call, reads: Sequence[Known]) -> list[Known]:
    x, (n_o, n_i) = reads[0].shape, reads[1].shape
    if call.options is not None and call.options.byte(schema.FullyConnectedOptions.KEEP_NUM_DIMS):
        return [Known((*x[:-1], n_o))]
    return [Known((prod(x) // n_i, n_o))]


def _batch_matmul(call: Call, reads: Sequence[Known]) -> list[Known]:
    a, b = reads[0].shape, reads[1].shape
    fields = schema.BatchMatMulOptions
    turned = [0 if call.options is None else call.options.byte(one) for one in (fields.ADJ_X, fields.ADJ_Y)]
    rows, columns = a[-1 if turned[0] else -2], b[-2 if turned[1] else -1]
    around = broadcast(a[:-2], b[:-2])
    if around is None:
        raise QuantityError(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    return [Known((*around, rows, columns))]


def _to_written_shape(at: int) -> Follow:
    """Return the rule of an operator that is given the shape that it writes."""

    def rule(_: Call, reads: Sequence[Known]) -> list[Known]:
        return [Known(given(reads[at]))]

    return rule


def _pad(_: Call, reads: Sequence[Known]) -> list[Known]:
    shape, pads = reads[0].shape, given(reads[1])
    around = zip(shape, pads[::2], pads[1::2], strict=True)
    return [Known(tuple(length + before + after for length, before, after in around))]


def _reduce(call: Call, reads: Sequence[Known]) -> list[Known]:
    shape, numbers = reads[0].shape, reads[0].numbers
    axes = {axis_of(axis, len(shape)) for axis in given(reads[1])}
    keeps = call.options is not None and call.options.byte(schema.ReducerOptions.KEEP_DIMS) != 0
    written = reduced(shape, axes, keeps)
    whole = call.operator == "REDUCE_PROD" and numbers is not None and len(axes) == len(shape)
    return [Known(written, (prod(numbers or ()),) if whole else None)]


def _arg(_: Call, reads: Sequence[Known]) -> list[Known]:
    return [Known(reduced(reads[0].shape, [given(reads[1])[0]]))]


def _transpose(_: Call, reads: Sequence[Known]) -> list[Known]:
    return [Known(tuple(reads[0].shape[axis] for axis in given(reads[1])))]


def _resize(_: Call, reads: Sequence[Known]) -> list[Known]:
    n, _rows, _columns, channels = reads[0].shape
    rows, columns = given(reads[1])
    return [Known((n, rows, columns, channels))]


def _rfft2d(_: Call, reads: Sequence[Known]) -> list[Known]:
    rows, columns = given(reads[1])
    return [Known((*reads[0].shape[:-2], rows, columns // 2 + 1))]


def _blocks(deeper: bool) -> Follow:
    def rule(call: Call, reads: Sequence[Known]) -> list[Known]:
        n, rows, columns, channels = reads[0].shape
        block = options_of(call).whole(schema.SpaceToDepthOptions.BLOCK_SIZE)
        if deeper:
            return [Known((n, rows // block, columns // block, channels * block * block))]
        return [Known((n, rows * block, columns * block, channels // (block * block)))]

    return rule


def _tile(_: Call, reads: Sequence[Known]) -> list[Known]:
    return [Known(tuple(a * b for a, b in zip(reads[0].shape, given(reads[1]), strict=True)))]


_KEPT = (
    "ABS CAST CEIL COS DEQUANTIZE ELU EXP FAKE_QUANT FLOOR GELU HARD_SWISH L2_NORMALIZATION LEAKY_RELU "
    "LOCAL_RESPONSE_NORMALIZATION LOG LOGICAL_NOT LOGISTIC LOG_SOFTMAX NEG QUANTIZE RELU RELU6 RELU_0_TO_1 "
    "RELU_N1_TO_1 REVERSE_V2 ROUND RSQRT SIGN SIN SOFTMAX SQRT SQUARE TANH ZEROS_LIKE CUMSUM"
)
_BROADCAST = (
    "DIV EQUAL FLOOR_MOD GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND LOGICAL_OR NOT_EQUAL POW PRELU "
    "SELECT SELECT_V2 SQUARED_DIFFERENCE ADD_N ATAN2"
)

_RULES: dict[str, Follow] = {
    **PARTS,
    **dict.fromkeys(_KEPT.split(), _same),
    **dict.fromkeys(_BROADCAST.split(), _elementwise()),
    "ADD": _elementwise(lambda a, b: a + b),
    "SUB": _elementwise(lambda a, b: a - b),
    "MUL": _elementwise(lambda a, b: a * b),
    "FLOOR_DIV": _elementwise(lambda a, b: a // b),
    "MAXIMUM": _elementwise(max),
    "MINIMUM": _elementwise(min),
    "CONV_2D": _convolution(schema.Conv2DOptions),
    "DEPTHWISE_CONV_2D": _convolution(schema.DepthwiseConv2DOptions),
    **dict.fromkeys(POOLS, _pool),
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "TRANSPOSE_CONV": _to_written_shape(0),
    "BROADCAST_TO": _to_written_shape(1),
    "FILL": _to_written_shape(0),
    **dict.fromkeys(("PAD", "PADV2", "MIRROR_PAD"), _pad),
    **dict.fromkeys(REDUCTIONS, _reduce),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), _arg),
    "TRANSPOSE": _transpose,
    **dict.fromkeys(RESIZES, _resize),
    "RFFT2D": _rfft2d,
    "SPACE_TO_DEPTH": _blocks(deeper=True),
    "DEPTH_TO_SPACE": _blocks(deeper=False),
    "TILE": _tile,
}
"""What each operator writes, by its name in the schema."""
