"""What a reader collects on its way to a Network: maps, held numbers, operators and layers, in order.

A tensor goes by the key that its file gives it. It is a map that operators hand on, or numbers that the
file holds, or comes from those alone; a held number's way to the layer that uses it is followed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import NamedTuple

from sepcost.core.errors import FieldError, quoted
from sepcost.core.quantity import by
from sepcost.network.model import (
    BIASES,
    MOST_LAYERS,
    WEIGHTS,
    Leading,
    Network,
    NetworkLayer,
    Operator,
    OperatorCount,
    Parameter,
    Tensor,
    clean_name,
    unique_names,
)
from sepcost.network.products import Shape

Written = tuple[str, Shape | None, int | None]
"""A tensor that an operator writes: its key, shape and bits of an element."""


_MOST_FOLLOWED = 256
"""Parameters that are remembered of numbers made of many."""


class Held(NamedTuple):
    """Numbers that the file holds, or what is made of them.

    source: equal where the numbers are the same. parameters: keys of what they were made of, the
    largest first.
    """

    source: str
    parameters: tuple[str, ...]


class Counted(NamedTuple):
    """A layer that an operator is counted as, for the whole batch.

    weights: key of the tensor that it multiplies by; None where there is none.
    reads, writes: keys of the maps that it reads and writes. biases: keys of what is added to its outputs.
    input_shape, output_shape: where they are not those of its first maps.
    batched: whether it can keep the inputs of a batch apart: not where its map has no room for one.
    """

    layer: NetworkLayer
    weights: str | None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    batched: bool = True


class Assembly:
    """A network in the making.

    batch: the first length of the first input, 1 where that is no batch. It is divided out of all that
    depends on an input, unless a layer mixes what it has. Keys are the reader's; names are made unique, and
    fit to be shown, here.
    """

    def __init__(self, batch: int = 1) -> None:
        self._batch = batch
        self._inputs: list[str] = []
        self._shapes: dict[str, Shape | None] = {}
        self._held: dict[str, Held] = {}
        self._depends: set[str] = set()
        self._tensors: dict[str, Tensor] = {}
        self._parameters: dict[str, Parameter] = {}
        self._claimed: set[str] = set()
        self._operators: list[Operator] = []
        self._layers: list[NetworkLayer] = []
        self._holders: dict[str, str] = {}
        self._makers: dict[str, int] = {}
        self._added: set[str] = set()
        self._mixed: set[str] = set()
        self._free: Counter[str] = Counter()
        self._opaque: Counter[str] = Counter()
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
        """Take note of numbers that the file holds, in a role that a use may change.

        elements: how many it holds, where that is not what the shape has, as in a sparse tensor.
        """
        own = self._parameter_name(clean_name(name or key))
        if elements is None:
            elements = 0 if shape is None else prod(shape)
        self._parameters[key] = Parameter(own, elements, role, bits)
        self._shapes[key] = shape
        self._held[key] = Held(key, (key,))

    def take(self, key: str, shape: Shape | None, bits: int | None) -> None:
        """Take note of an input of the network."""
        self._inputs.append(key)
        self._depends.add(key)
        self._write((key, shape, bits))

    def keep(self, key: str, shape: Shape | None, bits: int | None) -> None:
        """Take note of a map that the network keeps from one run to the next."""
        self._write((key, shape, bits))

    def alias(self, key: str, other: str, shape: Shape | None) -> None:
        """Let a key stand for what another one holds, in a shape of its own."""
        self._shapes[key] = shape
        self._held[key] = self._held[other]

    def shape(self, key: str) -> Shape | None:
        """Return a tensor's shape for the whole batch, None where it is not known."""
        return self._shapes.get(key)

    def known(self, key: str) -> bool:
        """Whether a tensor is held, or has been written."""
        return key in self._shapes

    def held(self, key: str | None) -> bool:
        """Whether a tensor's numbers are held by the file, or made of what it holds."""
        return key in self._held

    def parameter_name(self, key: str) -> str:
        """Return the name of the parameter that a held tensor is, or is made of."""
        return self._parameters[self._held[key].parameters[0]].name

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
        """Take note of an operator.

        roles: what held tensors are for, by key. free: whether it costs nothing that is counted.
        keeps: whether it hands on every number of its first input, once. scales: whether it multiplies
        elementwise, so that a factor smaller than held numbers leaves them weights.
        """
        depends = any(key in self._depends for key in reads) or (not reads and self._of_a_batch(writes))
        self._pass_on(reads, writes, depends, keeps, scales)
        names = tuple(self._counted(one, name, depends).name for one in layers)
        for key, role in (roles or {}).items():
            self._claim(key, role)
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

    def network(self, name: str, format_: str, outputs: Iterable[str], says_modules: bool = False) -> Network:
        """Return the network that has been collected, for one input."""
        leading = self._leading()
        batch = 1 if leading is None else leading.divided_out
        tensors = {one: _divided(one, batch) for one in self._tensors.values()}
        first = () if not self._inputs else self._shapes[self._inputs[0]] or ()
        return Network(
            clean_name(name),
            format_,
            first if batch == 1 else (1, *first[1:]),
            tuple(_layer_divided(layer, batch) for layer in self._layers),
            _counts(self._free),
            _counts(self._opaque),
            leading=leading,
            operators=tuple(self._operators),
            tensors=tuple(tensors.values()),
            outputs=tuple(dict.fromkeys(self._tensors[key].name for key in outputs if key in self._tensors)),
            parameters=tuple(self._parameters.values()),
            says_modules=says_modules,
        )

    def _leading(self) -> Leading | None:
        """Return what is made of the first length of the first input."""
        first = self._shapes.get(self._inputs[0]) if self._inputs else None
        if first is None or len(first) < 2:
            return None
        if self._batch == 1:
            return Leading(first[0], None if first[0] == 1 else "there is no batch")
        for key in self._inputs[1:]:
            shape = self._shapes[key]
            if shape is not None and len(shape) > 1 and shape[0] != self._batch:
                return Leading(first[0], f"input {quoted(self._tensors[key].name)} is {by(shape)}")
        depending = [layer for layer in self._layers if not layer.once]
        for layer in depending:
            if layer.name in self._mixed or layer.positions % self._batch:
                return Leading(first[0], f"{layer.op} {quoted(layer.name)} mixes what it has")
        return Leading(first[0], None if depending else "no layer depends on it")

    def _counted(self, one: Counted, operator: str, depends: bool) -> NetworkLayer:
        """Return a layer under a name of its own, for the whole batch; `depends` on an input, or on none."""
        if len(self._layers) == MOST_LAYERS:
            raise FieldError("network", f"has more than {MOST_LAYERS} layers")
        layer = one.layer
        name = self._layer_name(clean_name(layer.name) or f"{layer.op}_{len(self._layers) + 1}")
        held = self._held.get(one.weights or "")
        holder = None if held is None else self._holders.setdefault(held.source, name)
        maps = dict.fromkeys((*one.reads, *((one.weights,) if one.weights and held is None else ())))
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
        for key in (one.weights, *one.biases):
            if key is not None:
                self._claim(key, BIASES if key in one.biases else WEIGHTS)
        if not one.batched:
            self._mixed.add(name)
        self._layers.append(found)
        return found

    def _new_biases(self, keys: Iterable[str]) -> int:
        """Return how many biases are held under keys, those that another layer has added left out."""
        sources = {self._held[key].source: key for key in keys if key in self._held}
        new = {source: key for source, key in sources.items() if source not in self._added}
        self._added.update(new)
        return sum(prod(self._shapes.get(key) or ()) for key in new.values())

    def _moved(
        self, layer: NetworkLayer, maps: Iterable[str], writes: Iterable[str]
    ) -> tuple[int | None, int | None, int]:
        """Return the elements that a layer reads and writes for the batch, and reads once for any."""
        shapes = {key: self._shapes.get(key) for key in maps if key not in self._held}
        written = [self._shapes.get(key) for key in writes]
        if None in shapes.values() or None in written:
            return None, None, 0
        each, alike = layer.reads or 0, 0
        for key, shape in shapes.items():
            if key in self._depends or not self._depends.intersection(shapes):
                each += prod(shape or ())
            else:
                alike += prod(shape or ())
        out = (layer.writes or 0) + sum(prod(shape or ()) for shape in written)
        return each, out, alike

    def _pass_on(
        self, reads: Sequence[str], writes: Sequence[Written], depends: bool, keeps: bool, scales: bool
    ) -> None:
        """Take note of what an operator writes: maps, or numbers made of held ones."""
        held = sorted(
            (self._held[key] for key in dict.fromkeys(reads) if key in self._held),
            key=lambda one: -self._parameters[one.parameters[0]].elements,
        )
        made = tuple(dict.fromkeys(key for one in held for key in one.parameters))[:_MOST_FOLLOWED]
        for written in writes:
            key = written[0]
            if depends:
                self._depends.add(key)
            if not depends and held:
                source = self._held[reads[0]].source if keeps and reads[0] in self._held else key
                self._held[key] = Held(source, made)
                self._shapes[key] = written[1]
                continue
            if keeps and reads[0] in self._held:
                self._held[key] = self._held[reads[0]]
            elif scales and held and self._scales_weights(reads, written[1]):
                self._held[key] = Held(key, made)
            self._write(written)

    def _of_a_batch(self, writes: Sequence[Written]) -> bool:
        """Whether numbers made of nothing are made for each input of a batch, such as a first state."""
        return self._batch > 1 and any(self._batch in (shape or ()) for _, shape, _ in writes)

    def _scales_weights(self, reads: Sequence[str], out: Shape | None) -> bool:
        """Whether what is multiplied are held numbers, by factors fewer than they are."""
        if out is None:
            return False
        sizes = [(key in self._held, self._shapes.get(key)) for key in reads]
        largest = max((prod(shape) for held, shape in sizes if held and shape is not None), default=0)
        factors = [shape for held, shape in sizes if not held]
        return largest == prod(out) and all(shape is not None and prod(shape) < largest for shape in factors)

    def _write(self, written: Written) -> None:
        key, shape, bits = written
        if key in self._shapes:
            raise FieldError(f"tensor {clean_name(key)}", "is written twice")
        self._shapes[key] = shape
        name = self._tensor_name(clean_name(key))
        self._tensors[key] = Tensor(name, shape, bits, key in self._depends)

    def _shape_of(self, given: Shape | None, keys: tuple[str, ...]) -> Shape | None:
        return given if given is not None or not keys else self._shapes.get(keys[0])

    def _claim(self, key: str, role: str) -> None:
        """Give a role to the parameter behind a held tensor; the first use decides."""
        held = self._held.get(key)
        if held is not None and held.parameters[0] not in self._claimed:
            first = held.parameters[0]
            self._claimed.add(first)
            self._parameters[first] = self._parameters[first]._replace(role=role)

    def _used(self, reads: Iterable[str]) -> tuple[str, ...]:
        keys = dict.fromkeys(
            key for read in reads if read in self._held for key in self._held[read].parameters
        )
        return tuple(self._parameters[key].name for key in keys)

    def _add_bias(self, reads: Sequence[str]) -> None:
        """Take held numbers that are added to a layer's output, one a channel, for its biases."""
        made = [self._makers[key] for key in reads if key in self._makers]
        held = [key for key in reads if key in self._held]
        if len(made) != 1 or len(held) != 1:
            return
        layer = self._layers[made[0]]
        count = prod(self._shapes.get(held[0]) or ())
        if layer.biases == 0 and layer.learned and count == layer.n_o:
            self._claim(held[0], BIASES)
            self._layers[made[0]] = replace(layer, biases=self._new_biases(held))


