"""What an audit costs: against importing what it stands on, another counter, and a tenth of the layers.

And what the fit of a network's width costs, against one audit of it.

Run from the repository, sepcost installed with its extra test: python -m tests.benchmarks.audit [RUNS]
The other counter is the package onnx-tool; its row is not measured where that is not installed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from sepcost.network.read import read_network
from tests.benchmarks.chains import keras_file, tflite_file
from tests.benchmarks.network_scale import FEW, MANY, onnx_file, toml_file
from tests.benchmarks.ratio import SEPCOST, Row, away_from_the_sources, importing, main

RESNET_50 = str(Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx")
_ROOT = Path(__file__).resolve().parents[2]
MOBILENET_V2 = str(_ROOT / "examples" / "mobilenet_v2.toml")
MOBILENET_V1 = str(_ROOT / "examples" / "mobilenet_v1.toml")
RESNET_18 = str(_ROOT / "tests" / "network" / "fixtures" / "counted" / "resnet18.pt2")
RESNET_18_TOML = str(_ROOT / "examples" / "resnet18.toml")
OTHER_COUNTER = "import sys; from onnx_tool import model_profile; model_profile(sys.argv[1])"


def onnx_of_weights(folder: Path, count: int) -> Path:
    """Write twelve products by a square of at most `count` weights each, which are holes in the file."""
    side = isqrt(count)
    names = [f"w{number}" for number in range(12)]
    nodes = [
        helper.make_node("MatMul", [f"t{at}", name], [f"t{at + 1}"], name) for at, name in enumerate(names)
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, side]) for name in ("t0", "t12")]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:])
    heads = []
    for name in names:
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[side, side])
        body = tensor.SerializeToString() + b"\x4a" + varint(4 * side * side)
        heads.append(b"\x2a" + varint(len(body) + 4 * side * side) + body)
    start = graph.SerializeToString()
    size = len(start) + sum(map(len, heads)) + 12 * 4 * side * side
    path = folder / f"{side}.onnx"
    model = helper.make_model(helper.make_graph([], "", [], []), opset_imports=[helper.make_opsetid("", 17)])
    model.ClearField("graph")
    with open(path, "wb") as file:
        file.write(model.SerializeToString() + b"\x3a" + varint(size) + start)
        for head in heads:
            file.write(head)
            file.truncate(file.seek(4 * side * side, 1))
    return path


def budgets_file(folder: Path, count: int) -> Path:
    """Write that many budgets on the time of MobileNetV2 and return their path."""
    path = folder / f"budgets{count}.toml"
    keys = f'network = "{MOBILENET_V2}"\nmachine = "h100-fp16"\nmax_time = "1s"\n'
    path.write_text("".join(f'[[budget]]\nname = "budget {each}"\n{keys}' for each in range(count)))
    return path


def varint(number: int) -> bytes:
    """Return a whole number as Protocol Buffers writes it."""
    low = bytearray()
    while number > 127:
        low.append(number & 127 | 128)
        number >>= 7
    return bytes([*low, number])


def rows(folder: Path) -> Iterator[Row]:
    """Yield the claims; `folder` is where the networks of many layers are written."""
    yield Row(
        "audit of ResNet-50",
        floor=importing("click, onnx"),
        ours=[SEPCOST, "audit", RESNET_50],
        at_most=0.7,
    )
    small, large = (str(onnx_of_weights(folder, count)) for count in (2_000, 29_000_000))
    yield Row(
        "audit of a file of 1.4 GB, against one of 100 kB",
        floor=[SEPCOST, "audit", small],
        ours=[SEPCOST, "audit", large],
        at_most=1.3,
    )
    yield Row(
        "audit of ResNet-50, against onnx-tool",
        floor=[sys.executable, "-P", "-c", OTHER_COUNTER, RESNET_50],
        ours=[SEPCOST, "audit", RESNET_50],
        at_most=1.0,
        needs="onnx_tool",
    )
    yield Row(
        "audit of ResNet-18 in .pt2, against the same in TOML",
        floor=[SEPCOST, "audit", RESNET_18_TOML],
        ours=[SEPCOST, "audit", RESNET_18],
        at_most=1.3,
    )
    network = read_network(MOBILENET_V1)
    for ending, write_chain in ((".keras", keras_file), (".tflite", tflite_file)):
        yield Row(
            f"audit of MobileNetV1 in {ending}, against the same in TOML",
            floor=[SEPCOST, "audit", MOBILENET_V1],
            ours=[SEPCOST, "audit", str(write_chain(folder, network))],
            at_most=1.3,
        )
    one, thousand = (str(budgets_file(folder, count)) for count in (1, 1_000))
    yield Row(
        "check of 1,000 budgets on one network, against one",
        floor=[SEPCOST, "check", one],
        ours=[SEPCOST, "check", thousand],
        at_most=2.0,
    )
    many = str(toml_file(folder, MANY))
    yield Row(
        f"{MANY:,} layers on a terminal, against the same piped",
        floor=["sh", "-c", f"{SEPCOST} audit {many} | cat"],
        ours=[SEPCOST, "audit", many],
        at_most=1.5,
        on_terminal=True,
    )
    for format_, write in (("ONNX", onnx_file), ("TOML", toml_file)):
        yield Row(
            f"{MANY:,} layers of {format_} against {FEW:,}",
            floor=[SEPCOST, "audit", str(write(folder, FEW))],
            ours=[SEPCOST, "audit", str(write(folder, MANY))],
            at_most=MANY / FEW,
        )
    for what, path, limit in (
        ("MobileNetV2", MOBILENET_V2, "97M"),
        (f"{MANY:,} layers", many, str(MANY * 8 * 8 * 9 * 64 * 7)),
    ):
        yield Row(
            f"fit of the width of {what}, against its audit",
            floor=[SEPCOST, "audit", path],
            ours=[SEPCOST, "fit", path, "--max-macs", limit],
            at_most=4.0,
        )


if __name__ == "__main__":
    away_from_the_sources()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(list(rows(Path(folder)))))
