"""A second reader of small ONNX models, which walks each operator product by product.

It shares nothing with the library: no shape inference, no formula for an output's length. It reads
models of a few nodes whose tensors are inputs, initializers or transposed ones.
"""

from itertools import product

CONVOLUTIONS = ("Conv", "ConvTranspose")
PRODUCTS = ("Gemm", "MatMul")


class UnknownSizeError(Exception):
    """A tensor of which this reader knows no size."""


def attributes_of(node):
    """Attributes as what they hold, whatever type they say they are of."""
    return {held.name: held.t if held.HasField("t") else list(held.ints) or held.i for held in node.attribute}


def tensors_of(graph):
    """The shapes of what is known without inference, and the names of those that are constant."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    constant = set(shapes)
    for value in graph.input:
        if value.name not in shapes:
            shapes[value.name] = tuple(max(dim.dim_value, 0) or 1 for dim in value.type.tensor_type.shape.dim)
    for node in graph.node:
        if node.op_type == "Transpose" and node.input[0] in shapes:
            before = shapes[node.input[0]]
            order = attributes_of(node).get("perm") or range(len(before))[::-1]
            shapes[node.output[0]] = tuple(before[axis] for axis in order)
            if node.input[0] in constant:
                constant.add(node.output[0])
        if node.op_type == "Constant":
            shapes[node.output[0]] = tuple(attributes_of(node)["value"].dims)
            constant.add(node.output[0])
    return shapes, constant


def starts(length, kernel, stride, dilation, before, after):
    """Where the first tap lands for each output of one axis: wherever the last still lies inside."""
    return range(-before, length + after - dilation * (kernel - 1), stride)


def walk_convolution(node, x, w):
    """Yield (place in the output or input, weight) for every product."""
    said = attributes_of(node)
    axes = len(x) - 2
    groups = said.get("group", 1)
    stride = said.get("strides", [1] * axes)
    dilation = said.get("dilations", [1] * axes)
    pads = said.get("pads", [0] * 2 * axes)
    taps = list(product(*map(range, w[2:])))
    if node.op_type == "ConvTranspose":
        for image, reads, place in product(range(x[0]), range(x[1]), product(*map(range, x[2:]))):
            for writes, tap in product(range(w[1]), taps):
                yield (image, reads, place), (reads, writes, tap)
        return
    each = zip(x[2:], w[2:], stride, dilation, pads[:axes], pads[axes:], strict=True)
    places = [starts(*axis) for axis in each]
    per_group = w[0] // groups
    for image, writes, place in product(range(x[0]), range(w[0]), product(*places)):
        first = writes // per_group * w[1]
        for reads, tap in product(range(first, first + w[1]), taps):
            yield (image, writes, place, reads), (writes, reads - first, tap)


def walk_product(node, a, b):
    """Yield (place in the output, number on the left, number on the right) for every product."""
    said = attributes_of(node)
    a = a[::-1] if said.get("transA") else a
    b = b[::-1] if said.get("transB") else b
    a, b = (1, *a) if len(a) == 1 else a, (*b, 1) if len(b) == 1 else b
    rank = max(len(a), len(b)) - 2
    left = (1,) * (rank - len(a) + 2) + a
    right = (1,) * (rank - len(b) + 2) + b
    around = [range(max(pair)) for pair in zip(left[:-2], right[:-2], strict=True)]
    for matrix in product(*around):
        of_a = tuple(index % length for index, length in zip(matrix, left, strict=False))
        of_b = tuple(index % length for index, length in zip(matrix, right, strict=False))
        for row, column, inner in product(range(left[-2]), range(right[-1]), range(left[-1])):
            yield (matrix, row, column), (of_a, row, inner), (of_b, inner, column)


def counts(model):
    """Weights and MACs of a model, its batch divided out; every product is visited."""
    graph = model.graph
    shapes, constant = tensors_of(graph)
    first = next(value.name for value in graph.input if value.name not in constant)
    batch = shapes[first][0] if len(shapes[first]) > 1 else 1
    if any(list(node.input[:2]) == [first, first] for node in graph.node):
        batch = 1  # each of its inputs would meet the others
    weights = macs = 0
    held = set()
    for node in graph.node:
        if node.op_type not in CONVOLUTIONS + PRODUCTS or node.domain not in ("", "ai.onnx"):
            continue
        if not set(node.input[:2]) <= set(shapes):
            raise UnknownSizeError
        x, w = (shapes[name] for name in node.input[:2])
        if node.op_type in CONVOLUTIONS:
            used = [weight for _, weight in walk_convolution(node, x, w)]
            distinct = len(set(used)) if node.input[1] in constant else 0
        else:
            used = list(walk_product(node, x, w))
            sides = [side for side, name in ((2, node.input[1]), (1, node.input[0])) if name in constant]
            distinct = len({factors[sides[0]] for factors in used}) if sides else 0
        assert len(used) % batch == 0
        macs += len(used) // batch
        if node.input[1] not in held:
            weights += distinct
        held.add(node.input[1])
    return weights, macs
