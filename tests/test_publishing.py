"""What others run the project by: the GitHub Action, the pre-commit hook, and what is said of it."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import sepcost
from tests.cli.program import ROOT, environment
from tests.cli.program import sepcost as ran
from tests.network.onnx.models import model, node, weights

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
NETWORK = "channels = 3\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\n"
MACS = 8 * 3 * 9 * 64  # outputs, inputs, taps, positions


@pytest.fixture
def project(tmp_path):
    (tmp_path / "net.toml").write_text(NETWORK)
    (tmp_path / "less.toml").write_text(NETWORK.replace("out = 8", "out = 4"))
    return tmp_path


def write_budget(path, limit, table="budget"):
    path.write_text(f'[[{table}]]\nname = "net"\nnetwork = "net.toml"\nmax_macs = {limit}\n')


def acted(folder, top=None, **given):
    """Run the action's steps but the first, which installs; the exit code, what was said and the summary.

    top: where the checkout is, the folder itself unless given.
    """
    inputs = {name: given.get(name, each["default"]) for name, each in ACTION["inputs"].items()}

    def filled(text):
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], text)

    summary, said = folder / "summary", ""
    summary.touch()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for step in ACTION["runs"]["steps"][1:]:
        if "if" in step and not inputs[re.fullmatch(r"inputs\.([\w-]+) != ''", step["if"])[1]]:
            continue
        variables = {name: filled(value) for name, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            capture_output=True,
            text=True,
            cwd=folder / filled(step["working-directory"]),
            env=environment(
                PATH=path, GITHUB_STEP_SUMMARY=str(summary), GITHUB_WORKSPACE=str(top or folder), **variables
            ),
        )
        said += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, said, summary.read_text()
    return 0, said, summary.read_text()


@pytest.mark.parametrize(("limit", "code"), [(MACS, 0), (MACS - 1, 1)])
def test_the_action_ends_as_the_budgets_do_and_shows_them(limit, code, project):
    write_budget(project / "sepcost.toml", limit)
    ended, said, summary = acted(project)
    assert ended == code
    assert f"::{'error' if code else 'notice'} file=sepcost.toml,title=net::" in said
    assert f"**{1 - code} of 1 limit held**" in summary
    assert len(re.findall("^sepcost check: ", said, re.MULTILINE)) == code  # once, not for each format


def test_the_action_shows_what_changed(project):
    write_budget(project / "limits.toml", MACS)
    ended, said, summary = acted(project, budgets="limits.toml", network="less.toml", against="net.toml")
    assert (ended, "::notice" in said) == (0, True)
    assert f"{-MACS // 2:,}" in summary  # half of the outputs, half of the MACs


def test_the_action_shows_a_network_and_its_budgets_as_two_blocks(project):
    """A heading straight below a list would belong to its last line."""
    write_budget(project / "sepcost.toml", MACS)
    _, _, summary = acted(project, network="net.toml")
    above, title, _ = summary.partition("**1 of 1 limit held**")
    assert title
    assert re.search(r"\n- .*\n\n$", above)


def test_the_action_shows_a_network_of_open_sizes_on_a_machine(project):
    write_budget(project / "sepcost.toml", MACS)
    opened = model([node("Conv", "x w", "y")], {"x": (1, 3, "rows", "columns")}, [weights("w", (8, 3, 3, 3))])
    (project / "net.onnx").write_bytes(opened.SerializeToString())
    ended, said, summary = acted(project, network="net.onnx")
    assert (ended, summary) == (2, "")
    assert said.startswith("::error title=sepcost::sepcost audit: ")
    given = {"input-shape": "1x3x8x8", "machine": "h100-fp16"}
    ended, said, summary = acted(project, network="net.onnx", **given)
    assert (ended, said.count("::error")) == (0, 0)
    assert "1x3x8x8" in summary
    assert "fits: bytes of memory" in summary  # a machine has some


def test_an_annotation_names_the_file_from_the_top_of_the_checkout(project):
    within, below = project / "pkg", {"working-directory": "pkg"}
    within.mkdir()
    (within / "net.toml").write_text(NETWORK)
    write_budget(within / "sepcost.toml", MACS)
    _, said, _ = acted(project, **below)
    assert "::notice file=pkg/sepcost.toml," in said
    write_budget(project / "above.toml", MACS)
    _, said, _ = acted(project, budgets="../above.toml", **below)
    assert "::notice file=above.toml," in said
    _, said, _ = acted(project, budgets="../above.toml", top=within, **below)  # beside the checkout
    assert "::notice file=../above.toml," in said


@pytest.mark.parametrize("budgets", ["", "none.toml", "a b'; touch owned; '.toml", "-f", "$(touch owned)"])
def test_the_action_fails_where_budgets_cannot_be_held_and_runs_nothing_that_is_typed(budgets, project):
    ended, said, summary = acted(project, budgets=budgets)
    assert ended == 2
    assert re.fullmatch("::error title=sepcost::(sepcost check: .+)\n\\1\n", said)
    assert summary == ""
    assert not (project / "owned").exists()


def test_the_action_installs_what_it_stands_in():
    install = ACTION["runs"]["steps"][0]["run"]
    assert 'pip install -q "$GITHUB_ACTION_PATH"' in install
    assert not re.search(r"\$\{\{", "".join(step["run"] for step in ACTION["runs"]["steps"]))


def test_the_hook_is_a_command_and_brings_no_library(project, monkeypatch):
    monkeypatch.chdir(project)
    write_budget(project / "pyproject.toml", MACS - 1, table="tool.sepcost.budget")
    program, *line = shlex.split(HOOK["entry"])
    assert program == "sepcost"
    assert ran(*line).code == 1
    assert "additional_dependencies" not in HOOK


def test_the_version_is_the_same_wherever_it_stands():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == sepcost.__version__
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [each["name"] for each in PROJECT["authors"]]


def test_the_changelog_says_what_is_to_be_released():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    first = next(line for line in changelog.splitlines() if line.startswith("## "))
    assert first in ("## Unreleased", f"## {sepcost.__version__}")
