"""The stages of one convolution of a network in TOML, on maps of one to three axes."""

from __future__ import annotations

from sepcost.core.build import build
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Bias, Stage, Stages, Taken
from sepcost.core.layer import Layer
from sepcost.core.schemes import AXES_OF
from sepcost.network.model import NetworkLayer
from sepcost.network.replace import as_pair, why_not_of_axes
from sepcost.network.toml.entries import Convolution
from sepcost.network.toml.maps import Map, Shape, Window, window
from sepcost.network.toml.record import Record, layer_of


def convolution(record: Record, entry: Convolution, name: str, read: Map, n_o: int, strides: bool) -> Map:
    """Add the stages of a convolution to a record; return what they write.

    n_o: channels written, after any width. strides: whether it has its stride, or 1.
    """
    over = window(len(read.size), entry.kernel, entry.stride if strides else 1, entry.dilation, entry.padding)
    size = over.back_over(read.size) if entry.transposed else over.over(read.size)
    stages = _stages(entry, over, read, n_o, size)
    excited = _excited(stages) if entry.excite is not None else None
    written: list[Map] = []
    for number, stage in enumerate(stages):
        own = name if len(stages) == 1 else f"{name}/{stage.name}"
        source = read if stage.source is None else written[stage.source]
        layer = _layer(entry, own, stage, over, source, _at(stage.written_at, read.size, size))
        if own != name:
            record.claim(own)
        made = record.run(own, layer.op, (source,), layer.n_o, _at(stage.written_at, read.size, size), layer)
        if number == excited and entry.excite is not None:
            made = squeeze_and_excite(record, name, made, read.channels // entry.excite, entry.bias is True)
        written.append(made)
    ends = [made for made, stage in zip(written, stages, strict=True) if stage.is_last]
    result = ends[0] if len(ends) == 1 else record.run(f"{name}/concat", "Concat", ends, n_o, size)
    if entry.excite is not None and excited is None:
        result = squeeze_and_excite(record, name, result, n_o // entry.excite, entry.bias is True)
    return result


def squeeze_and_excite(record: Record, name: str, read: Map, squeezed: int, bias: bool) -> Map:
    """Add a global pool, a dense layer to `squeezed` channels (at least 1), one back, and their product."""
    squeezed = max(squeezed, 1)
    pooled_size = (1,) * len(read.size)
    parts = [f"{name}/{part}" for part in ("pool", "squeeze", "excite", "scale")]
    for part in parts:
        record.claim(part)
    pooled = record.run(
        parts[0], "GlobalAveragePool", (read,), read.channels, pooled_size, window=read.positions
    )
    down = layer_of(parts[1], "Gemm", pooled, squeezed, (), bias=bias)
    narrow = record.run(parts[1], "Gemm", (pooled,), squeezed, (), down)
    up = layer_of(parts[2], "Gemm", narrow, read.channels, (), bias=bias)
    gate = record.run(parts[2], "Gemm", (narrow,), read.channels, (), up)
    return record.run(parts[3], "Mul", (read, gate), read.channels, read.size)


def _stages(entry: Convolution, over: Window, read: Map, n_o: int, size: Shape) -> Stages:
    """Return the stages of its scheme; FieldError, which names the scheme, where it cannot be built."""
    scheme = entry.scheme
    problem = why_not_of_axes(scheme, len(size))
    if problem is not None:
        raise FieldError("scheme", problem)
    layer = Layer(read.channels, n_o, kernel=as_pair(over.kernel), gamma=entry.gamma)
    built = build(scheme, layer, entry.parameters)
    if built.refusal is not None:
        raise FieldError(scheme.name, str(built.refusal))
    if any(stage.is_last and _at(stage.written_at, read.size, size) != size for stage in built.stages):
        problem = "a stage that it ends in takes no axis of the kernel that the layer strides or shortens"
        raise FieldError(scheme.name, f"not realizable: {problem}")
    return built.stages


def _excited(stages: Stages) -> int | None:
    """Return the number of the depthwise stage that others follow; None where squeezing comes last."""
    found = (
        number for number, stage in enumerate(stages) if stage.multiplier is not None and not stage.is_last
    )
    return next(found, None)


def _layer(entry: Convolution, name: str, stage: Stage, over: Window, read: Map, size: Shape) -> NetworkLayer:
    """Return a stage as a layer, which strides the axes that no stage before it takes."""
    takes = AXES_OF[stage.kernel]
    strides = tuple(
        after and not before for before, after in zip(stage.read_at, stage.written_at, strict=True)
    )
    transposed = entry.transposed and any(takes)
    ones = (1,) * len(size)
    written = Map(name, stage.outputs, size)
    return layer_of(
        name,
        "ConvTranspose" if transposed else "Conv",
        read,
        stage.outputs,
        size,
        positions=(read if transposed else written).positions,
        bias=_has_bias(stage, entry.bias),
        kernel=_at(takes, ones, over.kernel),
        stride=_at(strides, ones, over.stride),
        dilation=_at(strides, ones, over.dilation),
        groups=stage.groups,
    )


def _has_bias(stage: Stage, bias: Bias) -> bool:
    return bool(stage.weights(bias) > stage.weights())


def _at(taken: tuple[bool, ...] | Taken, otherwise: Shape, lengths: Shape) -> Shape:
    """Return lengths along the axes that are taken, others along the rest; a third as the second."""
    axes = zip(range(len(lengths)), otherwise, lengths, strict=True)
    return tuple(length if taken[min(axis, 1)] else other for axis, other, length in axes)
