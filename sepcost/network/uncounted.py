"""What may be weights, or products, that no layer counts: a limit on what is counted proves nothing of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod

from sepcost.network.model import HeldOperator, held_operators
from sepcost.network.names import clean_name
from sepcost.network.operators import ATTENTION, LOOK_UPS, MATRIX_PRODUCTS, SUMS
from sepcost.network.provenance import Provenance
from sepcost.network.shape_rules import Shape, broadcast
from sepcost.network.step import Counted, Step
from sepcost.network.summed import Factor, axes_between, is_summed, product_of

_PRODUCTS = (*MATRIX_PRODUCTS, "Einsum")


class Uncounted:
    """Stored elements and products that no layer counts, recorded as operators run.

    all_held: whether the file holds the parameters of every layer, as many elements as the layer has.
    """

    def __init__(self, origin: Provenance) -> None:
        self.all_held = True
        self._origin = origin
        self._weights: Counter[str] = Counter()
        self._products: Counter[str] = Counter()
        self._factors: dict[str, Factor[int]] = {}
        self._maps: set[str] = set()

    def meet(self, step: Step) -> None:
        """Record an operator that is not counted: a table that it looks up, a product, a sum of products."""
        if step.sums:
            self._add_sum(step)
        else:
            self._follow_products(step)
        if table := self._origin.looked_up(step.op, step.reads, step.chooses):
            self._weights[clean_name(step.op)] += table
            self.all_held &= step.reads[0] in self._origin.held

    def meet_holder(self, one: Counted, weights: int) -> None:
        """Record a layer that is the first of so many stored weights, which may be combined of more."""
        key = one.weights or ""
        self._weights[one.layer.op] += self._origin.beyond.get(key, 0)
        self.all_held &= self._origin.are_stored((key, *one.further), weights)

    def meet_maps(self, one: Counted) -> None:
        """Record stored elements that a layer has for its map, such as learned queries; each tensor once."""
        if one.layer.op in LOOK_UPS:
            return
        for key in one.reads:
            source, elements = self._origin.stored_as(key)
            if source not in self._maps:
                self._maps.add(source)
                self._weights[one.layer.op] += elements

    def meet_weightless(self, one: Counted) -> None:
        """Record what may be weights of a layer that holds none: stored elements in its maps, or inputs."""
        op, given = one.layer.op, 0
        if op not in ATTENTION:
            given = self._origin.given_weights(one.weights, one.further, one.reads, op in _PRODUCTS)
        doubtful = self._origin.doubts(one.reads if op in _PRODUCTS else ())
        if one.weights is not None:
            stored = self._origin.doubts([one.weights])
            met = (self._origin.elements([one.weights]) or 0) if self._origin.is_given(one.weights) else 0
            doubtful += max(stored - min(met, given), 0)
        self._weights[op] += doubtful + given
        self.all_held &= not given

    def meet_computed(self, whole: bool) -> None:
        """Record biases or scales that operators compute; whole: of as many stored elements as they have."""
        self.all_held &= whole

    @property
    def beside(self) -> tuple[HeldOperator, ...]:
        """What has been met, by operator."""
        return held_operators(self._weights, self._products)

    def _follow_products(self, step: Step) -> None:
        """Record a product element by element, and one of which a sum may make a matrix product."""
        op, reads = step.op, step.reads
        factor = self._factors.get(reads[0]) if reads else None
        for key, shape, _ in step.writes[:1]:
            read = self._origin.shapes.get(reads[0]) if reads else None
            factors = step.factors or (reads if op == "Mul" else ())
            if len(set(factors)) == 2:
                factor = self._product(factors, shape)
            elif factor is not None and op in SUMS and is_summed(factor, op, read, axes_between(read, shape)):
                self._weights["Mul"] += factor.stored
                self._products["Mul"] += factor.products or 0
                return
            elif not step.keeps:
                return
            elif factor is not None and shape != read:
                factor = factor._replace(shape=None)
            if factor is not None:
                self._factors[key] = factor

    def _add_sum(self, step: Step) -> None:
        """Record an operator that sums the products of two tensors' elements itself."""
        shapes = [self._origin.shapes.get(key) for key in step.factors]
        shape = None if None in shapes else broadcast(shapes[0] or (), shapes[1] or ())
        if (factor := self._product(step.factors, shape)) is not None:
            self._weights[clean_name(step.op)] += factor.stored
            self._products[clean_name(step.op)] += factor.products or 0

    def _product(self, factors: Sequence[str], shape: Shape | None) -> Factor[int] | None:
        """Return the product of two tensors, None where both are stored or its size is not known."""
        origin = self._origin
        if shape is None or all(map(origin.is_computed, factors)):
            return None
        stored = [origin.elements([key] if origin.is_computed(key) else []) or 0 for key in factors]
        return product_of(stored, map(origin.shapes.get, factors), prod(shape))
