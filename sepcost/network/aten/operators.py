"""PyTorch's operators under ONNX's names, and which of them cost nothing that is counted.

An operator that is neither counted nor here is opaque: a new or unknown one is never taken for free.
One that ONNX has no name for keeps its own, with its namespace.
"""

from __future__ import annotations

from sepcost.network.operators import FREE as _FREE_IN_ONNX


def _table(text: str) -> dict[str, str]:
    """Read lines of `Onnx: name name`, or `*: name name` for operators that keep their own names."""
    found = {}
    for line in text.split("\n"):
        onnx, _, names = line.strip().partition(": ")
        for name in names.split():
            full = name if "." in name else f"aten.{name}"
            found[full] = full if onnx == "*" else onnx
    return found


MOVES = _table("""
    Reshape: view reshape _unsafe_view view_copy reshape_as view_as unflatten _reshape_alias ravel
    Flatten: flatten
    Transpose: permute permute_copy transpose transpose_copy t t_copy movedim moveaxis swapaxes
    Transpose: swapdims numpy_T
    Squeeze: squeeze squeeze_copy
    Unsqueeze: unsqueeze unsqueeze_copy atleast_1d atleast_2d atleast_3d
    Identity: contiguous clone detach detach_copy alias alias_copy lift lift_fresh lift_fresh_copy lift_copy
    Identity: resolve_conj resolve_neg positive
    Cast: to _to_copy type_as bfloat16 float half double
    Dropout: dropout feature_dropout alpha_dropout feature_alpha_dropout native_dropout
    DequantizeLinear: quantized_decomposed.dequantize_per_tensor quantized_decomposed.dequantize_per_channel
    DequantizeLinear: dequantize quantized_decomposed.dequantize_per_token
    DequantizeLinear: quantized_decomposed.dequantize_per_channel_group
    QuantizeLinear: quantized_decomposed.quantize_per_tensor quantized_decomposed.quantize_per_channel
    QuantizeLinear: quantize_per_tensor quantize_per_channel quantized_decomposed.quantize_per_token
    *: fake_quantize_per_tensor_affine fake_quantize_per_channel_affine
""")
"""These pass on every element of their first input, once."""

SCALES = frozenset(["Mul", "Div", "DequantizeLinear"])

ELEMENTWISE = _table("""
    Abs: abs absolute
    Add: add
    Sub: sub subtract rsub
    Mul: mul multiply square
    Div: div divide true_divide floor_divide
    Pow: pow float_power
    Mod: remainder fmod
    Neg: neg negative
    Reciprocal: reciprocal
    Sqrt: sqrt
    Exp: exp exp2 expm1
    Log: log log2 log10 log1p
    Erf: erf erfc special_erf
    Sin: sin
    Cos: cos
    Tan: tan
    Sinh: sinh
    Cosh: cosh
    Asin: asin
    Acos: acos
    Atan: atan
    Tanh: tanh
    Floor: floor
    Ceil: ceil
    Round: round
    Sign: sign sgn
    Max: maximum fmax clamp_min max.other
    Min: minimum fmin clamp_max min.other
    Clip: clamp clip hardtanh relu6
    Relu: relu
    LeakyRelu: leaky_relu rrelu
    PRelu: prelu _prelu_kernel
    Elu: elu
    Celu: celu
    Selu: selu
    Gelu: gelu
    Swish: silu
    Mish: mish
    Sigmoid: sigmoid special_expit
    HardSigmoid: hardsigmoid
    HardSwish: hardswish
    Softplus: softplus
    Shrink: hardshrink softshrink
    ThresholdedRelu: threshold
    Not: logical_not bitwise_not
    And: logical_and bitwise_and __and__
    Or: logical_or bitwise_or __or__
    Xor: logical_xor bitwise_xor __xor__
    Equal: eq equal
    Less: lt less
    LessOrEqual: le less_equal
    Greater: gt greater
    GreaterOrEqual: ge greater_equal
    IsNaN: isnan
    IsInf: isinf
    Where: where masked_fill
    *: rsqrt log_sigmoid log_sigmoid_forward logit glu ne not_equal addcmul addcdiv lerp atan2 trunc frac
    *: nan_to_num isfinite isin logaddexp sinc copysign xlogy tanhshrink deg2rad rad2deg polar angle
    *: real imag view_as_real view_as_complex conj conj_physical complex erfinv lgamma digamma hypot
    *: bitwise_left_shift bitwise_right_shift heaviside asinh acosh atanh
""")

SHAPES = _table("""
    Concat: cat concat concatenate stack hstack vstack column_stack
    Split: split split_with_sizes chunk unsafe_split unsafe_chunk unbind tensor_split split_copy
    Split: split_with_sizes_copy unbind_copy unsafe_split_with_sizes hsplit vsplit
    Slice: slice narrow slice_copy narrow_copy
    Gather: select index_select embedding select_copy
    GatherND: index _unsafe_index
    GatherElements: gather take_along_dim
    Expand: expand expand_as broadcast_to expand_copy broadcast_tensors
    Tile: repeat tile repeat_interleave
    Pad: pad constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d
    Pad: replication_pad1d replication_pad2d replication_pad3d _pad_enum _pad_circular
    DepthToSpace: pixel_shuffle
    SpaceToDepth: pixel_unshuffle
    Range: arange linspace
    ConstantOfShape: zeros ones full empty new_zeros new_ones new_full new_empty zeros_like ones_like
    ConstantOfShape: full_like empty_like scalar_tensor new_empty_strided empty_strided empty_permuted zero
    ConstantOfShape: fill
    RandomNormal: randn normal randn_like
    RandomUniform: rand rand_like randint uniform bernoulli
    ScatterElements: scatter scatter_add scatter_reduce
    ScatterND: index_put slice_scatter select_scatter index_add index_copy index_fill masked_scatter copy
    ScatterND: _unsafe_index_put diagonal_scatter
    Trilu: tril triu
    EyeLike: eye
    OneHot: one_hot
    NonZero: nonzero nonzero_static
    Compress: masked_select
    TopK: topk sort argsort
    Unique: unique_consecutive _unique2 unique_dim
    CumSum: cumsum cumprod
    GridSample: grid_sampler grid_sampler_2d grid_sampler_3d
    Col2Im: col2im
    *: roll flip rot90 channel_shuffle native_channel_shuffle unfold im2col meshgrid diagonal diag diag_embed
    *: as_strided diff tril_indices triu_indices searchsorted bucketize affine_grid_generator item
    *: _local_scalar_dense resize set_data sym_size sym_numel sym_stride multinomial hann_window
    *: hamming_window kaiser_window size
""")
"""Moving, making, sorting and resampling elements."""

