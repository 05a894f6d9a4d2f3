"""An Add that gives a layer its biases: as the walk meets it, and once every layer is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sepcost.network.biases import are_biases
from sepcost.network.onnx.findings import Ran
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.tensor import Source, Tensor


def note_added(inputs: Sequence[Tensor | None], reading: Reading) -> None:
    """Record what an Add adds to a layer's output first: it may be its biases."""
    for one, other in (inputs, inputs[::-1]) if len(inputs) == 2 else ():
        if one is not None and other is not None and one.layer and other.constant:
            reading.added.setdefault(one.layer, other)


def with_biases(ran: Iterable[Ran], reading: Reading) -> tuple[list[Ran], list[Source]]:
    """Return operators with the biases that an Add gives them, and where those are held."""
    sources: list[Source] = []
    found = []
    for one in ran:
        added = reading.added.get(one.writes[0]) if one.writes and len(one.found) == 1 else None
        if added is not None and added.made and are_biases(one.found[0].layer, added.size):
            sources += reading.behind(added)
            layer = one.found[0].layer
            one = one._replace(found=(one.found[0]._replace(layer=replace(layer, biases=layer.n_o)),))
        found.append(one)
    return found, sources
