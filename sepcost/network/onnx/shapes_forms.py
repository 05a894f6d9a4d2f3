"""What shapes operators write that make numbers of lengths, or show the same numbers in another form."""

from __future__ import annotations

from math import ceil, prod

from sepcost.network.onnx.problems import by, misfit, refuse
from sepcost.network.onnx.shapes import Call, Shapes, joint, shapes, size_of
from sepcost.network.onnx.tensor import Lengths
from sepcost.network.shape_rules import axis_of, reduced, reordered, unsqueezed


@shapes("Shape")
def _shape(call: Call) -> Shapes:
    rank = call.rank()
    if rank is None:
        return [(None,)]
    first, last = shape_ends(call, rank)
    return [(max(last - first, 0),)]


def shape_ends(call: Call, rank: int) -> tuple[int, int]:
    """Return from which axis to which a Shape tells lengths."""
    first, last = call.attributes.whole("start", 0), call.attributes.whole("end", rank)
    first, last = (axis + rank if axis < 0 else axis for axis in (first, last))
    return min(max(first, 0), rank), min(max(last, 0), rank)


@shapes("Size", "SequenceLength", "OptionalHasElement")
def _single(call: Call) -> Shapes:
    return [()]


@shapes("Constant")
def _constant(call: Call) -> Shapes:
    said = call.attributes
    tensor = said.tensor("value") or said.tensor("sparse_value")
    if tensor is not None:
        return [tensor.dims]
    for several in ("value_ints", "value_floats"):
        numbers = said.wholes(several) if several == "value_ints" else said.numbers(several)
        if numbers is not None:
            return [(len(numbers),)]
    return [()]


@shapes("ConstantOfShape")
def _constant_of_shape(call: Call) -> Shapes:
    return [_lengths_of(call, 0)]


@shapes("Expand")
def _expand(call: Call) -> Shapes:
    return [joint(call.lengths(0), _lengths_of(call, 1))]


def _lengths_of(call: Call, place: int) -> Lengths | None:
    """Return the shape that an input's numbers are, open where one is not known."""
    value = call.value(place)
    if value is None:
        rank = call.lengths(place)
        return None if not rank or rank[0] is None or rank[0] > 64 else (None,) * rank[0]
    if any(one is not None and one < 0 for one in value):
        refuse("is told a negative length")
    return tuple(None if one is None else int(one) for one in value)


@shapes("Reshape")
def _reshape(call: Call) -> Shapes:
    said = call.attributes.wholes("shape")
    asked = said if said is not None else call.value(1)
    x = call.lengths(0)
    if asked is None:
        rank = call.lengths(1)
        return [None if not rank or rank[0] is None or rank[0] > 64 else (None,) * rank[0]]
    keeps_zero = call.attributes.whole("allowzero", 0)
    lengths: list[int | None] = []
    for axis, one in enumerate(asked):
        if one == 0 and not keeps_zero:
            lengths.append(x[axis] if x is not None and axis < len(x) else None)
        else:
            lengths.append(None if one is None else int(one))
    return [filled(lengths, size_of(x))]


def filled(lengths: list[int | None], size: int | None) -> Lengths:
    """Return a shape with the one length that is -1, or the only one not known, found from its size."""
    open_ = [axis for axis, one in enumerate(lengths) if one == -1 or one is None]
    if len([one for one in lengths if one == -1]) > 1 or any(one is not None and one < -1 for one in lengths):
        refuse("is told a shape with more than one open length, or a negative one")
    if size is None or len(open_) > 1:
        return tuple(None if one == -1 else one for one in lengths)
    rest = prod(one for one in lengths if one is not None and one != -1)
    if open_ and rest and size % rest == 0:
        lengths[open_[0]] = size // rest
    elif open_ or rest != size:
        told = tuple(-1 if one is None else one for one in lengths)
        misfit(f"cannot make {size} numbers {by(told)}")
    return tuple(lengths)


@shapes("Flatten")
def _flatten(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return [(None, None)]
    axis = call.attributes.whole("axis", 1)
    axis = axis + len(x) if axis < 0 else axis
    return [(size_of(x[:axis]), size_of(x[axis:]))]


@shapes("Squeeze")
def _squeeze(call: Call) -> Shapes:
    x, axes = call.lengths(0), call.wholes("axes", 1)
    if x is None or (axes is None and (call.tensor(1) is not None or None in x)):
        return []
    gone = (
        {axis for axis, n in enumerate(x) if n == 1} if axes is None else {axis_of(a, len(x)) for a in axes}
    )
    if any(x[axis] not in (1, None) for axis in gone):
        refuse(f"squeezes an axis of {by(tuple(n or -1 for n in x))} that is not 1")
    return [reduced(x, gone)]


@shapes("Unsqueeze")
def _unsqueeze(call: Call) -> Shapes:
    x, axes = call.lengths(0), call.wholes("axes", 1)
    if x is None or axes is None or len(axes) > 64:
        return []
    return [unsqueezed(x, axes)]


@shapes("Transpose")
def _transpose(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    return [reordered(x, call.attributes.wholes("perm") or tuple(range(len(x)))[::-1])]


@shapes("Range")
def _range(call: Call) -> Shapes:
    ends = [call.value(place) for place in range(3)]
    if any(end is None or len(end) != 1 or end[0] is None for end in ends):
        return [(None,)]
    start, limit, delta = (end[0] for end in ends if end is not None)
    assert start is not None
    assert limit is not None
    if not delta:
        refuse("has a step of 0")
    return [(max(ceil((limit - start) / delta), 0),)]


@shapes("OneHot")
def _one_hot(call: Call) -> Shapes:
    places, depth = call.lengths(0), call.value(1)
    if places is None:
        return []
    axis = axis_of(call.attributes.whole("axis", -1), len(places) + 1)
    known = depth[0] if depth else None
    return [(*places[:axis], None if known is None else int(known), *places[axis:])]


@shapes("RandomNormal", "RandomUniform")
def _random(call: Call) -> Shapes:
    return [call.attributes.wholes("shape")]
