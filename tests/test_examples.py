"""The examples do what they say: files are read, the workflow runs what the script runs."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from sepcost.core.metrics import spoken
from sepcost.network.budget import check
from sepcost.network.read import read_network
from tests.cli.program import ROOT, environment, sepcost

EXAMPLES = ROOT / "examples"
FIXTURES = ROOT / "tests" / "network" / "fixtures"
LAYERS = {  # the first convolution, those between, of one stage or two, and the classifier
    "mobilenet_v1": 1 + 13 * 2 + 1,
    "mobilenet_v1_lean": 1 + (13 - 2) * 2 + 1,
    "mobilenet_v1_standard": 1 + 13 + 1,
}
NETWORKS = sorted(EXAMPLES.glob("mobilenet_v1*.toml"))
SCRIPT = EXAMPLES / "network_budget.sh"
WORKFLOW = EXAMPLES / "network_budget.yml"


def run(script, cwd, **changes):
    """Run a script with the program on its path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(script)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(PATH=path, **changes),
        timeout=60,
    )


def test_a_network_that_pytorch_exported_is_the_one_in_toml():
    exported = EXAMPLES / "resnet18.pt2"
    assert exported.read_bytes() == (FIXTURES / "counted" / "resnet18.pt2").read_bytes()
    found = [read_network(path) for path in (exported, EXAMPLES / "resnet18.toml")]
    assert [(one.weights, one.macs) for one in found] == [(11_678_912, 1_814_073_344)] * 2


def test_the_network_script_runs_from_anywhere(tmp_path):
    done = run(SCRIPT, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("::notice file=examples/budgets.toml,") == 4
    assert "\n| conv8\\_4/depthwise | removed | 0 | -4,608 | 0 | -903,168 |\n" in done.stdout


def test_the_network_script_adds_to_the_summary_of_a_workflow(tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = run(SCRIPT, cwd=tmp_path, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 0
    assert "::notice" in done.stdout
    assert "|" not in done.stdout
    assert re.match(r"before\n\*\*MobileNetV1 1\.0-224, lean against", summary.read_text())


def test_the_workflow_runs_what_the_script_runs_against_the_base_branch(tmp_path):
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["budget"]["steps"]
    install, before, *commands = [step["run"] for step in steps if "run" in step]
    assert install.startswith("pip install ")
    now, then = "examples/mobilenet_v1_lean.toml", "examples/mobilenet_v1.toml"
    script = SCRIPT.read_text().replace(then, "before.toml").replace(now, then)
    assert commands == [line for line in script.splitlines() if line.startswith("sepcost ")]
    assert "working-directory" not in WORKFLOW.read_text()  # both run from the top of the repository
    network = tmp_path / "base" / then
    network.parent.mkdir(parents=True)
    network.write_text("base")
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@localhost"]
    for line in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "Add a network"]):
        subprocess.run([*git, *line], cwd=tmp_path / "base", check=True)
    subprocess.run([*git, "clone", "-q", "base", "change"], cwd=tmp_path, check=True)
    lines = ["bash", "-eo", "pipefail", "-c", before]
    subprocess.run(lines, cwd=tmp_path / "change", env=environment(GITHUB_BASE_REF="main"), check=True)
    assert (tmp_path / "change" / "before.toml").read_text() == "base"


def test_the_tour_has_the_network_before_as_the_workflow_has_it():
    fetch = re.search(r"git fetch .*\n +git show FETCH_HEAD:", WORKFLOW.read_text())[0].split()
    assert " ".join(fetch) in " ".join((ROOT / "docs" / "tour.md").read_text().split())


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_an_example_network_is_read_under_its_own_name(path):
    network = read_network(path)
    assert network.name == tomllib.loads(path.read_text())["name"]
    assert network.input == (1, 3, 224, 224)
    assert len(network.layers) == LAYERS[path.stem]


def stated(path):
    """The grouped numbers in a file, which its comments state."""
    return {int(number.replace(",", "")) for number in re.findall(r"\d{1,3}(?:,\d{3})+", path.read_text())}


def test_the_counts_that_example_networks_state_are_theirs():
    stating = [path for path in NETWORKS if stated(path)]
    assert [path.stem for path in stating] == ["mobilenet_v1", "mobilenet_v1_standard"]
    for path in stating:
        network = read_network(path)
        assert {network.weights, network.macs} <= stated(path)


def test_the_example_budgets_are_held_and_name_every_network_but_the_change():
    assert check(EXAMPLES / "budgets.toml").passed
    named = {entry["network"] for entry in tomllib.loads((EXAMPLES / "budgets.toml").read_text())["budget"]}
    assert named == {"mobilenet_v1.toml", "mobilenet_v1_standard.toml"}


@pytest.mark.parametrize(
    ("metric", "value"),
    [("macs", 568_740_352), ("weights", 4_209_088)],  # the paper's Table 4: 569 M and 4.2 M
)
def test_a_budget_a_little_below_what_mobilenet_takes_is_exceeded(tmp_path, metric, value):
    network = EXAMPLES / "mobilenet_v1.toml"
    path = tmp_path / "budgets.toml"
    for limit, code in ((value, 0), (value - 1, 1), (value // 1000 * 1000, 1)):
        path.write_text(f'[[budget]]\nname = "tight"\nnetwork = "{network}"\nmax_{metric} = {limit}\n')
        done = sepcost("check", str(path), "-f", "json")
        assert done.code == code
        assert done.json["budgets"] == [
            {"name": "tight", "metric": metric, "limit": limit, "value": value, "passed": not code}
        ]
        excess = f"exceed the limit of {limit:,} by {value - limit:,}"
        assert done.err == (f"sepcost check: tight: {spoken(metric)} {value:,} {excess}\n" if code else "")
