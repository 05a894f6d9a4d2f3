"""Where the first axis of a graph's inputs is in its maps: where their batch is, if that is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from sepcost.network.batch_place import reshaped
from sepcost.network.shape_rules import Shape
from sepcost.network.tflite import schema
from sepcost.network.tflite.model import Call, Known
from sepcost.network.tflite.operators import REDUCTIONS

_RESHAPES = ("EXPAND_DIMS", "RESHAPE", "SQUEEZE")
_ALONG_THE_LAST = ("L2_NORMALIZATION", "LOG_SOFTMAX", "SOFTMAX")
_ALONG_AXES = (*REDUCTIONS, "ARG_MAX", "ARG_MIN", "CUMSUM", "REVERSE_V2")
"""What mixes or turns round what lies along the axes that its second operand names."""


class Batches:
    """The axis of each tensor, by its number, that has a first axis of so many inputs.

    It is followed through what turns maps and puts them in other shapes, up to where elements along it meet;
    all else is taken to leave it.
    """

    def __init__(self, size: int, inputs: Iterable[int]) -> None:
        self._size = size
        self._axes = dict.fromkeys(inputs, 0)
        self._mixed: set[int] = set()

    def axis(self, tensor: int) -> int:
        """Return that axis of a tensor, 0 where none of it is known."""
        return self._axes.get(tensor, 0)

    def meet(self, tensors: Iterable[int]) -> bool:
        """Whether elements that lay along that axis have met in one of some tensors."""
        return not self._mixed.isdisjoint(tensors)

    def follow(self, call: Call, reads: Sequence[Known], written: Iterable[tuple[int, Shape]]) -> None:
        """Record it for what a call writes. reads: what is known of all that it reads."""
        known = [at for at in call.inputs if at in self._axes]
        if not known or self._size == 1:
            return
        axis = max(map(self.axis, known))
        meets = self.meet(known) or _meets(call, reads, axis)
        order = reads[1].numbers if call.operator == "TRANSPOSE" and len(reads) > 1 else None
        for tensor, shape in written:
            if order is not None and axis in order:
                self._axes[tensor] = order.index(axis)
            elif call.operator in _RESHAPES:
                place = reshaped(prod(reads[0].shape[:axis]), shape, self._size)
                self._axes[tensor] = axis if place is None else place[0]
            else:
                self._axes[tensor] = axis - _dropped(call, reads, axis)
            if meets:
                self._mixed.add(tensor)


def _meets(call: Call, reads: Sequence[Known], axis: int) -> bool:
    """Whether elements meet that lie along an axis, or change places along it."""
    rank = len(reads[0].shape)
    if call.operator in _ALONG_THE_LAST:
        return axis == rank - 1
    if call.operator in _ALONG_AXES and len(reads) > 1:
        axes = reads[1].numbers
        return axes is None or axis in [one % rank for one in axes if rank]
    if call.operator == "STRIDED_SLICE" and len(reads) > 3:
        return any(step < 0 for step in (reads[3].numbers or ())[axis : axis + 1])
    return False


def _dropped(call: Call, reads: Sequence[Known], axis: int) -> int:
    """Return how many axes before one a call leaves out."""
    options, fields = call.options, schema.StridedSliceOptions
    if call.operator == "STRIDED_SLICE" and options is not None:
        plain = not options.whole(fields.ELLIPSIS_MASK) and not options.whole(fields.NEW_AXIS_MASK)
        return (options.whole(fields.SHRINK_AXIS_MASK) & ((1 << axis) - 1)).bit_count() if plain else 0
    if call.operator in REDUCTIONS and len(reads) > 1:
        keeps = options is not None and options.byte(schema.ReducerOptions.KEEP_DIMS)
        axes = {one % (len(reads[0].shape) or 1) for one in reads[1].numbers or ()}
        return 0 if keeps else sum(one < axis for one in axes)
    return 0
