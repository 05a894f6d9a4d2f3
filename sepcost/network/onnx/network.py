"""From what a graph holds to the layers of a network: one batch, one branch, each weight held once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sepcost.core.errors import FieldError, quoted
from sepcost.network.model import (
    MOST_LAYERS,
    HeldOperator,
    Leading,
    Network,
    NetworkLayer,
    OperatorCount,
    unique_names,
)
from sepcost.network.onnx.findings import Choice, Findings, Found
from sepcost.network.onnx.held import EVERYTHING
from sepcost.network.onnx.inputs import Inputs
from sepcost.network.onnx.tensor import MIXED, Held, Source


def network_of(name: str, findings: Findings, inputs: Inputs) -> Network:
    """Return the network that a graph's findings make."""
    leading = _leading(findings, inputs)
    divided = leading is not None and leading.reason is None
    shape = (1, *inputs.shape[1:]) if divided else inputs.shape
    batch = leading.divided_out if leading is not None else 1
    shown, others = _chosen(findings, batch)
    names = _Names()
    layers, left = names.layers(shown.found), names.layers(others)
    weights = sum(layer.weights for layer in layers)
    return Network(
        name,
        "onnx",
        shape,
        layers,
        _counts(shown.free),
        _counts(findings.opaque),
        leading=leading,
        others=left,
        more_weights=max(_most_weights(findings) - weights, 0),
        held=_held(findings, _sources((*shown.found, *others))),
    )


def _leading(findings: Findings, inputs: Inputs) -> Leading | None:
    """Return what is made of the first length of the first input."""
    if len(inputs.shape) < 2:
        return None
    length = inputs.shape[0]
    if length == 1:
        return Leading(1)
    if inputs.batch == 1:
        return Leading(length, "there is no batch")
    for name, shape in inputs.unlike.items():
        if name in findings.unlike - findings.given_weights:
            return Leading(length, f"input {quoted(name)} is {shape}")
    every = list(_every(findings))
    for found in every:
        if found.batch == MIXED or (found.batch is not None and found.layer.positions % length):
            layer = found.layer
            name = f"{layer.op} {quoted(layer.name)}" if layer.name else f"a {layer.op}"
            return Leading(length, f"{name} mixes what it has")
    if not any(found.batch is not None for found in every):
        return Leading(length, "no layer depends on it")
    return Leading(length)


def _every(findings: Findings) -> Iterator[Found]:
    """Yield the counted operators of all branches."""
    waiting: list[Found | Choice] = list(findings.found)
    while waiting:
        one = waiting.pop()
        if isinstance(one, Found):
            yield one
        else:
            waiting += [each for branch in one.branches for each in branch.found]


class _Shown:
    """What is shown of a graph: counted operators once the batch is divided out, and the free ones."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.free: Counter[str] = Counter()
        self.macs = 0


def _chosen(findings: Findings, batch: int) -> tuple[_Shown, list[Found]]:
    """Return what is shown, of each choice the branch of more MACs, and the layers of the others."""
    shown, others = _Shown(), []
    shown.free += findings.free
    for one in findings.found:
        if isinstance(one, Found):
            found = _divided(one, batch)
            shown.found.append(found)
            shown.macs += found.layer.macs
            continue
        branches = [_chosen(branch, batch) for branch in one.branches]
        larger = max(branches, key=lambda branch: branch[0].macs)
        for branch, rest in branches:
            if branch is larger[0]:
                # What is computed once in one branch may be more, for many inputs, than in the other.
                shown.found += [_in_a_branch(found) for found in branch.found]
                shown.free += branch.free
                shown.macs += branch.macs
            else:
                others += [_in_a_branch(found) for found in branch.found]
            others += rest
    return shown, others


def _in_a_branch(found: Found) -> Found:
    return replace(found, layer=replace(found.layer, once=False)) if found.layer.once else found


def _divided(found: Found, batch: int) -> Found:
    """Return a counted operator for one input of the batch, which is divided out of what depends on it."""
    layer = found.layer
    if batch == 1 or found.batch is None:
        return found
    each = replace(
        layer,
        positions=layer.positions // batch,
        reads=None if layer.reads is None else layer.reads // batch,
        writes=None if layer.writes is None else layer.writes // batch,
    )
    return replace(found, layer=each)


class _Names:
    """Gives layers unique names, and each tensor of weights to the first that uses it."""

    def __init__(self) -> None:
        self._unique = unique_names()
        self._index: Counter[str] = Counter()
        self._holders: dict[Source, str] = {}

    def layers(self, found: Iterable[Found]) -> tuple[NetworkLayer, ...]:
        """Return the layers of counted operators."""
        layers = tuple(self._named(one) for one in found)
        if len(layers) > MOST_LAYERS:
            raise FieldError("graph", f"has more than {MOST_LAYERS} layers")
        return layers

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
        return replace(layer, name=name, shares=shares, held=None if plain else own)


def _most_weights(findings: Findings) -> int:
    """Return the weights where the branch of more weights runs; two choices may both count shared ones."""
    always = [one for one in findings.found if isinstance(one, Found)]
    sizes = {held.source: held.size for one in always for held in one.held}
    return sum(sizes.values()) + _of_choices(findings, set(sizes))


def _of_choices(findings: Findings, known: set[Source]) -> int:
    total = 0
    for choice in findings.found:
        if isinstance(choice, Choice):
            total += max(_of_branch(branch, known) for branch in choice.branches)
    return total


def _of_branch(branch: Findings, known: set[Source]) -> int:
    found = [one for one in branch.found if isinstance(one, Found)]
    sizes = {held.source: held.size for one in found for held in one.held if held.source not in known}
    return sum(sizes.values()) + _of_choices(branch, known | set(sizes))


def _sources(found: Iterable[Found]) -> set[Source]:
    return {held.source for one in found for held in one.held}


def _held(findings: Findings, counted: set[Source]) -> tuple[HeldOperator, ...]:
    """Return what is not counted, by operator; numbers that a layer counts as weights are left out."""
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


def _counts(operators: Counter[str]) -> tuple[OperatorCount, ...]:
    return tuple(OperatorCount(op, operators[op]) for op in sorted(operators))
