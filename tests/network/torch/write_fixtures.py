"""Write the archives in tests/network/fixtures: what torch.export.save writes, without weights and traces.

Run as `python -m tests.network.torch.write_fixtures` where PyTorch is installed.
"""

import json
import tempfile
import zipfile
from pathlib import Path

import torch

from tests.network.torch.models import NETWORKS, saved

FIXTURES = Path(__file__).parents[1] / "fixtures"


def lean(program):
    """A program without what no reader of sizes needs."""
    for node in program["graph_module"]["graph"]["nodes"]:
        for key in ("stack_trace", "torch_fn", "from_node"):
            node["metadata"].pop(key, None)
    for tensor in program["graph_module"]["graph"]["tensor_values"].values():
        for key in ("strides", "storage_offset", "device"):
            tensor.pop(key)
    program["graph_module"]["module_call_graph"] = []
    return program


def main():
    for network in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            path = saved(Path(folder), network(), (torch.zeros(2, *network.size),))
            with zipfile.ZipFile(path) as archive:
                program = lean(json.loads(archive.read("net/models/model.json")))
        with zipfile.ZipFile(
            FIXTURES / f"{network.__name__.lower()}.pt2", "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as archive:
            archive.writestr("net/models/model.json", json.dumps(program, separators=(",", ":")))


if __name__ == "__main__":
    main()
