"""Constants that operators compute: which are maps, and which a layer's own parameters in another form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sepcost.network.model import Operator


def stored_constants(
    operators: Sequence[Operator], computed: set[str], own: Sequence[set[str]], outputs: Iterable[str]
) -> set[str]:
    """Return those of the computed constants that take no memory while operators run.

    They are only what a layer holds, in the form in which the layer reads it: a library computes that once,
    when it stores the network.

    computed: constants that operators write. own: of those, what each operator reads as parameters of its
    own. outputs: maps that the network returns.

    >>> ops = (Operator("t", "Transpose", (), ("w",)), Operator("e", "Expand", (), ("c",)),
    ...        Operator("p", "MatMul", ("x", "w"), ("h",)), Operator("a", "Add", ("h", "c"), ("y",)))
    >>> stored_constants(ops, {"w", "c"}, [set(), set(), {"w"}, set()], ["y"])
    {'w'}
    """
    in_memory = computed & set(outputs)
    for operator, parameters in zip(reversed(operators), reversed(own), strict=True):
        read = (computed & set(operator.reads)) - parameters
        if read and not (_writes_only(operator, computed) and in_memory.isdisjoint(operator.writes)):
            in_memory |= read
    return computed - in_memory


def _writes_only(operator: Operator, names: set[str]) -> bool:
    return bool(operator.writes) and names.issuperset(operator.writes)


def without(operators: Iterable[Operator], names: set[str]) -> tuple[Operator, ...]:
    """Return operators that neither read nor write the maps of those names."""
    if not names:
        return tuple(operators)
    return tuple(
        operator._replace(
            reads=tuple(name for name in operator.reads if name not in names),
            writes=tuple(name for name in operator.writes if name not in names),
        )
        for operator in operators
    )
