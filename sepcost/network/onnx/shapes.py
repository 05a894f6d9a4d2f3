"""What shapes operators write: one rule an operator, of every operator set, for lengths known or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, prod

from sepcost.core.quantity import LARGEST
from sepcost.network.onnx.attributes import Attributes
from sepcost.network.onnx.file import Shape, by, misfit, refuse
from sepcost.network.onnx.tensor import Lengths, Numbers, Tensor

Shapes = Sequence[Lengths | None]
"""Of each output in turn; the rest, and None, are not known."""


class Call:
    """A call of an operator: what it reads, and what it is told."""

    def __init__(
        self,
        op: str,
        attributes: Attributes,
        inputs: Sequence[Tensor | None],
        version: int,
        outputs: int,
    ) -> None:
        self.op = op
        self.attributes = attributes
        self.inputs = inputs
        self.version = version
        self.outputs = outputs

    def tensor(self, place: int) -> Tensor | None:
        """Return an input, None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def lengths(self, place: int) -> Lengths | None:
        """Return an input's shape, None where not even its rank is known."""
        tensor = self.tensor(place)
        return None if tensor is None else tensor.lengths

    def value(self, place: int) -> Numbers | None:
        """Return an input's numbers, None where they are not known."""
        tensor = self.tensor(place)
        return None if tensor is None else tensor.value

    def wholes(self, name: str, place: int) -> tuple[int, ...] | None:
        """Return whole numbers that are an attribute in old operator sets, an input in newer ones."""
        said = self.attributes.wholes(name)
        if said is not None:
            return said
        value = self.value(place)
        if value is None or None in value:
            return None
        return tuple(int(one) for one in value if one is not None)

    def rank(self, place: int = 0) -> int | None:
        """Return an input's number of axes."""
        lengths = self.lengths(place)
        return None if lengths is None else len(lengths)


Rule = Callable[[Call], Shapes]
RULES: dict[str, Rule] = {}


def shapes(*ops: str) -> Callable[[Rule], Rule]:
    """Enter a function as the rule of some operators, of another domain as domain.name."""

    def enter(rule: Rule) -> Rule:
        for op in ops:
            if op in RULES:
                raise ValueError(f"{op} has two rules")
            RULES[op] = rule
        return rule

    return enter


