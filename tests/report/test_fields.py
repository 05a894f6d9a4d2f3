"""Fields of rows: each is known on a measured machine, and none of them shares a key or a heading."""

from fractions import Fraction

import pytest

from sepcost import Layer, audit, compare
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import Measured
from sepcost.network.layer import NetworkLayer
from sepcost.network.measure import Measures
from sepcost.network.model import Network
from sepcost.report.audit_fields import LAYER_FIELDS
from sepcost.report.audit_view import AuditView
from sepcost.report.comparison_fields import SCHEME_FIELDS
from sepcost.report.fields import ALWAYS, BOUNDED, ESTIMATED, MOVED, fields_for

TIMED = Machine(10**12, 10**10, measured=Measured(error=Fraction(1, 5)))
MAP = (1, 64, 10, 10)
CONV = NetworkLayer(
    "c", "Conv", 64, 64, 100, (3, 3), reads=6400, writes=6400, path="p", input_shape=MAP, output_shape=MAP
)


def a_scheme():
    result = compare(Layer(64, 64, size=10), ["separable"], execution=Execution(TIMED))
    return result.scheme("separable"), result


def a_layer():
    audited = audit(Network("n", "toml", MAP, (CONV,)))
    measures = Measures(audited.network, Execution(TIMED), audited)
    view = AuditView(measures, audited.layers, runs=True)
    return view.layers[0], view


BOTH = pytest.mark.parametrize(
    ("fields", "example"), [(SCHEME_FIELDS, a_scheme), (LAYER_FIELDS, a_layer)], ids=["compare", "audit"]
)


@BOTH
def test_every_field_is_known_on_a_machine_that_was_measured(fields, example):
    row, result = example()
    assert {field.name: None for field in fields if field.datum(row, result) is None} == {}
    assert {field.name: None for field in fields if field.total and field.in_all(result) is None} == {}


@BOTH
def test_what_one_layer_comes_to_is_what_all_layers_do(fields, example):
    row, result = example()
    for field in fields:
        if field.total:
            assert field.in_all(result) == field.value(row, result), field.name


@BOTH
def test_no_two_fields_have_one_key_in_an_object_or_one_heading_in_a_table(fields, example):
    names = [field.name for field in fields]
    assert len(set(names)) == len(names)
    headings = [field.heading for field in fields if isinstance(field.heading, str)]
    assert len(set(headings)) == len(headings)


@BOTH
def test_of_a_row_that_cannot_be_built_nothing_is_data_but_what_all_rows_have(fields, example):
    row, result = example()
    known = {field.name for field in fields if field.datum(row, result, built=False) is not None}
    assert known == {field.name for field in fields if field.of_result}


@pytest.mark.parametrize(
    ("how", "in_json", "in_csv"),
    [
        (None, ALWAYS, ALWAYS),
        (Execution(), MOVED, BOUNDED),
        (Execution(Machine(1, 1)), BOUNDED, BOUNDED),
        (Execution(TIMED), ESTIMATED, ESTIMATED),
    ],
)
def test_fields_are_those_of_the_execution_and_in_csv_bounds_on_no_machine_too(how, in_json, in_csv):
    for csv, most in ((False, in_json), (True, in_csv)):
        assert max(field.needs for field in fields_for(SCHEME_FIELDS, how, csv)) == most
