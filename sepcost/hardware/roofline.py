"""Roofline bounds: no run of a layer is faster than its arithmetic, nor than its traffic with memory.

A pass reads its input map and its weights from memory and writes its output map, while it computes:
it takes the longer of the two times. It is a bound, not a latency: caches only move fewer bytes, and
whatever else a run waits for comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from sepcost.core import formulas
from sepcost.core.errors import FieldError
from sepcost.core.exact import Exact, simplest
from sepcost.core.formulas import NO_BIAS, Bias, Maps, Number, Stages, Traffic
from sepcost.core.layer import Layer
from sepcost.hardware.estimate import Pass, Passes, estimate, joined
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine

COMPUTE, MEMORY, MIXED = "compute", "memory", "mixed"
"""What binds: arithmetic, traffic with memory, or the one in some passes and the other in others."""


class Bound(NamedTuple):
    """The least time that work takes on a machine, exactly, in seconds, and what binds it."""

    seconds: Fraction
    by: str


class Run(NamedTuple):
    """How one layer runs.

    maps: rows and columns of the layer's input and output. element_size: bytes of one element.
    bias: which biases are read. batch, fused: as in Execution.
    """

    maps: Maps
    element_size: Number
    bias: Bias = NO_BIAS
    batch: int = 1
    fused: bool = False


class StageLoad(NamedTuple):
    """What one stage does and moves; its traffic is in elements."""

    name: str
    traffic: Traffic
    macs: Number
    bytes: Number
    bound: Bound | None = None
    kind: str = "standard"
    estimate: Fraction | None = None

    @property
    def intensity(self) -> Fraction | None:
        """MACs per byte; None where the stage cannot be built."""
        whole = isinstance(self.macs, int) and isinstance(self.bytes, int)
        return Fraction(self.macs, self.bytes) if whole else None


@dataclass(frozen=True)
class Load:
    """What a layer does and moves in one scheme, and its times on a machine.

    passes: empty where the scheme cannot be built; all that follows is then None.
    memory: bytes of the most maps that live at once.
    storage: bytes of the weights, and of the biases where they count.
    bound: None without a machine.
    estimate: seconds by what was measured on the machine; None where nothing was.
    """

    bytes: Exact
    passes: Passes = ()
    memory: int | None = None
    storage: int | None = None
    bound: Bound | None = None
    estimate: Fraction | None = None

    @property
    def intensity(self) -> Fraction | None:
        """MACs per byte of all passes; None where the scheme cannot be built."""
        return joined(self.passes).intensity if self.passes else None

    @property
    def seconds(self) -> Fraction | None:
        """The bound in seconds."""
        return None if self.bound is None else self.bound.seconds

    @property
    def time(self) -> Fraction | None:
        """The estimate in seconds, the bound where there is none."""
        return self.seconds if self.estimate is None else self.estimate


def run_of(layer: Layer, execution: Execution) -> Run:
    """Return how a layer runs; FieldError where it has no size."""
    maps = layer.maps
    if maps is None:
        raise FieldError("size", "is missing: bytes moved need the input's size")
    return run_on(maps, execution, layer.bias)


def run_on(maps: Maps, execution: Execution, bias: Bias = NO_BIAS) -> Run:
    """Return how a layer of those maps runs, in the kind of number that they are."""
    return Run(maps, execution.element_size, bias, execution.batch, execution.fused)


def passes_of_stages(stages: Stages, run: Run) -> Passes:
    """Return the passes of stages whose channels are whole numbers."""
    return passes_of_loads(stage_loads(stages, run), run.fused)


def stage_loads(stages: Stages, run: Run) -> tuple[StageLoad, ...]:
    """Return what stages do and move, in the kind of number that their channels are."""
    moves = formulas.fused_traffic if run.fused else formulas.traffic
    moved = moves(stages, run.maps, run.bias, run.batch)
    return tuple(
        StageLoad(
            stage.name,
            traffic,
            simplest(stage.macs(run.maps.positions(stage.written_at) * run.batch)),
            simplest(traffic.bytes(run.element_size)),
            kind=stage.kind,
        )
        for stage, traffic in zip(stages, moved, strict=True)
    )


def loads_of(
    stages: Stages, run: Run, machine: Machine | None, realizable: bool = True
) -> tuple[Load, tuple[StageLoad, ...]]:
    """Return what a layer and its stages do and move, exactly, with their times on a machine.

    realizable: whether a layer can be built of the stages, without which nothing is bounded. A stage that
        is one of several in a fused pass has no time of its own.
    """
    parts = stage_loads(stages, run)
    if not realizable:
        return Load(_moved(parts)), parts
    load = _load_of_parts(stages, parts, run, machine)
    if machine is None or len(parts) != len(load.passes):
        return load, parts
    return load, tuple(
        part._replace(bound=bound((each,), machine), estimate=estimate((each,), machine))
        for part, each in zip(parts, load.passes, strict=True)
    )


def load_of(stages: Stages, run: Run, machine: Machine | None) -> Load:
    """Return what a layer that can be built of the stages does and moves, with its times on a machine."""
    return _load_of_parts(stages, stage_loads(stages, run), run, machine)


def _load_of_parts(stages: Stages, parts: tuple[StageLoad, ...], run: Run, machine: Machine | None) -> Load:
    passes, footprint = passes_of_loads(parts, run.fused), _footprint(stages, parts, run)
    if machine is None:
        return Load(_moved(parts), passes, *footprint)
    return Load(_moved(parts), passes, *footprint, bound(passes, machine), estimate(passes, machine))


def _moved(parts: tuple[StageLoad, ...]) -> Exact:
    return simplest(sum(part.bytes for part in parts))


def passes_of_loads(stages: tuple[StageLoad, ...], fused: bool) -> Passes:
    """Return a pass for each stage, or one of them all."""
    every = tuple(Pass(((stage.kind, stage.macs),), stage.bytes) for stage in stages)
    return (joined(every),) if fused else every


def bound(passes: Passes, machine: Machine) -> Bound:
    """Return the least time that passes take one after the other; in a tie arithmetic binds.

    >>> passes = Pass((("standard", 6),), bytes=2), Pass((("pointwise", 1),), bytes=3)
    >>> bound(passes, Machine(peak=3, bandwidth=1))
    Bound(seconds=Fraction(5, 1), by='mixed')
    """
    ticks = machine.ticks
    times = [(each.macs * ticks.mac, each.bytes * ticks.byte) for each in passes]
    binders = {COMPUTE if computing >= moving else MEMORY for computing, moving in times}
    return Bound(
        seconds=Fraction(sum(max(both) for both in times), ticks.second),
        by=binders.pop() if len(binders) == 1 else MIXED,
    )


def _footprint(stages: Stages, parts: tuple[StageLoad, ...], run: Run) -> tuple[int, int]:
    """Return the bytes of the most maps that live at once, and of all weights."""
    moved = tuple(part.traffic for part in parts)
    all_moved = formulas.total_traffic(moved)
    most = all_moved.inputs + all_moved.outputs if run.fused else max(formulas.live(stages, moved))
    return int(most * run.element_size), int(all_moved.weights * run.element_size)
