"""What shapes operators write that work number by number, or sum along axes."""

from __future__ import annotations

from sepcost.network.onnx.shapes import Call, Shapes, joint, shapes, summed_axes
from sepcost.network.shape_rules import axis_of, reduced


@shapes(
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Bernoulli", "BitCast", "BitwiseNot",
    "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "CumSum", "DequantizeLinear",
    "Dropout", "Elu", "Erf", "Exp",
    "EyeLike", "Floor", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
    "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LeakyRelu", "Log", "LogSoftmax", "LpNormalization",
    "MeanVarianceNormalization", "Mish", "Neg", "Not", "PRelu", "QuantizeLinear", "RMSNormalization",
    "RandomNormalLike", "RandomUniformLike", "Reciprocal", "Relu", "ReverseSequence", "RotaryEmbedding",
    "Round", "Scatter", "ScatterElements", "ScatterND", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh",
    "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "TensorScatter", "ThresholdedRelu",
    "Trilu",
)  # fmt: skip
def like_the_first(call: Call) -> Shapes:
    """Return the shape of the first input for each output."""
    return [call.lengths(0)] * max(call.outputs, 1)


@shapes(
    "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater",
    "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul", "Or", "Pow", "Sub", "Sum",
    "Where", "Xor",
)  # fmt: skip
def _broadcasting(call: Call) -> Shapes:
    if call.version < 7 and len(call.inputs) == 2:  # then the second was broadcast along any axis, if at all
        return [call.lengths(0)]
    return [joint(*(None if one is None else one.lengths for one in call.inputs))]


@shapes("DynamicQuantizeLinear")
def _dynamic_quantize(call: Call) -> Shapes:
    return [call.lengths(0), (), ()]


@shapes("BatchNormalization")
def _batch_normalization(call: Call) -> Shapes:
    channels = call.lengths(1)
    return [call.lengths(0), *[channels] * (call.outputs - 1)]


@shapes("LayerNormalization")
def _layer_normalization(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    axis = axis_of(call.attributes.whole("axis", -1), len(x))
    mean = (*x[:axis], *(1,) * (len(x) - axis))
    return [x, mean, mean]


@shapes("SwiGLU")
def _gated(call: Call) -> Shapes:
    if call.lengths(1) is not None:
        return [joint(call.lengths(0), call.lengths(1))]
    x = call.lengths(0)
    return [None if not x or x[-1] is None else (*x[:-1], x[-1] // 2)]


@shapes(
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "ReduceSumSquare", "ArgMax", "ArgMin",
)  # fmt: skip
def _reduce(call: Call) -> Shapes:
    x = call.lengths(0)
    axes = None if x is None else summed_axes(call, len(x))
    if x is None or axes is None:
        return []
    return [reduced(x, axes, call.attributes.whole("keepdims", 1) != 0)]
