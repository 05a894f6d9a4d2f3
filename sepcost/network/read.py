"""Networks in files of any format, told apart by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sepcost.core.errors import FieldError, FileError, QuantityError, as_given, quoted
from sepcost.core.files import EXPORTED, Path, ending, refuse_absent
from sepcost.core.quantity import Lengths
from sepcost.network.model import Network

InputShape = Sequence[int] | Mapping[str, Sequence[int]]
"""The shape of the first input, or shapes by the names of inputs, '' for the first."""

FORMATS = ("toml", *EXPORTED)

_EXPORT_TORCH = "torch.export.save(torch.export.export(model, (x,)), 'net.pt2')"
_EXPORT_KERAS = "model.save('net.keras')"
_CONVERT_TF = "open('net.tflite', 'wb').write(tf.lite.TFLiteConverter.from_saved_model(folder).convert())"
_MADE_WITH = {
    "pt": _EXPORT_TORCH,
    "pth": _EXPORT_TORCH,
    "torchscript": _EXPORT_TORCH,
    "jit": _EXPORT_TORCH,
    "ckpt": _EXPORT_TORCH,
    "bin": _EXPORT_TORCH,
    "ptl": _EXPORT_TORCH,
    "safetensors": _EXPORT_TORCH,
    "py": _EXPORT_TORCH,
    "ipynb": _EXPORT_TORCH,
    "pte": _EXPORT_TORCH,
    "mar": _EXPORT_TORCH,
    "h5": _EXPORT_KERAS,
    "hdf5": _EXPORT_KERAS,
    "pb": _CONVERT_TF,
    "mlmodel": _EXPORT_TORCH,
    "mlpackage": _EXPORT_TORCH,
    "pdmodel": "paddle.onnx.export(layer, 'net', input_spec=[x])",
    "ort": "onnx.save(model, 'net.onnx')",
    "xml": _EXPORT_TORCH,
    "engine": _EXPORT_TORCH,
    "trt": _EXPORT_TORCH,
    "gguf": _EXPORT_TORCH,
}
"""The line of Python that makes a file to be read, by the ending of one that holds no graph to be read."""

_PACKED = ("tar", "gz", "zip")
"""Endings that are added to another: net.pth.tar."""

_IN_SAVED_MODEL = "saved_model.pb"
"""The file of a folder that TensorFlow saved a model as."""


def read_network(
    path: Path,
    width: Fraction | None = None,
    size: Lengths | None = None,
    input_shape: InputShape | None = None,
    unbatched: bool = False,
) -> Network:
    """Read a network from a file that ends in .toml, .onnx, .tflite, .pt2 or .keras.

    width, size: for TOML, as `read_toml` takes them. input_shape: for the others, the whole shape of
    their first input, batch first; for ONNX also shapes by the names of inputs.
    unbatched: for the others, whether that has no batch in front.
    Raises FileError, FieldError for an option of another format.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise QuantityError(f"{as_given(path)} is no path: give a live module to sepcost.torch.read_module")
    format_ = format_of(path)
    if format_ == "toml":
        if input_shape is not None:
            raise FieldError("input_shape", "is for exported networks: one in TOML has its own size")
        if unbatched:
            raise FieldError("unbatched", "is for exported networks: one in TOML never has a batch in front")
        from sepcost.network.toml.read import read_toml

        return read_toml(path, width, size)
    for option, value in (("width", width), ("size", size)):
        if value is not None:
            raise FieldError(option, f"is for TOML networks: a file of {format_.upper()} has its own sizes")
    if format_ == "onnx":
        from sepcost.network.onnx.read import read_onnx

        return read_onnx(path, input_shape, unbatched)
    first = _of_the_first(input_shape)
    if format_ == "pt2":
        from sepcost.network.pt2 import read_pt2

        return read_pt2(path, first, unbatched)
    if format_ == "keras":
        from sepcost.network.keras.read import read_keras

        return read_keras(path, first, unbatched)
    from sepcost.network.tflite.read import read_tflite

    return read_tflite(path, first, unbatched)


def _of_the_first(given: InputShape | None) -> Sequence[int] | None:
    """Return the shape that is given for the first input; FieldError for that of another one."""
    if not isinstance(given, Mapping):
        return given
    if named := [name for name in given if name]:
        raise FieldError("input_shape", f"names the input {quoted(named[0])}, which is for ONNX files")
    return given.get("")


def format_of(path: Path) -> str:
    """Return which of FORMATS a file's ending says.

    Raises FileError where there is no file, and for another ending, with the mend.
    """
    refuse_absent(path)
    shown = os.fspath(path)
    found = ending(shown)
    if found in FORMATS:
        return found
    if os.path.isfile(os.path.join(shown, _IN_SAVED_MODEL)):
        found = "pb"
    elif found in _PACKED:
        found = ending(os.path.splitext(shown)[0])
    if found in _MADE_WITH:
        raise FileError(shown, f"holds no graph that is read; this makes one: {_MADE_WITH[found]}")
    listed = ", ".join(f".{known}" for known in FORMATS[:-1])
    raise FileError(shown, f"is no network: its name ends in none of {listed} and .{FORMATS[-1]}")
