"""Where the first axis of a graph's inputs is in its maps: where their batch is, if that is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from sepcost.network.batch_place import reshaped
from sepcost.network.shape_rules import Shape
from sepcost.network.tflite.model import Call, Known

_RESHAPES = ("EXPAND_DIMS", "RESHAPE", "SQUEEZE")


class Batches:
    """The axis of each tensor, by its number, that has a first axis of so many inputs.

    It is followed through what turns maps and puts them in other shapes; all else is taken to leave it.
    """

    def __init__(self, size: int, inputs: Iterable[int]) -> None:
        self._size = size
        self._axes = dict.fromkeys(inputs, 0)

    def axis(self, tensor: int) -> int:
        """Return that axis of a tensor, 0 where none of it is known."""
        return self._axes.get(tensor, 0)

    def follow(self, call: Call, reads: Sequence[Known], written: Iterable[tuple[int, Shape]]) -> None:
        """Record it for what a call writes. reads: what is known of all that it reads."""
        known = [at for at in call.inputs if at in self._axes]
        if not known or self._size == 1:
            return
        axis = max(map(self.axis, known))
        order = reads[1].numbers if call.operator == "TRANSPOSE" and len(reads) > 1 else None
        for tensor, shape in written:
            if order is not None and axis in order:
                self._axes[tensor] = order.index(axis)
            elif call.operator in _RESHAPES:
                place = reshaped(prod(reads[0].shape[:axis]), shape, self._size)
                self._axes[tensor] = axis if place is None else place[0]
            else:
                self._axes[tensor] = axis
