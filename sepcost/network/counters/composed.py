"""Activations and normalizations that an exporter has written as several operators, put together again.

A counter that runs PyTorch meets one operator where the file has its parts.
"""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.network.model import Operator

_TIMES_ITS_INPUT = {"Sigmoid": "Swish", "HardSigmoid": "HardSwish"}
"""What a function multiplied by its own input is."""


def composed(operators: Iterable[Operator]) -> tuple[Operator, ...]:
    """Return operators with the parts of each SiLU, Hardswish, GELU and group norm as one.

    It is in the place of the last of them.
    """
    graph = _Graph(operators)
    gone: set[str] = set()
    made: dict[str, Operator] = {}
    for operator in graph.operators:
        op, parts = graph.written(operator)
        if parts:
            *others, last = parts
            gone.update(one.name for one in others)
            used = dict.fromkeys(name for one in parts for name in one.parameters)
            made[last.name] = Operator(last.name, op, parts[0].reads[:1], last.writes, parameters=tuple(used))
    return tuple(made.get(one.name, one) for one in graph.operators if one.name not in gone)


class _Graph:
    """Which operators write and read each map."""

    def __init__(self, operators: Iterable[Operator]) -> None:
        self.operators = tuple(operators)
        self._writer = {name: one for one in self.operators for name in one.writes}
        self._readers: dict[str, list[Operator]] = {}
        for one in self.operators:
            for name in one.reads:
                self._readers.setdefault(name, []).append(one)

    def written(self, operator: Operator) -> tuple[str, list[Operator] | None]:
        """Return what an operator is the heart of, and its parts in order, None where it is of nothing."""
        if operator.op in _TIMES_ITS_INPUT:
            return _TIMES_ITS_INPUT[operator.op], self._times_its_input(operator)
        if operator.op == "Erf":
            return "Gelu", self._gelu(operator)
        if operator.op == "InstanceNormalization":
            return "GroupNormalization", self._group_norm(operator)
        return operator.op, None

    def _times_its_input(self, operator: Operator) -> list[Operator] | None:
        """Return a function and the product with its own input."""
        product = self._next(operator, "Mul")
        if product is None or set(product.reads) != {*operator.reads, *operator.writes}:
            return None
        return [operator, product]

    def _group_norm(self, norm: Operator) -> list[Operator] | None:
        """Return the parts of the norm of a map in which the channels of a group are put together.

        A scale and a shift of the channels may follow.
        """
        before = self._writer.get(norm.reads[0]) if norm.reads else None
        after = self._next(norm, "Reshape")
        if before is None or before.op != "Reshape" or self._next(before, norm.op) is None or after is None:
            return None
        scaled = self._by_constant(after, "Mul")
        shifted = self._by_constant(scaled or after, "Add")
        return [one for one in (before, norm, after, scaled, shifted) if one is not None]

    def _by_constant(self, operator: Operator, op: str) -> Operator | None:
        """Return the only operator that reads what another writes, where it does that by a constant."""
        found = self._next(operator, op)
        return found if found is not None and len(found.reads) == 1 else None

    def _gelu(self, erf: Operator) -> list[Operator] | None:
        """Return the parts of x (1 + erf(x / sqrt 2)) / 2."""
        scaled = self._writer.get(erf.reads[0]) if erf.reads else None
        added = self._next(erf, "Add")
        product = None if added is None else self._next(added, "Mul")
        if scaled is None or scaled.op not in ("Div", "Mul") or added is None or product is None:
            return None
        source = scaled.reads[0]
        (other,) = [name for name in product.reads if name not in added.writes][:1] or [""]
        if other == source:
            half = self._by_constant(product, "Mul")
            return None if half is None else [scaled, erf, added, product, half]
        half = self._writer.get(other)
        halves = half is not None and half.op in ("Mul", "Div") and half.reads == (source,)
        return [scaled, erf, added, half, product] if half is not None and halves else None

    def _next(self, operator: Operator, op: str) -> Operator | None:
        """Return the only operator that reads what another writes, where it does that."""
        readers = self._readers.get(operator.writes[0], []) if operator.writes else []
        return readers[0] if len(readers) == 1 and readers[0].op == op else None
