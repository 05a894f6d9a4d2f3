"""A network on a machine: what each layer moves, what binds it, and what a replacement gains or loses."""

import math
from fractions import Fraction
from itertools import product

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError
from sepcost.core.layer import Layer
from sepcost.hardware.estimate import joined
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.machines import find_machine
from sepcost.network.audit import audit
from sepcost.network.bounds import network_bound
from sepcost.network.onnx.read import read_onnx
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.network.layers import conv, network
from tests.network.onnx.models import model, node, saved, weights

H100 = Machine(495 * 10**12, 3_350 * 10**9, 2)
EXAMPLES = ROOT / "examples"


def moved(folder, *asked, **named):
    """The traffic of the only counted layer of a small model."""
    (layer,) = read_onnx(saved(folder, model(*asked, **named))).layers
    return layer.traffic


def listed(*lengths):
    """How many numbers a map has, by listing them."""
    return len(set(product(*map(range, lengths))))


@pytest.mark.parametrize(
    ("x", "w", "attributes", "out"),
    [
        ((1, 2, 5, 6), (3, 2, 3, 3), {}, (3, 4)),
        ((1, 2, 5, 6), (3, 2, 3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1]}, (3, 3)),
        ((1, 4, 5, 5), (4, 1, 3, 3), {"group": 4}, (3, 3)),
        ((1, 4, 6), (2, 4, 2), {"strides": [3]}, (2,)),
        ((2, 3, 4, 4), (3, 3, 1, 1), {}, (4, 4)),
    ],
)
def test_a_convolution_reads_its_whole_map_and_its_weights_and_writes_its_output(
    tmp_path, x, w, attributes, out
):
    nodes = [node("Conv", "x w", "y", **attributes)]
    found = moved(tmp_path, nodes, {"x": x}, [weights("w", w)])
    assert found == (listed(*x[1:]), listed(*w), listed(w[0], *out))


def test_a_transposed_convolution_writes_more_than_it_reads(tmp_path):
    nodes = [node("ConvTranspose", "x w", "y", strides=[2, 2])]
    found = moved(tmp_path, nodes, {"x": (1, 3, 4, 5)}, [weights("w", (3, 2, 2, 2))])
    assert found == (listed(3, 4, 5), listed(3, 2, 2, 2), listed(2, 8, 10))


@pytest.mark.parametrize(
    ("op", "x", "w", "out"),
    [
        ("Gemm", (1, 6), (6, 5), (1, 5)),
        ("MatMul", (1, 7, 6), (6, 5), (7, 5)),
        ("MatMul", (4, 6), (6, 5), (5,)),
    ],
)
def test_a_matrix_product_reads_its_input_and_its_weights(tmp_path, op, x, w, out):
    found = moved(tmp_path, [node(op, "x w", "y")], {"x": x}, [weights("w", w)])
    assert found == (listed(*x[1:]), listed(*w), listed(*out))


def test_a_product_of_two_maps_reads_both_and_holds_no_weights(tmp_path):
    found = moved(tmp_path, [node("MatMul", "q k", "y")], {"q": (1, 3, 7, 4), "k": (1, 3, 4, 9)})
    assert found == (listed(3, 7, 4) + listed(3, 4, 9), 0, listed(3, 7, 9))


@pytest.mark.parametrize("exported", [1, 2, 3, 4, 8])
@pytest.mark.parametrize(
    ("op", "x", "other", "out"),
    [
        ("MatMul", (5, 4), (4, 6), (5, 6)),
        ("MatMul", (4,), (4, 6), (6,)),
        ("Gemm", (4,), (4, 6), (6,)),
        ("Conv", (2, 5, 6), (3, 2, 3, 3), (3, 3, 4)),
    ],
)
def test_a_map_that_has_no_batch_is_read_once_whatever_the_batch(tmp_path, op, x, other, out, exported):
    made = model([node(op, "x other", "y")], {"x": (exported, *x), "other": other})
    network = read_onnx(saved(tmp_path, made))
    for batch in (1, 8):
        (layer,) = network.for_batch(batch).layers
        assert layer.traffic == (batch * listed(*x) + listed(*other), 0, batch * listed(*out))


@pytest.mark.parametrize("exported", [1, 2, 3])
def test_two_maps_that_both_have_the_batch_are_read_for_each_input(tmp_path, exported):
    found = moved(tmp_path, [node("MatMul", "q k", "y")], {"q": (exported, 7, 4), "k": (exported, 4, 9)})
    assert found == (listed(7, 4) + listed(4, 9), 0, listed(7, 9))


