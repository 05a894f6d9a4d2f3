"""Counted operators as layers, from their shapes alone: what every reader counts with.

Shapes and positions are those of a whole batch; an assembly divides the batch out. Every length that
comes from a file is checked here before it is computed with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.layer import output_length
from sepcost.core.quantity import LARGEST, by, several
from sepcost.network.layer import NetworkLayer
from sepcost.network.operators import LOOK_UPS
from sepcost.network.shape_rules import Shape, broadcast

Padding = tuple[int, int] | None
"""Zeros before and after an axis; None for 'same'."""

MOST_AXES = 16
"""The most dimensions that a tensor may have."""

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
"""Products of input and state that each step of a recurrent layer does."""


def convolution(
    name: str,
    n_i: int,
    n_o: int,
    kernel: Shape,
    used_at: Shape,
    stride: Shape = (),
    dilation: Shape = (),
    groups: int = 1,
    op: str = "Conv",
) -> NetworkLayer:
    """Return a convolution whose weights are used at `used_at` positions, the batch among its lengths.

    Those are output positions; for a transposed convolution (op "ConvTranspose"), input positions.
    Raises QuantityError for sizes that cannot be.
    """
    axes = len(kernel)
    stride, dilation = stride or (1,) * axes, dilation or (1,) * axes
    if not 1 <= axes <= 3 or len(stride) != axes or len(dilation) != axes:
        raise QuantityError(
            f"has a kernel of {axes} axes, {len(stride)} strides and {len(dilation)} dilations"
        )
    check((n_i, n_o, groups, *kernel, *stride, *dilation, *used_at))
    if n_i % groups or n_o % groups:
        raise QuantityError(
            f"its {groups} groups do not divide its {several(n_i, 'channel')} read and {n_o} written"
        )
    return NetworkLayer(name, op, n_i, n_o, prod(used_at), kernel, stride, dilation, groups)


def dense(name: str, n_i: int, n_o: int, rows: Shape, op: str = "Gemm") -> NetworkLayer:
    """Return a product of `rows` vectors, lengths of all axes but the last, and an n_i x n_o matrix."""
    check((n_i, n_o, *rows))
    return NetworkLayer(name, op, n_i, n_o, prod(rows))


def matrix_product(name: str, a: Shape, b: Shape, held: str = "", op: str = "MatMul") -> NetworkLayer:
    """Return a product of [..., M, K] and [..., K, N], of which side `held` ('a', 'b' or '') holds weights.

    >>> matrix_product("scores", (8, 197, 64), (8, 64, 197)).macs == 8 * 197 * 64 * 197
    True
    """
    check((*a, *b))
    if not a or not b:
        raise QuantityError("multiplies a scalar")
    sizes = product_sizes(a, b, held)
    if sizes is None:
        raise QuantityError(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    return sizes.layer(name, op)


class ProductSizes(NamedTuple):
    """The sizes of a matrix product as a layer of `matrices` groups, and the shape that it writes."""

    n_i: int
    n_o: int
    positions: int
    matrices: int
    written: Shape

    def layer(self, name: str, op: str) -> NetworkLayer:
        """Return the product as a layer."""
        return NetworkLayer(name, op, self.n_i, self.n_o, self.positions, groups=self.matrices)


def product_sizes(a: Shape, b: Shape, held: str = "") -> ProductSizes | None:
    """Return the sizes of a product of [..., M, K] and [..., K, N], None where they do not fit each other.

    held: the side that holds weights, 'a' or 'b', '' where none does.

    >>> product_sizes((5, 2, 3), (3, 4), "b")
    ProductSizes(n_i=3, n_o=4, positions=10, matrices=1, written=(5, 2, 4))
    """
    (m, k), (k_b, n) = (1, *a)[-2:], (*b, 1) if len(b) == 1 else b[-2:]
    around = broadcast(a[:-2], b[:-2])
    if k != k_b or around is None:
        return None
    n_o, others, matrices = {"b": (n, m, prod(b[:-2])), "a": (m, n, prod(a[:-2]))}.get(held, (n, m, 1))
    written = (*around, *(m,) * (len(a) > 1), *(n,) * (len(b) > 1))
    return ProductSizes(matrices * k, matrices * n_o, prod(around) // matrices * others, matrices, written)


def einsum(name: str, equation: str, a: Shape, b: Shape, held: str = "") -> NetworkLayer | None:
    """Return the product of two operands that an equation sums over, None for an equation of another form.

    >>> einsum("heads", "bnd,hde->bhne", (1, 5, 16), (2, 16, 8), "b").weights == 2 * 16 * 8
    True
    >>> einsum("one for all", "bij,bjk->bik", (8, 3, 4), (1, 4, 5), "b").weights == 4 * 5
    True
    """
    check((*a, *b))
    letters = einsum_letters(equation, a, b)
    return None if letters is None else einsum_sizes(letters, a, b, held).layer(name, "Einsum")


def einsum_sizes(letters: Letters, a: Shape, b: Shape, held: str = "") -> ProductSizes:
    """Return the sizes of the product that an equation is; QuantityError where its operands do not fit.

    held: the side that holds weights, 'a' or 'b', '' where none does.
    """
    (letters_a, letters_b), written = letters
    own_a, own_b = dict(zip(letters_a, a, strict=True)), dict(zip(letters_b, b, strict=True))
    sizes = {**own_a, **{letter: n for letter, n in own_b.items() if n != 1 or letter not in own_a}}
    if any(own[letter] not in (1, sizes[letter]) for own in (own_a, own_b) for letter in own):
        raise QuantityError(f"multiplies {by(a)} and {by(b)}, which do not fit each other")
    both = set(letters_a) & set(letters_b)
    shared = both & set(written)
    # What only one operand has and the result has not is summed before anything is multiplied.
    summed = _size(both - set(written), sizes)
    m, n = (_size((set(own) - both) & set(written), sizes) for own in letters.read)
    n_o, others, matrices = {"b": (n, m, _size(shared, own_b)), "a": (m, n, _size(shared, own_a))}.get(
        held, (n, m, 1)
    )
    positions = others * (_size(shared, sizes) // matrices)
    out = tuple(sizes[letter] for letter in written)
    return ProductSizes(matrices * summed, matrices * n_o, positions, matrices, out)


def attention(name: str, query: Shape, key: Shape, value: Shape) -> tuple[NetworkLayer, NetworkLayer]:
    """Return the two products of scaled dot-product attention: query by key, and their scores by value.

    query [..., L, E], key [..., S, E], value [..., S, E_v]; a key of fewer heads serves several queries.
    """
    check((*query, *key, *value))
    if min(len(query), len(key), len(value)) < 2 or query[-1] != key[-1] or key[-2] != value[-2]:
        raise QuantityError(f"attends {by(query)} to {by(key)} and {by(value)}, which do not fit each other")
    rows, steps = prod(query[:-1]), key[-2]
    scores = NetworkLayer(f"{name}/scores", "Attention", query[-1], steps, rows)
    values = NetworkLayer(f"{name}/values", "Attention", steps, value[-1], rows)
    return scores, values


def recurrent(
    name: str,
    op: str,
    n_i: int,
    n_h: int,
    steps: int,
    directions: int = 1,
    state: int | None = None,
    gates: int | None = None,
) -> NetworkLayer:
    """Return an LSTM, GRU or RNN: at each step, its gates read the input and the state.

    n_h: what each gate writes. state: what it reads of the state before; n_h unless given.
    gates: how many there are, where they are not those of GATES.

    >>> recurrent("lstm", "LSTM", 8, 16, steps=10).weights == 4 * 16 * (8 + 16)
    True
    """
    read = n_i + (n_h if state is None else state)
    check((n_i, n_h, read, steps, directions))
    written = (gates or GATES[op]) * n_h
    return NetworkLayer(name, op, directions * read, directions * written, steps, groups=directions)


def embedding(name: str, rows: int, width: int) -> NetworkLayer:
    """Return a table of `rows` vectors, of which some are picked: weights held, and no MACs."""
    check((rows, width))
    return NetworkLayer(name, LOOK_UPS[0], rows, width, positions=0)


def window_lengths(
    lengths: Shape, kernel: Shape, stride: Shape, dilation: Shape, padding: Iterable[Padding]
) -> Shape:
    """Return how often a window fits on each axis as it slides; QuantityError where it does not at all."""
    check((*lengths, *kernel, *stride, *dilation))
    out = []
    for length, size, step, spread, pad in zip(lengths, kernel, stride, dilation, padding, strict=True):
        padded = length + (sum(pad) if pad else 0)
        out.append(output_length(padded, size, step, spread, None if pad is None else 0))
        if out[-1] < 1:
            raise QuantityError(f"its window of {size} is larger than its padded input of {padded}")
    return tuple(out)


def check(lengths: Sequence[int]) -> None:
    """Raise QuantityError for a length that is none from 1 to 10^9."""
    for length in lengths:
        if not 1 <= length <= LARGEST:
            raise QuantityError(f"has a size of {length}; sizes go from 1 to {LARGEST}")


class Letters(NamedTuple):
    """The letters of an equation, one an axis: of each operand, and of the result."""

    read: tuple[str, ...]
    written: str


def einsum_letters(equation: str, *shapes: Shape) -> Letters | None:
    """Return an equation's letters, its dots spelt out; QuantityError where its operands have other axes.

    None for one of another number of operands, or in which a letter is twice in one of them.

    >>> einsum_letters("bnd, hde -> bhne", (1, 5, 16), (2, 16, 8))
    Letters(read=('bnd', 'hde'), written='bhne')
    """
    compact = equation.replace(" ", "")
    operands, arrow, written = compact.partition("->")
    sides = operands.split(",")
    if len(compact) > 200 or len(sides) != len(shapes):
        return None
    most_dots = 0
    spelt = []
    for side, shape in zip(sides, shapes, strict=True):
        dots = len(shape) - len(side.replace("...", ""))
        if dots < 0 or (dots and "..." not in side):
            raise QuantityError(f"names other axes than those of {by(shape)}: {quoted(side)}")
        most_dots = max(most_dots, dots if "..." in side else 0)
        spelt.append(side.replace("...", _DOTS[max(len(_DOTS) - dots, 0) :] if dots > 0 else "", 1))
    if not arrow:
        once = sorted(letter for letter in set("".join(sides)) if "".join(sides).count(letter) == 1)
        written = ("..." if most_dots else "") + "".join(letter for letter in once if letter != ".")
    written = written.replace("...", _DOTS[len(_DOTS) - most_dots :], 1)
    known = set("".join(spelt))
    for letters, rank in zip((*spelt, written), (*map(len, shapes), len(written)), strict=True):
        if len(letters) != rank or len(set(letters)) != rank or not set(letters) <= known or "." in letters:
            return None
    return Letters(tuple(spelt), written)


_DOTS = "".join(map(chr, range(0x2460, 0x2460 + MOST_AXES)))
"""A letter for each axis that an equation's dots can stand for, aligned at the last."""


def _size(letters: Iterable[str], sizes: dict[str, int]) -> int:
    return prod(sizes[letter] for letter in letters)
