"""What a reader collects for a Network: maps, stored tensors, operators and layers, in order.

A tensor goes by the key that its file gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

from sepcost.core.quantity import by
from sepcost.network.constants import stored_constants, without
from sepcost.network.counted_layers import CountedLayers
from sepcost.network.model import Network, Operator, Parameter, Tensor, occurrences
from sepcost.network.names import clean_name, unique_names
from sepcost.network.one_input import batch_axis, leading_of, tensor_for_one
from sepcost.network.operators import VIEWS
from sepcost.network.parameters import Parameters
from sepcost.network.provenance import Provenance, Written
from sepcost.network.shape_rules import Shape
from sepcost.network.step import Step
from sepcost.network.uncounted import Uncounted


class Assembly:
    """A network in the making.

    batch: the first length of the first input, 1 where that is no batch. It is divided out of all that
    depends on an input, unless a layer mixes what it has. Keys are the reader's; names are made unique, and
    fit to be shown, here.
    """

    def __init__(self, batch: int = 1) -> None:
        self._batch = batch
        self._origin = Provenance()
        self._parameters = Parameters[str]()
        self._uncounted = Uncounted(self._origin)
        self._layers = CountedLayers(self._origin, self._parameters, self._uncounted)
        self._inputs: list[str] = []
        self._kept: list[str] = []
        self._tensors: dict[str, Tensor] = {}
        self._operators: list[Operator] = []
        self._own: list[set[str]] = []
        """Of each operator, the computed constants that it reads as its own parameters."""
        self._free: Counter[str] = Counter()
        self._opaque: Counter[str] = Counter()
        self._tensor_name, self._operator_name = unique_names(), unique_names()

    @property
    def batch(self) -> int:
        """The first length of the first input, 1 where that is no batch."""
        return self._batch

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
        if elements is None:
            elements = 0 if shape is None else prod(shape)
        self._origin.hold(key, shape, elements)
        self._parameters.hold(key, Parameter(name or key, elements, role, bits))

    def take(self, key: str, shape: Shape | None, bits: int | None) -> None:
        """Record an input of the network."""
        self._inputs.append(key)
        self._origin.take(key, shape)
        self._write((key, shape, bits))

    def keep(self, key: str, shape: Shape | None, bits: int | None) -> None:
        """Record a map that is there before anything runs, such as what was kept from another run."""
        self._origin.keep(key, shape)
        self._kept.append(key)
        self._write((key, shape, bits))

    def alias(self, key: str, other: str, shape: Shape | None) -> None:
        """Let a key stand for what another one holds, in a shape of its own."""
        self._origin.alias(key, other, shape)

    def shape(self, key: str) -> Shape | None:
        """Return a tensor's shape for the whole batch, None where it is not known."""
        return self._origin.shapes.get(key)

    def bits(self, key: str) -> int | None:
        """Return the bits of an element of a tensor, None where they are not known."""
        return (self._parameters.get(key) or self._tensors[key]).bits

    def doubt(self, op: str) -> None:
        """Record that something, called `op`, costs what is not known."""
        self._opaque[clean_name(op)] += 1

    def known(self, key: str) -> bool:
        """Whether a tensor is held, or has been written."""
        return key in self._origin.shapes

    def held(self, key: str | None) -> bool:
        """Whether a tensor is held by the file, or computed from what it holds."""
        return key in self._origin.held

    def sides(self, left: str, right: str) -> tuple[str, str, str]:
        """Return the side of a product that holds weights, and the keys of what may be them and of its map.

        'b', the right side, also where both hold some, as frameworks write y = x W; '' where none does.
        """
        if self.held(right) or not self.held(left):
            return "b" if self.held(right) else "", right, left
        return "a", left, right

    def parameter_name(self, key: str) -> str:
        """Return the name of the parameter that a held tensor is, or is made of."""
        return self._parameters.names(self._origin.made_of([key]))[0]

    def run(self, step: Step) -> None:
        """Record an operator, after those whose tensors it reads."""
        op, reads, writes = step.op, step.reads, step.writes
        depends = not self._origin.depends.isdisjoint(reads) or (not reads and self._of_a_batch(writes))
        depends |= step.chooses
        # First, since all that follows asks where the elements come from that it writes.
        free = step.free and not step.layers
        self._origin.pass_on(
            op,
            reads,
            writes,
            depends=depends,
            keeps=step.keeps,
            scales=step.scales,
            free=free,
            carries=step.carries,
        )
        if not step.layers:
            self._uncounted.meet(step)
        if op not in VIEWS or not reads or reads[0] in self._tensors or depends:
            for written in writes:
                self._write(written)
        # Weights and biases are claimed before other roles: the first use decides.
        layers = self._layers.add(step, depends)
        for key, role in step.roles.items():
            self._parameters.claim(self._origin.behind(key), role)
        self._note_own(step)
        self._operators.append(
            Operator(
                self._operator_name(clean_name(step.name)),
                clean_name(op),
                tuple(self._tensors[key].name for key in reads if key in self._tensors),
                tuple(self._tensors[key].name for key, _, _ in writes if key in self._tensors),
                layers,
                self._parameters.names(self._origin.made_of(reads)),
                step.window,
                step.mode,
                step.module,
                step.function,
                step.channels_last,
            )
        )
        if not layers:
            (self._free if step.free else self._opaque)[clean_name(op)] += 1
        self._layers.add_biases(step)

    def overwrite(self, keys: Sequence[str], op: str, reads: Sequence[str]) -> None:
        """Record that an operator has written over the elements that tensors show, the first one's."""
        self._origin.overwrite(keys, op, reads)
        for key in keys:
            if key in self._tensors:
                self._tensors[key] = self._tensors[key]._replace(batched=key in self._origin.depends)

    def network(self, name: str, format_: str, outputs: Iterable[str], says_modules: bool = False) -> Network:
        """Return the network that has been collected, for one input."""
        first = (self._origin.shapes[self._inputs[0]] if self._inputs else None) or ()
        leading = leading_of(first, self._batch, self._unlike(), self._layers.depending)
        batch = 1 if leading is None else leading.divided_out
        returned = tuple(dict.fromkeys(self._tensors[key].name for key in outputs if key in self._tensors))
        computed = {self._tensors[key].name for key in self._tensors if self._origin.is_computed(key)}
        stored = stored_constants(self._operators, computed, self._own, returned)
        maps = (tensor for tensor in self._tensors.values() if tensor.name not in stored)
        return Network(
            clean_name(name),
            format_,
            first if batch == 1 else (1, *first[1:]),
            self._layers.for_one(batch),
            occurrences(self._free),
            occurrences(self._opaque),
            leading=leading,
            held=self._uncounted.beside,
            all_held=self._uncounted.all_held,
            operators=without(self._operators, stored),
            tensors=tuple(
                tensor_for_one(one, batch, batch_axis(one.shape, batch), constant=not one.batched)
                for one in maps
            ),
            outputs=returned,
            kept=tuple(self._tensors[key].name for key in self._kept),
            parameters=self._parameters.all,
            says_modules=says_modules,
        )

    def _unlike(self) -> dict[str, str]:
        """Return the inputs whose first length is none of a batch, with the shape of each."""
        shapes = {self._tensors[key].name: self.shape(key) or () for key in self._inputs}
        return {
            name: by(shape) for name, shape in shapes.items() if len(shape) > 1 and shape[0] != self._batch
        }

    def _note_own(self, step: Step) -> None:
        """Record the computed constants that an operator reads as its own parameters.

        Biases that differ for each element, and not along one axis alone, are so only as the file holds them.
        """
        found = {key for one in step.layers for key in one.multiplies}
        for key in filter(self._origin.is_computed, step.in_roles):
            whole = self._origin.are_stored([key], self._origin.elements([key]) or 0)
            self._uncounted.meet_computed(whole)
            if whole or sum(length > 1 for length in self.shape(key) or ()) <= 1:
                found.add(key)
        self._own.append({self._tensors[key].name for key in found if key in self._tensors})

    def _of_a_batch(self, writes: Sequence[Written]) -> bool:
        """Whether elements that no input reaches are made for each input of a batch, as a first state is."""
        return self._batch > 1 and any(self._batch in (shape or ()) for _, shape, _ in writes)

    def _write(self, written: Written) -> None:
        key, shape, bits = written
        name = self._tensor_name(clean_name(key))
        self._tensors[key] = Tensor(name, shape, bits, key in self._origin.depends)
