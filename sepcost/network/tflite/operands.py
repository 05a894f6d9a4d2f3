"""What a TensorFlow Lite operator reads and writes, and what its layer is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sepcost.core.errors import QuantityError
from sepcost.network.assembly import Assembly
from sepcost.network.products import Padding
from sepcost.network.shape_rules import Shape
from sepcost.network.step import Counted
from sepcost.network.tflite import schema
from sepcost.network.tflite.flatbuffer import Table
from sepcost.network.tflite.model import Call

_STORED = {"conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv2dbackpropinput", "separable_conv2d"}
_STORED |= {"depthwise", "matmul", "kernel", "weight", "weights", "readvariableop"}
"""What TensorFlow adds to a layer's name for its weights, or for the operator in it."""

_SAME = 0
"""The padding of a window that writes as many rows as it reads, but for its stride; the other is none."""

_MADE_UP = ("arith.constant", "tfl.", "Const", "constant")
"""How names begin that a converter has made up."""


class Operands(NamedTuple):
    """What an operator reads and writes.

    keys: of its inputs, None for one that is left out. out: of its first output. written: that one's shape.
    axes: of its inputs, that which has a batch, if there is one.
    """

    call: Call
    found: Assembly
    keys: tuple[str | None, ...]
    out: str
    written: Shape | None
    axes: tuple[int, ...]

    def key(self, number: int) -> str:
        """Return the key of an input that has to be there."""
        key = self.optional(number)
        if key is None:
            raise QuantityError(f"lacks its input {number}")
        return key

    def optional(self, number: int) -> str | None:
        """Return the key of an input, None where it is left out."""
        return self.keys[number] if number < len(self.keys) else None

    def some(self, numbers: Iterable[int]) -> list[str]:
        """Return the keys of those of some inputs that are there."""
        return [key for key in map(self.optional, numbers) if key is not None]

    def shape(self, number: int) -> Shape:
        """Return the shape of an input."""
        shape = self.found.shape(self.key(number))
        if shape is None:
            raise QuantityError(f"the size of its input {self.key(number)} cannot be resolved")
        return shape

    def name(self, weights: str | None) -> str:
        """Return a layer's name."""
        own = self.found.parameter_name(weights) if weights is not None and self.found.held(weights) else ""
        for candidates in (own, self.out):
            parts = [part for part in candidates.split(";") if part and not part.startswith(_MADE_UP)]
            authored = next(filter(None, map(_authored, parts)), None)
            if authored or parts:
                return authored or parts[0]
        return self.out

    def biases(self, number: int) -> tuple[str, ...]:
        """Return the key of the biases, alone, or none."""
        key = self.optional(number)
        return (key,) if key is not None and self.found.held(key) else ()

    def options(self, kind: int) -> Table:
        """Return the table of options, which must be of a kind."""
        if self.call.options is None or self.call.kind != kind:
            raise QuantityError("lacks its options")
        return self.call.options


def padding_of(options: Table) -> Padding:
    """Return the padding of an axis, from options that begin with it as all do that have one."""
    return None if options.byte(schema.Conv2DOptions.PADDING) == _SAME else (0, 0)


def _authored(name: str) -> str | None:
    """Return what its author calls the layer that a tensor is named after, None where that is not told.

    >>> _authored("model/conv2d/Conv2D1_dequantize")
    'model/conv2d'
    """
    parts = name.split("/")
    for at in range(len(parts) - 1, 0, -1):
        bare = parts[at].lower().partition("_dequantize")[0].rstrip("0123456789")
        if bare in _STORED or parts[at].lower() in _STORED:
            return "/".join(parts[:at])
    return None


Counter = Callable[[Operands], tuple[Counted, ...]]
"""What counts an operator as layers."""
