"""Budgets: a limit met exactly is kept, and whatever cannot be held fails."""

import json

import pytest
from onnx import TensorProto, helper

from sepcost.core.errors import FileError
from sepcost.network import budget
from sepcost.network.budget import check as check_file
from sepcost.report.budget import report, subject
from tests.cli.program import ROOT
from tests.network.onnx.models import conv, model, node, saved, value, weights

EXAMPLES = ROOT / "examples"
NET = """
channels = 3
size = 8
[[layer]]
name = "conv1"
out = 4
kernel = 3
[[layer]]
name = "conv2"
out = 8
kernel = 3
[[layer]]
dense = 10
"""
CONV1 = 4 * 3 * 9
CONV2 = 8 * 4 * 9
DENSE = 8 * 64 * 10


@pytest.fixture
def check(tmp_path):
    (tmp_path / "net.toml").write_text(NET)

    def checked(*entries):
        path = tmp_path / "budgets.toml"
        path.write_text("".join(f"[[budget]]\n{entry}\n" for entry in entries))
        return check_file(path)

    return checked


@pytest.fixture
def refusal(check):
    def refused(*entries):
        with pytest.raises(FileError) as caught:
            check(*entries)
        assert str(caught.value).isprintable()
        return str(caught.value).split("budgets.toml: ")[-1]

    return refused


def rows(budgets):
    return [
        (row.name, row.check.metric, row.check.value, row.check.passed, row.layer) for row in budgets.rows
    ]


HEAD = 'name = "b"\nnetwork = "net.toml"\n'


def test_each_limit_of_each_budget_is_a_row(check):
    macs = (CONV1 + CONV2) * 64 + DENSE
    total = CONV1 + CONV2 + DENSE
    found = check(
        f'name = "met"\nnetwork = "net.toml"\nmax_macs = {macs}\nmax_weights = "{total}"',
        f'name = "missed"\nnetwork = "net.toml"\nmax_weights = {total - 1}',
    )
    assert rows(found) == [
        ("met", "macs", macs, True, None),
        ("met", "weights", total, True, None),
        ("missed", "weights", total, False, None),
    ]
    assert not found.passed
    assert found.rows[-1].check.excess == 1


def test_a_budget_of_layers_holds_for_the_worst(check):
    found = check(HEAD + 'layer = "conv*"\nmax_macs = "10k"\nmax_weights = 300')
    assert rows(found) == [
        ("b", "macs", CONV2 * 64, False, "conv2"),
        ("b", "weights", CONV2, True, "conv2"),
    ]


def test_a_budget_of_layers_names_each_that_exceeds_it_the_worst_first(check):
    """MobileNetV1 has eight of 51,380,224 MACs: 128->128, 256->256, 512->512 five times, 1024->1024."""
    network = json.dumps(str(EXAMPLES / "mobilenet_v1.toml"))
    found = check(f'name = "b"\nnetwork = {network}\nlayer = "*/pointwise"\nmax_macs = "51M"')
    over = [f"conv{n}/pointwise" for n in ("4", "6", "8_1", "8_2", "8_3", "8_4", "8_5", "10")]
    (row,) = found.rows
    assert [row.layer, *row.others] == over
    assert subject(row) == f"b, {over[0]} (also {', '.join(over[1:4])} and 4 more)"
    assert report(found).document()["budgets"][0]["others"] == over[1:]


def test_the_examples_are_kept():
    found = check_file(EXAMPLES / "budgets.toml")
    assert found.passed
    assert found.rows[0].check.value == 568_740_352


