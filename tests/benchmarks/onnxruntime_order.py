"""Whether bounds and estimates order layers as onnxruntime does, on this machine, one thread.

The machine is measured first, as `sepcost machines measure` does it. Then layers are timed to which
nothing was fitted: each standard one and a factorization of it. The order and the errors are reported
and never asserted: a bound knows no caches, no kernels and no launches, and an estimate few of them.

Run from the repository, sepcost[measure] installed:
python -m tests.benchmarks.onnxruntime_order [TURNS]
"""

from __future__ import annotations

import sys
from random import Random
from statistics import median
from typing import NamedTuple

import onnxruntime

from sepcost.comparison import compare
from sepcost.core.layer import Layer
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.measure import FITTED, Trial, measure, pass_seconds, runner

TURNS = 8
_MOST_MACS, _MOST_ELEMENTS = 500 * 10**6, 4 * 10**6

FIRST = (
    Layer(3, 32, size=224, stride=2),
    Layer(8, 8, size=112),
    Layer(16, 16, size=112),
    Layer(32, 4, size=112),
    Layer(64, 8, size=112),
    Layer(32, 64, size=112),
    Layer(64, 64, size=56),
    Layer(128, 128, size=28),
    Layer(256, 16, size=28),
    Layer(256, 16, size=56, stride=4),
    Layer(256, 256, size=14),
    Layer(512, 512, size=7),
    Layer(16, 16, kernel=3, size=96),
    Layer(32, 32, kernel=5, size=56),
)
"""Layers of every kind: narrow and wide, large maps and small, few outputs, strides, long kernels."""


class Timed(NamedTuple):
    """A layer and a factorization of it: savings by MACs, bound and estimate, and seconds of each."""

    name: str
    macs: float
    bound: float
    estimate: float
    estimated_s: tuple[float, float]
    measured_s: tuple[float, float]

    @property
    def measured(self) -> float:
        return self.measured_s[0] / self.measured_s[1]

    @property
    def errors(self) -> list[float]:
        return [abs(e / m - 1) for e, m in zip(self.estimated_s, self.measured_s, strict=True)]


def unmeasured(number: int) -> list[tuple[Layer, str]]:
    """Return layers to which nothing was fitted, two of three separable and one grouped, always the same."""
    random = Random("layers")
    channels, sides = (
        (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512),
        (7, 10, 14, 20, 28, 40, 56, 80, 112),
    )
    fitted = {(run.n_i, run.n_o, run.size) for run in FITTED}
    found: list[tuple[Layer, str]] = []
    while len(found) < number:
        n_i, n_o, side = random.choice(channels), random.choice(channels), random.choice(sides)
        if (n_i, n_o, side) in fitted or n_i * n_o * 9 * side**2 > _MOST_MACS:
            continue
        if max(n_i, n_o) * side**2 <= _MOST_ELEMENTS:
            found.append((Layer(n_i, n_o, size=side), "grouped" if len(found) % 3 == 2 else "separable"))
    return found


def stages(layer: Layer, scheme: str) -> tuple[Trial, ...]:
    """Return a layer in a scheme as it is run."""
    (row,) = compare(layer, [scheme]).schemes
    found, side = [], layer.size[0]
    for each in row.stages:
        form = each.stage
        kernel, stride = (layer.kernel[0], layer.stride[0]) if form.kernel == "both" else (1, 1)
        found.append(Trial(form.name, form.inputs, form.outputs, side, kernel, form.groups, stride))
        side = found[-1].out
    return tuple(found)


def timed(pairs: list[tuple[Layer, str]], machine: Machine, turns: int) -> list[Timed]:
    """Time layers and factorizations of them, beside what their bounds and estimates say."""
    runs = [runner(stages(layer, scheme)) for layer, other in pairs for scheme in ("standard", other)]
    passes = pass_seconds(runs, turns)
    found = []
    for place, (layer, other) in enumerate(pairs):
        standard, factorized = compare(layer, ["standard", other], execution=Execution(machine)).schemes
        name = f"{layer.n_i}->{layer.n_o}, {layer.kernel[0]}, {layer.size[0]}, {layer.stride[0]}, {other}"
        estimates = (float(standard.load.estimate), float(factorized.load.estimate))
        savings = (factorized.saving.macs, factorized.saving.time, factorized.saving.time_estimate)
        found.append(Timed(name, *map(float, savings), estimates, tuple(passes[2 * place : 2 * place + 2])))
    return found


def pointwise_errors(machine: Machine, turns: int) -> list[float]:
    """Return the errors of estimates of pointwise layers to which nothing was fitted."""
    layers = [Layer(a, b, kernel=1, size=s) for a, b, s in ((16, 64, 56), (48, 24, 80), (96, 96, 28))]
    layers += [Layer(a, b, kernel=1, size=s) for a, b, s in ((24, 144, 56), (144, 32, 28), (512, 64, 14))]
    runs = [runner((Trial("pointwise", layer.n_i, layer.n_o, layer.size[0], 1),)) for layer in layers]
    found = []
    for layer, taken in zip(layers, pass_seconds(runs, turns), strict=True):
        (row,) = compare(layer, ["standard"], execution=Execution(machine)).schemes
        found.append(abs(float(row.load.estimate) / taken - 1))
    return found


def report(title: str, rows: list[Timed]) -> None:
    """Print each layer's savings, and on how many the side is right."""
    columns = "".join(f"{each:>9}" for each in ("MACs", "bound", "estimate", "time"))
    print(f"\n{title}\n{'N_i->N_o, kernel, side, stride':<40}{columns}   errors")
    for row in rows:
        errors = ", ".join(f"{error:.0%}" for error in row.errors)
        savings = "".join(f"{each:>8.2f}x" for each in (row.macs, row.bound, row.estimate, row.measured))
        print(f"{row.name:<40}{savings}   {errors}", flush=True)
    for what in ("macs", "bound", "estimate"):
        right = sum((getattr(row, what) > 1) == (row.measured > 1) for row in rows)
        print(f"side right by {what}: {right} of {len(rows)}")


def main(turns: int) -> None:
    """Measure, time, and print what comes out."""
    machine = measure("this machine", turns)
    assert machine.measured is not None
    print(f"onnxruntime {onnxruntime.__version__}, one thread, least of {turns} turns")
    print(f"{machine.peak / 1e9:.1f} G MAC/s, {machine.bandwidth / 1e9:.1f} G byte/s, {machine.measured}")
    report("layers of every kind", timed([(layer, "separable") for layer in FIRST], machine, turns))
    rows = timed(unmeasured(30), machine, turns)
    report("layers to which nothing was fitted", rows)
    errors = [error for row in rows for error in row.errors] + pointwise_errors(machine, turns)
    stated = float(machine.measured.error or 0)
    print(f"median error of {len(errors)} times: {median(errors):.1%}; stated: {stated:.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS)
