"""Where the batch goes in a program: which axis of each tensor has the inputs that are computed at once.

It is followed from the first axis of what a caller gives. Where the elements of several inputs meet, what a
call writes is MIXED: then that first length was no batch. Where it is not known to keep them apart, that is
UNKNOWN: then it is not divided by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

from sepcost.core.errors import QuantityError
from sepcost.network.assembly import Assembly
from sepcost.network.aten import operators
from sepcost.network.aten.calls import Call
from sepcost.network.batch_place import MIXED, UNKNOWN, Batch, aligned, of_equation, reshaped
from sepcost.network.operators import LENGTHS, RESHAPES
from sepcost.network.products import einsum_letters
from sepcost.network.provenance import Written
from sepcost.network.shape_rules import Shape


class Batches:
    """Where each tensor has a batch of so many inputs; those that depend on no input have none."""

    def __init__(self, size: int, inputs: Iterable[tuple[str, Shape | None]]) -> None:
        self._size = size
        self.meeting: list[str] = []
        """Layers, as an error calls them, in which the inputs meet."""
        self._known: dict[str, Batch] = {
            key: (0, 1) for key, shape in inputs if shape and shape[0] == size and size > 1
        }

    def follow(self, call: Call, found: Assembly, op: str, writes: Iterable[Written]) -> Batch | None:
        """Record where what a call writes has the batch; return that of the first, None where it has none."""
        having = {key: self._known[key] for key in call.tensors() if key in self._known}
        if not having or op in LENGTHS:
            return None
        batches = [self._written(call, found, op, having, shape) for _, shape, _ in writes]
        self._known |= dict(zip(call.outputs, batches, strict=True))
        return batches[0]

    def overwrite(self, keys: Iterable[str], written: str, found: Assembly) -> None:
        """Record that tensors which show the same elements now have what one of them has."""
        batch = self._known.get(written)
        for key in keys:
            if batch is not None or key in self._known:
                whole = batch is not None and found.shape(key) == found.shape(written)
                self._known[key] = batch if whole and batch is not None else UNKNOWN

    def _written(
        self, call: Call, found: Assembly, op: str, having: dict[str, Batch], shape: Shape | None
    ) -> Batch:
        shapes = {key: found.shape(key) for key in having}
        if shape is None and op in _OF_ROWS:  # as many rows as it reads, whatever the file says of them
            shape = next(iter(shapes.values()))
        if MIXED in having.values():
            return MIXED
        if shape is None or None in shapes.values() or UNKNOWN in having.values():
            return UNKNOWN
        known = {key: one for key, one in shapes.items() if one is not None}
        try:
            batch = self._kept(call, found, op, having, known, shape)
        except (QuantityError, IndexError, KeyError, TypeError, ValueError, ZeroDivisionError):
            return UNKNOWN
        if batch in (MIXED, UNKNOWN):
            return batch
        fits = batch[0] < len(shape) and shape[batch[0]] % (self._size * batch[1]) == 0
        return batch if fits else UNKNOWN

    def _kept(
        self,
        call: Call,
        found: Assembly,
        op: str,
        having: dict[str, Batch],
        shapes: dict[str, Shape],
        shape: Shape,
    ) -> Batch:
        bare = call.operator.removeprefix("aten.")
        if bare in _PRODUCTS:
            left, right = (call.needed(name) for name in _PRODUCTS[bare])
            return _of_product(found.shape(left), found.shape(right), having.get(left), having.get(right))
        if bare in ("view_as_complex", "view_as_real"):
            return next(iter(having.values()))
        if bare != "glu" and (call.operator in operators.ELEMENTWISE or op == "Expand"):
            return _agreed(aligned(having[key], shapes[key], shape) or UNKNOWN for key in having)
        if bare in ("cat", "concat", "concatenate", "stack"):
            return _joined(_agreed(having.values()), call.whole("dim", 0) % len(shape), bare == "stack")
        if bare == "einsum":
            return _of_einsum(call, found, having)
        if op == "Attention":
            return _of_attention(call, having, len(shape))
        if bare == "gather" or bare in _INTO:
            along = call.whole("dim", -1 if bare == "copy" else 0) % len(shape)
            batch = _agreed(having.values())
            return MIXED if along == batch[0] and bare != "copy" else batch
        if bare in _SAMPLED:
            return _agreed(having.values()) if _agreed(having.values())[0] == 0 else UNKNOWN
        key, *others = having
        if bare == "embedding" and key == call.needed("indices"):
            return having[key]
        if others or key != next(call.tensors()):
            return UNKNOWN
        if op in RESHAPES:
            before = prod(shapes[key][: having[key][0]]) * having[key][1]
            return reshaped(before, shape, self._size) or UNKNOWN
        rule = _RULES.get(op)
        return UNKNOWN if rule is None else rule(call, having[key], shapes[key], shape)


def _agreed(places: Iterable[Batch]) -> Batch:
    found = set(places)
    return found.pop() if len(found) == 1 else MIXED


def _joined(batch: Batch, axis: int, stacked: bool) -> Batch:
    """Return where tensors joined along an axis, or a new one, have the batch."""
    if batch in (MIXED, UNKNOWN):
        return batch
    if batch[0] == axis and not stacked:
        return UNKNOWN
    return (batch[0] + int(stacked and axis <= batch[0]), batch[1])


def _of_einsum(call: Call, found: Assembly, having: dict[str, Batch]) -> Batch:
    """The batch has one letter wherever it is, in the result too."""
    keys = call.list_of("tensors")
    letters = einsum_letters(str(call.arguments["equation"]), *(found.shape(key) or () for key in keys))
    batch = None if letters is None else of_equation(letters, map(having.get, keys))
    return UNKNOWN if batch is None else batch


def _of_product(
    left: Shape | None, right: Shape | None, of_left: Batch | None, of_right: Batch | None
) -> Batch:
    """Return where a product of [..., M, K] and [..., K, N] has the batch."""
    assert left is not None
    assert right is not None
    rank = max(len(left), len(right), 2)
    places = []
    for shape, batch, summed in (
        (left, of_left, len(left) - 1),
        (right, of_right, max(len(right) - 2, 0)),
    ):
        if batch is not None:
            axis = batch[0] + rank - len(shape) if len(shape) > 1 else rank
            places.append(MIXED if batch[0] == summed or axis >= rank else (axis, batch[1]))
    return _agreed(places)


def _of_attention(call: Call, having: dict[str, Batch], rank: int) -> Batch:
    """Queries, keys and values of one input attend to each other; a mask may have the batch where they do."""
    parts = [call.needed(name) for name in ("query", "key", "value")]
    batch = _agreed(having[key] for key in parts if key in having)
    if batch == MIXED or batch[0] >= rank - 2:
        return MIXED
    apart = all(key in having if key in parts else having[key][0] == 0 for key in (*parts, *having))
    return batch if apart else UNKNOWN


Rule = Callable[[Call, Batch, Shape, Shape], Batch]


def _same(_: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    return batch if read == shape else UNKNOWN


def _first(_: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    """Of what goes over the places of a map, one map after another."""
    return batch if batch[0] == 0 and len(read) == len(shape) and read[0] == shape[0] else UNKNOWN


def _convolved(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    return batch if batch[0] == 0 and len(read) == len(shape) and read[0] == shape[0] else MIXED


def _along(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    """Of what takes elements along one axis, which it may leave out."""
    along = call.whole("dim", 0) % len(read)
    if along == batch[0]:
        return UNKNOWN
    return (batch[0] - (len(shape) < len(read) and along < batch[0]), batch[1])


def _kept_length(_: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    return batch if len(read) == len(shape) and read[batch[0]] == shape[batch[0]] else UNKNOWN


def _turned_round(call: Call, batch: Batch, read: Shape, _: Shape) -> Batch:
    """Of what turns round or shifts elements along axes; all of them where it names none."""
    axes = call.arguments["dims"] or range(len(read))
    return UNKNOWN if batch[0] in [axis % len(read) for axis in axes] else batch


def _padded(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    """Of what adds at the ends of axes or takes from them, those of the last axis said first."""
    ends = call.arguments["pad" if "pad" in call.arguments else "padding"]
    own = ends[2 * (len(read) - 1 - batch[0]) :][:2]
    return UNKNOWN if any(own) else _kept_length(call, batch, read, shape)


def _batch_norm(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    """In training, the statistics are those of the batch."""
    trains = call.arguments.get("training") or call.operator.endswith("_with_update")
    return MIXED if trains else _first(call, batch, read, shape)


def _indexed(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    """Of what picks places of other axes, those after the batch's."""
    before = call.arguments["indices"][: batch[0] + 1]
    return _kept_length(call, batch, read[:1], shape[:1]) if batch[0] == 0 and before == [None] else UNKNOWN


