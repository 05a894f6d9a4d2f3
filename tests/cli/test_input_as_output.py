"""No command writes over a file that it has read, by whatever name, link or redirection."""

import ast
import os

import pytest

from tests.cli.program import ROOT, sepcost, shell

NETWORK = "channels = 3\nsize = 8\n[[layer]]\nout = 8\nkernel = 3\n"
MACHINE = 'peak = "1G"\nbandwidth = "1G"\n'
BUDGETS = '[[budget]]\nname = "net"\nnetwork = "network.toml"\nmax_macs = "1M"\n'
LAYER = "--no 8 --ni 8 -s 8"
READING = [
    ("network.toml", "audit network.toml -f json"),
    ("network.toml", "audit network.toml -f svg"),
    ("network.toml", "audit other.toml --against network.toml -f csv"),
    ("network.toml", "fit network.toml --max-macs 1M -f json"),
    ("network.toml", "check budgets.toml -f github"),
    ("budgets.toml", "check budgets.toml -f json"),
    ("machine.toml", f"compare {LAYER} --machine machine.toml -f json"),
    ("machine.toml", f"sweep {LAYER} --machine machine.toml -f csv"),
    ("machine.toml", "audit network.toml --machine machine.toml -f latex"),
    ("machine.toml", "breakeven --metric time --gamma 1 --ni 8 -s 8 --machine machine.toml -f json"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("network", NETWORK), ("other", NETWORK), ("machine", MACHINE), ("budgets", BUDGETS)):
        (tmp_path / f"{name}.toml").write_text(text)
    return tmp_path


def linked(kind, name, folder):
    """Another way to the file of that name."""
    if kind == "symbolic":
        os.symlink(name, "link")
    elif kind == "hard":
        os.link(name, "link")
    return {"name": name, "path": str(folder / ".." / folder.name / name)}.get(kind, "link")


@pytest.mark.parametrize(("name", "line"), READING)
def test_every_command_that_reads_a_file_refuses_to_write_it(name, line, folder):
    before = (folder / name).read_bytes()
    done = sepcost(*line.split(), "-o", name)
    problem = f"{name}: is read by this command: give another output"
    assert done == (2, b"", f"sepcost {line.split()[0]}: {problem}\n")
    assert (folder / name).read_bytes() == before
    assert sepcost(*line.split(), "-o", "elsewhere").code == 0


@pytest.mark.parametrize("kind", ["name", "path", "symbolic", "hard"])
def test_an_input_is_known_by_any_of_its_names(kind, folder):
    output = linked(kind, "network.toml", folder)
    done = sepcost("audit", "network.toml", "-f", "json", "-o", output)
    assert done == (2, b"", f"sepcost audit: {output}: is read by this command: give another output\n")
    assert (folder / "network.toml").read_text() == NETWORK


@pytest.mark.parametrize(("output", "shown"), [("", "stdout"), ("-o /dev/stdout", "/dev/stdout")])
def test_a_stdout_that_leads_to_an_input_is_refused(output, shown, folder):
    done = shell(f"$sepcost audit network.toml -f json {output} >> network.toml")
    assert (done.code, done.err) == (
        2,
        f"sepcost audit: {shown}: is read by this command: give another output\n",
    )
    assert (folder / "network.toml").read_text() == NETWORK


def test_what_one_run_has_read_the_next_may_write(folder):
    assert sepcost("audit", "network.toml").code == 0
    assert sepcost("audit", "other.toml", "-f", "json", "-o", "network.toml").code == 0


def test_inputs_are_opened_at_one_door_which_remembers_them():
    doors = {"core/files.py", "report/render/streams.py", "report/render/beside.py"}
    opened = set()
    for path in (ROOT / "sepcost").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "os.open", "io.open"):
                what = ast.unparse(node.args[0])
                # `handle` is what opened_input yields.
                if what not in ("handle", "os.devnull", "'/proc/self/statm'"):
                    opened.add(path.relative_to(ROOT / "sepcost").as_posix())
    assert opened <= doors
