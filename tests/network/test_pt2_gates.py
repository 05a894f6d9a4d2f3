"""What a program does besides counted operators: nothing of it lets a limit pass unproved."""

from contextlib import suppress

import pytest

from sepcost.core.errors import FileError
from sepcost.network.aten.layers import COUNTERS
from sepcost.network.aten.operators import NAMES
from sepcost.network.model import HeldOperator
from sepcost.network.pt2 import read_pt2
from tests.network.pt2_archives import archived, program, ref, tensor
from tests.network.test_doubts import uncertain, verdict

WIDTH = 8
SQUARE = WIDTH * WIDTH
LINEAR = "torch.ops.aten.linear.default"
INTS, INT = (lambda *many: {"as_ints": list(many)}), (lambda one: {"as_int": one})


@pytest.fixture
def read(tmp_path):
    def read(nodes, tensors, parameters=("w",), numbers=(), **options):
        made = program(
            [(f"torch.ops.{target}", *rest) for target, *rest in nodes], tensors, parameters, **options
        )
        made["graph_module"]["graph"]["sym_int_values"] = {
            name: {"as_expr": {"expr_str": name}} for name in numbers
        }
        return read_pt2(archived(tmp_path, made))

    return read


def linear(weights, reads="x", out="y"):
    return ("aten.linear.default", {"input": ref(reads), "weight": ref(weights)}, [out])