def test_each_network_is_read_once(check, monkeypatch):
    reads = []
    read = budget.read_network
    monkeypatch.setattr(
        budget, "read_network", lambda path, **options: reads.append(path) or read(path, **options)
    )
    check(*(f'name = "{name}"\nnetwork = "net.toml"\nmax_macs = 1' for name in "abc"))
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("keys", "macs"),
    [
        ("width = 2.5", 10 * 3 * 9 * 64 + 20 * 10 * 9 * 64 + 20 * 64 * 10),  # 4 x 2.5 and 8 x 2.5 channels
        ('width = "5/2"', 10 * 3 * 9 * 64 + 20 * 10 * 9 * 64 + 20 * 64 * 10),
        ("size = 4", (CONV1 + CONV2) * 16 + 8 * 16 * 10),
        ("size = [2, 8]", (CONV1 + CONV2) * 16 + 8 * 16 * 10),
        ('size = "2x8"', (CONV1 + CONV2) * 16 + 8 * 16 * 10),
    ],
)
def test_a_budget_holds_a_network_at_a_width_and_a_size(check, keys, macs):
    own, changed = check(
        'name = "own"\nnetwork = "net.toml"\nmax_macs = "1M"',
        f'name = "changed"\nnetwork = "net.toml"\nmax_macs = {macs}\n{keys}',
    ).rows
    assert own.check.value == (CONV1 + CONV2) * 64 + DENSE
    assert (changed.check.value, changed.check.passed) == (macs, True)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("width = 0", "width: '0' is not above 0"),
        ("width = nan", "width: 'nan' is not a ratio"),
        ("width = 1e300", "width: '1e+300' is not a ratio"),
        ('width = "wide"', "width: 'wide' is not a ratio"),
        ("size = 0", "size: '0' is not a whole number"),
        ("size = [4, 4, 4]", "size: 4x4x4 is for 3 axes, where maps have 2"),
        ('size = "4x"', "size: '4x' is not a number"),
        ('input_shape = "1x3x8x8"', "input_shape: is for exported networks"),
    ],
)
def test_a_width_or_a_size_that_cannot_be_is_named(refusal, keys, problem):
    assert problem in refusal(f'name = "b"\nnetwork = "net.toml"\nmax_macs = 1\n{keys}')


def test_an_open_onnx_model_takes_its_shape_from_the_budget(check, refusal, tmp_path):
    saved(tmp_path, conv((1, 3, "h", "w"), (4, 3, 3, 3)))
    entry = 'name = "b"\nnetwork = "model.onnx"\nmax_macs = "10k"\n'
    assert check(entry + 'input_shape = "1x3x10x10"').rows[0].check.value == CONV1 * 64
    assert refusal(entry).endswith(
        "input 'x': dimension 2 ('h') is open: fix it with input_shape, such as 1x3x224x224"
    )
    assert check(entry + 'input_shape = "x=1x3x10x10"').rows[0].check.value == CONV1 * 64
    assert "input_shape: 'y' is no input; the first is 'x'" in refusal(entry + 'input_shape = "y=1x3x10x10"')
    assert "input_shape: '1x3xh' is not a shape" in refusal(entry + 'input_shape = "1x3xh"')


def test_an_opaque_operator_fails_unless_it_is_allowed(check, refusal, tmp_path):
    nodes = [node("Conv", "x w", "c"), node("Det", "c", "y")]
    saved(tmp_path, model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))]))
    entry = 'name = "b"\nnetwork = "model.onnx"\nmax_macs = "10k"\n'
    assert refusal(entry) == (
        "budget 'b': network: the cost of 'Det' is not known: leave it out with allow = [\"Det\"]"
    )
    assert check(entry + 'allow = ["Det", "LSTM"]').passed


def test_the_mend_for_an_opaque_operator_is_toml_whatever_its_name(check, refusal, tmp_path):
    nodes = [node("Conv", "x w", "c"), node('Fo"o\\', "c", "y", domain="v")]
    held = [weights("w", (4, 3, 3, 3))]
    saved(tmp_path, model(nodes, {"x": (1, 3, 8, 8)}, held, domains=["v"]))
    entry = 'name = "b"\nnetwork = "model.onnx"\nmax_macs = "10k"\n'
    mend = refusal(entry).partition("leave it out with ")[2]
    assert mend == r'allow = ["v.Fo\"o\\"]'
    assert check(entry + mend).passed