@pytest.mark.parametrize(
    "shapes",
    [
        {"q": (2, 3, 7, 4), "k": (1, 3, 4, 9)},
        {"x": (2, 1), "q": (6, 7, 4), "k": (6, 4, 9)},
        {"x": (2, 1), "q": (6, 2, 7, 4), "k": (6, 1, 4, 9)},
    ],
    ids=["one has it", "folded", "not in front"],
)
def test_where_the_first_length_of_two_maps_is_no_batch_they_are_read_whole(tmp_path, shapes):
    found = moved(tmp_path, [node("MatMul", "q k", "y")], shapes)
    matrices = max(math.prod(shapes[name][:-2]) for name in "qk")  # the one of fewer is read for each
    assert found == (listed(*shapes["q"]) + listed(*shapes["k"]), 0, listed(matrices, 7, 9))


def test_maps_do_not_set_layers_apart():
    assert conv("a", reads=1, writes=2) == conv("a", reads=3, writes=4, reads_once=5) == conv("a")


@pytest.mark.parametrize(
    "name", ["mobilenet_v1.toml", "mobilenet_v1_standard.toml"], ids=["separable", "standard"]
)
def test_each_layer_of_a_network_in_toml_moves_what_it_reads_and_writes(name):
    for layer in read_network(str(EXAMPLES / name)).layers:
        assert layer.traffic is not None
        assert layer.traffic.outputs == layer.n_o * layer.positions
        assert layer.traffic.inputs == layer.n_i * layer.positions * (
            layer.stride[0] ** 2 if layer.stride else 1
        )
        assert layer.traffic.weights == layer.weights


@pytest.mark.parametrize("fused", [False, True], ids=["", "fused"])
@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("machine", ["h100-fp16", "raspberry-pi-5", "stm32h743-int8"])
def test_a_layer_and_its_replacement_are_bound_as_compare_says(tmp_path, machine, batch, fused):
    path = tmp_path / "net.toml"
    path.write_text("channels = 64\nsize = [56, 56]\n[[layer]]\nout = 128\nkernel = 3\nstride = 2\n")
    how = Execution(find_machine(machine), fused=fused)
    found = network_bound(audit(read_network(str(path)).for_batch(batch)), how)
    (layer,) = found.layers
    result = compare(Layer(64, 128, size=56, stride=2), batch=batch, execution=how)
    standard, separable = result.scheme("standard"), result.scheme("separable")
    assert (layer.now.passes, layer.now.bound) == (standard.load.passes, standard.load.bound)
    assert layer.replaced == layer.replacement == separable.load
    assert layer.saving == separable.saving.time


def test_a_network_of_gains_and_losses_on_one_machine():
    """On fast arithmetic the early, large maps lose time by a depthwise convolution, the late layers gain."""
    found = network_bound(audit(read_network(str(EXAMPLES / "mobilenet_v1_standard.toml"))), Execution(H100))
    names = {row.row.layer.name for row in found.layers}
    gaining, losing = set(found.bounds.gaining), set(found.bounds.losing)
    assert gaining
    assert losing
    assert gaining | losing <= names
    assert not gaining & losing
    assert found.bounds.best_seconds < min(found.bounds.seconds, found.bounds.replaced_seconds)
    assert found.bounds.seconds == sum(layer.now.seconds for layer in found.layers)
    assert sum(joined(row.now.passes).macs for row in found.layers) == found.audit.totals.macs
    assert sum(joined(row.replaced.passes).macs for row in found.layers) == found.audit.replaced.macs
    for layer in map(found.layer, found.bounds.losing):
        assert layer.replaced.seconds > layer.now.seconds
        assert joined(layer.replaced.passes).macs < joined(layer.now.passes).macs


def test_what_is_not_replaced_keeps_its_bound_and_has_no_saving():
    layer = conv("c", n_i=4, n_o=4, positions=9, kernel=(1, 1), reads=36, writes=36)
    found = network_bound(audit(network(layer)), Execution(Machine(1, 1), 1)).layer("c")
    assert found.now.passes == (((("pointwise", 4 * 4 * 9),), 36 + 16 + 36),)
    assert found.now.bound == found.replaced.bound == (Fraction(144), "compute")
    assert found.replacement is None
    assert found.saving is None


def test_a_shared_weight_is_read_each_time():
    first = conv("a", reads=6400, writes=6400)
    second = conv("b", reads=6400, writes=6400, shares="a")
    found = network_bound(audit(network(first, second)), Execution(H100))
    assert found.layer("a").now == found.layer("b").now


def test_a_layer_whose_maps_are_not_known_is_refused_by_name():
    with pytest.raises(FieldError, match=r"layer 'c': has no bound: the size of a map"):
        network_bound(audit(network(conv("c"))), Execution(H100))


def test_without_a_machine_there_are_bytes_and_no_seconds():
    found = network_bound(audit(network(conv("c", reads=6400, writes=6400))), Execution(bytes=1))
    assert found.bytes == 6400 + 64 * 64 * 9 + 6400
    assert (found.bounds, found.estimates) == (None, None)


def test_bytes_that_cannot_hold_are_refused_by_name():
    with pytest.raises(FieldError, match=r"bytes: '0' is not a whole number"):
        network_bound(audit(network()), Execution(H100, 0))
