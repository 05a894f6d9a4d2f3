"""Look-ups in tables of the file as layers: rows that are read at places which an input gives."""

from __future__ import annotations

from math import prod

from sepcost.network.layer import NetworkLayer
from sepcost.network.onnx.file import Node
from sepcost.network.onnx.findings import Beside, Findings, Found
from sepcost.network.onnx.held import not_added
from sepcost.network.onnx.layers import layer_of
from sepcost.network.onnx.scope import Scope
from sepcost.network.onnx.shapes import Call
from sepcost.network.onnx.shapes_foreign import packed_in_one
from sepcost.network.onnx.types import PLACES
from sepcost.network.operators import TABLES


def embeddings(node: Node, call: Call, scope: Scope, all_: Findings) -> list[Found]:
    """Return the tables of the file that are read at places from run time; given ones are set beside."""
    op = call.op
    at, tables = TABLES[op]
    places = call.tensor(at)
    if places is None or places.constant or not node.output:
        return []
    written = scope.tensor(node.output[0])
    packed = packed_in_one(call)
    found = []
    for place in tables:
        table = call.tensor(place)
        held = frozenset() if table is None else not_added(table.held)
        if table is None or table.type in PLACES:
            continue
        if not held:
            if table.outside not in ("", scope.reading.inputs.first) and places.value is None:
                given = table.from_outside
                all_.beside.append(Beside(op, frozenset([given._replace(size=given.size * packed)])))
                if table.size is None:
                    all_.opaque[op] += 1
            continue
        held = frozenset(one._replace(size=one.size * packed) for one in held)
        shape = table.shape or (sum(one.size for one in held) // packed,)
        rows = shape[0] if len(shape) > 1 else 1
        layer = layer_of(
            node,
            held,
            NetworkLayer(node.name, op, rows, prod(shape) * packed // max(rows, 1), positions=0),
            reads=None if written is None else written.size,
            writes=None if written is None else written.size,
        )
        found.append(Found(layer, held, places.batch))
    return found