def test_a_network_of_nothing_counted_holds_nothing(refusal, tmp_path):
    saved(tmp_path, model([node("Relu", "x", "y")], {"x": (1, 3)}))
    problem = refusal('name = "b"\nnetwork = "model.onnx"\nmax_macs = 1')
    assert problem == "budget 'b': network: has no layer that is counted: the budget holds nothing"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('network = "net.toml"\nmax_macs = 1', "budget 1: name: is missing"),
        ('name = "b"\nmax_macs = 1', "budget 'b': network: is missing"),
        (HEAD, "budget 'b': max_macs: is missing: give max_macs, max_weights, max_memory, max_storage or"),
        (HEAD + "max_mac = 1", "budget 'b': 'max_mac': is not a key; did you mean max_macs?"),
        (HEAD + "max_flops = 1", "budget 'b': 'max_flops': is not a key; did you mean max_macs (1 MAC ="),
        (HEAD + "max_params = 1", "budget 'b': 'max_params': is not a key; did you mean max_weights?"),
        (HEAD + 'max_macs = "600X"', "budget 'b': max_macs: '600X' has no known unit; the units are k"),
        (HEAD + 'max_macs = "600m"', "budget 'b': max_macs: '600m' has no known unit"),
        (HEAD + 'max_macs = "0.0001k"', "budget 'b': max_macs: '0.0001k' is not a whole number"),
        (HEAD + 'max_macs = "1_000"', "budget 'b': max_macs: '1_000' is not a number"),
        (HEAD + "max_macs = 0", "budget 'b': max_macs: is not a whole number of at least 1"),
        (HEAD + "max_macs = -1", "budget 'b': max_macs: is not a whole number of at least 1"),
        (HEAD + "max_macs = 1.5", "budget 'b': max_macs: is not a limit"),
        (HEAD + "max_macs = true", "budget 'b': max_macs: is not a limit"),
        (HEAD + "max_macs = inf", "budget 'b': max_macs: is not a limit"),
        (HEAD + "max_macs = 0x" + "f" * 5000, "budget 'b': max_macs: is not a whole number"),
        (HEAD + 'max_macs = 1\nlayer = "cnv*"', "budget 'b': layer: 'cnv*' matches no layer; the first"),
        (HEAD + "max_macs = 1\nlayer = 3", "budget 'b': layer: is not a text"),
        (HEAD + 'max_macs = 1\nallow = "LSTM"', "budget 'b': allow: is not a list of operators"),
        (HEAD + 'max_macs = 1\ninput_shape = "1x3x8x8"', "budget 'b': input_shape: is for exported networks"),
    ],
)  # fmt: skip
def test_a_budget_that_cannot_be_held_is_refused_by_name(refusal, entry, problem):
    assert refusal(entry).startswith(problem)


def test_a_name_occurs_once(refusal):
    assert (
        refusal(HEAD + "max_macs = 1", HEAD + "max_macs = 2")
        == "budget 'b': name: occurs twice: names must differ"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("# nothing\n", "budget: is missing: write at least one [[budget]] table"),
        ("[[budgets]]\n", "'budgets': is not a key; did you mean budget?"),
        ("budget = 3", "budget: is missing"),
    ],
)
def test_a_file_without_budgets_is_refused(tmp_path, text, problem):
    path = tmp_path / "budgets.toml"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        check_file(path)
    assert str(caught.value).startswith(f"{path}: {problem}")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.toml", "cannot be read: no such file"),
        ("net.pt", "holds no graph that is read; this makes one: torch.export.save("),
        ("budgets.toml", "holds budgets"),
    ],
)
def test_a_network_that_cannot_be_read_is_named(check, tmp_path, name, problem):
    (tmp_path / "net.pt").touch()
    with pytest.raises(FileError) as caught:
        check(f'name = "b"\nnetwork = "{name}"\nmax_macs = 1')
    file = tmp_path / "budgets.toml"
    assert str(caught.value).startswith(f"{file}: budget 'b': {tmp_path / name}: {problem}")


def test_a_budget_may_say_that_there_is_no_batch(check, refusal, tmp_path):
    saved(tmp_path, model([node("Conv", "x w", "y")], {"x": (2, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))]))
    macs = 4 * 3 * 9 * 6 * 6
    entry = f'name = "b"\nnetwork = "model.onnx"\nmax_macs = {macs}\n'
    assert check(entry).passed
    assert not check(entry + "unbatched = true\n").passed
    assert refusal(entry + "unbatched = 1\n") == "budget 'b': unbatched: is neither true nor false"


