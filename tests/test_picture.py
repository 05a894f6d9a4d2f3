"""Pictures as they are drawn: curves are the counts, no text meets another, grey tells schemes apart."""

from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from sepcost.comparison import compare
from sepcost.core.errors import FieldError, SepcostError
from sepcost.core.layer import Layer
from sepcost.core.schemes import NOTEBOOK_NAMES
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.machines import find_machine
from sepcost.hardware.measured import Cache, Measured
from sepcost.network.audit import audit
from sepcost.network.layer import NetworkLayer
from sepcost.network.measure import Measures
from sepcost.network.model import Network
from sepcost.report import breakeven as breakeven_report
from sepcost.report import breakeven_time as time_report
from sepcost.report import comparison as comparison_report
from sepcost.report import phrases as words
from sepcost.report.audit import report as audit_report
from sepcost.report.audit_view import AuditView
from sepcost.report.picture.axes import logarithmic_ticks, spread
from sepcost.report.picture.figure import Picture, typeset
from sepcost.report.picture.style import KEPT, NOW, REPLACED, SCHEME_LINES, STAGE_FILLS
from sepcost.report.sweep import report as sweep_report
from sepcost.report.table import Cell
from sepcost.solver.curves import panels
from sepcost.solver.solve import breakeven
from sepcost.solver.time_breakeven import breakeven_time
from sepcost.solver.time_curves import time_panels
from sepcost.sweep.grid import Grid

KERNEL = ((3, 3),)
H100 = find_machine("h100-fp16")
ON_H100 = Execution(H100)


def network(layers, name="a network"):
    return Network(name, "toml", (1, 64, 32, 32), tuple(layers))


