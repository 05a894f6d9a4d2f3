"""Runs small ONNX graphs number by number, and counts: the oracle of what a limit may pass.

Each number carries where it comes from: the samples of the batch that it depends on, and the numbers of
the file that reach it through what is elementwise or moves numbers. No size is inferred and nothing is
shared with the library: products are made one by one, and each is counted where it is made.
"""

from dataclasses import dataclass
from itertools import product as all_of

import numpy as np
from onnx import numpy_helper

NOTHING = frozenset()


@dataclass(frozen=True)
class Number:
    """A number: the samples it depends on, the numbers of the file in it, its value where it is a place.

    fixed: whether it is computed of the file alone.
    factors: the two numbers whose product it is, None where it is none.
    """

    samples: frozenset = NOTHING
    held: frozenset = NOTHING
    value: int | None = None
    fixed: bool = False
    factors: tuple | None = None


def mixed(*numbers):
    """A number that is computed of others."""
    samples = NOTHING.union(*(one.samples for one in numbers))
    fixed = all(one.fixed for one in numbers)
    return Number(samples, NOTHING.union(*(one.held for one in numbers)), fixed=fixed)


def numbers_of(shape, make):
    made = np.empty(shape, object)
    for place in all_of(*map(range, shape)):
        made[place] = make(place)
    return made


def unmarked(tensor):
    return numbers_of(tensor.shape, lambda at: Number(tensor[at].samples, fixed=tensor[at].fixed))


def is_vector(tensor):
    return sum(length > 1 for length in tensor.shape) < 2


