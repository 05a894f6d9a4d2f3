"""The attributes of a node, read with their types and bounds checked."""

from __future__ import annotations

from collections.abc import Mapping

from sepcost.core.quantity import LARGEST
from sepcost.network.onnx.file import Attribute, Graph
from sepcost.network.onnx.file_tensor import FileTensor
from sepcost.network.onnx.problems import by, refuse
from sepcost.network.shape_rules import Shape

_FLOAT, _INT, _STRING, _TENSOR, _GRAPH, _FLOATS, _INTS = 1, 2, 3, 4, 5, 6, 7
"""Types of an attribute, as ONNX numbers them; a file of the first versions may state none, 0."""


class Attributes:
    """The attributes of a node; QuantityError where one is of another type, or beyond 10^9."""

    def __init__(self, by_name: Mapping[str, Attribute]) -> None:
        self.by_name = by_name

    def whole(self, name: str, default: int, least: int = -LARGEST) -> int:
        """Return a whole number from `least` to 10^9."""
        attribute = self._typed(name, _INT)
        value = default if attribute is None else attribute.i
        if not least <= value <= LARGEST:
            refuse(f"{name} is {value}, not a whole number from {least} to {LARGEST}")
        return value

    def lengths(self, name: str, count: int, default: Shape, least: int) -> Shape:
        """Return `count` whole numbers from `least` to 10^9."""
        attribute = self._typed(name, _INTS)
        if attribute is None or not attribute.ints:
            return default
        values = tuple(attribute.ints)
        if len(values) != count or min(values) < least or max(values) > LARGEST:
            refuse(f"{name} is {by(values)}, not {count} numbers from {least} to {LARGEST}")
        return values

    def wholes(self, name: str) -> Shape | None:
        """Return whole numbers, however many; None where the node has none of that name."""
        attribute = self._typed(name, _INTS)
        return None if attribute is None else tuple(attribute.ints)

    def number(self, name: str) -> float | None:
        """Return a number, None where the node has none of that name."""
        attribute = self._typed(name, _FLOAT)
        return None if attribute is None else attribute.f

    def numbers(self, name: str) -> tuple[float, ...] | None:
        """Return numbers, None where the node has none of that name."""
        attribute = self._typed(name, _FLOATS)
        return None if attribute is None else tuple(attribute.floats)

    def text(self, name: str, default: str) -> str:
        """Return a text."""
        attribute = self._typed(name, _STRING)
        return default if attribute is None else attribute.s.decode("utf-8", "replace")

    def tensor(self, name: str) -> FileTensor | None:
        """Return a tensor, None where the node has none of that name."""
        attribute = self._typed(name, _TENSOR)
        return None if attribute is None else attribute.tensor

    def graph(self, name: str) -> Graph | None:
        """Return a graph, None where the node has none of that name."""
        attribute = self._typed(name, _GRAPH)
        return None if attribute is None else attribute.graph

    def has(self, name: str) -> bool:
        """Return whether the node has an attribute of that name."""
        return name in self.by_name

    def _typed(self, name: str, type_: int) -> Attribute | None:
        attribute = self.by_name.get(name)
        if attribute is not None and attribute.type not in (type_, 0):
            refuse(f"its attribute {name} is of another type")
        return attribute
