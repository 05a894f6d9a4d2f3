"""Record what commands print, and compare it later: a refactoring changes no byte of it.

Run from the repository, with every extra installed:

    python -m tests.outputs record FILE     run the lines of outputs.txt and write what they did as JSON
    python -m tests.outputs compare FILE    run the lines of FILE again; a diff for each that does otherwise

Compare exits with 1 where exit code, stdout, stderr or a written file of any line differ.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.hostile import toml
from tests.cli.program import ROOT, on_terminal, process
from tests.network.onnx.models import LIGHT, conv, model, node, weights

TABLE = Path(__file__).with_suffix(".txt")

_FIXED = {"LANG": "C.UTF-8", "TERM": "xterm", "NO_COLOR": "1"}
_BINARY = (".svg", ".png", ".pdf", ".parquet")

_LAYER = "[[layer]]\nname = 'a'\nout = 4\nkernel = 3\n"
_BUDGET = "[[budget]]\nname = 'b'\nnetwork = 'examples/mobilenet_v1.toml'\n"
_TEXTS = {
    "hostile.toml": toml(),
    "empty.toml": "",
    "broken.toml": "channels = \n",
    "unknown_key.toml": f"channels = 3\nsize = 8\n{_LAYER.replace('kernel', 'kernle')}",
    "no_layer.toml": "channels = 3\nsize = 8\n",
    "no_size.toml": f"channels = 3\n{_LAYER}",
    "no_such_network.toml": "[[budget]]\nname = 'b'\nnetwork = 'missing.toml'\nmax_macs = '1M'\n",
    "exceeded.toml": f"{_BUDGET}max_macs = '1M'\n",
    "no_limit.toml": _BUDGET,
    "no_bandwidth.toml": "peak = '110G'\n",
    "broken.onnx": "this is no model",
}
_MODELS = {
    "unsized.onnx": conv([1, 3, "H", "W"], [8, 3, 3, 3]),
    "unknown.onnx": model(
        [node("Conv", "x w", "h"), node("Mystery", "h", "y", domain="local")],
        {"x": [1, 3, 8, 8]},
        [weights("w", [8, 3, 3, 3])],
        domains=["local"],
    ),
}

Outcome = dict[str, str]
"""What a line did, by 'exit code', 'stdout', 'stderr' and the names of the files that it wrote."""


def table_lines(text: str) -> list[str]:
    """Return the command lines of a table, one for each of the terminals that a row names."""
    rows = (row.strip() for row in text.splitlines())
    return [line for row in rows if row and not row.startswith("#") for line in _one_a_terminal(row)]


def _one_a_terminal(row: str) -> Iterator[str]:
    terminals, _, rest = row.partition(" ") if row.startswith("@") else ("", "", row)
    for columns in terminals[1:].split(","):
        yield f"@{columns} {rest}" if columns else rest


def outcomes(lines: Iterable[str]) -> dict[str, Outcome]:
    """Run command lines, as many at once as there are processors."""
    lines = list(lines)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(lines, pool.map(outcome, lines), strict=True))


def outcome(line: str) -> Outcome:
    """Run one command line in a folder of its own that holds the files it may name."""
    words = shlex.split(line)
    columns = int(words.pop(0)[1:]) if line.startswith("@") else None
    variables = list(takewhile(_sets_a_variable, words))
    arguments = words[len(variables) :]
    changes = _FIXED | dict(variable.split("=", 1) for variable in variables)
    with TemporaryDirectory() as name:
        folder = Path(name)
        given = _furnished(folder)
        if columns is None:
            done = process(*arguments, cwd=folder, **changes)
        else:
            done = on_terminal(*arguments, columns=columns, cwd=folder, **changes)
        written = {path.name: _written(path) for path in sorted(folder.iterdir()) if path.name not in given}
    return {"exit code": str(done.code), "stdout": _text(done.out), "stderr": done.err, **written}


def _sets_a_variable(word: str) -> bool:
    return "=" in word and not word.startswith("-")


def _furnished(folder: Path) -> set[str]:
    """Put the files that lines may name into a folder, and return their names."""
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "light").symlink_to(LIGHT)
    for name, text in _TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, network in _MODELS.items():
        (folder / name).write_bytes(network.SerializeToString())
    return {path.name for path in folder.iterdir()}


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="backslashreplace")


def _written(path: Path) -> str:
    """Return a file's text, or a hash for what nobody reads as text: a picture, rows in binary."""
    data = path.read_bytes()
    return f"sha256 {sha256(data).hexdigest()}" if path.suffix in _BINARY else _text(data)


def differences(recorded: Mapping[str, Outcome], found: Mapping[str, Outcome]) -> list[str]:
    """Return a unified diff for each line that does something else than was recorded."""
    return [
        "\n".join(unified_diff(_laid_out(was), _laid_out(found[line]), f"recorded: {line}", lineterm=""))
        for line, was in recorded.items()
        if was != found[line]
    ]


def _laid_out(did: Outcome) -> list[str]:
    # Split at line feeds alone: an end of line too many or too few shows as a line of its own.
    return [line for part, text in did.items() for line in (f"[{part}]", *text.split("\n"))]


def _record(path: Path) -> int:
    lines = table_lines(TABLE.read_text(encoding="utf-8"))
    path.write_text(json.dumps(outcomes(lines), indent=1), encoding="utf-8")
    print(f"{len(lines)} lines recorded in {path}")
    return 0


def _compare(path: Path) -> int:
    recorded: dict[str, Outcome] = json.loads(path.read_text(encoding="utf-8"))
    found = differences(recorded, outcomes(recorded))
    for difference in found:
        print(difference, end="\n\n")
    print(f"{len(found)} of {len(recorded)} lines differ")
    if later := set(table_lines(TABLE.read_text(encoding="utf-8"))) - set(recorded):
        print(f"{len(later)} lines of {TABLE.name} are not in {path}: record them")
    return 1 if found else 0


def main() -> int:
    """Record or compare, as the command line says."""
    parser = argparse.ArgumentParser("python -m tests.outputs", description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("file", type=Path, metavar="FILE", help="the outcomes, as JSON")
    chosen = parser.parse_args()
    return {"record": _record, "compare": _compare}[chosen.action](chosen.file)


if __name__ == "__main__":
    sys.exit(main())
