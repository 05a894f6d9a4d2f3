"""No option is taken without effect: it alters what is printed, or it is refused."""

import re

import click
import pytest

from sepcost.cli.group import root
from tests.cli.program import ROOT, sepcost

PLAIN, STANDARD, LEAN = (f"examples/mobilenet_v1{name}.toml" for name in ("", "_standard", "_lean"))
EXPORTED = "examples/resnet18.pt2"
LAYER = "--no 64 --ni 32 -s 56"

LINES = {
    "compare": [
        "--no 64 --ni 32",
        LAYER,
        f"{LAYER} --machine h100-fp16",
        f"{LAYER} --scheme separable --max-macs 100M",
        f"{LAYER} --bytes 2",
    ],
    "breakeven": [
        "",
        "--gamma 4",
        "--for ni",
        "--for gamma",
        "--for kernel --no 64 --gamma 2",
        f"--for balance {LAYER}",
        "--metric time --ni 64 -s 56 --machine h100-fp16",
        "-s 56 --stride 2 --metric macs",
        "--for expansion --no 64 --ni 32",
    ],
    "formula": [
        "generalized",
        "separable -k 3 -s 56",
        "distributed --only weights",
        f"separable {LAYER} -k 3 -f pytorch",
    ],
    "fit": [
        "--ni 64 -s 56 --max-macs 50M",
        "--for size --ni 64 --no 128 --max-macs 50M",
        "--for gamma --ni 64 --max-weights 100k",
        "--ni 64 -s 56 --machine stm32f746-int8",
        f"{PLAIN} --max-macs 300M",
        f"{PLAIN} --machine stm32f746-int8",
        f"{PLAIN} --max-memory 3M",
    ],
    "sweep": ["--no 16,32 --ni 64", "--no 16,32 --ni 64 -s 56", "--no 16 --ni 64 -s 56 --machine h100-fp16"],
    "audit": [
        STANDARD,
        EXPORTED,
        f"{STANDARD} --machine raspberry-pi-5",
        f"{STANDARD} --target-macs 2G",
        f"{PLAIN} --against {LEAN} --machine raspberry-pi-5",
        f"{EXPORTED} --like thop",
        f"{STANDARD} --expect-macs 4866M",
    ],
    "check": ["examples/budgets.toml"],
    "machines": [""],
    "schemes": [""],
}
"""Command lines that are answered, so that each mode of a command is among them."""

VALUES = dict(
    re.findall(
        r"(--\S+) (\S+)",
        """
--no 96 --ni 48 --kernel 5 --size 112 --stride 3 --dilation 2 --padding valid --gamma 3 --bias last
--norm 2 --scheme blueprint --groups 4 --mid 16 --reduction 8 --expansion 5 --set groups=4
--max-weights 99G --max-macs 99G --max-memory 99G --max-storage 99G --max-time 99s --min-saving 1/9
--min-time-saving 1/9 --machine stm32f746-int8 --peak 1G --bandwidth 1G --bytes 3 --batch 7
--for ni --only macs --metric weights --columns n_i,scheme --replace spatial --target-macs 1G
--skip conv1 --target-weights 9M --target-memory 1M --target-time 1s --sort macs --top 3 --width 1/2
--input-shape 1x3x64x64 --like keras --expect-macs 1G --expect-weights 4M
""",
    )
)
"""A value of each option that is no flag, other than its default and than those of the lines."""

AGAINST = {"audit": LEAN}

IDLE = {
    "--allow": "permits in advance: a script gives it with whatever limits it is called with",
    "--schemes": "adds names, for others to use",
    "--unbatched": "says what is so of the one exported network here: its batch is 1",
}
"""Options that may alter nothing, with the reason."""

ELSEWHERE = ("--format", "--output", "--color", "--help", "--version")
"""Options that tell how and where something is printed."""


def options(command):
    context = click.Context(root)
    return [
        option
        for option in root.get_command(context, command).params
        if isinstance(option, click.Option) and not set(option.opts) & {*ELSEWHERE, *IDLE}
    ]


def printed(words, form):
    """What is printed in a format, unless the line sets its own, and the exit code."""
    return sepcost(*words, *(() if "-f" in words else ("-f", form)))[:2]


@pytest.mark.parametrize(
    ("command", "line"), [(command, line) for command, lines in LINES.items() for line in lines]
)
def test_every_option_beside_a_command_line_alters_the_answer_or_is_refused(command, line, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = [command, *line.split()]
    before = {form: printed(words, form) for form in ("json", "table")}
    assert {code for code, _ in before.values()} <= {0, 1}
    idle = []
    for option in options(command):
        name = next(name for name in option.opts if name.startswith("--"))
        if set(option.opts) & set(words):
            continue
        value = AGAINST.get(command, "blueprint") if name == "--against" else VALUES.get(name)
        assert option.is_flag or value is not None, name
        given = [name] if value is None else [name, value]
        if all(printed([*words, *given], form) == said for form, said in before.items()):
            idle.append(name)
    assert idle == []


def test_every_command_is_among_the_lines():
    aside = {"examples", "schema", "help"}
    assert set(root.list_commands(click.Context(root))) - aside == set(LINES)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"audit {STANDARD} --unbatched", "--unbatched: is for exported networks"),
        (f"audit {STANDARD} --against {LEAN} --metric weights", "--metric: cannot be used with --against"),
        (f"audit {STANDARD} --like thop --top 2", "--top: cannot be used with --like"),
        (
            f"audit {STANDARD} --expect-weights 4M --target-macs 1G",
            "--target-macs: cannot be used with",
        ),
        (f"audit {STANDARD} --expect-weights 4M --flops", "--expect-weights: cannot be used with --flops"),
        (f"fit {PLAIN} --max-macs 1G --groups 2", "--groups: is for one layer"),
        (f"fit {PLAIN} --max-macs 1G --set groups=2", "--set: is for one layer"),
    ],
)
def test_what_would_have_no_effect_is_refused_in_a_line(line, problem, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = sepcost(*line.split())
    assert done.refusal.startswith(problem)


def test_of_two_networks_the_exported_one_is_unbatched(monkeypatch):
    monkeypatch.chdir(ROOT)
    for pair in ((PLAIN, EXPORTED), (EXPORTED, PLAIN)):
        assert sepcost("audit", pair[0], "--against", pair[1], "--unbatched").code == 0
