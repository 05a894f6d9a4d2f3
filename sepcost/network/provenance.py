"""Where the elements of a tensor come from: the file, an input, or both.

Stored elements remain weights through operators that only move them, and through a product with a smaller
factor that is computed at run time. Where the factor is as large, it is unknown which of the two is the
weights and which a map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod
from typing import NamedTuple, TypeVar

from sepcost.core.errors import FieldError
from sepcost.network.given import Operand, given_through
from sepcost.network.names import clean_name
from sepcost.network.operators import ADDS, ALL_OF_THEM, FIRST_ALONE, LOOK_UPS, MOVES, PLACES
from sepcost.network.shape_rules import Shape

Written = tuple[str, Shape | None, int | None]
"""A tensor that an operator writes: its key, shape and bits of an element."""

Parameter = TypeVar("Parameter")

_MOST_FOLLOWED = 256
"""Parameters that are remembered of numbers made of many."""


class Held(NamedTuple):
    """Elements that the file holds, or what is computed from them alone.

    source: equal where the elements are the same. parameters: keys of what they were made of, the largest
    first.
    """

    source: str
    parameters: tuple[str, ...]


def enough_of(
    elements: int, parameters: Iterable[Parameter], elements_of: Callable[[Parameter], int]
) -> Iterator[Parameter]:
    """Yield the first of some parameters, as many as hold so many elements, one at least.

    >>> list(enough_of(5, [4, 2, 1], int)), list(enough_of(0, [4, 2], int))
    ([4, 2], [4])
    """
    for number, one in enumerate(parameters):
        if elements <= 0 and number:
            return
        yield one
        elements -= elements_of(one)


class Provenance:
    """What is known of tensors, by key.

    shapes: for the whole batch, None where not known. held: of those whose elements the file holds.
    depends: those that an input reaches. doubtful: how many stored elements may be in a map.
    beyond: how many more stored elements are combined in a constant than it has.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, Shape | None] = {}
        self.held: dict[str, Held] = {}
        self.depends: set[str] = set()
        self.doubtful: dict[str, int] = {}
        self._first = ""
        self._given: dict[str, str] = {}
        self.beyond: dict[str, int] = {}
        self._elements: dict[str, int] = {}

    def take(self, key: str, shape: Shape | None) -> None:
        """Record an input of the network."""
        self._first = self._first or key
        self.define(key, shape)
        self.depends.add(key)
        self._given[key] = key

    def keep(self, key: str, shape: Shape | None) -> None:
        """Record what another run may have left: a state, or weights that were set before the first."""
        self.define(key, shape)
        self.depends.add(key)
        self._given[key] = key

    def hold(self, key: str, shape: Shape | None, elements: int) -> None:
        """Record elements that the file holds."""
        self.define(key, shape)
        self.held[key] = Held(key, (key,))
        self._elements[key] = elements

    def alias(self, key: str, other: str, shape: Shape | None) -> None:
        """Let a key stand for what another one holds, in a shape of its own."""
        self.define(key, shape)
        self.held[key] = self.held[other]

    def define(self, key: str, shape: Shape | None) -> None:
        """Record a tensor; FieldError where it is known already."""
        if key in self.shapes:
            raise FieldError(f"tensor {clean_name(key)}", "is written twice")
        self.shapes[key] = shape

    def elements(self, keys: Iterable[str]) -> int | None:
        """Return the elements of tensors in all, None where a shape is not known."""
        shapes = [self.shapes.get(key) for key in keys]
        return None if None in shapes else sum(prod(shape or ()) for shape in shapes)

    def is_computed(self, key: str) -> bool:
        """Whether a tensor comes from what the file holds alone."""
        return key in self.held and key not in self.depends

    def made_of(self, keys: Iterable[str]) -> Iterator[str]:
        """Yield the parameters that tensors are, or are made of, those of each the largest first."""
        for key in keys:
            if key in self.held:
                yield from self.held[key].parameters

    def behind(self, key: str) -> Iterable[str]:
        """Return the parameters that a held tensor is made of: the largest, as many as hold its elements."""
        made = self.held[key].parameters if key in self.held else ()
        return enough_of(self.elements([key]) or 0, made, self._elements.__getitem__)

    def stored_as(self, key: str) -> tuple[str, int]:
        """Return the stored tensor that one is, in any form, and its elements; '' and 0 where it is none."""
        source = self.held[key].source if key in self.held else ""
        return (source, self._elements[source]) if source in self._elements else ("", 0)

    def are_stored(self, keys: Iterable[str], elements: int) -> bool:
        """Whether the file holds as many elements of what tensors are made of."""
        made = dict.fromkeys(one for key in keys if key in self.held for one in self.held[key].parameters)
        return elements <= sum(self._elements[one] for one in made)

    def given_weights(
        self, weights: str | None, further: Iterable[str], reads: Iterable[str], is_product: bool
    ) -> int:
        """Return the elements of operands that are inputs, in whatever form, and may hold weights.

        The first input does only where it is the second operand, and not multiplied by itself. Either
        operand of a product may. further: other weights, of which those that the file holds count too.
        """
        given = {key: self._given[key] for key in reads if key in self._given}
        found = [key for key, source in given.items() if is_product and source != self._first]
        source = self._given.get(weights or "")
        is_map = source == self._first and (
            source in given.values() or len(self.shapes[weights or ""] or ()) == 3
        )
        if weights is not None and source is not None and not is_map:
            found.append(weights)
        found += [key for key in further if key in self._given or key in self.held]
        return self.elements(found) or 0

    def looked_up(self, op: str, reads: Sequence[str], chosen: bool = False) -> int:
        """Return the elements of a table, held or given, of which an operator picks some at run time.

        chosen: whether a number that is no tensor says at run time which.
        """
        if op not in LOOK_UPS or not reads or (not chosen and self.depends.isdisjoint(reads[1:])):
            return 0
        is_table = self.is_computed(reads[0]) or self._given.get(reads[0]) not in (None, self._first)
        return (self.elements(reads[:1]) or 0) if is_table else 0

    def is_given(self, key: str | None) -> bool:
        """Whether a tensor is an input, in whatever form."""
        return key in self._given

    def pass_on(
        self,
        op: str,
        reads: Sequence[str],
        writes: Sequence[Written],
        *,
        depends: bool,
        keeps: bool,
        scales: bool,
        free: bool,
        carries: Sequence[str] = (),
    ) -> None:
        """Record what an operator writes.

        depends: whether it reads what an input decides. keeps, scales, carries: as of a step.
        free: whether it is known to be no product of its operands.
        """
        first = self.held.get(reads[0]) if keeps and reads else None
        made = self._made_of(reads)
        for key, shape, _ in writes:
            self.define(key, shape)
            if depends:
                self.depends.add(key)
            if given := self._given_to(op, reads, keeps, shape):
                self._given[key] = given
            if first is not None:
                self.held[key] = first if depends else Held(first.source, made)
                self.beyond[key] = self.beyond.get(reads[0], 0)
            elif made and not depends:
                self.held[key] = Held(key, made)
                self.beyond[key] = self._beyond(op, reads, shape, carries)
            elif scales and made:
                self._scaled(key, reads, shape, made)
            elif free and depends and (reaching := self._reaching(op, reads, keeps, shape, carries)):
                self.doubtful[key] = reaching

    def overwrite(self, keys: Iterable[str], op: str, reads: Sequence[str]) -> None:
        """Record that an operator has written over elements that tensors show, those of `reads` among them.

        keys: of the tensors, first the one that the others are views of. Constants that are written over
        constants make one; where an input is among them, stored elements may be in it.
        """
        shown = list(keys)
        depends = not self.depends.isdisjoint((*reads, *shown[:1]))
        stored = 0 if op in ADDS else sum(self._stored_in(key) for key in reads)
        if shown[0] in self.depends and (not stored or shown[0] in self.held):
            return
        if len(shown) > _MOST_FOLLOWED**2:
            raise FieldError(f"tensor {clean_name(shown[0])}", "is written over in too many views of it")
        made = self._made_of((*shown[:1], *reads))
        for key in shown:
            if depends:
                self.depends.add(key)
            if key not in self.held and made and not depends:
                self.held[key] = Held(key, made)
            elif key not in self.held and stored:
                self.doubtful[key] = self.doubtful.get(key, 0) + stored

    def _reaching(
        self, op: str, reads: Sequence[str], keeps: bool, shape: Shape | None, carries: Sequence[str]
    ) -> int:
        """Return how many stored elements may be in what an operator writes, those that it adds left out."""
        if not reads or (op in LOOK_UPS and self.is_computed(reads[0])):
            return 0  # what is looked up in a table that the file holds is an embedding
        if op in ADDS:
            full = [key for key in reads if shape is None or self.elements([key]) == prod(shape)]
            return self.doubtful.get(full[0], 0) if len(full) == 1 else 0  # beside a number, or biases
        if keeps or not (carries or op in ALL_OF_THEM):
            return self._stored_in(reads[0])
        places = PLACES.get(op, ())
        carriers = carries or [key for at, key in enumerate(reads) if at not in places]
        moves = op in MOVES or op in FIRST_ALONE or len(carriers) == 1 or shape is None
        whole = [key for key in carriers if moves or self.elements([key]) == prod(shape or ())]
        return sum(self._stored_in(key) for key in whole)

    def _beyond(self, op: str, reads: Sequence[str], shape: Shape | None, carries: Sequence[str]) -> int:
        """Return how many more stored elements are combined in a constant than it has, scales left out."""
        if not (carries or op in ALL_OF_THEM) or op in MOVES or shape is None:
            return 0
        size = prod(shape)
        combined = 0
        for key in dict.fromkeys(reads):
            lengths = self.shapes.get(key) or ()
            if prod(lengths) == size or sum(length > 1 for length in lengths) > 1:
                combined += prod(lengths) + self.beyond.get(key, 0)
        return max(combined - size, 0)

    def _stored_in(self, key: str) -> int:
        return self.doubtful.get(key, 0) or ((self.elements([key]) or 0) if key in self.held else 0)

    def doubts(self, keys: Iterable[str]) -> int:
        """Return how many stored elements may be in maps."""
        return sum(self.doubtful.get(key, 0) for key in keys)

    def _given_to(self, op: str, reads: Sequence[str], keeps: bool, shape: Shape | None) -> str:
        if self._given.keys().isdisjoint(reads):
            return ""
        operands = [
            Operand(self._given.get(key, ""), self.is_computed(key), self.elements([key])) for key in reads
        ]
        return (
            operands[0].given
            if keeps
            else given_through(op, operands, None if shape is None else prod(shape))
        )

    def _made_of(self, reads: Iterable[str]) -> tuple[str, ...]:
        """Return the parameters that held operands are made of, the largest first."""
        held = [self.held[key] for key in dict.fromkeys(reads) if key in self.held]
        held.sort(key=lambda one: -self._elements[one.parameters[0]])
        return tuple(dict.fromkeys(key for one in held for key in one.parameters))[:_MOST_FOLLOWED]

    def _scaled(self, key: str, reads: Sequence[str], out: Shape | None, made: tuple[str, ...]) -> None:
        """Record stored elements that are multiplied by what is computed at run time."""
        sizes = {one: self.elements([one]) for one in reads}
        largest = max(size or 0 for one, size in sizes.items() if one in self.held)
        factors = [size for one, size in sizes.items() if one not in self.held]
        if out is None or None in factors or largest != prod(out):
            return
        if all((size or 0) < largest for size in factors):
            self.held[key] = Held(key, made)
            self.beyond[key] = sum(self.beyond.get(one, 0) for one in sizes)
        else:
            self.doubtful[key] = largest + sum(self.beyond.get(one, 0) for one in sizes)
