"""An ONNX model made fit for shape inference: small, of one form, and free of stated shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from sepcost.core.errors import FieldError
from sepcost.network.onnx.geometry import refuse, shown
from sepcost.network.onnx.graph import is_standard, subgraphs

_LARGEST_SHAPE_TENSOR = 4096
"""Bytes; whatever is larger holds weights, not lengths, and inference needs its shape alone."""

_LENGTHS = (6, 7)
"""Types of lengths, as ONNX numbers them: int32, int64."""

_COMPUTED = frozenset(
    ["Add", "Cast", "Concat", "Constant", "Gather", "Mul", "Shape", "Slice", "Squeeze", "Sub", "Unsqueeze"]
)
"""What shape inference computes lengths with."""

_MOST_AXES = 512
_MOST_LENGTHS = 2**20
_MOST_CALLED_BYTES = 2**26
_OLDEST_IR = 4
"""From this version on an initializer need not be an input too, and is a constant where it is none."""

_NUMBER_FIELDS = [
    "raw_data",
    "float_data",
    "int32_data",
    "int64_data",
    "uint64_data",
    "double_data",
    "string_data",
    "external_data",
]
_EXTERNAL = 1
_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
"""Bytes of one number, by data type; types of odd sizes are left out."""


def normalize(model: Any) -> None:
    """Check a parsed model's outer form, drop the numbers of its weights, and spell it in one way."""
    graph = model.graph
    if not graph.node:
        refuse("holds no operators: it is no ONNX model, or a truncated one")
    if not model.opset_import:
        refuse("states no operator set: it is no ONNX model, or a truncated one")
    for opset in model.opset_import:
        if opset.domain == "ai.onnx":
            opset.domain = ""
    model.ClearField("training_info")
    model.ir_version = max(model.ir_version, _OLDEST_IR)
    for function in model.functions:
        _normalize_nodes(_nodes(function.node))
    for nested in _graphs(graph):
        _normalize_nodes(nested.node)
        for tensor in nested.initializer:
            _drop_numbers(tensor)
        for sparse in nested.sparse_initializer:
            _drop_numbers(sparse.values)
    held = {tensor.name for tensor in graph.initializer}
    held.update(sparse.values.name for sparse in graph.sparse_initializer)
    inputs = [value for value in graph.input if value.name not in held]
    del graph.input[:]
    graph.input.extend(inputs)


def check_tensors(graph: Any) -> None:
    """Refuse a tensor that is written twice in one graph, and lengths that grow past all bounds.

    Of a file that says either, shape inference would say something else, or nothing for a long time.
    """
    for nested in _graphs(graph):
        longest: dict[str, int] = {}
        names = [tensor.name for tensor in nested.initializer]
        names += [sparse.values.name for sparse in nested.sparse_initializer]
        written = {value.name for value in nested.input}
        for name in (*names, *(name for node in nested.node for name in node.output if name)):
            if name in written:
                raise FieldError(f"tensor {shown(name)}", "is written twice")
            written.add(name)
        for tensor in nested.initializer:
            if tensor.data_type in _LENGTHS and len(tensor.dims) < 2:
                longest[tensor.name] = prod(tensor.dims)
        for node in nested.node:
            _grow(node, longest)


def _grow(node: Any, longest: dict[str, int]) -> None:
    """Take note of how many lengths a node writes at most, which inference computes one by one."""
    if node.op_type not in _COMPUTED:
        return
    read = [longest[name] for name in node.input if name in longest]
    count = sum(read) if node.op_type == "Concat" else max(read, default=0)
    if node.op_type in ("Shape", "Constant"):
        count = _MOST_AXES
    if count > _MOST_LENGTHS:
        raise FieldError(f"tensor {shown(node.output[0])}", f"has more than {_MOST_LENGTHS} lengths")
    if count:
        longest.update(dict.fromkeys(filter(None, node.output), count))


