"""What operators do, whatever file they come from, under ONNX's names for them.

One that is neither counted nor known to cost nothing is opaque: a new or unknown one is never taken for free.
"""

from __future__ import annotations


def named(operators: str) -> frozenset[str]:
    """Return the names of operators that a text lists."""
    return frozenset(operators.split())


def _of_microsoft(operators: str) -> frozenset[str]:
    return frozenset(f"com.microsoft.{op}" for op in operators.split())


MATRIX_PRODUCTS = ("Gemm", "MatMul", "MatMulInteger", "QLinearMatMul")
CONVOLUTIONS = ("Conv", "ConvInteger", "ConvTranspose", "QLinearConv")
LOOK_UPS = ("Gather", "GatherElements", "GatherND")
RECURRENT = ("LSTM", "GRU", "RNN")
ATTENTION = ("Attention", "MultiHeadAttention")
COUNTED = (*CONVOLUTIONS, "DeformConv", *MATRIX_PRODUCTS, "Einsum", *RECURRENT, *ATTENTION)
"""The operators whose weights and MACs are counted."""

_FUSED_PRODUCTS = """
    DynamicQuantizeMatMul FusedGemm FusedMatMul GemmFastGelu MatMulIntegerToFloat MatMulNBits QGemm
    TransposeMatMul
"""
_FUSED_ATTENTION = "Attention GroupQueryAttention MultiHeadAttention QAttention"
KIND_OF = {
    "ConvTranspose": "transposed",
    "Einsum": "dense",
    **dict.fromkeys(LOOK_UPS, "embedding"),
    **dict.fromkeys(MATRIX_PRODUCTS, "dense"),
    **dict.fromkeys(RECURRENT, "recurrent"),
    **dict.fromkeys(ATTENTION, "attention"),
    **dict.fromkeys(_of_microsoft(_FUSED_PRODUCTS), "dense"),
    **dict.fromkeys(_of_microsoft(_FUSED_ATTENTION), "attention"),
    **dict.fromkeys(_of_microsoft("DynamicQuantizeLSTM"), "recurrent"),
}
"""The kind of a layer that is counted for an operator; of other convolutions it follows from their sizes."""

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

_MICROSOFT = {
    "elementwise": """
        BiasAdd BiasGelu BiasSplitGelu DequantizeLinear FastGelu Gelu QLinearAdd QLinearLeakyRelu QLinearMul
        QLinearSigmoid QLinearWhere QuantizeLinear QuickGelu RotaryEmbedding
    """,
    "others": """
        BiasSoftmax EmbedLayerNormalization GatherBlockQuantized GroupNorm NhwcMaxPool QLinearAveragePool
        QLinearConcat QLinearGlobalAveragePool QLinearSoftmax SimplifiedLayerNormalization SkipGroupNorm
        SkipLayerNormalization SkipSimplifiedLayerNormalization
    """,
}
"""Operators that onnxruntime's optimizer makes of those above."""


ELEMENTWISE = named(_ELEMENTWISE) | _of_microsoft(_MICROSOFT["elementwise"])
FREE = ELEMENTWISE | named(_SHAPE + _POOLING + _NORMALIZATION) | _of_microsoft(_MICROSOFT["others"])
"""Elementwise, shape, pooling (reductions too) and normalization."""

REDUCES = frozenset(op for op in _POOLING.split() if op.startswith(("Arg", "Reduce")))
AROUND_EACH_PLACE = named("""
    AveragePool BatchNormalization DepthToSpace GlobalAveragePool GlobalLpPool GlobalMaxPool
    GroupNormalization InstanceNormalization LRN LpPool MaxPool SpaceToDepth
    """) | _of_microsoft("NhwcMaxPool QLinearAveragePool QLinearGlobalAveragePool")
"""These keep the images of their first axis apart."""

ALONG_AN_AXIS = {
    "Hardmax": 1, "LayerNormalization": -1, "LogSoftmax": 1, "LpNormalization": -1, "RMSNormalization": -1,
    "Softmax": 1, "com.microsoft.QLinearSoftmax": 1, "com.microsoft.SimplifiedLayerNormalization": -1,
}  # fmt: skip
"""These mix what lies along an axis, or along it and all that follow; by default the one here."""

