"""Numbers of TensorFlow Lite's schema under its own names: fields of each table, and kinds of options.

A flatbuffer tells fields by their place in the table, which a schema never changes.
"""

from __future__ import annotations

from enum import IntEnum


class Model(IntEnum):
    """Fields of a file's outermost table."""

    OPERATOR_CODES, SUBGRAPHS, BUFFERS = 1, 2, 4


class SubGraph(IntEnum):
    """Fields of a graph."""

    TENSORS, INPUTS, OUTPUTS, OPERATORS = range(4)


class Tensor(IntEnum):
    """Fields of a tensor; its signature has -1 for a length that is open."""

    SHAPE, TYPE, BUFFER, NAME = range(4)
    IS_VARIABLE, SPARSITY, SHAPE_SIGNATURE = 5, 6, 7


class Buffer(IntEnum):
    """Fields of what holds a tensor's bytes: those, or where they are behind the flatbuffer."""

    DATA, OFFSET, SIZE = range(3)


class OperatorCode(IntEnum):
    """Fields of a kind of operator; its number moved to a wider field when a byte was full."""

    DEPRECATED_BUILTIN_CODE, CUSTOM_CODE = 0, 1
    BUILTIN_CODE = 3


class Operator(IntEnum):
    """Fields of an operator."""

    OPCODE_INDEX, INPUTS, OUTPUTS, BUILTIN_OPTIONS_TYPE, BUILTIN_OPTIONS = range(5)


class BuiltinOptions(IntEnum):
    """Kinds of an operator's table of options, by the name of the table."""

    Conv2DOptions = 1
    DepthwiseConv2DOptions = 2
    Pool2DOptions = 5
    TransposeConvOptions = 49
    BatchMatMulOptions = 101
    Conv3DOptions = 106


class Conv2DOptions(IntEnum):
    """Options of a convolution; here and below W is columns, H rows and D depth."""

    PADDING, STRIDE_W, STRIDE_H = range(3)
    DILATION_W_FACTOR, DILATION_H_FACTOR = 4, 5


class DepthwiseConv2DOptions(IntEnum):
    """Options of a depthwise one, which has its multiplier before the dilations."""

    PADDING, STRIDE_W, STRIDE_H = range(3)
    DILATION_W_FACTOR, DILATION_H_FACTOR = 5, 6


class Conv3DOptions(IntEnum):
    """Options of a convolution of three axes, transposed or not."""

    PADDING, STRIDE_D, STRIDE_W, STRIDE_H = range(4)
    DILATION_D_FACTOR, DILATION_W_FACTOR, DILATION_H_FACTOR = 5, 6, 7


class TransposeConvOptions(IntEnum):
    """Options of a transposed convolution."""

    PADDING, STRIDE_W, STRIDE_H = range(3)


class Pool2DOptions(IntEnum):
    """Options of a pool."""

    PADDING, STRIDE_W, STRIDE_H, FILTER_WIDTH, FILTER_HEIGHT = range(5)


class FullyConnectedOptions(IntEnum):
    """Options of a fully connected layer."""

    KEEP_NUM_DIMS = 2


class BatchMatMulOptions(IntEnum):
    """Options of a product of matrices: which of the two is transposed."""

    ADJ_X, ADJ_Y = 0, 1


class ReducerOptions(IntEnum):
    """Options of a reduction."""

    KEEP_DIMS = 0


class SpaceToDepthOptions(IntEnum):
    """Options of an operator that moves blocks into channels; those of its inverse are the same."""

    BLOCK_SIZE = 0


class ReshapeOptions(IntEnum):
    """Options of a reshape."""

    NEW_SHAPE = 0


class SqueezeOptions(IntEnum):
    """Options of a squeeze."""

    SQUEEZE_DIMS = 0


class PackOptions(IntEnum):
    """Options of a stack along a new axis."""

    AXIS = 1


class ConcatenationOptions(IntEnum):
    """Options of a concatenation."""

    AXIS = 0


class GatherOptions(IntEnum):
    """Options of a look-up."""

    AXIS = 0


class StridedSliceOptions(IntEnum):
    """Options of a slice: masks with a bit for each axis."""

    BEGIN_MASK, END_MASK, ELLIPSIS_MASK, NEW_AXIS_MASK, SHRINK_AXIS_MASK = range(5)


class UnidirectionalSequenceLSTMOptions(IntEnum):
    """Options of an LSTM over a sequence."""

    TIME_MAJOR = 3


class BidirectionalSequenceLSTMOptions(IntEnum):
    """Options of one in both directions."""

    TIME_MAJOR = 4


class SequenceRNNOptions(IntEnum):
    """Options of a plain recurrent layer over a sequence."""

    TIME_MAJOR = 0


class BidirectionalSequenceRNNOptions(IntEnum):
    """Options of one in both directions."""

    TIME_MAJOR = 0
