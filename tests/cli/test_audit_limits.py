"""sepcost audit: limits, exit codes and refusals."""

import os

import pytest
from onnx import TensorProto, helper

from tests.cli.audited import EXAMPLES, LEAN, MOBILENET, RESNET_50, STANDARD, audit, refusal
from tests.cli.program import sepcost, shell
from tests.network.onnx.models import conv, model, node, saved, value, weights


@pytest.mark.parametrize(
    ("limits", "code", "lines"),
    [
        (("--max-macs", "568740352", "--max-weights", "4209088"), 0, []),
        (
            ("--max-macs", "568740351"),
            1,
            ["MACs 568,740,352 exceed the limit of 568,740,351 by 1"],
        ),
        (
            ("--max-macs", "500M", "--max-weights", "4.2M"),
            1,
            [
                "weights 4,209,088 exceed the limit of 4,200,000 by 9,088",
                "MACs 568,740,352 exceed the limit of 500,000,000 by 68,740,352",
            ],
        ),
    ],
)
def test_limits_are_inclusive_and_each_that_is_exceeded_is_a_line(limits, code, lines):
    done = sepcost("audit", MOBILENET, *limits)
    assert done.code == code
    assert done.err.splitlines() == [f"sepcost audit: {line}" for line in lines]
    assert done.out == sepcost("audit", MOBILENET).out


def test_limits_in_json():
    document = audit(MOBILENET, "--max-macs", "500M", "--max-weights", "5M", code=1)
    assert document["budgets"] == [
        {
            "name": "max_weights",
            "metric": "weights",
            "limit": 5_000_000,
            "value": 4_209_088,
            "passed": True,
        },
        {
            "name": "max_macs",
            "metric": "macs",
            "limit": 500_000_000,
            "value": 568_740_352,
            "passed": False,
        },
    ]
    assert len(document["layers"]) == 28


def test_limits_hold_for_the_network_as_it_stands():
    assert sepcost("audit", STANDARD, "--max-macs", "600M", "--target-macs", "600M").code == 1


OPAQUE = {
    "Det": node("Det", "s", "h"),
    "Einsum": node("Einsum", "x x x", "h", equation="ncij,ncij,ncij->ncij"),
    "com.acme.Fused": helper.make_node("Fused", ["x"], ["h"], domain="com.acme"),
}


@pytest.mark.parametrize("op", OPAQUE)
def test_an_operator_of_unknown_cost_is_listed_and_no_limit_holds_over_it(tmp_path, op):
    nodes = [node("Conv", "x k", "y"), OPAQUE[op], node("Relu", "y", "z")]
    held = [weights("k", (4, 3, 3, 3)), weights("w", (1, 8, 5)), weights("r", (1, 8, 2))]
    made = model(nodes, {"x": (1, 3, 8, 8), "s": (7, 1, 5)}, held, domains=["com.acme"])
    path = saved(tmp_path, made)
    document = audit(path)
    assert document["uncounted"] == {
        "free": [{"op": "Relu", "count": 1}],
        "opaque": [{"op": op, "count": 1}],
        "held": [],
    }
    assert f"not counted, cost unknown: {op} 1" in sepcost("audit", str(path)).text
    for limit in ("--max-macs", "--max-weights"):
        assert refusal(path, limit, "1T") == (
            f"--allow: the cost of '{op}' is not known: name it here to leave it out"
        )
        assert sepcost("audit", str(path), limit, "1T", "--allow", op).code == 0
        assert sepcost("audit", str(path), limit, "1", "--allow", op).code == 1
        assert sepcost("audit", str(path), limit, "1T", "--allow", "Other").code == 2


def branch(n_o, op="Relu"):
    """A branch that multiplies the outer `x`, of 4 channels, by weights of its own."""
    out = f"out_{n_o}"
    nodes = [node("MatMul", f"x w{n_o}", f"m{n_o}"), node(op, f"m{n_o}", out)]
    return helper.make_graph(nodes, "branch", [], [value(out, None)], [weights(f"w{n_o}", (4, n_o))])


