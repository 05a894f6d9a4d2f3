"""Help, README, examples and completion: nothing is undocumented, nothing documented does otherwise."""

import ast
import doctest
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import sepcost as sepcost_package
from sepcost.cli.group import root
from sepcost.cli.help import section_of
from sepcost.core import expression
from sepcost.core.scheme import KERNELS, SIZES
from sepcost.core.scheme_keys import SCHEME_KEYS, STAGE_KEYS
from sepcost.core.schemes import parameter_names, registered, scheme_names
from sepcost.hardware.machines import MACHINES
from sepcost.network.counters.tools import TOOLS
from tests.cli.program import ROOT, environment, sepcost

CONTEXT = click.Context(root, **root.context_settings)
NAMES = root.list_commands(CONTEXT)
COMMANDS = {name: root.get_command(CONTEXT, name) for name in NAMES}
README = (ROOT / "README.md").read_text()
TOUR = (ROOT / "docs" / "tour.md").read_text()
SCRIPTS = sorted((ROOT / "examples").glob("*.sh"))


def examples(command):
    heading, _, lines = command.epilog.partition("Examples:\n")
    assert heading == "\b\n"
    return [line.strip() for line in lines.partition("\n\n")[0].splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_examples_of_itself(name):
    command = COMMANDS[name]
    assert command.help
    lines = examples(command)
    assert len(lines) >= 2
    for line in lines:
        assert line.split()[:2] == ["sepcost", name] or line == "sepcost examples"
        assert line in sepcost(name, "--help").text


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_is_for(name):
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith((".", ".)")), parameter.name
            assert not parameter.hidden


@pytest.mark.parametrize("name", NAMES)
def test_an_option_that_may_be_repeated_says_so(name):
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert ("may be repeated" in parameter.help) == parameter.multiple, parameter.name


@pytest.mark.parametrize("name", NAMES)
def test_help_is_the_same_under_both_names(name):
    long = sepcost(name, "--help")
    assert long == sepcost(name, "-h")
    assert (long.code, long.err) == (0, "")
    assert long.text.startswith(f"Usage: sepcost {name} ")


def test_the_help_of_the_program_says_what_each_command_does_in_full():
    text = " ".join(sepcost("--help").text.split())
    assert "..." not in text.partition("Commands:")[2]
    for name, command in COMMANDS.items():
        assert f"{name} {' '.join(command.help.partition('.')[0].split())}." in text
    assert sepcost().text == sepcost("--help").text
    assert sepcost("-h") == sepcost("--help")


def test_help_shows_numbers_in_the_forms_that_are_read():
    text = sepcost("compare", "--help").text
    for form in ("N|RxC", "same|valid|P", "N[k|M|G|T]"):
        assert form in text


def test_the_version_is_the_package_s():
    from sepcost import __version__

    assert sepcost("--version").text == f"sepcost {__version__}\n"


@pytest.mark.parametrize("command", [root, *COMMANDS.values()], ids=["", *NAMES])
def test_every_example_of_the_help_runs_in_its_order_in_an_empty_folder(
    command, tmp_path, monkeypatch, request
):
    monkeypatch.chdir(tmp_path)
    for line in examples(command):
        program, *arguments = shlex.split(line)
        assert program == "sepcost"
        if "measure" in arguments:
            request.getfixturevalue("measured_briefly")
        done = sepcost(*arguments)
        # Measuring says how long it takes, and what came out.
        told = "" if "measure" not in arguments else done.err
        assert (done.code, done.err) == (0, told), line
        assert done.out or "-o" in arguments


def test_an_example_that_is_there_is_left_and_one_of_another_content_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sepcost("examples", "here")
    networks = [path for path in sorted((ROOT / "examples").iterdir()) if path.suffix in (".toml", ".pt2")]
    written = [f"here/{path.name}" for path in networks]
    assert done == (0, "".join(f"{path}\n" for path in written).encode(), "")
    assert sepcost("examples", "here") == done
    (tmp_path / written[-1]).write_text("another")
    (tmp_path / written[0]).unlink()
    problem = "is there already, with another content: give another folder"
    assert sepcost("examples", "here") == (2, b"", f"sepcost examples: {written[-1]}: {problem}\n")
    assert not (tmp_path / written[0]).exists()


GATES = ["compare", "audit", "check"]


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_holds_limits_names_its_exit_codes(name):
    assert ("a limit is not held: stderr has" in sepcost(name, "--help").text) == (name in GATES)
    limits = [each for each in COMMANDS[name].params if (each.help if isinstance(each, click.Option) else "")]
    assert any("Exit 1" in each.help for each in limits) <= (name in GATES)


def test_nothing_that_fits_is_an_answer_as_help_says():
    assert '0  done; where nothing fits, too: "largest" is then null in JSON' in sepcost("fit", "-h").text
    done = sepcost("fit", "--ni", "64", "--max-weights", "1", "-f", "json")
    assert done.code == 0
    assert {row["largest"] for row in done.json["results"]} == {None}


@pytest.mark.parametrize("name", NAMES)
def test_the_options_of_a_long_help_stand_in_sections(name):
    options = [each for each in COMMANDS[name].get_params(CONTEXT) if isinstance(each, click.Option)]
    text = sepcost(name, "--help").text
    if len(options) <= 8:
        assert "\nOptions:\n" in text
        return
    of_a_network = any(option.name == "width" for option in options)
    sections = {section_of(option.name, of_a_network) for option in options}
    assert len(sections) > 3
    assert all(f"\n{heading}:\n" in text for heading in sections)
    others = [option.opts for option in options if section_of(option.name, of_a_network) == "Other"]
    assert others == [["-h", "--help"]]


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_under_limits_ends_a_run_with_1_and_what_is_no_limit_stands_elsewhere(name):
    options = [each for each in COMMANDS[name].get_params(CONTEXT) if isinstance(each, click.Option)]
    if name in GATES:
        limits = [each for each in options if section_of(each.name) == "Limits" and each.name != "allow"]
        assert all(each.help.startswith("Exit 1 ") for each in limits)
    targets = [each for each in options if each.name.startswith("target_")]
    assert all("exit 0 where none do" in each.help for each in targets)
    assert {section_of(each.name) for each in targets} <= {"Question"}


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_and_the_tour_show_each_command(name):
    assert f"sepcost {name}" in README + TOUR


def shell_blocks():
    return [block.partition("```")[0].strip() for block in README.split("```sh\n")[1:]]


def test_the_first_command_of_the_readme_installs_and_runs():
    steps = [shlex.split(step) for step in shell_blocks()[0].split(" && ")]
    assert steps[0] == ["python3", "-m", "venv", ".venv"]
    assert steps[1] == [".venv/bin/pip", "install", "-q", "."]
    program, *arguments = steps[2]
    assert program == ".venv/bin/sepcost"
    assert sepcost(*arguments).code == 0
    assert len(steps) == 3


def test_the_second_command_of_the_readme_is_what_ci_does():
    steps = [shlex.split(step) for step in shell_blocks()[1].split(" && ")]
    assert steps[0] == ["python3", "-m", "venv", ".venv"]
    done_by_ci = [shlex.split(line) for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    for step in steps[1:]:
        in_its_venv = step[0].replace(".venv", "$venv")
        assert [in_its_venv, *step[1:]] in done_by_ci
    assert "test" in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("page", ["python.md", "tour.md"])
def test_the_python_of_a_page_answers_as_it_says(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    with registered(()):
        failed, tried = doctest.testfile(str(ROOT / "docs" / page), module_relative=False)
    assert tried == (ROOT / "docs" / page).read_text().count(">>> ") > 0
    assert failed == 0


def test_the_page_on_python_has_a_call_of_every_command_that_says_something():
    page = (ROOT / "docs" / "python.md").read_text()
    rows = re.findall(r"^\| (`.*`) \| (`.*`) \|$", page, re.MULTILINE)
    words = {word for command, _ in rows for word in re.findall(r"`(\w+)", command)}
    alone = set(re.findall(r"`(\w+)`", re.search(r"`\w+` and `\w+` are commands alone", page)[0]))
    assert words == set(NAMES) - alone
    for call in re.findall("`([^`]+)`", " ".join(calls for _, calls in rows)):
        parsed = ast.walk(ast.parse(call.replace("…", "...")))
        for path in (ast.unparse(each.func) for each in parsed if isinstance(each, ast.Call)):
            assert path in sepcost_package.__all__ or callable(pkgutil.resolve_name(path)), path


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 200


@pytest.mark.parametrize(
    ("start", "said"),
    [("breakeven --for expansion", ["576/137"]), ("compare --schemes", ["53,433,600", "6.26"])],
)
def test_a_command_within_a_sentence_of_the_readme_gives_what_that_says(start, said, monkeypatch):
    monkeypatch.chdir(ROOT)
    command = re.search(f"`sepcost ({start}[^`]*)`", README)[1]
    done = sepcost(*shlex.split(command))
    assert done.code == 0
    for figure in said:
        assert figure in done.text
        assert figure in README


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_is_there(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_heading_that_a_page_links_to_is_there(page):
    for target, heading in re.findall(r"\]\(([^)#]*)#([^)]+)\)", page.read_text()):
        if "://" not in target:
            lines = (page.parent / target if target else page).read_text().splitlines()
            headings = [line.lstrip("# ").lower().replace(" ", "-") for line in lines if line.startswith("#")]
            assert heading in headings, (target, heading)


NUMBERS = {"ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "sixteen": 16}


@pytest.mark.parametrize(
    ("sentence", "things"),
    [
        (r"`sepcost schemes` lists (\w+)", scheme_names()),
        (r"the (\w+) built-in ones", scheme_names()),
        (r"`sepcost machines` lists (\w+)", MACHINES),
        (r"the rules of (\w+) other tools", {re.sub("-(aten|macs)$", "", tool.name) for tool in TOOLS}),
    ],
)
def test_a_number_in_a_sentence_of_the_readme_is_right(sentence, things):
    assert NUMBERS[re.search(sentence, README)[1]] == len(things)


def test_help_and_the_page_of_networks_say_that_a_layer_is_replaced_only_for_fewer_macs():
    (replace,) = (each for each in COMMANDS["audit"].params if each.name == "replace")
    assert "where that takes fewer MACs" in replace.help
    assert "replaces a layer only where that takes fewer MACs" in (ROOT / "docs" / "networks.md").read_text()


def test_the_page_of_schemes_says_how_long_an_expression_may_be():
    page = " ".join((ROOT / "docs" / "schemes.md").read_text().split())
    highest = expression._HIGHEST_DEGREE
    assert f"at most {expression.LONGEST} characters long, its powers at most {highest}, its" in page


def test_variables_of_colour_are_in_the_tour():
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        assert re.search(rf"\b{name}\b", TOUR), name


def test_the_page_of_schemes_has_each_of_them_and_every_key_of_a_file():
    page = (ROOT / "docs" / "schemes.md").read_text()
    assert re.findall(r"^### (.+)$", page, re.MULTILINE) == list(scheme_names())
    for key in (*(each.name for each in (*SCHEME_KEYS, *STAGE_KEYS)), *KERNELS, *SIZES):
        assert f"`{key}`" in page or f'`"{key}"`' in page, key


def test_there_are_examples_of_a_script():
    assert SCRIPTS
    for path in SCRIPTS:
        assert path.name in README + TOUR
        assert os.access(path, os.X_OK), path


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_example_of_a_script_runs(path):
    folder = Path(sys.executable).parent
    assert (folder / "sepcost").exists()
    done = subprocess.run(
        [str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(PATH=f"{folder}{os.pathsep}{os.environ['PATH']}"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_names_of_schemas_and_what_examples_takes_stand_in_their_help():
    said = " ".join(sepcost("schema", "-h").text.split())
    for name in COMMANDS["schema"].params[0].type.choices:
        assert re.search(rf"\b{name}\b", said.partition("Options:")[0]), name
    assert sepcost("examples", "-h").text.startswith("Usage: sepcost examples [OPTIONS] [FOLDER]")


def test_the_front_page_has_what_examples_writes_and_how_the_program_is_found():
    said = " ".join(README.split())
    written = " ".join(COMMANDS["examples"].help.split())
    assert "Write networks, budgets, schemes and a machine into FOLDER" in written
    assert "`sepcost examples` writes the networks, budgets, schemes and machine used here" in said
    assert said.index(". .venv/bin/activate") < said.index("$ sepcost compare")


def test_a_cell_of_the_keys_of_a_file_ends_in_no_comma():
    networks = (ROOT / "docs" / "networks.md").read_text()
    assert not re.search(r", \|", networks)


def test_the_keys_of_a_layer_are_listed_with_the_parameters_of_every_scheme():
    networks = (ROOT / "docs" / "networks.md").read_text()
    for name in parameter_names(scheme_names()):
        assert re.search(rf"^\| `{name}` \| .* \| out \|$", networks, re.MULTILINE), name
