"""Numbers of the schema are those of its own generated code."""

import inspect
import re

import pytest
import tflite

from sepcost.network.tflite import schema

TABLES = [
    each for each in vars(schema).values() if inspect.isclass(each) and each.__module__ == schema.__name__
]


@pytest.mark.parametrize("table", [each for each in TABLES if each is not schema.BuiltinOptions])
def test_a_field_has_the_place_that_the_schema_gives_it(table):
    """Generated code looks a field up at 4 + 2 x its place: two lengths stand before the list of fields."""
    for field in table:
        read = getattr(getattr(tflite, table.__name__), field.name.title().replace("_", ""))
        (at,) = re.findall(r"Offset\((\d+)\)", inspect.getsource(read))
        assert int(at) == 4 + 2 * field


def test_kinds_of_options_are_those_of_the_schema():
    for kind in schema.BuiltinOptions:
        assert getattr(tflite.BuiltinOptions, kind.name) == kind
