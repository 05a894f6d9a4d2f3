"""What tests/outputs.py records: every format of every command, to the byte."""

import shlex

import click

from sepcost.cli.group import root
from tests.outputs import TABLE, differences, outcome, table_lines

LINES = table_lines(TABLE.read_text(encoding="utf-8"))


def formats(command):
    """The formats that a command has, by its own options."""
    return next((option.type.choices for option in command.params if option.name == "format_"), ())


def test_every_format_of_every_command_is_recorded():
    context = click.Context(root)
    words = [shlex.split(line) for line in LINES]
    for name in root.list_commands(context):
        called = [line for line in words if name in line]
        written = {word.rpartition(".")[2] for line in called for word in line if "-o" in line}
        asked_for = {line[line.index("-f") + 1] for line in called if "-f" in line}
        assert set(formats(root.get_command(context, name))) - {"table"} <= written | asked_for, name


def test_no_line_is_recorded_twice():
    assert len(set(LINES)) == len(LINES)


def test_a_row_is_a_line_on_each_of_its_terminals():
    table = "# Machines\n\nmachines\n@60,100 NO_COLOR= machines\n"
    assert table_lines(table) == ["machines", "@60 NO_COLOR= machines", "@100 NO_COLOR= machines"]


def test_a_line_is_run_on_its_terminal_in_its_environment_and_leaves_its_files():
    narrow, wide = outcome("@60 machines -h"), outcome("@100 machines -h")
    assert max(map(len, narrow["stdout"].splitlines())) <= 60 < max(map(len, wide["stdout"].splitlines()))
    assert "\x1b[" in outcome("@100 NO_COLOR= compare --no 4 --ni 4")["stdout"]
    assert outcome("compare --no 4 --ni 4 -o c.csv")["c.csv"].startswith("scheme,")
    assert outcome("machines -f svg")["exit code"] == "2"


def test_one_changed_byte_anywhere_is_a_difference_that_names_its_line():
    was = {"exit code": "0", "stdout": "a\nb\n", "stderr": "", "c.svg": "sha256 0"}
    assert differences({"machines": was}, {"machines": dict(was)}) == []
    for part in was:
        (diff,) = differences({"machines": was}, {"machines": {**was, part: was[part] + "\n"}})
        assert diff.startswith("--- recorded: machines")
        assert "\n+" in diff.partition("@@")[2]
