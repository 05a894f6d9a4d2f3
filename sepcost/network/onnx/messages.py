"""The numbers of fields in messages of onnx.proto, under its names, of those that are read."""

from __future__ import annotations

KINDS_OF_VALUES = (1, 4, 5, 7, 8, 9)
"""The fields of TypeProto, of which a value has one."""


class ModelProto:
    """A file."""

    GRAPH, OPSET_IMPORT, FUNCTIONS = 7, 8, 25


class OperatorSetIdProto:
    """The version of a domain's operators."""

    DOMAIN, VERSION = 1, 2


class FunctionProto:
    """A local function."""

    NAME, INPUT, OUTPUT, NODE, OPSET_IMPORT, DOMAIN, ATTRIBUTE_PROTO, OVERLOAD = 1, 4, 5, 7, 9, 10, 11, 13


class GraphProto:
    """A graph."""

    NODE, INITIALIZER, INPUT, OUTPUT, VALUE_INFO, SPARSE_INITIALIZER = 1, 5, 11, 12, 13, 15


class NodeProto:
    """A call of an operator."""

    INPUT, OUTPUT, NAME, OP_TYPE, ATTRIBUTE, DOMAIN, OVERLOAD, METADATA_PROPS = 1, 2, 3, 4, 5, 7, 8, 9


class StringStringEntryProto:
    """An entry of metadata."""

    KEY, VALUE = 1, 2


class AttributeProto:
    """An attribute: its value stands in the field of its type."""

    NAME, F, I, S, T, G, FLOATS, INTS, STRINGS, GRAPHS = 1, 2, 3, 4, 5, 6, 7, 8, 9, 11  # noqa: E741
    TYPE, REF_ATTR_NAME, SPARSE_TENSOR = 20, 21, 22


class ValueInfoProto:
    """An input, output or inner value."""

    NAME, TYPE = 1, 2


class TypeProto:
    """What kind of value it is."""

    TENSOR_TYPE, SEQUENCE_TYPE, MAP_TYPE, OPAQUE_TYPE, SPARSE_TENSOR_TYPE, OPTIONAL_TYPE = KINDS_OF_VALUES


class TensorTypeProto:
    """Of a tensor: TypeProto.Tensor."""

    ELEM_TYPE, SHAPE = 1, 2


class TensorShapeProto:
    """The shape of a value."""

    DIM = 1


class DimensionProto:
    """One length: TensorShapeProto.Dimension."""

    DIM_VALUE, DIM_PARAM = 1, 2


class TensorProto:
    """A tensor that the file holds: its elements in one of six fields."""

    DIMS, DATA_TYPE, FLOAT_DATA, INT32_DATA, INT64_DATA, NAME, RAW_DATA = 1, 2, 4, 5, 7, 8, 9
    DOUBLE_DATA, UINT64_DATA, DATA_LOCATION = 10, 11, 14


class SparseTensorProto:
    """A tensor of which only some elements are held."""

    VALUES, INDICES, DIMS = 1, 2, 3
