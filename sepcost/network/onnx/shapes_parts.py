"""What shapes operators write that join, cut, pick, repeat or resize."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from sepcost.network.onnx.problems import misfit, refuse
from sepcost.network.onnx.shapes import Call, Shapes, shapes
from sepcost.network.onnx.tensor import Lengths
from sepcost.network.shape_rules import axis_of, put


@shapes("Concat")
def _concat(call: Call) -> Shapes:
    parts = [call.lengths(place) for place in range(len(call.inputs))]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or not known or len({len(part) for part in known}) != 1:
        return []
    axis = axis_of(call.attributes.whole("axis", 1), len(known[0]))
    along = [part[axis] for part in known]
    apart = joint_of_parts(known, axis)
    total = None if None in along else sum(one for one in along if one is not None)
    return [put(apart, axis, total)]


def joint_of_parts(parts: Sequence[Lengths], axis: int) -> Lengths:
    """Return the lengths that parts have alike along every other axis; QuantityError where they differ."""
    alike: list[int | None] = []
    for place in range(len(parts[0])):
        lengths = {part[place] for part in parts} - {None}
        if len(lengths) > 1 and place != axis:
            misfit(f"its inputs do not fit each other along axis {place}")
        alike.append(next(iter(lengths), None))
    return tuple(alike)


@shapes("Split")
def _split(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    axis = axis_of(call.attributes.whole("axis", 0), len(x))
    sizes: Sequence[int | None] | None = call.wholes("split", 1)
    count = call.attributes.whole("num_outputs", call.outputs, least=1)
    length = x[axis]
    if sizes is None:
        if call.tensor(1) is not None or length is None:
            sizes = [None] * call.outputs
        else:
            each = -(-length // count)
            sizes = [min(each, length - place * each) for place in range(min(count, call.outputs))]
    return [put(x, axis, one) for one in sizes[: call.outputs]]


@shapes("Slice")
def _slice(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    lengths = list(x)
    cuts = cuts_of(call, len(x))
    if cuts is None:
        return [(None,) * len(x)]
    for axis, start, end, step in cuts:
        length = lengths[axis]
        lengths[axis] = None if length is None else len(places_of(length, start, end, step))
    return [tuple(lengths)]


def cuts_of(call: Call, rank: int) -> list[tuple[int, int, int, int]] | None:
    """Return the axis, start, end and step of each cut of a Slice, None where they are not known."""
    starts, ends = call.wholes("starts", 1), call.wholes("ends", 2)
    if starts is None or ends is None:
        return None
    axes, steps = call.wholes("axes", 3), call.wholes("steps", 4)
    if (axes is None and call.tensor(3) is not None) or (steps is None and call.tensor(4) is not None):
        return None
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if 0 in steps:
        refuse("has a step of 0")
    return [
        (axis_of(axis, rank), start, end, step)
        for axis, start, end, step in zip(axes, starts, ends, steps, strict=True)
    ]


def places_of(length: int, start: int, end: int, step: int) -> range:
    """Return the places that a cut of an axis keeps."""
    return range(length)[slice(start, end if end >= -length or step > 0 else None, step)]


@shapes("Gather")
def _gather(call: Call) -> Shapes:
    return gathered(call, call.attributes.whole("axis", 0))


def gathered(call: Call, axis: int) -> Shapes:
    """Return the first input's shape with that of the places, the second's, in place of an axis."""
    x, places = call.lengths(0), call.lengths(1)
    return [] if x is None or places is None else [put(x, axis_of(axis, len(x)), *places)]


@shapes("GatherElements")
def _gather_elements(call: Call) -> Shapes:
    return [call.lengths(1)]


@shapes("GatherND")
def _gather_nd(call: Call) -> Shapes:
    x, places = call.lengths(0), call.lengths(1)
    if x is None or not places or places[-1] is None:
        return []
    batch = call.attributes.whole("batch_dims", 0, least=0)
    return [(*places[:-1], *x[batch + places[-1] :])]


@shapes("Tile")
def _tile(call: Call) -> Shapes:
    x, repeats = call.lengths(0), call.value(1)
    if x is None:
        return []
    if call.version < 6 or repeats is None:
        return [(None,) * len(x)]
    return [
        tuple(
            None if n is None or times is None else n * int(times)
            for n, times in zip(x, repeats, strict=True)
        )
    ]


@shapes("Pad")
def _pad(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    ends = ends_of(call, len(x))
    if ends is None:
        return [(None,) * len(x)]
    lengths = list(x)
    for axis, (before, after) in ends.items():
        length = lengths[axis]
        lengths[axis] = None if length is None else length + before + after
    if any(length is not None and length < 0 for length in lengths):
        refuse("its pads leave nothing")
    return [tuple(lengths)]


def ends_of(call: Call, rank: int) -> dict[int, tuple[int, int]] | None:
    """Return what a Pad adds before and after each axis, None where that is not known."""
    ends, axes = call.wholes("pads", 1), call.wholes("axes", 3)
    ends = call.attributes.wholes("paddings") if ends is None and call.version < 2 else ends
    if ends is None or (axes is None and call.tensor(3) is not None):
        return None
    padded = list(range(rank)) if axes is None else [axis_of(axis, rank) for axis in axes]
    if len(ends) != 2 * len(padded):
        refuse(f"pads {len(padded)} axes with {len(ends)} numbers")
    return dict(zip(padded, zip(ends, ends[len(padded) :], strict=False), strict=True))


@shapes("CenterCropPad")
def _center_crop_pad(call: Call) -> Shapes:
    x, asked = call.lengths(0), call.value(1)
    if x is None or asked is None:
        return []
    axes = call.attributes.wholes("axes")
    lengths = list(x)
    for axis, length in zip(range(len(x)) if axes is None else axes, asked, strict=True):
        lengths[axis_of(axis, len(x))] = None if length is None else int(length)
    return [tuple(lengths)]


@shapes("DepthToSpace", "SpaceToDepth")
def _depth_to_space(call: Call) -> Shapes:
    x, block = call.lengths(0), call.attributes.whole("blocksize", 0, least=1)
    if x is None or len(x) != 4:
        return []
    n, c, h, w = x
    if call.op == "DepthToSpace":
        return [(n, _over(c, block * block), _times(h, block), _times(w, block))]
    return [(n, _times(c, block * block), _over(h, block), _over(w, block))]


def _times(length: int | None, factor: int) -> int | None:
    return None if length is None else length * factor


def _over(length: int | None, divisor: int) -> int | None:
    return None if length is None else length // divisor


@shapes("Resize", "Upsample")
def _resize(call: Call) -> Shapes:
    """Return the sizes that are given, or the lengths times scales, rounded down."""
    x = call.lengths(0)
    if x is None:
        return []
    newer = call.op == "Resize" and call.version >= 11
    sizes = call.value(3) if newer else None
    scales = call.value(2 if newer else 1)
    if call.op == "Upsample" and call.version < 9:
        scales = call.attributes.numbers("scales")
    axes = call.attributes.wholes("axes")
    resized = list(range(len(x))) if axes is None else [axis_of(axis, len(x)) for axis in axes]
    lengths = list(x)
    if sizes:
        kept = call.attributes.text("keep_aspect_ratio_policy", "stretch") == "stretch"
        for axis, size in zip(resized, sizes, strict=True):
            lengths[axis] = None if size is None or not kept else int(size)
    elif scales:
        for axis, scale in zip(resized, scales, strict=True):
            length = lengths[axis]
            lengths[axis] = None if length is None or scale is None else floor(length * scale)
    else:
        return [(None,) * len(x)]
    return [tuple(lengths)]


@shapes("Compress")
def _compress(call: Call) -> Shapes:
    x, chosen = call.lengths(0), call.value(1)
    kept = None if chosen is None or None in chosen else sum(bool(one) for one in chosen)
    if x is None or not call.attributes.has("axis"):
        return [(kept,)]
    axis = axis_of(call.attributes.whole("axis", 0), len(x))
    return [put(x, axis, kept)]


@shapes("NonZero")
def _non_zero(call: Call) -> Shapes:
    return [(call.rank(), None)]


@shapes("NonMaxSuppression")
def _non_max_suppression(call: Call) -> Shapes:
    return [(None, 3)]


@shapes("Unique")
def _unique(call: Call) -> Shapes:
    return [(None,)] * call.outputs if not call.attributes.has("axis") else []


@shapes("TopK")
def _top_k(call: Call) -> Shapes:
    x, k = call.lengths(0), call.value(1)
    if x is None:
        return []
    axis = axis_of(call.attributes.whole("axis", -1), len(x))
    count = call.attributes.whole("k", 0) or (int(k[0]) if k and k[0] is not None else None)
    return [put(x, axis, count)] * 2
