"""What `import sepcost` gives: public names with their documentation, and results that show themselves."""

import inspect
import re
import subprocess
import sys
from fractions import Fraction
from html import unescape
from types import SimpleNamespace

import pytest

import sepcost
from sepcost import Audit, Layer, Network, audit, breakeven, check, compare, fit, plan, read_network
from sepcost.core.errors import FieldError, QuantityError, SepcostError
from sepcost.core.given import Given
from sepcost.hardware.execution import Execution
from sepcost.hardware.machines import find_machine
from sepcost.network.width import fit_width
from sepcost.solver.expressions import expressions
from sepcost.solver.time_breakeven import breakeven_balance, breakeven_time, saving_curves
from sepcost.sweep.grid import Grid
from tests.cli.program import ROOT, environment
from tests.cli.program import sepcost as sepcost_line

EXAMPLES = ROOT / "examples"
MOBILENET = EXAMPLES / "mobilenet_v1.toml"
STANDARD = EXAMPLES / "mobilenet_v1_standard.toml"
PI = Execution(find_machine("raspberry-pi-5"))
SIZED = Layer(4, 4, size=8)

RESULTS = {
    "comparison": lambda: compare(Layer(64, 64)),
    "comparison in an execution": lambda: compare(Layer(64, 64, size=56), execution=Execution()),
    "fit": lambda: fit(n_i=64, max_weights=10_000),
    "width": lambda: fit_width(MOBILENET, max_weights=10**6),
    "network": lambda: read_network(MOBILENET),
    "audit": lambda: audit(read_network(MOBILENET)),
    "budgets": lambda: check(EXAMPLES / "budgets.toml"),
    "comparison without a size": lambda: compare(Layer(64, 64, stride=2), ["separable", "bottleneck"]),
    "formulas": lambda: expressions(Given(), ["separable"]),
    "grid": lambda: Grid(n_i=(64,), n_o=(64, 128)),
    "break-even": lambda: breakeven(gamma=4),
    "break-even in time": lambda: breakeven_time(PI, n_i=64, size=56),
    "break-even in balance": lambda: breakeven_balance(SIZED, Execution(bytes=3)),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_a_result_shows_itself_as_a_table(result):
    text = result()._repr_html_()
    assert text.startswith("<table>")
    assert "MACs (1 MAC = 2 FLOPs)" in text
    assert text.count("<tr>") > 1


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_a_prompt_shows_what_a_result_prints(result):
    found, shown = result(), []
    found._repr_pretty_(SimpleNamespace(text=shown.append), False)
    assert shown == [str(found)]
    assert "_repr_pretty_" in vars(type(found))  # or IPython finds its __repr__ first


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_what_python_shows_names_no_option_of_a_command_line(result):
    assert not re.search(r"(^|\W)--?[a-z]", str(result()))


def test_a_grid_too_large_to_show_says_what_yields_its_rows():
    rows = "20,000 rows: 20,000 layers in 1 scheme, and 10,000 rows are shown at most"
    with pytest.raises(QuantityError, match=f"^{rows}: sepcost.batches yields them all$"):
        str(Grid(n_i=range(1, 201), n_o=range(1, 101), schemes=["separable"]))


def test_a_notebook_shows_a_break_even_with_all_that_is_printed_of_it():
    """HTML pages take its HTML, documents made with LaTeX its mathematics."""
    found = breakeven(gamma=4)
    shown = re.sub("<[^>]+>", " ", found._repr_html_())
    plain = shown.replace("×", "x").replace("γ", "gamma").replace("≥", ">=")
    assert unescape(plain).split() == str(found).split()


def test_a_notebook_shows_what_stands_below_a_table_too():
    page = audit(read_network(MOBILENET))._repr_html_()
    assert page.index("</table>") < page.index("<p>By kind<br>") < page.index("MACs (1 MAC")


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (lambda: compare(Layer(64, 64)), "compare --no 64 --ni 64"),
        (lambda: breakeven(gamma=4), "breakeven --gamma 4"),
        (lambda: fit(n_i=64, max_weights=10_000), "fit --ni 64 --max-weights 10000 --for no"),
        (lambda: audit(read_network(MOBILENET)), f"audit {MOBILENET}"),
        (lambda: check(EXAMPLES / "budgets.toml"), f"check {EXAMPLES / 'budgets.toml'}"),
    ],
)
def test_a_result_prints_as_what_its_command_prints(result, line):
    assert f"{result()}\n" == sepcost_line(*line.split()).text


