"""What maps take once layers are replaced: as in the network written so, and in every output alike."""

import json
import re
import sys
from dataclasses import replace

import pytest
from onnx import TensorProto

from sepcost.comparison import compare
from sepcost.core.errors import FieldError
from sepcost.core.layer import Layer
from sepcost.core.schemes import registered
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.network.audit import audit
from sepcost.network.measure import Measures
from sepcost.network.model import Tensor
from sepcost.network.onnx.read import read_onnx
from sepcost.network.plan import planned
from sepcost.network.read import read_network
from tests.cli.program import ROOT, sepcost
from tests.network.onnx.models import model, node, saved, weights
from tests.own import FIRE, FORKED, GHOST, OWN, as_toml

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
BYTE = Execution(bytes=1)
BUILT_IN = ("separable", "blueprint", "inverted", "bottleneck", "spatial", "grouped")
JOINED = tuple(scheme.name for scheme in (FIRE, GHOST, FORKED))

HEAD = "channels = 32\nsize = 8\n"
LAYERS = (("first", 64, 1), ("second", 128, 1), ("third", 128, 2))


@pytest.fixture(autouse=True)
def own_schemes():
    with registered(OWN):
        yield


@pytest.fixture
def network(tmp_path):
    """A network of three layers, all of them in one scheme."""

    def made(scheme, layers=LAYERS):
        tables = (
            f"[[layer]]\nname = '{name}'\nout = {out}\nkernel = 11\nstride = {stride}\nscheme = '{scheme}'\n"
            for name, out, stride in layers
        )
        path = tmp_path / f"{scheme}.toml"
        path.write_text(HEAD + "".join(tables))
        return read_network(str(path))

    return made


def measured(network, scheme, how=BYTE):
    return Measures(network, how, audit(network, scheme))


@pytest.mark.parametrize("scheme", [*BUILT_IN, *JOINED])
def test_a_network_replaced_takes_what_the_network_written_in_the_scheme_does(scheme, network):
    layers = LAYERS[:2] if scheme == "fire" else LAYERS  # its 1x1 branch does not stride
    found = measured(network("standard", layers), scheme)
    assert found.audited.replaced_layers == len(layers)
    written = measured(network(scheme, layers), None).footprint
    assert [step.bytes for step in found.replaced_memory.steps] == [
        step.bytes for step in written.memory.steps
    ]
    assert found.replaced_footprint.storage == written.storage


@pytest.mark.parametrize("scheme", [*BUILT_IN, *JOINED])
@pytest.mark.parametrize("fused", [False, True])
def test_a_layer_alone_takes_what_it_does_in_a_network_of_it(scheme, fused, network):
    how = Execution(bytes=1, fused=fused)
    (cost,) = measured(network("standard", LAYERS[:1]), scheme, how).layer_costs("memory")
    layer = Layer(32, 64, kernel=11, size=8)
    assert compare(layer, [scheme], execution=how).scheme(scheme).load.memory == cost.replaced


def test_maps_side_by_side_are_held_until_they_are_joined(network):
    """Fire, 32 -> 64 by a squeeze to 8: the input goes once it is squeezed, the branches stay, then both and
    what they are joined to."""
    found = measured(network("standard", LAYERS[:1]), "fire")
    steps = [step.bytes for step in found.replaced_memory.steps]
    assert steps == [64 * each for each in (32 + 8, 8 + 32, 8 + 32 + 32, 32 + 32 + 64)]
    (cost,) = found.layer_costs("memory")
    assert (cost.now, cost.replaced) == (64 * (32 + 64), 64 * 128)
    assert (cost.saving, cost.gain) == (0.75, -64 * 32)


def test_a_branch_that_another_stage_reads_is_joined_too(network):
    """Ghost, 32 -> 64: one half beside the input, both halves, then both and what they are joined to."""
    steps = measured(network("standard", LAYERS[:1]), "ghost-like").replaced_memory.steps
    assert [step.bytes for step in steps] == [64 * each for each in (32 + 32, 32 + 32, 32 + 32 + 64)]


