"""A rule: which operators a counter adds something for, and how much."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sepcost.network.counters.calls import Call
from sepcost.network.counters.quantities import QUANTITIES

Names = frozenset[str]


def names(text: str) -> Names:
    """Return the names in a text; one that ends in Nd stands for 1d, 2d and 3d.

    >>> sorted(names("ReLU ConvNd"))
    ['Conv1d', 'Conv2d', 'Conv3d', 'ReLU']
    """
    found = []
    for name in text.split():
        found += [name.replace("Nd", f"{axes}d") for axes in (1, 2, 3)] if "Nd" in name else [name]
    return frozenset(found)


def joined(some: Names) -> str:
    """Return names in their order, those of 1d, 2d and 3d together; the reverse of `names`.

    >>> joined(names("ReLU ConvNd F.avg_poolNd"))
    'ConvNd, F.avg_poolNd, ReLU'
    """
    found = []
    for name in sorted(some):
        alike = re.sub(r"[123]d$", "Nd", name)
        found.append(alike if names(alike) <= some else name)
    return ", ".join(dict.fromkeys(found))


class Where(NamedTuple):
    """Operators that match every field given here; a field that is None matches any.

    ops: what they do. modules: classes of torch.nn that call them. functions: of PyTorch, that they are.
    affine: whether they have learned parameters of a normalization. modes: how they interpolate.
    rank: axes of the map that they read. learned: whether they multiply by learned parameters.
    """

    ops: Names | None = None
    modules: Names | None = None
    functions: Names | None = None
    affine: bool | None = None
    modes: Names | None = None
    rank: int | None = None
    learned: bool | None = None

    def holds(self, call: Call) -> bool:
        """Whether an operator is one of them."""
        said = (
            (self.ops, call.op),
            (self.modules, call.module),
            (self.functions, call.function),
            (self.modes, call.operator.mode),
        )
        return (
            all(allowed is None or value in allowed for allowed, value in said)
            and self.affine in (None, call.affine)
            and self.learned in (None, any(layer.learned for layer in call.layers))
            and self.rank in (None, None if call.read is None else len(call.read))
        )

    @property
    def words(self) -> str:
        """The operators in words.

        >>> Where(modules=names("BatchNormNd"), affine=False).words
        'modules BatchNormNd without learned parameters'
        """
        said = (("operators", self.ops), ("modules", self.modules), ("functions", self.functions))
        parts = ["; ".join(f"{kind} {joined(some)}" for kind, some in said if some is not None)]
        if self.affine is not None:
            parts.append(f"{'with' if self.affine else 'without'} learned parameters")
        if self.learned is not None:
            parts.append("of learned weights" if self.learned else "of two maps")
        if self.modes is not None:
            parts.append(f"that interpolate {joined(self.modes)}")
        if self.rank is not None:
            parts.append(f"of {self.rank} axes")
        return " ".join(parts)

    @property
    def asks_who(self) -> bool:
        """Whether it depends on modules or functions, which few files name."""
        return self.modules is not None or self.functions is not None


class Rule(NamedTuple):
    """What a counter adds to the MACs that are counted here, in its own unit, for operators of some kind.

    adds: how many a quantity, by its key in QUANTITIES.
    what: what the difference is called; as the operator's kind is unless given.
    """

    where: Where
    adds: Mapping[str, int]
    what: str | None = None

    @property
    def words(self) -> str:
        """What is added, in words.

        >>> Rule(Where(), {"in": 3, "row": -1}).words
        '3 for each element read; less 1 for each row'
        """
        parts = [
            f"{'less ' * (many < 0)}{abs(many)} for each {QUANTITIES[key].name}"
            for key, many in self.adds.items()
        ]
        return "; ".join(parts)

    def amount(self, call: Call) -> int | None:
        """Return what is added for an operator; None where its sizes are not known."""
        total = 0
        for key, many in self.adds.items():
            quantity = QUANTITIES[key].of(call)
            if quantity is None:
                return None
            total += many * quantity
        return total


CONVOLUTIONS = names("Conv ConvTranspose")
TRANSPOSED = Where(ops=names("ConvTranspose"))
BIAS = Rule(Where(ops=CONVOLUTIONS | names("Gemm MatMul")), {"biased": 1}, "bias")
"""What counters of several kinds have rules for, and such a rule."""

ALL, MODULES, TENSORS = PARAMETERS = ("all", "modules", "tensors")
"""What a counter takes for parameters: all that is learned; that of modules which it has a rule for; every
tensor that the file holds, statistics too."""


class Tool(NamedTuple):
    """A counter, as one of its versions counts.

    unit: 'MAC' or 'FLOP'; of_a_mac: how many of them a multiply-accumulate is.
    counts: the operators of which it counts the MACs; the MACs of others are a difference.
    parameters: one of PARAMETERS. owners: for MODULES, the modules whose parameters count.
    prints_parameters: whether it has a total of them. measured: whether its rules were tried on networks.
    formats: those that it reads, where it reads files alone.
    unsure: operators of which it is not known what it counts, and why.
    """

    name: str
    version: str
    unit: str
    counts: tuple[Where, ...]
    rules: tuple[Rule, ...]
    of_a_mac: int = 1
    parameters: str = ALL
    owners: Names = frozenset()
    prints_parameters: bool = True
    measured: bool = True
    formats: tuple[str, ...] = ()
    unsure: tuple[tuple[Where, str], ...] = ()
    summary: str = ""
