"""Keras' counted layers: from a layer's configuration and the shape that it reads to what it costs."""

from __future__ import annotations

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.keras.sequences import SEQUENCES
from sepcost.network.keras.site import Layer, Site, bias_of, pads, windows
from sepcost.network.model import BIASES, WEIGHTS
from sepcost.network.products import convolution, dense, einsum, embedding, window_lengths
from sepcost.network.shape_rules import Shape


def _convolution(axes: int) -> Layer:
    """Conv1D to Conv3D: weights [F..., N_i / groups, N_o]."""

    def note(site: Site) -> list[str]:
        inputs, lengths, n_i = site.map(axes)
        n_o, groups = site.whole("filters"), site.whole("groups", 1)
        kernel, stride, dilation = windows(site, axes)
        out = window_lengths(lengths, kernel, stride, dilation, pads(site, axes))
        layer = convolution(site.name, n_i, n_o, kernel, (inputs, *out), stride, dilation, groups)
        weights = site.hold("kernel", (*kernel, n_i // groups, n_o), WEIGHTS)
        key = site.count(layer, weights, site.reads, site.map_of(inputs, out, n_o), bias=bias_of(site, n_o))
        return [site.activated(key)]

    return note


def _depthwise(axes: int) -> Layer:
    """DepthwiseConv1D, DepthwiseConv2D: weights [F..., N_i, multiplier]."""

    def note(site: Site) -> list[str]:
        inputs, lengths, n_i = site.map(axes)
        multiplier = site.whole("depth_multiplier", 1)
        kernel, stride, dilation = windows(site, axes)
        out, n_o = window_lengths(lengths, kernel, stride, dilation, pads(site, axes)), n_i * multiplier
        layer = convolution(site.name, n_i, n_o, kernel, (inputs, *out), stride, dilation, groups=n_i)
        weights = site.hold("kernel", (*kernel, n_i, multiplier), WEIGHTS)
        key = site.count(layer, weights, site.reads, site.map_of(inputs, out, n_o), bias=bias_of(site, n_o))
        return [site.activated(key)]

    return note


def _separable(axes: int) -> Layer:
    """SeparableConv1D, SeparableConv2D: two stages, and one bias, at the end."""

    def note(site: Site) -> list[str]:
        inputs, lengths, n_i = site.map(axes)
        n_o, multiplier = site.whole("filters"), site.whole("depth_multiplier", 1)
        kernel, stride, dilation = windows(site, axes)
        out, inner, ones = (
            window_lengths(lengths, kernel, stride, dilation, pads(site, axes)),
            n_i * multiplier,
            (1,) * axes,
        )
        first = convolution(
            f"{site.name}/depthwise", n_i, inner, kernel, (inputs, *out), stride, dilation, n_i
        )
        second = convolution(f"{site.name}/pointwise", inner, n_o, ones, (inputs, *out))
        deep = site.hold("depthwise_kernel", (*kernel, n_i, multiplier), WEIGHTS)
        point = site.hold("pointwise_kernel", (*ones, inner, n_o), WEIGHTS)
        between = site.count(first, deep, site.reads, site.map_of(inputs, out, inner), part="depthwise")
        key = site.count(second, point, [between], site.map_of(inputs, out, n_o), bias=bias_of(site, n_o))
        return [site.activated(key)]

    return note


def _transposed(axes: int) -> Layer:
    """Conv1DTranspose to Conv3DTranspose: weights [F..., N_o, N_i], each used once an input position."""

    def note(site: Site) -> list[str]:
        inputs, lengths, n_i = site.map(axes)
        n_o = site.whole("filters")
        kernel, stride, dilation = windows(site, axes)
        layer = convolution(
            site.name, n_i, n_o, kernel, (inputs, *lengths), stride, dilation, op="ConvTranspose"
        )
        out = _transposed_lengths(site, lengths, kernel, stride, dilation)
        weights = site.hold("kernel", (*kernel, n_o, n_i), WEIGHTS)
        key = site.count(layer, weights, site.reads, site.map_of(inputs, out, n_o), bias=bias_of(site, n_o))
        return [site.activated(key)]

    return note


def _transposed_lengths(site: Site, lengths: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Shape:
    same = pads(site, 1) == [None]
    spread = tuple((size - 1) * step + 1 for size, step in zip(kernel, dilation, strict=True))
    if site.config.get("output_padding") is None:
        return tuple(
            length * step + (0 if same else max(size - step, 0))
            for length, size, step in zip(lengths, spread, stride, strict=True)
        )
    more = site.wholes("output_padding", len(lengths), default=0)
    return tuple(
        (length - 1) * step + size - (2 * (taps // 2) if same else 0) + extra
        for length, taps, size, step, extra in zip(lengths, kernel, spread, stride, more, strict=True)
    )


def _dense(site: Site) -> list[str]:
    """Dense: the last axis, at every place of the others; weights [N_i, N_o]."""
    read, n_o = site.read, site.whole("units")
    if len(read) < 2:
        raise QuantityError(f"reads {by(read)}, which has no axis but the batch")
    layer = dense(site.name, read[-1], n_o, read[:-1], "Gemm" if len(read) == 2 else "MatMul")
    weights = site.hold("kernel", (read[-1], n_o), WEIGHTS)
    return [
        site.activated(site.count(layer, weights, site.reads, (*read[:-1], n_o), bias=bias_of(site, n_o)))
    ]


_DOTS = ord("①")
"""The first label of the axes that "..." stands for: far from the letters that equations are written in."""


def _einsum_dense(site: Site) -> list[str]:
    """EinsumDense: the kernel's letters have their lengths from the input, else from the output's shape."""
    read, equation = site.read, site.text("equation", "").replace(" ", "")
    sides, _, written = equation.partition("->")
    given, _, kernel = sides.partition(",")
    dots = len(read) - len(given.replace("...", ""))
    spread = "".join(chr(_DOTS + at) for at in range(max(dots, 0)))
    given, written = given.replace("...", spread), written.replace("...", spread)
    wanted = site.config.get("output_shape")
    tail = [wanted] if type(wanted) is int else wanted if isinstance(wanted, list) else []
    lengths = dict(zip(given, read, strict=False))
    lengths |= {
        letter: length
        for letter, length in zip(written[::-1], tail[::-1], strict=False)
        if type(length) is int and letter not in lengths
    }
    if len(given) != len(read) or not set(kernel + written) <= set(lengths):
        raise QuantityError("its equation does not fit its input and output_shape")
    shape, out = tuple(lengths[one] for one in kernel), tuple(lengths[one] for one in written)
    weights = site.hold("kernel", shape, WEIGHTS)
    layer = einsum(site.name, f"{given},{kernel}->{written}", read, shape, "b")
    if layer is None:
        raise QuantityError("its equation is not one of two operands")
    axes = site.text("bias_axes", "")
    bias = site.hold("bias", tuple(lengths[one] for one in axes if one in lengths), BIASES) if axes else ""
    return [site.activated(site.count(layer, weights, site.reads, out, bias=bias))]


def _embedding(site: Site) -> list[str]:
    rows, width = site.whole("input_dim"), site.whole("output_dim")
    table = site.hold("embeddings", (rows, width), WEIGHTS)
    return [site.count(embedding(site.name, rows, width), table, site.reads, (*site.read, width))]


COUNTED: dict[str, Layer] = {
    **{f"Conv{axes}D": _convolution(axes) for axes in (1, 2, 3)},
    **{f"Convolution{axes}D": _convolution(axes) for axes in (1, 2, 3)},
    **{f"DepthwiseConv{axes}D": _depthwise(axes) for axes in (1, 2)},
    **{f"SeparableConv{axes}D": _separable(axes) for axes in (1, 2)},
    **{f"Conv{axes}DTranspose": _transposed(axes) for axes in (1, 2, 3)},
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
    **SEQUENCES,
}
"""What records each counted layer, by its class."""
