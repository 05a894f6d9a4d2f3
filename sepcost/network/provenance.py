"""Where the elements of a tensor come from: the file, an input, or both.

Stored elements remain weights through operators that only move them, and through a product with a smaller
factor that is computed at run time. Where the factor is as large, it is unknown which of the two is the
weights and which a map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from sepcost.core.errors import FieldError
from sepcost.network.model import clean_name
from sepcost.network.products import Shape

Written = tuple[str, Shape | None, int | None]
"""A tensor that an operator writes: its key, shape and bits of an element."""

_MOST_FOLLOWED = 256
"""Parameters that are remembered of numbers made of many."""


class Held(NamedTuple):
    """Elements that the file holds, or what is computed from them alone.

    source: equal where the elements are the same. parameters: keys of what they were made of, the largest
    first.
    """

    source: str
    parameters: tuple[str, ...]


class Provenance:
    """What is known of tensors, by key.

    shapes: for the whole batch, None where not known. held: of those whose elements the file holds.
    depends: those that an input reaches. doubtful: how many stored elements may be in a map.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, Shape | None] = {}
        self.held: dict[str, Held] = {}
        self.depends: set[str] = set()
        self.doubtful: dict[str, int] = {}
        self._first = ""
        self._given: dict[str, str] = {}
        self._elements: dict[str, int] = {}

    def take(self, key: str, shape: Shape | None) -> None:
        """Record an input of the network."""
        self._first = self._first or key
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

    def is_stored(self, key: str, elements: int) -> bool:
        """Whether the file holds as many elements of what a tensor is made of."""
        return elements <= sum(self._elements[one] for one in self.held[key].parameters)

    def given_weights(self, weights: str | None, reads: Iterable[str], is_product: bool) -> int:
        """Return the elements of operands that are inputs, in whatever form, and may hold weights.

        The first input does only where it is the second operand, and not multiplied by itself. Either
        operand of a product may.
        """
        given = {key: self._given[key] for key in reads if key in self._given}
        found = [key for key, source in given.items() if is_product and source != self._first]
        source = self._given.get(weights or "")
        is_map = source == self._first and (
            source in given.values() or len(self.shapes[weights or ""] or ()) == 3
        )
        if weights is not None and source is not None and not is_map:
            found.append(weights)
        return self.elements(found) or 0

    def pass_on(
        self, reads: Sequence[str], writes: Sequence[Written], depends: bool, keeps: bool, scales: bool
    ) -> None:
        """Record what an operator writes."""
        first = self.held.get(reads[0]) if keeps and reads else None
        made = self._made_of(reads)
        for key, shape, _ in writes:
            self.define(key, shape)
            if depends:
                self.depends.add(key)
            if keeps and reads and reads[0] in self._given:
                self._given[key] = self._given[reads[0]]
            if first is not None:
                self.held[key] = first if depends else Held(first.source, made)
            elif made and not depends:
                self.held[key] = Held(key, made)
            elif scales and made:
                self._scaled(key, reads, shape, made)
            elif keeps and reads and reads[0] in self.doubtful:
                self.doubtful[key] = self.doubtful[reads[0]]

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
        else:
            self.doubtful[key] = largest
