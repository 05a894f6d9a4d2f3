"""The values that operators write, where they are few and follow from known values and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from sepcost.network.onnx import values
from sepcost.network.onnx.problems import Shape
from sepcost.network.onnx.shapes import Call, axis_of, summed_axes
from sepcost.network.onnx.shapes_forms import shape_ends
from sepcost.network.onnx.shapes_parts import cuts_of, places_of
from sepcost.network.onnx.tensor import Tensor
from sepcost.network.onnx.types import WHOLE, Type
from sepcost.network.onnx.values import ANSWERS, MOST_NUMBERS, Value
from sepcost.network.operators import named

_SAME_NUMBERS = frozenset(["Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"])
_FOLLOWED = _SAME_NUMBERS | named("""
    Abs Add And Cast CastLike Ceil Clip Concat Constant ConstantOfShape CumSum Div Equal Expand Floor Gather
    GatherElements GatherND Greater GreaterOrEqual Less LessOrEqual Max Min Mod Mul Neg NonZero Not Or Pow
    Range ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Reciprocal Relu Round ScatterElements ScatterND
    Shape Sign Size Slice Split Sqrt Sub Sum Tile Transpose Where Xor
""")
_MOVES = _SAME_NUMBERS | named("""
    Clip Cast CastLike Concat CumSum Expand Gather GatherElements GatherND NonZero Range ReduceMax ReduceMean
    ReduceMin ReduceProd ReduceSum ScatterElements ScatterND Slice Split Tile Transpose
