"""Which ONNX operators are known to cost nothing that is counted.

An operator of the standard domain that is neither counted nor here is opaque, as is every operator of
another domain: a new or unknown one is never taken for free.
"""

from __future__ import annotations

_ELEMENTWISE = """
    Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast
    CastLike Ceil Celu Clip Cos Cosh DequantizeLinear Div Dropout DynamicQuantizeLinear Elu Equal Erf Exp
    Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish IsInf IsNaN LeakyRelu Less LessOrEqual Log Max
    Mean Min Mish Mod Mul Neg Not Or PRelu Pow QuantizeLinear Reciprocal Relu RotaryEmbedding Round Selu
    Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum SwiGLU Swish Tan Tanh ThresholdedRelu Trilu
    Where Xor
"""
_SHAPE = """
    BitCast CenterCropPad Compress Concat ConcatFromSequence Constant ConstantOfShape DepthToSpace Expand
    EyeLike Flatten Gather GatherElements GatherND Identity NonZero OneHot Optional OptionalGetElement
    OptionalHasElement Pad RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range Reshape
    Resize ReverseSequence Scatter ScatterElements ScatterND SequenceAt SequenceConstruct SequenceEmpty
    SequenceErase SequenceInsert SequenceLength Shape Size Slice SpaceToDepth Split SplitToSequence Squeeze
    TensorScatter Tile Transpose Unsqueeze Upsample
"""
_POOLING = """
    ArgMax ArgMin AveragePool GlobalAveragePool GlobalLpPool GlobalMaxPool LpPool MaxPool MaxRoiPool
    MaxUnpool ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
    ReduceSum ReduceSumSquare RoiAlign
"""
_NORMALIZATION = """
    BatchNormalization GroupNormalization Hardmax InstanceNormalization LRN LayerNormalization LogSoftmax
    LpNormalization MeanVarianceNormalization RMSNormalization Softmax
"""

FREE = frozenset((_ELEMENTWISE + _SHAPE + _POOLING + _NORMALIZATION).split())
"""Elementwise, shape, pooling (reductions too) and normalization."""

RANDOM = frozenset(
    ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"]
)
"""What these give differs from run to run: nothing learned comes out of them."""

KEEPS_NUMBERS = frozenset(
    [
        "Cast",
        "CastLike",
        "DequantizeLinear",
        "Flatten",
        "Identity",
        "QuantizeLinear",
        "Reshape",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)
"""These hand on every number of their first input, once."""