MAPS = {"x": tensor(1, WIDTH), "w": tensor(WIDTH, WIDTH), "z": tensor(WIDTH, WIDTH), "y": tensor(1, WIDTH)}
ZEROS = ("aten.zeros.default", {"size": {"as_ints": [WIDTH, WIDTH]}}, ["z"])
HALF = {"as_int": WIDTH // 2}
FILLED = {
    "at once": [("aten.copy_.default", {"self": ref("z"), "src": ref("w")}, ["c"])],
    "in a view": [
        ("aten.view.default", {"self": ref("z"), "size": {"as_ints": [WIDTH, WIDTH]}}, ["v"]),
        ("aten.copy_.default", {"self": ref("v"), "src": ref("w")}, ["c"]),
    ],
    "in parts": [
        ("aten.slice.Tensor", {"self": ref("z"), "dim": {"as_int": 0}, "end": HALF}, ["h"]),
        ("aten.slice.Tensor", {"self": ref("w"), "dim": {"as_int": 0}, "end": HALF}, ["g"]),
        ("aten.add_.Tensor", {"self": ref("h"), "other": ref("g")}, ["c"]),
    ],
}


@pytest.mark.parametrize("name", FILLED)
def test_zeros_that_weights_are_written_into_are_weights(read, name):
    half = tensor(WIDTH // 2, WIDTH)
    tensors = {**MAPS, "v": tensor(WIDTH, WIDTH), "h": half, "g": half}
    tensors["c"] = half if name == "in parts" else tensor(WIDTH, WIDTH)
    network = read([ZEROS, *FILLED[name], linear("z")], tensors)
    assert network.weights == SQUARE
    assert [verdict(network, "weights", most) for most in (SQUARE - 1, SQUARE)] == ["exceeded", "passed"]


def test_weights_that_are_written_into_a_map_are_doubted(read):
    """A map into which a part of the input and a part of the weights go may be either."""
    into = [
        ("aten.mul_.Tensor", {"self": ref("z"), "other": ref("x")}, ["a"]),
        ("aten.copy_.default", {"self": ref("z"), "src": ref("w")}, ["c"]),
    ]
    tensors = {**MAPS, "a": tensor(WIDTH, WIDTH), "c": tensor(WIDTH, WIDTH)}
    network = read([ZEROS, *into, linear("z")], tensors)
    assert network.weights == 0
    assert uncertain(network, "weights", 0, SQUARE) == ["refused", "refused", "passed"]


def test_what_an_input_is_written_into_is_computed_for_each_input(read):
    into = ("aten.copy_.default", {"self": ref("o"), "src": ref("x")}, ["c"])
    zeros = ("aten.zeros.default", {"size": {"as_ints": [1, WIDTH]}}, ["o"])
    tensors = {**MAPS, "o": tensor(1, WIDTH), "c": tensor(1, WIDTH)}
    network = read([zeros, into, linear("w", "o")], tensors)
    assert network.for_batch(5).macs == 5 * network.macs == 5 * SQUARE


def test_an_operator_that_returns_nothing_may_have_multiplied(read):
    tensors = {**MAPS, "o": tensor(1, WIDTH)}
    into = {"x": ref("x"), "w": ref("w"), "out": ref("o")}
    zeros = ("aten.zeros.default", {"size": {"as_ints": [1, WIDTH]}}, ["o"])
    network = read([zeros, ("mine.multiply_.default", into, []), linear("w")], tensors)
    assert [one.op for one in network.opaque] == ["mine.multiply"]
    assert verdict(network, "macs", 10**12) == "refused"
    tested = ("aten._assert_scalar.default", {"self": {"as_bool": True}}, [])
    assert read([tested, linear("w")], MAPS).opaque == ()


CHOSEN = {
    "select": ("aten.select.int", {"dim": {"as_int": 0}, "index": {"as_sym_int": {"as_name": "u0"}}}),
    "narrow": (
        "aten.narrow.default",
        {"dim": {"as_int": 0}, "start": {"as_sym_int": {"as_name": "u0"}}, "length": {"as_int": WIDTH}},
    ),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_a_table_of_which_a_number_picks_rows_is_doubted_whole(read, name):
    target, arguments = CHOSEN[name]
    shape = (10, WIDTH, WIDTH) if name == "select" else (10 * WIDTH, WIDTH)
    picked = (target, {"self": ref("w"), **arguments}, ["z"])
    network = read([picked, linear("z")], {**MAPS, "w": tensor(*shape)}, numbers=["u0"])
    assert network.held == (HeldOperator("Gather", 10 * SQUARE, 0),)
    assert verdict(network, "weights", 10 * SQUARE - 1) == "refused"
    assert verdict(network, "weights", 10 * SQUARE) == "passed"


STORED = {
    "a map of a product": (
        [linear("w", "s", "p")],
        {"s": tensor(5, WIDTH), "p": tensor(5, WIDTH)},
        SQUARE,
        5 * WIDTH,
    ),
    "a picture that is convolved": (
        [("aten.conv1d.default", {"input": ref("s"), "weight": ref("w")}, ["p"])],
        {"s": tensor(1, 4, WIDTH), "w": tensor(2, 4, 1), "p": tensor(1, 2, WIDTH)},
        2 * 4,
        4 * WIDTH,
    ),
    "queries": (
        [
            (
                "aten.scaled_dot_product_attention.default",
                {"query": ref("s"), "key": ref("x"), "value": ref("x")},
                ["y"],
            )
        ],
        {"x": tensor(1, 2, 3, WIDTH), "s": tensor(1, 2, 5, WIDTH), "y": tensor(1, 2, 5, WIDTH)},
        0,
        2 * 5 * WIDTH,
    ),
}


@pytest.mark.parametrize("name", STORED)
def test_a_map_that_the_file_holds_may_be_learned(read, name):
    nodes, tensors, counted, more = STORED[name]
    network = read(nodes, {**MAPS, **tensors}, ("w", "s"))
    expected = ["exceeded"] * (counted > 0) + ["refused", "refused", "passed"]
    assert uncertain(network, "weights", counted, more) == expected


def test_keys_and_values_that_the_file_holds_are_weights_of_all_heads(read):
    attended = {"query": ref("x"), "key": ref("k"), "value": ref("v")}
    tensors = {"x": tensor(1, 4, 3, WIDTH), "y": tensor(1, 4, 3, WIDTH)}
    tensors |= dict.fromkeys("kv", tensor(1, 4, 5, WIDTH))
    network = read([("aten.scaled_dot_product_attention.default", attended, ["y"])], tensors, ("k", "v"))
    assert network.weights == 2 * (4 * 5 * WIDTH)
    assert [layer.traffic.weights for layer in network.layers] == [4 * 5 * WIDTH] * 2
    assert network.macs == 2 * (4 * 3 * 5 * WIDTH)


FROM_BOTH = {
    "between the two": ("aten.lerp.Scalar", {"self": ref("w"), "end": ref("d"), "weight": {"as_float": 0.5}}),
    "towards the stored one": (
        "aten.lerp.Scalar", {"self": ref("d"), "end": ref("w"), "weight": {"as_float": 0.5}},
    ),
    "with the sign of the stored one": ("aten.copysign.Tensor", {"self": ref("d"), "other": ref("w")}),
    "where a mask is not": ("aten.masked_fill.Scalar", {"self": ref("w"), "mask": ref("d"), "value": INT(0)}),
    "written into the other": ("aten.copy.default", {"self": ref("d"), "src": ref("w")}),
    "put into the other": (
        "aten.slice_scatter.default", {"self": ref("d"), "src": ref("w"), "end": INT(WIDTH)},
    ),
}  # fmt: skip
D = ("aten.expand.default", {"self": ref("x"), "size": INTS(WIDTH, WIDTH)}, ["e"])
SINE = ("aten.sin.default", {"self": ref("e")}, ["d"])


@pytest.mark.parametrize("name", FROM_BOTH)
def test_weights_of_which_elements_may_be_stored_ones_are_doubted(read, name):
    """`d` is computed of the input, as many elements as the stored `w`."""
    target, arguments = FROM_BOTH[name]
    tensors = {**MAPS, **dict.fromkeys("ed", tensor(WIDTH, WIDTH))}
    network = read([D, SINE, (target, arguments, ["z"]), linear("z")], tensors)
    assert uncertain(network, "weights", 0, SQUARE) == ["refused", "refused", "passed"]


THEN = {
    "a small number is added": ("aten.add.Tensor", {"self": ref("m"), "other": {"as_float": 1e-5}}, ["z"]),
    "one of several is selected": (
        "aten.select.int",
        {"self": ref("s"), "dim": INT(0), "index": INT(1)},
        ["z"],
    ),
}


@pytest.mark.parametrize("name", THEN)
def test_stored_elements_that_were_multiplied_stay_doubted_when(read, name):
    tensors = {**MAPS, **dict.fromkeys("edm", tensor(WIDTH, WIDTH)), "s": tensor(2, WIDTH, WIDTH)}
    multiplied = ("aten.mul.Tensor", {"self": ref("w"), "other": ref("d")}, ["m"])
    stacked = ("aten.stack.default", {"tensors": {"as_tensors": [{"name": "m"}, {"name": "d"}]}}, ["s"])
    network = read([D, SINE, multiplied, stacked, THEN[name], linear("z")], tensors)
    assert uncertain(network, "weights", 0, SQUARE) == ["refused", "refused", "passed"]


@pytest.mark.parametrize("target", ["aten.add.Tensor", "aten.hypot.default"])
def test_two_stored_tensors_in_one_count_both_when_they_are_scaled(read, target):
    tensors = {**MAPS, "v": tensor(WIDTH, WIDTH), "b": tensor(WIDTH, WIDTH), "f": tensor()}
    nodes = [
        (target, {"self": ref("w"), "other": ref("v")}, ["b"]),
        ("aten.mean.default", {"self": ref("x")}, ["f"]),
        ("aten.mul.Tensor", {"self": ref("b"), "other": ref("f")}, ["z"]),
        linear("z"),
    ]
    network = read(nodes, tensors, ("w", "v"))
    assert uncertain(network, "weights", SQUARE, SQUARE) == ["exceeded", "refused", "refused", "passed"]


def test_a_similarity_is_a_product_of_what_it_compares(read):
    compared = ("aten.cosine_similarity.default", {"x1": ref("x"), "x2": ref("w")}, ["y"])
    network = read([compared], {**MAPS, "y": tensor(WIDTH)})
    assert network.held == (HeldOperator("aten.cosine_similarity", SQUARE, SQUARE),)


def test_a_product_that_is_added_to_may_be_summed(read):
    scaled = ("aten.addcmul.default", {"self": ref("z"), "tensor1": ref("x"), "tensor2": ref("w")}, ["a"])
    summed = ("aten.sum.dim_IntList", {"self": ref("a"), "dim": {"as_ints": [1]}}, ["y"])
    network = read([ZEROS, scaled, summed], {**MAPS, "a": tensor(WIDTH, WIDTH), "y": tensor(WIDTH)})
    assert network.held == (HeldOperator("Mul", SQUARE, SQUARE),)


def test_rows_that_are_weighted_and_summed_are_doubted(read):
    bag = {"weight": ref("w"), "indices": ref("x"), "offsets": ref("x")}
    tensors = {"x": tensor(4), "w": tensor(WIDTH, WIDTH), "y": tensor(4, WIDTH)}
    plain = read([("aten.embedding_bag.default", bag, ["y"])], tensors)
    assert (plain.weights, plain.opaque) == (SQUARE, ())
    weighted = bag | {"per_sample_weights": ref("x")}
    network = read([("aten.embedding_bag.default", weighted, ["y"])], tensors)
    assert [one.op for one in network.opaque] == ["aten.embedding_bag"]


def test_a_dimension_is_a_batch_only_where_it_leads_one_input_or_more(read):
    tensors = {"x": tensor("s0", WIDTH), "w": tensor(WIDTH, WIDTH), "y": tensor("s0", WIDTH)}
    assert read([linear("w")], tensors).macs == SQUARE
    times = {**tensors, "t": tensor("s0")}
    assert read([linear("w")], times, inputs=["x", "t"]).macs == SQUARE
    tokens = {"x": tensor("s0"), "w": tensor(WIDTH, WIDTH), "y": tensor("s0", WIDTH)}
    picked = ("aten.embedding.default", {"weight": ref("w"), "indices": ref("x")}, ["y"])
    with pytest.raises(FileError, match=r"input x: dimension 0 \(s0\) is open: .*such as 224$"):
        read([picked], tokens)
    square = {"x": tensor("s0", "s0"), "w": tensor(1), "y": tensor("s0", "s0")}
    with pytest.raises(FileError, match=r"input x: dimension 0 \(s0\) is open"):
        read([("aten.mm.default", {"self": ref("x"), "mat2": ref("x")}, ["y"])], square)


X = (2, 4, 6, 6)
WRITTEN = {
    "aten.relu.default": ({}, X),
    "aten.add.Tensor": ({"other": ref("w")}, X),
    "aten.view.default": ({"size": INTS(-1, 6)}, (48, 6)),
    "aten.permute.default": ({"dims": INTS(1, 0, 2, 3)}, (4, 2, 6, 6)),
    "aten.cat.default": ({"self": None, "tensors": {"as_tensors": [{"name": "x"}] * 3}}, (6, 4, 6, 6)),
    "aten.split.Tensor": ({"split_size": INT(2), "dim": INT(0)}, X),
    "aten.slice.Tensor": ({"dim": INT(2), "start": INT(1), "end": INT(5), "step": INT(2)}, (2, 4, 2, 6)),
    "aten.narrow.default": ({"dim": INT(-1), "start": INT(1), "length": INT(3)}, (2, 4, 6, 3)),
    "aten.select.int": ({"dim": INT(1), "index": INT(0)}, (2, 6, 6)),
    "aten.expand.default": ({"size": INTS(3, -1, 4, 6, 6)}, (3, 2, 4, 6, 6)),
    "aten.repeat.default": ({"repeats": INTS(1, 2, 1, 3)}, (2, 8, 6, 18)),
    "aten.pad.default": ({"pad": INTS(1, 2, 0, 3)}, (2, 4, 9, 9)),
    "aten.upsample_nearest2d.vec": ({"scale_factors": {"as_floats": [2.0, 1.5]}}, (2, 4, 12, 9)),
    "aten.upsample_bilinear2d.default": ({"output_size": INTS(9, 8)}, (2, 4, 9, 8)),
    "aten.max_pool2d.default": ({"kernel_size": INTS(2), "padding": INTS(1)}, (2, 4, 4, 4)),
    "aten.adaptive_avg_pool2d.default": ({"output_size": INTS(3, 2)}, (2, 4, 3, 2)),
    "aten.mean.dim": ({"dim": INTS(-1, 1), "keepdim": {"as_bool": True}}, (2, 1, 6, 1)),
    "aten.sum.dim_IntList": ({"dim": INTS(2)}, (2, 4, 6)),
    "aten.softmax.int": ({"dim": INT(1)}, X),
    "aten.layer_norm.default": ({"normalized_shape": INTS(6)}, X),
    "aten.pixel_shuffle.default": ({"upscale_factor": INT(2)}, (2, 1, 12, 12)),
    "aten.glu.default": ({"dim": INT(1)}, (2, 2, 6, 6)),
    "aten.unfold.default": ({"dimension": INT(3), "size": INT(2), "step": INT(2)}, (2, 4, 6, 3, 2)),
    "aten.new_zeros.default": ({"size": INTS(2, 3)}, (2, 3)),
    "aten.index_select.default": ({"dim": INT(1), "index": ref("i")}, (2, 5, 6, 6)),
    "aten.gather.default": ({"dim": INT(1), "index": ref("i")}, (5,)),
    "aten.copy_.default": ({"src": ref("w")}, X),
}  # fmt: skip


@pytest.mark.parametrize("target", WRITTEN)
def test_what_an_operator_writes_is_what_its_arguments_make(read, target):
    arguments, shape = WRITTEN[target]
    given = {key: value for key, value in {"self": ref("x"), **arguments}.items() if value is not None}
    tensors = {"x": tensor(*X), "w": tensor(1, 4, 1, 1), "i": tensor(5)}
    options = {"parameters": ["w", "i"]}
    read([(target, given, ["y"])], {**tensors, "y": tensor(*shape)}, **options)
    less = (*shape[:-1], shape[-1] - 1)
    with pytest.raises(FileError, match=rf"{target.split('.')[1].rstrip('_')} y: its sizes make"):
        read([(target, given, ["y"])], {**tensors, "y": tensor(*less)}, **options)


def test_a_recurrent_layer_has_alike_directions_that_read_what_it_reads(read):
    sizes = [(32, 8), (32, 8), (32,), (32,)]
    names = [f"p{at}" for at in range(8)]
    both = {
        "input": ref("x"),
        "params": {"as_tensors": [{"name": name} for name in names]},
        "num_layers": {"as_int": 1},
        "bidirectional": {"as_bool": True},
    }
    tensors = {"x": tensor(5, 1, 8), "y": tensor(5, 1, 16)}
    for others, message in (
        (sizes, None),
        ([(32, 80), *sizes[1:]], "its directions have weights of different sizes"),
    ):
        held = dict(zip(names, (tensor(*one) for one in (*sizes, *others)), strict=True))
        if message is None:
            assert (
                read([("aten.lstm.input", both, ["y"])], {**tensors, **held}, names).macs == 5 * 2 * 32 * 16
            )
        else:
            with pytest.raises(FileError, match=message):
                read([("aten.lstm.input", both, ["y"])], {**tensors, **held}, names)
    narrow = {**tensors, "x": tensor(5, 1, 4)}
    with pytest.raises(FileError, match="reads 4 channels, but its weights 32x8 want 8"):
        read([("aten.lstm.input", both, ["y"])], {**narrow, **held, "p4": tensor(32, 8)}, names)


def test_a_transposed_convolution_writes_what_its_sizes_make(read):
    given = {"input": ref("x"), "weight": ref("w"), "stride": INTS(2), "output_padding": INTS(1)}
    tensors = {"x": tensor(1, 4, 5, 5), "w": tensor(4, 3, 3, 3)}
    target = "aten.conv_transpose2d.input"
    network = read([(target, given, ["y"])], {**tensors, "y": tensor(1, 3, 12, 12)})
    assert network.macs == 4 * 3 * 9 * 25
    with pytest.raises(FileError, match="its sizes make 1x3x12x12, but its output is 1x3x2x2"):
        read([(target, given, ["y"])], {**tensors, "y": tensor(1, 3, 2, 2)})


def test_the_order_of_arguments_in_a_file_is_of_no_account(read):
    """A table that an input picks from comes first, whatever the file lists first."""
    index = {"indices": {"as_tensors": [{"name": "x"}]}, "self": ref("t")}
    tensors = {"x": tensor(3), "t": tensor(10, WIDTH), "z": tensor(3, WIDTH)}
    network = read([("aten.index.Tensor", index, ["z"])], tensors, ["t"])
    assert network.held == (HeldOperator("GatherND", 10 * WIDTH, 0),)


STEPS, HEADS = 10, 4


def attending(read, shape, moved):
    """An attention of the first input to itself, its axes moved to [N, heads, steps, width] before."""
    order = {"self": ref("h"), "dims": INTS(*moved)}
    q = {name: ref("q") for name in ("query", "key", "value")}
    heads = (*shape[:2], HEADS, 2)
    placed = tuple(heads[axis] for axis in moved)
    return read(
        [
            ("aten.view.default", {"self": ref("x"), "size": INTS(*heads)}, ["h"]),
            ("aten.permute.default", order, ["q"]),
            ("aten.scaled_dot_product_attention.default", q, ["y"]),
        ],
        {"x": tensor(*shape), "h": tensor(*heads), "q": tensor(*placed), "y": tensor(*placed)},
        (),
    )


def test_steps_that_attend_to_each_other_are_no_batch(read):
    whole = 2 * HEADS * STEPS * STEPS * 2
    first = attending(read, (STEPS, 1, WIDTH), (1, 2, 0, 3))
    assert (first.macs, first.leading.divided_out) == (whole, 1)
    assert "mixes what it has" in first.leading.reason
    second = attending(read, (3, STEPS, WIDTH), (0, 2, 1, 3))
    assert (second.macs, second.leading.divided_out) == (whole, 3)


def test_steps_of_a_recurrent_layer_are_no_batch(read):
    names = ["a", "b"]
    held = {"a": tensor(32, 8), "b": tensor(32, 8)}
    for first, divided in ((False, 1), (True, STEPS)):
        given = {
            "input": ref("x"),
            "params": {"as_tensors": [{"name": name} for name in names]},
            "num_layers": {"as_int": 1},
            "batch_first": {"as_bool": first},
        }
        tensors = {"x": tensor(STEPS, 3, 8), "y": tensor(STEPS, 3, 8), **held}
        network = read([("aten.lstm.input", given, ["y"])], tensors, names)
        assert (network.macs, network.leading.divided_out) == (STEPS * 3 * 32 * 16 // divided, divided)


MEETING = {
    "a mean": ("aten.mean.dim", {"self": ref("x"), "dim": INTS(0)}, (6, 8)),
    "a softmax": ("aten.softmax.int", {"self": ref("x"), "dim": INT(0)}, (3, 6, 8)),
    "a join": ("aten.cat.default", {"tensors": {"as_tensors": [{"name": "x"}] * 2}}, (6, 6, 8)),
    "another shape": ("aten.view.default", {"self": ref("x"), "size": INTS(2, 9, 8)}, (2, 9, 8)),
    "another order": ("aten.flip.default", {"self": ref("x"), "dims": INTS(1, -3)}, (3, 6, 8)),
    "a turn": ("aten.roll.default", {"self": ref("x"), "shifts": INTS(1), "dims": INTS(0)}, (3, 6, 8)),
    "a turn of all": ("aten.roll.default", {"self": ref("x"), "shifts": INTS(1), "dims": INTS()}, (3, 6, 8)),
    "a shift": ("aten.pad.default", {"self": ref("x"), "pad": INTS(0, 0, 0, 0, -1, 1)}, (3, 6, 8)),
    "statistics": ("aten.batch_norm.default", {"input": ref("x"), "training": {"as_bool": True}}, (3, 6, 8)),
}
APART = {
    "another order": ("aten.flip.default", {"self": ref("x"), "dims": INTS(1, -1)}),
    "a turn": ("aten.roll.default", {"self": ref("x"), "shifts": INTS(1), "dims": INTS(1)}),
    "a shift": ("aten.pad.default", {"self": ref("x"), "pad": INTS(0, 0, -1, 1)}),
    "no statistics": ("aten.batch_norm.default", {"input": ref("x"), "training": {"as_bool": False}}),
}


@pytest.mark.parametrize("name", APART)
def test_inputs_of_which_each_is_changed_by_itself_are_a_batch(read, name):
    target, arguments = APART[name]
    tensors = {"x": tensor(3, 6, 8), "m": tensor(3, 6, 8), "w": tensor(8, 8), "y": tensor(3, 6, 8)}
    network = read([(target, arguments, ["m"]), linear("w", "m")], tensors)
    assert network.leading.divided_out == 3


@pytest.mark.parametrize("name", MEETING)
def test_inputs_that_meet_before_a_layer_are_no_batch(read, name):
    target, arguments, shape = MEETING[name]
    tensors = {"x": tensor(3, 6, 8), "m": tensor(*shape), "w": tensor(8, 8), "y": tensor(*shape)}
    network = read([(target, arguments, ["m"]), linear("w", "m")], tensors)
    assert network.leading.divided_out == 1
    kept = {"x": tensor(3, 6, 8), "m": tensor(6, 3, 8), "w": tensor(8, 8), "y": tensor(6, 3, 8)}
    turned = ("aten.transpose.int", {"self": ref("x"), "dim0": INT(0), "dim1": INT(1)}, ["m"])
    assert read([turned, linear("w", "m")], kept).leading.divided_out == 3


@pytest.mark.parametrize(
    ("equation", "out", "divided"),
    [("...i,oi->...o", (3, 6, 5), 3), ("bti,oi", (3, 5, 6), 3), ("bti,oi->to", (6, 5), 1)],
)
def test_a_batch_goes_through_an_einsum_by_its_letter(read, equation, out, divided):
    """That of dots, too; without an arrow, what is written has the letters that are there once."""
    tensors = {"x": tensor(3, 6, 8), "w": tensor(5, 8), "y": tensor(*out)}
    given = {"equation": {"as_string": equation}, "tensors": {"as_tensors": [{"name": "x"}, {"name": "w"}]}}
    network = read([("aten.einsum.default", given, ["y"])], tensors)
    assert network.leading.divided_out == divided
    assert (network.weights, network.macs * divided) == (5 * 8, 5 * 8 * (3 * 6 if divided > 1 else 6))


TWICE, NUMBER = {"as_tensors": [{"name": "x"}] * 2}, {"as_float": 0.5}
ARGUMENTS = {
    "nothing": {},
    "a tensor": {"self": ref("x"), "input": ref("x"), "indices": ref("i")},
    "a number": {"self": ref("x"), "indices": NUMBER, "dim": NUMBER, "equation": NUMBER, "size": NUMBER},
    "numbers": {"self": ref("x"), "dim": INTS(7, 7), "size": INTS(0, -1), "pad": INTS(1), "repeats": INTS()},
    "tensors": {"tensors": TWICE, "dim": INT(0), "equation": TWICE, "indices": TWICE},
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
def test_any_operator_may_be_given_anything_to_read(read, arguments):
    tensors = {"x": tensor(3, 6, 8), "i": tensor(3, dtype=5), "w": tensor(8, 8), "y": tensor()}
    for operator in (*NAMES, *COUNTERS):
        with suppress(FileError):
            read([(f"{operator}.default", arguments, ["y"])], tensors)


def test_an_open_length_that_is_mixed_is_no_batch(read):
    with pytest.raises(FileError) as refused:
        attending(read, ("s0", 1, WIDTH), (1, 2, 0, 3))
    why = "dimension 0 (s0) is open and no batch, as Attention 'y/scores' mixes what it has: fix it with"
    assert why in str(refused.value)
    assert str(refused.value).endswith("such as 224x1x8")
    batched = attending(read, ("s0", STEPS, WIDTH), (0, 2, 1, 3))
    assert batched.macs == 2 * HEADS * STEPS * STEPS * 2


def test_an_open_batch_that_a_call_may_mix_is_still_one(read):
    """What is not known to keep inputs apart is no proof that they meet, as rows that are picked are none."""
    picked = {"self": ref("x"), "indices": {"as_tensors": [{"name": "i"}]}}
    tensors = {"x": tensor("s0", 8), "i": tensor(3), "m": tensor(3, 8), "w": tensor(8, 8), "y": tensor(3, 8)}
    nodes = [("aten.index.Tensor", picked, ["m"]), linear("w", "m")]
    assert read(nodes, tensors, ["w", "i"]).macs == 3 * 64
