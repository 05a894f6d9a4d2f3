"""Operators beyond convolutions and matrix products, each counted by a loop."""

from itertools import product
from math import prod

import pytest
from onnx import TensorProto, helper

from sepcost.core.errors import FileError
from sepcost.network.onnx.read import read_onnx
from tests.network.onnx.models import model, node, saved, value, weights

MS = "com.microsoft"


def looped(*lengths):
    """How many products there are, one at a time."""
    return sum(1 for _ in product(*map(range, lengths)))


def foreign(op, inputs, outputs, **said):
    return node(op, inputs, outputs, op.lower(), domain=MS, **said)


@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
@pytest.mark.parametrize(("directions", "layout"), [(1, 0), (2, 0), (1, 1)])
def test_a_recurrent_layer_multiplies_input_and_state_at_every_step(read, op, gates, directions, layout):
    steps, images, n_i, hidden = 5, 2, 3, 4
    x = (images, steps, n_i) if layout else (steps, images, n_i)
    each = gates * hidden
    shapes = {"w": (directions, each, n_i), "r": (directions, each, hidden), "b": (directions, 2 * each)}
    held = [weights(*one) for one in shapes.items()]
    way = "bidirectional" if directions == 2 else "forward"
    one = node(op, "x w r b", "y h", op.lower(), hidden_size=hidden, layout=layout, direction=way)
    network = read(model([one], {"x": x}, held), unbatched=True)
    (layer,) = network.layers
    assert layer.kind == "recurrent"
    each *= directions
    assert layer.weights == looped(each, n_i) + looped(each, hidden)
    assert layer.macs == looped(steps, images, each, n_i) + looped(steps, images, each, hidden)
    assert layer.biases == 2 * each
    written = {map_.name: map_.shape for map_ in network.tensors}
    assert prod(written["y"]) == steps * images * directions * hidden
    assert prod(written["h"]) == images * directions * hidden


def test_a_long_sequence_is_no_batch_and_the_images_of_one_are(read):
    held = [weights("w", (1, 256, 64)), weights("r", (1, 256, 64))]
    one = node("LSTM", "x w r", "y", hidden_size=64)
    network = read(model([one], {"x": (100, 1, 64)}, held))
    assert network.macs == 100 * 4 * 64 * (64 + 64) == 3_276_800
    assert network.leading.divided_out == 1
    first = node("LSTM", "x w r", "y", hidden_size=64, layout=1)
    assert read(model([first], {"x": (7, 100, 64)}, held)).macs == 3_276_800


@pytest.mark.parametrize(
    ("equation", "a", "b", "lengths"),
    [
        ("ij,jk->ik", (2, 3), (3, 4), (2, 3, 4)),
        ("ij,jk", (2, 3), (3, 4), (2, 3, 4)),
        ("bij,bjk->bik", (2, 3, 4), (1, 4, 5), (2, 3, 4, 5)),
        ("bij,bjk->bik", (2, 3, 4), (2, 4, 5), (2, 3, 4, 5)),
        ("bhid,bhjd->bhij", (1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 3, 5, 4)),
        ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5), (2, 3, 4, 5)),
        ("...d,de->...e", (2, 3, 4), (4, 5), (2, 3, 4, 5)),
        ("bnd,hde->bhne", (1, 3, 4), (2, 4, 5), (1, 2, 3, 4, 5)),
        ("i,j->ij", (3,), (4,), (3, 4)),
        ("ijl,jk->ik", (2, 3, 6), (3, 4), (2, 3, 4)),  # l is summed before anything is multiplied
    ],
)
@pytest.mark.parametrize("constant", [False, True])
def test_a_sum_of_products_is_counted_by_its_letters(read, equation, a, b, lengths, constant):
    inputs = {"a": a} if constant else {"a": a, "b": b}
    one = node("Einsum", "a b", "y", equation=equation)
    network = read(model([one], inputs, [weights("b", b)] if constant else []), unbatched=True)
    (layer,) = network.layers
    assert (layer.macs, layer.weights) == (looped(*lengths), prod(b) if constant else 0)
    assert layer.kind == "dense" or not constant


@pytest.mark.parametrize("equation", ["ij,jk,kl->il", "ii,ij->ij", "ij,jk->iik"])
def test_an_equation_of_another_form_is_opaque(read, equation):
    shapes = {"ij,jk,kl->il": "x w w", "ii,ij->ij": "x x", "ij,jk->iik": "x w"}
    one = node("Einsum", shapes[equation], "y", equation=equation)
    network = read(model([one], {"x": (4, 4)}, [weights("w", (4, 4))]))
    assert [operator.op for operator in network.opaque] == ["Einsum"]


