"""A counted operator of a network, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import NamedTuple

from sepcost.core.formulas import Stage, Traffic
from sepcost.network.operators import ATTENTION, KIND_OF, LOOK_UPS


class Counts(NamedTuple):
    """Weights and MACs, each under the name of its metric."""

    weights: int
    macs: int

    def of(self, metric: str) -> int:
        """Return the count of that metric."""
        return self.macs if metric == "macs" else self.weights


@dataclass(frozen=True)
class NetworkLayer:
    """One counted operator: a stage, and the positions at which its weights are used.

    n_i, n_o: channels read and written; a product of batches of matrices counts those of all of them, a
        recurrent layer those of its input and state, and of its gates; an embedding reads its table's rows.
    kernel, stride, dilation: one number an axis, one to three axes; empty for a matrix product.
    positions: output positions for one input (input positions where transposed, steps where recurrent).
    batch: inputs at once; they multiply MACs and maps, not weights.
    shares: the layer that already holds these weights, or None.
    learned: whether the weights are held by the model, not computed from its input.
    once: whether it is computed from constants alone, once for all inputs.
    reads, writes: elements of its maps for one input, what it multiplies by among them where that is not
        learned; None where they are not known.
    reads_once: elements of a map that has no batch, by which it multiplies every input alike.
        The three are left out of equality, since layers of the same sizes are unchanged whatever maps
        they are known by.
    held: the weights that it adds to the network where those are not as many as its stage has, such as
        where it takes some of them by a choice made at run time; else None.
    biases: learned parameters added to its outputs; no part of `weights`.
    path: the operator's own name in the file, where the layer goes by another; None where they are one.
    input_shape, output_shape: of the map that it reads and the map that it writes, for one input (its
        batch 1 in front where there is one); None where not known. Left out of equality, as is path.
    channels_last: whether these maps have their channels after their lengths, and not before them.
    """

    name: str
    op: str
    n_i: int
    n_o: int
    positions: int
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    shares: str | None = None
    learned: bool = True
    batch: int = 1
    once: bool = False
    reads: int | None = field(default=None, compare=False)
    writes: int | None = field(default=None, compare=False)
    reads_once: int = field(default=0, compare=False)
    held: int | None = None
    biases: int = 0
    path: str | None = field(default=None, compare=False)
    input_shape: tuple[int, ...] | None = field(default=None, compare=False)
    output_shape: tuple[int, ...] | None = field(default=None, compare=False)
    channels_last: bool = field(default=False, compare=False)

    @property
    def taps(self) -> int:
        """Weights of one filter on one channel; 1 for a matrix product."""
        return prod(self.kernel)

    @property
    def kind(self) -> str:
        """What it is for; of convolutions depthwise, grouped, pointwise or standard: the first that holds.

        A product of two maps, both of them the input's, is attention's.
        """
        if (named := KIND_OF.get(self.op)) is not None:
            of_maps = not self.learned and not self.reads_once
            return "attention" if named == "dense" and of_maps else named
        if self.groups > 1:
            return "depthwise" if self.groups == self.n_i else "grouped"
        return "pointwise" if self.taps == 1 else "standard"

    @property
    def stage(self) -> Stage:
        """The layer as the formulas read it."""
        fan_in = self.n_i // self.groups
        return Stage(self.kind, self.n_i, self.n_o, self.groups, fan_in=fan_in, taps=self.taps)

    @property
    def weights(self) -> int:
        """Learned parameters that the layer adds to the network; those it shares are counted once."""
        return self.counts.weights

    @property
    def macs(self) -> int:
        """Multiply-accumulates for the whole batch."""
        return self.counts.macs

    @cached_property
    def counts(self) -> Counts:
        """Weights that it adds to the network, and MACs for the whole batch."""
        stage = self.stage
        held = int(stage.weights()) if self.held is None else self.held
        weights = held if self.learned and self.shares is None else 0
        return Counts(weights, int(stage.macs(self.positions * self.batch)))

    @property
    def traffic(self) -> Traffic | None:
        """Elements moved for the whole batch, shared weights too; None where the maps are not known."""
        if self.reads is None or self.writes is None:
            return None
        # An embedding reads the rows that its input names, and those are its map.
        weights = int(self.stage.weights()) if self.learned and self.op not in LOOK_UPS else 0
        if self.op in ATTENTION and weights and self.held is not None:  # of all heads
            weights = self.held
        return Traffic(self.reads * self.batch + self.reads_once, weights, self.writes * self.batch)