@pytest.mark.parametrize(
    ("metric", "target", "execution", "options"),
    [
        ("macs", "70%", Execution(), ()),
        ("macs", 3 * 10**9, Execution(), ()),
        ("weights", "5M", Execution(), ()),
        ("weights", 1, Execution(), ()),
        ("memory", "1Mi", Execution(bytes=1), ("--bytes", "1")),
        ("time", "40ms", PI, ("--machine", "raspberry-pi-5")),
        (
            "time",
            Fraction(1, 25),
            PI,
            ("--machine", "raspberry-pi-5"),
        ),
    ],
)
def test_a_plan_says_what_a_target_of_an_audit_does(metric, target, execution, options):
    found = plan(audit(read_network(STANDARD)), metric, target, execution)
    typed = "40ms" if isinstance(target, Fraction) else str(target)
    line = ("audit", str(STANDARD), f"--target-{metric}", typed, *options)
    said = sepcost_line(*line, "-f", "json").json["plan"]
    assert (found.reached, list(found.layers)) == (said["reached"], said["layers"])
    assert float(found.value) == said["value"]
    heading, *names = str(found).splitlines()
    assert f"\n{heading}\n" in sepcost_line(*line).text
    assert names[-len(found.layers) :] == list(found.layers) or not found.reached
    assert "<table>" in found._repr_html_()


