"""sepcost check: budgets held are 0, one exceeded is 1, and whatever proves nothing is 2."""

import csv
import io
import json
import os
import random
import re
from glob import escape

import pytest
from markdown_it import MarkdownIt

from sepcost.network import memory
from tests.cli.hostile import HOSTILE, SHOWN, toml
from tests.cli.program import ROOT, on_terminal, sepcost
from tests.cli.test_imports import imported
from tests.network.onnx.models import conv, function, model, node, saved, weights

EXAMPLE = ROOT / "examples" / "budgets.toml"
NETWORK = """
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
name = "head"
dense = 10
"""
CONV1, CONV2, HEAD = 4 * 3 * 9, 8 * 4 * 9, 8 * 8 * 8 * 10
WEIGHTS = CONV1 + CONV2 + HEAD
MACS = (CONV1 + CONV2) * 8 * 8 + HEAD

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def budgets(tmp_path):
    """Write a budgets file beside a network and return its path; each entry is a budget's keys."""
    (tmp_path / "net.toml").write_text(NETWORK)
    path = tmp_path / "budgets.toml"

    def written(*entries):
        path.write_text("".join(f"[[budget]]\n{entry}\n" for entry in entries))
        return str(path)

    return written


def entry(*lines, name="b", network="net.toml"):
    return "\n".join((f"name = {json.dumps(name)}", f'network = "{network}"', *lines))


def refusal(path):
    """The one line, after the file's name, with which a budgets file is refused."""
    return sepcost("check", path).refusal.removeprefix(f"{path}: ")


def test_json_key_by_key(budgets):
    path = budgets(
        entry(f"max_macs = {MACS}", f"max_weights = {WEIGHTS - 1}", name="whole"),
        entry('max_macs = "18.4k"', 'layer = "conv*"', name="worst"),
    )
    done = sepcost("check", path, "-f", "json")
    assert done.code == 1
    assert done.json == {
        "schema": "sepcost/check/1",
        "convention": {"unit": "MAC", "bias": False, "batch": 1},
        "passed": False,
        "budgets": [
            {"name": "whole", "metric": "macs", "limit": MACS, "value": MACS, "passed": True},
            {
                "name": "whole",
                "metric": "weights",
                "limit": WEIGHTS - 1,
                "value": WEIGHTS,
                "passed": False,
            },
            {
                "name": "worst",
                "metric": "macs",
                "limit": 18_400,
                "value": CONV2 * 64,
                "passed": False,
                "layer": "conv2",
            },
        ],
    }
    assert list(done.json) == ["schema", "convention", "passed", "budgets"]


def test_the_examples_budgets_are_held():
    done = sepcost("check", str(EXAMPLE), "-f", "json")
    assert (done.code, done.err) == (0, "")
    assert done.json["passed"]
    assert [row["value"] for row in done.json["budgets"]] == [
        568_740_352,  # the paper's Table 4: 569 M MACs
        4_209_088,  # and 4.2 M weights
        512 * 512 * 14 * 14,  # the first of the pointwise layers that take most
        4_866_269_184 + 1_024_000,  # 4866 M, and the classifier that the paper leaves out
    ]


def test_a_limit_is_still_kept_when_it_is_met(budgets):
    met = sepcost("check", budgets(entry(f"max_macs = {MACS}", f"max_weights = {WEIGHTS}")))
    assert (met.code, met.err) == (0, "")
    missed = sepcost("check", budgets(entry(f"max_macs = {MACS - 1}", f"max_weights = {WEIGHTS - 1}")))
    assert missed.code == 1
    assert missed.err.splitlines() == [
        f"sepcost check: b: MACs {MACS:,} exceed the limit of {MACS - 1:,} by 1",
        f"sepcost check: b: weights {WEIGHTS:,} exceed the limit of {WEIGHTS - 1:,} by 1",
    ]


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "latex", "github"])
def test_on_exit_1_stdout_is_whole(budgets, format_):
    path = budgets(entry("max_macs = 1", name="first"), entry("max_macs = 1", name="second"))
    done = sepcost("check", path, "-f", format_)
    assert done.code == 1
    assert done.text.index("first") < done.text.index("second")
    assert f"{MACS:,}" in done.text or str(MACS) in done.text
    assert done.err.count("\n") == 2


