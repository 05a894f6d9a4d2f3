"""The sizes of a question: each refused where a layer's is, in the same words, and kept as that keeps it."""

from functools import partial

import pytest

from sepcost.core.errors import FieldError
from sepcost.core.layer import Layer
from sepcost.fitting import fit
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.solver.solve import breakeven
from sepcost.solver.time_breakeven import breakeven_time

ON = Execution(Machine(peak=10**9, bandwidth=10**9))
ASK = {
    "fit": partial(fit, max_weights=10**6),
    "breakeven": breakeven,
    "breakeven_time": partial(breakeven_time, ON),
}
HELD = {"n_i": 8, "size": 9}

REFUSED = {
    "n_i": (0, "8", True),
    "n_o": (0, 1.5),
    "kernel": (0, (3, 3, 3), "3x3"),
    "size": (0, (9, -1)),
    "stride": (0, None),
    "dilation": (0, None),
    "padding": (-1, "vlaid", None),
    "bias": ("lats", 2, None),
    "gamma": ("1/2", 0, 2.25),
}


def refusal(ask, **sizes):
    with pytest.raises(FieldError) as caught:
        ask(**sizes)
    return str(caught.value)


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("field", REFUSED)
def test_a_question_refuses_what_a_layer_refuses_in_its_words(field, ask):
    unknown, held = ("N_i", {"size": 9}) if field == "n_o" else ("N_o", HELD)
    for value in REFUSED[field]:
        said = refusal(partial(ask, unknown), **{**held, field: value})
        assert said == refusal(Layer, **{"n_i": 8, "n_o": 8, "size": 9, field: value})


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_a_question_keeps_sizes_as_a_layer_does(ask):
    typed = {"kernel": 5, "stride": (1, 2), "dilation": 2, "padding": 3, "bias": "last", "gamma": "9/4"}
    result, layer = ask("N_o", **HELD, **typed), Layer(n_o=8, **HELD, **typed)
    kept = vars(getattr(result, "given", None) or result.problem)
    assert {**vars(layer), "n_o": None}.items() <= kept.items()


def test_a_time_needs_a_kernel_and_other_questions_leave_it_free():
    assert refusal(ASK["breakeven_time"], kernel=None, **HELD) == "kernel: is missing: a time needs it"
    assert breakeven(kernel=None, **HELD).problem.kernel is None