SAME_PLACES = named("Identity Pad Resize Slice Split Tile Trilu Upsample")
"""These leave elements where they are along an axis that keeps its length, unless told to turn it."""

LENGTHS = named("""
    Constant ConstantOfShape EyeLike RandomNormal RandomNormalLike RandomUniform RandomUniformLike
    SequenceLength Shape Size
    """)
"""These read no elements of their inputs, only how many there are."""

IN_PLACE = ELEMENTWISE | {"BatchNormalization"}
"""What may write each element over the one that it comes from; a BatchNormalization scales and shifts."""

RESHAPES = frozenset(["Flatten", "Reshape", "Squeeze", "Unsqueeze"])
VIEWS = RESHAPES | {"Identity"}
"""What shows the elements of its first input in another shape, and moves none."""

_NESTED = frozenset(["If", "Loop", "Scan"])


def is_nested(op: str) -> bool:
    """Whether an operator runs operators of its own, as PyTorch's of higher order do, such as cond."""
    return op in _NESTED or op.startswith("higher_order.")


RANDOM = frozenset(
    ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"]
)
"""What these give differs from run to run: nothing learned comes out of them."""

NO_NUMBERS = RANDOM | named("""
    And ArgMax ArgMin ConstantOfShape Equal EyeLike Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual
    NonZero Not OneHot OptionalHasElement Or Range SequenceLength Shape Size Xor
    """)
"""These write answers, places, lengths or new values: none of their inputs' elements are among them."""

FIRST_ALONE = named("""
    Abs BitCast Cast CastLike Ceil Celu CenterCropPad Clip DepthToSpace DequantizeLinear Dropout
    DynamicQuantizeLinear Elu Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu HardSigmoid
    HardSwish Identity LeakyRelu Log Mish Neg Optional OptionalGetElement Pad QuantizeLinear Reciprocal Relu
    Reshape ReverseSequence Round Selu SequenceAt SequenceErase Shrink Sigmoid Sign Sin Sinh Slice Softplus
    Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze Swish Tan Tanh ThresholdedRelu Tile Transpose
    Trilu Unsqueeze Upsample Acos Acosh Asin Asinh Atan Atanh Cos Cosh Compress Resize
    """)
"""Elementwise or moving elements: each element that these write is made of one of their first input's."""

ALL_OF_THEM = named("""
    Add BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Concat ConcatFromSequence Div Max Mean Min Mod
    Mul PRelu Pow RotaryEmbedding Scatter ScatterElements ScatterND SequenceConstruct SequenceInsert Sub
    Sum SwiGLU TensorScatter Where
    """)
"""Elementwise or moving elements too, but of any of their inputs."""

PLACES = {"Where": (0,), "Scatter": (1,), "ScatterElements": (1,), "ScatterND": (1,)}
"""Inputs of those above that say where an element goes, and give none."""

MOVES = named("""
    Concat ConcatFromSequence Scatter ScatterElements ScatterND SequenceConstruct SequenceInsert
    TensorScatter
""")
"""Those above in which an input's elements are a part of what is written, however few."""

ADDS = frozenset(["Add", "Sub", "Sum", "Mean"])
MULTIPLIES = frozenset(["Mul", "Div", "PRelu"])

TAKES_A_PART = named(
    "CenterCropPad Compress Gather GatherElements GatherND SequenceAt Slice Split SplitToSequence"
)
"""These may leave elements out, and write others more than once."""

TABLES: dict[str, tuple[int, tuple[int, ...]]] = {
    **dict.fromkeys(LOOK_UPS, (1, (0,))),
    "com.microsoft.EmbedLayerNormalization": (0, (2, 3, 4)),
    "com.microsoft.GatherBlockQuantized": (1, (0,)),
}
"""What these read in the file by places that an input gives is an embedding: that input, and the tables."""

POOLS = frozenset(["AveragePool", "GlobalAveragePool"])
SUMS = POOLS | {"ReduceMean", "ReduceSum"}
"""What these make of products, element by element, may be a matrix product."""