@pytest.mark.parametrize(
    ("metric", "target", "problem"),
    [
        ("storage", "1M", "metric: 'storage' is not one of macs, weights, memory, time"),
        ("macs", "170%", "target: '170%' is not a share above 0% and below 100%"),
        ("macs", 0, "target: '0' is not a whole number of at least 1"),
        ("macs", 1.5, "target: 1.5 is not a whole number of at least 1"),
        ("time", 1.5, "target: 1.5 is a float: give Fraction(3, 2)"),
        ("time", "1ms", "execution: has no machine, which a time needs"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused(metric, target, problem):
    with pytest.raises(FieldError) as caught:
        plan(audit(read_network(STANDARD)), metric, target)
    assert problem in str(caught.value)


WORDS = {
    "a scheme": {
        "compare": lambda word: compare(Layer(4, 4), [word]),
        "breakeven": lambda word: breakeven(schemes=[word]),
        "breakeven_balance": lambda word: breakeven_balance(SIZED, PI, schemes=[word]),
        "breakeven_time": lambda word: breakeven_time(PI, n_i=4, size=8, schemes=[word]),
        "saving_curves": lambda word: saving_curves(SIZED, PI, schemes=[word]),
        "expressions": lambda word: expressions(Given(), [word]),
        "fit": lambda word: fit(n_i=4, schemes=[word], max_weights=99),
        "audit": lambda word: audit(read_network(MOBILENET), replace=word),
        "Grid": lambda word: Grid(n_i=(4,), n_o=(4,), schemes=(word,)),
    },
    "a baseline": {
        "compare": lambda word: compare(Layer(4, 4), against=word),
        "breakeven": lambda word: breakeven(against=word),
        "breakeven_balance": lambda word: breakeven_balance(SIZED, PI, against=word),
        "breakeven_time": lambda word: breakeven_time(PI, n_i=4, size=8, against=word),
        "saving_curves": lambda word: saving_curves(SIZED, PI, against=word),
        "Grid": lambda word: Grid(n_i=(4,), n_o=(4,), against=word),
    },
    "a parameter": {
        "compare": lambda word: compare(Layer(4, 4), parameters={word: 1}),
        "breakeven": lambda word: breakeven(parameters={word: 1}),
        "breakeven_balance": lambda word: breakeven_balance(SIZED, PI, parameters={word: 1}),
        "breakeven_time": lambda word: breakeven_time(PI, n_i=4, size=8, parameters={word: 1}),
        "saving_curves": lambda word: saving_curves(SIZED, PI, parameters={word: 1}),
        "expressions": lambda word: expressions(Given(), parameters={word: 1}),
        "fit": lambda word: fit(n_i=4, parameters={word: 1}, max_weights=99),
        "audit": lambda word: audit(read_network(MOBILENET), replace="grouped", parameters={word: 1}),
        "Grid": lambda word: Grid(n_i=(4,), n_o=(4,), parameters={word: (1,)}),
    },
    "an unknown": {
        "breakeven": breakeven,
        "breakeven_time": lambda word: breakeven_time(PI, word, n_i=4, size=8),
        "fit": lambda word: fit(word, n_i=4, max_weights=99),
    },
    "a metric": {
        "breakeven": lambda word: breakeven(metrics=[word]),
        "plan": lambda word: plan(audit(read_network(MOBILENET)), word, "70%"),
        "a row": lambda word: breakeven(gamma=4).scheme("generalized", word),
    },
    "padding": {
        "Layer": lambda word: Layer(4, 4, padding=word),
        "breakeven": lambda word: breakeven(padding=word),
        "breakeven_time": lambda word: breakeven_time(PI, n_i=4, size=8, padding=word),
        "fit": lambda word: fit(n_i=4, padding=word, max_weights=99),
        "Grid": lambda word: Grid(n_i=(4,), n_o=(4,), padding=word),
    },
}
"""Functions of one word, by what that is and what takes it."""


@pytest.mark.parametrize(
    "ask", [pytest.param(ask, id=f"{what} of {name}") for what in WORDS for name, ask in WORDS[what].items()]
)
@pytest.mark.parametrize("word", ["zzz", "gama", ""])
def test_a_word_that_is_none_of_those_known_is_refused_as_a_wrong_number_is(ask, word):
    with pytest.raises((QuantityError, FieldError)) as caught:
        ask(word)
    assert word in str(caught.value)


SEVERAL = {
    "compare": lambda names: compare(Layer(4, 4), names),
    "breakeven": lambda names: breakeven(schemes=names),
    "breakeven_balance": lambda names: breakeven_balance(SIZED, PI, schemes=names),
    "breakeven_time": lambda names: breakeven_time(PI, n_i=4, size=8, schemes=names),
    "saving_curves": lambda names: saving_curves(SIZED, PI, schemes=names),
    "expressions": lambda names: expressions(Given(), names),
    "fit": lambda names: fit(n_i=4, schemes=names, max_weights=99),
    "Grid": lambda names: Grid(n_i=(4,), n_o=(4,), schemes=names),
    "metrics": lambda names: breakeven(metrics={"separable": "macs"}.get(names, ["macs"])),
    "skip": lambda names: audit(read_network(STANDARD), skip={"separable": "conv1"}.get(names, ["conv1"])),
}
"""Functions that take a list of names, by what they are or what the list is called."""


@pytest.mark.parametrize("ask", SEVERAL.values(), ids=SEVERAL)
def test_one_name_alone_is_a_list_of_it(ask):
    assert ask("separable") == ask(("separable",))


def test_one_size_alone_is_a_list_of_it():
    assert Grid(n_i=64, n_o=(64, 128), gamma="4") == Grid(n_i=(64,), n_o=(64, 128), gamma=(4,))


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda: audit("res.toml"), "'res.toml' is no Network: give read_network('res.toml')"),
        (lambda: plan(read_network(MOBILENET), "macs", "70%"), "is no Audit: give audit(network)"),
        (lambda: compare((4, 4)), "(4, 4) is no Layer: give Layer(n_i, n_o)"),
        (lambda: read_network(SIZED), "is no path: give a live module to sepcost.torch.read_module"),
        (lambda: breakeven("ni"), "'ni' is not one of N_o, N_i"),
        (lambda: breakeven("ni"), "; did you mean N_i?"),
        (lambda: read_network(MOBILENET, width=0.5), "0.5 is a float: give '0.5' or Fraction(1, 2)"),
        (lambda: breakeven(gamma=1e-7), "1e-07 is a float: give '0.0000001' or Fraction(1, 10000000)"),
        (lambda: fit(n_i=4, max_time=0.005, execution=PI), "0.005 is a float: give Fraction(1, 200)"),
    ],
)
def test_what_is_not_of_the_kind_wanted_is_refused_with_what_is(ask, problem):
    with pytest.raises(SepcostError) as caught:
        ask()
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [Network, Audit, Layer], ids=lambda kind: kind.__name__)
def test_nothing_is_written_out_for_an_error_that_does_not_come(kind, monkeypatch):
    """The text of a network of 10,000 layers would take an eighth of the time of its audit."""

    def written(value):
        pytest.fail(f"{kind.__name__} is written out")

    monkeypatch.setattr(kind, "__repr__", written)
    found = plan(audit(read_network(STANDARD)), "macs", "70%")
    assert found.reached
    assert compare(Layer(4, 4)).schemes


