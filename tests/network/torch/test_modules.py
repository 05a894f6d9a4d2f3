"""Live modules, their .pt2 archives and their ONNX files: one network, whichever is read."""

import warnings

import pytest
import torch
from torch import nn

from sepcost.core.errors import FieldError
from sepcost.network.aten.graph import network_of
from sepcost.network.aten.recorded import record
from sepcost.network.read import read_network
from sepcost.torch import read_module
from tests.network.pt2_archives import FIXTURES
from tests.network.torch.models import NETWORKS, exported, saved

pytestmark = pytest.mark.filterwarnings("ignore")  # of torch's own


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("batch", [1, 5])
def test_a_live_module_is_what_its_archive_holds(tmp_path, network, batch):
    module = network()
    archived = read_network(saved(tmp_path, module, [torch.zeros(2, *network.size)]))
    live = read_module(module, torch.zeros(batch, *network.size))
    assert live.layers == archived.layers
    assert live.operators == archived.operators
    # A constant in which the batch may be, such as an expanded token, keeps the size that it has in the file.
    fixed, stated = ([one for one in net.tensors if not one.grows] for net in (live, archived))
    assert fixed == stated
    assert [one.name for one in live.tensors] == [one.name for one in archived.tensors]
    assert live.parameters == archived.parameters
    assert live.outputs == archived.outputs
    assert sum(p.numel() for p in module.parameters()) == sum(
        one.elements for one in live.parameters if one.role in ("weights", "biases", "normalization")
    )


@pytest.mark.parametrize("network", NETWORKS)
def test_macs_and_weights_are_those_of_the_onnx_file(tmp_path, network):
    module, x = network().eval(), torch.zeros(2, *network.size)
    batch = ({0: torch.export.Dim.AUTO},)
    torch.onnx.export(module, (x,), tmp_path / "net.onnx", dynamic_shapes=batch, dynamo=True, verbose=False)
    theirs, ours = read_network(tmp_path / "net.onnx"), read_network(saved(tmp_path, module, [x]))
    assert (ours.macs, ours.weights) == (theirs.macs, theirs.weights)
    assert [layer.macs for layer in ours.layers] == [layer.macs for layer in theirs.layers]


@pytest.mark.parametrize("network", NETWORKS)
def test_the_archive_in_the_repository_is_the_network_that_it_is_named_after(network):
    live = read_module(network(), torch.zeros(1, *network.size))
    assert read_network(FIXTURES / f"{network.__name__.lower()}.pt2").layers == live.layers


def test_a_tied_parameter_is_one_traced_run_or_saved(tmp_path):
    """As in language models whose head is their table: 20 vectors of 4 are held once, and used twice."""
    table, head = nn.Embedding(20, 4), nn.Linear(4, 20, bias=False)
    head.weight = table.weight
    tied, words = nn.Sequential(table, head), torch.zeros(1, 7, dtype=torch.long)
    run = network_of(record(torch, tied.eval(), (words,), {}), "run", "torch")
    for network in (read_module(tied, words), run, read_network(saved(tmp_path, tied, [words]))):
        assert [(one.name, one.elements) for one in network.parameters] == [("0.weight", 20 * 4)]
        assert [layer.shares for layer in network.layers] == [None, "0"]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_decomposed_program_counts_the_same(tmp_path, network):
    x = torch.zeros(2, *network.size)
    program = exported(network(), [x])
    torch.export.save(program.run_decompositions(), tmp_path / "low.pt2")
    torch.export.save(program, tmp_path / "high.pt2")
    low, high = read_network(tmp_path / "low.pt2"), read_network(tmp_path / "high.pt2")
    assert (low.macs, low.weights) == (high.macs, high.weights)
    assert [layer.biases for layer in low.layers] == [layer.biases for layer in high.layers]
    assert low.opaque == high.opaque == ()