def test_the_table_shows_exact_numbers_and_how_many_limits_are_held(budgets):
    path = budgets(entry(f'max_macs = "{MACS}"', 'max_weights = "5.5k"'))
    text = sepcost("check", path).text
    title, _, headings, macs, held_weights, *_ = text.splitlines()
    assert title == "1 of 2 limits held"
    assert headings.split() == ["budget", "counted", "limit", "value", "held"]
    assert macs.split() == ["b", "MACs", f"{MACS:,}", f"{MACS:,}", "yes"]
    assert held_weights.split() == ["b", "weights", "5,500", f"{WEIGHTS:,}", "no"]
    assert text.endswith("MACs (1 MAC = 2 FLOPs), bias not counted, batch 1\n")


def test_csv_has_a_row_a_limit(budgets):
    path = budgets(entry("max_macs = 1", 'layer = "conv*"', name="=cmd()"))
    (row,) = csv.DictReader(io.StringIO(sepcost("check", path, "-f", "csv").text))
    assert row == {
        "name": "'=cmd()",
        "layer": "conv2",
        "metric": "macs",
        "limit": "1",
        "value": str(CONV2 * 64),
        "passed": "false",
        "source": "",
        "error": "",
        "bytes": "",
    }


def test_a_budgets_network_stands_beside_the_budgets(budgets, tmp_path, monkeypatch):
    path = budgets(entry("max_macs = 1"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert sepcost("check", os.path.relpath(path)).code == 1


def test_the_document_goes_to_a_file_whole(budgets, tmp_path):
    path, target = budgets(entry("max_macs = 1")), tmp_path / "out.json"
    done = sepcost("check", path, "-o", str(target))
    assert (done.code, done.out) == (1, b"")
    assert json.loads(target.read_text())["passed"] is False


def test_budgets_of_toml_networks_bring_in_no_library_but_click(tmp_path):
    assert imported(f"check {EXAMPLE}", tmp_path) == {"click"}


CHIP = 'peak = "1G"\nbandwidth = "1G"\nbytes = {bytes}\nmemory = "1Mi"\nstorage = "1Mi"\n'


def notes_of(path):
    """The lines below the table, without the one that every table ends with."""
    return sepcost("check", path).text.split("\n\n")[-1].splitlines()[:-1]


@pytest.fixture
def chip(tmp_path):
    for size in (1, 2):
        (tmp_path / f"chip{size}.toml").write_text(f'name = "chip{size}"\n' + CHIP.format(bytes=size))
    return "machine: chip{}, 1 G MAC/s, 1 G byte/s, balance 1 MACs/byte"


def test_counts_need_no_word_of_bytes_and_bytes_have_one(budgets):
    assert notes_of(budgets(entry("max_macs = 1"))) == []
    assert notes_of(budgets(entry('max_memory = "1M"', "max_macs = 1"))) == [
        "memory and storage: 4 bytes an element"
    ]


def test_what_budgets_share_is_said_once(budgets, chip):
    of_one = [entry('machine = "chip1.toml"', 'max_time = "1s"', name=str(n)) for n in range(9)]
    bound = "bound: roofline bound, max(MACs/peak, bytes/bandwidth) of each pass; a run takes that or longer"
    assert sorted(notes_of(budgets(*of_one))) == sorted(
        [
            "memory and storage: 1 byte an element",
            "bytes moved: inputs, weights and outputs once a pass, 1 byte an element; a pass for each stage",
            bound,
            "the bound leaves out operators that are not counted, such as pooling and activations",
            chip.format(1),
        ]
    )


def test_where_budgets_differ_each_note_names_those_that_it_holds_for(budgets, chip):
    one = [entry('machine = "chip1.toml"', name=name) for name in "abcde"]
    two = entry('machine = "chip2.toml"', name="z")
    assert notes_of(budgets(*one, two)) == [
        "a, b, c and 2 more: memory and storage: 1 byte an element",
        "z: memory and storage: 2 bytes an element",
        f"a, b, c and 2 more: {chip.format(1)}",
        f"z: {chip.format(2)}",
    ]


def test_a_file_of_its_own_types_on_a_machine_of_others_is_told_so(budgets, chip):
    network = os.path.relpath(ROOT / "examples" / "resnet18.pt2", os.path.dirname(budgets()))
    own = budgets(entry('machine = "chip1.toml"', network=network))
    # Parameters are float32, the counters of batches int64.
    said = "memory and storage: elements take the bytes of the file's own types (4 and 8)"
    assert notes_of(own)[0] == f"{said}: bytes = 1 counts them as on this machine"
    assert {row["bytes"] for row in sepcost("check", own, "-f", "json").json["budgets"]} == {None}
    set_to_one = budgets(entry('machine = "chip1.toml"', "bytes = 1", network=network))
    assert notes_of(set_to_one)[0] == "memory and storage: 1 byte an element"
    assert {row["bytes"] for row in sepcost("check", set_to_one, "-f", "json").json["budgets"]} == {1}


def test_a_workflow_is_told_what_is_held_and_what_is_not(budgets):
    path = budgets(entry(f"max_macs = {MACS}", 'max_weights = "5k"'))
    assert sepcost("check", path, "-f", "github").text.splitlines() == [
        f"::notice file={path},title=b::MACs {MACS:,} within the limit of {MACS:,}",
        f"::error file={path},title=b::weights {WEIGHTS:,} exceed the limit of 5,000 by {WEIGHTS - 5000:,}",
    ]


@pytest.mark.parametrize(
    "keys", ["max_macks = 1", 'max_macs = "1 furlong"', 'max_macs = 1\nlayer = "nothing*"']
)
def test_a_workflow_is_told_of_no_budget_where_none_can_be_held(budgets, keys):
    """Nothing on stdout, as in every format: the action annotates the line on stderr."""
    path = budgets(entry(f"max_macs = {MACS}"), entry(keys))
    assert sepcost("check", path, "-f", "github").refusal == sepcost("check", path).refusal


COMMAND = re.compile(r"::(notice|error) file=([^,:\r\n]*),title=([^,:\r\n]*)::([^\r\n]*)")
ESCAPED = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_ends_or_begins_a_workflow_command(budgets, name):
    path = budgets(entry("max_macs = 1", name=name))
    done = sepcost("check", path, "-f", "github")
    (line,) = done.text.splitlines()
    _, file, title, _ = COMMAND.fullmatch(line).groups()
    unescape = re.compile("|".join(ESCAPED))
    assert unescape.sub(lambda found: ESCAPED[found[0]], title) == SHOWN[HOSTILE.index(name)]
    assert unescape.sub(lambda found: ESCAPED[found[0]], file) == path
    assert not any(line.startswith("::") for line in done.err.splitlines())


def test_the_name_of_the_file_is_escaped_too(budgets, tmp_path):
    budgets(entry("max_macs = 1"))
    path = tmp_path / "a,b::c%d\n.toml"
    (tmp_path / "budgets.toml").rename(path)
    (line,) = sepcost("check", str(path), "-f", "github").text.splitlines()
    assert line.startswith(f"::error file={tmp_path}/a%2Cb%3A%3Ac%25d%0A.toml,title=b::MACs ")


@pytest.fixture
def hostile(budgets, tmp_path):
    """A budget of each name for the layer of that name, which holds 8 * 8 * 9 = 576 weights."""
    (tmp_path / "hostile.toml").write_text(toml())
    return budgets(
        *(
            entry(
                "max_weights = 1", f"layer = {json.dumps(escape(shown))}", name=name, network="hostile.toml"
            )
            for name, shown in zip(HOSTILE, SHOWN, strict=True)
        )
    )


def test_json_has_every_name(hostile):
    rows = sepcost("check", hostile, "-f", "json").json["budgets"]
    assert [(row["name"], row["layer"]) for row in rows] == [(name, name) for name in SHOWN]


def test_markdown_says_every_name_as_it_is(hostile):
    tokens = MarkdownIt("commonmark").enable("table").parse(sepcost("check", hostile, "-f", "markdown").text)
    inline = [token for token in tokens if token.type == "inline"]
    said = {"".join(child.content for child in token.children) for token in inline}
    assert {f"{name}, {name}" for name in SHOWN} <= said


@pytest.mark.parametrize("columns", [60, 160])
def test_a_terminal_shows_every_name_and_number(hostile, columns):
    done = on_terminal("check", hostile, columns=columns)
    assert done.code == 1
    text = ESCAPE.sub("", done.text)
    assert "\x1b" not in text
    assert len(re.findall(r"(?<![\d,])576(?![\d,])", text)) == len(SHOWN)
    if columns == 160:
        assert all(f"{name}, {name}" in text for name in SHOWN if len(name) < 40)


HEAD_OF_B = 'name = "b"\nnetwork = "net.toml"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("max_macs = 1\nmax_weigths = 1", "budget 'b': 'max_weigths': is not a key; did you mean"),
        ("Max_macs = 1", "budget 'b': 'Max_macs': is not a key"),
        ('max_macs = "600m"', "budget 'b': max_macs: '600m' has no known unit; the units are k"),
        ('max_macs = "600 MB"', "budget 'b': max_macs: '600 MB'"),
        ('max_macs = "1e6"', "budget 'b': max_macs: '1e6' is not a number"),
        ('max_macs = "inf"', "budget 'b': max_macs: 'inf' is not a number"),
        ('max_macs = ""', "budget 'b': max_macs: '' is not a number"),
        ('max_macs = "٣"', "budget 'b': max_macs: '٣' is not a number"),
        ('max_macs = "1.0001k"', "budget 'b': max_macs: '1.0001k' is not a whole number"),
        ("max_macs = 0", "budget 'b': max_macs: is not a whole number of at least 1"),
        ("max_macs = 1e6", "budget 'b': max_macs: is not a limit"),
        ("max_macs = nan", "budget 'b': max_macs: is not a limit"),
        ("max_macs = [1]", "budget 'b': max_macs: is not a limit"),
        ("max_macs = true", "budget 'b': max_macs: is not a limit"),
        ("", "budget 'b': max_macs: is missing: give max_macs, max_weights, max_memory, max_storage or"),
        ('max_macs = 1\nlayer = "cnv*"', "budget 'b': layer: 'cnv*' matches no layer; the first is 'conv1'"),
        ('max_macs = 1\nlayer = "CONV1"', "budget 'b': layer: 'CONV1' matches no layer"),
        ('max_macs = 1\nlayer = ""', "budget 'b': layer: is not a text"),
        ('max_macs = 1\nallow = "LSTM"', "budget 'b': allow: is not a list of operators"),
        ('max_macs = 1\ninput_shape = "1x3x8x8"', "budget 'b': input_shape: is for exported networks"),
        ('max_macs = 1\ninput_shape = "1,3,8,8"', "budget 'b': input_shape: '1,3,8,8' is not a shape"),
        ("max_macs = 1\nmax_macs = 2", "is not TOML: "),
    ],
)  # fmt: skip
def test_a_budget_that_says_something_else_is_refused(budgets, text, problem):
    assert refusal(budgets(HEAD_OF_B + text)).startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n\n# budgets to come\n", "budget: is missing: write at least one [[budget]] table"),
        (b"budget = []\n", "budget: is missing"),
        (b"[budget]\nname = 'b'\n", "budget: is one table, not a list of them: write its name in double"),
        (b"[[budgets]]\nname = 'b'\n", "'budgets': is not a key; did you mean budget?"),
        (b"\xff\xfe[\x00", "is not UTF-8 text"),
        (b"[[budget]]\nname = 'b", "is not TOML: "),
        (b"a = " + b"[" * 5000, "is not TOML: it is nested too deeply"),
        (b"a = " + b"{a=" * 5000, "is not TOML: it is nested too deeply"),
        (b"a." * 50_000 + b"a = 1", "is not TOML: it is nested too deeply"),
        (b"# " + b"x" * 2**18, "is larger than 262144 bytes"),
        (b"[[budget]]\n" * 10_000, "budget 1: name: is missing"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_budgets_is_refused(tmp_path, content, problem):
    path = tmp_path / "budgets.toml"
    path.write_bytes(content)
    assert refusal(str(path)).startswith(problem)


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    for path, problem in (
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "absent.toml", "cannot be read: no such file or directory"),
        (tmp_path / "pipe.toml", "is not a regular file"),
        ("/dev/zero", "is not a regular file"),
    ):
        assert refusal(str(path)) == problem


