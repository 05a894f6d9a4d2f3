"""What folds each operator that is not elementwise, where values that it reads are known."""

from __future__ import annotations

from math import prod

from sepcost.network.onnx import values
from sepcost.network.onnx.file_tensor import MOST_NUMBERS
from sepcost.network.onnx.folding import Read, Shapes, folds, moves, read_of, value_of
from sepcost.network.onnx.shapes import Call, summed_axes
from sepcost.network.onnx.shapes_forms import shape_ends
from sepcost.network.onnx.shapes_parts import cuts_of, places_of
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.onnx.types import Type
from sepcost.network.onnx.values import REDUCTIONS, Value
from sepcost.network.operators import VIEWS
from sepcost.network.shape_rules import Shape, axis_of, put


@folds("Shape")
def _lengths(call: Call, shapes: Shapes) -> Read:
    lengths = call.lengths(0)
    if lengths is None:
        return []
    first, last = shape_ends(call, len(lengths))
    return [Value((max(last - first, 0),), lengths[first:last])]


@folds("Size")
def _size(call: Call, shapes: Shapes) -> Read:
    lengths = call.lengths(0)
    return [] if lengths is None or None in lengths else [Value((), (prod(n or 0 for n in lengths),))]


@folds("Constant")
def _constant(call: Call, shapes: Shapes) -> Read:
    said = call.attributes
    tensor = said.tensor("value")
    if tensor is not None:
        return [None if tensor.numbers is None else Value(tensor.dims, tensor.numbers)]
    if (whole := said.wholes("value_ints")) is not None:
        return [Value((len(whole),), whole)]
    if (floats := said.numbers("value_floats")) is not None:
        return [Value((len(floats),), floats)]
    if said.has("value_int"):
        return [Value((), (said.whole("value_int", 0),))]
    single = said.number("value_float")
    return [None if single is None else Value((), (single,))]


@folds("ConstantOfShape")
def _filled(call: Call, shapes: Shapes) -> Read:
    tensor, shape = call.attributes.tensor("value"), shapes[0]
    if shape is None or (tensor is not None and tensor.numbers is None):
        return []
    number = 0.0 if tensor is None or not tensor.numbers else tensor.numbers[0]
    return [Value(shape, (number,) * prod(shape))]


@folds("Where")
def _where(call: Call, shapes: Shapes) -> Read:
    condition, one, other = read_of(call)
    if condition is None or None in condition.numbers:
        return []
    if one is None and other is None:
        return []
    # Of a choice whose places are known, only what is chosen needs to be.
    shape = next(value.shape for value in (one, other) if value is not None)
    unknown = Value(shape, (None,) * prod(shape))
    return [values.elementwise("Where", [condition, one or unknown, other or unknown], False)]


@folds("Concat")
def _joined(call: Call, shapes: Shapes) -> Read:
    known = [value_of(tensor) or _unknown(tensor) for tensor in call.inputs]
    return [values.joined(known, axis_of(call.attributes.whole("axis", 0), len(known[0].shape)))]


def _unknown(tensor: Tensor | None) -> Value:
    if tensor is None or tensor.shape is None or prod(tensor.shape) > MOST_NUMBERS:
        raise ValueError
    return Value(tensor.shape, (None,) * prod(tensor.shape))


@folds("Split")
def _split(call: Call, shapes: Shapes) -> Read:
    x = value_of(call.tensor(0))
    if x is None:
        return []
    axis = axis_of(call.attributes.whole("axis", 0), len(x.shape))
    parts: list[Value | None] = []
    start = 0
    for shape in shapes:
        if shape is None:
            return []
        parts.append(values.along(x, axis, range(start, start + shape[axis])))
        start += shape[axis]
    return parts


