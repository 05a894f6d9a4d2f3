"""Estimates: launch, arithmetic at what a kind reaches, and the smallest memory that holds a pass."""

from fractions import Fraction

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError, FileError
from sepcost.core.layer import Layer
from sepcost.hardware.estimate import Pass, estimate
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.machine_file import read_machine
from sepcost.hardware.measured import Cache, Measured
from sepcost.network.audit import audit
from sepcost.network.bounds import network_bound
from sepcost.network.read import read_network
from tests.cli.program import ROOT

NEAR = Measured(
    (Cache(100, 50), Cache(1000, 20)),
    Fraction(1, 4),
    {"standard": Fraction(1, 2), "depthwise": Fraction(1, 10)},
)
CHIP = Machine(100, 10, measured=NEAR)


@pytest.mark.parametrize(
    ("kind", "macs", "moved", "seconds"),
    [
        ("standard", 1000, 0, Fraction(1, 4) + 20),  # 1000 / (100 · 1/2)
        ("depthwise", 1000, 0, Fraction(1, 4) + 100),
        ("pointwise", 1000, 0, Fraction(1, 4) + 10),  # the whole peak where nothing is said
        ("standard", 0, 100, Fraction(1, 4) + 2),  # the nearest cache, which just holds it
        ("standard", 0, 101, Fraction(1, 4) + Fraction(101, 20)),
        ("standard", 0, 1000, Fraction(1, 4) + 50),
        ("standard", 0, 1001, Fraction(1, 4) + Fraction(1001, 10)),
        ("standard", 250, 100, Fraction(1, 4) + 5),
    ],
)
def test_a_pass_takes_its_launch_and_the_longer_of_arithmetic_and_traffic(kind, macs, moved, seconds):
    assert estimate([Pass(((kind, macs),), moved)], CHIP) == seconds


@pytest.mark.parametrize("kind", ["dense", "attention", "recurrent"])
def test_a_product_of_matrices_reaches_what_a_dense_layer_does(kind):
    chip = Machine(100, 10, measured=Measured(efficiency={"dense": Fraction(1, 4)}))
    assert estimate([Pass(((kind, 1000),), 0)], chip) == Fraction(1000, 25)


def test_passes_follow_each_other_and_a_fused_one_adds_its_arithmetic():
    one, two = Pass((("standard", 100),), 10), Pass((("depthwise", 100),), 10)
    both = Pass((*one.macs_by_kind, *two.macs_by_kind), 20)
    assert estimate([one, two], CHIP) == 2 * Fraction(1, 4) + 2 + 10
    assert estimate([both], CHIP) == Fraction(1, 4) + 12


def test_nothing_is_estimated_on_a_machine_that_was_not_measured():
    assert estimate([Pass((("standard", 100),), 10)], Machine(100, 10)) is None


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("batch", [1, 8])
def test_a_layer_and_its_replacement_are_estimated_as_compare_says(tmp_path, batch, fused):
    path = tmp_path / "net.toml"
    path.write_text("channels = 64\nsize = 56\n[[layer]]\nout = 128\nkernel = 3\nstride = 2\n")
    chip = Machine(
        10**9, 10**9, measured=Measured((Cache(2**21, 10**10),), Fraction(1, 1000), NEAR.efficiency)
    )
    how = Execution(chip, fused=fused, batch=batch)
    (layer,) = network_bound(audit(read_network(str(path)).for_batch(batch)), how).layers
    result = compare(Layer(64, 128, size=56, stride=2), execution=how)
    standard, separable = result.scheme("standard"), result.scheme("separable")
    now, after = standard.load.estimate, separable.load.estimate
    assert (layer.now.estimate, layer.replaced.estimate) == (now, after)
    assert separable.saving.time_estimate == now / after
    if not fused:
        assert after == sum(stage.load.estimate for stage in separable.stages)


def test_by_an_estimate_other_replacements_may_gain_than_by_the_bound():
    slow = Machine(10**12, 10**12, measured=Measured(efficiency={"depthwise": Fraction(1, 1000)}))
    found = network_bound(
        audit(read_network(str(ROOT / "examples" / "mobilenet_v1_standard.toml"))), Execution(slow)
    )
    assert found.bounds.gaining
    assert len(found.estimates.losing) > len(found.bounds.losing)
    assert found.estimates.best_seconds <= min(found.estimates.seconds, found.estimates.replaced_seconds)


GOOD = 'peak = "60G"\nbandwidth = "10G"\n'


def read(tmp_path, text):
    path = tmp_path / "machine.toml"
    path.write_text(GOOD + text)
    return read_machine(path)


def test_a_file_says_what_was_measured(tmp_path):
    cache = '[[cache]]\nsize = "512Ki"\nbandwidth = "60G"\n'
    text = f'launch = "3us"\nerror = 0.18\n{cache}[efficiency]\ndense = 0.5\n'
    assert read(tmp_path, text).measured == Measured(
        (Cache(2**19, 60 * 10**9),), Fraction(3, 10**6), {"dense": Fraction(1, 2)}, Fraction(18, 100)
    )
    assert read(tmp_path, "").measured is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('launch = "3"\n', "launch: '3' has no known unit"),
        ("launch = 3\n", "launch: is not a time: write a text such as '5ms'"),
        ('[[cache]]\nsize = "512Ki"\n', "cache: bandwidth: is missing"),
        ('[[cache]]\nbandwidth = "1G"\n', "cache: size: is missing"),
        ("cache = 3\n", "cache: is missing: write at least one [[cache]] table"),
        ("[[cache]]\nsize = 2\nbandwidth = 1\nspeed = 3\n", "cache: 'speed': is not a key"),
        (
            "[[cache]]\nsize = 2\nbandwidth = 1\n[[cache]]\nsize = 2\nbandwidth = 1\n",
            "cache: stands out of order",
        ),
        (
            "[efficiency]\ndepthwize = 0.5\n",
            "efficiency: 'depthwize' is not a kind of stage; did you mean depthwise?",
        ),
        ("[efficiency]\ndense = 0\n", "efficiency: '0' is not above 0"),
        ("[efficiency]\ndense = nan\n", "efficiency: nan is not an exact ratio"),
        ("[efficiency]\ndense = inf\n", "efficiency: inf is not an exact ratio"),
        ("[efficiency]\ndense = 1e9\n", "efficiency: '1000000000' is not from"),
        ("[efficiency]\ndense = true\n", "efficiency: True is not an exact ratio"),
        ("efficiency = 0.5\n", "efficiency: is not a table of kinds of stage"),
        ("error = -0.1\n", "error: -0.1 is not an exact ratio"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_key(tmp_path, text, problem):
    with pytest.raises(FileError) as refused:
        read(tmp_path, text)
    assert problem in str(refused.value)


def test_caches_stand_in_order():
    with pytest.raises(FieldError, match="cache: stands out of order"):
        Measured((Cache(1000, 1), Cache(100, 2)))
