"""PyTorch's counted operators as layers: their sizes, checked before anything is computed from them."""

from __future__ import annotations

from dataclasses import replace

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by, several
from sepcost.network.assembly import Assembly
from sepcost.network.aten.calls import Call
from sepcost.network.aten.recurrent import COUNTERS as RECURRENT_COUNTERS
from sepcost.network.aten.recurrent import Counter
from sepcost.network.products import attention, convolution, einsum, embedding, matrix_product, window_lengths
from sepcost.network.shape_rules import Shape, check_elements, check_output
from sepcost.network.step import Counted

WEIGHT = ".weight"
"""What a parameter is called in the layer that it is named after."""


def name_of(call: Call, found: Assembly, weights: str | None) -> str:
    """Return a layer's name: of its weights, else of the module that calls it."""
    if weights is not None and found.held(weights):
        return found.parameter_name(weights).removesuffix(WEIGHT)
    return call.path or call.name


def _known(call: Call, found: Assembly, name: str) -> tuple[str, Shape]:
    key = call.needed(name)
    shape = found.shape(key)
    if shape is None:
        raise QuantityError(f"the size of its {name} cannot be resolved")
    return key, shape


def _convolution(call: Call, found: Assembly, out: Shape | None) -> tuple[Counted, ...]:
    """conv1d to conv3d, their transposed forms, `convolution` for all of them, deform_conv2d.

    Input [N, N_i, L...] or [N_i, L...], weights [N_o, N_i / groups, F...], or [N_i, N_o / groups, F...] where
    transposed.
    """
    (x, read), (w, held) = _known(call, found, "input"), _known(call, found, "weight")
    axes = len(held) - 2
    if axes < 1 or not axes + 1 <= len(read) <= axes + 2:
        raise QuantityError(f"reads {by(read)} and weights of {by(held)}, which do not fit each other")
    transposed = "transpose" in call.operator or bool(call.arguments.get("transposed"))
    groups = call.whole("groups", 1)
    channels, lengths = read[-axes - 1], read[-axes:]
    if groups < 1:
        raise QuantityError(f"has {groups} groups")
    n_i, n_o = (held[0], held[1] * groups) if transposed else (held[1] * groups, held[0])
    if channels != n_i:
        raise QuantityError(f"reads {several(channels, 'channel')}, but its weights {by(held)} want {n_i}")
    stride, dilation = _steps(call, "stride", axes), _steps(call, "dilation", axes)
    if not transposed:
        sizes = window_lengths(lengths, held[2:], stride, dilation, _pads(call, axes))
        check_output(out, (*read[: -axes - 1], n_o, *sizes))
        used_at = (*read[: -axes - 1], *sizes)
    else:
        sizes = _spread(call, lengths, held[2:], stride, dilation)
        check_output(out, (*read[: -axes - 1], n_o, *sizes))
        used_at = (*read[: -axes - 1], *lengths)
    layer = convolution(
        name_of(call, found, w),
        n_i,
        n_o,
        held[2:],
        used_at,
        stride,
        dilation,
        groups,
        "ConvTranspose" if transposed else "Conv",
    )
    batched = len(read) == axes + 2
    return (Counted(layer, w, (x,), call.outputs[:1], call.optional("bias"), batched=batched),)


