"""Change the code that every figure rests on, one small thing at a time, and tell which changes no test sees.

    python -m tests.mutants [MODULE ...] [--sample N] [--seed S] [--workers 2]

A mutant is a module with one comparison, operator, number or condition changed. Each is written into a copy
of the project, where the tests that concern its module run. A test that fails kills it. One that survives
shows what no test claims, or it is equivalent: nothing that the program says can differ. The equivalent ones
are in mutants.toml, each with the reason. Exits 1 where any other survives.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
EQUIVALENT = Path(__file__).with_suffix(".toml")
PATIENCE = 20
"""How many times its processor time a run may take, on a machine that is busy or in a sleep."""

MOST_BYTES = 8 * 2**30
_BROKEN = (3, 4, 5)
"""What pytest exits with where it cannot run the tests, or finds none."""

TESTS = {
    "core/formulas": "core/test_formulas core/test_schemes cli/test_compare_norm theory",
    "core/build": "core/test_build core/test_schemes test_another_scheme solver/test_constraints",
    "core/scheme": "core/test_build core/test_schemes core/test_scheme_file test_another_scheme",
    "core/schemes": "core/test_schemes core/test_scheme_file test_comparison test_another_scheme",
    "core/expression": "core/test_expression core/test_scheme_file core/test_schemes",
    "core/exact": "core/test_exact core/test_formulas",
    "core/limits": "core/test_limits network/test_limits network/test_budget cli/test_compare",
    "core/layer": "core/test_layer core/test_ranges test_comparison",
    "fitting": "test_fitting cli/test_fit test_fitting_run",
    "buildable": "test_buildable test_fitting",
    "core/monomial": "core/test_monomial test_buildable",
    "solver/interval": "solver/test_inequality solver/test_admissible solver/test_solve solver/test_answers",
    "solver/inequality": "solver/test_inequality solver/test_cases solver/test_solve solver/test_answers",
    "solver/cases": "solver/test_cases solver/test_solve solver/test_answers solver/test_pairs",
    "solver/critical": "solver/test_critical solver/test_cases solver/test_solve solver/test_pairs",
    "solver/roots": "solver/test_roots solver/test_inequality solver/test_solve solver/test_pairs",
    "solver/quadratic": "solver/test_quadratic solver/test_piecewise solver/test_times",
    "solver/constraints": "solver/test_constraints solver/test_solve solver/test_pairs",
    "solver/admissible": "solver/test_admissible solver/test_solve solver/test_pairs",
    "solver/counts": "solver/test_admissible test_buildable solver/test_pairs",
    "solver/built_values": "test_buildable",
    "solver/solve": "solver/test_solve theory/test_breakeven_rows solver/test_pairs",
    "solver/piecewise": "solver/test_piecewise solver/test_times solver/test_time_breakeven",
    "network/plan": "network/test_plan network/test_layer_costs network/test_replaced cli/test_footprint",
    "network/doubts": "network/test_doubts network/test_budget cli/test_check",
    "network/budget": "network/test_budget cli/test_check",
    "network/measure": "network/test_measure network/test_growth network/test_budget network/test_replaced "
    "network/test_layer_costs cli/test_footprint",
    "network/one_input": "network/test_one_input network/onnx/test_network network/test_doubts",
    "network/memory": "network/test_memory network/test_growth cli/test_footprint network/test_replaced",
    "network/buffers": "network/test_memory network/test_growth network/test_constants",
    "network/replaced": "network/test_replaced network/test_layer_costs",
    "network/what_if": "network/test_what_if",
    "network/subtotals": "network/test_subtotals cli/test_audit",
    "network/onnx/geometry": "network/onnx/test_counted network/onnx/test_refused network/onnx/test_shapes",
    "network/onnx/shapes_window": "network/onnx/test_windows network/onnx/test_shapes",
    "network/onnx/batch": "network/onnx/test_batch network/test_doubts network/onnx/test_network",
    "network/onnx/held": "network/onnx/test_held network/test_doubts network/onnx/test_network",
    "network/counters/calls": "network/counters cli/test_like",
    "network/counters/composed": "network/counters",
    "network/onnx/roles": "network/onnx/test_network",
    "network/tflite/batches": "network/test_tflite",
    "network/counters/quantities": "network/counters cli/test_like",
    "network/counters/rules": "network/counters cli/test_like",
    "network/counters/pytorch_tools": "network/counters cli/test_like",
    "network/counters/graph_tools": "network/counters cli/test_like",
    "network/counters/like": "network/counters cli/test_like",
}
"""Under tests/, what concerns each module of sepcost/, the nearest first; its own doctests run before."""

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_PASSED_OVER = (ast.JoinedStr, ast.Raise, ast.Assert)
"""Messages, and what a type checker is told."""


class Mutant(NamedTuple):
    """A module of sepcost/ with one change: the number of its first line, that line before and after."""

    module: str
    line: int
    before: str
    after: str
    source: bytes

    def __str__(self) -> str:
        return f"sepcost/{self.module}.py:{self.line}\n  - {self.before}\n  + {self.after}"


def mutants(module: str, source: bytes) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def mutant(node: ast.expr, change: ast.expr) -> Mutant:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first = starts[node.lineno - 1]
        start, end = first + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        written = ast.unparse(change)
        if not written.isalnum():
            written = f"({written})"
        changed = source[:start] + written.encode() + source[end:]
        before, after = (text[first:].decode().splitlines()[0].strip() for text in (source, changed))
        return Mutant(module, node.lineno, before, after, changed)

    found = [pair for node in _nodes(ast.parse(source)) for pair in _changes(node)]
    return [mutant(*pair) for pair in sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset))]


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those below it, but for types, messages and how strict a zip is."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        if isinstance(node, ast.Subscript) and name == "slice" and isinstance(value, ast.Constant):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_strict = isinstance(child, ast.keyword) and child.arg == "strict"
            if isinstance(child, ast.AST) and not isinstance(child, _PASSED_OVER) and not is_strict:
                yield from _nodes(child)


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what may be changed of a node, and to what."""
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                ops = [*node.ops[:number], _COMPARISONS[type(operator)](), *node.ops[number + 1 :]]
                yield node, ast.Compare(node.left, ops, node.comparators)
        case ast.BinOp() if type(node.op) in _OPERATORS:
            yield node, ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
        case ast.BoolOp():
            yield node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node, node.operand
        case ast.Constant(value=bool()):
            yield node, ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield from ((node, ast.Constant(node.value + step)) for step in (1, -1))
        case ast.Subscript(slice=ast.Constant(value=int(place))):
            # Before the first place is the last one, which is often the same.
            yield from ((node.slice, ast.Constant(place + step)) for step in ((1, -1) if place else (1,)))
        case ast.Name() if node.id in _NAMES:
            yield node, ast.Name(_NAMES[node.id])
    yield from ((each, ast.UnaryOp(ast.Not(), each)) for each in _conditions(node) if _is_plain(each))


