"""Products element by element, followed to a sum that makes a matrix product of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sepcost.core.errors import QuantityError
from sepcost.network.onnx.findings import Beside, Findings
from sepcost.network.onnx.held import not_added
from sepcost.network.onnx.shapes import Call, summed_axes
from sepcost.network.onnx.tensor import NONE_HELD, Product, Tensor
from sepcost.network.operators import POOLS, RESHAPES, SUMS
from sepcost.network.shape_rules import Shape
from sepcost.network.summed import is_summed, product_of


def product_through(
    op: str, inputs: Sequence[Tensor | None], shape: Shape | None, first: str
) -> Product | None:
    """Return the product that a node's output is: one of two tensors of any interest, or one that it moves.

    A tensor times itself, as a variance has it, is of none. first: the input that is a map for sure.
    """
    if op in RESHAPES or op in ("Transpose", "Identity", "Cast"):
        product = inputs[0].factor if inputs and inputs[0] is not None else None
        # Where its axes went is not followed.
        return None if product is None else product._replace(shape=None)
    pair = [tensor for tensor in inputs if tensor is not None]
    if op != "Mul" or len(pair) != 2 or pair[0] is pair[1] or all(one.constant for one in pair):
        return None
    stored = [not_added(tensor.held) for tensor in pair]
    if not any(stored):
        stored = [NONE_HELD if one.outside in ("", first) else frozenset([one.from_outside]) for one in pair]
    return product_of(stored, [one.shape for one in pair], Tensor(shape).size)


def note_sum(all_: Findings, call: Call) -> None:
    """Record the products that a sum makes a matrix product of, written as Mul and ReduceSum."""
    tensor = call.tensor(0) if call.op in SUMS else None
    product = None if tensor is None else tensor.factor
    if (
        tensor is None
        or product is None
        or not is_summed(product, call.op, tensor.shape, _axes(call, tensor))
    ):
        return
    all_.beside.append(Beside("Mul", product.stored, product.products or 0))
    if product.products is None:
        all_.opaque["Mul"] += 1


def _axes(call: Call, tensor: Tensor) -> Iterable[int] | None:
    """Return the axes that are summed, None where they are not known."""
    if tensor.shape is None:
        return None
    rank = len(tensor.shape)
    try:
        return range(2, rank) if call.op in POOLS else summed_axes(call, rank)
    except QuantityError:
        return None
