"""A network written as TOML: sizes flow from layer to layer, and whatever is odd is refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost.core.errors import FieldError, SepcostError
from sepcost.core.files import LARGEST_TOML
from sepcost.network.toml.read import read_toml
from tests.cli.program import ROOT
from tests.network.toml.networks import HEAD, network, refusal, written
from tests.oracle import Convolution, count

EXAMPLES = ROOT / "examples"


@pytest.fixture
def read(tmp_path):
    return lambda *layers, head=HEAD: network(tmp_path, layers, head)


def test_mobilenet_is_that_of_its_paper():
    """Table 4: 4.2 M weights, 569 M MACs; and the list of tf-slim, which has no classifier."""
    whole = read_toml(EXAMPLES / "mobilenet_v1.toml")
    classifier = whole.layers[-1]
    assert (classifier.weights, classifier.macs) == (1024 * 1000, 1024 * 1000)
    assert (whole.weights, whole.macs) == (4_209_088, 568_740_352)
    assert (whole.weights - 1024 * 1000, whole.macs - 1024 * 1000) == (3_185_088, 567_716_352)
    assert len(whole.layers) == 1 + 13 * 2 + 1


def test_its_standard_twin_mixes_conventions_as_the_paper_does():
    """Table 4: 29.3 M weights with the classifier, 4866 M MACs without it."""
    whole = read_toml(EXAMPLES / "mobilenet_v1_standard.toml")
    assert whole.weights == 29_281_120
    assert whole.macs - 1024 * 1000 == 4_866_269_184


def test_a_narrower_and_smaller_mobilenet_follows_its_rule():
    """Table 6 and 7 of the paper: 0.75 MobileNet-224 takes 325 M, MobileNet-192 418 M MACs."""
    narrow = read_toml(EXAMPLES / "mobilenet_v1.toml", width=Fraction(3, 4))
    small = read_toml(EXAMPLES / "mobilenet_v1.toml", size=(192, 192))
    assert round(narrow.macs / 1e6) == 325
    assert round(small.macs / 1e6) == 418
    assert small.input == (1, 3, 192, 192)
    assert [layer.n_o for layer in narrow.layers[:3]] == [24, 24, 48]
    assert narrow.layers[-1].n_o == 1000


def test_a_width_is_exact_and_has_a_floor(tmp_path):
    path = written(tmp_path, HEAD + "[[layer]]\nout = 10\nkernel = 1\n[[layer]]\nout = 290\nkernel = 1\n")
    # 29/290 is 1/10 exactly, where 0.1 in binary is not: 290 * 1/10 = 29, and 10 * 1/10 = 1 < 8
    assert [layer.n_o for layer in read_toml(path, width=Fraction(29, 290)).layers] == [8, 29]


def test_channels_and_sizes_flow(read):
    found = read("out = 8\nkernel = 3\nstride = 2", "pool = 2", "out = 16\nkernel = [3, 5]", "dense = 10")
    assert [layer.name for layer in found.layers] == ["layer1", "layer3", "layer4"]
    first, second, dense = found.layers
    assert (first.n_i, first.positions) == (3, 16 * 12)  # 32 / 2 by 24 / 2
    assert (second.n_i, second.positions, second.kernel) == (8, 8 * 6, (3, 5))  # halved again
    assert (dense.n_i, dense.n_o, dense.weights) == (16 * 8 * 6, 10, 16 * 8 * 6 * 10)
    assert (found.input, found.name, found.format) == ((1, 3, 32, 24), "net", "toml")


def test_a_global_pool_leaves_one_position(read):
    assert read("pool = 'global'", "dense = 10").layers[0].n_i == 3


@pytest.mark.parametrize(
    ("pool", "positions"),
    [
        ("pool = 2", 16 * 12),
        ("pool = 3", 10 * 8),  # (32 - 3) // 3 + 1 by (24 - 3) // 3 + 1
        ("pool = [3, 1]\nstride = 1", 30 * 24),
        ("pool = 3\nstride = 2\npadding = 1", 16 * 12),  # (32 + 2 - 3) // 2 + 1
        ("pool = 3\nstride = 2\npadding = 'same'", 16 * 12),
    ],
)
def test_a_pools_stride_is_its_window_and_its_padding_valid(read, pool, positions):
    assert read(pool, "out = 1\nkernel = 1").layers[0].positions == positions


def test_a_separable_layer_is_two_stages(read):
    depthwise, pointwise = read("name = 'c'\nout = 8\nkernel = 5\nstride = 2\nscheme = 'separable'").layers
    assert (depthwise.name, depthwise.kind, depthwise.groups) == ("c/depthwise", "depthwise", 3)
    assert (depthwise.kernel, depthwise.stride) == ((5, 5), (2, 2))
    assert (pointwise.name, pointwise.kind, pointwise.kernel) == ("c/pointwise", "pointwise", (1, 1))
    assert depthwise.macs == 3 * 25 * 16 * 12
    assert pointwise.macs == 3 * 8 * 16 * 12


def test_a_generalized_layer_multiplies_its_channels_between(read):
    depthwise, pointwise = read("out = 8\nkernel = 3\nscheme = 'generalized'\nmultiplier = 4").layers
    assert (depthwise.n_o, depthwise.weights) == (4 * 3, 4 * 3 * 9)
    assert (pointwise.n_i, pointwise.weights) == (4 * 3, 4 * 3 * 8)


def test_a_distributed_layer_takes_the_root_twice(read):
    depthwise, pointwise = read("out = 27\nkernel = 3\nscheme = 'distributed'").layers
    assert (depthwise.n_o, pointwise.n_o) == (3 * 3, 27)  # gamma = 27 / 3 = 9, its root 3


def test_the_stride_of_a_repeated_layer_is_its_first_turns(read):
    layers = read("name = 'c'\nout = 8\nkernel = 3\nstride = 2\nrepeat = 3").layers
    assert [layer.name for layer in layers] == ["c_1", "c_2", "c_3"]
    assert [layer.stride for layer in layers] == [(2, 2), (1, 1), (1, 1)]
    assert [layer.positions for layer in layers] == 3 * [16 * 12]
    assert [layer.n_i for layer in layers] == [3, 8, 8]


@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["same", "valid", 1]))
def test_a_layers_macs_are_those_of_a_walk(tmp_path_factory, kernel, stride, out, padding):
    said = f'"{padding}"' if isinstance(padding, str) else padding
    head = "channels = 2\nsize = [7, 5]\n"
    layer = f"out = {out}\nkernel = {kernel}\nstride = {stride}\npadding = {said}"
    (found,) = network(tmp_path_factory.mktemp("net"), [layer], head).layers
    padding = padding if isinstance(padding, str) else (padding, padding)
    walk = count(Convolution(2, out, (kernel, kernel), (7, 5), (stride, stride), padding=padding))
    assert (found.weights, found.macs) == (walk.weights, walk.macs)


LAYER = "out = 8\nkernel = 3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD, "layer: is missing: write at least one [[layer]] table"),
        (HEAD + "layer = 3", "layer: is missing: write at least one [[layer]] table"),
        (HEAD + "[layer]\nout = 1\nkernel = 1", "layer: is one table, not a list of them: write its name in"),
        (HEAD + "layer = [3]", "layer: is missing: write at least one [[layer]] table"),
        (
            HEAD + "[[layer]]\npool = 2",
            "layer: the network has no layer with weights: give one `out` or `dense`",
        ),
        ("size = 3\n[[layer]]\nout = 1\nkernel = 1", "channels: is missing"),
        ("channels = 3\n[[layer]]\nout = 1\nkernel = 1", "size: is missing"),
        ("channels = 0\nsize = 3\n[[layer]]\nout = 1\nkernel = 1", "channels: '0' is not a whole number"),
        ("chanels = 3\n", "'chanels': is not a key; did you mean channels?"),
        (HEAD + "[[layers]]\nout = 1", "'layers': is not a key; did you mean layer?"),
        (HEAD + "name = 3\n[[layer]]\n" + LAYER, "name: is not a text of 1 to 200 characters"),
    ],
)
def test_a_file_that_is_no_network_is_refused(tmp_path, text, problem):
    assert refusal(tmp_path, text).startswith(problem)


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("out = 8", "kernel: is missing"),
        ("kernel = 3", "out: is missing: a layer has one of out, pool, dense, upsample, layer and se"),
        ("", "out: is missing: a layer has one of out, pool, dense, upsample, layer and se"),
        ("out = 8\nkernel = 3\ndense = 3", "dense: stands beside out: a layer has one of"),
        ("pool = 2\ndense = 3", "dense: stands beside pool: a layer has one of"),
        (LAYER + "\nstrid = 2", "'strid': is not a key; did you mean stride?"),
        (LAYER + "\nfilters = 2", "'filters': is not a key; did you mean out?"),
        (LAYER + "\nkernel_size = 2", "'kernel_size': is not a key; did you mean kernel?"),
        ("pool = 2\ndilation = 2", "'dilation': is not a key"),
        ("dense = 2\nkernel = 2", "'kernel': is not a key"),
        ("densee = 2", "'densee': is not a key; did you mean dense?"),
        (LAYER + "\nstride = 0", "stride: '0' is not a whole number"),
        (LAYER + "\nstride = -1", "stride: '-1' is not a whole number"),
        (LAYER + "\nstride = true", "stride: True is not a whole number"),
        (LAYER + "\nstride = [1, 2, 3]", "stride: 1x2x3 is for 3 axes, where maps have 2"),
        (LAYER + "\nstride = '2x1'", "stride: '2x1' is a text: write a list, [2, 1]"),
        (LAYER + "\npadding = '1x2'", "padding: '1x2' is a text: write a list, [1, 2]"),
        ("pool = '2x3'", "pool: '2x3' is a text: write a list, [2, 3]"),
        (LAYER + "\nstride = '2'", "stride: '2' is not a whole number but a text: write it without quotes"),
        (LAYER + "\nstride = 'two'", "stride: 'two' is not a whole number from 1"),
        ("pool = '2'", "pool: '2' is not a whole number but a text: write it without quotes"),
        (LAYER + "\nscheme = 'halved'", "scheme: 'halved' is not a scheme; the names are standard, "),
        (LAYER + "\ndilation = 2000000000", "dilation: '2000000000' is not a whole number"),
        ("out = 8.0\nkernel = 3", "out: 8.0 is not a whole number"),
        ("out = 8\nkernel = nan", "kernel: nan is not a whole number"),
        ("out = 8\nkernel = inf", "kernel: inf is not a whole number"),
        ("out = 0x" + "f" * 9999 + "\nkernel = 3", "out: "),
        (LAYER + "\npadding = 'sama'", "padding: 'sama' is not same, valid or a number; did you mean same?"),
        (LAYER + "\npadding = -1", "padding: '-1' is not a whole number"),
        (LAYER + "\nscheme = 'seperable'", "scheme: 'seperable' is not a scheme"),
        (LAYER + "\nscheme = 2", "scheme: is not a text"),
        (LAYER + "\nscheme = 'generalized'", "multiplier: is missing"),
        (LAYER + "\nscheme = 'generalized'\nmultiplier = 1.5", "multiplier: 1.5 is not a whole number"),
        (LAYER + "\nmultiplier = 2", 'multiplier: is for scheme = "generalized" only'),
        (
            LAYER + "\nscheme = 'distributed'",
            "distributed: not realizable: its multiplier 2*sqrt(6)/3 is not whole",
        ),
        (
            "out = 6\nkernel = 3\nscheme = 'distributed'",
            "distributed: not realizable: its multiplier sqrt(2)",
        ),
        (
            "out = 2\nkernel = 3\nscheme = 'distributed'",
            "distributed: not applicable: gamma = N_o/N_i = 2/3 is below 1",
        ),
        ("out = 8\nkernel = 33\npadding = 'valid'", "kernel: 33x33 with dilation 1x1 is larger than"),
        ("pool = 25", "pool: 25x25 with dilation 1x1 is larger than"),
        ("pool = 'global'\nstride = 2", "stride: has no meaning for a global pool"),
        ("pool = 'globl'", "pool: 'globl' is not the size of a window, such as 2, or \"global\""),
        ("name = ''\n" + LAYER, "name: is not a text of 1 to 200 characters"),
        (f"name = '{'n' * 201}'\n{LAYER}", "name: is not a text of 1 to 200 characters"),
        (LAYER + "\nrepeat = 0", "repeat: '0' is not a whole number"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_by_name(tmp_path, layer, problem):
    message = refusal(tmp_path, HEAD + "[[layer]]\n" + layer)
    assert message.split(": ", 1)[1].startswith(problem)


def test_a_scheme_of_a_file_has_its_option_named(tmp_path):
    message = refusal(tmp_path, HEAD + "[[layer]]\n" + LAYER + "\nscheme = 'halved'")
    assert message.endswith("; schemes of a file are known with --schemes")


def test_only_dense_follows_dense(tmp_path):
    for layer in (LAYER, "pool = 'global'"):
        text = f"{HEAD}[[layer]]\ndense = 4\n[[layer]]\n{layer}"
        assert "follows a dense layer: only dense does" in refusal(tmp_path, text)
    two = read_toml(written(tmp_path, HEAD + "[[layer]]\ndense = 4\nrepeat = 2"))
    assert [layer.weights for layer in two.layers] == [3 * 32 * 24 * 4, 4 * 4]


def test_a_dense_layer_of_more_inputs_than_a_layer_can_have_is_refused(tmp_path):
    text = "channels = 1000\nsize = 10000\n[[layer]]\ndense = 1"
    assert "inputs of dense: '100000000000' is not a whole number" in refusal(tmp_path, text)


def test_a_name_occurs_once_whether_written_or_made(tmp_path):
    twice = (
        "[[layer]]\nname = 'c_1'\nout = 8\nkernel = 1\n[[layer]]\nname = 'c'\nout = 8\nkernel = 1\nrepeat = 2"
    )
    assert "the name 'c_1' occurs twice" in refusal(tmp_path, HEAD + twice)


def test_a_network_has_a_largest_number_of_layers(tmp_path, monkeypatch):
    monkeypatch.setattr("sepcost.network.toml.record.MOST_LAYERS", 5)
    six = HEAD + 2 * "[[layer]]\nout = 1\nkernel = 1\nrepeat = 3\n"
    assert "the network has more than 5 layers" in refusal(tmp_path, six)


def test_a_layer_is_not_repeated_beyond_all_bounds(tmp_path):
    text = HEAD + "[[layer]]\nout = 1\nkernel = 1\nrepeat = 1000000000"
    assert "repeat: 1000000000 layers are more than 100000" in refusal(tmp_path, text)


def test_a_name_full_of_escape_codes_is_shown_as_text(read):
    (layer,) = read('name = "\\u001b[31m\\u202econv"\nout = 1\nkernel = 1').layers
    assert layer.name == "\ufffd[31m\ufffdconv"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"[[layer]", "is not TOML: "),
        (b"a = " + b"9" * 5000, "is not TOML: "),
        (b"a = 2024-13-45", "is not TOML: "),
        (b"# " + b"x" * LARGEST_TOML, f"is larger than {LARGEST_TOML} bytes"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "is not TOML: it is nested too deeply"),
        (b"a = " + b"{a = " * 5000, "is not TOML: it is nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path, content, problem):
    assert refusal(tmp_path, content).startswith(problem)


@pytest.mark.parametrize(
    "content",
    [
        b"a." * 50000 + b"a = 1",
        b"[" + b"a." * 50000 + b"a]",
        b"['a'." + b'"b" . ' * 20000 + b"c]",
    ],
)
def test_a_dotted_key_that_takes_the_parser_seconds_does_not_reach_it(tmp_path, monkeypatch, content):
    monkeypatch.delattr("tomllib.loads")
    assert refusal(tmp_path, content) == "is not TOML: it is nested too deeply"


def test_dots_and_brackets_in_texts_and_comments_nest_nothing(read):
    assert read(f'name = "{"[.{" * 60}"\nout = 1\nkernel = 1 # {"[.{" * 999}').layers[0].name == "[.{" * 60


@pytest.mark.parametrize(("option", "value"), [("width", 0.5), ("width", Fraction(0)), ("size", (0, 3))])
def test_an_option_that_cannot_be_is_named(tmp_path, option, value):
    with pytest.raises(FieldError, match=option):
        read_toml(written(tmp_path, HEAD + "[[layer]]\n" + LAYER), **{option: value})


@given(st.binary(max_size=200), st.integers(0, 200))
def test_random_bytes_in_a_network_are_refused_or_counted(tmp_path_factory, noise, place):
    text = (HEAD + "[[layer]]\n" + LAYER + "\n[[layer]]\npool = 2\n[[layer]]\ndense = 10").encode()
    path = written(tmp_path_factory.mktemp("net"), text[:place] + noise + text[place + len(noise) :])
    message = ""
    try:
        assert read_toml(path).weights > 0
    except SepcostError as error:
        message = str(error)
    assert message.isprintable()
