"""The memory that a network's maps take while it runs, operator by operator; its parameters' storage.

Operators run in the file's order. A map takes memory from the operator that writes it to the last that
reads it; what a library needs for itself comes on top.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from sepcost.core.errors import FieldError, quoted
from sepcost.hardware.execution import Execution
from sepcost.network.buffers import buffers
from sepcost.network.model import Network, Operator, Parameter, Tensor
from sepcost.network.operators import is_nested

_BITS = 8


class Live(NamedTuple):
    """A map that takes memory, and how much."""

    name: str
    bytes: int


class Step(NamedTuple):
    """What maps take while one operator runs.

    at: the layer that it is counted as, the first of several; else its own name. layers: all of them.
    """

    at: str
    bytes: int
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Memory:
    """What a network's maps take while it runs.

    steps: one for each operator, in order.
    peak: the most bytes of a step; at: the first of those; live: the maps of that one, the largest first.
    """

    steps: tuple[Step, ...]
    peak: int
    at: str
    live: tuple[Live, ...]

    def of(self, name: str) -> int | None:
        """Return the most that is taken while the layer of that name runs, None where none has it."""
        return self._most.get(name)

    @cached_property
    def _most(self) -> dict[str, int]:
        most: dict[str, int] = {}
        for step in self.steps:
            for layer in step.layers:
                most[layer] = max(step.bytes, most.get(layer, 0))
        return most


@dataclass(frozen=True)
class Footprint:
    """What a network takes of a device: memory for its maps and storage for its parameters, in bytes.

    memory, storage: None where it is not known; then the reason says why.
    own: the bits of an element in the file's own types, each size once; empty where those do not count.
    """

    memory: Memory | None
    storage: int | None
    memory_reason: str | None
    storage_reason: str | None
    own: tuple[int, ...]


def at_most(network: Network) -> Network:
    """Return a network with each map as large as its batch may make it; itself where all are known."""
    one = 1 if network.leading is None else network.leading.divided_out
    times = -(-network.batch // one)
    if times == 1 or not any(tensor.grows for tensor in network.tensors):
        return network
    return replace(
        network,
        tensors=tuple(
            tensor._replace(shape=(times**tensor.grows, *tensor.shape))
            if tensor.grows and tensor.shape is not None
            else tensor
            for tensor in network.tensors
        ),
    )


def footprint(network: Network, execution: Execution) -> Footprint:
    """Return a network's memory and storage, each with the reason where it is not known.

    execution: its `bytes` are those of an element of any map or parameter; else the file's own types hold,
    and where that has none, the execution's.
    """
    memory, storage, memory_reason, storage_reason = None, None, None, None
    try:
        memory = peak_memory(network, execution)
    except FieldError as error:
        memory_reason = error.problem
    try:
        storage = stored(network, execution)
    except FieldError as error:
        storage_reason = error.problem
    own = () if execution.bytes is not None else _own_sizes(network)
    return Footprint(memory, storage, memory_reason, storage_reason, own)


def stored(network: Network, execution: Execution) -> int:
    """Return the bytes of the parameters that a file holds, each once; FieldError where not known."""
    if not network.all_held or (network.weights and not network.parameters):
        raise FieldError("storage", "is not known: the file does not hold all weights, or does not say so")
    _refuse_untyped("storage", "parameter", network.parameters, network, execution)
    return sum(byte_count(parameter.elements, parameter.bits, execution) for parameter in network.parameters)


def stored_of_layers(network: Network, execution: Execution) -> dict[str, int]:
    """Return the bytes of the parameters of each counted layer, under its name."""
    held = {parameter.name: parameter for parameter in network.parameters}
    found: dict[str, int] = {}
    for operator in network.operators:
        parameters = [held[name] for name in operator.parameters]
        taken = sum(byte_count(parameter.elements, parameter.bits, execution) for parameter in parameters)
        for layer in operator.layers:
            found[layer] = found.get(layer, 0) + taken
    return found


def peak_memory(network: Network, execution: Execution) -> Memory:
    """Return what a network's maps take, operator by operator, for the whole batch.

    An elementwise operator on a map that nothing else reads is done in place, unless that is an input
    or output of the network; a view, such as Reshape, takes nothing.
    Raises FieldError where the order of operators or the size of a map is not known.

    >>> from sepcost.network.model import Tensor
    >>> maps = (Tensor("x", (1, 3)), Tensor("h", (1, 5)), Tensor("a", (1, 5)), Tensor("y", (1, 2)))
    >>> chain = (Operator("one", "Gemm", ("x",), ("h",)), Operator("act", "Relu", ("h",), ("a",)),
    ...          Operator("two", "Gemm", ("a",), ("y",)))
    >>> net = Network("net", "onnx", (1, 3), (), operators=chain, tensors=maps, outputs=("y",))
    >>> found = peak_memory(net, Execution(bytes=1))
    >>> found.peak, found.at, found.live
    (8, 'one', (Live(name='h', bytes=5), Live(name='x', bytes=3)))
    """
    if not network.operators:
        raise FieldError("memory", "is not known: the file does not say in what order operators run")
    rooms = buffers(network, _sizes(network, execution))
    changes: dict[int, int] = defaultdict(int)
    for buffer in rooms:
        changes[buffer.first] += buffer.bytes
        changes[buffer.last + 1] -= buffer.bytes
    steps, taken = [], 0
    for place, operator in enumerate(network.operators):
        taken += changes[place]
        steps.append(Step(_shown(operator), taken, operator.layers))
    peak = max(step.bytes for step in steps)
    place = next(place for place, step in enumerate(steps) if step.bytes == peak)
    live = [Live(one.at(place), one.bytes) for one in rooms if one.first <= place <= one.last]
    live.sort(key=lambda each: -each.bytes)
    return Memory(tuple(steps), peak, steps[place].at, tuple(live))


def _sizes(network: Network, execution: Execution) -> dict[str, int]:
    """Return the bytes of each map for the whole batch; FieldError where one is not known."""
    known = {tensor.name: tensor for tensor in network.tensors}
    for operator in network.operators:
        if is_nested(operator.op):
            raise FieldError("memory", f"is not known: what runs inside {quoted(operator.op)} is not")
        for name in (*operator.reads, *operator.writes):
            if name not in known:
                raise _unknown(name)
    _refuse_untyped("memory", "map", network.tensors, network, execution)
    return {name: _map_bytes(tensor, network.batch, execution) for name, tensor in known.items()}


def _map_bytes(tensor: Tensor, batch: int, execution: Execution) -> int:
    elements = tensor.elements
    if elements is None:
        raise _unknown(tensor.name)
    return byte_count(elements * batch if tensor.batched else elements, tensor.bits, execution)


def _unknown(name: str) -> FieldError:
    return FieldError("memory", f"is not known: the size of the map {quoted(name)} is not")


def _refuse_untyped(
    what: str, kind: str, some: Iterable[Tensor | Parameter], network: Network, execution: Execution
) -> None:
    """Refuse an element of unknown size, such as a text, in a file that has types."""
    if execution.bytes is None and _own_sizes(network):
        for one in some:
            if one.bits is None:
                raise FieldError(what, f"is not known: the type of the {kind} {quoted(one.name)} is not")


def _own_sizes(network: Network) -> tuple[int, ...]:
    sizes = {one.bits for one in network.tensors} | {one.bits for one in network.parameters}
    return tuple(sorted(size for size in sizes if size is not None))


def byte_count(elements: int, bits: int | None, execution: Execution) -> int:
    """Return the bytes of elements, those of less than 8 bits packed."""
    if execution.bytes is not None or bits is None:
        return elements * execution.element_size
    return -(-elements * bits // _BITS)


def _shown(operator: Operator) -> str:
    return operator.layers[0] if operator.layers else operator.name or operator.op
