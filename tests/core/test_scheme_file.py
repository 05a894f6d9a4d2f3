"""Schemes of a user's own: blocks counted by hand, and files that are refused in one line."""

import random

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FileError
from sepcost.core.layer import Layer
from sepcost.core.scheme import BOTH, Parameter, Scheme, StageForm
from sepcost.core.scheme_file import read_schemes
from sepcost.core.schemes import registered
from tests.cli.program import ROOT, sepcost
from tests.effort import tries
from tests.own import as_toml

EXAMPLES = ROOT / "examples" / "schemes.toml"

OWN = as_toml(
    Scheme(
        "own",
        "",
        "",
        (StageForm("squeeze", "s"), StageForm("expand", "N_o", kernel=BOTH)),
        (Parameter("s", "s", "N_i/4"),),
    )
)


def own(tmp_path, text):
    path = tmp_path / "schemes.toml"
    path.write_text(text)
    return read_schemes(path)


def cost(name, layer, **parameters):
    with registered(read_schemes(EXAMPLES)):
        return compare(layer, [name], parameters=parameters).scheme(name).cost


def test_the_fire_module_of_squeezenet():
    """fire2: 96 channels squeezed to 16, expanded to 64 by 1x1 and 64 by 3x3, on a 55x55 map."""
    found = cost("fire", Layer(96, 128, size=55), s=16)
    assert found.weights == 96 * 16 + 16 * 64 + 16 * 64 * 9 == 11_776
    assert found.macs == 11_776 * 55 * 55
    # With a bias for each channel that a stage writes: SqueezeNet's 11,920 parameters of fire2.
    assert cost("fire", Layer(96, 128, bias=True), s=16).weights == 11_776 + 16 + 64 + 64 == 11_920


def test_a_ghost_module_keeps_what_it_computes_the_rest_from():
    """16 -> 16, 3x3: 8 channels by 1x1, 8 by a depthwise 3x3 on those."""
    found = cost("ghost", Layer(16, 16, size=56, bias="last"))
    assert found.weights == 16 * 8 + 8 * 9 + (8 + 8)
    assert found.macs == (16 * 8 + 8 * 9) * 56 * 56


def test_a_residual_block_strides_its_first_convolution():
    """ResNet-18's layer2.0: 64 -> 128 at stride 2 to 28x28, then 128 -> 128."""
    found = cost("basic_block", Layer(64, 128, size=56, stride=2))
    assert found.weights == 64 * 128 * 9 + 128 * 128 * 9
    assert found.macs == found.weights * 28 * 28


def test_a_block_of_efficientnet():
    """Its second: 16 -> 24, 3x3, stride 2, expansion 6, 112x112."""
    found = cost("mbconv", Layer(16, 24, size=112, stride=2))
    assert found.weights == 16 * 96 + 96 * 9 + 96 * 24
    assert found.macs == 16 * 96 * 112**2 + (96 * 9 + 96 * 24) * 56**2


