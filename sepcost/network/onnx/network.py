"""From what a graph holds to a network: one batch, one branch, each weight held once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from sepcost.core.errors import FieldError
from sepcost.network.batch_place import MIXED
from sepcost.network.constants import stored_constants, without
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import (
    MOST_LAYERS,
    HeldOperator,
    Leading,
    Network,
    Operator,
    held_operators,
    occurrences,
)
from sepcost.network.model import Tensor as Map
from sepcost.network.names import clean_name, unique_names
from sepcost.network.one_input import leading_of, tensor_for_one
from sepcost.network.onnx.added import with_biases
from sepcost.network.onnx.branches import chosen, every_found, found_in, most_weights
from sepcost.network.onnx.findings import Findings, Found, Ran
from sepcost.network.onnx.held import EVERYTHING
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.roles import parameters_of
from sepcost.network.onnx.stored import all_held, own_parameters
from sepcost.network.onnx.tensor import Held, Source, Tensor, axis_of_batch
from sepcost.network.onnx.types import BITS
from sepcost.network.parameters import Parameters


def network_of(name: str, findings: Findings, reading: Reading) -> Network:
    """Return the network that a graph's findings make."""
    inputs = reading.inputs
    leading = _leading(findings, inputs)
    batch = leading.divided_out if leading is not None else 1
    shown = chosen(findings, batch)
    biased, biases = with_biases(shown.ran, reading)
    names = _Names()
    layers = [names.layers(one.found) for one in biased]
    others = names.layers(shown.others)
    every = tuple(layer for some in layers for layer in some)
    if len(every) + len(others) > MOST_LAYERS:
        raise FieldError("graph", f"has more than {MOST_LAYERS} layers")
    parameters = parameters_of(reading, biased, biases)
    operators = _operators(biased, layers, parameters)
    maps = reading.maps
    computed = {name for one in biased for name in one.writes if maps[name].constant}
    own = [own_parameters(one, computed, reading) for one in biased]
    counted = (*found_in(biased), *shown.others)
    outputs = tuple(dict.fromkeys(one.map for one in findings.written if one is not None and one.map))
    stored = stored_constants(operators, computed, own, outputs)
    return Network(
        name,
        "onnx",
        inputs.shape if batch == 1 else (1, *inputs.shape[1:]),
        every,
        occurrences(shown.free),
        occurrences(findings.opaque),
        leading=leading,
        others=others,
        more_weights=max(most_weights(findings) - sum(layer.weights for layer in every), 0),
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
    every = every_found(findings)
    depending = ((found.layer, found.batch == MIXED) for found in every if found.batch is not None)
    return leading_of(inputs.shape, inputs.batch, unlike, depending)


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
    ran: Iterable[Ran], layers: Iterable[tuple[NetworkLayer, ...]], parameters: Parameters[Source]
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
    return held_operators(weights, macs)


def _size(held: Held, findings: Findings) -> int:
    return findings.numbers if held == EVERYTHING else held.size
