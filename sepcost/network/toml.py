"""Networks written as TOML: layers in sequence, channels and sizes flowing from one to the next."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from sepcost.core.build import build
from sepcost.core.errors import FieldError, FileError, QuantityError, quoted
from sepcost.core.files import Path, Table, load_toml, refuse_unknown, tables, text_of
from sepcost.core.formulas import Maps, Stage
from sepcost.core.layer import Layer, Padding, Pair, checked_padding
from sepcost.core.quantity import checked_field, checked_if_given, checked_pair, checked_ratio, checked_whole
from sepcost.core.schemes import AXES_OF, BASELINE, Scheme, scheme_named
from sepcost.network.model import (
    LONGEST_NAME,
    MOST_LAYERS,
    WEIGHTS,
    Network,
    NetworkLayer,
    Operator,
    Parameter,
    Tensor,
    clean_name,
    unique_names,
)

T = TypeVar("T")

NETWORK_KEYS = ("name", "channels", "size", "layer")
LAYER_KEYS = {
    "out": (
        "name",
        "out",
        "kernel",
        "stride",
        "dilation",
        "padding",
        "scheme",
        "multiplier",
        "repeat",
    ),
    "pool": ("name", "pool", "stride", "padding"),
    "dense": ("name", "dense", "repeat"),
}
"""What a [[layer]] may hold, by the key that says what it is."""

NARROWEST = 8
"""The fewest channels that a width leaves a layer."""


@dataclass(frozen=True)
class _Map:
    """What one layer hands to the next: channels, rows and columns."""

    channels: int
    size: Pair
    flat: bool = False


class _Chain:
    """The operators of a network in their order, and what they hand on, the input first."""

    def __init__(self, start: _Map) -> None:
        self.operators: list[Operator] = []
        self.parameters: list[Parameter] = []
        self.unique = unique_names()
        self.tensors = [Tensor(self.unique("input"), (1, start.channels, *start.size))]

    def add(self, name: str, op: str, written: tuple[int, ...], *layers: NetworkLayer) -> None:
        """Add an operator that reads what the one before wrote; `written` is the shape of its own map."""
        held = [Parameter(f"{layer.name}.weight", layer.weights, WEIGHTS) for layer in layers]
        made = Tensor(self.unique(name), written)
        self.operators.append(
            Operator(
                name,
                op,
                (self.tensors[-1].name,),
                (made.name,),
                tuple(layer.name for layer in layers),
                tuple(parameter.name for parameter in held),
            )
        )
        self.parameters += held
        self.tensors.append(made)


def read_toml(path: Path, width: Fraction | None = None, size: Pair | None = None) -> Network:
    """Read a network from a TOML file.

    width: an exact ratio that multiplies every `out`, to max(int(out width), 8), but no `dense`.
    size: rows and columns of the input, instead of the file's.
    Raises FileError, which names the layer and key at fault; FieldError for width or size.
    """
    scale = checked_if_given("width", checked_ratio, width)
    fixed = checked_if_given("size", checked_pair, size)
    return network_of(load_toml(path), path, scale, fixed)


def network_of(
    content: Table, path: Path, width: Fraction | None = None, size: Pair | None = None
) -> Network:
    """Return the network that the content of a TOML file is at a width and a size, as `read_toml` does.

    Raises FileError, which names the layer and key at fault.
    """
    try:
        refuse_unknown(content, NETWORK_KEYS)
        name = clean_name(text_of(content, "name", LONGEST_NAME) if "name" in content else _stem(path))
        own_size = _required(content, "size", checked_pair)
        start = _Map(_required(content, "channels", checked_whole), size or own_size)
        chain = _Chain(start)
        layers = _named_apart(_layers(tables(content, "layer"), start, width, chain))
    except (FieldError, QuantityError) as error:
        raise FileError(os.fspath(path), str(error)) from None
    return Network(
        name,
        "toml",
        (1, start.channels, *start.size),
        layers,
        operators=tuple(chain.operators),
        tensors=tuple(chain.tensors),
        outputs=(chain.tensors[-1].name,),
        parameters=tuple(chain.parameters),
    )


def _named_apart(found_in_order: Iterator[NetworkLayer]) -> tuple[NetworkLayer, ...]:
    """Return layers, at least one and not too many, after a check that their names differ."""
    layers: list[NetworkLayer] = []
    taken: set[str] = set()
    for found in found_in_order:
        if len(layers) == MOST_LAYERS:
            raise FieldError("layer", f"the network has more than {MOST_LAYERS} layers")
        if found.name in taken:
            raise FieldError("layer", f"the name {quoted(found.name)} occurs twice: names must differ")
        taken.add(found.name)
        layers.append(found)
    if not layers:
        raise FieldError("layer", "the network has no layer with weights: give one `out` or `dense`")
    return tuple(layers)


def _layers(
    entries: list[Table], flowing: _Map, width: Fraction | None, chain: _Chain
) -> Iterator[NetworkLayer]:
    for number, entry in enumerate(entries, 1):
        name = f"layer{number}"
        try:
            if "name" in entry:
                name = clean_name(text_of(entry, "name", LONGEST_NAME))
            what = _what(entry)
            if flowing.flat and what != "dense":
                raise FieldError(what, "follows a dense layer: only dense does")
            if what == "pool":
                flowing = _pooled(entry, flowing)
                op = "GlobalAveragePool" if entry["pool"] == "global" else "AveragePool"
                chain.add(name, op, (1, flowing.channels, *flowing.size))
                continue
            repeat = _repeat(entry)
            for turn in range(1, repeat + 1):
                own_name = name if repeat == 1 else f"{name}_{turn}"
                made, flowing = (_dense if what == "dense" else _convolution)(entry, own_name, flowing, width)
                for layer in made:
                    written = layer.output_shape or (1, layer.n_o, layer.positions)
                    chain.add(layer.name, layer.op, written, layer)
                    yield layer
        except (FieldError, QuantityError) as error:
            raise FieldError(f"layer {quoted(name)}", str(error)) from None


def _what(entry: Table) -> str:
    """Return which of `out`, `pool` and `dense` an entry is; it holds no other keys than that has."""
    named = [what for what in LAYER_KEYS if what in entry]
    if not named:
        known = tuple(dict.fromkeys(key for keys in LAYER_KEYS.values() for key in keys))
        refuse_unknown(entry, known)
        raise FieldError("out", "is missing: a layer has one of out, pool and dense")
    if len(named) > 1:
        raise FieldError(named[1], f"stands beside {named[0]}: a layer has one of out, pool and dense")
    refuse_unknown(entry, LAYER_KEYS[named[0]])
    return named[0]


def _pooled(entry: Table, flowing: _Map) -> _Map:
    if entry["pool"] == "global":
        for key in ("stride", "padding"):
            if key in entry:
                raise FieldError(key, "has no meaning for a global pool")
        return _Map(flowing.channels, (1, 1))
    window = _required(entry, "pool", checked_pair)
    stride = _optional(entry, "stride", checked_pair, window)
    padding = _padding(entry, "valid")
    try:
        pool = Layer(1, 1, kernel=window, size=flowing.size, stride=stride, padding=padding)
    except FieldError as error:
        raise FieldError("pool", error.problem) from None
    assert pool.out is not None
    return _Map(flowing.channels, pool.out)


def _dense(
    entry: Table, name: str, flowing: _Map, _width: Fraction | None
) -> tuple[list[NetworkLayer], _Map]:
    n_o = _required(entry, "dense", checked_whole)
    reads = flowing.channels * flowing.size[0] * flowing.size[1]
    n_i = checked_field("inputs of dense", checked_whole, reads)
    made = NetworkLayer(name, "Gemm", n_i, n_o, positions=1, reads=n_i, writes=n_o)
    return [made], _Map(n_o, (1, 1), flat=True)


def _convolution(
    entry: Table, name: str, flowing: _Map, width: Fraction | None
) -> tuple[list[NetworkLayer], _Map]:
    layer = Layer(
        flowing.channels,
        _scaled(_required(entry, "out", checked_whole), width),
        kernel=_required(entry, "kernel", checked_pair),
        size=flowing.size,
        stride=_optional(entry, "stride", checked_pair, (1, 1)),
        dilation=_optional(entry, "dilation", checked_pair, (1, 1)),
        padding=_padding(entry, "same"),
    )
    maps = layer.maps
    assert maps is not None
    scheme = _scheme(entry)
    if scheme.name == "generalized":
        # Its multiplier is the entry's own, whatever N_o is.
        layer = layer.with_gamma(Fraction(_required(entry, "multiplier", checked_whole)))
    elif "multiplier" in entry:
        raise FieldError("multiplier", 'is for scheme = "generalized" only')
    built = build(scheme, layer)
    if built.refusal is not None:
        raise FieldError(scheme.name, str(built.refusal))
    made = [
        _network_layer(layer, maps, stage, name if len(built.stages) == 1 else f"{name}/{stage.name}")
        for stage in built.stages
    ]
    return made, _Map(layer.n_o, (maps.o_r, maps.o_c))


def _network_layer(layer: Layer, maps: Maps, stage: Stage, name: str) -> NetworkLayer:
    """Return a stage as a layer, which strides the axes that no stage before it takes."""
    takes = AXES_OF[stage.kernel]
    strides = tuple(
        after and not before for before, after in zip(stage.read_at, stage.written_at, strict=True)
    )
    traffic = stage.traffic(maps)
    return NetworkLayer(
        name,
        "Conv",
        stage.inputs,
        stage.outputs,
        maps.positions(stage.written_at),
        _where(takes, layer.kernel),
        _where(strides, layer.stride),
        _where(strides, layer.dilation),
        stage.groups,
        reads=traffic.inputs,
        writes=traffic.outputs,
    )


def _where(axes: tuple[bool, ...], lengths: Pair) -> Pair:
    """Return lengths on some axes, 1 on the others."""
    rows, columns = (length if taken else 1 for taken, length in zip(axes, lengths, strict=True))
    return rows, columns


def _scheme(entry: Table) -> Scheme:
    name = text_of(entry, "scheme", LONGEST_NAME) if "scheme" in entry else BASELINE
    try:
        return scheme_named(name)
    except QuantityError as error:
        raise FieldError("scheme", str(error)) from None


def _repeat(entry: Table) -> int:
    repeat = _optional(entry, "repeat", checked_whole, 1)
    if repeat > MOST_LAYERS:
        raise FieldError("repeat", f"{repeat} layers are more than {MOST_LAYERS}, the most there can be")
    return repeat


def _padding(entry: Table, default: Padding) -> Padding:
    return _optional(entry, "padding", checked_padding, default)


def _scaled(out: int, width: Fraction | None) -> int:
    if width is None:
        return out
    return checked_field("out times width", checked_whole, max(int(out * width), NARROWEST))


def _required(entry: Table, key: str, check: Callable[[object], T]) -> T:
    if key not in entry:
        raise FieldError(key, "is missing")
    return checked_field(key, check, entry[key])


def _optional(entry: Table, key: str, check: Callable[[object], T], default: T) -> T:
    return checked_field(key, check, entry[key]) if key in entry else default


def _stem(path: Path) -> str:
    return os.path.splitext(os.path.basename(os.fspath(path)))[0]