def _spread(call: Call, lengths: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Shape:
    """Return the lengths that a transposed convolution writes."""
    pads, more = call.lengths("padding", len(lengths), 0), call.lengths("output_padding", len(lengths), 0)
    sizes = zip(lengths, kernel, stride, dilation, pads, more, strict=True)
    return tuple((n - 1) * step - 2 * pad + far * (k - 1) + 1 + add for n, k, step, far, pad, add in sizes)


def _steps(call: Call, name: str, axes: int) -> Shape:
    """Return the stride or dilation of each axis, which deform_conv2d has one by one."""
    short = {"stride": "stride", "dilation": "dil"}[name]
    if f"{short}_h" in call.arguments:
        return call.whole(f"{short}_h", 1), call.whole(f"{short}_w", 1)
    return call.lengths(name, axes, 1)


def _pads(call: Call, axes: int) -> list[tuple[int, int] | None]:
    if "pad_h" in call.arguments:
        rows, columns = call.whole("pad_h", 0), call.whole("pad_w", 0)
        return [(rows, rows), (columns, columns)]
    if call.arguments.get("padding") == "same":
        return [None] * axes
    if call.arguments.get("padding") == "valid":
        return [(0, 0)] * axes
    return [(pad, pad) for pad in call.lengths("padding", axes, 0)]


def _linear(call: Call, found: Assembly, out: Shape | None) -> tuple[Counted, ...]:
    """[..., N_i] by [N_o, N_i]."""
    (x, read), (w, held) = _known(call, found, "input"), _known(call, found, "weight")
    turned = held[::-1] if len(held) == 2 else (*held, 1)
    layer = matrix_product(name_of(call, found, w), read, turned, "b" if found.held(w) else "")
    check_output(out, (*read[:-1], *held[:-1]))
    op = "Gemm" if len(read) <= 2 else "MatMul"
    return (Counted(replace(layer, op=op), w, (x,), call.outputs[:1], call.optional("bias")),)


def _matrix_product(a: str, b: str, bias: str | None = None) -> Counter:
    """Return what counts a product of the arguments `a` and `b`."""

    def count(call: Call, found: Assembly, out: Shape | None) -> tuple[Counted, ...]:
        (left, left_shape), (right, right_shape) = _known(call, found, a), _known(call, found, b)
        held, weights, reads = found.sides(left, right)
        layer = matrix_product(name_of(call, found, weights), left_shape, right_shape, held)
        check_elements(out, layer.positions * layer.n_o)
        added = call.tensor(bias) if bias is not None else None
        biases = (added,) if added is not None and found.held(added) else ()
        op = "Gemm" if bias is not None and len(left_shape) == 2 else "MatMul"
        batched = bool(held) or min(len(left_shape), len(right_shape)) > 2
        return (Counted(replace(layer, op=op), weights, (reads,), call.outputs[:1], biases, batched=batched),)

    return count


def _einsum(call: Call, found: Assembly, out: Shape | None) -> tuple[Counted, ...]:
    """A product of two operands; others are left uncounted, and so opaque."""
    operands, equation = call.list_of("tensors"), call.arguments.get("equation")
    if len(operands) != 2 or not isinstance(equation, str):
        return ()
    shapes = [found.shape(key) for key in operands]
    if shapes[0] is None or shapes[1] is None:
        raise QuantityError("the size of an operand cannot be resolved")
    held, weights, reads = found.sides(operands[0], operands[1])
    layer = einsum(name_of(call, found, weights), equation, shapes[0], shapes[1], held)
    if layer is None:
        return ()
    check_elements(out, layer.positions * layer.n_o)
    return (Counted(layer, weights, (reads,), call.outputs[:1]),)


def _attention(call: Call, found: Assembly, out: Shape | None) -> tuple[Counted, ...]:
    """Two products; what lies between them, the scores, is no map."""
    (q, query), (k, key), (v, value) = (_known(call, found, name) for name in ("query", "key", "value"))
    check_output(out, (*query[:-1], value[-1]))
    name = call.path or call.name
    scores, values = attention(name, query, key, value)
    inner, batched = (*query[:-1], key[-2]), len(query) > 2
    return (
        Counted(scores, k, (q,), output_shape=inner, batched=batched),
        Counted(values, v, (), call.outputs[:1], input_shape=inner, batched=batched),
    )


def _embedding(call: Call, found: Assembly, _: Shape | None) -> tuple[Counted, ...]:
    """Rows of a held table, picked; a table from run time is only moved."""
    w, held = _known(call, found, "weight")
    if not found.held(w) or len(held) != 2 or call.tensor("per_sample_weights") is not None:
        return ()
    layer = embedding(name_of(call, found, w), *held)
    return (Counted(layer, w, (call.needed("indices"),), call.outputs[:1]),)


_CONVOLUTIONS = (
    *("aten.conv1d", "aten.conv2d", "aten.conv3d", "aten.convolution", "aten._convolution"),
    *("aten.conv_transpose1d", "aten.conv_transpose2d", "aten.conv_transpose3d", "aten.conv_depthwise3d"),
    *("aten.cudnn_convolution", "aten.mkldnn_convolution", "torchvision.deform_conv2d"),
)
_ATTENTIONS = (
    "aten.scaled_dot_product_attention",
    *("aten._scaled_dot_product_flash_attention", "aten._scaled_dot_product_flash_attention_for_cpu"),
    *("aten._scaled_dot_product_efficient_attention", "aten._scaled_dot_product_cudnn_attention"),
    *("aten._scaled_dot_product_fused_attention_overrideable", "aten._scaled_dot_product_attention_math"),
)

COUNTERS: dict[str, Counter] = {
    **dict.fromkeys(_CONVOLUTIONS, _convolution),
    "aten.linear": _linear,
    "aten.mkldnn_linear": _linear,
    "aten.addmm": _matrix_product("mat1", "mat2", "self"),
    "aten.mm": _matrix_product("self", "mat2"),
    "aten.bmm": _matrix_product("self", "mat2"),
    "aten.baddbmm": _matrix_product("batch1", "batch2", "self"),
    "aten.matmul": _matrix_product("self", "other"),
    "aten.linalg_matmul": _matrix_product("self", "other"),
    "aten.mv": _matrix_product("self", "vec"),
    "aten.addmv": _matrix_product("mat", "vec", "self"),
    "aten.dot": _matrix_product("self", "tensor"),
    "aten.einsum": _einsum,
    **dict.fromkeys(_ATTENTIONS, _attention),
    "aten.embedding": _embedding,
    "aten.embedding_bag": _embedding,
    **RECURRENT_COUNTERS,
}
"""What counts each operator as layers."""
