"""sepcost audit: names from files, and files that are damaged."""

import csv
import io
import json
import random
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from onnx import helper

from tests.cli.audited import (
    MOBILENET,
    audit,
    names,
    refusal,
)
from tests.cli.hostile import HOSTILE, SHOWN, toml
from tests.cli.program import on_terminal, sepcost
from tests.network.onnx.models import DATA, LIGHT, conv, model, node, saved, weights

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def test_json_has_names_as_they_are_but_for_what_steers_a_terminal(hostile):
    done = sepcost("audit", hostile, "-f", "json")
    assert names(done.json) == SHOWN


def test_csv_guards_names_that_a_spreadsheet_would_run(hostile):
    rows = list(csv.DictReader(io.StringIO(sepcost("audit", hostile, "-f", "csv").text)))
    guarded = [f"'{name}" if name[0] in "=+-@" else name for name in SHOWN]
    assert [row["name"] for row in rows] == guarded
    assert not any(entry.startswith(("=", "+", "-", "@")) for row in rows for entry in row.values())


@pytest.mark.parametrize("options", [(), ("--against", MOBILENET), ("--target-macs", "200k")])
def test_markdown_says_every_name_as_it_is(hostile, options):
    text = sepcost("audit", hostile, "-f", "markdown", *options).text
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    kinds = {token.type for token in tokens}
    assert "html_block" not in kinds
    inline = [token for token in tokens if token.type == "inline"]
    said = ["".join(child.content for child in token.children) for token in inline]
    assert set(SHOWN) <= set(said)
    assert not {child.type for token in inline for child in token.children} - {
        "text",
        "text_special",
        "strong_open",
        "strong_close",
    }
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in ("th_open", "td_open")]
    assert len(cells) == len(rows) * (6 if "--against" in options else 9)
    assert not re.search(r"(?<!\\)\$", text)  # GitHub would read mathematics


def test_a_networks_name_is_shown_as_it_is(tmp_path):
    title = "[b]3x3 gamma -> x*y[/b] | \x1b[31m"
    path = tmp_path / "net.toml"
    path.write_text(toml(["a"], title))
    shown = "[b]3x3 gamma -> x*y[/b] | \N{REPLACEMENT CHARACTER}[31m"
    for done in (sepcost("audit", str(path)), sepcost("audit", str(path), columns=160, NO_COLOR="1")):
        assert f"{shown}: input 1x8x8x8, 1 counted layer" in done.text
    (heading, *_) = [
        token
        for token in MarkdownIt().parse(sepcost("audit", str(path), "-f", "markdown").text)
        if token.type == "inline"
    ]
    said = "".join(child.content for child in heading.children)
    assert said == f"{shown}: input 1x8x8x8, 1 counted layer"


def test_latex_reads_no_name_as_a_command(hostile):
    text = sepcost("audit", hostile, "-f", "latex").text
    rows = [line for line in text.splitlines() if line.endswith(r"\\") and "total" not in line]
    assert len(rows) == 1 + len(HOSTILE)
    assert all(len(re.findall(r"(?<!\\)&", row)) == 8 for row in rows)
    assert not any(row.lstrip().startswith(("[", "*")) for row in rows)  # \\ would take these for its own
    first = [re.split(r"(?<!\\) & ", row)[0] for row in rows[1:]]
    assert first[SHOWN.index("[x]")] == "{}[x]"
    assert first[SHOWN.index("\\textbf{a}\\")] == r"\textbackslash{}textbf\{a\}\textbackslash{}"


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_a_terminal_reads_no_name_as_markup(hostile, columns):
    done = on_terminal("audit", hostile, "--target-macs", "200k", columns=columns)
    assert (done.code, done.err) == (0, "")
    text = ESCAPE.sub("", done.text)
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert set(re.findall(r"\x1b\[([0-9;]*)m", done.text)) <= {"0", "1", "2", "32"}  # plain, bold, dim, green
    for name in SHOWN:
        if len(name) < 20:
            assert name in text
    squeezed = re.sub(r"\s", "", text)
    assert "x" * 40 in squeezed


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "latex"])
@pytest.mark.parametrize("arguments", [(), ("--against", MOBILENET), ("--color", "never")])
def test_no_name_brings_an_escape_code_or_a_line_into_the_output(hostile, format_, arguments):
    text = sepcost("audit", hostile, "-f", format_, *arguments).text
    assert text.replace("\n", "").isprintable()
    harmless = toml([f"n{index}" for index in range(len(HOSTILE))])
    Path(hostile).write_text(harmless)
    assert sepcost("audit", hostile, "-f", format_, *arguments).text.count("\n") == text.count("\n")


