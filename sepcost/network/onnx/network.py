"""From what a graph holds to a network: one batch, one branch, each weight held once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sepcost.core.errors import FieldError
from sepcost.network.constants import constants_in_memory, without
from sepcost.network.model import (
    MOST_LAYERS,
    HeldOperator,
    Leading,
    Network,
    NetworkLayer,
    Operator,
    occurrences,
)
from sepcost.network.model import Tensor as Map
from sepcost.network.names import clean_name, unique_names
from sepcost.network.one_input import layer_for_one, leading_of, tensor_for_one
from sepcost.network.onnx.added import with_biases
from sepcost.network.onnx.findings import Choice, Findings, Found, Ran
from sepcost.network.onnx.held import EVERYTHING
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.roles import Parameters
from sepcost.network.onnx.stored import all_held, own_parameters
from sepcost.network.onnx.tensor import MIXED, Held, Source, Tensor, axis_of_batch
from sepcost.network.onnx.types import BITS


def network_of(name: str, findings: Findings, reading: Reading) -> Network:
    """Return the network that a graph's findings make."""
    inputs = reading.inputs
    leading = _leading(findings, inputs)
    batch = leading.divided_out if leading is not None else 1
    shown = _chosen(findings, batch)
    biased, biases = with_biases(shown.ran, reading)
    names = _Names()
    layers = [names.layers(one.found) for one in biased]
    others = names.layers(shown.others)
    every = tuple(layer for some in layers for layer in some)
    if len(every) + len(others) > MOST_LAYERS:
        raise FieldError("graph", f"has more than {MOST_LAYERS} layers")
    parameters = Parameters(reading, biased, biases)
    operators = _operators(biased, layers, parameters)
    maps = reading.maps
    computed = {name for one in biased for name in one.writes if maps[name].constant}
    own = [own_parameters(one, computed, reading) for one in biased]
    counted = (*_all(biased), *shown.others)
    outputs = tuple(dict.fromkeys(one.map for one in findings.written if one is not None and one.map))
    stored = computed - constants_in_memory(operators, computed, own, outputs)
    return Network(
        name,
        "onnx",
        inputs.shape if batch == 1 else (1, *inputs.shape[1:]),
        every,
        occurrences(shown.free),
        occurrences(findings.opaque),
        leading=leading,
        others=others,
        more_weights=max(_most_weights(findings) - sum(layer.weights for layer in every), 0),
        held=_held(findings, {held.source for one in counted for held in one.held}),
        all_held=all_held(findings, counted, set().union(*own), reading),
        operators=without(operators, stored),
        tensors=_maps(biased, reading, stored, batch),
        outputs=outputs,
        parameters=parameters.all,
    )


def _leading(findings: Findings, inputs: Inputs) -> Leading | None:
    """Return what is made of the first length of the first input."""
    shows_none = findings.unlike - findings.given_weights
    unlike = {name: other for name, other in inputs.unlike.items() if name in shows_none}
    every = _every(findings)
    depending = ((found.layer, found.batch == MIXED) for found in every if found.batch is not None)
    return leading_of(inputs.shape, inputs.batch, unlike, depending)


def _every(findings: Findings) -> Iterator[Found]:
    """Yield the counted operators of all branches."""
    waiting = list(findings.steps)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Ran):
            yield from one.found
        else:
            waiting += [step for branch in one.branches for step in branch.steps]


def _all(ran: Iterable[Ran]) -> Iterator[Found]:
    return (found for one in ran for found in one.found)


class _Shown:
    """What is shown of a graph: operators once the batch is divided out, and layers that are left out."""

    def __init__(self) -> None:
        self.ran: list[Ran] = []
        self.others: list[Found] = []
        self.free: Counter[str] = Counter()

    @property
    def macs(self) -> int:
        """MACs for one input."""
        return sum(found.layer.macs for found in _all(self.ran))


def _chosen(findings: Findings, batch: int) -> _Shown:
    """Return what is shown: of each choice the branch of more MACs, as one operator."""
    shown = _Shown()
    shown.free += findings.free
    for one in findings.steps:
        if isinstance(one, Ran):
            shown.ran.append(_ran_for_one(one, batch))
            continue
        branches = [_chosen(branch, batch) for branch in one.branches]
        larger = max(branches, key=lambda branch: branch.macs)
        # What is computed once in one branch may be more, for many inputs, than in the other.
        inside = {id(branch): [_in_a_branch(found) for found in _all(branch.ran)] for branch in branches}
        shown.free += larger.free
        roles = tuple(role for ran in larger.ran for role in ran.roles)
        uses = tuple(source for ran in larger.ran for source in ran.uses)
        shown.ran.append(one.ran._replace(found=tuple(inside[id(larger)]), roles=roles, uses=uses))
        for branch in branches:
            shown.others += [] if branch is larger else inside[id(branch)]
            shown.others += branch.others
    return shown