def test_a_parameter_has_its_default_unless_it_is_given(tmp_path):
    with registered(own(tmp_path, OWN)):
        usual, given = (
            compare(Layer(8, 4), ["own"], parameters=each).scheme("own") for each in ({}, {"s": 3})
        )
        broken = compare(Layer(6, 4), ["own"]).scheme("own")
    assert (usual.parameters, given.parameters) == ({"s": 2}, {"s": 3})
    assert usual.cost.weights == 8 * 2 + 2 * 4 * 9
    assert given.cost.weights == 8 * 3 + 3 * 4 * 9
    assert broken.reason == "its s 3/2 is not a whole number of at least 1"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "own"', 'name = "standard"', "scheme 'standard': name: is that of another scheme"),
        ('name = "own"', 'name = "my own"', "scheme 1: name: 'my own' is not a name of letters"),
        ('name = "own"', "name = 3", "scheme 1: name: is not a text"),
        ('name = "own"', 'nam = "own"', "scheme 1: name: is missing"),
        ('name = "own"', 'name = "own"\ncolor = "red"', "scheme 'own': 'color': is not a key"),
        ('{ s = "N_i/4" }', '{ k = "N_i/4" }', "parameters: 'k' is not a name that a parameter can have"),
        ('{ s = "N_i/4" }', '{ lambda = "4" }', "'lambda' is not a name that a parameter can have"),
        ('{ s = "N_i/4" }', '{ __class__ = "4" }', "'__class__' is not a name that a parameter can have"),
        ('{ s = "N_i/4" }', '{ s = "N_j/4" }', "s: 'N_j' is no size or parameter; did you mean N_i or N_o?"),
        ('{ s = "N_i/4" }', "3", "parameters: is not a table"),
        ('writes = "s"', 'write = "s"', "stage 'squeeze': 'write': is not a key; did you mean writes?"),
        ('writes = "s"', 'writes = "s *"', "stage 'squeeze': writes: 's *' cannot be read at its end"),
        ('writes = "s"', 'writes = "max(s, 8)"', "'max(s, 8)' cannot be read at 's,': write sums, products"),
        ('writes = "s"', 'writes = "min(s)"', "'min(s)' cannot be read at '(': write sums, products"),
        ('writes = "s"', 'writes = "s // 2"', "'s // 2' cannot be read at '/': write sums, products"),
        (
            "[[scheme]]",
            "[scheme]",
            "scheme: is one table, not a list of them: write its name in",
        ),
        ('writes = "s"', "writes = 1.5", "stage 'squeeze': writes: is not an expression"),
        ('writes = "s"', "writes = true", "stage 'squeeze': writes: is not an expression"),
        ('writes = "s"', 'writes = "t"', "stage 'squeeze': writes: 't' is no size or parameter"),
        ('writes = "s"', "", "stage 'squeeze': writes: is missing"),
        ('writes = "s"', 'writes = "s"\nfrom = "expand"', "from: 'expand' is no stage before it"),
        ('kernel = "both"', 'kernel = "3x3"', "stage 'expand': kernel: '3x3' is not one of none, rows"),
        (
            'kernel = "both"',
            "kernel = 3",
            "stage 'expand': kernel: '3' is not one of none, rows, columns, both",
        ),
        ('kernel = "both"', "kernel = [3]", "stage 'expand': kernel: [3] is not one of none, rows, columns"),
        ('kernel = "both"', 'joins = "yes"', "stage 'expand': joins: is neither true nor false"),
        (
            '"N_o"',
            '"N_o/2"',
            "that no other reads, and those that join, write 'N_o/2' channels, not N_o",
        ),
        ('"N_o"', '"N_o*N_i/N_i/s"', "and those that join, write '"),
        ('"N_o"', '"N_o/(N_i - N_i)"', "stage: has an expression that divides by zero"),
        ('"N_o"', '"N_o*sqrt(2)/sqrt(1 + sqrt(2))"', "stage: has an expression that has a root of a root"),
        ('name = "expand"', 'name = "squeeze"', "stage 'squeeze': name: is that of another stage"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_scheme_its_stage_and_its_key(tmp_path, old, new, problem):
    assert OWN.count(old) == 1
    with pytest.raises(FileError) as caught:
        own(tmp_path, OWN.replace(old, new))
    assert problem in str(caught.value)
    assert "schemes.toml: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "about"),
    [
        ("", None),
        ('summary = "a half"', "own: a half"),
        ('source = "a paper"', "own: (a paper)"),
        ('summary = "a half"\nsource = "a paper"', "own: a half (a paper)"),
    ],
)
@pytest.mark.parametrize("form", ["table", "markdown"])
def test_what_a_scheme_is_has_no_empty_brackets(tmp_path, keys, about, form):
    path = tmp_path / "schemes.toml"
    path.write_text(OWN.replace('name = "own"', f'name = "own"\n{keys}'))
    shown = sepcost("schemes", "--schemes", str(path), "-f", form).text
    said = [line.strip(" -*") for line in shown.splitlines() if "own:" in line]
    assert said == ([] if about is None else [about])
    assert "()" not in shown


def test_a_scheme_without_stages_is_told_the_table_to_write(tmp_path):
    with pytest.raises(FileError) as caught:
        own(tmp_path, '[[scheme]]\nname = "own"\n')
    assert str(caught.value).endswith("stage: is missing: write at least one [[scheme.stage]] table")


def test_two_schemes_have_two_names(tmp_path):
    with pytest.raises(FileError, match="name: is that of another scheme: names must differ"):
        own(tmp_path, OWN + OWN)


def test_mutated_files_are_read_or_refused_in_one_line(tmp_path):
    """Characters, words and lines are cut, doubled, swapped and replaced."""
    source = random.Random(1)
    text = EXAMPLES.read_text()
    pieces = [
        "(",
        ")",
        "**",
        "/",
        "0",
        "9" * 12,
        '"',
        "[",
        "]",
        "=",
        "N_i",
        "gamma",
        "sqrt",
        "\x00",
        "é",
        "s",
    ]
    path = tmp_path / "mutated.toml"
    read = 0
    problems: list[str] = []
    for _ in range(tries(250)):
        mutated = text
        for _ in range(source.randint(1, 4)):
            at = source.randrange(len(mutated))
            end = min(len(mutated), at + source.randint(0, 6))
            mutated = mutated[:at] + source.choice([*pieces, mutated[at:end] * 2]) + mutated[end:]
        path.write_text(mutated)
        try:
            schemes = read_schemes(path)
        except FileError as error:
            problems.append(str(error))
            continue
        read += 1
        with registered(schemes):
            compare(Layer(96, 128, size=8, stride=2), [scheme.name for scheme in schemes])
    assert read > tries(20)
    assert len(problems) > tries(120)
    assert all("\n" not in problem and len(problem) < 500 for problem in problems)
