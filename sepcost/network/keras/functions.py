"""Functions of keras.ops that move elements: what each writes follows from its arguments alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import Any

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import by
from sepcost.network.keras.site import Layer, Site
from sepcost.network.shape_rules import (
    Shape,
    axis_of,
    concatenated,
    put,
    reduced,
    reordered,
    reshaped,
    tiled,
    unsqueezed,
)

Follow = Callable[[Site], list[Shape | None]]
"""Returns the shapes of what a function writes, None where that depends on what is not in the file."""


def _axis(site: Site, name: str, rank: int, default: int | None = None) -> int:
    """Return an axis, counted from the first."""
    return axis_of(site.whole(name, default), rank)


def _axes(site: Site, name: str, rank: int) -> list[int] | None:
    """Return one axis or several, counted from the first; None where none is given."""
    value = site.config.get(name)
    if value is None:
        return None
    axes = value if isinstance(value, list) else [value]
    if not all(type(axis) is int for axis in axes):
        raise QuantityError(f"its {name} is none of what it reads")
    return [axis_of(axis, rank) for axis in axes]


def _whole_numbers(site: Site, name: str) -> list[int]:
    value = site.config.get(name)
    values = value if isinstance(value, list) else [value]
    whole = [one for one in values if type(one) is int and one >= 0]
    if whole != values:
        raise QuantityError(f"its {name} is not whole numbers from 0")
    return whole


def _reshape(site: Site) -> list[Shape | None]:
    wanted = site.config.get("newshape")
    wanted = [wanted] if type(wanted) is int else wanted
    if not isinstance(wanted, list):
        raise QuantityError("its newshape is no shape")
    lengths = [-1 if one is None else one for one in wanted]
    if lengths.count(-1) > 1 or not all(type(one) is int and one >= -1 for one in lengths):
        return [None]
    return [reshaped(site.read, lengths)]


def _transpose(site: Site) -> list[Shape | None]:
    read = site.read
    axes = _axes(site, "axes", len(read))
    order = list(range(len(read)))[::-1] if axes is None else axes
    return [reordered(read, order)]


def _moveaxis(site: Site) -> list[Shape | None]:
    read = site.read
    from_, to = _axes(site, "source", len(read)) or [], _axes(site, "destination", len(read)) or []
    if len(from_) != len(to):
        raise QuantityError("its source and destination are not as many axes")
    order = [axis for axis in range(len(read)) if axis not in from_]
    for place, axis in sorted(zip(to, from_, strict=True)):
        order.insert(place, axis)
    return [reordered(read, order)]


def _swapaxes(site: Site) -> list[Shape | None]:
    order = list(range(len(site.read)))
    one, other = (_axis(site, name, len(order)) for name in ("axis1", "axis2"))
    order[one], order[other] = order[other], order[one]
    return [reordered(site.read, order)]


def _expand_dims(site: Site) -> list[Shape | None]:
    given = site.config.get("axis")
    count = len(given) if isinstance(given, list) else 1
    axes = _axes(site, "axis", len(site.read) + count)
    if axes is None:
        raise QuantityError("lacks its axis")
    return [unsqueezed(site.read, axes)]


def _squeeze(site: Site) -> list[Shape | None]:
    read = site.read
    axes = _axes(site, "axis", len(read))
    if axes is None:
        axes = [axis for axis, length in enumerate(read) if length == 1]
    if any(read[axis] != 1 for axis in axes):
        raise QuantityError(f"takes an axis out of {by(read)} that is longer than 1")
    return [reduced(read, axes)]


def _concatenate(site: Site) -> list[Shape | None]:
    return [concatenated(site.shapes, site.whole("axis", -1))]


def _stack(site: Site) -> list[Shape | None]:
    read = site.read
    axis = _axis(site, "axis", len(read) + 1, 0)
    if set(site.shapes) != {read}:
        raise QuantityError(f"joins {' and '.join(map(by, site.shapes))}, which do not fit")
    return [(*read[:axis], len(site.shapes), *read[axis:])]


def _tile(site: Site) -> list[Shape | None]:
    return [tiled(site.read, _whole_numbers(site, "repeats"))]


def _repeat(site: Site) -> list[Shape | None]:
    read, times = site.read, _whole_numbers(site, "repeats")
    if site.config.get("axis") is None:
        read = (prod(read),)
    axis = _axis(site, "axis", len(read), 0) if site.config.get("axis") is not None else 0
    if len(times) not in (1, read[axis]):
        raise QuantityError("its repeats are not as many as what it repeats")
    length = read[axis] * times[0] if len(times) == 1 else sum(times)
    return [put(read, axis, length)]


def _pad(site: Site) -> list[Shape | None]:
    read, width = site.read, site.config.get("pad_width")
    each: list[Any] = (
        width if isinstance(width, list) and any(isinstance(one, list) for one in width) else [width]
    )
    both = [one if isinstance(one, list) else [one, one] for one in each]
    both = both * len(read) if len(both) == 1 else both
    site.text("mode", "constant")
    if len(both) != len(read) or not all(
        len(one) == 2 and all(type(side) is int and side >= 0 for side in one) for one in both
    ):
        raise QuantityError("its pad_width is not two whole numbers for each axis")
    return [tuple(length + sum(one) for length, one in zip(read, both, strict=True))]


def _broadcast(site: Site) -> list[Shape | None]:
    read, wanted = site.read, site.config.get("shape")
    if not isinstance(wanted, list) or len(wanted) < len(read):
        raise QuantityError("its shape is none that it can make")
    padded = (1,) * (len(wanted) - len(read)) + read
    shape = tuple(was if one is None else one for one, was in zip(wanted, padded, strict=True))
    if any(type(one) is not int or was not in (1, one) for one, was in zip(shape, padded, strict=True)):
        raise QuantityError(f"cannot make {by(shape)} of {by(read)}")
    return [shape]


def _split(site: Site) -> list[Shape | None]:
    read, parts = site.read, site.config.get("indices_or_sections")
    axis = _axis(site, "axis", len(read), 0)
    if type(parts) is int and 0 < parts <= read[axis] and read[axis] % parts == 0:
        lengths = [read[axis] // parts] * parts
    elif isinstance(parts, list) and all(type(one) is int for one in parts):
        ends = [0, *parts, read[axis]]
        lengths = [end - start for start, end in pairwise(ends)]
    else:
        raise QuantityError("its indices_or_sections do not divide what it reads")
    return [put(read, axis, length) for length in lengths]


def _reduce(site: Site) -> list[Shape | None]:
    return [reduced(site.read, _axes(site, "axis", len(site.read)), site.flag("keepdims", False))]


def _get_item(site: Site) -> list[Shape | None]:
    key = site.given.get("key", 1, "")
    items = key if isinstance(key, list) else [key]
    known = all(one is None or one is ... or type(one) in (int, slice) for one in items)
    taken = sum(one is not None and one is not ... for one in items)
    if not known or items.count(...) > 1 or taken > len(site.read):
        return [None]
    rest = [slice(None)] * (len(site.read) - taken)
    at = items.index(...) if ... in items else len(items)
    lengths, out = iter(site.read), []
    for one in (*items[:at], *rest, *items[at + 1 :]):
        if isinstance(one, slice):
            out.append(_sliced(next(lengths), one))
        elif one is None:
            out.append(1)
        else:
            next(lengths)
    return [None] if None in out else [tuple(length for length in out if length is not None)]


def _sliced(length: int, part: slice) -> int | None:
    ends = (part.start, part.stop, part.step)
    if not all(end is None or type(end) is int for end in ends) or part.step == 0:
        return None
    return len(range(length)[part])


def _function(op: str, follow: Follow) -> Layer:
    def note(site: Site) -> list[str]:
        shapes = follow(site)
        return [
            site.free(op, site.reads, shape, part=f"output{at}" if at else "")
            for at, shape in enumerate(shapes)
        ]

    return note


FOLLOWED: dict[str, Layer] = {
    "All": _function("ReduceMin", _reduce),
    "Any": _function("ReduceMax", _reduce),
    "BroadcastTo": _function("Expand", _broadcast),
    "Concatenate": _function("Concat", _concatenate),
    "ExpandDims": _function("Unsqueeze", _expand_dims),
    "GetItem": _function("Slice", _get_item),
    "Max": _function("ReduceMax", _reduce),
    "Mean": _function("ReduceMean", _reduce),
    "Min": _function("ReduceMin", _reduce),
    "Moveaxis": _function("Transpose", _moveaxis),
    "Pad": _function("Pad", _pad),
    "Repeat": _function("Tile", _repeat),
    "Reshape": _function("Reshape", _reshape),
    "Split": _function("Split", _split),
    "Squeeze": _function("Squeeze", _squeeze),
    "Stack": _function("Concat", _stack),
    "Sum": _function("ReduceSum", _reduce),
    "Swapaxes": _function("Transpose", _swapaxes),
    "Tile": _function("Tile", _tile),
    "Transpose": _function("Transpose", _transpose),
}
"""What records each of them, under ONNX's name for it."""