def _divided(tensor: Tensor, batch: int) -> Tensor:
    """Return a map for one input: the axis that is as long as the batch, or a multiple of it, divided."""
    if batch == 1 or tensor.shape is None or not tensor.batched:
        return tensor
    one = _shape_divided(tensor.shape, batch)
    return tensor._replace(batched=False) if one is None else tensor._replace(shape=one)


def _shape_divided(shape: Shape, batch: int) -> Shape | None:
    alike = [axis for axis, length in enumerate(shape) if length == batch]
    multiples = [axis for axis, length in enumerate(shape) if length % batch == 0]
    if not multiples:
        return None
    axis = (alike or multiples)[0]
    return (*shape[:axis], shape[axis] // batch, *shape[axis + 1 :])


def _layer_divided(layer: NetworkLayer, batch: int) -> NetworkLayer:
    """Return a layer for one input."""
    if batch == 1 or layer.once:
        return layer
    shapes = (
        None if shape is None else _shape_divided(shape, batch) or shape
        for shape in (layer.input_shape, layer.output_shape)
    )
    reads, out = next(shapes), next(shapes)
    return replace(
        layer,
        positions=layer.positions // batch,
        reads=None if layer.reads is None else layer.reads // batch,
        writes=None if layer.writes is None else layer.writes // batch,
        input_shape=reads,
        output_shape=out,
    )


def _counts(operators: Counter[str]) -> tuple[OperatorCount, ...]:
    return tuple(OperatorCount(op, operators[op]) for op in sorted(operators))
