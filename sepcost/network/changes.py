"""What has changed between two networks, whatever their layers are called."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network


@dataclass(frozen=True)
class Changes:
    """Layers of one network that another has not, has as well, or has otherwise.

    changed: pairs of what a layer was and what it is.
    """

    added: tuple[NetworkLayer, ...]
    removed: tuple[NetworkLayer, ...]
    changed: tuple[tuple[NetworkLayer, NetworkLayer], ...]

    @property
    def rows(self) -> Iterator[tuple[str, str, NetworkLayer | None, NetworkLayer | None]]:
        """Each layer's name, what happened to it, what it was and what it is, None where it is not."""
        for before, after in self.changed:
            yield after.name, "changed", before, after
        for layer in self.added:
            yield layer.name, "added", None, layer
        for layer in self.removed:
            yield layer.name, "removed", layer, None


def changes(network: Network, other: Network) -> Changes:
    """Return what sets a network apart from another, each list in its own network's order.

    Layers are matched by name, then those that are left by kind and sizes, in order: one that is only
    renamed is unchanged. A name that an exporter numbers, such as node_Conv_12, says nothing by itself.
    """
    pairs = _matched(network.layers, other.layers)
    matched = {before.name for before in pairs.values()}
    return Changes(
        added=tuple(layer for layer in network.layers if layer.name not in pairs),
        removed=tuple(layer for layer in other.layers if layer.name not in matched),
        changed=tuple(
            (pairs[layer.name], layer)
            for layer in network.layers
            if layer.name in pairs and _sizes(pairs[layer.name]) != _sizes(layer)
        ),
    )


def _matched(layers: Iterable[NetworkLayer], others: Iterable[NetworkLayer]) -> dict[str, NetworkLayer]:
    """Return what each layer was, by its name; layers that are new have nothing."""
    before = {layer.name: layer for layer in others}
    pairs: dict[str, NetworkLayer] = {}
    left = []
    for layer in layers:
        if layer.name in before and not _is_numbered(layer):
            pairs[layer.name] = before.pop(layer.name)
        else:
            left.append(layer)
    alike: dict[NetworkLayer, deque[str]] = defaultdict(deque)
    for name, layer in before.items():
        alike[_sizes(layer)].append(name)
    for layer in left:
        if same := alike[_sizes(layer)]:
            pairs[layer.name] = before.pop(same.popleft())
    for layer in left:
        if layer.name not in pairs and layer.name in before:
            pairs[layer.name] = before.pop(layer.name)
    return pairs


def _is_numbered(layer: NetworkLayer) -> bool:
    """Whether a layer has no name of its own, only its operator's and a number."""
    name, _, number = layer.name.removeprefix("node_").rpartition("_")
    return number.isdigit() and name.lower() in (layer.op.lower(), *_CALLED.get(layer.op, ()))


_CALLED = {"Conv": ("conv1d", "conv2d", "conv3d"), "Gemm": ("linear",), "MatMul": ("linear", "matmul", "bmm")}
"""What exporters call calls of an operator by."""


def _sizes(layer: NetworkLayer) -> NetworkLayer:
    """Return a layer as it is under any name, shared weights or not, its biases left out of every cost."""
    return replace(layer, name="", shares=None if layer.shares is None else "", biases=0)