@pytest.mark.parametrize("network", NETWORKS)
def test_a_module_that_is_run_counts_as_one_that_is_traced(network):
    module, x = network().eval(), torch.zeros(2, *network.size)
    ran, traced = network_of(record(torch, module, [x], {}), "net", "torch"), read_module(module, x)
    assert [(a.name, a.macs, a.weights, a.biases) for a in ran.layers] == [
        (b.name, b.macs, b.weights, b.biases) for b in traced.layers
    ]
    assert ran.opaque == ()


def test_nothing_is_computed_on_the_meta_device_either():
    with torch.device("meta"):
        module, x = NETWORKS[0](), torch.zeros(1, *NETWORKS[0].size)
    assert read_module(module, x).macs == read_network(FIXTURES / "mobilenet.pt2").macs


class Wanders(nn.Module):
    """Its course depends on its input's numbers, so that it cannot be traced."""

    def __init__(self):
        super().__init__()
        self.often, self.last = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x, *, more=0):
        for _ in range(int(x.sum()) + more):
            x = self.often(x)
        return self.last(x)


def test_a_module_that_cannot_be_traced_is_run(capfd):
    module = Wanders()
    network = read_module(module, torch.full((1, 4), 0.5), more=1)
    assert [layer.name for layer in network.layers] == ["often", "often_2", "often_3", "last"]
    assert network.macs == 3 * 4 * 4 + 4 * 2
    assert network.weights == 4 * 4 + 4 * 2
    assert capfd.readouterr() == ("", "")


def test_a_module_is_left_as_it_was():
    module = Wanders()
    module.last.eval()
    read_module(module, torch.ones(1, 4))
    assert (module.training, module.often.training, module.last.training) == (True, True, False)
    assert not module.often._forward_hooks
    assert not module.often._forward_pre_hooks


def test_gradients_turned_off_inside_a_module_hide_nothing():
    class Frozen(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.Linear(4, 5), nn.Linear(5, 6)

        def forward(self, x):
            with torch.no_grad():
                x = torch.relu(self.body(x))
            return self.head(x)

    assert [(one.name, one.macs) for one in read_module(Frozen(), torch.ones(1, 4)).layers] == [
        ("body", 20),
        ("head", 30),
    ]


@pytest.mark.parametrize(
    ("module", "shape", "weights", "macs"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, groups=2), (4, 11), 6 * 2 * 3, 6 * 2 * 3 * 5),
        (nn.Conv3d(2, 4, (1, 2, 3), padding=1), (2, 4, 4, 4), 4 * 2 * 6, 4 * 2 * 6 * (6 * 5 * 4)),
        (nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (4, 5, 5), 4 * 3 * 9, 4 * 3 * 9 * 25),
        (nn.LSTM(4, 8, proj_size=3, batch_first=True), (7, 4), 32 * (4 + 3) + 3 * 8, 7 * (32 * 7 + 24)),
        (nn.LSTMCell(4, 8), (4,), 32 * 12, 32 * 12),
        (nn.Conv2d(3, 4, 3, padding="same", padding_mode="reflect"), (3, 6, 6), 108, 108 * 36),
    ],
)
def test_modules_count_by_the_formula_of_their_kind(module, shape, weights, macs):
    network = read_module(module, torch.zeros(1, *shape))
    assert (network.weights, network.macs) == (weights, macs)


def test_macs_are_half_of_what_torch_counts_as_flops():
    from torch.utils.flop_counter import FlopCounterMode

    module, x = NETWORKS[1]().eval(), torch.zeros(1, *NETWORKS[1].size)
    with FlopCounterMode(display=False) as counter, warnings.catch_warnings():
        module(x)
    assert 2 * read_module(module, x).macs == counter.get_total_flops()


def test_what_cannot_be_read_is_said_in_one_line():
    with pytest.raises(FieldError, match=r"model: is no torch\.nn\.Module"):
        read_module("resnet18", 1)
    with pytest.raises(FieldError, match="model: does not run on these inputs: RuntimeError: mat1 and mat2"):
        read_module(nn.Linear(2, 3), torch.zeros(1, 4))