""")
_MOST_FLOATS = 64
"""Of a value of floats: the scales of a size are few, and weights are none."""


def computed(call: Call, shapes: Sequence[Shape | None], type_: int) -> list[Value | None]:
    """Return the values that a call writes, None for those that are not known.

    shapes: of its outputs. type_: of their elements.
    """
    most = MOST_NUMBERS if type_ in WHOLE or type_ == Type.BOOL else _MOST_FLOATS
    if call.op not in _FOLLOWED or any(shape is not None and prod(shape) > most for shape in shapes):
        return []
    lengths = call.lengths(0)
    if call.op == "Shape":
        if lengths is None:
            return []
        first, last = shape_ends(call, len(lengths))
        return [Value((max(last - first, 0),), lengths[first:last])]
    if call.op == "Size":
        return [] if lengths is None or None in lengths else [Value((), (prod(n or 0 for n in lengths),))]
    if call.op == "Constant":
        return [_constant(call)]
    if call.op == "ConstantOfShape":
        return [_filled(call, shapes[0])]
    read = [_value(tensor) for tensor in call.inputs]
    first_read = read[0] if read else None
    if call.op == "Where" and len(read) == 3:
        return [_where(read)]
    if first_read is None and call.op == "Concat":
        first_read = _unknown(call.tensor(0))
    if first_read is None:
        return []
    return _moved(call, shapes, first_read, read) if call.op in _MOVES else [_combined(call, read, type_)]


def _value(tensor: Tensor | None) -> Value | None:
    if tensor is None or tensor.value is None or tensor.shape is None:
        return None
    return Value(tensor.shape, tensor.value)


def _combined(call: Call, read: Sequence[Value | None], type_: int) -> Value | None:
    known = [value for value in read if value is not None]
    if len(known) != len(read):
        return None
    op = "Fmod" if call.op == "Mod" and call.attributes.whole("fmod", 0) else call.op
    return values.elementwise(op, known, op in ANSWERS or type_ in WHOLE)


def _where(read: Sequence[Value | None]) -> Value | None:
    condition, one, other = read
    if condition is None or None in condition.numbers:
        return None
    if one is None and other is None:
        return None
    # Of a choice whose places are known, only what is chosen needs to be.
    shape = next(value.shape for value in (one, other) if value is not None)
    unknown = Value(shape, (None,) * prod(shape))
    return values.elementwise("Where", [condition, one or unknown, other or unknown], False)


def _constant(call: Call) -> Value | None:
    said = call.attributes
    tensor = said.tensor("value")
    if tensor is not None:
        return None if tensor.numbers is None else Value(tensor.dims, tensor.numbers)
    if (whole := said.wholes("value_ints")) is not None:
        return Value((len(whole),), whole)
    if (floats := said.numbers("value_floats")) is not None:
        return Value((len(floats),), floats)
    if said.has("value_int"):
        return Value((), (said.whole("value_int", 0),))
    single = said.number("value_float")
    return None if single is None else Value((), (single,))


def _filled(call: Call, shape: Shape | None) -> Value | None:
    tensor = call.attributes.tensor("value")
    if shape is None or (tensor is not None and tensor.numbers is None):
        return None
    number = 0.0 if tensor is None or not tensor.numbers else tensor.numbers[0]
    return Value(shape, (number,) * prod(shape))


def _moved(
    call: Call, shapes: Sequence[Shape | None], x: Value, read: Sequence[Value | None]
) -> list[Value | None]:
    op, said, shape = call.op, call.attributes, shapes[0] if shapes else None
    if op in _SAME_NUMBERS:
        return [None if shape is None or prod(shape) != len(x.numbers) else Value(shape, x.numbers)]
    if op == "Cast":
        return [values.cast(x, said.whole("to", Type.FLOAT))]
    if op == "Clip":
        return [_clipped(call, read)]
    if op == "CastLike":
        like = call.tensor(1)
        return [None if like is None else values.cast(x, like.type)]
    if op == "Transpose":
        return [values.transposed(x, said.wholes("perm") or range(len(x.shape))[::-1])]
    if op == "Concat":
        known = [value for value in read if value is not None]
        if len(known) != len(read):
            known = [value or _unknown(tensor) for value, tensor in zip(read, call.inputs, strict=True)]
        return [values.joined(known, axis_of(said.whole("axis", 0), len(x.shape)))]
    if op == "Expand":
        return [None if shape is None else values.expanded(x, shape)]
    if op == "Tile":
        return [None if shape is None else _tiled(x, shape)]
    if op == "Range":
        return [_range(read, shape)]
    if op == "Slice":
        return [_sliced(call, x)]
    if op == "Split":
        return _split(call, x, shapes)
    if op.startswith("Gather"):
        return [_gathered(call, x, read[1] if len(read) > 1 else None)]
    if op.startswith("Scatter"):
        return [_scattered(call, x, read)]
    if op == "NonZero":
        return [_places(x)]
    if op == "CumSum":
        return [_summed_up(call, x, read)]
    axes = summed_axes(call, len(x.shape))
    return [None if axes is None else values.reduced(op, x, axes, bool(said.whole("keepdims", 1)))]


def _unknown(tensor: Tensor | None) -> Value:
    if tensor is None or tensor.shape is None or prod(tensor.shape) > MOST_NUMBERS:
        raise ValueError
    return Value(tensor.shape, (None,) * prod(tensor.shape))


def _clipped(call: Call, read: Sequence[Value | None]) -> Value | None:
    """Return a value between its bounds; those of the first operator sets are attributes, and no lengths."""
    value = read[0]
    if call.version < 11 or any(one is None and call.tensor(place) for place, one in enumerate(read)):
        return None
    for bound, op in zip(read[1:], ("Max", "Min"), strict=False):
        if value is not None and bound is not None:
            value = values.elementwise(op, [value, bound], False)
    return value


def _tiled(x: Value, shape: Shape) -> Value:
    places = [[place % own for place in range(n)] for n, own in zip(shape, x.shape, strict=True)]
    return Value(shape, values.taken(x.numbers, x.shape, places))


def _range(read: Sequence[Value | None], shape: Shape | None) -> Value | None:
    ends = [value.numbers[0] for value in read if value is not None]
    if shape is None or len(ends) != 3 or ends[0] is None or ends[2] is None:
        return None
    start, step = ends[0], ends[2]
    return Value(shape, tuple(start + place * step for place in range(shape[0])))


def _sliced(call: Call, x: Value) -> Value | None:
    cuts = cuts_of(call, len(x.shape))
    for axis, start, end, step in cuts or ():
        x = values.along(x, axis, places_of(x.shape[axis], start, end, step))
    return None if cuts is None else x


def _split(call: Call, x: Value, shapes: Sequence[Shape | None]) -> list[Value | None]:
    axis = axis_of(call.attributes.whole("axis", 0), len(x.shape))
    parts: list[Value | None] = []
    start = 0
    for shape in shapes:
        if shape is None:
            return []
        parts.append(values.along(x, axis, range(start, start + shape[axis])))
        start += shape[axis]
    return parts


def _gathered(call: Call, x: Value, places: Value | None) -> Value | None:
    if places is None or None in places.numbers:
        return None
    at = [int(one) for one in places.numbers if one is not None]
    if call.op == "Gather":
        axis = axis_of(call.attributes.whole("axis", 0), len(x.shape))
        length = x.shape[axis]
        kept = values.along(x, axis, [range(length)[one] for one in at])
        return Value((*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]), kept.numbers)
    if call.op == "GatherElements" and len(x.shape) == 1:
        return Value(places.shape, tuple(x.numbers[one] for one in at))
    if call.op == "GatherND" and places.shape[-1:] == (1,) and not call.attributes.whole("batch_dims", 0):
        kept = values.along(x, 0, [range(x.shape[0])[one] for one in at])
        return Value((*places.shape[:-1], *x.shape[1:]), kept.numbers)
    return None


def _scattered(call: Call, x: Value, read: Sequence[Value | None]) -> Value | None:
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


def _places(x: Value) -> Value | None:
    """Return where a value is not zero, axis by axis."""
    if None in x.numbers:
        return None
    found = [place for place, number in enumerate(x.numbers) if number]
    steps = [prod(x.shape[axis + 1 :]) for axis in range(len(x.shape))]
    rows = [[place // step % n for place in found] for step, n in zip(steps, x.shape, strict=True)]
    return Value((len(rows), len(found)), tuple(one for row in rows for one in row))


def _summed_up(call: Call, x: Value, read: Sequence[Value | None]) -> Value | None:
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
