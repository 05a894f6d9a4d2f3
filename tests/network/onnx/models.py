"""Small ONNX models to read, and where the onnx wheel keeps its own."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
LIGHT = DATA / "light"
FLOAT = TensorProto.FLOAT
OPSET = 21


def value(name, shape, type_=FLOAT):
    return helper.make_tensor_value_info(name, type_, shape)


def weights(name, shape, type_=FLOAT):
    """An initializer that has a shape and no numbers, as a model whose weights were stripped has."""
    tensor = TensorProto(name=name, data_type=type_)
    tensor.dims.extend(shape)
    return tensor


def lengths(name, numbers):
    return helper.make_tensor(name, TensorProto.INT64, [len(numbers)], numbers)


def node(op, inputs, outputs, name="", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), name=name, **attributes)


def function(name, *nodes, domain="local", opset=OPSET):
    """A function of two inputs, `a` and `b`, and an output `c`."""
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(domain, 1)]
    return helper.make_function(domain, name, ["a", "b"], ["c"], list(nodes), opsets[: 1 + bool(domain)])


def model(nodes, inputs, initializers=(), functions=(), domains=(), opset=OPSET):
    """A model whose only output is the last node's first; `inputs` are names and shapes."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [value(name, shape) for name, shape in inputs.items()],
        [value(nodes[-1].output[0], None)],
        list(initializers),
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, functions=functions)


def conv(x, w, **attributes):
    """One Conv on input `x` with weights `w`."""
    return model([node("Conv", "x w", "y", **attributes)], {"x": x}, [weights("w", w)])


def saved(folder, content):
    """Write a model, or bytes, and return its path."""
    path = folder / "model.onnx"
    path.write_bytes(content if isinstance(content, bytes) else content.SerializeToString())
    return path
