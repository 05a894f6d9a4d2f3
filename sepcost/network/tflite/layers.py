"""TensorFlow Lite's counted operators as layers: their sizes, checked before anything is computed from them.

Maps are [N, L..., C]. A name is that of the weights, or of the output where those have none of their own.
"""

from __future__ import annotations

from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by, several
from sepcost.network.layer import NetworkLayer
from sepcost.network.products import Padding, convolution, dense, embedding, matrix_product, window_lengths
from sepcost.network.shape_rules import Shape, check_elements, check_output, other_output
from sepcost.network.step import Counted
from sepcost.network.tflite import schema
from sepcost.network.tflite.flatbuffer import Table
from sepcost.network.tflite.operands import Counter, Operands, padding_of
from sepcost.network.tflite.recurrent import RECURRENT
from sepcost.network.tflite.schema import BuiltinOptions as Kind


def _convolution(depthwise: bool = False) -> Counter:
    """Return what counts CONV_2D, weights [N_o, F..., N_i / groups], or DEPTHWISE_CONV_2D, [1, F..., N_o]."""
    fields = schema.DepthwiseConv2DOptions if depthwise else schema.Conv2DOptions
    kind = Kind.DepthwiseConv2DOptions if depthwise else Kind.Conv2DOptions

    def count(of: Operands) -> tuple[Counted, ...]:
        x, w, options = of.shape(0), of.shape(1), of.options(kind)
        if len(x) != 4 or len(w) != 4:
            raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which are no maps of four dimensions")
        stride = _wholes(options, fields.STRIDE_H, fields.STRIDE_W)
        dilation = _wholes(options, fields.DILATION_H_FACTOR, fields.DILATION_W_FACTOR, default=1)
        n_o, groups = (w[3], x[3]) if depthwise else (w[0], x[3] // (w[3] or 1))
        if not depthwise and groups * w[3] != x[3]:
            raise QuantityError(f"reads {several(x[3], 'channel')}, but its weights {by(w)} want {w[3]}")
        sizes = window_lengths(x[1:3], w[1:3], stride, dilation, _pads(options, 2))
        check_output(of.written, (x[0], *sizes, n_o))
        layer = convolution(of.name(of.key(1)), x[3], n_o, w[1:3], (x[0], *sizes), stride, dilation, groups)
        return (_of_maps(of, layer, 0, of.biases(2)),)

    return count


def _of_maps(of: Operands, layer: NetworkLayer, image: int, biases: tuple[str, ...]) -> Counted:
    """Return a convolution of the maps in one operand, which keeps inputs apart only in front of them."""
    batched = of.axes[image] == 0 and of.found.held(of.key(1))  # filters of one input are no other's
    return Counted(layer, of.key(1), (of.key(image),), (of.out,), biases, batched=batched)


def _convolution_3d(of: Operands) -> tuple[Counted, ...]:
    """CONV_3D, weights [F..., N_i, N_o]."""
    x, w, options = of.shape(0), of.shape(1), of.options(Kind.Conv3DOptions)
    if len(x) != 5 or len(w) != 5 or w[3] == 0 or x[4] % w[3]:
        raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which do not fit each other")
    fields = schema.Conv3DOptions
    stride = _wholes(options, fields.STRIDE_D, fields.STRIDE_H, fields.STRIDE_W)
    dilations = (fields.DILATION_D_FACTOR, fields.DILATION_H_FACTOR, fields.DILATION_W_FACTOR)
    dilation = _wholes(options, *dilations, default=1)
    sizes = window_lengths(x[1:4], w[:3], stride, dilation, _pads(options, 3))
    check_output(of.written, (x[0], *sizes, w[4]))
    groups = x[4] // w[3]
    layer = convolution(of.name(of.key(1)), x[4], w[4], w[:3], (x[0], *sizes), stride, dilation, groups)
    return (_of_maps(of, layer, 0, of.biases(2)),)


def _transposed(axes: int) -> Counter:
    """Return what counts TRANSPOSE_CONV, weights [N_o, F..., N_i], or CONV_3D_TRANSPOSE, [F..., N_o, N_i].

    It reads the shape that it is to write, its weights, then its input.
    """
    plane, space = schema.TransposeConvOptions, schema.Conv3DOptions
    in_plane, in_space = (plane.STRIDE_H, plane.STRIDE_W), (space.STRIDE_D, space.STRIDE_H, space.STRIDE_W)

    def count(of: Operands) -> tuple[Counted, ...]:
        x, w = of.shape(2), of.shape(1)
        if len(x) != axes + 2 or len(w) != axes + 2 or w[-1] != x[-1]:
            raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which do not fit each other")
        options = of.options(Kind.TransposeConvOptions if axes == 2 else Kind.Conv3DOptions)
        stride = _wholes(options, *(in_plane if axes == 2 else in_space))
        n_o, kernel = (w[0], w[1:3]) if axes == 2 else (w[3], w[:3])
        if of.written is not None and of.written[-1:] != (n_o,):
            raise other_output(several(n_o, "channel"), of.written)
        layer = convolution(of.name(of.key(1)), x[-1], n_o, kernel, x[:-1], stride, op="ConvTranspose")
        return (_of_maps(of, layer, 2, of.biases(3)),)

    return count


def _fully_connected(of: Operands) -> tuple[Counted, ...]:
    """FULLY_CONNECTED: all that it reads in rows of N_i, weights [N_o, N_i]."""
    x, w = of.shape(0), of.shape(1)
    if len(w) != 2 or 0 in w or prod(x) % w[1]:
        raise QuantityError(f"reads {by(x)} and weights of {by(w)}, which do not fit each other")
    rows = prod(x) // w[1]
    check_elements(of.written, rows * w[0])
    layer = dense(of.name(of.key(1)), w[1], w[0], x[:-1] if x[-1:] == w[1:] else (rows,))
    # Else it sums over its inputs, or multiplies each by what may be others.
    batched = of.axes[0] < max(len(x) - 1, 1) and of.found.held(of.key(1))
    return (Counted(layer, of.key(1), (of.key(0),), (of.out,), of.biases(2), batched=batched),)


def _batch_matmul(of: Operands) -> tuple[Counted, ...]:
    a, b, options = of.shape(0), of.shape(1), of.call.options
    summed = [len(a) - 1, len(b) - 2]
    if options is not None and of.call.kind == Kind.BatchMatMulOptions:
        if options.byte(schema.BatchMatMulOptions.ADJ_X):
            a, summed[0] = (*a[:-2], *a[:-3:-1]), len(a) - 2
        if options.byte(schema.BatchMatMulOptions.ADJ_Y):
            b, summed[1] = (*b[:-2], *b[:-3:-1]), len(b) - 1
    held, weights, reads = of.found.sides(of.key(0), of.key(1))
    layer = matrix_product(of.name(weights), a, b, held)
    check_elements(of.written, layer.positions * layer.n_o)
    matrices = layer.positions // (1, *a)[-2]
    around = all(axis < len(shape) - 2 for axis, shape in zip(of.axes, (a, b), strict=False))
    if held:
        map_ = 1 if held == "a" else 0
        batched = of.axes[map_] != summed[map_]  # else it sums over its inputs
    else:
        batched = around and matrices % of.found.batch == 0  # else its inputs meet in one matrix
    return (Counted(layer, weights, (reads,), (of.out,), batched=batched),)


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
    return [padding_of(options)] * axes


def _wholes(options: Table, *fields: int, default: int = 0) -> Shape:
    return tuple(options.whole(field, default) for field in fields)


COUNTERS: dict[str, Counter] = {
    "CONV_2D": _convolution(),
    "DEPTHWISE_CONV_2D": _convolution(depthwise=True),
    "CONV_3D": _convolution_3d,
    "TRANSPOSE_CONV": _transposed(2),
    "CONV_3D_TRANSPOSE": _transposed(3),
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "EMBEDDING_LOOKUP": _lookup(1, 0),
    "GATHER": _lookup(0, 1),
    **RECURRENT,
}
"""What counts each operator as layers."""
