"""Damaged and hostile models: counted as a second reader counts them, or refused in one line."""

import random
import tracemalloc

import onnx
import pytest
from google.protobuf.message import DecodeError
from onnx import helper

from sepcost.core.errors import SepcostError
from sepcost.network.onnx import wire
from sepcost.network.onnx.layers import COUNTS
from sepcost.network.onnx.read import read_onnx
from sepcost.network.onnx.shapes import RULES
from tests.effort import tries
from tests.network.onnx import oracle as onnx_oracle
from tests.network.onnx.models import DATA, LIGHT, lengths, model, node, saved, value, weights

CONVERTED = DATA / "pytorch-converted"
VICTIMS = [
    "Conv1d_groups",
    "Conv2d_depthwise_with_multiplier",
    "Conv2d_strided",
    "Conv3d_dilated_strided",
    "ConvTranspose2d",
    "Linear",
    "Linear_no_bias",
]
MOST_WALKED = 10**6


def outcome(path):
    """Weights and MACs, or the one line that says why there are none."""
    try:
        network = read_onnx(path)
    except SepcostError as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 500
        return message
    return network.weights, network.macs


def parsed(content):
    """The model as protobuf reads it, None where it refuses what is damaged beside all that is counted."""
    try:
        return onnx.load_model_from_string(content)
    except DecodeError:
        return None


def damage(content, chance):
    """Change a byte or a bit, or cut out or repeat a piece, so that what follows has another length."""
    at, length = chance.randrange(len(content)), chance.randrange(1, 40)
    kind = chance.randrange(6)
    if kind < 3:
        content[at] = chance.randrange(256)
    elif kind == 3:
        content[at] ^= 1 << chance.randrange(8)
    elif kind == 4 and len(content) > 100:
        del content[at : at + length]
    else:
        content[at:at] = content[at : at + length]


@pytest.mark.parametrize("name", VICTIMS)
def test_random_bytes_are_refused_or_counted_as_a_second_reader_does(tmp_path, name):
    content = (CONVERTED / f"test_{name}" / "model.onnx").read_bytes()
    chance = random.Random(name)
    counted = 0
    for _ in range(tries(200)):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 5))):
            damage(damaged, chance)
        found = outcome(saved(tmp_path, bytes(damaged)))
        if isinstance(found, tuple) and found[1] <= MOST_WALKED:
            counted += 1
            if (second := parsed(bytes(damaged))) is not None:
                assert found == onnx_oracle.counts(second)
    assert counted > tries(10)


@pytest.mark.parametrize(
    "path", [CONVERTED / "test_Conv2d_groups" / "model.onnx", LIGHT / "light_vgg19.onnx"]
)
def test_a_truncated_model_is_refused_or_whole(tmp_path, path):
    content = path.read_bytes()
    whole = outcome(path)
    for length in range(0, len(content), 97):
        found = outcome(saved(tmp_path, content[:length]))
        assert isinstance(found, str) or found == whole


@pytest.mark.parametrize("where", ["dims of the input", "dims of the weights"])
def test_every_dimension_may_be_anything(tmp_path, where):
    content = (CONVERTED / "test_Conv2d_groups" / "model.onnx").read_bytes()
    for axis in range(4):
        for length in (0, -1, 1, 2, 3, 7, 2**31 - 1, 2**31, 2**63 - 1, -(2**63)):
            changed = onnx.load_model_from_string(content)
            if where == "dims of the weights":
                changed.graph.initializer[0].dims[axis] = length
            else:
                changed.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = length
            found = outcome(saved(tmp_path, changed))
            if isinstance(found, tuple) and found[1] <= MOST_WALKED:
                assert found == onnx_oracle.counts(changed)


def held(name, number):
    """A number that is a constant, a scalar."""
    tensor = lengths(name, [number])
    tensor.ClearField("dims")
    return tensor


CRASHES = {
    "an unknown type": [node("Quux", "x", "u"), node("EyeLike", "u", "y")],
    "an axis out of reach": [node("LayerNormalization", "x x", "y", axis=2**63 - 1)],
    "a tensor of 10^9": [node("Reshape", "n huge", "r"), node("Sub", "n r", "y")],
    "2^31 outputs": [node("Split", "x", "y", num_outputs=2**31 - 1)],
    "a step of 0": [node("Slice", "x huge huge n n", "y")],
    "strides of 0": [node("MaxPool", "x", "y", kernel_shape=[2, 2], strides=[0, 0])],
    "a block of 0": [node("DepthToSpace", "x", "y", blocksize=0)],
    "no input": [node("Conv", "", "y")],
    "nothing, turned and in another shape": [
        node("Slice", "x twice none", "s"),
        node("Transpose", "s", "t", perm=[1, 0, 2, 3]),
        node("Flatten", "t", "y"),
    ],
    "one axis twice": [node("Unsqueeze", "x twice", "y")],
}


