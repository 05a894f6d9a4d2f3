"""Branches, joins, blocks and residuals of a network in TOML, and the operators that they come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.errors import SepcostError
from sepcost.hardware.execution import Execution
from sepcost.network.memory import peak_memory
from tests.network.toml.networks import HEAD, network, refusal

CONV = "kernel = 1\nout"


@pytest.fixture
def read(tmp_path):
    return lambda *layers, head=HEAD: network(tmp_path, layers, head)


def block(keys, *layers):
    return keys + "".join(f"\n[[layer.layer]]\n{layer}" for layer in layers)


def graph(network):
    """What each operator does: its kind, what it reads and the channels that it writes."""
    channels = {tensor.name: tensor.shape[1] for tensor in network.tensors}
    return [
        f"{operator.op} {' '.join(operator.reads)} -> {operator.writes[0]} {channels[operator.writes[0]]}"
        for operator in network.operators
    ]


def test_a_layer_reads_the_one_before_unless_it_says_what(read):
    found = read(
        f"name = 'a'\n{CONV} = 4", f"name = 'b'\nfrom = 'input'\n{CONV} = 5", f"from = 'a'\n{CONV} = 6"
    )
    assert graph(found) == ["Conv input -> a 4", "Conv input -> b 5", "Conv a -> layer3 6"]
    assert found.outputs == ("b", "layer3")


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(("key", "op", "channels"), [("add", "Add", 4), ("concat", "Concat", 8)])
def test_a_join_is_a_layer_or_what_a_layer_reads(read, key, op, channels, alone):
    layers = [f"name = 'a'\n{CONV} = 4", f"name = 'b'\nfrom = 'input'\n{CONV} = 4"]
    join = f"name = 'c'\n{key} = ['a', 'b']"
    found = read(*layers, *([join, f"name = 'd'\n{CONV} = 9"] if alone else [f"{join}\n{CONV} = 9"]))
    last = [f"{op} a b -> c {channels}", "Conv c -> d 9"]
    if not alone:
        last = [f"{op} a b -> c/input {channels}", "Conv c/input -> c 9"]
    assert graph(found)[2:] == last
    assert found.layers[-1].n_i == channels


def test_layers_without_names_are_read_by_their_number(read):
    found = read(f"{CONV} = 4", f"{CONV} = 4", "add = ['layer1', 'layer2']", "dense = 2")
    assert graph(found)[2:] == ["Add layer1 layer2 -> layer3 4", "Gemm layer3 -> layer4 2"]


def test_a_stage_of_a_layer_can_be_read(read):
    """As SSD reads what block 13 of a MobileNetV2 expands."""
    found = read(
        "name = 'block'\nout = 4\nkernel = 3\nstride = 2\nscheme = 'inverted'",
        f"from = 'block/expand'\n{CONV} = 5",
    )
    assert graph(found)[-1] == "Conv block/expand -> layer2 5"
    assert found.layers[-1].n_i == 6 * 3


def test_a_residual_adds_what_a_layer_reads(read):
    found = read(f"name = 'a'\n{CONV} = 3\nresidual = true", f"{CONV} = 5")
    assert graph(found) == ["Conv input -> a 3", "Add a input -> a/residual 3", "Conv a/residual -> layer2 5"]


def test_each_turn_adds_its_input_where_the_two_agree(read):
    found = read("name = 'a'\nout = 8\nkernel = 3\nstride = 2\nresidual = true\nrepeat = 3")
    assert graph(found) == [
        "Conv input -> a_1 8",
        "Conv a_1 -> a_2 8",
        "Add a_2 a_1 -> a_2/residual 8",
        "Conv a_2/residual -> a_3 8",
        "Add a_3 a_2/residual -> a_3/residual 8",
    ]
    assert found.outputs == ("a_3/residual",)


def test_a_block_is_several_layers_that_are_repeated_together(read):
    inner = (f"name = 'x'\n{CONV} = 4\nstride = 2", f"name = 'y'\n{CONV} = 8")
    found = read(
        block("name = 'b'\nrepeat = 2\nresidual = true", *inner),
        f"from = 'b_1'\n{CONV} = 2",
        f"from = 'b'\n{CONV} = 1",
    )
    assert graph(found) == [
        "Conv input -> b_1/x 4",
        "Conv b_1/x -> b_1/y 8",
        "Conv b_1/y -> b_2/x 4",
        "Conv b_2/x -> b_2/y 8",
        "Add b_2/y b_1/y -> b_2/residual 8",
        "Conv b_1/y -> layer2 2",
        "Conv b_2/residual -> layer3 1",
    ]
    assert [layer.positions for layer in found.layers] == [16 * 12] * 6


def test_a_name_in_a_block_is_that_of_its_own_turn_and_else_of_what_stands_around_it(read):
    inner = (
        f"name = 'x'\n{CONV} = 4",
        f"name = 'z'\nfrom = 'input'\n{CONV} = 4",
        "concat = ['x', 'z', 'input', 'stem']",
        f"{CONV} = 6",
    )
    found = read(
        f"name = 'stem'\n{CONV} = 6", f"name = 'x'\n{CONV} = 6", block("name = 'b'\nrepeat = 2", *inner)
    )
    joins = [line for line in graph(found) if line.startswith("Concat")]
    assert joins == [
        "Concat b_1/x b_1/z x stem -> b_1/layer3 20",
        "Concat b_2/x b_2/z b_1/layer4 stem -> b_2/layer3 20",
    ]
    outside = read(
        f"name = 'x'\n{CONV} = 6", block("name = 'b'", f"name = 'y'\n{CONV} = 4"), f"from = 'b/y'\n{CONV} = 1"
    )
    assert graph(outside)[-1] == "Conv b/y -> layer3 1"


def test_a_stride_in_blocks_is_that_of_the_first_turn_of_all(read):
    inner = "[[layer.layer.layer]]\nout = 3\nkernel = 1\nstride = 2"
    found = read(block("name = 'b'\nrepeat = 2", f"name = 'c'\nrepeat = 2\n{inner}"))
    strides = {layer.name: layer.stride[0] for layer in found.layers}
    assert strides == {"b_1/c_1/layer1": 2, "b_1/c_2/layer1": 1, "b_2/c_1/layer1": 1, "b_2/c_2/layer1": 1}


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        (
            ["from = 'b'\nname = 'a'\nKERNEL", "name = 'b'\nKERNEL"],
            "layer 'a': from: 'b' is no earlier layer",
        ),
        (["name = 'a'\nadd = ['a', 'input']\nKERNEL"], "layer 'a': add: 'a' is no earlier layer"),
        (
            ["name = 'stem'\nKERNEL", "from = 'stme'\nKERNEL"],
            "layer 'layer2': from: 'stme' is no earlier layer; did you mean stem?",
        ),
        (["from = 3\nKERNEL"], "layer 'layer1': from: is not a text of 1 to 200 characters"),
        (["from = 'input'"], "layer 'layer1': out: is missing"),
        (["add = ['input']\nKERNEL"], "layer 'layer1': add: is not a list of 2 to 1000 names"),
        (["add = 'input'\nKERNEL"], "layer 'layer1': add: is not a list of 2 to 1000 names"),
        (["concat = ['input', 3]\nKERNEL"], "layer 'layer1': concat: is not a text"),
        (["from = 'input'\nadd = ['input', 'input']\nKERNEL"], "layer 'layer1': add: stands beside from"),
        (
            ["name = 'a'\nKERNEL\nstride = 2", "concat = ['input', 'a']"],
            "layer 'layer2': concat: 'input' has 3 channels of 32x24, 'a' 8 channels of 16x12: they",
        ),
        (
            ["name = 'a'\nKERNEL", "add = ['input', 'a']"],
            "layer 'layer2': add: 'input' has 3 channels of 32x24, 'a' 8 channels",
        ),
        (
            ["name = 'a'\ndense = 3", "from = 'input'\nname = 'b'\npool = 'global'", "add = ['a', 'b']"],
            "layer 'layer3': add: 'a' has 3 channels, 'b' 3 channels of 1x1: they must agree",
        ),
        (
            ["name = 'a'\nKERNEL\nresidual = true"],
            "layer 'a': residual: reads 3 channels of 32x24 and writes 8 channels of 32x24: they must agree",
        ),
        (
            ["name = 'a'\nKERNEL\npadding = 'valid'\nresidual = true\nrepeat = 2"],
            "layer 'a': residual: no turn writes what it reads",
        ),
        (["dense = 4", "se = 4"], "layer 'layer2': se: follows a dense layer: only dense does"),
        (
            ["name = 'a/b'\nKERNEL", block("name = 'a'", "name = 'b'\nKERNEL")],
            "layer 'a': layer 'b': name: the name 'a/b' occurs twice",
        ),
        (
            ["name = 'a'\nKERNEL\nrepeat = 2", "name = 'a'\nKERNEL"],
            "layer 'a': name: the name 'a' occurs twice",
        ),
        (
            [block("name = 'a'", "name = 'b'\nKERNEL\nstrde = 1")],
            "layer 'a': layer 'b': 'strde': is not a key; did you mean stride?",
        ),
        ([block("name = 'a'\nout = 3", "KERNEL")], "layer 'a': layer: stands beside out"),
        (["[layer.layer]", "out = 1"], "layer 'layer1': layer: is one table, not a list of them"),
        (["layer = 3"], "layer 'layer1': layer: is not a list of tables, at least one"),
        (
            ["concat = ['input', 'input']\nKERNEL\nrepeat = 0"],
            "layer 'layer1': repeat: '0' is not a whole number",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused_by_layer_and_key(tmp_path, layers, problem):
    text = HEAD + "".join(
        f"[[layer]]\n{layer}\n".replace("KERNEL", "out = 8\nkernel = 3") for layer in layers
    )
    assert refusal(tmp_path, text).startswith(problem)


def nested(depth, keys, inner):
    """Blocks in one another, each with the same keys."""
    tables = [f"[[{'.'.join(['layer'] * level)}]]\n{keys}\n" for level in range(1, depth + 1)]
    return HEAD + "".join(tables) + f"[[{'.'.join(['layer'] * (depth + 1))}]]\n{inner}\n"


TWICE = "".join(
    f"[[layer]]\nname = 'c{n}'\nconcat = {[f'c{n - 1}' if n else 'input'] * 2}\n" for n in range(40)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (nested(9, "", "out = 1\nkernel = 1"), "more than 8 blocks in one another"),
        (nested(60, "", "out = 1\nkernel = 1"), "more than 8 blocks in one another"),
        (nested(200, "", "out = 1\nkernel = 1"), "it is nested too deeply"),
        (nested(8, "repeat = 100000", "pool = 1"), "the network reads more than 2000 maps"),
        (nested(8, "repeat = 100000", "out = 1\nkernel = 1"), "the network has more than 1000 layers"),
        (nested(8, "repeat = 100000", f"add = {['input'] * 1000}"), "the network reads more than 2000 maps"),
        (HEAD + TWICE, "concat: '1610612736' is not a whole number"),
    ],
)
def test_what_is_built_to_be_large_ends_at_a_limit(tmp_path, monkeypatch, text, problem):
    monkeypatch.setattr("sepcost.network.toml.record.MOST_LAYERS", 1000)
    monkeypatch.setattr("sepcost.network.toml.record.MOST_READ", 2000)
    assert problem in refusal(tmp_path, text)


ENTRY = st.sampled_from(
    [
        "kernel = 3\nout = 4",
        "kernel = 1\nout = 4\nresidual = true",
        "kernel = 3\nout = 4\nscheme = 'inverted'\nse = 2",
        "kernel = 3\nout = 4\nscheme = 'separable'\nrepeat = 2\nresidual = true",
        "kernel = 2\nstride = 2\nout = 4\ntransposed = true",
        "upsample = 2",
        "pool = 2",
        "se = 2",
        "",
    ]
)
READS = st.sampled_from(
    ["", "", "from = 'a'", "from = 'input'", "add = ['a', 'b']", "concat = ['b', 'a', 'b']"]
)


@given(st.lists(st.tuples(ENTRY, READS), min_size=1, max_size=6))
def test_every_network_runs_in_its_order_on_maps_of_the_sizes_that_it_says(tmp_path_factory, layers):
    texts = ["name = 'a'\nkernel = 1\nout = 4", "name = 'b'\nkernel = 3\nout = 4"]
    texts += [f"{reads}\n{entry}" for entry, reads in layers]
    try:
        found = network(tmp_path_factory.mktemp("net"), texts)
    except SepcostError:
        return
    shapes = {found.tensors[0].name: found.input}
    by_name = {layer.name: layer for layer in found.layers}
    for operator in found.operators:
        read = [shapes[name] for name in operator.reads]
        (made,) = (tensor.shape for tensor in found.tensors if tensor.name == operator.writes[0])
        assert operator.writes[0] not in shapes
        shapes[operator.writes[0]] = made
        for layer in (by_name[name] for name in operator.layers):
            assert (layer.input_shape, layer.output_shape) == (read[0], made)
        if operator.op == "Concat":
            assert made[1] == sum(each[1] for each in read)
        if operator.op in ("Add", "Concat"):
            assert {each[2:] for each in read} == {made[2:]}
    counted = [name for operator in found.operators for name in operator.layers]
    assert counted == [layer.name for layer in found.layers]
    assert set(found.outputs) <= set(shapes)
    assert peak_memory(found, Execution(bytes=1)).peak > 0
