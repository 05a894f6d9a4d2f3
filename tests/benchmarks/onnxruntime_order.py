"""Whether the bound orders standard and separable layers as onnxruntime does, on this machine, one thread.

The machine's figures are measured first: its peak by a wide pointwise convolution, its bandwidth by copies
of memory that no cache holds. The order is reported and never asserted: a bound knows no caches, no
kernels and no launches.

Run from the repository, sepcost and onnxruntime installed:
python -m tests.benchmarks.onnxruntime_order [TURNS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import log
from time import perf_counter
from typing import NamedTuple

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from sepcost.comparison import compare
from sepcost.core.layer import Layer
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.roofline import roofline

RUNS = 30
_AT_LEAST_S = 0.02
_COPIED_BYTES = 512 * 2**20
_OPSET, _IR = 17, 9

LAYERS = (
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
    Layer(16, 16, kernel=(1, 2), size=112),
    Layer(32, 32, kernel=5, size=56),
)
"""Layers of every kind: narrow and wide, large maps and small, few outputs, strides, long kernels."""


class Timed(NamedTuple):
    """One layer: its saving in MACs, in the bound and as measured, and the seconds of each side."""

    layer: Layer
    macs: float
    bound: float
    standard_s: float
    separable_s: float

    @property
    def measured(self) -> float:
        return self.standard_s / self.separable_s

    @property
    def agrees(self) -> bool:
        return (self.bound > 1) == (self.measured > 1)

    @property
    def bound_is_nearer(self) -> bool:
        """Whether the bound is off by a smaller factor than the MACs."""
        return abs(log(self.bound / self.measured)) < abs(log(self.macs / self.measured))


def runner(layer: Layer, separable: bool) -> Callable[[], object]:
    """Return a run of a layer in onnxruntime, on one thread, its weights and its input random."""
    stages = compare(layer, ["separable" if separable else "standard"]).schemes[0].stages
    initializers, nodes = [], []
    for number, stage in enumerate(stages):
        depthwise = stage.stage == "depthwise"
        spatial = stage.stage != "pointwise"
        kernel = layer.kernel if spatial else (1, 1)
        held = (stage.n_o, 1 if depthwise else stage.n_i, *kernel)
        initializers.append(numpy_helper.from_array(_random(held), f"w{number}"))
        attributes = {"group": stage.n_i if depthwise else 1, "auto_pad": "SAME_UPPER"}
        attributes["strides"] = list(layer.stride if spatial else (1, 1))
        nodes.append(helper.make_node("Conv", [f"x{number}", f"w{number}"], [f"x{number + 1}"], **attributes))
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (
            ("x0", (1, layer.n_i, *layer.size)),
            (f"x{len(nodes)}", (1, layer.n_o, *layer.out)),
        )
    ]
    graph = helper.make_graph(nodes, "layer", values[:1], values[1:], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    run = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"]).run
    inputs = {"x0": _random((1, layer.n_i, *layer.size))}
    return lambda: run(None, inputs)


def _random(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def seconds(run: Callable[[], object]) -> float:
    """Return the seconds of one run, of as many in a row as a clock can tell."""
    begin, runs = perf_counter(), 0
    while perf_counter() - begin < _AT_LEAST_S:
        run()
        runs += 1
    return (perf_counter() - begin) / runs


def least(sides: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the least seconds of each side, which take turns."""
    for side in sides:
        side()
    taken = [[seconds(side) for side in sides] for _ in range(rounds)]
    return [min(each) for each in zip(*taken, strict=True)]


def measured_machine(rounds: int) -> Machine:
    """Measure what one core of this machine reaches: MAC/s in a product of matrices, byte/s in a copy."""
    wide = Layer(1024, 1024, kernel=1, size=28)
    (taken,) = least([runner(wide, separable=False)], rounds)
    macs = compare(wide, ["standard"]).schemes[0].cost.macs
    source = np.ones(_COPIED_BYTES, dtype=np.uint8)
    target = np.empty_like(source)
    (copying,) = least([lambda: np.copyto(target, source)], rounds)
    # A copy reads each byte and writes each.
    return Machine(round(macs / taken), round(2 * _COPIED_BYTES / copying), 4, "this machine, one core")


def timed(layer: Layer, machine: Machine, rounds: int) -> Timed:
    """Time a layer as it is and separable, beside what its bound says."""
    sides = [runner(layer, separable) for separable in (False, True)]
    comparison = compare(layer, ["separable"])
    bound = roofline(comparison, Execution(machine)).scheme("separable").saving
    return Timed(layer, float(comparison.schemes[0].saving.macs), float(bound), *least(sides, rounds))


def main(rounds: int) -> None:
    """Print the machine, each layer's order in the bound and in the clock, and how many agree."""
    machine = measured_machine(rounds)
    print(
        f"{machine.name}: {machine.peak / 1e9:.1f} G MAC/s, {machine.bandwidth / 1e9:.1f} G byte/s, "
        f"balance {float(machine.balance):.1f} MACs/byte"
    )
    print(f"onnxruntime {onnxruntime.__version__}, one thread, least of {rounds} turns")
    print(f"{'layer':<34}{'MACs':>8}{'bound':>8}{'time':>8}{'standard':>12}{'separable':>12}  same order")
    found = []
    for layer in LAYERS:
        row = timed(layer, machine, rounds)
        found.append(row)
        size, kernel = ("x".join(map(str, pair)) for pair in (layer.size, layer.kernel))
        name = f"{layer.n_i}->{layer.n_o}, {kernel}, {size}, stride {layer.stride[0]}"
        print(
            f"{name:<34}{row.macs:>7.2f}x{row.bound:>7.2f}x{row.measured:>7.2f}x"
            f"{row.standard_s * 1e6:>9.0f} us{row.separable_s * 1e6:>9.0f} us  "
            f"{'yes' if row.agrees else 'no'}",
            flush=True,
        )
    by_macs = sum((row.macs > 1) == (row.measured > 1) for row in found)
    print(f"same order by the bound: {sum(row.agrees for row in found)} of {len(found)}")
    print(f"same order by MACs alone: {by_macs} of {len(found)}")
    nearer = sum(row.bound_is_nearer for row in found)
    print(f"saving nearer to the measured one by the bound than by MACs: {nearer} of {len(found)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
