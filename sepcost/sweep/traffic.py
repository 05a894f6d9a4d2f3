"""What each layer of a sweep moves, and what bounds it on a machine, as expressions in Polars."""

from __future__ import annotations

from typing import Any

import polars as pl

from sepcost.core import formulas
from sepcost.core.formulas import Maps, Stages
from sepcost.hardware.estimate import Passes, joined, rate_of
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import (
    COMPUTE,
    MEMORY,
    MIXED,
    StageLoad,
    passes_of_loads,
    run_on,
    stage_loads,
)
from sepcost.sweep.column import Column, whole
from sepcost.sweep.grid import Grid

TRAFFIC = {"inputs": pl.Int64, "outputs": pl.Int64, "bytes": pl.Int64, "intensity": pl.Float64}
"""The traffic columns of every sweep: elements read and written, bytes moved, and MACs per byte."""

BOUND = {"time_bound_s": pl.Float64, "bound_by": pl.String, "saving_time": pl.Float64}
"""The further columns of a sweep with a machine."""


ESTIMATE = {"time_estimate_s": pl.Float64, "saving_time_estimate": pl.Float64}
"""The further columns of a sweep with a machine that was measured."""


def moved(stages: Stages, grid: Grid, realizable: pl.Expr) -> dict[str, pl.Expr]:
    """Return MACs of the whole batch, elements read and written, and bytes; null where there is no size.

    With a machine also the bound in its ticks, and what binds.
    """
    execution = grid.execution
    run = run_on(Maps(*(Column(pl.col(name)) for name in Maps._fields)), execution, grid.bias)
    loads = stage_loads(stages, run)
    traffic = formulas.total_traffic(tuple(load.traffic for load in loads))
    passes = passes_of_loads(loads, execution.fused)
    work = joined(passes)
    maps = {"inputs": whole(traffic.inputs), "outputs": whole(traffic.outputs)}
    if execution.fused:  # Then no map that a scheme reads or writes tells whether it can be built.
        maps = {name: pl.when(realizable).then(numbers) for name, numbers in maps.items()}
    columns = {"macs": whole(work.macs), **maps, "bytes": whole(work.bytes)}
    if grid.machine is None:
        return columns
    columns |= _bound(passes, grid.machine)
    if grid.machine.measured is None:
        return columns
    return columns | {"time_estimate_s": _estimate(stages, loads, execution)}


def _estimate(stages: Stages, loads: tuple[StageLoad, ...], execution: Execution) -> pl.Expr:
    """Return the seconds of passes, as `estimate` has them, in floats."""
    machine = execution.machine
    assert machine is not None
    computing = [
        whole(load.macs) / _rate(load.kind, whole(stage.taps), machine)
        for stage, load in zip(stages, loads, strict=True)
    ]
    moved = [whole(load.bytes) for load in loads]
    if execution.fused:
        computing, moved = [sum(computing[1:], computing[0])], [sum(moved[1:], moved[0])]
    launch = float(machine.figures.launch)
    passes = [
        launch + pl.max_horizontal(computes, _moving(moves, machine))
        for computes, moves in zip(computing, moved, strict=True)
    ]
    return sum(passes[1:], passes[0])


def _rate(kind: str, taps: Any, machine: Machine) -> Any:
    """Return the MAC/s of a kind of stage, of a standard one where it has more than one tap."""
    rate = float(rate_of(kind, machine))
    if kind != "standard" or isinstance(taps, int):
        return rate
    return pl.when(taps == 1).then(float(rate_of("pointwise", machine))).otherwise(rate)


def _moving(moved: pl.Expr, machine: Machine) -> pl.Expr:
    """Return the seconds that bytes take through the smallest memory that holds them."""
    seconds = moved / float(machine.bandwidth)
    for cache in reversed(machine.figures.caches):
        seconds = pl.when(moved <= cache.size).then(moved / float(cache.bandwidth)).otherwise(seconds)
    return seconds


def _bound(passes: Passes, machine: Machine) -> dict[str, pl.Expr]:
    """Return the ticks that passes take at the least, and what binds them, as `roofline.bound` has it."""
    ticks = machine.ticks
    mac, byte = (pl.lit(each, dtype=pl.Int128) for each in (ticks.mac, ticks.byte))
    times = [(whole(each.macs) * mac, whole(each.bytes) * byte) for each in passes]
    computing = [computes >= moves for computes, moves in times]
    binder = (
        pl.when(pl.all_horizontal(computing))
        .then(pl.lit(COMPUTE))
        .when(pl.any_horizontal(computing))
        .then(pl.lit(MIXED))
        .otherwise(pl.lit(MEMORY))
    )
    every = [pl.max_horizontal(both) for both in times]
    return {
        "ticks": sum(every[1:], every[0]),
        "bound_by": pl.when(every[0].is_not_null()).then(binder),
    }