def check_calls(model: Any) -> None:
    """Refuse functions that stand for standard operators, call themselves or grow past all bounds."""
    for function in model.functions:
        if is_standard(function):
            # ONNX leaves open whether a function or a standard operator of its name is meant by a call.
            refuse(
                f"its function {shown(function.name)} is in the domain of standard operators: give it another"
            )
    functions = {(f.domain, f.name, f.overload): list(_nodes(f.node)) for f in model.functions}
    sizes: dict[tuple[str, str, str], int] = {}
    waiting = list(functions)
    entered: set[tuple[str, str, str]] = set()
    while waiting:
        key = waiting[-1]
        if key in sizes:
            waiting.pop()
            continue
        calls = [call for node in functions[key] if (call := _call(node)) in functions]
        missing = [call for call in calls if call not in sizes]
        if not missing:
            sizes[key] = sum(node.ByteSize() for node in functions[key]) + sum(sizes[call] for call in calls)
            waiting.pop()
        elif key in entered:
            refuse(f"its function {shown(key[1])} calls itself")
        else:
            entered.add(key)
            waiting += missing
    total = sum(sizes.get(_call(node), 0) for node in _nodes(model.graph.node))
    if total > _MOST_CALLED_BYTES:
        refuse("its functions are too large once they are inlined")


def forget_stated(graph: Any, lengths: dict[str, int]) -> None:
    """Drop the shapes that a file states within, so that inference alone says what they are.

    Those written by operators of other domains stay, for nothing else is known of them; named
    dimensions in them get their lengths.
    """
    for nested in _graphs(graph):
        foreign = {name for node in nested.node if not is_standard(node) for name in node.output}
        # Of an output that is stated twice the shape counts, wherever it stands.
        values = sorted((*nested.output, *nested.value_info), key=_has_shape)
        kept = {value.name: value for value in values if value.name in foreign}
        del nested.value_info[:]
        nested.value_info.extend(kept.values())
        for value in nested.value_info:
            _fix_named(value.type.tensor_type.shape.dim, lengths)
        stated = {value.name: value.type for value in nested.value_info}
        inputs = () if nested is graph else nested.input
        for value in (*nested.output, *inputs):
            if value.name in stated:
                value.type.CopyFrom(stated[value.name])
            elif _has_shape(value):
                value.type.tensor_type.ClearField("shape")


def _normalize_nodes(nodes: Iterable[Any]) -> None:
    for node in nodes:
        if node.domain == "ai.onnx":
            node.domain = ""
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    _drop_numbers(attribute.t)


def _drop_numbers(tensor: Any) -> None:
    """Empty a large tensor; what is left are its type and shape."""
    if tensor.data_location == _EXTERNAL:
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
        return
    if tensor.ByteSize() <= _LARGEST_SHAPE_TENSOR:
        return
    size = _BYTES.get(tensor.data_type)
    if size and tensor.HasField("raw_data") and len(tensor.raw_data) != size * prod(tensor.dims):
        raise FieldError(
            f"tensor {shown(tensor.name)}",
            "holds another count of numbers than its shape: the file is damaged",
        )
    for field in _NUMBER_FIELDS:
        tensor.ClearField(field)


def _has_shape(value: Any) -> bool:
    return bool(value.type.tensor_type.HasField("shape"))


def _fix_named(dims: Iterable[Any], lengths: dict[str, int]) -> None:
    for dim in dims:
        if dim.dim_param in lengths:
            dim.dim_value = lengths[dim.dim_param]


def _graphs(*outer: Any) -> Iterator[Any]:
    """Yield graphs and those in their nodes, however deep."""
    waiting = list(outer)
    while waiting:
        graph = waiting.pop()
        yield graph
        waiting += [nested for node in graph.node for nested in subgraphs(node)]


def _nodes(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield nodes, and those of every graph in them."""
    own = list(nodes)
    yield from own
    for graph in _graphs(*(graph for node in own for graph in subgraphs(node))):
        yield from graph.node


def _call(node: Any) -> tuple[str, str, str]:
    return node.domain, node.op_type, node.overload