@pytest.mark.parametrize(
    ("said", "shapes", "heads", "width"),
    [
        ({"q_num_heads": 2, "kv_num_heads": 2}, {"q": (1, 3, 8), "k": (1, 5, 8), "v": (1, 5, 12)}, 2, 4),
        ({"q_num_heads": 4, "kv_num_heads": 2}, {"q": (1, 3, 8), "k": (1, 5, 4), "v": (1, 5, 12)}, 4, 2),
        ({}, {"q": (1, 2, 3, 4), "k": (1, 2, 5, 4), "v": (1, 2, 5, 6)}, 2, 4),
    ],
)
def test_attention_is_two_products_for_each_head(read, said, shapes, heads, width):
    network = read(model([node("Attention", "q k v", "y", "att", **said)], shapes, opset=23))
    scores, values = network.layers
    assert [layer.name for layer in network.layers] == ["att/scores", "att/values"]
    assert {layer.kind for layer in network.layers} == {"attention"}
    value_width = 12 // (2 if said else 1) if said else 6
    assert scores.macs == looped(heads, 3, 5, width)
    assert values.macs == looped(heads, 3, 5, value_width)


def test_attention_over_what_came_before_counts_it(read):
    shapes = {"q": (1, 3, 8), "k": (1, 3, 8), "v": (1, 3, 8), "past_k": (1, 2, 6, 4), "past_v": (1, 2, 6, 4)}
    one = helper.make_node(
        "Attention", ["q", "k", "v", "", "past_k", "past_v"], ["y", "pk", "pv"], q_num_heads=2, kv_num_heads=2
    )
    network = read(model([one], shapes, opset=23), unbatched=True)
    assert network.macs == 2 * looped(2, 3, 3 + 6, 4)


def test_onnxruntimes_attention_projects_first(read):
    held = [weights("w", (8, 24)), weights("b", (24,))]
    made = model([foreign("Attention", "x w b", "y", num_heads=2)], {"x": (1, 5, 8)}, held, domains=[MS])
    projection, scores, values = read(made).layers
    assert (projection.weights, projection.macs, projection.biases) == (8 * 24, looped(5, 8, 24), 24)
    assert (scores.macs, values.macs) == (looped(2, 5, 5, 4), looped(2, 5, 5, 4))


def test_attention_of_many_heads_on_maps_of_their_own(read):
    made = model(
        [foreign("MultiHeadAttention", "q k v", "y", num_heads=2)],
        {"q": (1, 3, 8), "k": (1, 5, 8), "v": (1, 5, 8)},
        domains=[MS],
    )
    assert [layer.macs for layer in read(made).layers] == [looped(2, 3, 5, 4), looped(2, 3, 5, 4)]


def deformed():
    return model(
        [node("DeformConv", "x w o", "y", pads=[1, 1, 1, 1])],
        {"x": (1, 4, 6, 6), "o": (1, 18, 6, 6)},
        [weights("w", (8, 4, 3, 3))],
        opset=22,
    )


FUSED = {
    "DeformConv": (deformed(), 8 * 4 * 9, 36),
    "FusedConv": (
        model([foreign("FusedConv", "x w", "y", activation="Relu")], {"x": (1, 4, 6, 6)},
              [weights("w", (8, 4, 3, 3))], domains=[MS]),
        8 * 4 * 9, 16,
    ),
    "NhwcConv": (
        model([foreign("NhwcConv", "x w", "y")], {"x": (1, 6, 6, 4)}, [weights("w", (8, 3, 3, 4))],
              domains=[MS]),
        8 * 4 * 9, 16,
    ),
    "QLinearConv, channels last": (
        model([foreign("QLinearConv", "x s z w s z s z", "y", channels_last=1)], {"x": (1, 6, 6, 4)},
              [weights("w", (8, 4, 3, 3)), weights("s", ()), weights("z", ())], domains=[MS]),
        8 * 4 * 9, 16,
    ),
    "FusedMatMul": (
        model([foreign("FusedMatMul", "x w", "y", transA=1, transB=1)], {"x": (1, 6, 4)},
              [weights("w", (5, 6))], domains=[MS]),
        5 * 6, 4,
    ),
    "FusedGemm": (
        model([foreign("FusedGemm", "x w", "y", transB=1)], {"x": (1, 6)}, [weights("w", (5, 6))],
              domains=[MS]),
        5 * 6, 1,
    ),
    "MatMulNBits": (
        model([foreign("MatMulNBits", "x w s", "y", K=32, N=10, bits=4, block_size=16)], {"x": (1, 3, 32)},
              [weights("w", (10, 2, 8), TensorProto.UINT8), weights("s", (20,))], domains=[MS]),
        10 * 32, 3,
    ),
    "QGemm": (
        model([foreign("QGemm", "x s z w s z", "y", transB=1)], {"x": (1, 6)},
              [weights("w", (5, 6)), weights("s", ()), weights("z", ())], domains=[MS]),
        5 * 6, 1,
    ),
    "DynamicQuantizeMatMul": (
        model([foreign("DynamicQuantizeMatMul", "x w s", "y")], {"x": (1, 3, 6)},
              [weights("w", (6, 5)), weights("s", ())], domains=[MS]),
        5 * 6, 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "turned", "macs"),
    [
        ((5, 2, 3, 4), (6, 2, 3, 4), {"transBatchA": 1, "transBatchB": 1, "transB": 1}, 2 * 3 * 5 * 6 * 4),
        ((2, 3, 5, 6), (6, 2, 3, 4), {"transBatchB": 1}, 2 * 3 * 5 * 4 * 6),
        ((5, 2, 3, 4), (2, 3, 5, 7), {"transBatchA": 1, "transA": 1}, 2 * 3 * 4 * 7 * 5),
    ],
)
def test_a_fused_product_reads_rows_of_its_first_axis(read, a, b, turned, macs):
    """As onnxruntime fuses attention over several heads; the shapes are those that it runs."""
    fused = model([foreign("FusedMatMul", "x b", "y", **turned)], {"x": a, "b": b}, domains=[MS])
    assert read(fused, unbatched=True).macs == macs


