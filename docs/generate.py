"""What the pages here are generated with: what a command prints, and what a file holds."""

import shlex
import subprocess
import sys

import cog


def output(line: str, code: int = 0) -> str:
    """Return what a command prints, stderr last."""
    words = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == code, (line, done.returncode, done.stderr)
    return done.stdout + done.stderr


def run(line: str, code: int = 0) -> None:
    """Print a command as typed and what it prints."""
    cog.outl(f"\n```console\n$ {line}\n{output(line, code).rstrip()}\n```\n")


def show(path: str, language: str = "toml", until: str | None = None) -> None:
    """Print a file, up to a text in it."""
    with open(path) as file:
        text = file.read()
    if until is not None:
        text = text.partition(until)[0]
    cog.outl(f"\n```{language}\n{text.rstrip()}\n```\n")


def keys(file: str) -> None:
    """Print the keys of a file, or of a table in it, as their readers have them."""
    from sepcost.core.schemes import catalogue
    from sepcost.hardware.machine_keys import CACHE_KEYS, MACHINE_KEYS
    from sepcost.network.budget_keys import BUDGET_KEYS
    from sepcost.network.toml.keys import CONVOLUTION, KINDS, LAYER_KEYS, NETWORK_KEYS

    tables = {
        "network": (NETWORK_KEYS, None),
        "layer": (tuple(each.key for each in LAYER_KEYS), {each.key.name: each.kinds for each in LAYER_KEYS}),
        "budget": (BUDGET_KEYS, None),
        "machine": (MACHINE_KEYS, None),
        "cache": (CACHE_KEYS, None),
    }
    rows, kinds = tables[file]
    cog.outl("\n| key | what it says | unless given |" + (" in layers with |" if kinds else ""))
    cog.outl("| --- | --- | --- |" + (" --- |" if kinds else ""))
    for key in rows:
        of = f" {'any' if kinds[key.name] == KINDS else ', '.join(kinds[key.name])} |" if kinds else ""
        cog.outl(f"| `{key.name}` | {key.summary} | {key.default or '-'} |{of}")
    for scheme in catalogue() if kinds else ():
        for each in scheme.parameters:
            said = f"{each.symbol} of {scheme.name}: {each.summary}"
            cog.outl(f"| `{each.name}` | {said} | {each.default} | {CONVOLUTION} |")
    cog.outl("")


def columns() -> None:
    """Print the columns of an audit's CSV on a machine that was measured, memory among them."""
    from sepcost.hardware.execution import Execution
    from sepcost.hardware.machine import Machine
    from sepcost.hardware.measured import Measured
    from sepcost.report.audit_fields import LAYER_FIELDS, MEMORY_FIELDS, columns_of_csv
    from sepcost.report.fields import ALWAYS, ESTIMATED
    from sepcost.report.schemas.keys import SAYS

    of = {"replacement": ", of what replaces the layer", "subtotal": ", of all layers of the kind"}
    run = "a machine, `--bytes`, `--fused` or `--batch`"
    needs = {ALWAYS: "", ESTIMATED: "a machine that was measured"}
    measured = Execution(Machine(1, 1, measured=Measured()))
    cog.outl("\n| column | what it says | with |\n| --- | --- | --- |")
    for field in columns_of_csv((*LAYER_FIELDS, *MEMORY_FIELDS), measured):
        given = "`--metric memory`" if field in MEMORY_FIELDS else needs.get(field.needs, run)
        said = field.says or SAYS[field.key]
        cog.outl(f"| `{field.name}` | {said}{'' if field.column else of.get(field.group, '')} | {given} |")
    cog.outl("")
