"""Which operand of a product holds weights, and what a layer of them is called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sepcost.network.names import clean_name
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Beside
from sepcost.network.onnx.held import not_added
from sepcost.network.onnx.tensor import Held, Tensor

_WEIGHT = re.compile(r"(.+)\.weight(_quantized)?")
_SCOPE = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def name_of(node: Node, held: Iterable[Held] = ()) -> tuple[str, str | None]:
    """Return what a layer is called, and the node's own name where it is another.

    It is called what its module is: as its weights' name says, else the scopes of PyTorch's exporter, of
    which the last is the call itself; else as the node is.
    """
    own = clean_name(node.name)
    name = next((found[1] for one in held if (found := _WEIGHT.fullmatch(one.source[1]))), "")
    if not name and node.scopes:
        scopes = [one or other for one, other in _SCOPE.findall(node.scopes)]
        name = scopes[-2] if len(scopes) > 1 else ""
    name = clean_name(name) or own
    return name, own if own and own != name else None


def weights_side(left: Tensor, right: Tensor) -> Tensor | None:
    """Return the operand that holds weights; None where both are computed from the input."""
    for tensor in (right, left):
        if tensor.constant:
            return tensor
    for tensor in (right, left):
        if not_added(tensor.held):
            return tensor
    return None


def weights_of(op: str, tensor: Tensor, beside: list[Beside]) -> frozenset[Held]:
    """Return the stored elements that are an operator's weights; what may be some is set beside."""
    if not tensor.constant and tensor.unclear:
        beside.append(Beside(op, tensor.unclear))
    if tensor.outside and not not_added(tensor.held):
        # The file states how many these weights are; whoever runs it gives them.
        beside.append(Beside(op, frozenset([tensor.from_outside])))
    return tensor.held


def not_counted(op: str, tensor: Tensor) -> Iterable[Beside]:
    """Return the stored elements in an operand that another one keeps from being weights."""
    if met := not_added(tensor.held | tensor.unclear):
        yield Beside(op, met)