@pytest.mark.parametrize(
    ("network", "problem"),
    [
        ("absent.toml", "cannot be read: no such file or directory"),
        ("absent.onnx", "cannot be read: no such file or directory"),
        ("folder.toml", "is a folder, not a file"),
        ("", "budget 'b': network: is not a text"),
        ("net.pt", "holds no graph that is read; this makes one: torch.export.save("),
        ("budgets.toml", "holds budgets"),
        ("empty.toml", "is empty"),
        ("latin.toml", "is not UTF-8 text"),
        ("huge.toml", "is larger than 262144 bytes"),
        ("deep.toml", "is not TOML: it is nested too deeply"),
        ("pools.toml", "layer: the network has no layer with weights"),
        ("empty.onnx", "is empty"),
        ("text.onnx", "is no ONNX model"),
    ],
)
def test_a_network_that_cannot_be_trusted_fails_its_budget(budgets, tmp_path, network, problem):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "empty.toml").touch()
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "net.pt").touch()
    (tmp_path / "text.onnx").write_text("no model at all")
    (tmp_path / "latin.toml").write_bytes(b'name = "r\xe9seau"')
    (tmp_path / "huge.toml").write_bytes(b"#" * 2**19)
    (tmp_path / "deep.toml").write_bytes(b"a = " + b"[" * 999)
    (tmp_path / "pools.toml").write_text('channels = 3\nsize = 8\n[[layer]]\npool = "global"\n')
    assert problem in refusal(budgets(entry("max_macs = 1", network=network)))


