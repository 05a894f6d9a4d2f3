"""A functional Keras model's layers in the order in which they can be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.network.model import clean_name

Tensor = tuple[str, int, int]
"""Which output of which call of which layer: a layer's name, the number of a call, that of an output."""


class Node(NamedTuple):
    """One call of a layer.

    layer: its entry in the file. inputs: what it reads. stated: shapes that the file gives those.
    """

    layer: Mapping[str, Any]
    call: int
    inputs: list[Tensor]
    stated: dict[Tensor, list[Any]]

    @property
    def key(self) -> tuple[str, int]:
        """What its outputs are known by."""
        return name_of(self.layer), self.call


def name_of(layer: Mapping[str, Any]) -> str:
    """Return a layer's name, in whichever place a version of Keras puts it."""
    name = layer.get("name") or table(layer.get("config")).get("name")
    if not isinstance(name, str) or not name:
        raise QuantityError("a layer has no name")
    return name


def table(value: object) -> Mapping[str, Any]:
    """Return a value of a file where it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def nodes_of(layers: list[Any]) -> dict[tuple[str, int], Node]:
    """Return every call of every layer, in the file's order."""
    found: dict[tuple[str, int], Node] = {}
    for layer in layers:
        if not isinstance(layer, dict):
            raise QuantityError("a layer is no table")
        calls = layer.get("inbound_nodes") or []
        if not isinstance(calls, list):
            raise QuantityError(f"the calls of {quoted(name_of(layer))} are no list")
        if layer.get("class_name") == "InputLayer" and not calls:
            calls = [{"args": [], "kwargs": {}}]
        for number, call in enumerate(calls):
            inputs: list[Tensor] = []
            stated: dict[Tensor, list[Any]] = {}
            for tensor, shape in _read_by(call):
                inputs.append(tensor)
                if isinstance(shape, list):
                    stated[tensor] = shape
            node = Node(layer, number, inputs, stated)
            if node.key in found:
                raise QuantityError(f"two layers are called {quoted(node.key[0])}")
            found[node.key] = node
    return found


def ordered(nodes: Mapping[tuple[str, int], Node]) -> Iterator[Node]:
    """Yield calls so that each comes after those that it reads; otherwise in the file's order."""
    done: set[tuple[str, int]] = set()
    for start in nodes:
        waiting, open_ = [start], set()
        while waiting:
            key = waiting[-1]
            if key in done:
                waiting.pop()
                continue
            before = [tensor[:2] for tensor in nodes[key].inputs if tensor[:2] not in done]
            if not before:
                done.add(key)
                yield nodes[waiting.pop()]
            elif key in open_:
                raise FieldError(f"layer {quoted(clean_name(key[0]))}", "reads, over others, what it writes")
            else:
                open_.add(key)
                unknown = next((one for one in before if one not in nodes), None)
                if unknown is not None:
                    raise FieldError(
                        f"layer {quoted(clean_name(key[0]))}",
                        f"reads {quoted(unknown[0])}, which is no call of a layer",
                    )
                waiting += before


def tensors_in(structure: Any) -> list[Tensor]:
    """Return the outputs that a structure of `[name, call, output]` names, in order."""
    found: list[Tensor] = []
    waiting = [structure]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str):
            found.append(_tensor(value))
        elif isinstance(value, list):
            waiting += value[::-1]
        elif isinstance(value, dict):
            waiting += list(value.values())[::-1]
    return found


def _read_by(call: Any) -> Iterator[tuple[Tensor, Any]]:
    """Yield what a call reads, and the shape that the file gives it; older versions list names alone."""
    if isinstance(call, list):
        for tensor in tensors_in(call):
            yield tensor, None
        return
    waiting = [call.get("kwargs"), call.get("args")] if isinstance(call, dict) else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            config = table(value.get("config"))
            history = config.get("keras_history")
            if not isinstance(history, list) or len(history) != 3:
                raise QuantityError("a layer reads what no other writes")
            yield _tensor(history), config.get("shape")
        elif isinstance(value, list):
            waiting += value[::-1]
        elif isinstance(value, dict):
            waiting += list(value.values())[::-1]


def _tensor(value: list[Any]) -> Tensor:
    name, call, output = value[:3]
    if not isinstance(name, str) or type(call) is not int or type(output) is not int:
        raise QuantityError("a layer reads what no other writes")
    return name, call, output