def layers(number, name="layer{}"):
    """Convolutions whose size falls, every third of them 1x1, which nothing replaces."""
    return [
        NetworkLayer(
            name.format(place),
            "Conv",
            n_i=64,
            n_o=64 + place % 7,
            positions=1024 // (1 + place % 9),
            kernel=(1, 1) if place % 3 == 2 else (3, 3),
            reads=64 * (1024 // (1 + place % 9)),
            writes=(64 + place % 7) * (1024 // (1 + place % 9)),
        )
        for place in range(number)
    ]


def audited(found, runs=False, **on):
    rows = audit(found)
    return audit_report(AuditView(Measures(found, Execution(**on), rows), rows.layers, runs)).picture()


def bounded(found, **on):
    return audited(found, runs=True, **on)


def breakeven_picture(*arguments, **given):
    return breakeven_report.report(breakeven(*arguments, **given)).picture()


def compared(*arguments, **given):
    return comparison_report.report(compare(Layer(*arguments, **given))).picture()


def compared_on(execution, *arguments, **given):
    return comparison_report.report(compare(Layer(*arguments, **given), execution=execution)).picture()


def swept(**lists):
    return sweep_report(Grid(**lists)).picture()


def timed(unknown="N_o", execution=ON_H100, **given):
    return time_report.report(breakeven_time(execution, unknown, **given)).picture()


JUMPS = Measured(
    (Cache(4096, 4 * 10**9), Cache(16384, 3 * 10**8), Cache(40960, 2 * 10**9), Cache(131072, 2 * 10**8)),
    Fraction(1, 10**6),
    {"standard": 9, "depthwise": 3, "pointwise": 7},
    Fraction(1, 5),
)
ON_JUMPS = Execution(Machine(10**9, 3 * 10**9, name="jumps", measured=JUMPS))
"""On a machine whose farther memories are faster, where estimates cross often."""

PICTURES = {
    "time": lambda: timed(n_i=64, size=56),
    "time, N_i": lambda: timed("N_i", n_o=64, size=56, gamma=4),
    "time, N": lambda: timed(gamma=1, size=56),
    "time, nothing crosses": lambda: timed(n_i=64, size=56, kernel=1),
    "estimates": lambda: timed(execution=ON_JUMPS, n_i=16, size=7, gamma=4),
    "estimates, many crossings": lambda: timed(
        execution=ON_JUMPS, gamma=1, size=7, schemes=[*NOTEBOOK_NAMES[1:], "grouped", "depthwise", "inverted"]
    ),
    "N_o": lambda: breakeven_picture(gamma=4),
    "one scheme": lambda: breakeven_picture(schemes=["separable"]),
    "all alike": lambda: breakeven_picture(gamma=1),
    "given N_i": lambda: breakeven_picture(n_i=64),
    "N_i": lambda: breakeven_picture("N_i", n_o=64),
    "two ends": lambda: breakeven_picture("gamma", n_i=1),
    "kernel": lambda: breakeven_picture("k", n_o=64, gamma=2),
    "bias": lambda: breakeven_picture(gamma=4, bias=True),
    "schemes": lambda: compared(64, 256, size=56),
    "estimates of schemes": lambda: compared_on(ON_JUMPS, 64, 128, size=56),
    "estimates of passes": lambda: compared_on(Execution(ON_JUMPS.machine, fused=True), 64, 32, size=56),
    "not applicable": lambda: compared(64, 16),
    "not realizable": lambda: compared(64, 128, size=56, bias=True),
    "largest": lambda: compared(10**9, 10**9, kernel=10**9, size=10**9),
    "5 layers": lambda: audited(network(layers(5))),
    "54 layers": lambda: audited(
        network(layers(54, "stage/with/a/long/name/of/conv{}/Conv_quant"), "n" * 90)
    ),
    "500 layers": lambda: audited(network(layers(500))),
    "5 layers, bytes": lambda: bounded(network(layers(5)), machine=None),
    "54 layers, bounds": lambda: bounded(
        network(layers(54, "stage/with/a/long/name/of/conv{}/Conv_quant"), "n" * 90), machine=H100
    ),
    "500 layers, bounds": lambda: bounded(network(layers(500)), machine=H100),
    "map": lambda: swept(n_i=tuple(range(1, 9)), n_o=tuple(range(1, 13)), kernel=KERNEL),
    "large map": lambda: swept(
        n_i=tuple(range(8, 320, 8)), n_o=tuple(range(8, 320, 8)), schemes=("separable",)
    ),
    "curves": lambda: swept(n_i=(64,), n_o=(16, 64, 256, 1024), kernel=KERNEL, size=((56, 56),)),
    "map of time": lambda: swept(
        n_i=tuple(range(16, 128, 16)), n_o=(16, 64, 256), size=((56, 56),), execution=ON_H100
    ),
    "curves of time": lambda: swept(n_i=(64,), n_o=(16, 64, 256), size=((56, 56),), execution=ON_H100),
    "words": lambda: swept(n_i=(64,), n_o=(64,), kernel=((1, 1), (3, 3), (1, 7), (7, 1))),
}


def shown_texts(figure):
    """Every text that is drawn, with the box that it takes."""
    figure.draw_without_rendering()
    hidden = set()
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted((low, high))
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    renderer = figure._get_renderer()
    return [
        (text.get_text(), Text.get_window_extent(text, renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def meet(one, other):
    """Whether two boxes share more than a rounding of their edges."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return wide > 0.5 and high > 1.5


class PaintedError(Exception):
    """All texts are seen: nothing needs to be written."""


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_runs_into_another(name):
    picture = PICTURES[name]()
    seen = []

    def paint(figure):
        picture.paint(figure)
        seen.extend(shown_texts(figure))
        raise PaintedError

    with pytest.raises(PaintedError):
        Picture(picture.title, picture.description, paint).drawn("svg")
    assert len(seen) > 5
    assert not [(one[0], other[0]) for one, other in combinations(seen, 2) if meet(one[1], other[1])]


@pytest.mark.parametrize("n_o", [64, 256, 576])
def test_curves_over_outputs_are_the_counts(n_o):
    (panel,) = panels(breakeven(n_i=64))
    for curve in (panel.baseline, *panel.others):
        row = compare(Layer(64, n_o)).scheme(curve.scheme)
        assert curve.at(n_o) == pytest.approx(float(row.cost.weights), rel=1e-12)


@pytest.mark.parametrize("bias", [False, True])
def test_curves_over_inputs_are_the_counts(bias):
    for panel in panels(breakeven("N_i", gamma=4, bias=bias)):
        for curve in (panel.baseline, *panel.others):
            cost = compare(Layer(16, gamma=4, bias=bias)).scheme(curve.scheme).cost
            counted = cost.weights if "weights" in panel.metrics else cost.macs_per_position
            assert curve.at(16) == pytest.approx(counted, rel=1e-12)


def test_costs_per_input_channel_are_those_of_any_number_of_them():
    (panel,) = panels(breakeven(gamma=4))
    assert panel.per_input
    for curve in (panel.baseline, *panel.others):
        cost = compare(Layer(gamma=4, n_i=8)).scheme(curve.scheme).cost
        assert curve.at(32) == pytest.approx(cost.weights / 8, rel=1e-12)


@pytest.mark.parametrize(
    "given",
    [
        {"gamma": 4},
        {"gamma": 4, "bias": True},
        {"n_i": 64},
        {"unknown": "gamma", "n_i": 1},
        {"unknown": "gamma", "n_i": 4, "kernel": (3, 5)},
        {"unknown": "N_i", "n_o": 64},
        {"unknown": "k", "n_o": 64, "gamma": 2},
        {"gamma": 4, "against": "separable", "schemes": ["standard", "generalized"]},
    ],
    ids=str,
)
def test_curves_cross_where_the_thresholds_are(given):
    for panel in panels(breakeven(**given)):
        costs = {curve.scheme: curve for curve in panel.others}
        for crossing in panel.crossings:
            threshold = float(crossing.threshold)
            for scheme in crossing.schemes:
                assert costs[scheme].at(threshold) == pytest.approx(panel.baseline.at(threshold), rel=1e-9)


def test_thresholds_ascend_and_those_of_one_place_are_one():
    (panel,) = panels(breakeven(gamma=1))
    assert [crossing.schemes for crossing in panel.crossings] == [("separable", "generalized", "distributed")]
    (panel,) = panels(breakeven("gamma", n_i=1))
    thresholds = [float(crossing.threshold) for crossing in panel.crossings]
    assert thresholds == sorted(thresholds)
    assert [crossing.sign for crossing in panel.crossings] == [">=", ">=", "<="]


@pytest.mark.parametrize(
    "execution", [ON_H100, ON_JUMPS, Execution(ON_JUMPS.machine, 2, fused=True, batch=3)]
)
@pytest.mark.parametrize("given", [{"n_i": 16}, {"gamma": 1}, {"gamma": 4}])
def test_curves_of_time_are_the_times_of_layers(execution, given):
    schemes = ["separable", "grouped", *(["generalized"] if "gamma" in given else [])]
    for panel in time_panels(breakeven_time(execution, **given, size=(7, 9), stride=2, schemes=schemes)):
        for curve in (panel.baseline, *panel.others):
            for n_o in (16, 32, 144):
                n_i = given.get("n_i") or n_o // given["gamma"]
                layer = Layer(n_i, n_o, size=(7, 9), stride=2)
                load = compare(layer, [curve.scheme], execution=execution).schemes[0].load
                seconds = load.bound.seconds if panel.metrics == ("time",) else load.estimate
                assert curve.at(n_o) == float(seconds), (panel.metrics, curve.scheme, n_o)


def test_thresholds_of_time_are_where_curves_cross_or_jump():
    result = breakeven_time(ON_JUMPS, gamma=1, size=7, schemes=["separable", "grouped"])
    bounds, estimates = time_panels(result)
    assert {crossing.sign for crossing in bounds.crossings} == {">="}
    assert {crossing.sign for crossing in estimates.crossings} >= {">=", "<=", ">"}
    for panel in (bounds, estimates):
        for crossing in panel.crossings:
            at = float(crossing.threshold)
            for curve in (curve for curve in panel.others if curve.scheme in crossing.schemes):
                pays = [curve.at(x) <= panel.baseline.at(x) for x in (at * (1 - 1e-9), at * (1 + 1e-9))]
                assert pays == [crossing.sign.startswith("<"), crossing.sign.startswith(">")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "gamma"),
        ({"kernel": None}, "kernel"),
        ({"unknown": "gamma"}, "n_o"),
        ({"unknown": "N_i"}, "gamma"),
    ],
    ids=str,
)
def test_an_open_symbol_is_refused_with_its_name(given, field):
    with pytest.raises(FieldError) as refused:
        panels(breakeven(**given))
    assert refused.value.field == field


def test_nothing_to_draw_is_an_error():
    with pytest.raises(SepcostError, match="nothing to draw: distributed is not applicable"):
        panels(breakeven(n_i=64, gamma=4, schemes=["distributed"]))
    with pytest.raises(SepcostError, match="nothing to draw"):
        audited(network([]))


def lightness(color):
    """CIE lightness of a colour, which is what is left of it in grey: 0 to 100."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


@pytest.mark.parametrize(
    "colors",
    [
        [line["color"] for line in SCHEME_LINES[: len(NOTEBOOK_NAMES)]],
        [NOW["facecolor"], REPLACED["facecolor"], KEPT["facecolor"]],
    ],
    ids=["schemes", "layers"],
)
def test_colours_are_apart_in_grey(colors):
    found = sorted(map(lightness, colors))
    assert all(after - before >= 15 for before, after in pairwise(found))
    assert found[-1] < 80


def test_stages_of_one_lightness_differ_in_hatch():
    for one, other in combinations(STAGE_FILLS.values(), 2):
        apart = abs(lightness(one["facecolor"]) - lightness(other["facecolor"]))
        assert apart >= 15 or one.get("hatch") != other.get("hatch")


def test_every_scheme_has_a_line_of_its_own():
    marks = [(line.get("marker"), line.get("dashes")) for line in SCHEME_LINES]
    assert len(set(marks)) == len(marks)


def test_names_from_outside_are_never_read_as_mathematics():
    assert typeset(Cell("$N_o$ gamma 3x3", verbatim=True)) == "$N_o$ gamma 3x3"
    assert typeset(Cell("N_o = gamma N_i, 3x3")) == "Nₒ = γ Nᵢ, 3×3"


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(5, 90)), min_size=1, max_size=7))
def test_labels_keep_their_order_and_never_overlap(labels):
    centres, widths = sorted(centre for centre, _ in labels), [width for _, width in labels]
    found = spread(centres, widths, 0, 400)
    for (one, narrow), (other, wide) in pairwise(zip(found, widths, strict=True)):
        assert other - one >= (narrow + wide) / 2 - 1e-6
    if sum(widths) <= 400:
        assert found[0] - widths[0] / 2 >= -1e-6
        assert found[-1] + widths[-1] / 2 <= 400 + 1e-6


@given(st.floats(1e-6, 1e12), st.floats(1.6, 1e30), st.sampled_from([2, 10]))
def test_logarithmic_ticks_are_few_and_inside(low, ratio, base):
    ticks = logarithmic_ticks(low, low * ratio, base)
    assert len(ticks) <= 11
    assert all(low * 0.999999 <= tick <= low * ratio * 1.000001 for tick in ticks)
    assert ticks == sorted(set(ticks))


def test_a_layers_picture_has_its_estimates_beside_its_bounds():
    """12 pixels wide, 8 channels: each stage's estimate is named, and how far off estimates are."""
    layer = Layer(8, 8, size=12)
    (row,) = compare(layer, ["separable"], execution=ON_JUMPS).schemes
    texts = []

    def paint(figure):
        picture.paint(figure)
        texts.extend(text for text, _ in shown_texts(figure))

    picture = compared_on(ON_JUMPS, 8, 8, size=12)
    assert Picture(picture.title, picture.description, paint).drawn("svg")
    assert any(text.startswith("estimated time") for text in texts)
    assert any(text.startswith("bound in time") for text in texts)
    stages = " + ".join(words.seconds(stage.load.estimate) for stage in row.stages).replace("us", "µs")
    assert f"{words.seconds(row.load.estimate)} = {stages}".replace("us", "µs") in texts
    assert "off by 20 % in the median" in " ".join(texts)
