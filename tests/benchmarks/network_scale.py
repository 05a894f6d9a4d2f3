"""Time that 10,000 layers take against 1,000: a layer among many takes at most twice as long.

Run from the repository, sepcost installed with its extra test:
python -m tests.benchmarks.network_scale [RUNS]
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from onnx import TensorProto, helper

from sepcost.__main__ import COLLECTING
from sepcost.hardware.execution import USUAL_EXECUTION
from sepcost.network.audit import audit
from sepcost.network.changes import changes
from sepcost.network.measure import Measures
from sepcost.network.plan import planned
from sepcost.network.read import read_network

FEW, MANY = 1_000, 10_000
LEAST_RUNS = 5
AT_MOST = 2 * MANY / FEW
"""Sorting and colder caches leave it above 10; what looks at all pairs of layers takes 100 times as long."""


def onnx_file(folder: Path, layers: int) -> Path:
    """Write a network of equal layers as ONNX and return its path."""
    nodes, held = [], []
    for number in range(layers):
        weights = TensorProto(name=f"w{number}", data_type=TensorProto.FLOAT, dims=[8, 8, 3, 3])
        nodes.append(helper.make_node("Conv", [f"t{number}", weights.name], [f"c{number}"], pads=[1] * 4))
        nodes.append(helper.make_node("Relu", [f"c{number}"], [f"t{number + 1}"]))
        held.append(weights)
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 8, 8, 8]) for name in ("t0", f"t{layers}")
    ]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], held)
    path = folder / f"net{layers}.onnx"
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()
    )
    return path


def toml_file(folder: Path, layers: int) -> Path:
    """Write the same network as TOML and return its path."""
    path = folder / f"net{layers}.toml"
    repeated = f"[[layer]]\nout = 8\nkernel = 3\nrepeat = {layers}\n"
    path.write_text(f"channels = 8\nsize = 8\n{repeated}")
    return path


def least_seconds(work: Callable[[], object], runs: int) -> float:
    """Return the least CPU time of several runs."""
    times = []
    for _ in range(runs):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)


def works(folder: Path, layers: int) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name, on a network of that many layers."""
    onnx_path, toml_path = onnx_file(folder, layers), toml_file(folder, layers)
    network = read_network(onnx_path)
    audited = audit(network)
    assert network.weights == layers * 8 * 8 * 9
    target = (audited.totals.macs + audited.replaced.macs) // 2
    measures = Measures(network, USUAL_EXECUTION, audited)
    return {
        "read ONNX": lambda: read_network(onnx_path),
        "read TOML": lambda: read_network(toml_path),
        "audit": lambda: audit(network).replaced,
        "plan": lambda: planned(measures, "macs", target),
        "changes": lambda: changes(network, network),
    }


WORKS = ("read ONNX", "read TOML", "audit", "plan", "changes")


def measured(folder: Path, runs: int) -> dict[str, tuple[float, float]]:
    """Return the seconds of each work on few layers and on many, by name, as the program collects garbage."""
    gc.set_threshold(*COLLECTING)
    few, many = works(folder, FEW), works(folder, MANY)
    return {name: (least_seconds(few[name], runs), least_seconds(many[name], runs)) for name in WORKS}


def main(folder: Path, runs: int) -> int:
    """Print a table, and return 0 where every ratio holds, else 1."""
    print(f"{'what':12}{FEW:>10,}{MANY:>12,}{'ratio':>8}{'at most':>9}")
    held = True
    for name, (short, long) in measured(folder, runs).items():
        held = held and long <= AT_MOST * short
        print(f"{name:12}{short * 1000:7.1f} ms{long * 1000:9.1f} ms{long / short:8.1f}{AT_MOST:9.1f}")
    return 0 if held else 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        runs = max(LEAST_RUNS, int(sys.argv[1]) if len(sys.argv) > 1 else LEAST_RUNS)
        sys.exit(main(Path(folder), runs))
