"""Activations that an exporter has written as several operators, put together again.

A counter that runs PyTorch meets one activation where the file has its parts.
"""

from __future__ import annotations

from collections.abc import Iterable

from sepcost.network.model import Operator

_TIMES_ITS_INPUT = {"Sigmoid": "Swish", "HardSigmoid": "HardSwish"}
"""What a function multiplied by its own input is."""


def composed(operators: Iterable[Operator]) -> tuple[Operator, ...]:
    """Return operators with the parts of each SiLU, Hardswish and GELU as one, in the place of the last."""
    graph = _Graph(operators)
    gone: set[str] = set()
    made: dict[str, Operator] = {}
    for operator in graph.operators:
        parts = graph.gelu(operator) if operator.op == "Erf" else graph.times_its_input(operator)
        if parts is not None:
            *others, last = parts
            gone.update(one.name for one in others)
            source = parts[0].reads[0]
            op = _TIMES_ITS_INPUT.get(operator.op, "Gelu")
            made[last.name] = Operator(last.name, op, (source,), last.writes)
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

    def times_its_input(self, operator: Operator) -> list[Operator] | None:
        """Return a function and the product with its own input, None where it is no such function."""
        product = self._next(operator, "Mul") if operator.op in _TIMES_ITS_INPUT else None
        if product is None or set(product.reads) != {*operator.reads, *operator.writes}:
            return None
        return [operator, product]

    def gelu(self, erf: Operator) -> list[Operator] | None:
        """Return the parts of x (1 + erf(x / sqrt 2)) / 2, None where an Erf is in no such product."""
        scaled = self._writer.get(erf.reads[0]) if erf.reads else None
        added = self._next(erf, "Add")
        product = None if added is None else self._next(added, "Mul")
        if scaled is None or scaled.op not in ("Div", "Mul") or added is None or product is None:
            return None
        source = scaled.reads[0]
        (other,) = [name for name in product.reads if name not in added.writes][:1] or [""]
        if other == source:
            half = self._next(product, "Mul")
            return None if half is None or len(half.reads) > 1 else [scaled, erf, added, product, half]
        half = self._writer.get(other)
        halves = half is not None and half.op in ("Mul", "Div") and half.reads == (source,)
        return [scaled, erf, added, half, product] if half is not None and halves else None

    def _next(self, operator: Operator, op: str) -> Operator | None:
        """Return the only operator that reads what another writes, where it does that."""
        readers = self._readers.get(operator.writes[0], []) if operator.writes else []
        return readers[0] if len(readers) == 1 and readers[0].op == op else None
