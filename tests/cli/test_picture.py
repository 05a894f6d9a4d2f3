"""Pictures by -o: what each says, the same bytes every time, whole or not at all, or refused."""

import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import pytest

from tests.cli.program import ROOT, environment, process, sepcost

DRAWN_WITH = "3.11.2"
"""The release of Matplotlib that the pictures in examples/ were drawn with."""

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(line, folder, ending="svg"):
    """The bytes of a picture; the run must say nothing."""
    path = folder / f"picture.{ending}"
    done = sepcost(*line.split(), "-o", str(path))
    assert (done.code, done.out, done.err) == (0, b"", "")
    return path.read_bytes()


def texts(svg):
    """Every text of an SVG, its letters as one string."""
    return [
        "".join(text.itertext()).replace("\n", "").strip()
        for text in ElementTree.fromstring(svg).iter(f"{SVG}text")
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "breakeven --gamma 4",
            [
                "Where a scheme costs no more than standard",
                "3×3 kernel, γ = 4",
                "output channels Nₒ",
                "standard",
            ],
        ),
        (
            "breakeven --for gamma --ni 1 --scheme distributed",
            ["depth multiplier γ", "≈ 1.313", "≈ 61.69", "distributed"],
        ),
        (
            "breakeven --for balance --no 64 --ni 64 -s 56 --bytes 2",
            ["machine balance: peak ÷ bandwidth, MACs per byte", "saving in time", "h100-fp16", "≈ 71.58"],
        ),
        (
            "breakeven --metric time --ni 64 -s 56 --machine h100-fp16",
            ["Where a scheme takes no more time than standard", "bound in time, µs", "≈ 206.7", "separable"],
        ),
        (
            "breakeven --metric time --gamma 1 -s 56 --machine h100-fp16",
            ["output channels Nₒ, with Nₒ = γ Nᵢ", "bound in time", "≈ 132.7", "10 µs"],
        ),
        (
            "compare --no 256 --ni 64 -s 56 --stride 2",
            ["8.69×", "13,296,640 = 451,584 + 12,845,056", "generalized", "pointwise", "MACs"],
        ),
        (
            "compare --no 128 --ni 64",
            ["not realizable", "8768·√2 ≈ 12,400, multiplier √2", "weights, or MACs per output position"],
        ),
        ("compare --no 16 --ni 64 --bias", ["not applicable", "γ = Nₒ/Nᵢ = 1/4 is below 1", "weights"]),
        (
            "compare --no 64 --ni 64 -s 56 --machine h100-fp16",
            ["7.89×", "0.54×", "482.1 ns = 240 ns + 242.1 ns, memory-bound", "bound in time, ns"],
        ),
        (
            f"audit {STANDARD}",
            ["4,867,293,184 → 559,445,248 MACs", "conv8_5", "as separable", "now, not replaced", "8.92×"],
        ),
        (
            f"audit {STANDARD} --machine h100-fp16",
            ["8.92×", "0.61×", "bound in time, µs", "lose time: conv1, conv2, conv3, conv4"],
        ),
        (
            "sweep --no 16:256:*2 --ni 64 -s 56 --machine h100-fp16",
            ["Saving in time against standard, over Nₒ", "saving in time", "bound in time, µs"],
        ),
        (
            "sweep --no 1:4 --ni 64 -k 1:3 --scheme separable",
            [
                "Saving in MACs against standard, over Nₒ and kernel",
                "output channels Nₒ",
                "break-even",
                "2.77×",
            ],
        ),
        (
            "sweep --no 16:256:*2 --ni 64 -s 56",
            ["saving in MACs", "MACs", "distributed", "256", "Nᵢ = 64, 3×3 kernel, 56×56 input"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_says_in_text_what_it_shows(line, said, tmp_path):
    svg = drawn(line, tmp_path)
    found = texts(svg)
    assert [text for text in said if text not in found] == []
    assert "MACs (1 MAC = 2 FLOPs), bias" in "".join(found)


def test_thresholds_are_written_on_the_crossings(tmp_path):
    found = texts(drawn("breakeven --gamma 4", tmp_path))
    for label in ("separable Nₒ ≥ 9/8", "distributed Nₒ ≥ 18/7", "generalized Nₒ ≥ 36/5"):
        name, _, threshold = label.partition(" ")
        assert label in found or {name, threshold} <= set(found)
    found = " ".join(texts(drawn("breakeven --for gamma --ni 4", tmp_path)))
    assert "γ ≤ 153/4 + 27·√2" in found


def test_whoever_cannot_see_it_is_told_the_thresholds(tmp_path):
    svg = drawn("breakeven --gamma 4", tmp_path).decode()
    assert "<title>Where a scheme costs no more than standard</title>" in svg
    for statement in (
        "separable: N_o &gt;= 9/8",
        "generalized: N_o &gt;= 36/5",
        "distributed: N_o &gt;= 18/7",
    ):
        assert statement in svg


@pytest.mark.parametrize("ending", STARTS)
def test_the_same_question_is_the_same_bytes_everywhere(ending, tmp_path):
    line = "breakeven --gamma 4 --bias" if ending == "svg" else "compare --no 256 --ni 64 -s 56"
    first = drawn(line, tmp_path, ending)
    assert first.startswith(STARTS[ending])
    assert b"<dc:date>" not in first
    steered = tmp_path / "matplotlibrc"
    steered.write_text("font.size: 30\nsvg.fonttype: path\naxes.grid: True\nsavefig.dpi: 10\n")
    path = tmp_path / f"again.{ending}"
    changes = {
        "PYTHONHASHSEED": "7",
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(steered),
        "MPLBACKEND": "module://gone",
    }
    done = process(*line.split(), "-o", str(path), **changes)
    assert (done.code, done.out, done.err) == (0, b"", "")
    assert path.read_bytes() == first


@pytest.mark.parametrize("name", ["breakeven", "balance"])
def test_the_picture_of_the_readme_is_current(name, tmp_path):
    if matplotlib.__version__ != DRAWN_WITH:
        pytest.skip(f"drawn with Matplotlib {DRAWN_WITH}, and this is {matplotlib.__version__}")
    script = (ROOT / "examples" / "pictures.sh").read_text()
    (line,) = (line for line in script.splitlines() if f"/{name}.svg" in line)
    program, *arguments = line.partition(" -o ")[0].split()
    assert program == "sepcost"
    committed = (ROOT / "examples" / f"{name}.svg").read_bytes()
    assert drawn(" ".join(arguments), tmp_path) == committed, "renew: examples/pictures.sh examples"


def test_the_format_wins_over_the_ending(tmp_path):
    path = tmp_path / "picture.svg"
    assert sepcost("compare", "--no", "8", "--ni", "8", "-f", "png", "-o", str(path)).code == 0
    assert path.read_bytes().startswith(STARTS["png"])


def test_a_limit_that_is_not_held_still_leaves_a_whole_picture(tmp_path):
    path = tmp_path / "layers.svg"
    done = sepcost("audit", STANDARD, "--max-macs", "1G", "-o", str(path))
    assert done.code == 1
    assert done.err.startswith("sepcost audit: MACs 4,867,293,184 exceed")
    assert "conv1" in texts(path.read_bytes())


def test_names_from_a_file_are_shown_as_they_are(tmp_path):
    source = tmp_path / "odd.toml"
    odd = r"<b>&$\alpha^{2}$ \dfrac"
    source.write_text(
        f"name = '{odd}'\nchannels = 3\nsize = [8, 8]\n[[layer]]\nname = '{odd}'\nout = 8\nkernel = 3\n"
    )
    svg = drawn(f"audit {source}", tmp_path)
    assert odd in texts(svg)
    assert sum(text.startswith(odd) for text in texts(svg)) == 2
    source.write_text(source.read_text().replace(odd, "網絡"))
    assert "網絡" in texts(drawn(f"audit {source}", tmp_path))
    assert drawn(f"audit {source}", tmp_path, "png").startswith(STARTS["png"])


NO_PICTURE = "is a picture, and this command draws none"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("formula -o x.svg", f"formula: -o: 'x.svg' {NO_PICTURE}"),
        ("machines -o x.pdf", f"machines: -o: 'x.pdf' {NO_PICTURE}"),
        ("check budgets.toml -o x.png", None),
        (
            "formula -f svg -o x",
            "formula: -f: 'svg' is not one of table, json, csv, markdown, latex, python, pytorch",
        ),
        ("compare --no 8 --ni 8 -f svg", "compare: -f svg: a picture goes into a file: give -o"),
        ("compare --no 8 --ni 8 -f pdf -o -", "compare: -f pdf: a picture goes into a file: give -o"),
        ("compare --no 8 --ni 8 -o x.gif", None),
        (
            "breakeven -o x.svg",
            "breakeven: --gamma: is open, and the cost of generalized depends on it: give it for a picture",
        ),
        (
            "breakeven -k any --gamma 2 -o x.svg",
            "breakeven: -k: is open, and the cost of standard depends on it: give it for a picture",
        ),
        (
            "breakeven --ni 8 --gamma 2 --scheme distributed -o x.svg",
            "breakeven: nothing to draw: distributed is not applicable: "
            "N_o = gamma N_i is fixed by the gamma and N_i given",
        ),
        (
            "breakeven --for ni --no 1 --scheme generalized -o x.svg",
            "breakeven: nothing to draw: N_i can be 1 alone",
        ),
        (
            "compare --no 16 --ni 64 --scheme distributed -o x.svg",
            "compare: nothing to draw: distributed is not applicable: gamma = N_o/N_i = 1/4 is below 1",
        ),
        (
            "breakeven --metric time --ni 8 -s 8 --machine h100-fp16 --scheme distributed -o x.svg",
            "breakeven: nothing to draw: distributed is not applicable: "
            "its N_o is gamma N_i, and N_i is held",
        ),
        (
            f"audit {STANDARD} --against {STANDARD} -o x.svg",
            "audit: --against: has no picture: leave it out, or give another ending",
        ),
        (
            "sweep --no 8 --ni 8 -o x.svg",
            "sweep: -o: a picture needs a list of several values, such as --no 16:1024:*2",
        ),
        (
            "sweep --no 1,2 --ni 1,2 -k 1,3 -o x.svg",
            "sweep: -o: a picture shows one list of several values or two, not N_i, N_o, kernel",
        ),
        (
            "sweep --no 1,2 --ni 1,2 --scheme standard -o x.svg",
            "sweep: -o: standard saves nothing against itself: give another --scheme",
        ),
        (
            "sweep --no 8 --ni 16,32 --scheme generalized -o x.svg",
            "sweep: nothing to draw: no layer can be built as generalized",
        ),
        (
            "sweep --no 100,101 --ni 64,99 --against distributed --scheme separable -o x.svg",
            "sweep: nothing to draw: no layer has a saving against distributed",
        ),
    ],
    ids=lambda value: value if value and value.partition(" ")[0] in ("sweep", "audit", "compare") else "",
)
def test_what_cannot_be_drawn_is_refused_in_one_line_and_writes_nothing(line, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = sepcost(*line.split())
    assert done.refusal
    assert problem is None or done.err == f"sepcost {problem}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_fails_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "old.svg"
    path.write_text("old")
    assert sepcost("breakeven", "-o", str(path)).code == 2
    assert sepcost("compare", "--no", "8", "--ni", "8", "-o", str(tmp_path / "no" / "x.svg")).code == 2
    assert [each.name for each in tmp_path.iterdir()] == ["old.svg"]
    assert path.read_text() == "old"


def test_a_missing_extra_is_named_in_one_line(tmp_path):
    path = tmp_path / "x.svg"
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from sepcost.cli import run\n"
        f"sys.exit(run(['compare', '--no', '8', '--ni', '8', '-o', {str(path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "sepcost compare: a picture needs an extra: pip install 'sepcost[plot]'\n"
    assert not path.exists()


def test_a_home_that_cannot_be_written_leaves_neither_words_nor_a_folder_behind(tmp_path):
    (tmp_path / "temporary").mkdir()
    nowhere = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), "/proc/none")
    path = tmp_path / "layer.svg"
    done = process(
        "compare",
        "--no",
        "256",
        "--ni",
        "64",
        "-o",
        str(path),
        MPLCONFIGDIR="",
        TMPDIR=str(tmp_path / "temporary"),
        **nowhere,
    )
    assert done == (0, b"", "")
    assert path.read_bytes().startswith(b"<?xml")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_pyplot_is_never_loaded(tmp_path):
    code = (
        "import sys\nfrom sepcost.cli import run\n"
        f"run(['compare', '--no', '8', '--ni', '8', '-o', {str(tmp_path / 'x.png')!r}])\n"
        "print('matplotlib.pyplot' in sys.modules, 'sympy' in sys.modules, 'polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert (done.stdout, done.stderr) == ("False False False\n", "")