def test_one_budget_that_cannot_be_held_outweighs_those_that_are(budgets):
    path = budgets(entry('max_macs = "1T"', name="a"), entry("max_mac = 1"))
    assert refusal(path).startswith("budget 'b': 'max_mac': is not a key")
    path = budgets(entry("max_macs = 1", name="a"), entry("max_mac = 1"))
    assert refusal(path).startswith("budget 'b': 'max_mac': is not a key")


def test_names_differ(budgets):
    assert refusal(budgets(entry("max_macs = 1"), entry("max_weights = 1"))) == (
        "budget 'b': name: occurs twice: names must differ"
    )


def test_an_operator_of_unknown_cost_fails_its_budget_unless_allowed(budgets, tmp_path):
    nodes = [node("Conv", "x w", "c"), node("Det", "c", "y")]
    saved(tmp_path, model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))]))
    limit = f"max_macs = {4 * 3 * 9 * 6 * 6}"
    assert refusal(budgets(entry(limit, network="model.onnx"))) == (
        "budget 'b': network: the cost of 'Det' is not known: leave it out with allow = [\"Det\"]"
    )
    assert sepcost("check", budgets(entry(limit, 'allow = ["Det"]', network="model.onnx"))).code == 0
    assert sepcost("check", budgets(entry(limit, 'allow = ["det"]', network="model.onnx"))).code == 2
    assert sepcost("check", budgets(entry("max_macs = 1", 'allow = ["Det"]', network="model.onnx"))).code == 1


