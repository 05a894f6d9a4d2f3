"""What a network costs by kind of layer, and its parameters as people compare them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sepcost.network.audit import AuditedLayer, total
from sepcost.network.layer import Counts, NetworkLayer
from sepcost.network.model import BIASES, NORMALIZATION, WEIGHTS, Network

_CALLED = {"standard": "convolution"}
"""What a kind of layer is called where it stands for all layers of it."""

KINDS = (
    "convolution",
    "depthwise",
    "pointwise",
    "grouped",
    "transposed",
    "dense",
    "attention",
    "recurrent",
    "embedding",
)
"""The kinds of layers, in the order of their subtotals."""


@dataclass(frozen=True)
class Subtotal:
    """What the layers of one kind cost, now and once every replaceable layer is replaced."""

    kind: str
    layers: int
    cost: Counts
    replaced: Counts


@dataclass(frozen=True)
class Learned:
    """Learned parameters, each once: of products, of biases and of normalizations.

    weights: those of layers, and whatever else is learned, such as a table of positions.
    """

    weights: int
    biases: int
    normalization: int

    @property
    def all(self) -> int:
        """The learned parameters of the whole network."""
        return self.weights + self.biases + self.normalization


def subtotals(layers: Iterable[AuditedLayer]) -> tuple[Subtotal, ...]:
    """Return what the layers of each kind cost, kinds without a layer left out; they add up to the total."""
    of_kind: dict[str, list[AuditedLayer]] = {kind: [] for kind in KINDS}
    for row in layers:
        of_kind[kind_in_subtotals(row.layer)].append(row)
    return tuple(
        Subtotal(kind, len(rows), total(row.cost for row in rows), total(row.replaced_cost for row in rows))
        for kind, rows in of_kind.items()
        if rows
    )


def kind_in_subtotals(layer: NetworkLayer) -> str:
    """Return the subtotal that a layer is part of.

    >>> kind_in_subtotals(NetworkLayer("scores", "MatMul", 64, 197, 197, learned=False))
    'attention'
    """
    return _CALLED.get(layer.kind, layer.kind)


def learned(network: Network) -> Learned | None:
    """Return a network's learned parameters; of a file that names none, those of its layers.

    None where they are not known: the file names some, and operators make the weights. A program of PyTorch
    says which are learned, whatever is made of them.
    """
    if not network.parameters:
        return Learned(network.weights, sum(layer.biases for layer in network.layers), 0)
    if not network.holds_weights and not network.says_modules:
        return None
    held = dict.fromkeys((WEIGHTS, BIASES, NORMALIZATION), 0)
    for parameter in network.parameters:
        if parameter.role in held:
            held[parameter.role] += parameter.elements
    return Learned(held[WEIGHTS], held[BIASES], held[NORMALIZATION])
