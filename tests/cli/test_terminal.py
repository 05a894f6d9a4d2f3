"""Tables on terminals of any width: what identifies a row stays, and no number is cut or left out."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sepcost.report.render.layout import laid_out
from sepcost.report.render.plain import plain
from sepcost.report.render.terminal import terminal
from sepcost.report.table import Cell, Column, Row, Section, Table
from tests.cli.program import ROOT, sepcost

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
MACHINE = ("--machine", "raspberry-pi-5")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

names = st.text("abc/ 漢", min_size=1, max_size=40).filter(lambda name: name.strip() == name)
numbers = st.integers(0, 10**15).map(lambda number: f"{number:,}")


@st.composite
def tables(draw):
    columns = [Column("layer", wraps=draw(st.booleans())), Column("kind")]
    columns += [Column(f"number {at}", numeric=True) for at in range(draw(st.integers(1, 9)))]
    columns += [Column("implied", numeric=True, spare=True)] * draw(st.integers(0, 1))
    rows = []
    for level in draw(st.lists(st.integers(0, 1), min_size=1, max_size=4)):
        texts = [draw(names), draw(names), *(draw(numbers) for _ in columns[2:])]
        rows.append(Row(tuple(Cell(text, verbatim=True) for text in texts), level, bar=None))
    told = f"3 replacements, largest saving first, for MACs of {draw(numbers)}, within {draw(numbers)}"
    return Table("title", tuple(columns), tuple(rows), sections=(Section(told, (Cell(told),)),))


def words(text):
    return re.sub(r"\s", "", ESCAPE.sub("", text))


@given(tables(), st.integers(30, 200), st.booleans(), st.booleans())
def test_every_cell_stands_in_the_table_at_every_width_and_a_number_whole(table, width, color, unicode):
    text = ESCAPE.sub("", terminal(table, width, color, unicode))
    left_out = "no room for: implied" in text
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            if column.numeric and not (column.spare and left_out):
                assert re.search(rf"(?<![\d,]){cell.text}(?![\d,])", text)
    squeezed = words(text)
    assert all(words(row.cells[1].text) in squeezed for row in table.rows)


@given(tables(), st.integers(60, 200))
def test_no_line_is_wider_than_the_terminal(table, width):
    text = terminal(table, width, color=False, unicode=True)
    kinds = max(cell_len(row.cells[1].text) for row in table.rows)
    longest = max(cell_len(row.cells[0].text) for row in table.rows)
    if kinds + len("  number 0  ") < width and (table.columns[0].wraps or longest + 2 <= width):
        assert max(map(cell_len, text.splitlines())) <= width


@given(tables())
def test_on_a_wide_terminal_the_rows_are_those_of_a_pipe(table):
    wide = terminal(table, 10_000, color=False, unicode=True).splitlines()
    piped = plain(table).splitlines()
    assert [line.split() for line in wide if not line.startswith(" ─")] == [line.split() for line in piped]


def grid(text):
    """The lines of a table between its title and what stands below it."""
    return text.split("\n\n")[1].splitlines()


def lines_a_layer(text, layers):
    """How many lines each layer takes, from where its name stands to where the next does."""
    lines = grid(text)
    starts = [next(at for at, line in enumerate(lines) if line.split()[:1] == [name]) for name in layers]
    return {later - start for start, later in pairwise(starts)}


@pytest.mark.parametrize(
    ("columns", "more", "lines"),
    [
        (60, (), 2),
        (80, (), 2),
        (100, (), 1),
        (160, (), 1),
        (60, MACHINE, 3),
        (80, MACHINE, 2),
        (160, MACHINE, 1),
    ],
)
def test_a_layer_takes_few_lines_and_keeps_its_name_kind_and_sizes(columns, more, lines):
    layers = sepcost("audit", STANDARD, "-f", "json").json["layers"]
    text = sepcost("audit", STANDARD, *more, columns=columns, NO_COLOR="1").text
    assert lines_a_layer(text, [layer["name"] for layer in layers]) == {lines}
    assert max(map(len, text.splitlines())) <= columns
    for layer in layers:
        (line,) = (line for line in grid(text) if line.split()[:1] == [layer["name"]])
        kernel = "×".join(map(str, layer["kernel"]))
        shown = [layer["kind"], f"{layer['n_i']}→{layer['n_o']}", *([kernel] if kernel else [])]
        assert line.split()[1:][: len(shown)] == shown
        assert f"{layer['weights']:,}" in text
        assert f"{layer['macs']:,}" in text


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_long_name_is_broken_and_leaves_the_others_on_their_lines(columns, tmp_path):
    path = tmp_path / "net.toml"
    long = "features/" * 9
    path.write_text(
        f'channels = 3\nsize = 8\n[[layer]]\nname = "{long}"\nout = 8\nkernel = 3\n'
        '[[layer]]\nname = "b"\nout = 8\nkernel = 3\n[[layer]]\nname = "c"\nout = 8\nkernel = 3\n'
    )
    text = sepcost("audit", str(path), columns=columns, NO_COLOR="1").text
    assert max(map(len, text.splitlines())) <= columns
    assert "".join(line.split()[0] for line in grid(text) if "features/" in line) == long
    assert lines_a_layer(text, ["b", "c"]) <= {1, 2}


def test_of_layouts_with_as_many_lines_the_first_line_has_what_is_no_number():
    columns = [Column("layer"), Column("kind"), *[Column("n", numeric=True)] * 4]
    layout = laid_out(columns, [10, 10, 10, 10, 10, 10], 60)
    assert layout is not None
    assert layout.groups == ((0, 1), (2, 3, 4, 5))  # 3 + 4*10 + 3*2 = 49 cells, and all six take 71


def test_what_may_be_left_out_is_where_it_would_part_what_is_no_number():
    spare = Column("path", spare=True)
    columns = [Column("layer"), spare, Column("kind"), *[Column("n", numeric=True)] * 3]
    kept, parted = (laid_out(columns, [10, width, 10, 10, 10, 10], 40) for width in (10, 20))
    assert kept is not None
    assert parted is not None
    assert (kept.groups, kept.left_out) == (((0, 1, 2), (3, 4, 5)), ())
    assert (parted.groups, parted.left_out) == (((0, 2), (3, 4, 5)), (1,))


@pytest.mark.parametrize(("columns", "lines"), [(60, 2), (80, 2), (120, 1)])
def test_the_groups_of_a_layer_stand_beside_its_name_and_kernel(columns, lines):
    shown = re.compile(r"depthwise +96→96 +96  3×3")
    file = str(ROOT / "examples" / "mobilenet_v2.toml")
    text = sepcost("audit", file, "--top", "6", columns=columns, NO_COLOR="1").text
    assert re.search(rf"block2_1/depthwise  {shown.pattern}", text)
    assert lines_a_layer(text, ["block2_1/expand", "block2_1/depthwise", "block2_1/project"]) == {lines}
    long_names = str(ROOT / "tests" / "network" / "fixtures" / "counted" / "mobilenetv2_blocks.onnx")
    text = sepcost("audit", long_names, columns=columns, NO_COLOR="1").text
    assert shown.search(text)


def test_a_long_condition_is_broken_between_its_words():
    line = "breakeven --scheme standard --against distributed --ni 64 -k any"
    text = sepcost(*line.split(), columns=60, NO_COLOR="1").text
    assert max(map(len, text.splitlines())) <= 60
    assert "32·√(F_r²·F_c² - F_r·F_c/16)·F_r·F_c - F_r·F_c where F_r·F_c > 64/63" in " ".join(text.split())


def test_a_table_of_ten_thousand_rows_is_drawn_about_as_fast_as_it_is_piped():
    columns = (Column("layer", wraps=True), Column("kind"), *[Column("n", numeric=True)] * 6)
    cells = [tuple(map(Cell, (f"block{n}/conv", "standard", *[f"{n:,}"] * 6))) for n in range(10_000)]
    table = Table("title", columns, tuple(map(Row, cells)))

    def least(draw):
        times = []
        for _ in range(3):
            start = time.process_time()
            draw()
            times.append(time.process_time() - start)
        return min(times)

    # By far: rich took 60 times as long. `tests/benchmarks/audit.py` measures the whole of an audit.
    assert least(lambda: terminal(table, 100, color=True, unicode=True)) < 8 * least(lambda: plain(table))