@pytest.mark.parametrize("opset", [17, 21], ids=["another opset", "the model's opset"])
def test_a_function_cannot_hide_a_product_behind_the_name_of_a_free_operator(budgets, tmp_path, opset):
    add = function("Add", node("MatMul", "a b", "c"), domain="", opset=opset)
    nodes = [node("MatMul", "x v", "t"), node("Add", "t w", "y")]
    held = [weights("v", (4, 4)), weights("w", (4, 4))]
    saved(tmp_path, model(nodes, {"x": (1, 4)}, held, functions=[add]))
    problem = refusal(budgets(entry(f"max_macs = {4 * 4}", network="model.onnx")))
    assert problem.endswith("its function 'Add' is in the domain of standard operators: give it another")


def test_an_open_model_fails_its_budget_unless_its_shape_is_given(budgets, tmp_path):
    saved(tmp_path, conv(("N", 3, "h", "w"), (4, 3, 3, 3)))
    limit = f"max_macs = {4 * 3 * 9 * 8 * 8}"
    problem = refusal(budgets(entry(limit, network="model.onnx")))
    assert "model.onnx: input 'x': dimension 2 ('h') is open: fix it with input_shape, such as" in problem
    assert "fix it with --input-shape, such as" in sepcost("audit", str(tmp_path / "model.onnx")).err
    variable = {"SEPCOST_AUDIT_INPUT_SHAPE": "1x3"}
    problem = sepcost("audit", str(tmp_path / "model.onnx"), **variable).err
    assert "SEPCOST_AUDIT_INPUT_SHAPE: 1x3 has 2 dimensions, input 'x' has 4" in problem
    given = 'input_shape = "1x3x10x10"'
    assert sepcost("check", budgets(entry(limit, given, network="model.onnx"))).code == 0
    larger = 'input_shape = "1x3x11x10"'
    assert sepcost("check", budgets(entry(limit, larger, network="model.onnx"))).code == 1