def test_a_fork_is_within_no_limit_that_its_join_is_beyond(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(as_toml(FIRE).replace('"fire"', '"own-fire"'))
    layer = ("--ni", "32", "-s", "8", "--bytes", "1", "--schemes", str(path), "--scheme", "own-fire")
    for limit, code in ((64 * 128, 0), (64 * 128 - 1, 1)):
        assert sepcost("compare", "--no", "64", *layer, "--max-memory", str(limit)).code == code
        fit = sepcost("fit", "--for", "no", *layer, "--max-memory", str(limit), "-f", "json")
        assert fit.json["results"][0]["largest"] == (64 if code == 0 else 62)


def said(*options, folder):
    """Layer -> its memory now and replaced: in the table's data and on the page."""
    page = folder / "page.html"
    assert sepcost("audit", STANDARD, *options, "--metric", "memory", "-o", str(page)).code == 0
    (data,) = re.findall(r'id="data">(.*?)</script>', page.read_text())
    on_page = {layer["name"]: tuple(layer["memory"]) for layer in json.loads(data)["layers"]}
    layers = sepcost("audit", STANDARD, *options, "--metric", "memory", "-f", "json").json["layers"]
    in_table = {
        layer["name"]: (layer["memory"], (layer["replacement"] or layer)["memory"]) for layer in layers
    }
    return in_table, on_page


@pytest.mark.parametrize("scheme", ["separable", "fire", "ghost-like"])
@pytest.mark.parametrize("fused", [(), ("--fused",)])
def test_the_table_and_the_page_say_the_same_of_each_layer(scheme, fused, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # a page is faster without its picture
    in_table, on_page = said("--replace", scheme, "--bytes", "1", *fused, folder=tmp_path)
    assert in_table == on_page
    assert in_table["conv2"][0] == 112**2 * (32 + 64)
    if scheme in JOINED and not fused:
        assert in_table["conv2"][1] == 112**2 * (32 + 32 + 64)
    if fused:  # a scheme is one pass from the layer's input to its output, as the layer was
        assert all(now == replaced for now, replaced in in_table.values())


def test_a_plan_brings_a_fork_down_to_what_it_takes(network):
    """Fire, 128 -> 64, now 128 + 64: its input beside a squeeze to 32 is the most, its join 32 + 32 + 64."""
    made = network("standard", (("wide", 128, 1), ("narrow", 64, 1)))
    found = measured(made, "fire")
    wide, narrow = found.layer_costs("memory")
    assert (wide.now, narrow.now) == (64 * (32 + 128), 64 * (128 + 64))
    assert narrow.replaced == 64 * (128 + 32)
    for target, reached in ((64 * 160, True), (64 * 160 - 1, False)):
        plan = planned(found, "memory", target)
        assert (plan.reached, plan.layers) == (reached, ("narrow",) if reached else ())
    assert planned(found, "memory", 64 * 160).value == 64 * 160


def test_a_plan_for_memory_names_first_what_saves_most(tmp_path):
    """8 x 8² and 64 x 4² with 8 x 4² between, then 64 x 4² and 256 x 2² with 64 x 2² between."""
    path = tmp_path / "net.toml"
    layer = "[[layer]]\nname = '{}'\nout = {}\nkernel = 3\nstride = 2\n"
    path.write_text(f"channels = 8\nsize = 8\n{layer.format('less', 64)}{layer.format('more', 256)}")
    found = measured(read_network(str(path)), "separable")
    gains = {cost.name: cost.gain for cost in found.layer_costs("memory")}
    assert gains == {"less": 1536 - (128 + 1024), "more": 2048 - (1024 + 256)}
    assert planned(found, "memory", 1300).layers == ("more", "less")


def test_fused_replacements_bring_no_peak_down():
    network = read_network(STANDARD)
    found = measured(network, "separable", Execution(bytes=1, fused=True))
    assert found.replaced_memory.peak == found.memory.peak == 112**2 * (32 + 64)
    document = sepcost(
        "audit", STANDARD, "--fused", "--bytes", "1", "--target-memory", "99%", "-f", "json"
    ).json
    assert document["plan"]["reached"] is False


SUMS = """channels = 16
size = 96
[[layer]]
name = "a"
residual = true
out = 16
kernel = 3
repeat = 3
{}
[[layer]]
pool = "global"
[[layer]]
name = "last"
dense = 10
"""
PEAK = 3 * 16 * 96**2
"""Three maps: a sum holds its input beside the two of a stage."""
STORED = 3 * (9 * 16 + 16 * 16) + 160
CHIP = "peak = '1G'\nbandwidth = '1G'\nbytes = 1\nmemory = '{}'\n"


def sums(folder, scheme, *options):
    path = folder / "sums.toml"
    path.write_text(SUMS.format(f"scheme = '{scheme}'"))
    return sepcost("audit", str(path), *options)


@pytest.mark.parametrize("memory", ["stm32f746-int8", PEAK - 1, PEAK, PEAK + STORED])
def test_an_audit_says_of_a_network_replaced_what_it_says_of_the_network_written_so(memory, tmp_path):
    """A machine without storage holds the weights in its memory, too."""
    machine = memory
    if isinstance(memory, int):
        machine = str(tmp_path / "chip.toml")
        (tmp_path / "chip.toml").write_text(CHIP.format(memory))
    on = ("--machine", machine)
    written = sums(tmp_path, "separable", *on, "--replace", "none").text.splitlines()[1]
    assert written.startswith("fits: " if memory == PEAK + STORED else "does not fit: ")
    assert sums(tmp_path, "standard", *on).text.splitlines()[2] == f"replaced as separable: {written}"
    written = sums(tmp_path, "separable", *on, "--replace", "none", "-f", "json").json
    found = sums(tmp_path, "standard", *on, "-f", "json").json["replaced"]
    assert found["fits"] == written["fits"]
    assert found["memory"]["peak"] == written["totals"]["memory"]["peak"] == PEAK
    assert found["storage"] == written["totals"]["storage"] == STORED


def test_what_a_network_takes_replaced_stands_beside_what_it_takes(tmp_path):
    now = 2 * 16 * 96**2, 3 * 9 * 16 * 16 + 160
    text = sums(tmp_path, "standard", "--metric", "memory", "--bytes", "1").text
    change = f"memory {now[0]:,} -> {PEAK:,} bytes at the peak, storage {now[1]:,} -> {STORED:,} bytes"
    assert f"MACs 63,701,152 -> 11,059,360, {change}\n" in text
    (total,) = (line for line in text.splitlines() if line.startswith("total"))
    assert total.split()[-3:] == [f"{now[0]:,}", f"{PEAK:,}", "0.67x"]
    fused = sums(tmp_path, "standard", "--fused", "--bytes", "1").text
    assert f"memory {now[0]:,} -> {now[0]:,} bytes at the peak, storage {now[1]:,} -> {STORED:,}" in fused


def test_what_is_not_known_of_a_network_is_not_known_of_it_replaced(network):
    how = Execution(Machine(1, 1, memory=10**9, storage=10**9), bytes=1)
    known = network("standard")
    for unknown, metric in (
        (replace(known, all_held=False), "storage"),
        (replace(known, tensors=()), "memory"),
    ):
        measures = measured(unknown, "separable", how)
        now, then = measures.footprint, measures.replaced_footprint
        assert getattr(then, metric) is None
        assert getattr(then, f"{metric}_reason") == getattr(now, f"{metric}_reason")
        with pytest.raises(FieldError, match=f"max_{metric}: {metric} is not known"):
            measures.fits(replaced=True)


def test_a_map_that_may_grow_leaves_it_unproved_that_a_network_replaced_fits(network):
    """5 inputs of 32 x 8², read beside 32 x 8² between the stages; that and 64 x 8² are one, or 5."""
    made = network("standard", LAYERS[:1])
    tensors = (made.tensors[0], made.tensors[1]._replace(batched=False, grows=1))
    made = replace(made, tensors=tensors).for_batch(5)

    def fits(memory):
        how = Execution(Machine(1, 1, memory=memory, storage=10**6), bytes=1, batch=5)
        return measured(made, "separable", how).fits(replaced=True)[0].passed

    least, most = 64 * (5 * 32 + 32), 64 * 5 * (32 + 64)
    assert not fits(least - 1)
    assert fits(most)
    for memory in (least, most - 1):
        with pytest.raises(FieldError, match="memory for 5 inputs is not known"):
            fits(memory)


@pytest.mark.parametrize(("type_", "bits"), [(TensorProto.INT8, 8), (TensorProto.FLOAT16, 16)])
def test_new_weights_are_stored_in_the_type_of_those_that_they_replace(type_, bits, tmp_path):
    """8 -> 16 channels, of 3 x 3 x 8 weights each; separable 8 x 3 x 3 + 8 x 16; and a scale of 32 bits."""
    nodes = [node("DequantizeLinear", "w s", "f"), node("Conv", "x f", "y")]
    made = model(nodes, {"x": [1, 8, 8, 8]}, [weights("w", [16, 8, 3, 3], type_), weights("s", [])])
    read = read_onnx(saved(tmp_path, made))
    found = measured(read, "separable", Execution())
    assert found.footprint.storage == 16 * 8 * 9 * bits // 8 + 4
    assert found.replaced_footprint.storage == (8 * 9 + 8 * 16) * bits // 8 + 4
    assert measured(read, "separable", BYTE).replaced_footprint.storage == 8 * 9 + 8 * 16 + 1


def test_a_plan_says_whether_the_network_fits_with_its_replacements_alone(tmp_path):
    """The first two of three sums, as in the network in which they are written so."""
    on = ("--machine", "stm32f746-int8")
    planned_for = sums(tmp_path, "standard", *on, "--target-macs", "30M", "-f", "json").json
    text = sums(tmp_path, "standard", *on, "--target-macs", "30M").text
    third = SUMS[SUMS.index("[[layer]]") :].replace("repeat = 3", "").replace('"a"', '"b"').format("")
    head = SUMS[: SUMS.index("{}")].replace("repeat = 3", "repeat = 2\nscheme = 'separable'")
    (tmp_path / "two.toml").write_text(head + third)
    written = sepcost("audit", str(tmp_path / "two.toml"), *on, "--replace", "none", "-f", "json").json
    plan = planned_for["plan"]
    assert plan["layers"] == ["a_1", "a_2"]
    assert plan["fits"] == written["fits"]
    assert [limit["value"] for limit in plan["fits"]["limits"]] == [PEAK, STORED + 9 * 16 * 16 - 25 * 16]
    (heading,) = (line for line in text.splitlines() if line.startswith("2 replacements"))
    room = f"bytes of memory {PEAK:,} exceed the limit of 327,680 by {PEAK - 327_680:,}"
    assert heading == f"2 replacements for MACs of 28,606,624, within 30,000,000; does not fit: {room}"
    anywhere = sums(tmp_path, "standard", "--bytes", "1", "--target-macs", "30M", "-f", "json").json
    assert "fits" not in anywhere["plan"]


def test_what_a_layer_reads_beside_its_map_stays_for_all_of_its_stages(network):
    """A factor of the weights, 100 bytes, is there beside each stage's maps: 32 + 32 and 32 + 64 of 8 x 8."""
    made = network("standard", LAYERS[:1])
    (operator,) = made.operators
    made = replace(
        made,
        operators=(operator._replace(reads=(*operator.reads, "factor")),),
        tensors=(*made.tensors, Tensor("factor", (100,))),
    )
    steps = measured(made, "separable").replaced_memory.steps
    assert [step.bytes for step in steps] == [100 + 64 * (32 + 32), 100 + 64 * (32 + 64)]


def test_layers_of_one_operator_take_what_that_does(network):
    made = network("standard", LAYERS[:1])
    (operator,), (layer,) = made.operators, made.layers
    shared = replace(
        made,
        operators=(operator._replace(layers=("first", "twin")),),
        layers=(layer, replace(layer, name="twin")),
    )
    costs = measured(shared, None).layer_costs("memory")
    assert [(cost.name, cost.now) for cost in costs] == [("first", 64 * 96), ("twin", 64 * 96)]
