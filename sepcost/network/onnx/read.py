"""Networks in ONNX files: the only door to the `onnx` package.

A file is parsed, stripped of what costs time or cannot be trusted (the numbers of its weights, the
shapes that it states), its shapes are inferred anew, and it is read. No other file is ever opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from sepcost.core.errors import FieldError, FileError, MissingExtraError, QuantityError, printable
from sepcost.core.files import Path, read_bytes
from sepcost.network.model import Network, clean_name
from sepcost.network.onnx.inputs import fix_inputs
from sepcost.network.onnx.isolation import CallFailedError, isolated
from sepcost.network.onnx.layers import findings
from sepcost.network.onnx.network import network_of
from sepcost.network.onnx.prepare import check_calls, check_tensors, forget_stated, normalize

LARGEST_ONNX = 2**31 - 1
"""The most that the format holds in one file, in bytes."""


def read_onnx(path: Path, input_shape: Sequence[int] | None = None, unbatched: bool = False) -> Network:
    """Read a network from an ONNX file.

    input_shape: the whole shape, batch first, of the model's first input that is a tensor and no
    initializer; it fixes open dimensions there, and those of the same name in every other input.
    unbatched: whether that input has no batch in front.
    Layers are in file order; of `If`, those of the branch of more MACs. Raises FileError, which names
    the operator, tensor or dimension at fault; MissingExtraError without the `onnx` package.
    """
    shown = os.fspath(path)
    library = _library()
    try:
        model = _parsed(library, read_bytes(path, LARGEST_ONNX))
        normalize(model)
        if model.functions:
            check_calls(model)
            model = _through(_inlined, model, "its functions cannot be inlined")
            # One of another operator set is not inlined: a call of it is opaque, and its body unseen.
            model.ClearField("functions")
        check_tensors(model.graph)
        fixed = fix_inputs(model.graph, input_shape, unbatched)
        forget_stated(model.graph, fixed.lengths)
        library.defs.has("Conv")  # has the operators registered here, once, and not in every child
        model = _through(_inferred, model, "its shapes cannot be inferred")
        name = clean_name(os.path.splitext(os.path.basename(shown))[0])
        return network_of(name, findings(model.graph, fixed), fixed)
    except (FieldError, QuantityError) as error:
        raise FileError(shown, str(error)) from None


def _library() -> Any:
    try:
        import onnx
        import onnx.defs
        import onnx.shape_inference
    except ImportError:
        raise MissingExtraError("reading ONNX files", "onnx") from None
    return onnx


def _parsed(library: Any, content: bytes) -> Any:
    try:
        return library.ModelProto.FromString(content)
    except Exception:  # a DecodeError, of whichever protobuf there is
        raise QuantityError("is no ONNX model, or a damaged one") from None


def _through(call: Callable[[bytes], bytes], model: Any, problem: str) -> Any:
    """Return what a call of the library makes of a model."""
    try:
        return type(model).FromString(isolated(call, model.SerializeToString()))
    except CallFailedError as error:
        lines = str(error).splitlines() or [""]
        raise QuantityError(f"{problem}: {printable(lines[0][:160])}") from None
    except Exception:  # as above, of a model grown past what can be parsed
        raise QuantityError(problem) from None


def _inlined(content: bytes) -> bytes:
    from onnx import ModelProto
    from onnx.inliner import inline_local_functions

    return bytes(inline_local_functions(ModelProto.FromString(content)).SerializeToString())


def _inferred(content: bytes) -> bytes:
    from onnx.shape_inference import infer_shapes

    # Weights are often made by nodes, from shapes that are numbers in the model: data_prop follows those.
    return bytes(infer_shapes(content, data_prop=True).SerializeToString())
