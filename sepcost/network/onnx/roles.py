"""What the tensors of the file are for, as the operators that read them show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sepcost.network.model import BIASES, CONSTANT, NORMALIZATION, STATISTICS, WEIGHTS, Parameter
from sepcost.network.names import clean_name
from sepcost.network.onnx.file_tensor import FileTensor
from sepcost.network.onnx.findings import Found, Ran
from sepcost.network.onnx.layers import BIASES_AT
from sepcost.network.onnx.reading import Reading
from sepcost.network.onnx.tensor import Source, Tensor, is_vector
from sepcost.network.onnx.types import BITS, PLACES
from sepcost.network.parameters import Parameters

_SCALE, _SHIFT = (1, NORMALIZATION), (2, NORMALIZATION)
_AT: dict[str, tuple[tuple[int, str], ...]] = {
    "BatchNormalization": (_SCALE, _SHIFT, (3, STATISTICS), (4, STATISTICS)),
    "GroupNormalization": (_SCALE, _SHIFT),
    "InstanceNormalization": (_SCALE, _SHIFT),
    "LayerNormalization": (_SCALE, _SHIFT),
    "PRelu": ((1, WEIGHTS),),
    "RMSNormalization": (_SCALE,),
    "com.microsoft.EmbedLayerNormalization": ((5, NORMALIZATION), (6, NORMALIZATION)),
    "com.microsoft.GroupNorm": (_SCALE, _SHIFT),
    "com.microsoft.SimplifiedLayerNormalization": (_SCALE,),
    "com.microsoft.SkipLayerNormalization": ((2, NORMALIZATION), (3, NORMALIZATION)),
    "com.microsoft.SkipSimplifiedLayerNormalization": ((2, NORMALIZATION),),
}
"""The inputs that have a role though no layer counts them: of normalizations, and learned slopes."""

_LEARNED_NAMES = (".weight", ".bias", ".gamma", ".beta", "/gamma", "/beta")
"""How names of tensors end that are learned although no layer counts them.

Those with one length, that of the channels, scale or shift as a normalization does; others are weights.
"""


_NEEDS_A_SCALE = ("InstanceNormalization", "LayerNormalization")
"""What exporters have to give a scale, and the first a shift, also where the model has none."""


def is_normalized(op: str, inputs: Sequence[Tensor | None]) -> bool:
    """Whether an operator writes what is normalized, and by nothing that is learned but a scale at most."""
    return _is_alone(op, inputs) or (op == "Mul" and any(one.normalized for one in inputs if one is not None))


def roles(
    op: str, inputs: Sequence[Tensor | None], found: Iterable[Found], reading: Reading
) -> tuple[tuple[Source, str], ...]:
    """Return the roles that a call gives to the tensors of the file."""
    given: list[tuple[Source, str]] = []
    for one in found:
        for held in one.held:
            made = reading.made.get(held.source, (held.source,))
            if made and made[0] in reading.parameters:
                given.append((made[0], WEIGHTS))
    for place, role in _places(op, inputs):
        tensor = inputs[place] if place < len(inputs) else None
        if tensor is not None:
            given += [(source, role) for source in reading.behind(tensor)]
    return tuple(given)


def _places(op: str, inputs: Sequence[Tensor | None]) -> Iterable[tuple[int, str]]:
    """Return the inputs that have a role, each with it."""
    if op in BIASES_AT:
        return ((BIASES_AT[op], BIASES),)
    if op in ("Add", "Mul") and any(one.normalized for one in inputs if one is not None):
        # So a GroupNormalization is written as an InstanceNormalization of its groups.
        return [
            (place, NORMALIZATION)
            for place, one in enumerate(inputs)
            if one is not None and one.constant and one.is_vector and one.size != 1
        ]
    return () if _is_alone(op, inputs) else _AT.get(op, ())


def _is_alone(op: str, inputs: Sequence[Tensor | None]) -> bool:
    """Whether an operator normalizes, by a scale of ones and a shift of zeros that are not called learned."""
    if op not in _NEEDS_A_SCALE:
        return False
    given = [one for one in inputs[1:3] if one is not None]
    if any(name.endswith(_LEARNED_NAMES) for one in given for _, name in one.made):
        return False
    return all(set(one.value or ()) == {number} for one, number in zip(given, (1, 0), strict=False))


def parameters_of(reading: Reading, ran: Iterable[Ran], biases: Iterable[Source]) -> Parameters[Source]:
    """Return the tensors of the file, biases claimed before any other role."""
    found: Parameters[Source] = Parameters()
    known: dict[int, Source] = {}
    for source, tensor in reading.parameters.items():
        if id(tensor) in known:  # a function's, which every call of it shares
            found.share(source, known[id(tensor)])
            continue
        known[id(tensor)] = source
        name = clean_name(tensor.name or source[1])
        by_itself = bool(tensor.dims) and source not in reading.constants
        role = _role_by_name(name, tensor)
        found.hold(source, Parameter(name, tensor.elements, role, BITS.get(tensor.type), by_itself))
        if (places := tensor.places) is not None:  # of a sparse tensor, where its elements are
            found.hold(source, Parameter(f"{name} indices", places.elements, CONSTANT, BITS.get(places.type)))
    found.claim(biases, BIASES)
    for one in ran:
        for source, role in one.roles:
            found.claim([source], role)
    return found


def _role_by_name(name: str, tensor: FileTensor) -> str:
    if not name.endswith(_LEARNED_NAMES) or tensor.type in PLACES:
        return CONSTANT
    return NORMALIZATION if is_vector(tensor.dims) else WEIGHTS