def test_a_model_of_nothing_counted_fails_its_budget(budgets, tmp_path):
    saved(tmp_path, model([node("Relu", "x", "y")], {"x": (1, 3)}))
    problem = refusal(budgets(entry("max_macs = 1", network="model.onnx")))
    assert problem == "budget 'b': network: has no layer that is counted: the budget holds nothing"


def test_flipped_characters_never_make_a_pass_of_a_failure(tmp_path):
    """A digit of the limit may become another; with a limit of one digit even that passes nothing."""
    (tmp_path / "net.toml").write_text(NETWORK)
    content = b'[[budget]]\nname = "gate"\nnetwork = "net.toml"\nmax_macs = 1\n'
    path = tmp_path / "budgets.toml"
    chance = random.Random(3)
    codes = set()
    for _ in range(300):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        done = sepcost("check", str(path))
        codes.add(done.code)
        if done.code == 2:
            assert done.out == b""
            assert done.err.count("\n") == 1
    assert codes == {1, 2}


OWN = "sepcost.toml"
TABLE = '[[{table}]]\nname = "net"\nnetwork = "net.toml"\nmax_macs = {limit}\n'
FEW_MACS = 8 * 3 * 9 * 64  # outputs, inputs, taps, positions


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").write_text("channels = 3\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "table"), [(OWN, "budget"), ("pyproject.toml", "tool.sepcost.budget")], ids=["own", "project's"]
)
def test_without_a_file_the_budgets_of_the_current_folder_are_held(name, table, here):
    path = here / name
    for limit, code in ((FEW_MACS, 0), (FEW_MACS - 1, 1)):
        path.write_text("[project]\n" * (name != OWN) + TABLE.format(table=table, limit=limit))
        done = sepcost("check", "-f", "github")
        assert done.code == code
        assert f"file={name}," in done.text
        assert done == sepcost("check", "-f", "github", name)


def test_the_own_file_goes_before_a_project_that_has_no_budgets(here):
    (here / "pyproject.toml").write_text("[tool.ruff]\n")
    (here / OWN).write_text(TABLE.format(table="budget", limit=FEW_MACS))
    assert sepcost("check").code == 0


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (
            {},
            "FILE: is missing: give one, or write sepcost.toml, or [[tool.sepcost.budget]] in pyproject.toml",
        ),
        (
            {OWN: TABLE.format(table="budget", limit=FEW_MACS), "pyproject.toml": "[tool.sepcost]\n"},
            "FILE: is missing: sepcost.toml and pyproject.toml both have budgets: give one",
        ),
        (
            {"pyproject.toml": "[tool.ruff]\n"},
            "pyproject.toml: tool.sepcost: is missing: write at least one [[tool.sepcost.budget]] table",
        ),
        (
            {"pyproject.toml": "tool = 3\n"},
            "pyproject.toml: tool.sepcost: is missing: write at least one [[tool.sepcost.budget]] table",
        ),
        (
            {"pyproject.toml": "[tool.sepcost]\n"},
            "pyproject.toml: budget: is missing: write at least one [[tool.sepcost.budget]] table",
        ),
        (
            {"pyproject.toml": "[tool.sepcost]\nbudgets = 3\n"},
            "pyproject.toml: 'budgets': is not a key; did you mean budget?",
        ),
        ({OWN: ""}, "sepcost.toml: is empty"),
        ({OWN: "[["}, "sepcost.toml: is not TOML: "),
    ],
)
def test_where_no_budgets_can_be_told_to_be_meant_none_is_held(files, problem, here):
    for name, text in files.items():
        (here / name).write_text(text)
    done = sepcost("check")
    assert done.refusal.startswith(problem)


def test_what_budgets_of_one_network_need_is_measured_once(budgets, monkeypatch):
    followed = []
    real = memory.peak_memory
    monkeypatch.setattr(memory, "peak_memory", lambda *given: followed.append(given) or real(*given))
    limits = ('machine = "h100-fp16"', 'max_memory = "1G"', 'max_time = "1s"', 'max_storage = "1G"')
    path = budgets(*(entry(*limits, name=f"b{number}") for number in range(20)))
    done = sepcost("check", path, "-f", "json")
    assert done.code == 0, done.err
    assert len(done.json["budgets"]) == 60
    assert len(followed) == 1
