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

import pytest

from sepcost.core.schemes import NOTEBOOK_NAMES
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
    "zsh": (
        ["zsh", "-f", "-i"],
        ["autoload -U compinit && compinit -u", 'eval "$(_SEPCOST_COMPLETE=zsh_source sepcost)"'],
    ),
}
SECONDS = 20


def after_a_tab(shell, typed, awaited, folder):
    """What a shell on a terminal shows once a tab is hit, up to what is awaited."""
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
        os.write(ours, f"{typed}\t".encode())
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
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own_machine.toml").touch()
    return tmp_path


@pytest.mark.parametrize("shell", [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"needs {name}"))
    for name in STARTS
])  # fmt: skip
@pytest.mark.parametrize(("typed", "awaited"), LINES)
def test_a_real_shell_completes_commands_names_and_files(shell, typed, awaited, folder):
    assert awaited in after_a_tab(shell, typed, awaited, folder)


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_a_real_fish_completes_commands_names_and_files(folder):
    asked = "; ".join(f"complete -C {shlex.quote(typed)}" for typed, _ in LINES)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"_SEPCOST_COMPLETE=fish_source sepcost | source; {asked}"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(PATH=f"{BESIDE_PYTHON}{os.pathsep}{os.environ['PATH']}", HOME=str(folder)),
    )
    assert done.stderr == ""
    answers = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert answers == [awaited.split()[-1] for _, awaited in LINES]
