"""What operators write that show again, cut or join what they read, and the numbers that go with it.

Small tensors of whole numbers (sizes, axes, paddings) are worked out, so that a graph may compute sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product as every

from sepcost.core.errors import QuantityError
from sepcost.network.shape_rules import axis_of, put, reduced, reshaped, unsqueezed
from sepcost.network.tflite import schema
from sepcost.network.tflite.flatbuffer import Table
from sepcost.network.tflite.model import Call, Known

Follow = Callable[[Call, Sequence[Known]], list[Known]]
"""Returns what a call writes, given what it reads."""

Numbers = tuple[int, ...]
_MOST_NUMBERS = 512


def _reshape(call: Call, reads: Sequence[Known]) -> list[Known]:
    wanted = reads[1].numbers if len(reads) > 1 else options_of(call).wholes(schema.ReshapeOptions.NEW_SHAPE)
    if wanted is None:
        raise QuantityError("the shape that it makes is not known")
    return [Known(reshaped(reads[0].shape, wanted), reads[0].numbers)]


def _shape(_: Call, reads: Sequence[Known]) -> list[Known]:
    return [Known((len(reads[0].shape),), reads[0].shape)]


def _expand_dims(_: Call, reads: Sequence[Known]) -> list[Known]:
    return [Known(unsqueezed(reads[0].shape, [given(reads[1])[0]]), reads[0].numbers)]


def _squeeze(call: Call, reads: Sequence[Known]) -> list[Known]:
    shape = reads[0].shape
    axes = call.options.wholes(schema.SqueezeOptions.SQUEEZE_DIMS) if call.options else ()
    axes = axes or tuple(axis for axis, length in enumerate(shape) if length == 1)
    return [Known(reduced(shape, axes), reads[0].numbers)]


def _pack(call: Call, reads: Sequence[Known]) -> list[Known]:
    shape = reads[0].shape
    axis = axis_of(options_of(call).whole(schema.PackOptions.AXIS), len(shape) + 1)
    numbers = None if shape else _joined(reads)
    return [Known((*shape[:axis], len(reads), *shape[axis:]), numbers)]


def _concatenation(call: Call, reads: Sequence[Known]) -> list[Known]:
    shape = reads[0].shape
    axis = axis_of(options_of(call).whole(schema.ConcatenationOptions.AXIS), len(shape))
    total = sum(known.shape[axis] for known in reads)
    return [Known(put(shape, axis, total), _joined(reads) if len(shape) == 1 else None)]


def _joined(reads: Sequence[Known]) -> Numbers | None:
    parts = [known.numbers for known in reads]
    if any(part is None for part in parts) or sum(len(part or ()) for part in parts) > _MOST_NUMBERS:
        return None
    return tuple(number for part in parts for number in part or ())


def _gather(call: Call, reads: Sequence[Known]) -> list[Known]:
    shape = reads[0].shape
    axis = axis_of(options_of(call).whole(schema.GatherOptions.AXIS), len(shape))
    numbers, places = reads[0].numbers, reads[1].numbers
    picked = None
    if len(shape) == 1 and numbers is not None and places is not None:
        picked = tuple(numbers[place] for place in places)
    return [Known(put(shape, axis, *reads[1].shape), picked)]


def _strided_slice(call: Call, reads: Sequence[Known]) -> list[Known]:
    x, options, fields = reads[0], options_of(call), schema.StridedSliceOptions
    begin, end, stride = (given(known) for known in reads[1:4])
    if options.whole(fields.ELLIPSIS_MASK) or options.whole(fields.NEW_AXIS_MASK):
        raise QuantityError("what it writes cannot be followed at this input shape")
    slices, kept = [], []
    for axis, length in enumerate(x.shape):
        bit = 1 << axis
        if axis >= len(begin):
            slices.append(range(length))
        elif options.whole(fields.SHRINK_AXIS_MASK) & bit:
            at = begin[axis] % length
            slices.append(range(at, at + 1))
            continue
        else:
            first = None if options.whole(fields.BEGIN_MASK) & bit else begin[axis]
            last = None if options.whole(fields.END_MASK) & bit else end[axis]
            slices.append(range(length)[first : last : stride[axis]])
        kept.append(len(slices[-1]))
    return [Known(tuple(kept), _picked(x, slices))]


def _slice(_: Call, reads: Sequence[Known]) -> list[Known]:
    begin, size = given(reads[1]), given(reads[2])
    slices = [
        range(first, length if count == -1 else first + count)
        for length, first, count in zip(reads[0].shape, begin, size, strict=True)
    ]
    return [Known(tuple(map(len, slices)), _picked(reads[0], slices))]


def _split(call: Call, reads: Sequence[Known]) -> list[Known]:
    shape, count = reads[1].shape, len(call.outputs)
    axis = axis_of(given(reads[0])[0], len(shape))
    return _cut(reads[1], axis, (shape[axis] // count,) * count)


def _split_v(_: Call, reads: Sequence[Known]) -> list[Known]:
    shape, lengths = reads[0].shape, given(reads[1])
    axis = axis_of(given(reads[2])[0], len(shape))
    rest = shape[axis] - sum(length for length in lengths if length != -1)
    return _cut(reads[0], axis, tuple(rest if length == -1 else length for length in lengths))


def _cut(x: Known, axis: int, lengths: Numbers) -> list[Known]:
    """Return the parts of an axis, one after the other."""
    if sum(lengths) != x.shape[axis]:
        raise QuantityError(f"cuts an axis of {x.shape[axis]} into {sum(lengths)}")
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    parts = (range(start, start + length) for start, length in zip(starts, lengths, strict=True))
    return [Known(put(x.shape, axis, len(part)), _picked(x, [part])) for part in parts]


def _picked(x: Known, slices: list[range]) -> Numbers | None:
    """Return the numbers that slices pick from a vector."""
    if x.numbers is None or len(x.shape) != 1:
        return None
    return tuple(x.numbers[at] for (at,) in every(*slices))


def _range(_: Call, reads: Sequence[Known]) -> list[Known]:
    start, limit, step = (given(known)[0] for known in reads)
    found = range(start, limit, step)
    return [Known((len(found),), tuple(found) if len(found) <= _MOST_NUMBERS else None)]


def given(known: Known) -> Numbers:
    """Return an operand's numbers; QuantityError where they are not known."""
    if known.numbers is None:
        raise QuantityError("an operand that its output's size depends on is not known")
    return known.numbers


def options_of(call: Call) -> Table:
    """Return a call's options; QuantityError where it has none."""
    if call.options is None:
        raise QuantityError("lacks its options")
    return call.options


PARTS: dict[str, Follow] = {
    "RESHAPE": _reshape,
    "SHAPE": _shape,
    "EXPAND_DIMS": _expand_dims,
    "SQUEEZE": _squeeze,
    "PACK": _pack,
    "CONCATENATION": _concatenation,
    "GATHER": _gather,
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "RANGE": _range,
}
"""What each of them writes, by its name in the schema."""