def _windows(call: Call, batch: Batch, read: Shape, _: Shape) -> Batch:
    if "dimension" in call.arguments and call.whole("dimension", 0) % len(read) == batch[0]:
        return MIXED
    return batch if "dimension" in call.arguments or batch[0] == 0 else UNKNOWN


def _softmax(call: Call, batch: Batch, read: Shape, _: Shape) -> Batch:
    return MIXED if call.whole("dim", -1) % len(read) == batch[0] else batch


def _layer_norm(call: Call, batch: Batch, read: Shape, _: Shape) -> Batch:
    axes = call.arguments["normalized_shape"]
    return batch if batch[0] < len(read) - len(axes) else MIXED


def _reduced(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    given = call.arguments["dim"]
    axes = {axis % len(read) for axis in (given if isinstance(given, (list, tuple)) else [given])}
    if not axes or batch[0] in axes:
        return MIXED
    gone = sum(axis < batch[0] for axis in axes) if len(shape) < len(read) else 0
    return (batch[0] - gone, batch[1])


def _transposed(call: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    order = list(range(len(read)))
    if "dims" in call.arguments:
        order = [axis % len(read) for axis in call.arguments["dims"]]
    elif call.operator in ("aten.t", "aten.numpy_T"):
        order.reverse()
    else:
        names = ("dim0", "dim1") if "dim0" in call.arguments else ("axis0", "axis1")
        one, other = (call.arguments[name] % len(read) for name in names)
        order[one], order[other] = order[other], order[one]
    if tuple(read[axis] for axis in order) != shape:
        return MIXED
    return order.index(batch[0]), batch[1]


def _of_rows(_: Call, batch: Batch, read: Shape, shape: Shape) -> Batch:
    """Of what takes vectors along the last axis."""
    return batch if batch[0] < len(read) - 1 and len(read) == len(shape) else MIXED


def _steps(call: Call, batch: Batch, read: Shape, _: Shape) -> Batch:
    if call.operator.endswith("_cell"):
        return batch if batch[0] == 0 else UNKNOWN
    turned = call.operator == "aten.mkldnn_rnn_layer"  # its steps come first whatever it is told
    apart = 0 if call.arguments.get("batch_first") and not turned else 1
    if len(read) != 3 or batch[0] == 2:
        return UNKNOWN
    return batch if batch[0] == apart else MIXED


_OF_ROWS = ("Gemm", "MatMul")
_RULES: dict[str, Rule] = {
    **dict.fromkeys(("Identity", "Cast", "Dropout", "DequantizeLinear", "QuantizeLinear", "Trilu"), _same),
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolved),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool", "Resize", "DepthToSpace", "SpaceToDepth"), _first),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool", "aten._adaptive_avg_pool2d"), _first),
    **dict.fromkeys(
        (f"aten.adaptive_{kind}_pool{axes}d" for kind in ("avg", "max") for axes in (1, 2, 3)), _first
    ),
    **dict.fromkeys(("GroupNormalization", "InstanceNormalization", "LRN"), _first),
    "BatchNormalization": _batch_norm,
    **dict.fromkeys(("Split", "Slice", "Gather"), _along),
    **dict.fromkeys(("aten.roll", "aten.flip"), _turned_round),
    "Pad": _padded,
    "Tile": _kept_length,
    **dict.fromkeys(("Softmax", "LogSoftmax", "CumSum", "TopK", "aten.glu"), _softmax),
    **dict.fromkeys(("aten.unfold", "aten.im2col", "Col2Im"), _windows),
    **dict.fromkeys(("aten.channel_shuffle", "aten.native_channel_shuffle"), _first),
    "GatherND": _indexed,
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), _layer_norm),
    **dict.fromkeys(
        (op for op in operators.REDUCTIONS.values() if op.startswith(("Reduce", "Arg"))), _reduced
    ),
    "Transpose": _transposed,
    **dict.fromkeys(_OF_ROWS, _of_rows),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _steps),
}
"""Of each operator, by what it is called here."""

_INTO = ("copy", "slice_scatter", "select_scatter", "scatter", "scatter_add", "index_add", "index_copy")
_SAMPLED = ("grid_sampler", "grid_sampler_2d", "grid_sampler_3d")
_PRODUCTS = {
    **dict.fromkeys(("matmul", "linalg_matmul"), ("self", "other")),
    **dict.fromkeys(("mm", "bmm"), ("self", "mat2")),
    "addmm": ("mat1", "mat2"),
    "baddbmm": ("batch1", "batch2"),
    "mv": ("self", "vec"),
}
"""Matrix products, and what they multiply."""
