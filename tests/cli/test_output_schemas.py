"""Every command's JSON is as its published schema says, and has no key that the schema does not describe."""

import csv
import io
import json
import re
from pathlib import Path

import click
import onnx
import pytest
from jsonschema import Draft202012Validator

from sepcost.cli.group import root
from sepcost.report.schemas.commands import OUTPUTS, output_schema
from sepcost.report.schemas.keys import SAYS
from tests.cli.hostile import toml
from tests.cli.program import ROOT, sepcost
from tests.network.onnx.models import model, node

MODEL = str(Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_shufflenet.onnx")
PLAIN, STANDARD, LEAN = (f"examples/mobilenet_v1{name}.toml" for name in ("", "_standard", "_lean"))
LAYER = "--no 64 --ni 64 -s 56"
MEASURED = """name = "here"
peak = "1G"
bandwidth = "1G"
launch = "3us"
error = 0.18
[[cache]]
size = "512Ki"
bandwidth = "60G"
[efficiency]
dense = 0.5
"""
TIMES = f"""
[[budget]]
name = "on a data sheet"
network = "{PLAIN}"
max_macs = "600M"
max_time = "5ms"
machine = "raspberry-pi-5"
[[budget]]
name = "where it was measured"
network = "{PLAIN}"
layer = "conv*"
max_time = "1ms"
machine = "measured.toml"
"""
OWN = """
[[scheme]]
name = "own"
[[scheme.stage]]
name = "each_quarter"
writes = "N_o"
kernel = "both"
groups = "N_i/4"
"""

LINES = {
    "compare": [
        "--no 64 --ni 64 --norm 2",
        "--no 64 --ni 64",
        "--no 128 --ni 64 -s 56",
        "--no 32 --ni 64 -s 56x48 --stride 2 --bias",
        "--no 100 --ni 64 --gamma 4",
        f"{LAYER} --machine h100-fp16",
        "--no 128 --ni 64 -s 56 --bytes 2",
        "--no 64 --ni 30 --schemes own.toml --scheme own",
        f"{LAYER} --machine measured.toml",
        f"{LAYER} --bytes 2 --fused --batch 8",
        f"{LAYER} --scheme separable --max-macs 15M --max-weights 1 --min-saving 2",
        f"{LAYER} --scheme all --machine raspberry-pi-5",
        "--no 64 --ni 60 --scheme all --bias last",
        f"{LAYER} --padding 1x2 --dilation 2",
        f"{LAYER} --machine h100-fp16 --scheme separable --min-time-saving 1",
        f"{LAYER} --machine measured.toml --scheme separable --max-time 5ms",
    ],
    "breakeven": [
        "",
        "--gamma 4 --steps",
        "--for ni",
        "--for gamma --ni 4",
        "--for gamma --ni 1 --bias",
        "--for kernel --no 64 --gamma 2",
        "-k any --scheme distributed --against separable",
        "--against generalized",
        "--tied --against generalized",
        "--ni 64 -k any",
        "-k 1",
        "--bias",
        f"--for balance {LAYER} --bytes 2",
        "--metric time --ni 64 -s 56 --machine h100-fp16",
        "--metric time --ni 64 -s 56 --machine measured.toml",
    ],
    "formula": [
        "--only macs",
        "--only weights",
        "spatial --only traffic",
        "",
        "separable -k 3",
        "distributed --gamma 4 -k 3 --no 64",
        "-s 56 --bytes 2",
        "--bias",
    ],
    "fit": [
        "--ni 64 -k 3 -s 56 --max-macs 50M --for no",
        "--for gamma --ni 64 --max-weights 100k",
        "--for size --ni 64 --no 128 --stride 2 --max-macs 50M",
        "--ni 64 --max-weights 1",
        f"{PLAIN} --max-macs 300M",
        f"{PLAIN} --max-macs 1",
        f"{PLAIN} --max-time 20ms --machine measured.toml",
        f"{PLAIN} --machine stm32f746-int8",
    ],
    "sweep": [
        "--no 16:64:*2 --ni 64",
        "--no 16,32 --ni 64 -s 56 --machine h100-fp16",
        "--gamma 1:4 --ni 32,64 -k 3,1x7",
        "--no 64 --ni 64 --bias",
    ],
    "audit": [
        f"{PLAIN} --like flop_counter",
        f"{PLAIN} --like keras",
        f"{STANDARD} --expect-macs 4866M --expect-weights 29.3M",
        PLAIN,
        MODEL,
        "hostile.toml",
        f"{MODEL} --machine raspberry-pi-5",
        f"{STANDARD} --sort saving --top 3",
        f"{STANDARD} --target-macs 1G",
        f"{STANDARD} --target-macs 1",
        f"{STANDARD} --target-weights 60%",
        f"{STANDARD} --target-time 60% --machine raspberry-pi-5",
        f"{STANDARD} --target-time 60% --machine measured.toml",
        f"{STANDARD} --machine raspberry-pi-5",
        f"{STANDARD} --machine stm32h743-int8",
        f"{STANDARD} --machine measured.toml",
        f"{STANDARD} --bytes 1 --fused --batch 3",
        f"{LEAN} --against {PLAIN}",
        f"{STANDARD} --against {PLAIN}",
        f"{PLAIN} --max-macs 600M --max-weights 1",
        f"{STANDARD} --flops",
        "held.onnx --flops",
        f"{STANDARD} --flops --against {PLAIN}",
        f"{STANDARD} --machine measured.toml --max-time 1ms",
        f"{STANDARD} --replace none",
        f"{STANDARD} --metric memory",
        f"{PLAIN} --metric memory --machine measured.toml",
        f"{STANDARD} --replace inverted --max-memory 1Gi --max-storage 1Gi",
    ],
    "check": ["examples/budgets.toml", "times.toml"],
    "machines": [""],
    "schemes": [""],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("schemas")
    (made / "examples").symlink_to(ROOT / "examples")
    (made / "measured.toml").write_text(MEASURED)
    (made / "times.toml").write_text(TIMES)
    (made / "own.toml").write_text(OWN)
    given = model([node("Conv", "x w", "y")], {"x": [1, 3, 8, 8], "w": [8, 3, 3, 3]})
    onnx.save(given, made / "held.onnx")
    (made / "hostile.toml").write_text(toml())
    return made


def undescribed(schema, value, place):
    """Where a value has keys that its schema has no word about."""
    for one in schema.get("anyOf", []):
        if ("properties" in one, "items" in one) == (isinstance(value, dict), isinstance(value, list)):
            schema = one
    if isinstance(value, dict) and "properties" in schema:
        for key, each in value.items():
            if key in schema["properties"]:
                yield from undescribed(schema["properties"][key], each, f"{place}.{key}")
            else:
                yield f"{place}.{key}"
    if isinstance(value, list) and "items" in schema:
        for each in value:
            yield from undescribed(schema["items"], each, f"{place}[]")


@pytest.mark.parametrize("command", OUTPUTS)
def test_what_a_command_prints_is_as_its_schema_says_and_no_key_goes_without_saying(
    command, folder, monkeypatch
):
    monkeypatch.chdir(folder)
    schema = output_schema(command)
    validator = Draft202012Validator(schema)
    for line in LINES[command]:
        done = sepcost(command, *line.split(), "-f", "json")
        assert done.code in (0, 1), (line, done.err)
        problems = [
            f"{list(problem.absolute_path)}: {problem.message}"
            for problem in validator.iter_errors(done.json)
        ]
        assert problems == [], line
        assert sorted(set(undescribed(schema, done.json, command))) == [], line


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("compare", "--no 32 --ni 64 -s 56 --scheme all --machine measured.toml"),
        ("breakeven", "--for gamma --ni 1 --bias --scheme all"),
        ("fit", "--ni 64 --max-weights 1"),
        ("audit", f"{PLAIN} --flops --machine measured.toml"),
        ("audit", f"{STANDARD} --flops --against {PLAIN}"),
        ("audit", f"{LEAN} --against {PLAIN}"),
        ("audit", f"{PLAIN} --against {PLAIN}"),
        ("check", "times.toml"),
        ("machines", ""),
    ],
)
def test_each_row_of_csv_has_a_cell_under_each_heading_and_no_more(command, line, folder, monkeypatch):
    monkeypatch.chdir(folder)
    headings, *rows = csv.reader(io.StringIO(sepcost(command, *line.split(), "-f", "csv").text))
    assert len(set(headings)) == len(headings)
    assert {len(row) for row in rows} <= {len(headings)}


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("compare", f"{LAYER} --machine measured.toml"),
        ("breakeven", ""),
        ("formula", ""),
        ("fit", "--ni 64 --max-weights 1k"),
        ("fit", f"{PLAIN} --max-macs 300M"),
        ("sweep", "--no 16,32 --ni 64 -s 56 --machine measured.toml"),
        ("check", "times.toml"),
        ("machines", ""),
        ("schemes", ""),
    ],
)
def test_a_column_of_csv_is_a_key_of_json_behind_the_object_that_holds_it(command, line, folder, monkeypatch):
    monkeypatch.chdir(folder)
    headings = next(csv.reader(io.StringIO(sepcost(command, *line.split(), "-f", "csv").text)))
    within = [heading.partition("_") for heading in headings if heading not in SAYS]
    assert [f"{group}_{key}" for group, _, key in within if not {group, key} <= SAYS.keys()] == []


