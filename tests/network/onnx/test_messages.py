"""Numbers of fields are those of the onnx package's own messages."""

import inspect

import onnx
import pytest

from sepcost.network.onnx import messages

WITHIN = {"TensorTypeProto": onnx.TypeProto.Tensor, "DimensionProto": onnx.TensorShapeProto.Dimension}
"""Messages that stand in another."""

READ = [each for each in vars(messages).values() if inspect.isclass(each)]


@pytest.mark.parametrize("message", READ)
def test_a_field_has_the_number_that_onnx_gives_it(message):
    name = message.__name__
    fields = (WITHIN.get(name) or getattr(onnx, name)).DESCRIPTOR.fields_by_name
    numbers = {field: number for field, number in vars(message).items() if field.isupper()}
    assert numbers == {field: fields[field.lower()].number for field in numbers}
    assert numbers