class Run:
    """One run of a graph: the numbers of the file that are `weights`, and the `products` of each operator.

    chosen: what each condition of an If is, in turn.
    """

    def __init__(self, graph, chosen=()):
        self.weights = set()
        self.products = []
        self.chosen = list(chosen)
        given = {}
        for place, value in enumerate(graph.input):
            shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            self.batch = shape[0] if place == 0 else self.batch
            of_batch = bool(shape) and shape[0] == self.batch
            samples = [frozenset([row]) for row in range(shape[0])] if of_batch else None
            given[value.name] = numbers_of(shape, lambda at, s=samples: Number(s[at[0]] if s else NOTHING))
        self.run(graph, given)

    @property
    def macs(self):
        """Products for one sample; all of them where samples meet, or those of an operator that has none.

        Of an operator's products that depend on no sample, beside others that do, each has its part.
        """
        if any(len(samples) > 1 for each in self.products for samples in each):
            return sum(map(len, self.products))
        return sum(map(self.of_one_sample, self.products))

    def of_one_sample(self, products):
        each = [samples for samples in products if samples]
        alike = len(products) - len(each)
        most = max((each.count(sample) for sample in set(each)), default=0)
        return most + (-(-alike // self.batch) if each else alike)

    def run(self, graph, around):
        known = dict(around)
        for tensor in graph.initializer:
            known[tensor.name] = self.initial(tensor)
        for node in graph.node:
            read = [known[name] for name in node.input]
            self.products.append([])
            if node.op_type == "If":
                branch = node.attribute[self.chosen.pop(0)].g
                known[node.output[0]] = self.run(branch, known)
            else:
                said = {one.name: list(one.ints) or one.i for one in node.attribute}
                known[node.output[0]] = getattr(self, node.op_type)(*read, **said)
        return known[graph.output[0].name]

    def initial(self, tensor):
        """The numbers of a tensor of the file, each marked, or places and sizes with their values."""
        values = numpy_helper.to_array(tensor)
        if np.issubdtype(values.dtype, np.integer):
            return numbers_of(values.shape, lambda place: Number(value=int(values[place]), fixed=True))
        return numbers_of(
            values.shape, lambda place: Number(held=frozenset([(tensor.name, place)]), fixed=True)
        )

    # counted

    def multiply(self, *pair):
        self.products[-1].append(pair[0].samples | pair[1].samples)
        return mixed(*pair).samples

    def MatMul(self, a, b):  # noqa: N802
        """Weights are on the right where any number of the file is, else on the left."""
        left, right = (NOTHING.union(*(one.held for one in operand.reshape(-1))) for operand in (a, b))
        self.weights |= right or left
        around = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = (np.broadcast_to(one, (*around, *one.shape[-2:])) for one in (a, b))

        def make(place):
            *matrix, row, column = place
            pairs = ((a[(*matrix, row, k)], b[(*matrix, k, column)]) for k in range(a.shape[-1]))
            return Number(NOTHING.union(*(self.multiply(*pair) for pair in pairs)))

        return numbers_of((*around, a.shape[-2], b.shape[-1]), make)

    def Conv(self, x, w):  # noqa: N802
        self.weights |= NOTHING.union(*(one.held for one in w.reshape(-1)))
        out = [a - b + 1 for a, b in zip(x.shape[2:], w.shape[2:], strict=True)]

        def make(place):
            image, writes, *at = place
            samples = NOTHING
            for reads, tap in all_of(range(w.shape[1]), all_of(*map(range, w.shape[2:]))):
                there = tuple(a + b for a, b in zip(at, tap, strict=True))
                samples |= self.multiply(x[(image, reads, *there)], w[(writes, reads, *tap)])
            return Number(samples)

        return numbers_of((x.shape[0], w.shape[0], *out), make)

    def ReduceSum(self, x, axes, keepdims=1):  # noqa: N802
        """A sum; of products of numbers of the file, made element by element, it is a matrix product."""
        axes = tuple(one.value for one in axes)
        rows = np.moveaxis(x, axes, range(len(axes))).reshape(-1, *np.delete(x.shape, axes))
        for row in np.moveaxis(rows, 0, -1).reshape(-1, len(rows)):
            pairs = [one.factors for one in row if one.factors and not one.fixed]
            sides = [NOTHING.union(*(one.held for one in side)) for side in zip(*pairs, strict=True)]
            if len(row) > 1 and any(len(held) > 1 for held in sides):
                self.weights |= NOTHING.union(*sides)
                for pair in pairs:
                    self.multiply(*pair)
        # What a sum makes of the numbers of the file is none of them.
        result = numbers_of(rows.shape[1:], lambda place: Number(mixed(*rows[(slice(None), *place)]).samples))
        return np.expand_dims(result, axes) if keepdims else result

    # not counted

    def elementwise(self, *operands):
        operands = np.broadcast_arrays(*operands)
        return numbers_of(operands[0].shape, lambda place: mixed(*(one[place] for one in operands)))

    Identity = elementwise

    def Add(self, a, b):  # noqa: N802
        """What is added along other axes is a bias, and is none of the weights."""
        size = np.broadcast(a, b).size
        return self.elementwise(*(one if one.size == size else unmarked(one) for one in (a, b)))

    def Mul(self, a, b):  # noqa: N802
        """A vector that is multiplied along other axes has scales of channels, which are no weights."""
        size = np.broadcast(a, b).size
        factors = np.broadcast_arrays(a, b)
        a, b = np.broadcast_arrays(
            *(unmarked(one) if one.size < size and is_vector(one) else one for one in (a, b))
        )

        def make(place):
            one = mixed(a[place], b[place])
            return Number(
                one.samples, one.held, fixed=one.fixed, factors=tuple(each[place] for each in factors)
            )

        return numbers_of(a.shape, make)

    def DequantizeLinear(self, x, scale):  # noqa: N802
        return self.elementwise(x, scale)

    def Where(self, condition, a, b):  # noqa: N802
        """Which of the two it is, only a run can tell: both reach."""
        return self.elementwise(condition, a, b)

    def Softmax(self, x, axis):  # noqa: N802
        """It cannot be told what becomes of the numbers of the file."""
        rows = np.moveaxis(x, axis, -1)
        made = numbers_of(rows.shape, lambda place: Number(mixed(*rows[place[:-1]]).samples))
        return np.moveaxis(made, -1, axis)

    def Transpose(self, x, perm):  # noqa: N802
        return x.transpose(perm)

    def Reshape(self, x, shape):  # noqa: N802
        return x.reshape([one.value for one in shape])

    def Unsqueeze(self, x, axes):  # noqa: N802
        return np.expand_dims(x, tuple(one.value for one in axes))

    def Concat(self, *parts, axis):  # noqa: N802
        return np.concatenate(parts, axis)

    def Slice(self, x, starts, ends, axes):  # noqa: N802
        cut = [slice(None)] * x.ndim
        cut[axes[0].value] = slice(starts[0].value, ends[0].value)
        return x[tuple(cut)]

    def Gather(self, table, places, axis=0):  # noqa: N802
        """A row of a table of the file, at a place from run time: any may be read, and all are held."""
        assert axis == 0
        self.weights |= NOTHING.union(*(one.held for one in table.reshape(-1)))
        rest = table.shape[1:]
        columns = {at: mixed(*(row[at] for row in table)) for at in all_of(*map(range, rest))}
        return numbers_of(
            (*places.shape, *rest),
            lambda at: mixed(places[at[: places.ndim]], columns[at[places.ndim :]]),
        )