def test_the_page_of_networks_says_what_each_column_of_an_audit_is(folder, monkeypatch):
    monkeypatch.chdir(folder)
    audited = sepcost("audit", PLAIN, "--metric", "memory", "--machine", "measured.toml", "-f", "csv").text
    page = (ROOT / "docs" / "networks.md").read_text()
    section = page.partition("## The rows of an audit")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` ", section, re.MULTILINE) == next(csv.reader(io.StringIO(audited)))


@pytest.mark.parametrize("command", OUTPUTS)
def test_a_schema_is_one_and_is_printed(command):
    Draft202012Validator.check_schema(output_schema(command))
    done = sepcost("schema", command)
    assert (done.code, done.err) == (0, "")
    assert done.json == json.loads(json.dumps(output_schema(command)))


@pytest.mark.parametrize(
    ("command", "place", "wrong"),
    [
        ("compare", ("schemes", 0, "weights"), "36864"),
        ("compare", ("schemes", 0, "weights"), 36864.5),
        ("compare", ("layer", "gamma"), 1),
        ("compare", ("against",), None),
        ("breakeven", ("results", 0, "verdict"), "sometimes"),
        ("breakeven", ("schema",), "sepcost/compare/1"),
    ],
)
def test_a_schema_refuses_another_type(command, place, wrong):
    document = sepcost(command, *LINES[command][0].split(), "-f", "json").json
    *path, last = place
    within = document
    for step in path:
        within = within[step]
    within[last] = wrong
    assert list(Draft202012Validator(output_schema(command)).iter_errors(document))


def test_every_schema_that_is_named_is_published():
    named = {
        name
        for path in (ROOT / "sepcost").rglob("*.py")
        for name in re.findall(r'"sepcost/([a-z]+)/1"', path.read_text())
    }
    assert named == set(OUTPUTS)
    assert set(LINES) == set(OUTPUTS)


def test_no_key_is_described_that_no_schema_has():
    text = json.dumps([output_schema(command) for command in OUTPUTS])
    assert [key for key in SAYS if f'"{key}": {{"description"' not in text] == []


def test_every_command_that_prints_json_has_a_schema():
    context = click.Context(root)
    commands = {name: root.get_command(context, name) for name in root.list_commands(context)}
    printing = {
        name
        for name, command in commands.items()
        for option in command.params
        if option.name == "format_" and "json" in option.type.choices
    }
    assert printing == set(OUTPUTS)
