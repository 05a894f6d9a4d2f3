"""An operator as a reader gives it to an assembly, and the layers that it is counted as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sepcost.network.layer import NetworkLayer
from sepcost.network.provenance import Written
from sepcost.network.shape_rules import Shape


class Counted(NamedTuple):
    """A layer that an operator is counted as, for the whole batch.

    weights: key of the tensor that it multiplies by; None where there is none.
    reads, writes: keys of the maps that it reads and writes. biases: keys of what is added to its outputs.
    input_shape, output_shape: where they are not those of its first maps.
    batched: whether it can keep the inputs of a batch apart: not where its map has no room for one.
    further: keys of more tensors that it multiplies by, as those of a recurrent layer's state.
    """

    layer: NetworkLayer
    weights: str | None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    batched: bool = True
    further: tuple[str, ...] = ()

    @property
    def multiplies(self) -> tuple[str, ...]:
        """Keys of all that it multiplies by."""
        return (self.weights, *self.further) if self.weights else self.further


class Step(NamedTuple):
    """An operator where it runs; tensors go by the keys that the file gives them.

    roles: what held tensors are for, by key. free: whether it costs nothing that is counted.
    keeps: whether it passes on every element of its first input, once. scales: whether it multiplies
    elementwise, so that a factor smaller than stored elements leaves them weights. chooses: whether a number
    that is known at run time alone says what it writes. carries: the inputs whose elements it may write,
    where its name does not say which. factors: the two tensors that it multiplies element
    by element, where it does more than that. sums: whether it sums their products too.
    window, mode, module, function, channels_last: as `Operator` has them.
    """

    op: str
    name: str
    reads: Sequence[str]
    writes: Sequence[Written]
    layers: Sequence[Counted] = ()
    roles: Mapping[str, str] = {}
    free: bool = True
    keeps: bool = False
    scales: bool = False
    chooses: bool = False
    carries: Sequence[str] = ()
    factors: Sequence[str] = ()
    sums: bool = False
    window: int | None = None
    mode: str | None = None
    module: str | None = None
    function: str | None = None
    channels_last: bool = False

    @property
    def in_roles(self) -> tuple[str, ...]:
        """Keys of held tensors that it reads as its own, weights left out: scales, biases, statistics."""
        return (*self.roles, *(key for one in self.layers for key in one.biases))