def test_of_two_branches_the_larger_counts(tmp_path):
    one = node("If", "c", "y", then_branch=branch(3), else_branch=branch(5))
    made = model([one], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    document = audit(saved(tmp_path, made), "--max-macs", 4 * 5)
    assert document["totals"].items() >= {"weights": 4 * 5, "macs": 4 * 5}.items()


def test_a_branch_of_unknown_cost_stops_a_limit(tmp_path):
    one = node("If", "c", "y", then_branch=branch(3, "Det"), else_branch=branch(5))
    made = model([one], {"x": (1, 4)})
    made.graph.input.append(value("c", (), TensorProto.BOOL))
    assert refusal(saved(tmp_path, made), "--max-macs", "1G").startswith("--allow: the cost of 'Det'")


def test_a_loop_is_of_unknown_cost(tmp_path):
    body = helper.make_graph(
        [node("Identity", "on", "still"), node("MatMul", "v w", "next")],
        "body",
        [value("turn", (), TensorProto.INT64), value("on", (), TensorProto.BOOL), value("v", (1, 4))],
        [value("still", (), TensorProto.BOOL), value("next", (1, 4))],
    )
    turns = helper.make_tensor("n", TensorProto.INT64, [], [3])
    go = helper.make_tensor("go", TensorProto.BOOL, [], [True])
    made = model([node("Loop", "n go x", "y", body=body)], {"x": (1, 4)}, [turns, go, weights("w", (4, 4))])
    path = saved(tmp_path, made)
    assert audit(path)["uncounted"]["opaque"] == [{"op": "Loop", "count": 1}]
    assert (
        refusal(path, "--max-macs", "1G") == "FILE: has no layer that is counted: a limit would hold nothing"
    )


def test_open_rows_and_columns_are_refused_by_name_and_option(tmp_path):
    path = saved(tmp_path, conv(("N", 3, "height", "width"), (8, 3, 3, 3), pads=[1] * 4))
    assert refusal(path) == (
        f"{path}: input 'x': dimension 2 ('height') is open: fix it with --input-shape, such as 1x3x224x224"
    )


def test_with_its_shape_an_open_model_is_exact(tmp_path):
    path = saved(tmp_path, conv(("N", 3, "height", "width"), (8, 3, 3, 3), pads=[1] * 4, strides=[2, 2]))
    for rows, columns in ((224, 224), (17, 33)):
        document = audit(path, "--input-shape", f"1x3x{rows}x{columns}")
        positions = -(-rows // 2) * -(-columns // 2)
        assert document["totals"].items() >= {"weights": 8 * 3 * 9, "macs": 8 * 3 * 9 * positions}.items()
        assert document["network"]["input"] == [1, 3, rows, columns]


def test_an_open_batch_is_one_and_a_fixed_one_divided_out(tmp_path):
    macs = {audit(saved(tmp_path, conv((n, 3, 8, 8), (8, 3, 3, 3))))["totals"]["macs"] for n in ("N", 1, 4)}
    assert macs == {8 * 3 * 9 * 6 * 6}


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ("1x3x224", "1x3x224 has 3 dimensions, input 'x' has 4"),
        ("1x4x224x224", "reads 4 channels, but its weights 8x3x3x3 in 1 group do not fit"),
        ("mask=1x4", "--input-shape: 'mask' is no input; the first is 'x'"),
        ("x=", "'' is not a shape such as 1x3x224x224"),
        ("1x3x2x2", "its kernel of 3 is larger than its padded input of 2"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(tmp_path, shape, problem):
    path = saved(tmp_path, conv(("N", 3, "h", "w"), (8, 3, 3, 3)))
    assert problem in refusal(path, "--input-shape", shape)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((MOBILENET, "--input-shape", "1x3x224x224"), "--input-shape: is for exported networks"),
        ((RESNET_50, "--width", "0.5"), "--width: is for TOML networks"),
        ((RESNET_50, "--size", "192"), "-s: is for TOML networks"),
        ((MOBILENET, "--gamma", "2"), "--gamma: is for generalized only"),
        ((MOBILENET, "--replace", "generalized", "--gamma", "9/4"), "--gamma: 9/4 is no multiplier"),
        ((MOBILENET, "--replace", "generalized", "--gamma", "1/2"), "--gamma: "),
        ((MOBILENET, "--skip", "stem*"), "--skip: 'stem*' matches no layer; the first is 'conv1'"),
        ((MOBILENET, "--skip", "conv1", "--replace", "none"), "--skip: nothing is replaced: leave it out"),
        ((MOBILENET, "--replace", "standard"), "--replace: standard replaces nothing: give another scheme"),
        (
            (MOBILENET, "--expansion", "4"),
            "--expansion: expansion is a parameter of inverted, not of --replace separable",
        ),
        (
            (MOBILENET, "--replace", "none", "--set", "groups=4"),
            "--groups: groups is a parameter of grouped, not of --replace none",
        ),
        ((MOBILENET, "--replace", "seperable"), "--replace: 'seperable' is not a scheme; did"),
        ((MOBILENET, "--sort", "macz"), "--sort: 'macz' is not one of"),
        ((MOBILENET, "--top", "0"), "--top: '0' is not a whole number"),
        ((MOBILENET, "--top", "1_0"), "--top: '1_0' is not a whole number"),
        ((MOBILENET, "--width", "0"), "--width: "),
        ((MOBILENET, "--width", "nan"), "--width: "),
        ((MOBILENET, "--width", "1e9"), "--width: "),
        ((MOBILENET, "-s", "0"), "-s: "),
        ((MOBILENET, "--size", "3x4x5"), "-s: "),
        ((MOBILENET, "--max-macs", "0"), "--max-macs: "),
        ((MOBILENET, "--max-macs", "600m"), "--max-macs: '600m' has no known unit"),
        ((MOBILENET, "--target-macs", "1G", "--target-weights", "1M"), "--target-weights: cannot be used"),
        ((MOBILENET, "--against", LEAN, "--top", "3"), "--top: cannot be used with --against"),
        ((MOBILENET, "--against", LEAN, "--sort", "macs"), "--sort: cannot be used with --against"),
        ((MOBILENET, "--against", "absent.toml"), "absent.toml: cannot be read: no such file"),
        (("absent.onnx",), "absent.onnx: cannot be read: no such file"),
        ((str(EXAMPLES),), f"{EXAMPLES}: is no network: its name ends in none of .toml, .onnx,"),
        (("\udcff.toml",), "\N{REPLACEMENT CHARACTER}.toml: cannot be read"),
        ((str(EXAMPLES / "budgets.toml"),), f"{EXAMPLES / 'budgets.toml'}: holds budgets: "),
    ],
)  # fmt: skip
def test_what_cannot_be_audited_is_refused_in_a_line(arguments, problem):
    assert refusal(*arguments).startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"channels = ", "is not TOML: "),
        (b"a = " + b"[" * 1000 + b"]" * 1000, "is not TOML: it is nested too deeply"),
        (b"a." * 5000 + b"b = 1", "is not TOML: it is nested too deeply"),
        (b"#" * (256 * 1024 + 1), "is larger than 262144 bytes"),
        (b"channels = 3\nsize = 8\n", "layer: is missing"),
        (b"channels = 3\nsize = 8\n[[layer]]\nout = 4\nkernl = 3\n", "layer 'layer1': 'kernl': is not a key"),
    ],
)  # fmt: skip
def test_a_toml_file_that_is_no_network_is_refused(tmp_path, content, problem):
    path = tmp_path / "net.toml"
    path.write_bytes(content)
    assert refusal(path).startswith(f"{path}: {problem}")


def test_folders_and_pipes_are_no_networks(tmp_path):
    for ending in (".toml", ".onnx"):
        (tmp_path / f"folder{ending}").mkdir()
        os.mkfifo(tmp_path / f"pipe{ending}")
        assert refusal(tmp_path / f"folder{ending}").endswith("is a folder, not a file")
        assert refusal(tmp_path / f"pipe{ending}").endswith("is not a regular file")


def test_a_reader_that_goes_away_ends_an_audit_in_silence(tmp_path):
    """A table of 3,000 layers is more than a pipe holds."""
    path = tmp_path / "net.toml"
    path.write_text("channels = 8\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\nrepeat = 3000\n")
    done = shell(f"$sepcost audit {path} | head -1; echo ${{PIPESTATUS[0]}}")
    assert done.err == ""
    assert done.text == "net: input 1x8x8x8, 3,000 counted layers\n141\n"
