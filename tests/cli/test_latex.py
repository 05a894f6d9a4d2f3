"""LaTeX: a document takes it as it is, and typesets every line of it as one."""

import shutil
import subprocess

import pytest

from sepcost.report.render.latex import bold
from sepcost.report.table import Cell
from tests.cli.hostile import SHOWN, toml
from tests.cli.program import ROOT, sepcost

EXAMPLES = ROOT / "examples"
STANDARD = EXAMPLES / "mobilenet_v1_standard.toml"
LINES = [
    "compare --no 128 --ni 64",
    "compare --no 256 --ni 64 -s 56 --machine h100-fp16",
    "breakeven --gamma 4 --steps",
    "fit --ni 64 -k 3 -s 56 --max-macs 50M --for no",
    f"audit {STANDARD} --machine stm32f746-int8 --target-macs 1G",
    f"audit {STANDARD} --target-macs 10k",
    f"audit {EXAMPLES / 'mobilenet_v1_lean.toml'} --against {EXAMPLES / 'mobilenet_v1.toml'}",
    f"audit {EXAMPLES / 'resnet18.pt2'} --like thop",
    f"check {EXAMPLES / 'budgets.toml'}",
    "schemes",
]
FORMULAS = [
    "formula inverted bottleneck spatial --stride 2 --bias last",
    "formula distributed --no 16 --ni 64",
]


def typeset(line):
    done = sepcost(*line.split(), "-f", "latex")
    assert (done.code, done.err) == (0, "")
    return done.text


@pytest.mark.parametrize("line", LINES)
def test_every_line_below_a_table_is_one_when_typeset(line):
    below = [each for each in sepcost(*line.split(), "-f", "markdown").text.splitlines() if each[:2] == "- "]
    lines = typeset(line).splitlines()
    assert len(below) == sum(each.startswith((r"\item ", r"\[ ")) for each in lines)
    assert not any(each.startswith("%") for each in lines)


def test_words_have_the_signs_of_mathematics_and_names_none():
    words = "N_o >= 9*sqrt(2)/8 ~ 1.6: 3x3 in expand3x3, gamma = 4, see --only"
    threshold = r"$N_o$ $\geq$ 9$\cdot$$\sqrt{2}$/8 $\approx$ 1.6"
    said = rf"{threshold}: 3$\times$3 in expand3x3, $\gamma$ = 4, see -{{}}-only"
    assert bold(Cell(words)) == rf"\noindent\textbf{{{said}}}"
    assert bold(Cell("N_o 3x3", verbatim=True)) == r"\noindent\textbf{N\_o 3x3}"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs LaTeX")
def test_it_compiles_as_it_is_pasted(tmp_path):
    hostile = tmp_path / "hostile.toml"
    hostile.write_text(toml([name for name in SHOWN if name != "漢字"]))
    lines = [*LINES, *FORMULAS, f"audit {hostile} --target-macs 166k"]
    pasted = "\n\n".join(map(typeset, lines))
    assert r"\item {}[x]" in pasted  # a plan's layer, whose bracket no \item is to take for its label
    head = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
    (tmp_path / "paper.tex").write_text(f"{head}{pasted}\\end{{document}}\n")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 0
