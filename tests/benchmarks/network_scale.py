"""Time that 10,000 layers take, against 1,000: at most ten times as long.

Run from the repository: python tests/benchmarks/network_scale.py [RUNS]
"""

import sys
import tempfile
from pathlib import Path
from time import perf_counter

from onnx import TensorProto, helper

from sepcost.network.audit import audit, changes
from sepcost.network.plan import plan
from sepcost.network.read import read_network

FEW, MANY = 1_000, 10_000


def onnx_file(folder, layers):
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


def toml_file(folder, layers):
    path = folder / f"net{layers}.toml"
    repeated = f"[[layer]]\nout = 8\nkernel = 3\nrepeat = {layers}\n"
    path.write_text(f"channels = 8\nsize = 8\n{repeated}")
    return path


def timed(work, runs):
    times = []
    for _ in range(runs):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return min(times)


def works(folder, layers):
    onnx_path, toml_path = onnx_file(folder, layers), toml_file(folder, layers)
    network = read_network(onnx_path)
    audited = audit(network)
    assert network.weights == layers * 8 * 8 * 9
    target = (audited.totals.macs + audited.replaced.macs) // 2
    return {
        "read ONNX": lambda: read_network(onnx_path),
        "read TOML": lambda: read_network(toml_path),
        "audit": lambda: audit(network).replaced,
        "plan": lambda: plan(audited, "macs", target),
        "changes": lambda: changes(network, network),
    }


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        few, many = works(Path(folder), FEW), works(Path(folder), MANY)
        print(f"{'':12}{FEW:>10,}{MANY:>12,}{'ratio':>8}")
        for name in few:
            short, long = timed(few[name], runs), timed(many[name], runs)
            print(f"{name:12}{short * 1000:7.1f} ms{long * 1000:9.1f} ms{long / short:8.1f}")


if __name__ == "__main__":
    main()
