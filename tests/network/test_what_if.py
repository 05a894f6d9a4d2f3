"""What a network comes to with some of its layers replaced: what each choice adds to a total."""

from dataclasses import replace
from itertools import combinations

import onnx
import pytest

from sepcost.hardware.execution import Execution
from sepcost.network.audit import audit
from sepcost.network.measure import Measures
from sepcost.network.model import BIASES
from sepcost.network.read import read_network
from sepcost.network.what_if import what_if
from tests.cli.program import ROOT

NODE = onnx.helper.make_node
STANDARD = ROOT / "examples" / "mobilenet_v1_standard.toml"


def measured(path, scheme="separable"):
    audited = audit(read_network(path), scheme)
    return Measures(audited.network, Execution(bytes=1), audited)


def saved(folder, nodes):
    """Write nodes from x, 1x8x9x9, to y, with weights w of 8 -> 8 channels, 3x3."""
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 8, 9, 9])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 8, None, None])
    weights = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [8, 8, 3, 3], [0.0] * 576)
    graph = onnx.helper.make_graph(nodes, "g", [x], [y], [weights])
    onnx.save(onnx.helper.make_model(graph), folder / "net.onnx")
    return folder / "net.onnx"


NETWORKS = sorted((ROOT / "examples").glob("mobilenet*.toml"))


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("scheme", ["separable", "inverted", "bottleneck", "spatial"])
def test_the_memory_of_each_layer_replaced_is_that_of_the_network_with_its_stages(path, scheme):
    measures = measured(path, scheme)
    found = what_if(measures)
    costs = [choice.memory for choice in found.choices]
    assert all(costs)
    assert max(found.memory_elsewhere, *(cost.now for cost in costs)) == measures.memory.peak
    assert max(found.memory_elsewhere, *(cost.replaced for cost in costs)) == measures.replaced_memory.peak


def test_a_layer_replaced_holds_its_inner_map_beside_the_one_it_reads_then_the_one_it_writes(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(
        "channels = 4\nsize = 8\n[[layer]]\nname = 'a'\nout = 16\nkernel = 3\nstride = 2\n"
        "[[layer]]\nname = 'b'\nout = 2\nkernel = 3\n"
    )
    first, second = (choice.memory for choice in what_if(measured(path)).choices)
    x, inner, y = 4 * 64, 4 * 16, 16 * 16
    assert (first.now, first.replaced) == (x + y, max(x + inner, inner + y))
    inner, z = 16 * 16, 2 * 16
    assert (second.now, second.replaced) == (y + z, max(y + inner, inner + z))


def test_any_layers_replaced_come_to_an_audit_that_leaves_the_others():
    """The audit of a pair alone replaced is made with all others skipped."""
    network = read_network(STANDARD)
    whole = Measures(network, Execution(bytes=2), audit(network))
    found = what_if(whole)
    assert found.storage == whole.footprint.storage
    choices = [choice for choice in found.choices if choice.stages is not None]
    for pair in combinations(choices[::3], 2):
        others = [choice.name for choice in choices if choice not in pair]
        alone = Measures(network, Execution(bytes=2), audit(network, skip=others))
        macs = sum(choice.replaced_macs - choice.macs for choice in pair)
        assert network.macs + macs == alone.audited.replaced.macs
        weights = sum(choice.built - choice.weights for choice in pair)
        assert network.weights + weights == alone.audited.replaced.weights
        stored = sum(choice.stored[1] - choice.stored[0] for choice in pair)
        assert stored == 2 * weights
        assert found.storage + stored == alone.replaced_footprint.storage
        costs = [
            (choice.memory.replaced if choice in pair else choice.memory.now) for choice in found.choices
        ]
        assert max(found.memory_elsewhere, *costs) == alone.replaced_memory.peak


def test_layers_of_one_holder_hold_its_weights_together_and_alike_ones_have_the_same_stages(tmp_path):
    path = saved(tmp_path, [NODE("Conv", ["x", "w"], ["h"], "one"), NODE("Conv", ["h", "w"], ["y"], "two")])
    one, two = what_if(measured(path)).choices
    assert (one.holder, two.holder) == ("one", "one")
    assert one.stages == two.stages
    assert one.stored == (8 * 8 * 9, 8 * (9 + 8))


def test_what_cannot_be_known_of_a_file_is_none(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text("channels = 4\nsize = 8\n[[layer]]\nout = 16\nkernel = 3\n")
    network = replace(read_network(path), all_held=False, operators=())
    found = what_if(Measures(network, Execution(), audit(network)))
    assert (found.storage, found.memory_elsewhere) == (None, None)
    assert [(choice.stored, choice.memory) for choice in found.choices] == [(None, None)]


def test_memory_elsewhere_is_the_most_beside_the_layers_whatever_they_take(tmp_path):
    conv = NODE("Conv", ["h", "w"], ["y"], strides=[3, 3])
    assert (
        what_if(measured(saved(tmp_path, [NODE("Identity", ["x"], ["h"]), conv]))).memory_elsewhere == 8 * 81
    )
    pools = [
        NODE("MaxPool", ["x"], ["p"], kernel_shape=[2, 2]),
        NODE("MaxPool", ["p"], ["h"], kernel_shape=[2, 2]),
    ]
    found = what_if(measured(saved(tmp_path, [*pools, conv])))
    # 9x9 read beside 8x8 written, then 8x8 beside 7x7; the convolution reads 7x7 and writes 2x2.
    assert found.memory_elsewhere == 8 * (81 + 64)
    assert found.choices[0].memory.now == 8 * (49 + 4)
    alone = what_if(measured(saved(tmp_path, [NODE("Conv", ["x", "w"], ["y"])])))
    assert alone.memory_elsewhere == 0


def test_storage_is_none_where_the_type_of_what_is_replaced_is_not_known():
    network = read_network(STANDARD)
    network = replace(network, parameters=tuple(each._replace(role=BIASES) for each in network.parameters))
    found = what_if(Measures(network, Execution(), audit(network)))
    assert (found.storage, {choice.stored for choice in found.choices}) == (None, {None})