def _in_a_branch(found: Found) -> Found:
    return found._replace(layer=replace(found.layer, once=False)) if found.layer.once else found


def _ran_for_one(one: Ran, batch: int) -> Ran:
    """Return an operator for one input of the batch."""
    if batch == 1 or not one.found:
        return one
    return one._replace(found=tuple(_for_one(found, batch) for found in one.found))


def _for_one(found: Found, batch: int) -> Found:
    """Return a counted operator for one input of the batch, which is divided out of what depends on it."""
    if found.batch is None:
        return found
    layer = layer_for_one(found.layer, batch, axis_of_batch(found.reads), axis_of_batch(found.batch))
    return found._replace(layer=layer)


class _Names:
    """Gives layers unique names, and each tensor of weights to the first that uses it."""

    def __init__(self) -> None:
        self._unique = unique_names()
        self._index: Counter[str] = Counter()
        self._holders: dict[Source, str] = {}

    def layers(self, found: Iterable[Found]) -> tuple[NetworkLayer, ...]:
        """Return the layers of counted operators."""
        return tuple(self._named(one) for one in found)

    def _named(self, one: Found) -> NetworkLayer:
        layer = one.layer
        self._index[layer.op] += 1
        name = self._unique(layer.name or f"{layer.op}_{self._index[layer.op]}")
        own, shares = 0, None
        for held in sorted(one.held):
            holder = self._holders.setdefault(held.source, name)
            if holder == name:
                own += held.size
            else:
                shares = shares or holder
        if own:
            shares = None
        plain = not own or own == layer.stage.weights()
        if plain and name == layer.name and shares is None:
            return layer
        return replace(layer, name=name, shares=shares, held=None if plain else own)


def _operators(
    ran: Iterable[Ran], layers: Iterable[tuple[NetworkLayer, ...]], parameters: Parameters
) -> tuple[Operator, ...]:
    unique = unique_names()
    index: Counter[str] = Counter()
    found = []
    for one, own in zip(ran, layers, strict=True):
        index[one.op] += 1
        found.append(
            Operator(
                unique(clean_name(one.name) or clean_name(f"{one.op}_{index[one.op]}")),
                clean_name(one.op),
                one.reads,
                one.writes,
                tuple(layer.name for layer in own),
                parameters.names(one.uses),
                one.window,
                one.mode,
            )
        )
    return tuple(found)


def _maps(ran: Iterable[Ran], reading: Reading, stored: set[str], batch: int) -> tuple[Map, ...]:
    """Return the inputs of the graph and the maps that its operators hand on, stored constants left out."""
    handed = {name for one in ran for name in (*one.reads, *one.writes)} - stored
    inputs = set(reading.inputs.shapes)
    maps = reading.maps.items()
    return tuple(_map(one, map_, batch) for one, map_ in maps if one in handed or one in inputs)


def _map(name: str, tensor: Tensor, batch: int) -> Map:
    axis = axis_of_batch(tensor.batch)
    batched = axis is not None if batch > 1 else tensor.batch is not None
    whole = Map(name, tensor.shape, BITS.get(tensor.type), batched)
    return tensor_for_one(whole, batch, axis, tensor.constant)


def _most_weights(findings: Findings) -> int:
    """Return the weights where the branch of more weights runs; two choices may both count shared ones."""
    sizes = _sizes(findings, set())
    return sum(sizes.values()) + _of_choices(findings, set(sizes))


def _of_choices(findings: Findings, known: set[Source]) -> int:
    total = 0
    for choice in findings.steps:
        if isinstance(choice, Choice):
            total += max(_of_branch(branch, known) for branch in choice.branches)
    return total


def _of_branch(branch: Findings, known: set[Source]) -> int:
    sizes = _sizes(branch, known)
    return sum(sizes.values()) + _of_choices(branch, known | set(sizes))


def _sizes(findings: Findings, known: set[Source]) -> dict[Source, int]:
    always = (one for one in findings.steps if isinstance(one, Ran))
    return {
        held.source: held.size for found in _all(always) for held in found.held if held.source not in known
    }


def _held(findings: Findings, counted: set[Source]) -> tuple[HeldOperator, ...]:
    """Return what is not counted, by operator; elements that a layer counts as weights are left out."""
    weights: Counter[str] = Counter()
    macs: Counter[str] = Counter()
    met: set[Source] = set(counted)
    for beside in findings.beside:
        macs[beside.op] += beside.macs
        for held in sorted(beside.held):
            if held.source not in met:
                met.add(held.source)
                weights[beside.op] += _size(held, findings)
    ops = sorted(op for op in {*weights, *macs} if weights[op] or macs[op])
    return tuple(HeldOperator(op, weights[op], macs[op]) for op in ops)


def _size(held: Held, findings: Findings) -> int:
    return findings.numbers if held == EVERYTHING else held.size
