"""Keras descriptions written by hand: the tables that `model.save` puts into config.json."""

import json
import zipfile
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


def archived(folder, content, name="config.json"):
    path = folder / "net.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr(name, content if isinstance(content, (str, bytes)) else json.dumps(content))
        archive.writestr("model.weights.h5", b"\x89HDF never opened")
    return path


def description_in(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def layer(kind, name, *reads, module="keras.layers", built=None, calls=None, given=None, **config):
    """A layer's entry; `reads` are names of layers, or (name, call, output); for a merge a list of them.

    given: what each call is given by name.
    """
    inbound = calls if calls is not None else [reads] if reads or given else []
    made = {
        "module": module,
        "class_name": kind,
        "config": {"name": name, **config},
        "name": name,
        "inbound_nodes": [
            {
                "args": [_argument(one) for one in call],
                "kwargs": {name: _argument(one) for name, one in (given or {}).items()},
            }
            for call in inbound
        ],
    }
    return made | ({"build_config": {"input_shape": built}} if built else {})


def stated(name, shape, call=0, output=0):
    """What a layer reads, with the shape that the file gives it."""
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": shape, "dtype": "float32", "keras_history": [name, call, output]},
    }


def numbers(*shape, dtype="float32"):
    """Ones that stand in the description itself."""
    value = 1.0
    for length in shape[::-1]:
        value = [value] * length
    return {"class_name": "__numpy__", "config": {"value": value, "dtype": dtype}}


def part(start=None, stop=None, step=None):
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}


def _argument(read):
    if isinstance(read, list):
        return [_argument(one) for one in read]
    if isinstance(read, (dict, int)) or read is None:
        return read
    name, call, output = read if isinstance(read, tuple) else (read, 0, 0)
    return stated(name, None, call, output)


def image(*shape, name="x"):
    return layer("InputLayer", name, batch_shape=[None, *shape])


def functional(*layers, inputs=("x",), outputs=None, name="net"):
    last = outputs or [layers[-1]["name"]]
    return {
        "module": "keras",
        "class_name": "Functional",
        "config": {
            "name": name,
            "layers": list(layers),
            "input_layers": [[one, 0, 0] for one in inputs],
            "output_layers": [[one, 0, 0] if isinstance(one, str) else list(one) for one in last],
        },
    }


def sequential(*layers, name="net"):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}