def joint(*shapes: Lengths | None) -> Lengths | None:
    """Return the shape that shapes broadcast to; QuantityError where they do not."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) != len(shapes):
        return None
    rank = max(map(len, known), default=0)
    return tuple(
        _broadcast({shape[axis - rank + len(shape)] for shape in known if axis - rank + len(shape) >= 0})
        for axis in range(rank)
    )


def _broadcast(lengths: set[int | None]) -> int | None:
    more = {length for length in lengths if length != 1}
    known = [length for length in more if length is not None]
    if len(known) > 1:
        misfit(f"its inputs do not fit each other: {' and '.join(map(str, sorted(known)))}")
    if known:
        return known[0]
    return None if more else 1


def size_of(lengths: Lengths | None) -> int | None:
    """Return how many numbers a shape has, None where that is not known."""
    if lengths is None or None in lengths:
        return 0 if lengths is not None and 0 in lengths else None
    return prod(length for length in lengths if length is not None)


def axis_of(axis: int, rank: int) -> int:
    """Return an axis counted from the front; QuantityError where there is none such."""
    if not -rank <= axis < rank:
        refuse(f"axis {axis} is none of {rank}")
    return axis % rank


# elementwise


@shapes(
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Bernoulli", "BitCast", "BitwiseNot",
    "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "CumSum", "DequantizeLinear",
    "Dropout", "Elu", "Erf", "Exp",
    "EyeLike", "Floor", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
    "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LeakyRelu", "Log", "LogSoftmax", "LpNormalization",
    "MeanVarianceNormalization", "Mish", "Neg", "Not", "PRelu", "QuantizeLinear", "RMSNormalization",
    "RandomNormalLike", "RandomUniformLike", "Reciprocal", "Relu", "ReverseSequence", "RotaryEmbedding",
    "Round", "Scatter", "ScatterElements", "ScatterND", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh",
    "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "TensorScatter", "ThresholdedRelu",
    "Trilu",
)  # fmt: skip
def _like_the_first(call: Call) -> Shapes:
    return [call.lengths(0)] * max(call.outputs, 1)


@shapes(
    "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater",
    "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul", "Or", "Pow", "Sub", "Sum",
    "Where", "Xor",
)  # fmt: skip
def _broadcasting(call: Call) -> Shapes:
    if call.version < 7 and len(call.inputs) == 2:  # then the second was broadcast along any axis, if at all
        return [call.lengths(0)]
    return [joint(*(None if one is None else one.lengths for one in call.inputs))]


@shapes("DynamicQuantizeLinear")
def _dynamic_quantize(call: Call) -> Shapes:
    return [call.lengths(0), (), ()]


@shapes("BatchNormalization")
def _batch_normalization(call: Call) -> Shapes:
    channels = call.lengths(1)
    return [call.lengths(0), *[channels] * (call.outputs - 1)]


@shapes("LayerNormalization")
def _layer_normalization(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    axis = axis_of(call.attributes.whole("axis", -1), len(x))
    mean = (*x[:axis], *(1,) * (len(x) - axis))
    return [x, mean, mean]


@shapes("SwiGLU")
def _gated(call: Call) -> Shapes:
    if call.lengths(1) is not None:
        return [joint(call.lengths(0), call.lengths(1))]
    x = call.lengths(0)
    return [None if not x or x[-1] is None else (*x[:-1], x[-1] // 2)]


# shape


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
    return [tuple(n for axis, n in enumerate(x) if axis not in gone)]


@shapes("Unsqueeze")
def _unsqueeze(call: Call) -> Shapes:
    x, axes = call.lengths(0), call.wholes("axes", 1)
    if x is None or axes is None or len(axes) > 64:
        return []
    rank = len(x) + len(axes)
    new = {axis_of(axis, rank) for axis in axes}
    rest = iter(x)
    return [tuple(1 if axis in new else next(rest) for axis in range(rank))]


@shapes("Transpose")
def _transpose(call: Call) -> Shapes:
    x = call.lengths(0)
    if x is None:
        return []
    order = call.attributes.wholes("perm") or tuple(range(len(x)))[::-1]
    if sorted(order) != list(range(len(x))):
        refuse(f"its order {by(order)} is not one of {len(x)} axes")
    return [tuple(x[axis] for axis in order)]


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
    return [(*apart[:axis], total, *apart[axis + 1 :])]


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
    return [(*x[:axis], one, *x[axis + 1 :]) for one in sizes[: call.outputs]]


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
    x, places = call.lengths(0), call.lengths(1)
    if x is None or places is None:
        return []
    axis = axis_of(call.attributes.whole("axis", 0), len(x))
    return [(*x[:axis], *places, *x[axis + 1 :])]


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
    x, ends = call.lengths(0), call.wholes("pads", 1)
    ends = call.attributes.wholes("paddings") if ends is None and call.version < 2 else ends
    if x is None:
        return []
    axes = call.wholes("axes", 3)
    if ends is None or (axes is None and call.tensor(3) is not None):
        return [(None,) * len(x)]
    padded = list(range(len(x))) if axes is None else [axis_of(axis, len(x)) for axis in axes]
    if len(ends) != 2 * len(padded):
        refuse(f"pads {len(padded)} axes with {len(ends)} numbers")
    lengths = list(x)
    for place, axis in enumerate(padded):
        length = lengths[axis]
        lengths[axis] = None if length is None else length + ends[place] + ends[place + len(padded)]
    if any(length is not None and length < 0 for length in lengths):
        refuse("its pads leave nothing")
    return [tuple(lengths)]


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


@shapes("Compress")
def _compress(call: Call) -> Shapes:
    x, chosen = call.lengths(0), call.value(1)
    kept = None if chosen is None or None in chosen else sum(bool(one) for one in chosen)
    if x is None or not call.attributes.has("axis"):
        return [(kept,)]
    axis = axis_of(call.attributes.whole("axis", 0), len(x))
    return [(*x[:axis], kept, *x[axis + 1 :])]


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
    return [(*x[:axis], count, *x[axis + 1 :])] * 2


# reductions


@shapes(
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "ReduceSumSquare", "ArgMax", "ArgMin",
)  # fmt: skip
def _reduce(call: Call) -> Shapes:
    x = call.lengths(0)
    axes = None if x is None else summed_axes(call, len(x))
    if x is None or axes is None:
        return []
    keep = call.attributes.whole("keepdims", 1)
    return [tuple(1 if axis in axes else n for axis, n in enumerate(x) if keep or axis not in axes)]


def summed_axes(call: Call, rank: int) -> set[int] | None:
    """Return the axes that a reduction sums, None where they are not known."""
    if call.op.startswith("Arg"):
        return {axis_of(call.attributes.whole("axis", 0), rank)}
    axes = call.wholes("axes", 1)
    if axes is None and call.tensor(1) is not None:
        return None
    if not axes:
        return set() if call.attributes.whole("noop_with_empty_axes", 0) else set(range(rank))
    return {axis_of(axis, rank) for axis in axes}


def known(lengths: Lengths | None) -> Shape | None:
    """Return a shape that is known whole, else None; QuantityError for one of lengths that no tensor has."""
    if lengths is None or None in lengths:
        return None
    whole = tuple(length for length in lengths if length is not None)
    if any(length > LARGEST**2 for length in whole):
        refuse(f"writes {by(whole)}")
    return whole
