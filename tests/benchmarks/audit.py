"""What an audit costs: against importing what it stands on, another counter, and a tenth of the layers.

And what the fit of a network's width costs, against one audit of it.

Run from the repository, sepcost installed with its extra onnx: python -m tests.benchmarks.audit [RUNS]
The other counter is the package onnx-tool; its row is left out where that is not installed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import onnx

from tests.benchmarks.network_scale import FEW, MANY, onnx_file, toml_file
from tests.benchmarks.ratio import SEPCOST, Row, away_from_the_sources, importing, main

RESNET_50 = str(Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx")
MOBILENET_V2 = str(Path(__file__).parents[2] / "examples" / "mobilenet_v2.toml")
OTHER_COUNTER = "import sys; from onnx_tool import model_profile; model_profile(sys.argv[1])"


def rows(folder: Path) -> Iterator[Row]:
    """Yield the claims; `folder` is where the networks of many layers are written."""
    yield Row(
        "audit of ResNet-50",
        floor=importing("click, onnx.shape_inference"),
        ours=[SEPCOST, "audit", RESNET_50],
        at_most=1.3,
    )
    if find_spec("onnx_tool") is None:
        print("onnx-tool is not installed: not measured against it")
    else:
        yield Row(
            "audit of ResNet-50, against onnx-tool",
            floor=[sys.executable, "-P", "-c", OTHER_COUNTER, RESNET_50],
            ours=[SEPCOST, "audit", RESNET_50],
            at_most=1.0,
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
