"""What a graph holds, as the walk through it finds it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sepcost.network.batch_place import Batch
from sepcost.network.layer import NetworkLayer
from sepcost.network.onnx.tensor import Held, Source, Tensor


class Found(NamedTuple):
    """A counted operator with what it computes for all inputs of the batch.

    held: where its weights are held; none where they are not in the file.
    batch: where what it computes has the batch, None where it does not depend on it, MIXED where the
        inputs are not kept apart.
    reads: where what it reads has it.
    """

    layer: NetworkLayer
    held: frozenset[Held]
    batch: Batch | None
    reads: Batch | None = None


class Ran(NamedTuple):
    """An operator as it runs, counted or not.

    name: the node's own. reads, writes: the maps, by name. uses: the tensors of the file. roles: what some
    of them are for. found: what it is counted as. window, mode: as `Operator` has them.
    """

    op: str
    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    uses: tuple[Source, ...] = ()
    roles: tuple[tuple[Source, str], ...] = ()
    found: tuple[Found, ...] = ()
    window: int | None = None
    mode: str | None = None


class Beside(NamedTuple):
    """Stored elements, or products, that an operator has and that no layer counts."""

    op: str
    held: frozenset[Held] = frozenset()
    macs: int = 0


class Findings:
    """What a graph holds: operators and choices between branches, in order, and what is not counted.

    numbers: elements of its initializers and constants. given_weights: inputs of the graph that are
    weights. unlike: those that are read and show that the first one has no batch. written: what is known
    of its outputs.
    """

    def __init__(self) -> None:
        self.steps: list[Ran | Choice] = []
        self.beside: list[Beside] = []
        self.free: Counter[str] = Counter()
        self.opaque: Counter[str] = Counter()
        self.numbers = 0
        self.given_weights: set[str] = set()
        self.unlike: set[str] = set()
        self.written: list[Tensor | None] = []

    def add(self, other: Findings) -> None:
        """Add what a graph within holds, which runs for sure."""
        self.steps += other.steps
        self.free += other.free
        self.add_beside(other)

    def add_beside(self, other: Findings) -> None:
        """Add what is not counted of a graph within, whether it runs or not."""
        self.beside += other.beside
        self.opaque += other.opaque
        self.numbers += other.numbers
        self.given_weights |= other.given_weights
        self.unlike |= other.unlike


class Choice(NamedTuple):
    """An `If`, and what each of its branches holds."""

    ran: Ran
    branches: tuple[Findings, ...]
