"""The arithmetic of ONNX sizes: attributes and output lengths, checked before they are used."""

from __future__ import annotations

from typing import Any, NoReturn

from sepcost.core.errors import QuantityError, quoted
from sepcost.core.layer import output_length
from sepcost.core.quantity import LARGEST

Shape = tuple[int, ...]
Window = tuple[int, int, int, int, tuple[int, int] | None]
"""Length, kernel, stride, dilation and the zeros before and after, None for 'same'."""

_INT, _STRING, _INTS = 2, 3, 7
"""Types of an attribute, as ONNX numbers them."""


class Attributes:
    """The attributes of a node, read with their types checked."""

    def __init__(self, node: Any) -> None:
        self._by_name = {attribute.name: attribute for attribute in node.attribute}
        if len(self._by_name) != len(node.attribute):
            refuse("has an attribute twice")

    def whole(self, name: str, default: int, least: int = -LARGEST) -> int:
        """Return a whole number from `least` to 10^9."""
        attribute = self._typed(name, _INT)
        value = default if attribute is None else int(attribute.i)
        if not least <= value <= LARGEST:
            refuse(f"{name} is {value}, not a whole number from {least} to {LARGEST}")
        return value

    def lengths(self, name: str, count: int, default: Shape, least: int) -> Shape:
        """Return `count` whole numbers from `least` to 10^9."""
        attribute = self._typed(name, _INTS)
        if attribute is None or not attribute.ints:
            return default
        values = tuple(attribute.ints)
        if len(values) != count or not all(least <= value <= LARGEST for value in values):
            refuse(f"{name} is {by(values)}, not {count} numbers from {least} to {LARGEST}")
        return values

    def wholes(self, name: str) -> Shape | None:
        """Return whole numbers, however many; None where the node has none of that name."""
        attribute = self._typed(name, _INTS)
        return None if attribute is None else tuple(attribute.ints)

    def text(self, name: str, default: str) -> str:
        """Return a text."""
        attribute = self._typed(name, _STRING)
        return default if attribute is None else attribute.s.decode("utf-8", "replace")

    def _typed(self, name: str, type_: int) -> Any:
        attribute = self._by_name.get(name)
        if attribute is not None and attribute.type != type_:
            refuse(f"its attribute {name} is of another type")
        return attribute


def pads(attributes: Attributes, axes: int) -> list[tuple[int, int] | None]:
    """Return the zeros before and after each axis, None where the output is ceil(length / stride)."""
    pads = attributes.lengths("pads", 2 * axes, (0,) * (2 * axes), least=0)
    automatic = attributes.text("auto_pad", "NOTSET")
    if automatic not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        refuse(f"auto_pad is {quoted(automatic)}")
    if automatic != "NOTSET" and any(pads):
        refuse("has pads beside auto_pad")
    if automatic.startswith("SAME"):
        return [None] * axes
    return list(zip(pads[:axes], pads[axes:], strict=True))


def out_length(length: int, kernel: int, stride: int, dilation: int, pad: tuple[int, int] | None) -> int:
    """Return one axis's output length, at least 1."""
    if pad is None:
        return output_length(length, kernel, stride, dilation, None)
    padded = length + sum(pad)
    out = output_length(padded, kernel, stride, dilation, 0)
    if out < 1:
        refuse(f"its kernel of {kernel} is larger than its padded input of {padded}")
    return out


def transposed_out(attributes: Attributes, windows: list[Window]) -> Shape | None:
    """Return the output's lengths, None where the model states them."""
    axes = len(windows)
    added = attributes.lengths("output_padding", axes, (0,) * axes, least=0)
    if attributes.lengths("output_shape", axes, (), least=1) or windows[0][-1] is None:
        return None
    out = []
    for (length, kernel, stride, dilation, pad), more in zip(windows, added, strict=True):
        assert pad is not None
        out.append(stride * (length - 1) + more + dilation * (kernel - 1) + 1 - sum(pad))
    if min(out) < 1:
        refuse(f"its pads leave no output: {by(tuple(out))}")
    return tuple(out)


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """Return the shape that two shapes broadcast to, None where they do not."""
    rank = max(len(a), len(b))
    pairs = list(zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True))
    if any(1 not in pair and pair[0] != pair[1] for pair in pairs):
        return None
    return tuple(map(max, pairs))


def text(name: str | bytes) -> str:
    """Return a name in a model, which the library gives as bytes where it is not UTF-8."""
    return name if isinstance(name, str) else name.decode("utf-8", "replace")


def shown(name: str | bytes) -> str:
    """Return a name in a model, in quotes, fit for an error message."""
    return quoted(text(name))


def by(lengths: Shape) -> str:
    """Return lengths as they are written, 1x3x224x224."""
    return "x".join(map(str, lengths[:8])) + "x..." * (len(lengths) > 8) or "a single number"


def refuse(problem: str) -> NoReturn:
    """Raise QuantityError; whoever asked says for which operator."""
    raise QuantityError(problem)
