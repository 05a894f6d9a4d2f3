"""What each layer of a sweep moves, and what bounds it on a machine, as expressions in Polars."""

from __future__ import annotations

import polars as pl

from sepcost.core import formulas
from sepcost.core.formulas import Maps, Stages
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import COMPUTE, MEMORY, MIXED, Passes, Run, passes_of_loads, stage_loads, total
from sepcost.sweep.grid import Grid

TRAFFIC = {"inputs": pl.Int64, "outputs": pl.Int64, "bytes": pl.Int64, "intensity": pl.Float64}
"""What every sweep holds of traffic: numbers read and written, bytes moved, and MACs per byte."""

BOUND = {"time_bound_s": pl.Float64, "bound_by": pl.String, "saving_time": pl.Float64}
"""What a sweep holds besides, with a machine."""


def moved(stages: Stages, grid: Grid, realizable: pl.Expr) -> dict[str, pl.Expr]:
    """Return MACs of the whole batch, numbers read and written, and bytes; null where there is no size.

    With a machine besides: the bound in its ticks, and what binds.
    """
    how = grid.execution
    run = Run(
        maps=Maps(*map(pl.col, Maps._fields)),
        element_size=how.element_size,
        bias=grid.bias,
        batch=how.batch,
        fused=how.fused,
    )
    loads = stage_loads(stages, run)
    traffic = formulas.total_traffic(tuple(load.traffic for load in loads))
    passes = passes_of_loads(loads, how.fused)
    work = total(passes)
    maps = {"inputs": traffic.inputs, "outputs": traffic.outputs}
    if how.fused:  # Then no map that a scheme reads or writes tells whether it can be built.
        maps = {name: pl.when(realizable).then(numbers) for name, numbers in maps.items()}
    columns = {"macs": work.macs, **maps, "bytes": work.bytes}
    return columns if grid.machine is None else columns | _bound(passes, grid.machine)


def _bound(passes: Passes, machine: Machine) -> dict[str, pl.Expr]:
    """Return the ticks that passes take at the least, and what binds them, as `roofline.bound` has it."""
    ticks = machine.ticks
    mac, byte = (pl.lit(each, dtype=pl.Int128) for each in (ticks.mac, ticks.byte))
    times = [(work.macs * mac, work.bytes * byte) for work in passes]
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
