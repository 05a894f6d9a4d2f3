"""Networks in ONNX files, read from the format itself.

A file's graph is walked once, node by node, with the shapes and lengths that follow; the numbers of its
weights are passed over, the shapes that it states are not believed, and no other file is ever opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sepcost.core.errors import FieldError, FileError, QuantityError, quoted
from sepcost.core.files import Path, opened_input, stem
from sepcost.network.model import Network
from sepcost.network.names import clean_name
from sepcost.network.onnx.file import Model
from sepcost.network.onnx.inputs import fix_inputs
from sepcost.network.onnx.network import network_of
from sepcost.network.onnx.problems import refuse
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.walk import read_graph
from sepcost.network.onnx.wire import OnDisk

LARGEST_ONNX = 2**31 - 1
"""The most that the format holds in one file, in bytes."""

_LARGE = 2**20
"""Bytes; a smaller file is read as a whole, which is faster."""


def read_onnx(
    path: Path,
    input_shape: Sequence[int] | Mapping[str, Sequence[int]] | None = None,
    unbatched: bool = False,
) -> Network:
    """Read a network from an ONNX file.

    input_shape: the whole shape, batch first, of the model's first input that is a tensor and no
    initializer, or shapes by the names of inputs, '' for the first. They set every size, also one that
    the file states; an open dimension of the same name has the same length in every other input.
    unbatched: whether the first input has no batch in front.
    Layers are in file order; of `If`, those of the branch of more MACs. Raises FileError, which names
    the operator, tensor or dimension at fault.
    """
    name = os.fspath(path)
    given: Mapping[str, Sequence[int]] = {}
    if input_shape is not None:
        given = input_shape if isinstance(input_shape, Mapping) else {"": input_shape}
    try:
        with _content(path) as content:
            model = Model(content)
            for function in model.functions:
                if not function.domain:
                    # ONNX leaves open whether it or a standard operator of its name is meant by a call.
                    refuse(
                        f"its function {quoted(function.name)} is in the domain of standard operators: "
                        "give it another"
                    )
            reading = Reading(model, fix_inputs(model.graph, given, unbatched))
            findings = read_graph(model.graph, reading)
            return network_of(clean_name(stem(path)), findings, reading)
    except (FieldError, QuantityError) as error:
        raise FileError(name, error) from None
    except RecursionError:
        raise FileError(name, "has graphs or functions too deep in one another") from None


@contextmanager
def _content(path: Path) -> Iterator[bytes | OnDisk]:
    """Yield the bytes of a file, those of a large one as they lie on the disk."""
    with opened_input(path, LARGEST_ONNX) as (handle, size):
        if size < _LARGE:
            content = os.read(handle, _LARGE)
            if not content:
                raise QuantityError("is empty")
            yield content
            return
        yield OnDisk(handle, size)