def test_names_in_a_model_are_cleaned_too(tmp_path):
    name = "\x1b]0;owned\x07conv|[x]"
    made = model([node("Conv", "x w", "c", name=name), helper.make_node("\x1b[1mOp", ["c"], ["y"])],
                 {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))])  # fmt: skip
    path = saved(tmp_path, made)
    done = sepcost("audit", str(path))
    if done.code == 0:
        assert done.text.replace("\n", "").isprintable()
        assert "conv|[x]" in done.text
    else:
        assert refusal(path)


SMALL = DATA / "pytorch-converted" / "test_Conv2d_groups" / "model.onnx"


def outcome(path):
    """Exit 0 with a document, or exit 2 with one line; nothing else."""
    done = sepcost("audit", str(path), "-f", "json")
    if done.code == 0:
        assert done.err == ""
        return done.json["totals"]
    assert len(done.refusal) <= 500
    return None


def test_a_truncated_model_is_refused_or_whole(tmp_path):
    content = (LIGHT / "light_squeezenet.onnx").read_bytes()
    whole = outcome(LIGHT / "light_squeezenet.onnx")
    assert whole is not None
    for length in range(0, len(content), 97):
        assert outcome(saved(tmp_path, content[:length])) in (None, whole)


def test_flipped_bytes_are_counted_or_refused(tmp_path):
    content = SMALL.read_bytes()
    chance = random.Random(1)
    found = []
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 2, 4))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        found.append(outcome(saved(tmp_path, bytes(damaged))))
    assert any(found)
    assert not all(found)


def test_flipped_characters_of_a_toml_network_are_counted_or_refused(tmp_path):
    content = Path(MOBILENET).read_bytes()
    path = tmp_path / "net.toml"
    chance = random.Random(2)
    found = []
    for _ in range(100):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        found.append(outcome(path))
    assert any(found)
    assert not all(found)


def test_the_json_of_an_audit_is_finite_and_exact_at_any_size(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text("channels = 1000000\nsize = 1000000\n[[layer]]\nout = 1000000\nkernel = 3\nrepeat = 2\n")
    assert audit(path)["totals"]["macs"] == 2 * 9 * 10**24
    assert json.dumps(audit(path))


def test_what_is_made_of_a_first_length_is_said(tmp_path):
    path = saved(tmp_path, conv((4, 3, 8, 8), (4, 3, 3, 3)))
    divided = audit(path)
    assert divided["network"]["batch_divided_out"] == 4
    assert "\nthe file's batch of 4 is divided out\n" in sepcost("audit", str(path)).text
    whole = audit(path, "--unbatched")
    assert whole["network"]["input"] == [4, 3, 8, 8]
    assert (whole["network"]["batch_divided_out"], whole["network"]["not_divided"]) == (
        1,
        "there is no batch",
    )
    assert whole["totals"]["macs"] == 4 * divided["totals"]["macs"] == 4 * (4 * 3 * 9 * 6 * 6)
    assert (
        "the first length, 4, is not divided out: there is no batch"
        in sepcost("audit", str(path), "--unbatched").text
    )


def test_what_is_held_and_not_counted_is_said_and_no_limit_that_it_could_break_passes(tmp_path):
    made = model([node("Conv", "x w", "y")], {"x": (1, 3, 8, 8), "w": (4, 3, 3, 3)})
    path = saved(tmp_path, made)
    assert audit(path)["uncounted"]["held"] == [{"op": "Conv", "weights": 4 * 3 * 9, "macs": 0}]
    assert "held, not counted: Conv 108 possible weights" in sepcost("audit", str(path)).text
    assert refusal(path, "--max-weights", "107") == (
        "--allow: 108 possible weights of 'Conv' are not counted, and with them the limit of 107 may be"
        " exceeded: name it here to leave it out"
    )
    for more in (("--max-weights", "108"), ("--max-weights", "1", "--allow", "Conv")):
        assert sepcost("audit", str(path), *more).code == 0
