"""Networks in files of either format, told apart by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction

from sepcost.core.errors import FieldError, FileError
from sepcost.core.files import Path
from sepcost.core.layer import Pair
from sepcost.network.model import Network


def read_network(
    path: Path,
    width: Fraction | None = None,
    size: Pair | None = None,
    input_shape: Sequence[int] | None = None,
    unbatched: bool = False,
) -> Network:
    """Read a network from a file that ends in .toml or .onnx.

    width, size: for TOML, as `read_toml` takes them. input_shape: for ONNX, as `read_onnx` takes it.
    unbatched: of an ONNX file, whether its input has no batch in front; a TOML network never has one.
    Raises FileError, FieldError for an option of the other format, MissingExtraError without `onnx`.
    """
    if format_of(path) == "toml":
        if input_shape is not None:
            raise FieldError("input_shape", "is for ONNX files: a TOML network has its own size")
        from sepcost.network.toml import read_toml

        return read_toml(path, width, size)
    for option, value in (("width", width), ("size", size)):
        if value is not None:
            raise FieldError(option, "is for TOML networks: an ONNX file has its own sizes")
    from sepcost.network.onnx.read import read_onnx

    return read_onnx(path, input_shape, unbatched)


def format_of(path: Path) -> str:
    """Return 'toml' or 'onnx', as a file's ending says; FileError for another ending."""
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending not in (".toml", ".onnx"):
        raise FileError(os.fspath(path), "is no network: its name ends in neither .toml nor .onnx")
    return ending.removeprefix(".")
