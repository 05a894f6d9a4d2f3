"""Which parameters of layers the file holds, in the form in which they are read or in another."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from sepcost.network.onnx.findings import Findings, Found, Ran
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.tensor import FROM_OUTSIDE, Source, Tensor


def own_parameters(one: Ran, computed: set[str], reading: Reading) -> set[str]:
    """Return the computed constants that are an operator's own parameters: weights, biases, scales.

    Biases that differ for each element, and not along one axis alone, are so only as the file holds them.
    """
    names = computed.intersection(one.reads)
    if not names:
        return names
    counted = {held.source for found in one.found for held in found.held}
    known = {source for source, _ in one.roles}
    found = set()
    for name in names:
        tensor = reading.maps[name]
        is_weights = any(held.source in counted for held in tensor.held)
        in_role = not known.isdisjoint(tensor.made[:1])
        if is_weights or (in_role and (tensor.is_vector or _is_stored(tensor, reading))):
            found.add(name)
    return found


def all_held(findings: Findings, counted: Iterable[Found], own: Iterable[str], reading: Reading) -> bool:
    """Whether no parameters are made of fewer elements, or given from outside.

    own: constants that are a layer's parameters.
    """
    given = any(held.source[0] == FROM_OUTSIDE for beside in findings.beside for held in beside.held)
    every = {held for one in counted for held in one.held}
    made = [held for held in every if held.source in reading.made]
    whole = [reading.parameters[held.source] for held in every if held.source in reading.parameters]
    return (
        not given
        and all(held.size <= _stored(reading.made[held.source], reading) for held in made)
        and all(tensor.elements >= prod(tensor.dims) for tensor in whole)
        and all(_is_stored(reading.maps[name], reading) for name in own)
    )


def _is_stored(tensor: Tensor, reading: Reading) -> bool:
    """Whether the file holds as many elements as a constant has that is made of them."""
    return tensor.size is not None and tensor.size <= _stored(tensor.made, reading)


def _stored(sources: Iterable[Source], reading: Reading) -> int:
    return sum(prod(reading.parameters[source].dims) for source in sources)