def _conditions(node: ast.AST) -> list[ast.expr]:
    """Return the conditions that a node branches by, loops by, filters by or, as a function, returns."""
    match node:
        case ast.If() | ast.While() | ast.IfExp():
            return [node.test]
        case ast.comprehension():
            return node.ifs
        case ast.FunctionDef(returns=ast.Name(id="bool")):
            values = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            return [value for value in values if value is not None]
    return []


def _is_plain(condition: ast.expr) -> bool:
    """Whether no other change turns a condition: it is a name or a call alone."""
    return isinstance(condition, (ast.Name, ast.Attribute, ast.Call, ast.NamedExpr, ast.Subscript))


def sampled(found: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return one mutant out of each of as many equal parts of them, the same ones for the same seed."""
    chance = random.Random(seed)
    bounds = [part * len(found) // count for part in range(count + 1)]
    return [found[chance.randrange(*part)] for part in pairwise(bounds)]


@cache
def equivalent() -> frozenset[tuple[str, str, str]]:
    """Return the mutants that no test can kill, by module, line before and line after."""
    rows = tomllib.loads(EQUIVALENT.read_text())["mutant"]
    return frozenset((row["module"], row["before"], row["after"]) for row in rows)


def is_equivalent(mutant: Mutant) -> bool:
    """Whether it is known that nothing the program says differs."""
    return (mutant.module, mutant.before, mutant.after) in equivalent()


def source_of(module: str) -> bytes:
    """Return the source of a module as it stands."""
    return (ROOT / "sepcost" / f"{module}.py").read_bytes()


def concerned(module: str) -> list[str]:
    """Return what pytest is given for a module: the module, for its doctests, and files of tests."""
    places = [ROOT / "tests" / name for name in TESTS[module].split()]
    tests = [place if place.is_dir() else place.with_suffix(".py") for place in places]
    return [f"sepcost/{module}.py", *(str(test.relative_to(ROOT)) for test in tests)]


class Copy:
    """A copy of the project, in which one module at a time is changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))

    def kills(self, mutant: Mutant) -> bool:
        """Whether a test fails where a mutant stands in its module's place."""
        path = (self.folder / "sepcost" / mutant.module).with_suffix(".py")
        original = path.read_bytes()
        _write(path, mutant.source)
        try:
            return not self.passes(concerned(mutant.module))
        finally:
            _write(path, original)

    def passes(self, tests: Sequence[str], minutes: int = 1) -> bool:
        """Whether some tests pass in minutes of processor time, and in a memory of 8 GiB."""
        options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        try:
            run = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                preexec_fn=partial(_limited, minutes * 60),
                timeout=minutes * 60 * PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        if run.returncode in _BROKEN:
            raise RuntimeError(run.stdout.decode() + run.stderr.decode())
        return run.returncode == 0


