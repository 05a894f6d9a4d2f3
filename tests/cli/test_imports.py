"""What each command brings in: a library is imported by those that need it, and by no other."""

import ast
import subprocess
import sys

import pytest

from tests.cli.program import environment, on_terminal

LIBRARIES = {"click", "rich", "sympy", "mpmath", "onnx", "polars", "matplotlib", "numpy"}
SLOW = LIBRARIES - {"click"}
TRACE = """
import os, sys
from sepcost.cli import run
arguments = sys.argv[2:]
code = run(arguments)
with open(sys.argv[1], "w") as stream:
    print((code, sorted(name.partition(".")[0] for name in sys.modules)), file=stream)
"""
COMPARE = "compare --no 256 --ni 64 -s 56"


def imported(line, tmp_path, stdout=subprocess.PIPE):
    """The libraries that a run brings in; its exit code must be 0 or, with a limit, 1."""
    trace = tmp_path / "trace"
    done = subprocess.run(
        [sys.executable, "-c", TRACE, str(trace), *line.split()],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=tmp_path,
    )
    assert done.stdout
    code, modules = ast.literal_eval(trace.read_text())
    # A limit is exceeded, but by what is fitted into it.
    assert code == (1 if "--max" in line and not line.startswith("fit") else 0), done.stderr
    assert "sepcost" in modules
    return LIBRARIES.intersection(modules)


@pytest.mark.parametrize(
    "line",
    [
        COMPARE,
        f"{COMPARE} -f json",
        f"{COMPARE} -f csv",
        f"{COMPARE} -f markdown",
        f"{COMPARE} -f latex",
        f"{COMPARE} --bias --scheme separable --max-weights 1",
        "compare --no 128 --ni 64",
        "fit --for ni --no 64 -s 56 --max-macs 50M --scheme all",
        "--help",
        "compare --help",
        "breakeven --help",
        "formula --help",
        "--version",
    ],
)
def test_counting_and_help_bring_in_no_library_but_click(line, tmp_path):
    assert imported(line, tmp_path) == {"click"}


@pytest.mark.parametrize("line", ["breakeven --gamma 4", "breakeven -f json", "formula -k 3 -f python"])
def test_mathematics_brings_in_sympy_alone(line, tmp_path):
    assert imported(line, tmp_path) == {"click", "sympy", "mpmath"}


def test_a_refusal_brings_in_no_library(tmp_path):
    for line in ("breakeven --gamma 1/2", "formula seperable", "breakeven --scheme standard"):
        code = f"import sys; from sepcost.cli import run; print(run({line.split()!r}), *sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
        assert done.stdout.startswith("2 ")
        assert SLOW.isdisjoint(name.partition(".")[0] for name in done.stdout.split())


def test_a_table_on_a_terminal_brings_in_rich_but_no_mathematics():
    spy = "compare --no 256 --ni 64"
    done = on_terminal(*spy.split(), columns=100, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.err.splitlines()}
    assert {"sepcost", "click", "rich"} <= loaded
    assert not loaded & (SLOW - {"rich"})


def test_the_library_imports_nothing_until_it_is_used():
    code = "import sys, sepcost; print(*sys.modules); sepcost.Layer; sepcost.compare; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    for line in done.stdout.splitlines():
        assert "sepcost" in line.split()
        assert LIBRARIES.isdisjoint(name.partition(".")[0] for name in line.split())
    assert "sepcost.core.layer" not in done.stdout.splitlines()[0].split()


SEARCHES = """
import gc, os, sys
from sepcost.__main__ import main

found = []
gc.callbacks.append(lambda phase, _: found.append(phase))
leave = os._exit
os._exit = lambda code: leave(99 if code else min(found.count("start"), 98))
main()
"""


def test_a_large_network_is_audited_without_searches_for_garbage(tmp_path):
    network = tmp_path / "network.toml"
    network.write_text("channels = 8\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\nrepeat = 3000\n")
    done = subprocess.run(
        [sys.executable, "-c", SEARCHES, "audit", str(network)], stdout=subprocess.DEVNULL, env=environment()
    )
    # A search a 200,000 objects; Python's own, one a 700, take a third of the time.
    assert done.returncode < 5
