"""Exported programs written by hand, and a second reader of them that shares no code with the first."""

import copy
import json
import zipfile
from math import prod
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


def program_in(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("net/models/model.json"))


def archived(folder, program, name="net/models/model.json", method=zipfile.ZIP_DEFLATED, weights=None):
    """An archive that holds a program, or a text instead of it. weights: in which part each parameter is."""
    path = folder / "net.pt2"
    text = program if isinstance(program, (str, bytes)) else json.dumps(program)
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(name, text)
        if weights is not None:
            archive.writestr("net/data/weights/model_weights_config.json", json.dumps({"config": weights}))
    return path


def tensor(*sizes, dtype=7):
    stated = [{"as_expr": {"expr_str": s}} if isinstance(s, str) else {"as_int": s} for s in sizes]
    return {"dtype": dtype, "sizes": stated}


def ref(name):
    return {"as_tensor": {"name": name}}


def program(nodes, tensors, parameters=(), inputs=("x",), buffers=()):
    """A program; `nodes` are target, arguments, outputs and, where it matters, a module stack."""
    specs = [
        {"parameter": {"arg": {"name": name}, "parameter_name": name.replace("_", ".")}}
        for name in parameters
    ]
    specs += [
        {"buffer": {"arg": {"name": name}, "buffer_name": name, "persistent": True}} for name in buffers
    ]
    specs += [{"user_input": {"arg": ref(name)}} for name in inputs]
    written = [
        {
            "target": target,
            "inputs": [{"name": key, "arg": value} for key, value in arguments.items()],
            "outputs": [ref(name) for name in outputs],
            "metadata": {"nn_module_stack": more[0]} if more else {},
        }
        for target, arguments, outputs, *more in nodes
    ]
    return {
        "graph_module": {
            "graph": {
                "inputs": [],
                "outputs": [],
                "nodes": written,
                "tensor_values": tensors,
                "sym_int_values": {},
            },
            "signature": {
                "input_specs": specs,
                "output_specs": [
                    {"user_output": {"arg": ref(written[-1]["outputs"][0]["as_tensor"]["name"])}}
                ],
            },
        }
    }


def counted(content):
    """MACs of a program for one input, by its targets and sizes alone: weights times where they are used."""
    graph = content["graph_module"]["graph"]
    symbols = {"Symbol": lambda *_, **__: 1, "Integer": int, "Mul": lambda *f: prod(f), "True": True}

    def sizes(name):
        stated = graph["tensor_values"][name]["sizes"]
        return [
            s["as_int"] if "as_int" in s else eval(s["as_expr"]["expr_str"], {"__builtins__": {}}, symbols)
            for s in stated
        ]

    total = 0
    for node in graph["nodes"]:
        given = {one["name"]: one["arg"] for one in node["inputs"]}
        name = node["target"].split(".")[-2]
        of = {key: sizes(value["as_tensor"]["name"]) for key, value in given.items() if "as_tensor" in value}
        out = sizes(node["outputs"][0]["as_tensor"]["name"]) if "as_tensor" in node["outputs"][0] else None
        if name == "conv2d":
            total += prod(of["weight"]) * prod(out[2:]) * out[0]
        elif name == "conv_transpose2d":
            total += prod(of["weight"]) * prod(of["input"][2:]) * of["input"][0]
        elif name == "linear":
            total += prod(of["input"]) * of["weight"][0]
        elif name == "scaled_dot_product_attention":
            total += 2 * prod(of["query"]) * of["key"][-2]
    return total


def places(content):
    """Paths to every value in a program, nested as it is."""
    waiting = [((), content)]
    while waiting:
        path, value = waiting.pop()
        yield path
        if isinstance(value, dict):
            waiting += [((*path, key), one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, at), one) for at, one in enumerate(value)]


def changed(content, path, value):
    """A copy in which the value at a path is another one; `...` leaves it out."""
    if not path:
        return None if value is ... else value
    first, *rest = path
    copied = copy.copy(content)
    if not rest and value is ...:
        del copied[first]
    else:
        copied[first] = changed(content[first], rest, value)
    return copied
