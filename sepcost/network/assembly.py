"""What a reader collects for a Network: maps, stored tensors, operators and layers, in order.

A tensor goes by the key that its file gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.core.quantity import by
from sepcost.network.biases import are_biases
from sepcost.network.constants import constants_in_memory, without
from sepcost.network.model import (
    BIASES,
    MOST_LAYERS,
    WEIGHTS,
    HeldOperator,
    Network,
    NetworkLayer,
    Operator,
    Parameter,
    Tensor,
    occurrences,
)
from sepcost.network.names import clean_name, unique_names
from sepcost.network.one_input import batch_axis, layer_for_one, leading_of, tensor_for_one
from sepcost.network.operators import ATTENTION, MATRIX_PRODUCTS, SUMS, VIEWS
from sepcost.network.products import Shape
from sepcost.network.provenance import Provenance, Written
from sepcost.network.summed import Factor, axes_between, is_summed, product_of


class Counted(NamedTuple):
    """A layer that an operator is counted as, for the whole batch.

    weights: key of the tensor that it multiplies by; None where there is none.
    reads, writes: keys of the maps that it reads and writes. biases: keys of what is added to its outputs.
    input_shape, output_shape: where they are not those of its first maps.
    batched: whether it can keep the inputs of a batch apart: not where its map has no room for one.
    further: keys of more tensors that it multiplies by, as those of a recurrent layer's state.
    """

    layer: NetworkLayer
    weights: str | None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    batched: bool = True
    further: tuple[str, ...] = ()


class Assembly:
    """A network in the making.

    batch: the first length of the first input, 1 where that is no batch. It is divided out of all that
    depends on an input, unless a layer mixes what it has. Keys are the reader's; names are made unique, and
    fit to be shown, here.
    """

    def __init__(self, batch: int = 1) -> None:
        self._batch = batch
        self._from = Provenance()
        self._inputs: list[str] = []
        self._kept: list[str] = []
        self._tensors: dict[str, Tensor] = {}
        self._parameters: dict[str, Parameter] = {}
        self._claimed: set[str] = set()
        self._operators: list[Operator] = []
        self._layers: list[NetworkLayer] = []
        self._holders: dict[str, str] = {}
        self._all_held = True
        self._own: list[set[str]] = []
        self._makers: dict[str, int] = {}
        self._added: set[str] = set()
        self._mixed: set[str] = set()
        self._free: Counter[str] = Counter()
        self._opaque: Counter[str] = Counter()
        self._doubtful: Counter[str] = Counter()
        self._products: Counter[str] = Counter()
        self._factors: dict[str, Factor[int]] = {}
        self._tensor_name, self._parameter_name = unique_names(), unique_names()
        self._layer_name, self._operator_name = unique_names(), unique_names()

    def hold(
        self,
        key: str,
        shape: Shape | None,
        bits: int | None,
        role: str,
        name: str | None = None,
        elements: int | None = None,
    ) -> None:
        """Record a tensor that the file holds, in a role that a use may change.

        elements: how many it holds, where that is not what the shape has, as in a sparse tensor.
        """
        own = self._parameter_name(clean_name(name or key))
        if elements is None:
            elements = 0 if shape is None else prod(shape)
        self._parameters[key] = Parameter(own, elements, role, bits)
        self._from.hold(key, shape, elements)

    def take(self, key: str, shape: Shape | None, bits: int | None) -> None:
        """Record an input of the network."""
        self._inputs.append(key)
        self._from.take(key, shape)
        self._write((key, shape, bits))

    def keep(self, key: str, shape: Shape | None, bits: int | None) -> None:
        """Record a map that is there before anything runs, such as what was kept from another run."""
        self._from.keep(key, shape)
        self._kept.append(key)
        self._write((key, shape, bits))

    def alias(self, key: str, other: str, shape: Shape | None) -> None:
        """Let a key stand for what another one holds, in a shape of its own."""
        self._from.alias(key, other, shape)

    def shape(self, key: str) -> Shape | None:
        """Return a tensor's shape for the whole batch, None where it is not known."""
        return self._from.shapes.get(key)

    def bits(self, key: str) -> int | None:
        """Return the bits of an element of a tensor, None where they are not known."""
        return (self._parameters if key in self._parameters else self._tensors)[key].bits

    def doubt(self, op: str) -> None:
        """Record that something, called `op`, costs what is not known."""
        self._opaque[clean_name(op)] += 1

    def known(self, key: str) -> bool:
        """Whether a tensor is held, or has been written."""
        return key in self._from.shapes

    def held(self, key: str | None) -> bool:
        """Whether a tensor is held by the file, or computed from what it holds."""
        return key in self._from.held

    def parameter_name(self, key: str) -> str:
        """Return the name of the parameter that a held tensor is, or is made of."""
        return self._parameters[self._from.held[key].parameters[0]].name

    def run(
        self,
        op: str,
        name: str,
        reads: Sequence[str],
        writes: Sequence[Written],
        *,
        layers: Sequence[Counted] = (),
        roles: Mapping[str, str] | None = None,
        free: bool = True,
        keeps: bool = False,
        scales: bool = False,
        window: int | None = None,
        mode: str | None = None,
        module: str | None = None,
        function: str | None = None,
    ) -> None:
        """Record an operator.

        roles: what held tensors are for, by key. free: whether it costs nothing that is counted.
        keeps: whether it passes on every element of its first input, once. scales: whether it multiplies
        elementwise, so that a factor smaller than stored elements leaves them weights.
        """
        depends = not self._from.depends.isdisjoint(reads) or (not reads and self._of_a_batch(writes))
        self._from.pass_on(op, reads, writes, depends, keeps, scales, free and not layers)
        if not layers:
            self._follow_products(op, reads, writes, keeps)
        if not layers and (table := self._from.looked_up(op, reads)):
            self._doubtful[clean_name(op)] += table
            self._all_held &= self.held(reads[0])
        if op not in VIEWS or not reads or reads[0] in self._tensors or depends:
            for written in writes:
                self._write(written)
        names = tuple(self._counted(one, name, depends).name for one in layers)
        for key, role in (roles or {}).items():
            self._claim(key, role)
        self._own.append(self._own_of(layers, roles or {}))
        own = self._operator_name(clean_name(name))
        self._operators.append(
            Operator(
                own,
                clean_name(op),
                tuple(self._tensors[key].name for key in reads if key in self._tensors),
                tuple(self._tensors[written[0]].name for written in writes if written[0] in self._tensors),
                names,
                self._used(reads),
                window,
                mode,
                module,
                function,
            )
        )
        if names:
            self._makers.update((written[0], len(self._layers) - 1) for written in writes[:1])
        else:
            if keeps and reads and reads[0] in self._makers:
                self._makers.update((written[0], self._makers[reads[0]]) for written in writes[:1])
            (self._free if free else self._opaque)[clean_name(op)] += 1
        if op == "Add":
            self._add_bias(reads)

    def _follow_products(self, op: str, reads: Sequence[str], writes: Sequence[Written], keeps: bool) -> None:
        """Record a product element by element, and one of which a sum may make a matrix product."""
        factor = self._factors.get(reads[0]) if reads else None
        for key, shape, _ in writes[:1]:
            read = self.shape(reads[0]) if reads else None
            if op == "Mul" and len(set(reads)) == 2:
                factor = self._product_of(reads, shape)
            elif factor is not None and op in SUMS and is_summed(factor, op, read, axes_between(read, shape)):
                self._doubtful["Mul"] += factor.stored
                self._products["Mul"] += factor.products or 0
                return
            elif not keeps:
                return
            elif factor is not None and shape != read:
                factor = factor._replace(shape=None)
            if factor is not None:
                self._factors[key] = factor

    def _product_of(self, reads: Sequence[str], shape: Shape | None) -> Factor[int] | None:
        """Return the product of two tensors, None where both are stored or its size is not known."""
        if shape is None or all(map(self._from.is_computed, reads)):
            return None
        stored = [self._from.elements([one] if self._from.is_computed(one) else []) or 0 for one in reads]
        return product_of(stored, map(self.shape, reads), prod(shape))

    def network(self, name: str, format_: str, outputs: Iterable[str], says_modules: bool = False) -> Network:
        """Return the network that has been collected, for one input."""
        first = (self._from.shapes[self._inputs[0]] if self._inputs else None) or ()
        depending = ((layer, layer.name in self._mixed) for layer in self._layers if not layer.once)
        leading = leading_of(first, self._batch, self._unlike(), depending)
        batch = 1 if leading is None else leading.divided_out
        returned = tuple(dict.fromkeys(self._tensors[key].name for key in outputs if key in self._tensors))
        computed = {self._tensors[key].name for key in self._tensors if self._from.is_computed(key)}
        stored = computed - constants_in_memory(self._operators, computed, self._own, returned)
        maps = (tensor for tensor in self._tensors.values() if tensor.name not in stored)
        return Network(
            clean_name(name),
            format_,
            first if batch == 1 else (1, *first[1:]),
            tuple(self._for_one(layer, batch) for layer in self._layers),
            occurrences(self._free),
            occurrences(self._opaque),
            leading=leading,
            held=self._beside(),
            all_held=self._all_held,
            operators=without(self._operators, stored),
            tensors=tuple(
                tensor_for_one(one, batch, batch_axis(one.shape, batch), constant=not one.batched)
                for one in maps
            ),
            outputs=returned,
            kept=tuple(self._tensors[key].name for key in self._kept),
            parameters=tuple(self._parameters.values()),
            says_modules=says_modules,
        )

    def _unlike(self) -> dict[str, str]:
        """Return the inputs whose first length is none of a batch, with the shape of each."""
        shapes = {self._tensors[key].name: self._from.shapes[key] or () for key in self._inputs}
        return {
            name: by(shape) for name, shape in shapes.items() if len(shape) > 1 and shape[0] != self._batch
        }

    def _for_one(self, layer: NetworkLayer, batch: int) -> NetworkLayer:
        """Return a layer for one input; of its maps no more is known than how long they are."""
        if layer.once:
            return layer
        read, written = (batch_axis(shape, batch) for shape in (layer.input_shape, layer.output_shape))
        return layer_for_one(layer, batch, read, written)

    def _beside(self) -> tuple[HeldOperator, ...]:
        ops = sorted({*self._doubtful, *self._products})
        every = (HeldOperator(op, self._doubtful[op], self._products[op]) for op in ops)
        return tuple(one for one in every if one.weights or one.macs)

    def _counted(self, one: Counted, operator: str, depends: bool) -> NetworkLayer:
        """Return a layer under a name of its own, for the whole batch; `depends` on an input, or on none."""
        if len(self._layers) == MOST_LAYERS:
            raise FieldError("network", f"has more than {MOST_LAYERS} layers")
        layer = one.layer
        name = self._layer_name(clean_name(layer.name) or f"{layer.op}_{len(self._layers) + 1}")
        held = self._from.held.get(one.weights or "")
        holder = None if held is None else self._holders.setdefault(held.source, name)
        maps = dict.fromkeys(
            (*one.reads, *((one.weights,) if one.weights and held is None else ()), *one.further)
        )
        path = clean_name(operator)
        reads, writes, reads_once = self._moved(layer, maps, one.writes)
        found = replace(
            layer,
            name=name,
            path=None if path == name else path,
            shares=None if holder == name else holder,
            learned=held is not None,
            once=not depends,
            biases=layer.biases + self._new_biases(one.biases),
            input_shape=self._shape_of(one.input_shape, one.reads),
            output_shape=self._shape_of(one.output_shape, one.writes),
            reads=reads,
            writes=writes,
            reads_once=reads_once,
        )
        for key in (one.weights, *one.further, *one.biases):
            if key is not None:
                self._claim(key, BIASES if key in one.biases else WEIGHTS)
        if not one.batched:
            self._mixed.add(name)
        if held is None:
            self._doubt(layer, one)
        elif holder == name:
            self._doubtful[layer.op] += self._from.beyond.get(one.weights or "", 0)
            self._all_held &= self._from.are_stored((one.weights or "", *one.further), found.weights)
        self._layers.append(found)
        return found

    def _doubt(self, layer: NetworkLayer, one: Counted) -> None:
        """Record what may be weights of a layer that holds none: stored elements, or an input."""
        given = 0
        if layer.op not in ATTENTION:
            is_product = layer.op in (*MATRIX_PRODUCTS, "Einsum")
            given = self._from.given_weights(one.weights, one.further, one.reads, is_product)
        twice = given and self._from.is_given(one.weights)
        maps = one.reads if layer.op in (*MATRIX_PRODUCTS, "Einsum") else ()
        doubtful = self._from.doubts((*maps, *(() if twice or one.weights is None else (one.weights,))))
        self._doubtful[layer.op] += doubtful + given
        self._all_held &= not given

    def _own_of(self, layers: Iterable[Counted], roles: Iterable[str]) -> set[str]:
        """Return the computed constants that an operator reads as its own parameters.

        Biases that differ for each element, and not along one axis alone, are so only as the file holds them.
        """
        found = {key for one in layers for key in (one.weights, *one.further)}
        for key in (*roles, *(key for one in layers for key in one.biases)):
            if self._from.is_computed(key):
                stored = self._from.are_stored([key], self._from.elements([key]) or 0)
                self._all_held &= stored
                if stored or sum(length > 1 for length in self.shape(key) or ()) <= 1:
                    found.add(key)
        return {self._tensors[key].name for key in found if key in self._tensors}

    def _new_biases(self, keys: Iterable[str]) -> int:
        """Return how many biases are held under keys, those that another layer has added left out."""
        sources = {self._from.held[key].source: key for key in keys if self.held(key)}
        new = {source: key for source, key in sources.items() if source not in self._added}
        self._added.update(new)
        return self._from.elements(new.values()) or 0

    def _moved(
        self, layer: NetworkLayer, maps: Iterable[str], writes: Iterable[str]
    ) -> tuple[int | None, int | None, int]:
        """Return the elements that a layer reads and writes for the batch, and reads once for any."""
        read = [key for key in maps if not self.held(key)]
        alike = [key for key in read if key not in self._from.depends]
        if len(alike) == len(read):  # what is computed once for all reads all that it reads once
            alike = []
        each, once, out = (self._from.elements(keys) for keys in (read, alike, writes))
        if each is None or once is None or out is None:
            return None, None, 0
        return (layer.reads or 0) + each - once, (layer.writes or 0) + out, once

    def _of_a_batch(self, writes: Sequence[Written]) -> bool:
        """Whether elements that no input reaches are made for each input of a batch, as a first state is."""
        return self._batch > 1 and any(self._batch in (shape or ()) for _, shape, _ in writes)

    def _write(self, written: Written) -> None:
        key, shape, bits = written
        name = self._tensor_name(clean_name(key))
        self._tensors[key] = Tensor(name, shape, bits, key in self._from.depends)

    def _shape_of(self, given: Shape | None, keys: tuple[str, ...]) -> Shape | None:
        return given if given is not None or not keys else self.shape(keys[0])

    def _claim(self, key: str, role: str) -> None:
        """Give a role to the parameter behind a held tensor; the first use decides."""
        held = self._from.held.get(key)
        if held is not None and held.parameters[0] not in self._claimed:
            first = held.parameters[0]
            self._claimed.add(first)
            self._parameters[first] = self._parameters[first]._replace(role=role)

    def _used(self, reads: Iterable[str]) -> tuple[str, ...]:
        held = (self._from.held[key] for key in reads if self.held(key))
        keys = dict.fromkeys(key for one in held for key in one.parameters)
        return tuple(self._parameters[key].name for key in keys)

    def _add_bias(self, reads: Sequence[str]) -> None:
        """Take stored elements that are added to a layer's output, one a channel, for its biases."""
        made = [self._makers[key] for key in reads if key in self._makers]
        held = [key for key in reads if self.held(key)]
        if len(made) != 1 or len(held) != 1:
            return
        layer = self._layers[made[0]]
        if are_biases(layer, self._from.elements(held)):
            self._claim(held[0], BIASES)
            self._layers[made[0]] = replace(layer, biases=self._new_biases(held))
