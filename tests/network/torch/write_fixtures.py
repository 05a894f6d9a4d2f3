"""Write the archives in tests/network/fixtures: what PyTorch and Keras save, without weights and traces.

Run as `python -m tests.network.torch.write_fixtures` where both are installed.
"""

import json
import tempfile
import zipfile
from pathlib import Path

import torch

from tests.network.torch.counted import COUNTED, SIX
from tests.network.torch.models import NETWORKS, saved

FIXTURES = Path(__file__).parents[1] / "fixtures"


def lean(program):
    """A program without what no reader of sizes needs."""
    for node in program["graph_module"]["graph"]["nodes"]:
        for key in ("stack_trace", "from_node"):
            node["metadata"].pop(key, None)
    for tensor in program["graph_module"]["graph"]["tensor_values"].values():
        for key in ("strides", "storage_offset", "device"):
            tensor.pop(key)
    program["graph_module"]["module_call_graph"] = []
    return program


def written(name, entry, table):
    """Write an archive of one JSON text, the same bytes whenever it is written."""
    with zipfile.ZipFile(FIXTURES / name, "w") as archive:
        text = json.dumps(table, separators=(",", ":"))
        archive.writestr(zipfile.ZipInfo(entry), text, zipfile.ZIP_DEFLATED, compresslevel=9)


def main():
    for network in NETWORKS:
        write_pt2(network.__name__.lower(), network, batch=2)
    for name, network in COUNTED.items():
        write_pt2(f"counted/{name}", network, batch=1)
    for name, network in SIX.items():
        write_onnx(f"counted/{name}", network, folded=True)
        if any(isinstance(module, torch.nn.BatchNorm2d) for module in network().modules()):
            write_onnx(f"counted/{name}_kept", network, folded=False)
    write_keras()


def write_pt2(name, network, batch):
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), network(), (torch.zeros(batch, *network.size),), dynamic=batch > 1)
        with zipfile.ZipFile(path) as archive:
            program = lean(json.loads(archive.read("net/models/model.json")))
    written(f"{name}.pt2", "net/models/model.json", program)


def write_onnx(name, network, folded):
    """A file of the older exporter without weights, its normalizations folded into convolutions or kept."""
    import onnx

    mode = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
    path = FIXTURES / f"{name}.onnx"
    x = torch.zeros(1, *network.size)
    torch.onnx.export(
        network().eval(),
        (x,),
        path,
        dynamo=False,
        training=mode,
        do_constant_folding=folded,
        opset_version=17,
    )
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            tensor.ClearField("raw_data")
    for node in model.graph.node:
        node.ClearField("doc_string")
    onnx.save(model, path)


def write_keras():
    import keras

    from tests.network.torch.keras_models import MODELS

    for name, made in MODELS.items():
        keras.utils.clear_session()  # which counts layers, for their names
        with tempfile.TemporaryDirectory() as folder:
            made().save(Path(folder) / "net.keras")
            with zipfile.ZipFile(Path(folder) / "net.keras") as archive:
                description = json.loads(archive.read("config.json"))
        written(f"{name}.keras", "config.json", plain(description))


def plain(description):
    """A description without what no reader of sizes needs."""
    if isinstance(description, list):
        return [plain(one) for one in description]
    if not isinstance(description, dict):
        return description
    left_out = ("initializer", "regularizer", "constraint", "shared_object_id", "compile_config")
    return {key: plain(one) for key, one in description.items() if not key.endswith(left_out)}


if __name__ == "__main__":
    main()