def _write(path: Path, source: bytes) -> None:
    path.write_bytes(source)
    # A change may leave length and time as they are, by which Python knows what it has compiled.
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def _limited(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def survivors(chosen: Sequence[Mutant], workers: int) -> Iterator[Mutant]:
    """Yield the mutants that every test concerned passes with."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(workers):
            copies.put(Copy(Path(folder, str(number))))

        def survives(mutant: Mutant) -> bool:
            copy = copies.get()
            try:
                return not copy.kills(mutant)
            finally:
                copies.put(copy)

        first = copies.get()
        if not first.passes(
            sorted({test for mutant in chosen for test in concerned(mutant.module)}), minutes=20
        ):
            raise RuntimeError("the tests fail without a change too")
        copies.put(first)
        for mutant, alive in zip(chosen, pool.map(survives, chosen), strict=True):
            if alive:
                yield mutant


def main() -> int:
    """Run the mutants that the command line chooses; return 1 where one survives that is not equivalent."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="such as solver/roots; all of them unless given"
    )
    parser.add_argument(
        "--sample", type=int, metavar="N", help="as many of the mutants, spread over the modules"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which ones those are")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=1, help="tests run at a time")
    arguments = parser.parse_args()
    if unknown := set(arguments.modules) - set(TESTS):
        parser.error(f"no tests are named for {', '.join(sorted(unknown))}")
    found = [each for name in arguments.modules or TESTS for each in mutants(name, source_of(name))]
    chosen = (
        found
        if arguments.sample is None
        else sampled(found, min(arguments.sample, len(found)), arguments.seed)
    )
    tried = [mutant for mutant in chosen if not is_equivalent(mutant)]
    alive = 0
    for mutant in survivors(tried, arguments.workers):
        alive += 1
        print(mutant, flush=True)
    score = f"{len(tried) - alive} of {len(tried)} killed ({1 - alive / max(len(tried), 1):.1%})"
    print(f"{score}, {len(chosen) - len(tried)} equivalent left out, {len(found)} in all")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