def test_a_break_even_in_a_word_that_is_one_for_another_question_is_refused():
    with pytest.raises(QuantityError, match="'gamma' is not one of N_o, N_i"):
        breakeven_time(PI, "gamma", n_i=4, size=8)
    with pytest.raises(QuantityError, match="metrics is empty: name weights or macs"):
        breakeven(metrics=[])


def test_a_breakeven_is_mathematics_where_documents_are_made_of_latex():
    result = breakeven(gamma=4)
    assert result.scheme("generalized")._repr_latex_() == r"$N_{o} \geq \frac{36}{5}$".replace("{o}", "o")
    text = result._repr_latex_()
    assert text.count("&:") == len(result.rows) == 3
    assert text.startswith(r"$\begin{aligned}")
    assert r"\mathrm{distributed} &: N_o \geq \frac{18}{7}" in text
    biased = breakeven(gamma=4, bias=True)._repr_latex_()
    assert r"\mathrm{separable}, \text{weights} &: N_o \geq \frac{5}{4}" in biased
    assert r"\mathrm{separable}, \text{MACs} &: N_o \geq \frac{9}{8}" in biased


def test_every_public_name_is_listed_and_documented():
    assert set(sepcost.__all__) < set(dir(sepcost))
    for name in sepcost.__all__:
        value = getattr(sepcost, name)
        assert inspect.getdoc(value), name
        assert value.__module__.startswith("sepcost.")
    with pytest.raises(AttributeError, match="module 'sepcost' has no attribute 'nothing'"):
        sepcost.nothing  # noqa: B018 - the look-up itself is what is tried


def test_listing_the_names_loads_nothing():
    code = "import sys, sepcost; dir(sepcost); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert not {name for name in done.stdout.split() if name.startswith("sepcost.")}


def test_a_function_stays_what_it_is_when_its_modules_are_loaded():
    code = "import sepcost.cli.fit, sepcost.cli.check, sepcost.cli.audit, sepcost.cli.breakeven\n"
    code += "from sepcost import *\n"
    code += "print(all(map(callable, (audit, breakeven, check, compare, fit, read_network))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert done.stdout == "True\n"


def test_a_misspelt_scheme_brings_the_hint_of_the_command_line():
    with pytest.raises(QuantityError, match="did you mean separable"):
        compare(Layer(64, 64)).scheme("seperable")
    with pytest.raises(QuantityError, match="did you mean separable"):
        compare(Layer(64, 64), ["seperable"])
