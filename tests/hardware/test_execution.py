"""How layers run: what is said of it is checked once, and its element size is told."""

import pytest

from sepcost.core.errors import FieldError
from sepcost.hardware.execution import USUAL_EXECUTION, Execution
from sepcost.hardware.machine import Machine

HALVES = Machine(peak=1, bandwidth=1, bytes=2)


@pytest.mark.parametrize(
    ("how", "size"),
    [(USUAL_EXECUTION, 4), (Execution(HALVES), 2), (Execution(HALVES, 1), 1), (Execution(bytes=8), 8)],
)
def test_an_element_has_the_bytes_that_are_given_else_the_machines_else_four(how, size):
    assert how.element_size == size


@pytest.mark.parametrize("field", ["bytes", "batch"])
@pytest.mark.parametrize("value", [0, -1, 1.0, True, 10**9 + 1])
def test_what_is_no_whole_number_is_refused_by_name(field, value):
    with pytest.raises(FieldError, match="is not a whole number from 1") as refused:
        Execution(**{field: value})
    assert refused.value.field == field