@pytest.mark.parametrize("nodes", CRASHES.values(), ids=CRASHES)
def test_sizes_that_cannot_be_take_nothing_along(tmp_path, nodes, capfd):
    numbers = {"huge": [10**9], "twice": [0, 0], "none": [1, 0]}
    given = [held("n", 0), *(lengths(*each) for each in numbers.items())]
    made = model(nodes, {"x": (1, 4, 8, 8)}, given)
    found = outcome(saved(tmp_path, made))
    assert found == (0, 0) or f"{nodes[-1].op_type} that writes 'y': " in found or "Reshape" in found
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("reads", ["", "x", "c c c x", "x c c c c"])
def test_any_operator_may_be_given_anything_to_read_and_to_write(tmp_path, reads):
    for op in sorted({*RULES, *COUNTS}):
        domain, _, bare = op.rpartition(".")
        made = model(
            [node(bare, reads, "y z u", domain=domain)],
            {"x": ("n", 4, 4)},
            [weights("c", (4, 4))],
            domains=[domain] if domain else [],
        )
        outcome(saved(tmp_path, made))


def field(number, content):
    """A protobuf field of bytes, as it is written in a file."""
    length, size = len(content), bytearray()
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    tag = number << 3 | 2
    head = bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
    return head + bytes(size) + bytes([length]) + content


def nested(depth):
    """A product in a branch of an If, that If in a branch of another, and so on."""
    writes = helper.make_graph([], "branch", [], [value("y", None)]).SerializeToString()
    other = helper.make_graph([node("Identity", "x", "y")], "other", [], [value("y", None)])
    choice = node("If", "c", "y", else_branch=other).SerializeToString()
    then = onnx.AttributeProto(name="then_branch", type=onnx.AttributeProto.GRAPH).SerializeToString()
    graph = field(1, node("MatMul", "x w", "y").SerializeToString()) + writes
    for _ in range(depth):  # by hand, as protobuf writes nothing that is deeper than it reads
        graph = field(1, choice + field(5, then + field(6, graph))) + writes
    inputs = [value("x", (1, 4)), value("c", (), onnx.TensorProto.BOOL)]
    around = helper.make_model(helper.make_graph([], "graph", inputs, [], [weights("w", (4, 4))]))
    return around.SerializeToString() + field(7, graph)  # two parts of one graph are read as one


@pytest.mark.parametrize("depth", [1, 31, 50])
def test_graphs_within_graphs_are_read(tmp_path, depth):
    assert outcome(saved(tmp_path, nested(depth))) == (4 * 4, 4 * 4)


@pytest.mark.parametrize("depth", [51, 1000])
def test_but_not_without_end(tmp_path, depth):
    assert outcome(saved(tmp_path, nested(depth))).endswith("has graphs more than 50 deep in one another")


def test_many_layers_of_one_name_and_one_tensor(tmp_path):
    nodes = [node("Relu", "x", "t0")]
    nodes += [node("MatMul", f"t{number} w", f"t{number + 1}", "fc") for number in range(3000)]
    network = read_onnx(saved(tmp_path, model(nodes, {"x": (1, 4)}, [weights("w", (4, 4))])))
    assert len({layer.name for layer in network.layers}) == 3000
    assert (network.weights, network.macs) == (4 * 4, 3000 * 4 * 4)


def outcome_and_memory(path):
    """What is found in a model, and the most bytes that were in use at once to find it."""
    tracemalloc.start()
    try:
        found = outcome(path)
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_lengths_that_double_without_end_are_not_followed(tmp_path):
    """Of 2^25 lengths, which would take 256 MiB, none are computed."""
    nodes = [node("Shape", "x", "s0")]
    nodes += [node("Concat", f"s{number} s{number}", f"s{number + 1}", axis=0) for number in range(24)]
    nodes += [node("ConstantOfShape", "s24", "c"), node("MatMul", "x w", "y")]
    made = model(nodes, {"x": (1, 4)}, [weights("w", (4, 4))])
    found, most = outcome_and_memory(saved(tmp_path, made))
    assert found == (4 * 4, 4 * 4)  # of what reads x; the lengths are of nothing that is counted
    assert most < 2**23


def test_a_file_of_nothing_but_beginnings_is_refused_in_little_memory(tmp_path, monkeypatch):
    """About 300 bytes for each node: 80 MB at the most that are read, and no more for a longer file."""
    monkeypatch.setattr(wire, "MOST_MESSAGES", 2**14)
    path = saved(tmp_path, field(8, b"") + field(7, field(1, b"") * 100_000))
    problem, most = outcome_and_memory(path)
    assert problem.endswith("has more than 16384 nodes and tensors")
    assert most < 600 * 2**14


@pytest.mark.parametrize("what", [1, 5, 10, 11, 12, 13, 15])
def test_whatever_a_file_has_too_much_of_is_refused(tmp_path, monkeypatch, what):
    monkeypatch.setattr(wire, "MOST_FIELDS", 10**4)
    content = field(8, b"") + field(7, field(what, b"") * 20_000)
    assert outcome(saved(tmp_path, content)).endswith("has more than 10000 fields")
    packed = field(5, field(1, bytes(20_000)))  # the dimensions of one tensor
    assert outcome(saved(tmp_path, field(7, packed))).endswith("has more than 10000 fields")


def test_a_tensor_that_is_written_twice_is_said_so_whatever_its_sizes(tmp_path):
    nodes = [node("Conv", "x w", "r"), node("Flatten", "x", "r"), node("Conv", "r w", "y")]
    made = model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (3, 3, 3, 3))])
    assert outcome(saved(tmp_path, made)).endswith("tensor 'r': is written twice")
