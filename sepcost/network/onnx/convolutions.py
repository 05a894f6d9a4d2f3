"""Convolutions as layers, their sizes checked first."""

from __future__ import annotations

from dataclasses import replace
from itertools import starmap
from math import prod
from typing import Any

from sepcost.core.quantity import several
from sepcost.network.batch_place import MIXED
from sepcost.network.layer import NetworkLayer
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.called import op_of
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Beside, Findings, Found
from sepcost.network.onnx.geometry import out_length, pads, transposed_out
from sepcost.network.onnx.layers import biases_of, counts, layer_of, operand, result, two_maps
from sepcost.network.onnx.problems import by, misfit, refuse
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.weights import weights_of
from sepcost.network.onnx.written import write
from sepcost.network.products import convolution
from sepcost.network.shape_rules import Shape

_MS = "com.microsoft."

_FILTERS = {"QLinearConv": 3, _MS + "QLinearConv": 3, _MS + "FusedConv": 1}


@counts(
    "ConvInteger",
    biases_at={
        "Conv": 2, "ConvTranspose": 2, "DeformConv": 3, "QLinearConv": 8, _MS + "FusedConv": 2,
        _MS + "NhwcConv": 2, _MS + "NhwcFusedConv": 2, _MS + "QLinearConv": 8,
    },
)  # fmt: skip
def _convolution(node: Node, scope: Scope, all_: Findings) -> list[Found]:
    """Return Conv and its kin."""
    op = op_of(node)
    image, filters = operand(node, scope, 0), operand(node, scope, _FILTERS.get(op, 1))
    assert image.shape is not None
    assert filters.shape is not None
    counted, written = _product(node, scope.attributes(node), image.shape, filters.shape)
    batch = image.batch if image.batch is None or image.batch[0] == 0 else MIXED
    if filters.given:
        all_.given_weights.add(filters.given)
        filters = filters._replace(batch=None)
    elif filters.batch is not None:
        batch = MIXED  # each input has filters of its own: they are no batch to one convolution
    held = weights_of(op, filters, all_.beside)
    if image.constant:
        all_.beside.append(Beside(op, image.held))
    once = image.constant and filters.constant
    each, shared = (prod(image.shape), 0) if held else two_maps(image, filters)
    layer = layer_of(
        node,
        held,
        counted,
        once=once,
        reads=each,
        writes=prod(written),
        reads_once=shared,
        biases=biases_of(node, scope),
        input_shape=image.shape,
        output_shape=written,
    )
    write(node, scope, [result(node, scope, written, batch, once)])
    return [Found(layer, held, batch, image.batch)]


def _product(node: Node, attributes: Attributes, image: Shape, filters: Shape) -> tuple[NetworkLayer, Shape]:
    """Return a convolution's sizes as a layer, and the shape that it writes.

    image [N, N_i, L...], filters [N_o, N_i / groups, F...]; ConvTranspose has [N_i, N_o / groups, F...], and
    uses each once per input position.
    """
    op = op_of(node)
    last = op.startswith(_MS + "Nhwc") or bool(attributes.whole("channels_last", 0))
    x, w = _channels_second(image, last), filters
    if not 3 <= len(x) <= 5 or len(w) != len(x):
        refuse(f"reads {by(x)} and weights of {by(w)}; one to three axes are counted")
    groups = attributes.whole("group", 1, least=1)
    if op.startswith(_MS + "Nhwc") and w[1] * groups != x[1]:
        w = _channels_second(w, last)
    windows = _windows(attributes, x[2:], w)
    transposed = op == "ConvTranspose"
    n_i, n_o = (w[0], w[1] * groups) if transposed else (w[1] * groups, w[0])
    if x[1] != n_i or n_i % groups or n_o % groups:
        of = f"its weights {by(w)} in {several(groups, 'group')}"
        misfit(f"reads {several(x[1], 'channel')}, but {of} do not fit")
    out = transposed_out(attributes, windows) if transposed else tuple(starmap(out_length, windows))
    _, kernel, stride, dilation, _ = zip(*windows, strict=True)
    used_at = (x[0], *(x[2:] if transposed else out))
    counted = convolution(node.name, n_i, n_o, kernel, used_at, stride, dilation, groups, op)
    return replace(counted, channels_last=last), (x[0], *out, n_o) if last else (x[0], n_o, *out)


def _channels_second(shape: Shape, last: bool) -> Shape:
    return (shape[0], shape[-1], *shape[1:-1]) if last and len(shape) > 2 else shape


def _windows(attributes: Attributes, x: Shape, w: Shape) -> list[Any]:
    """Return the length, kernel, stride, dilation and padding of each axis."""
    axes, taps = len(x), w[2:]
    kernel = attributes.lengths("kernel_shape", axes, taps, least=1)
    stride = attributes.lengths("strides", axes, (1,) * axes, least=1)
    dilation = attributes.lengths("dilations", axes, (1,) * axes, least=1)
    if kernel != taps:
        refuse(f"kernel_shape {by(kernel)} is not that of its weights, {by(w)}")
    return list(zip(x, kernel, stride, dilation, pads(attributes, axes), strict=True))
