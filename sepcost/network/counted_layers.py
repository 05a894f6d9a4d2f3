"""The layers of a network in the making: their names, the weights that they share, maps and biases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sepcost.core.errors import FieldError
from sepcost.network.biases import are_biases
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import BIASES, MOST_LAYERS, WEIGHTS
from sepcost.network.names import clean_name, unique_names
from sepcost.network.one_input import batch_axis, layer_for_one
from sepcost.network.operators import ATTENTION
from sepcost.network.parameters import Parameters
from sepcost.network.provenance import Provenance
from sepcost.network.shape_rules import Shape
from sepcost.network.step import Counted, Step
from sepcost.network.uncounted import Uncounted


class CountedLayers:
    """Layers in file order, for the whole batch, under unique names."""

    def __init__(self, origin: Provenance, parameters: Parameters[str], uncounted: Uncounted) -> None:
        self._origin, self._parameters, self._uncounted = origin, parameters, uncounted
        self._layers: list[NetworkLayer] = []
        self._unique = unique_names()
        self._holders: dict[str, str] = {}
        self._mixing: set[str] = set()
        self._makers: dict[str, int] = {}
        self._added: set[str] = set()

    def add(self, step: Step, depends: bool) -> tuple[str, ...]:
        """Add the layers of an operator, and return their names; `depends` on an input, or on none."""
        names = tuple(self._add(one, step, depends) for one in step.layers)
        for key, _, _ in step.writes[:1]:
            if names:
                self._makers[key] = len(self._layers) - 1
            elif step.keeps and step.reads and step.reads[0] in self._makers:
                self._makers[key] = self._makers[step.reads[0]]
        return names

    def add_biases(self, step: Step) -> None:
        """Take what an Add adds to a layer's output for its biases, where it may be those."""
        made = [self._makers[key] for key in step.reads if key in self._makers]
        held = [key for key in step.reads if key in self._origin.held]
        if step.op != "Add" or len(made) != 1 or len(held) != 1:
            return
        layer = self._layers[made[0]]
        if are_biases(layer, self._origin.elements(held)):
            self._parameters.claim(self._origin.behind(held[0]), BIASES)
            self._layers[made[0]] = replace(layer, biases=self._count_once(held))

    @property
    def depending(self) -> Iterator[tuple[NetworkLayer, bool]]:
        """Those that depend on an input, each with whether it cannot keep the inputs of a batch apart."""
        return ((layer, layer.name in self._mixing) for layer in self._layers if not layer.once)

    def for_one(self, batch: int) -> tuple[NetworkLayer, ...]:
        """Return all of them for one input; of their maps no more is known than how long they are."""
        found = []
        for layer in self._layers:
            if not layer.once:
                axes = [batch_axis(shape, batch) for shape in (layer.input_shape, layer.output_shape)]
                layer = layer_for_one(layer, batch, axes[0], axes[1])
            found.append(layer)
        return tuple(found)

    def _add(self, one: Counted, step: Step, depends: bool) -> str:
        """Add a layer of an operator, and return its name."""
        if len(self._layers) == MOST_LAYERS:
            raise FieldError("network", f"has more than {MOST_LAYERS} layers")
        layer, origin, path = one.layer, self._origin, clean_name(step.name)
        name = self._unique(clean_name(layer.name) or f"{layer.op}_{len(self._layers) + 1}")
        held = origin.held.get(one.weights or "")
        holder = None if held is None else self._holders.setdefault(held.source, name)
        maps = (*one.reads, *(one.multiplies if held is None else one.further))
        reads, writes, reads_once = self._moved(layer, dict.fromkeys(maps), one.writes)
        found = replace(
            layer,
            name=name,
            path=None if path == name else path,
            shares=None if holder == name else holder,
            learned=held is not None,
            held=origin.elements([one.weights or ""]) if held and layer.op in ATTENTION else layer.held,
            once=not depends,
            biases=layer.biases + self._count_once(one.biases),
            input_shape=self._shape_of(one.input_shape, one.reads),
            output_shape=self._shape_of(one.output_shape, one.writes),
            reads=reads,
            writes=writes,
            reads_once=reads_once,
            channels_last=step.channels_last,
        )
        for key in (*one.multiplies, *one.biases):
            self._parameters.claim(origin.behind(key), BIASES if key in one.biases else WEIGHTS)
        if not one.batched:
            self._mixing.add(name)
        self._uncounted.meet_maps(one)
        if held is None:
            self._uncounted.meet_weightless(one)
        elif holder == name:
            self._uncounted.meet_holder(one, found.weights)
        self._layers.append(found)
        return name

    def _count_once(self, keys: Iterable[str]) -> int:
        """Return how many biases are held under keys, those left out that another layer has been given.

        They are given to this one.
        """
        held = self._origin.held
        sources = {held[key].source: key for key in keys if key in held}
        new = {source: key for source, key in sources.items() if source not in self._added}
        self._added.update(new)
        return self._origin.elements(new.values()) or 0

    def _moved(
        self, layer: NetworkLayer, maps: Iterable[str], writes: Iterable[str]
    ) -> tuple[int | None, int | None, int]:
        """Return the elements that a layer reads and writes for the batch, and reads once for any."""
        origin = self._origin
        read = [key for key in maps if key not in origin.held]
        alike = [key for key in read if key not in origin.depends]
        if len(alike) == len(read):  # what is computed once for all reads all that it reads once
            alike = []
        each, once, out = (origin.elements(keys) for keys in (read, alike, writes))
        if each is None or once is None or out is None:
            return None, None, 0
        return (layer.reads or 0) + each - once, (layer.writes or 0) + out, once

    def _shape_of(self, given: Shape | None, keys: tuple[str, ...]) -> Shape | None:
        return given if given is not None or not keys else self._origin.shapes.get(keys[0])