@pytest.mark.parametrize("name", FUSED)
def test_an_operator_made_of_a_standard_one_is_counted_as_that(read, name):
    made, held, positions = FUSED[name]
    network = read(made)
    assert network.opaque == ()
    assert (network.weights, network.macs) == (held, held * positions)
    last = name in ("NhwcConv", "QLinearConv, channels last")
    assert [layer.channels_last for layer in network.layers] == [last]


PACKED = (10, 2, 8)
"""Bytes of two weights each: 10 rows of 2 blocks of 16."""


@pytest.mark.parametrize(
    ("made_of", "held", "weights_held"),
    [
        (node("Gather", "experts which", "w"), {"experts": (7, *PACKED)}, 7 * 10 * 32),
        (node("Where", "which one other", "w"), {"one": PACKED, "other": PACKED}, 2 * 10 * 32),
        (node("Concat", "one other", "w", axis=0), {"one": (4, 2, 8), "other": (6, 2, 8)}, 10 * 32),
    ],
    ids=["of several experts", "of two", "in two parts"],
)
def test_packed_weights_that_are_made_of_others_are_counted_unpacked(read, made_of, held, weights_held):
    product_ = foreign("MatMulNBits", "x w s", "y", K=32, N=10, bits=4, block_size=16)
    held = [weights(name, shape, TensorProto.UINT8) for name, shape in held.items()]
    made = model([made_of, product_], {"x": (1, 3, 32)}, [*held, weights("s", (20,))], domains=[MS])
    type_ = TensorProto.BOOL if made_of.op_type == "Where" else TensorProto.INT64
    made.graph.input.append(value("which", (), type_))
    network = read(made)
    assert (network.most("weights"), network.macs) == (weights_held, 3 * 10 * 32)


@pytest.mark.parametrize(
    ("type_", "bits", "columns"),
    [(TensorProto.UINT8, 4, 32), (TensorProto.UINT8, 8, 16), (TensorProto.INT4, 4, 16)],
)
def test_a_table_in_bytes_has_rows_of_several_elements_a_byte(read, type_, bits, columns):
    made = model(
        [
            foreign("GatherBlockQuantized", "t p s", "e", bits=bits, block_size=16),
            node("MatMul", "e w", "y"),
        ],
        {},
        [weights("t", (9, 16), type_), weights("s", (9, columns // 16)), weights("w", (columns, 5))],
        domains=[MS],
    )
    made.graph.input.append(value("p", (1, 3), TensorProto.INT64))
    table, last = read(made).layers
    assert (table.weights, last.weights, last.macs) == (9 * columns, columns * 5, 3 * columns * 5)


def test_what_is_not_clear_stays_opaque(read):
    past = helper.make_node(
        "GroupQueryAttention", ["q", "k", "v", "p"], ["y"], domain=MS, num_heads=2, kv_num_heads=1
    )
    shapes = {"q": (1, 3, 8), "k": (1, 3, 4), "v": (1, 3, 4), "p": (1, 1, 9, 4)}
    network = read(model([past], shapes, domains=[MS]))
    assert [operator.op for operator in network.opaque] == ["com.microsoft.GroupQueryAttention"]


@pytest.mark.parametrize(
    ("one", "held", "problem"),
    [
        (
            node("LSTM", "x w r", "y", hidden_size=4),
            {"w": (1, 16, 9), "r": (1, 16, 4)},
            "reads 8 numbers a step",
        ),
        (node("Einsum", "x w", "y", equation="abc,cd->abd"), {"w": (9, 4)}, "do not fit each other"),
        (node("Einsum", "x w", "y", equation="ab,bc->ac"), {"w": (8, 4)}, "names other axes than those"),
        (foreign("MatMulNBits", "x w", "y", K=8, N=9, bits=4), {"w": (9, 1, 2)}, "packs 9 by 8 weights of 4"),
        (node("Attention", "x x w", "y", q_num_heads=3, kv_num_heads=3), {"w": (1, 3, 8)}, "3 heads do not"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(tmp_path, one, held, problem):
    made = model([one], {"x": (1, 3, 8)}, [weights(*each) for each in held.items()], domains=[MS], opset=23)
    made.graph.input.append(value("unused", ()))
    with pytest.raises(FileError, match=problem):
        read_onnx(saved(tmp_path, made))
