"""Completion: its scripts, and what real shells make of them."""

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from sepcost.cli.group import root
from sepcost.core.schemes import NOTEBOOK_NAMES
from sepcost.hardware.machines import MACHINE_NAMES
from tests.cli.program import ROOT, environment, sepcost

TOUR = (ROOT / "docs" / "tour.md").read_text()
BESIDE_PYTHON = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("shell", "sign"),
    [
        ("bash", "complete -o nosort -F _sepcost_completion sepcost"),
        ("zsh", "compdef _sepcost_completion sepcost"),
        ("fish", "complete --no-files --command sepcost"),
    ],
)
def test_a_completion_script_is_printed_for_each_shell(shell, sign):
    done = sepcost(_SEPCOST_COMPLETE=f"{shell}_source")
    assert (done.code, done.err) == (0, "")
    assert sign in done.text
    assert f"_SEPCOST_COMPLETE={shell}_source" in TOUR


def completed(shell, *words):
    variables = {"COMP_WORDS": shlex.join(words[:-1]) + f" {words[-1]}", "COMP_CWORD": str(len(words) - 1)}
    if shell == "fish":
        variables["COMP_CWORD"] = words[-1]
    done = sepcost(_SEPCOST_COMPLETE=f"{shell}_complete", **variables)
    assert (done.code, done.err) == (0, "")
    return done.text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_command_is_completed(shell):
    found = completed(shell, "sepcost", "com")
    assert "compare" in found
    assert "breakeven" not in found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scheme_names_and_options_are_completed(shell):
    found = completed(shell, "sepcost", "compare", "--scheme", "")
    assert [name for name in NOTEBOOK_NAMES if name in found] == list(NOTEBOOK_NAMES)
    assert "distributed" in completed(shell, "sepcost", "compare", "--scheme", "di")
    assert "separable" not in completed(shell, "sepcost", "compare", "--scheme", "di")
    assert "--max-macs" in completed(shell, "sepcost", "compare", "--max")


@pytest.mark.parametrize(
    ("words", "completion"),
    [
        (("breakeven", "--for", "ex"), "expansion"),
        (("audit", "net.onnx", "--like", "ptflops-"), "ptflops-aten"),
        (("compare", "--schemes", str(ROOT / "examples" / "schemes.toml"), "--scheme", "fi"), "fire"),
        (("compare", "--machine", "rasp"), "raspberry-pi-5"),
    ],
)
def test_what_else_is_one_of_a_few_words_is_completed(words, completion):
    found = completed("fish", "sepcost", *words)
    assert completion in found
    assert not {"no", "thop", "separable", "h100-fp16"} & {*found.replace(",", " ").split()}


STARTS = {
    "bash": (["bash", "--norc", "-i"], ['eval "$(_SEPCOST_COMPLETE=bash_source sepcost)"']),
    "zsh": (["zsh", "-f", "-i"], ['eval "$(_SEPCOST_COMPLETE=zsh_source sepcost)"']),
}
SECONDS = 20


def after_a_tab(shell, typed, awaited, folder):
    """What a shell on a terminal shows once a tab is hit twice, up to what is awaited."""
    command, lines = STARTS[shell]
    ours, theirs = pty.openpty()
    place = {"PATH": f"{BESIDE_PYTHON}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    started = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, start_new_session=True,
        env=environment(TERM="dumb", **place),
    )  # fmt: skip
    os.close(theirs)
    try:
        for line in (*lines, "echo rea''dy"):
            os.write(ours, f"{line}\n".encode())
        read_until("ready\r\n", ours)
        os.write(ours, f"{typed}\t\t".encode())
        return read_until(awaited, ours)
    finally:
        started.kill()
        started.wait()
        os.close(ours)


def read_until(awaited, descriptor):
    shown, end = "", time.monotonic() + SECONDS
    while awaited not in shown and time.monotonic() < end:
        if select.select([descriptor], [], [], 0.1)[0]:
            shown += os.read(descriptor, 65536).decode(errors="replace")
    return shown


LINES = [
    ("sepcost com", "sepcost compare"),
    ("sepcost compare --scheme sep", "--scheme separable"),
    ("sepcost compare --machine rasp", "--machine raspberry-pi-5"),
    ("sepcost compare --machine own", "--machine own_machine.toml"),
    ("sepcost audit own", "audit own_machine.toml"),
    ("sepcost check -o own", "-o own_machine.toml"),
    ("sepcost compare --scheme=inv", "--scheme=inverted"),
    ("sepcost compare --no=64 --machine=rasp", "--machine=raspberry-pi-5"),
    ("sepcost compare --machine=own", "--machine=own_machine.toml"),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own_machine.toml").touch()
    return tmp_path


each_shell = pytest.mark.parametrize("shell", [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"needs {name}"))
    for name in STARTS
])  # fmt: skip


@each_shell
@pytest.mark.parametrize(("typed", "awaited"), LINES)
def test_a_real_shell_completes_commands_names_and_files(shell, typed, awaited, folder):
    assert awaited in after_a_tab(shell, typed, awaited, folder)


@each_shell
@pytest.mark.parametrize(("typed", "awaited"), [
    ("sepcost compare --machine ", "raspberry-pi-5"),
    ("sepcost compare --machine=", "raspberry-pi-5"),
    ("sepcost compare --scheme=", "inverted"),
    ("sepcost breakeven -o ", "own_machine.toml"),
])  # fmt: skip
def test_a_real_shell_lists_what_there_is_where_nothing_is_typed(shell, typed, awaited, folder):
    assert awaited in after_a_tab(shell, typed, awaited, folder)


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_a_real_fish_completes_commands_names_and_files(folder):
    answers = [line.partition("\t")[0] for line in answers_of_fish([typed for typed, _ in LINES], folder)]
    assert answers == [awaited.split()[-1] for _, awaited in LINES]


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_a_real_fish_shows_whole_descriptions(folder):
    assert answers_of_fish(["sepcost com", "sepcost breakeven --for"], folder) == [
        f"compare\t{group_help('compare')}",
        "--for\tThe unknown, a size or a parameter of a scheme.",
        "--format\tOutput format.",
    ]


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.parametrize("before", ["--machine ", "--machine="])
def test_a_real_fish_lists_machines_and_files(before, folder):
    answers = answers_of_fish([f"sepcost compare {before}"], folder)
    machines_and_files = sorted((*MACHINE_NAMES, "own_machine.toml"))
    assert sorted(answer.rpartition("=")[2] for answer in answers) == machines_and_files


def group_help(name):
    return root.get_command(click.Context(root), name).get_short_help_str(200)


def answers_of_fish(typed, folder):
    asked = "; ".join(f"complete -C {shlex.quote(line)}" for line in typed)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"_SEPCOST_COMPLETE=fish_source sepcost | source; {asked}"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(PATH=f"{BESIDE_PYTHON}{os.pathsep}{os.environ['PATH']}", HOME=str(folder)),
    )
    assert done.stderr == ""
    return done.stdout.splitlines()