@moves(*VIEWS)
def _alike(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    return None if shape is None or prod(shape) != len(x.numbers) else Value(shape, x.numbers)


@moves("Cast")
def _cast(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    return values.cast(x, call.attributes.whole("to", Type.FLOAT))


@moves("CastLike")
def _cast_like(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    like = call.tensor(1)
    return None if like is None else values.cast(x, like.type)


@moves("Clip")
def _clipped(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    """Return a value between its bounds; those of the first operator sets are attributes, and no lengths."""
    if call.version < 11 or any(one is None and call.tensor(place) for place, one in enumerate(read)):
        return None
    value: Value | None = x
    for bound, op in zip(read[1:], ("Max", "Min"), strict=False):
        if value is not None and bound is not None:
            value = values.elementwise(op, [value, bound], False)
    return value


@moves("Transpose")
def _transposed(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    return values.transposed(x, call.attributes.wholes("perm") or range(len(x.shape))[::-1])


@moves("Expand")
def _expanded(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    return None if shape is None else values.expanded(x, shape)


@moves("Tile")
def _tiled(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    if shape is None:
        return None
    places = [[place % own for place in range(n)] for n, own in zip(shape, x.shape, strict=True)]
    return Value(shape, values.taken(x.numbers, x.shape, places))


@moves("Range")
def _range(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    ends = [value.numbers[0] for value in read if value is not None]
    if shape is None or len(ends) != 3 or ends[0] is None or ends[2] is None:
        return None
    start, step = ends[0], ends[2]
    return Value(shape, tuple(start + place * step for place in range(shape[0])))


@moves("Slice")
def _sliced(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    cuts = cuts_of(call, len(x.shape))
    for axis, start, end, step in cuts or ():
        x = values.along(x, axis, places_of(x.shape[axis], start, end, step))
    return None if cuts is None else x


@moves("Gather", "GatherElements", "GatherND")
def _gathered(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    places = read[1] if len(read) > 1 else None
    if places is None or None in places.numbers:
        return None
    at = [int(one) for one in places.numbers if one is not None]
    if call.op == "Gather":
        axis = axis_of(call.attributes.whole("axis", 0), len(x.shape))
        length = x.shape[axis]
        kept = values.along(x, axis, [range(length)[one] for one in at])
        return Value(put(x.shape, axis, *places.shape), kept.numbers)
    if call.op == "GatherElements" and len(x.shape) == 1:
        return Value(places.shape, tuple(x.numbers[one] for one in at))
    if call.op == "GatherND" and places.shape[-1:] == (1,) and not call.attributes.whole("batch_dims", 0):
        kept = values.along(x, 0, [range(x.shape[0])[one] for one in at])
        return Value((*places.shape[:-1], *x.shape[1:]), kept.numbers)
    return None


@moves("ScatterElements", "ScatterND")
def _scattered(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    """Return a vector with some of its elements replaced; more axes are not followed."""
    if len(read) != 3 or len(x.shape) != 1 or call.attributes.text("reduction", "none") != "none":
        return None
    places, new = read[1:]
    if places is None or None in places.numbers:
        return None
    numbers = list(x.numbers)
    updates = new.numbers if new is not None else (None,) * len(places.numbers)
    for place, number in zip(places.numbers, updates, strict=True):
        numbers[int(place or 0)] = number
    return Value(x.shape, tuple(numbers))


@moves("NonZero")
def _places(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    """Return where a value is not zero, axis by axis."""
    if None in x.numbers:
        return None
    found = [place for place, number in enumerate(x.numbers) if number]
    steps = [prod(x.shape[axis + 1 :]) for axis in range(len(x.shape))]
    rows = [[place // step % n for place in found] for step, n in zip(steps, x.shape, strict=True)]
    return Value((len(rows), len(found)), tuple(one for row in rows for one in row))


@moves("CumSum")
def _summed_up(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    if len(x.shape) != 1 or None in x.numbers or call.attributes.whole("exclusive", 0):
        return None
    if call.attributes.whole("reverse", 0):
        return None
    total: float = 0
    sums = []
    for number in x.numbers:
        total += number or 0
        sums.append(total)
    return Value(x.shape, tuple(sums))


@moves(*REDUCTIONS)
def _reduced(call: Call, x: Value, read: Read, shape: Shape | None) -> Value | None:
    axes = summed_axes(call, len(x.shape))
    return (
        None if axes is None else values.reduced(call.op, x, axes, bool(call.attributes.whole("keepdims", 1)))
    )
