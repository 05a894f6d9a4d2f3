"""What operators of PyTorch that are not counted write, by their arguments: a file may say less."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

from sepcost.core.errors import QuantityError
from sepcost.core.quantity import several
from sepcost.network.assembly import Assembly
from sepcost.network.aten import operators
from sepcost.network.aten.calls import Call
from sepcost.network.operators import named
from sepcost.network.shape_rules import (
    Shape,
    axis_of,
    broadcast,
    check_output,
    other_output,
    put,
    reduced,
    tiled,
)

Follow = Callable[[Call, Shape, Assembly], Shape | None]
"""Returns what a call writes, given the shape of its first tensor; None where that cannot be told."""


def check_written(call: Call, writes: Iterable[Shape | None], found: Assembly) -> None:
    """Refuse an operator that is said to write tensors of other sizes than it writes when it runs.

    Where its arguments do not tell, what the file says holds.
    """
    read, said = [found.shape(key) for key in call.tensors()], list(writes)
    reads, written = ([one for one in some if one is not None] for some in (read, said))
    if len(reads) != len(read) or len(written) != len(said) or call.chooses:
        return
    bare = call.operator.removeprefix("aten.")
    moved = call.operator in operators.MOVES and not call.target.endswith(".dtype")
    if moved or bare in _JOINS or bare in _PARTS:
        makes = sum(map(prod, reads if bare in _JOINS else reads[:1]))
        if makes != sum(map(prod, written if bare in _PARTS else written[:1])):
            raise other_output(several(makes, "element"), written[0])
        return
    try:
        shape = _shape(call, bare, reads, found)
    except (QuantityError, KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
        return
    if shape is not None:
        check_output(written[0], shape)


def _shape(call: Call, bare: str, reads: list[Shape], found: Assembly) -> Shape | None:
    if bare in _NEW:
        return _sizes(call, "size")
    if not reads:
        return None
    if bare in _RULES:
        return _RULES[bare](call, reads[0], found)
    if call.operator in operators.REDUCTIONS and "other" not in call.arguments:
        return _reduced(call, reads[0], bare)
    if bare in _LIKE_FIRST or call.operator in operators.NORMALIZATIONS:
        return reads[0]
    if call.operator in operators.ELEMENTWISE and bare not in _NOT_ELEMENTWISE:
        return broadcast(*reads)
    return None


def _axis(call: Call, rank: int, default: int = 0) -> int:
    return axis_of(call.whole("dim", default), rank)


def _sliced(call: Call, read: Shape, _: Assembly) -> Shape:
    axis = _axis(call, len(read))
    ends = [call.arguments.get(name) for name in ("start", "end")]
    return put(read, axis, len(range(read[axis])[ends[0] : ends[1] : call.whole("step", 1)]))


def _narrowed(call: Call, read: Shape, _: Assembly) -> Shape:
    return put(read, _axis(call, len(read)), call.whole("length", 0))


def _selected(call: Call, read: Shape, _: Assembly) -> Shape:
    return put(read, _axis(call, len(read)))


def _picked(call: Call, read: Shape, found: Assembly) -> Shape | None:
    index = found.shape(call.needed("index"))
    return None if index is None else put(read, _axis(call, len(read)), prod(index))


def _like(name: str) -> Follow:
    return lambda call, _, found: found.shape(call.needed(name))


def _embedded(call: Call, _: Shape, found: Assembly) -> Shape | None:
    table, places = found.shape(call.needed("weight")), found.shape(call.needed("indices"))
    return None if table is None or places is None else (*places, *table[1:])


def _sizes(call: Call, name: str) -> Shape:
    given = call.arguments[name]
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)


def _expanded(call: Call, read: Shape, _: Assembly) -> Shape:
    sizes = _sizes(call, "size")
    padded = (1,) * (len(sizes) - len(read)) + read
    return tuple(was if one == -1 else one for one, was in zip(sizes, padded, strict=True))


def _repeated(call: Call, read: Shape, _: Assembly) -> Shape:
    times = _sizes(call, "dims" if "dims" in call.arguments else "repeats")
    return tiled(read, times)


def _padded(call: Call, read: Shape, _: Assembly) -> Shape:
    pads = _sizes(call, "pad" if "pad" in call.arguments else "padding")
    if len(pads) % 2 or len(pads) // 2 > len(read):
        raise QuantityError("its pad is no pairs")
    both = [pads[at] + pads[at + 1] for at in range(0, len(pads), 2)]
    more = (*[0] * (len(read) - len(both)), *both[::-1])
    return tuple(length + one for length, one in zip(read, more, strict=True))


def _resized(call: Call, read: Shape, _: Assembly) -> Shape:
    if call.arguments.get("output_size") is not None:
        return (*read[:2], *_sizes(call, "output_size"))
    times = _sizes(call, "scale_factors")
    return (*read[:2], *(int(length * one) for length, one in zip(read[2:], times, strict=True)))


def _pooled(call: Call, read: Shape, _: Assembly) -> Shape | None:
    axes = int(call.operator.removesuffix("_with_indices")[-2])
    if call.arguments.get("ceil_mode"):
        return None
    kernel = call.lengths("kernel_size", axes, 1)
    stride = call.lengths("stride", axes, 0)
    pads, dilation = call.lengths("padding", axes, 0), call.lengths("dilation", axes, 1)
    sizes = zip(read[-axes:], kernel, stride, pads, dilation, strict=True)
    return (
        *read[:-axes],
        *((n + 2 * pad - far * (k - 1) - 1) // (step or k) + 1 for n, k, step, pad, far in sizes),
    )


def _pooled_to(call: Call, read: Shape, _: Assembly) -> Shape:
    axes = int(call.operator[-2])
    return (*read[:-axes], *call.lengths("output_size", axes, 1))


def _reduced(call: Call, read: Shape, bare: str) -> Shape | None:
    given = call.arguments.get("dim")
    if given is None and bare in _OF_ALL_OR_LAST:
        return None
    axes = list(given) if isinstance(given, (list, tuple)) else [] if given is None else [given]
    gone = [axis % len(read) for axis in axes] or None
    return reduced(read, gone, bool(call.arguments.get("keepdim")))


def _largest(call: Call, read: Shape, _: Assembly) -> Shape:
    return put(read, _axis(call, len(read), -1), call.whole("k", 1)) if read else read


def _halved(call: Call, read: Shape, _: Assembly) -> Shape:
    axis = _axis(call, len(read), -1)
    return put(read, axis, read[axis] // 2)


def _shuffled(read: Shape, times: int) -> Shape:
    return (*read[:-3], read[-3] // times**2, read[-2] * times, read[-1] * times)


def _unfolded(call: Call, read: Shape, _: Assembly) -> Shape:
    axis, size = call.whole("dimension", 0) % len(read), call.whole("size", 1)
    return (*put(read, axis, (read[axis] - size) // call.whole("step", 1) + 1), size)


def _sampled(call: Call, read: Shape, found: Assembly) -> Shape | None:
    grid = found.shape(call.needed("grid"))
    return None if grid is None else (*read[:2], *grid[1:-1])


_JOINS = named("cat concat concatenate stack hstack vstack column_stack")
_PARTS = named("""
    split split_with_sizes chunk unsafe_split unsafe_chunk unbind tensor_split split_copy
    split_with_sizes_copy unbind_copy unsafe_split_with_sizes hsplit vsplit
    """)
_LIKE_FIRST = named("""
    full_like zeros_like ones_like empty_like rand_like randn_like scatter scatter_add scatter_reduce
    index_put slice_scatter select_scatter index_add index_copy index_fill masked_scatter _unsafe_index_put
    copy fill zero diagonal_scatter tril triu cumsum cumprod sort argsort roll flip prelu _prelu_kernel
    channel_shuffle native_channel_shuffle
    """)
_NOT_ELEMENTWISE = named("view_as_real view_as_complex real imag isin equal angle")
_OF_ALL_OR_LAST = named("norm mode median nanmedian quantile trace linalg_norm frobenius_norm aminmax")
_NEW = named("""
    zeros ones full empty rand randn new_zeros new_ones new_full new_empty as_strided as_strided_copy
    """)
"""What is told the size of what it writes."""

_RULES: dict[str, Follow] = {
    **dict.fromkeys(("slice", "slice_copy"), _sliced),
    **dict.fromkeys(("narrow", "narrow_copy"), _narrowed),
    **dict.fromkeys(("select", "select_copy"), _selected),
    "index_select": _picked,
    "gather": _like("index"),
    "expand_as": _like("other"),
    "embedding": _embedded,
    **dict.fromkeys(("expand", "broadcast_to", "expand_copy"), _expanded),
    **dict.fromkeys(("repeat", "tile"), _repeated),
    **dict.fromkeys(("pad", "constant_pad_nd"), _padded),
    **dict.fromkeys(
        (f"{how}_pad{axes}d" for how in ("reflection", "replication") for axes in (1, 2, 3)), _padded
    ),
    **dict.fromkeys(operators.RESIZES, _resized),
    **dict.fromkeys((f"{kind}_pool{axes}d" for kind in ("avg", "max") for axes in (1, 2, 3)), _pooled),
    **dict.fromkeys((f"max_pool{axes}d_with_indices" for axes in (2, 3)), _pooled),
    **dict.fromkeys(operators.ADAPTIVE, _pooled_to),
    "topk": _largest,
    "glu": _halved,
    "unfold": _unfolded,
    "pixel_shuffle": lambda call, read, _: _shuffled(read, call.whole("upscale_factor", 1)),
    **dict.fromkeys(("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"), _sampled),
    **dict.fromkeys(("cosine_similarity", "_weight_norm", "_weight_norm_interface"), lambda *_: None),
}
