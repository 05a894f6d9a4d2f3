"""PyTorch's recurrent operators as layers: all steps, layers and directions of an LSTM, GRU or RNN."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod
from typing import NamedTuple

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.assembly import Assembly
from sepcost.network.aten.calls import Call
from sepcost.network.layer import NetworkLayer
from sepcost.network.products import GATES, recurrent
from sepcost.network.shape_rules import Shape
from sepcost.network.step import Counted

Counter = Callable[[Call, Assembly, Shape | None], tuple[Counted, ...]]
"""What counts a call as layers, given the shape that its first output is said to have."""


class _Cell(NamedTuple):
    """The weights of one layer and direction, by key."""

    input: str
    state: str
    biases: tuple[str, ...]
    projection: str | None = None


def _stacked(op: str) -> Counter:
    """Return what counts an LSTM, GRU or RNN of one or more layers and one or two directions."""

    def count(call: Call, found: Assembly, _: Shape | None) -> tuple[Counted, ...]:
        params = call.list_of("params")
        directions = 2 if call.arguments.get("bidirectional") is True else 1
        layers = call.whole("num_layers", 1)
        each, left = divmod(len(params), max(layers * directions, 1))
        if layers < 1 or left or not 2 <= each <= 5:
            raise QuantityError(f"has {len(params)} weights in {layers} layers and {directions} directions")
        cells = [
            _Cell(own[0], own[1], tuple(own[2:4]) if each > 3 else (), own[-1] if each in (3, 5) else None)
            for own in (params[at : at + each] for at in range(0, len(params), each))
        ]
        x = call.tensor("input") or call.needed("data")
        read, name = _read(found, x), call.path or call.name
        return tuple(
            counted
            for number in range(layers)
            for counted in _layer(
                op,
                name if layers == 1 else f"{name}/{number}",
                cells[number * directions : (number + 1) * directions],
                read,
                found,
                (x,) if number == 0 else (),
                call.outputs[:1] if number == layers - 1 else (),
            )
        )

    return count


def _single(op: str, names: tuple[str, str, str, str], mode: str | None = None) -> Counter:
    """Return what counts one layer and direction, whose weights are arguments of their own.

    names: those of the weights of input and state, and of their biases.
    """

    def count(call: Call, found: Assembly, _: Shape | None) -> tuple[Counted, ...]:
        biases = call.optional(names[2]) + call.optional(names[3])
        cell = _Cell(call.needed(names[0]), call.needed(names[1]), biases)
        x = call.needed("input")
        which = _ONEDNN_MODES.get(call.whole(mode, 0), op) if mode is not None else op
        name = call.path or call.name
        return tuple(_layer(which, name, [cell], _read(found, x), found, (x,), call.outputs[:1]))

    return count


def _layer(
    op: str,
    name: str,
    cells: list[_Cell],
    read: Shape,
    found: Assembly,
    reads: tuple[str, ...],
    writes: tuple[str, ...],
) -> Iterator[Counted]:
    """Yield one layer of one or two directions: the products of its gates, then of its projection.

    A map that one stacked layer hands to the next has no name: its elements are counted without one.
    """
    w_i, w_h = found.shape(cells[0].input), found.shape(cells[0].state)
    if w_i is None or w_h is None or len(w_i) != 2 or len(w_h) != 2 or w_i[0] != w_h[0] or w_i[0] % GATES[op]:
        shown = " and ".join("unknown" if shape is None else by(shape) for shape in (w_i, w_h))
        raise QuantityError(f"its weights, {shown}, are not those of {GATES[op]} gates")
    if any((found.shape(cell.input), found.shape(cell.state)) != (w_i, w_h) for cell in cells):
        raise QuantityError("its directions have weights of different sizes")
    if reads and read[-1] != w_i[1]:
        raise QuantityError(f"reads {read[-1]} channels, but its weights {by(w_i)} want {w_i[1]}")
    n_h, state, directions = w_i[0] // GATES[op], w_h[1], len(cells)
    steps = prod(read[:-1])
    gates = replace(
        recurrent(name, op, w_i[1], n_h, steps, directions, state),
        reads=None if reads else steps * w_i[1],
        writes=None if writes else steps * state * directions,
    )
    yield Counted(
        gates,
        cells[0].input,
        reads,
        writes,
        tuple(key for cell in cells for key in cell.biases),
        (*read[:-1], w_i[1]),
        (*read[:-1], directions * state),
        further=tuple(key for cell in cells for key in (cell.input, cell.state))[1:],
    )
    if cells[0].projection is not None:
        n_i, n_o = directions * n_h, directions * state
        yield Counted(
            NetworkLayer(f"{name}/projection", op, n_i, n_o, steps, groups=directions),
            cells[0].projection,
            further=tuple(cell.projection for cell in cells[1:] if cell.projection is not None),
        )


def _read(found: Assembly, x: str) -> Shape:
    shape = found.shape(x)
    if not shape:
        raise QuantityError("the size of its input cannot be resolved")
    return shape


_CELL = ("w_ih", "w_hh", "b_ih", "b_hh")
_ONEDNN = ("weight0", "weight1", "weight2", "weight3")
_ONEDNN_MODES = {0: "RNN", 1: "RNN", 2: "LSTM", 3: "GRU"}

COUNTERS: dict[str, Counter] = {
    "aten.lstm": _stacked("LSTM"),
    "aten.gru": _stacked("GRU"),
    "aten.rnn_tanh": _stacked("RNN"),
    "aten.rnn_relu": _stacked("RNN"),
    "aten.lstm_cell": _single("LSTM", _CELL),
    "aten.gru_cell": _single("GRU", _CELL),
    "aten.rnn_tanh_cell": _single("RNN", _CELL),
    "aten.rnn_relu_cell": _single("RNN", _CELL),
    "aten.mkldnn_rnn_layer": _single("LSTM", _ONEDNN, "mode"),
}
