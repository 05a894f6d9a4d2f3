"""The layers with weights of a network in TOML: convolutions stage by stage, on maps of one to three axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sepcost.core.build import WRONG_MAP, Refusal, build
from sepcost.core.errors import FieldError
from sepcost.core.formulas import Bias, Stage, Stages, Taken, has_bias
from sepcost.core.layer import Layer
from sepcost.core.quantity import checked_field, checked_whole
from sepcost.core.scheme import AXES_OF
from sepcost.network.layer import NetworkLayer
from sepcost.network.replace import as_pair, why_not_of_axes
from sepcost.network.shape_rules import Shape
from sepcost.network.toml.entries import Convolution
from sepcost.network.toml.maps import Map, Window, window
from sepcost.network.toml.record import Record, layer_of


class _Part(NamedTuple):
    """A stage, the size of what it writes, and the layer that it is under a name."""

    stage: Stage
    size: Shape
    layer: Callable[[str], NetworkLayer]


class _Plan(NamedTuple):
    """What a convolution comes to on maps of one size. excited: the part that squeezing follows."""

    size: Shape
    parts: tuple[_Part, ...]
    excited: int | None


class Convolutions:
    """The convolutions of one network, each kind on each size planned once however often it is repeated."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._plans: dict[tuple[object, ...], _Plan] = {}

    def add(self, entry: Convolution, name: str, read: Map, n_o: int, strides: bool) -> Map:
        """Add the stages of a convolution to the record; return what they write.

        n_o: channels written, after any width. strides: whether it has its stride, or 1.
        """
        record, plan = self._record, self._plan(entry, read, n_o, strides)
        written: list[Map] = []
        for number, part in enumerate(plan.parts):
            own = name
            if len(plan.parts) > 1:
                own = f"{name}/{part.stage.name}"
                record.claim(own)
            source = read if part.stage.source is None else written[part.stage.source]
            layer = part.layer(own)
            made = record.run(own, layer.op, (source,), layer.n_o, part.size, layer)
            if number == plan.excited and entry.excite is not None:
                squeezed = read.channels // entry.excite
                made = squeeze_and_excite(record, name, made, squeezed, entry.bias, is_last=False)
            written.append(made)
        ends = [made for made, part in zip(written, plan.parts, strict=True) if part.stage.is_last]
        result = ends[0] if len(ends) == 1 else record.run(f"{name}/concat", "Concat", ends, n_o, plan.size)
        if entry.excite is not None and plan.excited is None:
            squeezed = n_o // entry.excite
            result = squeeze_and_excite(record, f"{name}/se", result, squeezed, entry.bias, is_last=False)
        return result

    def _plan(self, entry: Convolution, read: Map, n_o: int, strides: bool) -> _Plan:
        # An entry is told by its identity: it stays as long as its network is built.
        key = (id(entry), read.channels, read.size, n_o, strides)
        if key not in self._plans:
            self._plans[key] = _planned(entry, read, n_o, strides)
        return self._plans[key]


def squeeze_and_excite(
    record: Record, name: str, read: Map, squeezed: int, bias: Bias, *, is_last: bool = True
) -> Map:
    """Add a global pool, a dense layer to `squeezed` channels (at least 1), one back, and their product.

    is_last: whether the layer back is the last stage of an entry; in a convolution that is the convolution's.
    """
    squeezed = max(squeezed, 1)
    ones = (1,) * len(read.size)
    parts = [f"{name}/{part}" for part in ("pool", "squeeze", "excite", "scale")]
    for part in parts:
        record.claim(part)
    pooled = record.run(parts[0], "GlobalAveragePool", (read,), read.channels, ones, window=read.positions)
    narrow = dense(record, parts[1], pooled, squeezed, has_bias(bias, is_last=False))
    gate = dense(record, parts[2], narrow, read.channels, has_bias(bias, is_last))
    return record.run(parts[3], "Mul", (read, gate), read.channels, read.size)


def dense(record: Record, name: str, read: Map, n_o: int, bias: bool) -> Map:
    """Add a fully connected layer to a record; return what it writes."""
    layer = layer_of("Gemm", read, Map(name, n_o, (1,) * len(read.size), flat=True), bias=bias)(name)
    return record.run(name, "Gemm", (read,), n_o, (), layer)


def _planned(entry: Convolution, read: Map, n_o: int, strides: bool) -> _Plan:
    """Return what a convolution comes to; FieldError, which names the key at fault, where it cannot be."""
    over = window(len(read.size), entry.kernel, entry.stride if strides else 1, entry.dilation, entry.padding)
    size = over.back_over(read.size) if entry.transposed else over.over(read.size)
    stages = _stages(entry, over, read, n_o, size)
    written: list[Map] = []
    parts = []
    for stage in stages:
        source = read if stage.source is None else written[stage.source]
        made = Map(stage.name, stage.outputs, _at(stage.written_at, read.size, size))
        parts.append(_Part(stage, made.size, _layer(entry, stage, over, source, made)))
        written.append(made)
    return _Plan(size, tuple(parts), _excited(stages) if entry.excite is not None else None)


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
    for stage in built.stages:
        checked_field(f"channels of {stage.name}", checked_whole, stage.outputs)
    if any(stage.is_last and _at(stage.written_at, read.size, size) != size for stage in built.stages):
        raise FieldError(scheme.name, str(Refusal(True, WRONG_MAP)))
    return built.stages


def _excited(stages: Stages) -> int | None:
    """Return the number of the depthwise stage that others follow; None where squeezing comes last."""
    found = (
        number for number, stage in enumerate(stages) if stage.multiplier is not None and not stage.is_last
    )
    return next(found, None)


def _layer(
    entry: Convolution, stage: Stage, over: Window, read: Map, made: Map
) -> Callable[[str], NetworkLayer]:
    """Return the layer that a stage is under a name; it strides the axes that no stage before it takes."""
    takes = AXES_OF[stage.kernel]
    strides = tuple(
        after and not before for before, after in zip(stage.read_at, stage.written_at, strict=True)
    )
    transposed = entry.transposed and any(takes)
    ones = (1,) * len(made.size)
    return layer_of(
        "ConvTranspose" if transposed else "Conv",
        read,
        made,
        positions=(read if transposed else made).positions,
        bias=stage.has_bias(entry.bias),
        kernel=_at(takes, ones, over.kernel),
        stride=_at(strides, ones, over.stride),
        dilation=_at(strides, ones, over.dilation),
        groups=stage.groups,
    )


def _at(taken: tuple[bool, ...] | Taken, otherwise: Shape, lengths: Shape) -> Shape:
    """Return lengths along the axes that are taken, others along the rest; a third as the second."""
    axes = zip(range(len(lengths)), otherwise, lengths, strict=True)
    return tuple(length if taken[min(axis, 1)] else other for axis, other, length in axes)