def test_a_budget_holds_for_the_layers_of_both_branches(check, tmp_path):
    one, other = (
        helper.make_graph(
            [node("MatMul", "x w", out, f"head_{out}")],
            "branch",
            [],
            [value(out, None)],
            [weights("w", (4, size))],
        )
        for out, size in (("a", 5), ("b", 6))
    )
    made = model([node("If", "c", "y", then_branch=one, else_branch=other)], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    saved(tmp_path, made)
    entry = 'name = "b"\nnetwork = "model.onnx"\nlayer = "head_*"\nmax_weights = '
    assert check(entry + "24\n").passed
    assert not check(entry + "23\n").passed
    assert check(entry.replace("head_*", "head_a") + "20\n").passed


def test_a_budget_gives_shapes_by_the_names_of_inputs(check, refusal, tmp_path):
    made = model([node("MatMul", "x mask", "y")], {"x": (1, "n", 16), "mask": (1, 16, "m")})
    saved(tmp_path, made)
    entry = 'name = "b"\nnetwork = "model.onnx"\nmax_macs = 1120\ninput_shape = '
    assert check(entry + '{ x = "1x10x16", mask = "1x16x7" }\n').passed
    assert not check(entry + '{ "" = "1x10x16", mask = "1x16x8" }\n').passed
    assert "input_shape: is not a text" in refusal(entry + "{ x = 3 }\n")


OF_ONE = 'name = "b"\nnetwork = "model.onnx"\nlayer = "second"\n'


def two_layers(tmp_path, nodes, inputs, held):
    first = node("MatMul", "x v", "h", "first")
    saved(tmp_path, model([first, *nodes], {"x": (1, 50), **inputs}, [weights("v", (50, 8)), *held]))


@pytest.mark.parametrize("most", [1, 8 * 4 - 1])
def test_a_layer_whose_weights_may_be_given_proves_nothing_beside_larger_ones(check, refusal, tmp_path, most):
    two_layers(tmp_path, [node("MatMul", "h w", "y", "second")], {"w": (8, 4)}, [])
    assert "32 possible weights of 'MatMul' are not counted" in refusal(f"{OF_ONE}max_weights = {most}")
    assert check(f"{OF_ONE}max_weights = {8 * 4}").passed


def test_what_is_not_counted_of_one_layer_leaves_others_proved(check, tmp_path):
    two_layers(tmp_path, [node("Gemm", "h w", "y", "third")], {"w": (8, 4)}, [])
    of_first = OF_ONE.replace("second", "first")
    assert rows(check(f"{of_first}max_weights = {50 * 8}")) == [("b", "weights", 50 * 8, True, "first")]


def test_weights_that_are_scaled_at_run_time_are_stored_of_their_layer(check, tmp_path):
    nodes = [node("Mul", "w s", "m"), node("MatMul", "h m", "y", "second")]
    two_layers(tmp_path, nodes, {"s": ()}, [weights("w", (8, 4))])
    ((_, _, taken, passed, _),) = rows(check(f"{OF_ONE}max_storage = {8 * 4 * 4 - 1}"))
    assert (taken, passed) == (8 * 4 * 4, False)


def test_a_machine_limits_a_whole_network_by_itself_and_not_its_layers(check, refusal, tmp_path):
    path = tmp_path / "chip.toml"
    path.write_text('peak = "1G"\nbandwidth = "1G"\nbytes = 1\nmemory = "1Mi"\n')
    entry = f"{HEAD}machine = {json.dumps(str(path))}\n"
    assert [row.check.metric for row in check(entry).rows] == ["memory"]
    missing = "budget 'b': max_macs: is missing: give max_macs, "
    assert refusal(entry + 'layer = "conv*"').startswith(missing)
    path.write_text('peak = "1G"\nbandwidth = "1G"\n')
    assert refusal(entry).startswith(missing)


def test_a_machine_that_says_its_storage_alone_limits_that(check, tmp_path):
    path = tmp_path / "chip.toml"
    entry = f"{HEAD}machine = {json.dumps(str(path))}\n"
    for more, metrics in (("", ["storage"]), ("max_macs = '1T'\n", ["macs", "storage"])):
        path.write_text('peak = "1G"\nbandwidth = "1G"\nbytes = 1\nstorage = "1Ki"\n')
        found = check(entry + more).rows
        assert [row.check.metric for row in found] == metrics
        assert not found[-1].check.passed