RESIZES = {
    "upsample_nearest1d": "nearest",
    "upsample_nearest2d": "nearest",
    "upsample_nearest3d": "nearest",
    "_upsample_nearest_exact1d": "nearest",
    "_upsample_nearest_exact2d": "nearest",
    "_upsample_nearest_exact3d": "nearest",
    "upsample_linear1d": "linear",
    "upsample_bilinear2d": "bilinear",
    "_upsample_bilinear2d_aa": "bilinear",
    "upsample_trilinear3d": "trilinear",
    "upsample_bicubic2d": "cubic",
    "_upsample_bicubic2d_aa": "cubic",
}
"""Operators that resize, and how they interpolate."""

POOLS = _table("""
    AveragePool: avg_pool1d avg_pool2d avg_pool3d
    MaxPool: max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices
    MaxPool: max_pool3d_with_indices
    LpPool: lp_pool2d
    *: fractional_max_pool2d fractional_max_pool3d
""")
ADAPTIVE = {
    **dict.fromkeys(
        ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"], "GlobalAveragePool"
    ),
    **dict.fromkeys(["_adaptive_avg_pool2d", "_adaptive_avg_pool3d"], "GlobalAveragePool"),
    **dict.fromkeys(["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"], "GlobalMaxPool"),
}
"""Pools by the size that they write, and what they are where that is one position."""

REDUCTIONS = _table("""
    ReduceMean: mean nanmean
    ReduceSum: sum nansum count_nonzero trace
    ReduceMax: max amax any
    ReduceMin: min amin all
    ReduceProd: prod
    ReduceL2: norm linalg_vector_norm frobenius_norm linalg_norm
    ReduceLogSumExp: logsumexp
    ArgMax: argmax
    ArgMin: argmin
    *: var std var_mean std_mean median nanmedian aminmax mode quantile
""")

NORMALIZATIONS = _table("""
    BatchNormalization: batch_norm native_batch_norm _native_batch_norm_legit cudnn_batch_norm
    BatchNormalization: _native_batch_norm_legit_no_training _batch_norm_with_update _batch_norm_no_update
    BatchNormalization: miopen_batch_norm _batch_norm_impl_index
    InstanceNormalization: instance_norm
    GroupNormalization: group_norm native_group_norm
    LayerNormalization: layer_norm native_layer_norm
    RMSNormalization: rms_norm _fused_rms_norm
    Softmax: softmax _softmax special_softmax _safe_softmax
    LogSoftmax: log_softmax _log_softmax special_log_softmax
    LRN: local_response_norm
    LpNormalization: renorm
    *: cosine_similarity _weight_norm _weight_norm_interface
""")

FOREIGN = _table("""
    RoiAlign: torchvision.roi_align
    MaxRoiPool: torchvision.roi_pool
""")

PRODUCTS = {
    "aten.addcmul": ("tensor1", "tensor2"),
    "aten.cosine_similarity": ("x1", "x2"),
}
"""Operators that multiply two of their tensors element by element, and do more."""

CARRIERS = {
    "aten.masked_fill": ("self",),
    **dict.fromkeys(("aten.index_put", "aten._unsafe_index_put"), ("self", "values")),
    **dict.fromkeys(
        ("aten.copy", "aten.slice_scatter", "aten.select_scatter", "aten.diagonal_scatter"), ("self", "src")
    ),
}
"""The operands that give elements, of operators with another order of them than their namesake in ONNX."""

SUMMED = frozenset(["aten.cosine_similarity"])
"""Of those, the ones that sum the products too."""

NAMES = {
    **MOVES,
    **ELEMENTWISE,
    **SHAPES,
    **{f"aten.{name}": "Resize" for name in RESIZES},
    **POOLS,
    **{f"aten.{name}": f"aten.{name}" for name in ADAPTIVE},
    **REDUCTIONS,
    **NORMALIZATIONS,
    **FOREIGN,
}
"""What each operator that is not counted is called: by ONNX's name where it has one."""

FREE = frozenset(
    name for own, name in (*NAMES.items(), *ADAPTIVE.items()) if name == own or name in _FREE_IN_ONNX
)
"""Of those names, the ones that are known to cost nothing that is counted."""

SILENT = frozenset(
    [
        *(
            "aten._assert_async",
            "aten._assert_scalar",
            "aten._assert_tensor_metadata",
            "aten._functional_assert",
        ),
        *("aten.sym_constrain_range", "aten.sym_constrain_range_for_size", "aten.sym_storage_offset"),
        *(own for own, name in NAMES.items() if name in FREE),
    ]
)
"""What returns no tensor, and costs nothing: it tests what it reads, or its size."""
