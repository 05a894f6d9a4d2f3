"""A functional Keras model's layers in the order in which they can be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sepcost.core.errors import FieldError, QuantityError, quoted
from sepcost.network.keras.arguments import Arguments, Ref, Tensor, arguments_of, tensors_in
from sepcost.network.names import clean_name


class Node(NamedTuple):
    """One call of a layer: its entry in the file, and what it is given."""

    layer: Mapping[str, Any]
    call: int
    given: Arguments

    @property
    def reads(self) -> list[Ref]:
        """The tensors that it is given, in order."""
        return [one for one in self.given if isinstance(one, Ref)]

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
            calls = [{}]
        if not calls:
            raise FieldError(f"layer {quoted(clean_name(name_of(layer)))}", "is never called")
        for number, call in enumerate(calls, _first_call(layer, calls)):
            node = Node(layer, number, arguments_of(call))
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
            before = [one.tensor[:2] for one in nodes[key].reads if one.tensor[:2] not in done]
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


def outputs_of(config: Mapping[str, Any], nodes: Mapping[tuple[str, int], Node]) -> list[Tensor]:
    """Return the outputs of a model, in order.

    A functional model has, besides its calls, one by which it was made: it comes first where the outputs
    are listed, and older versions number calls from it everywhere.
    """
    found = []
    for name, call, output in tensors_in(config.get("output_layers")):
        own = nodes.get((name, call - 1)) or nodes.get((name, call))
        shift = own is not None and _is_functional(own.layer) and (name, 0) in nodes
        found.append((name, call - shift, output))
    return found


def _first_call(layer: Mapping[str, Any], calls: list[Any]) -> int:
    """Return the number of the first call of a layer."""
    inner = table(layer.get("config")).get("layers")
    first = inner[0] if isinstance(inner, list) and inner else None
    starts = isinstance(first, dict) and first.get("class_name") == "InputLayer"
    return int(isinstance(calls[0], list) and (_is_functional(layer) or starts))


def _is_functional(layer: Mapping[str, Any]) -> bool:
    return "input_layers" in table(layer.get("config"))
