"""Fitting what estimates are made from: a machine that is known is found again, noise and all."""

from fractions import Fraction
from random import Random

import pytest

from sepcost.hardware.calibrate import TimedPass, calibrate
from sepcost.hardware.estimate import Pass, estimate
from sepcost.hardware.machine import Machine
from sepcost.hardware.machine_file import machine_toml, read_machine
from sepcost.hardware.measured import LEAST_PART, MOST_PART, Cache, Measured

PEAK, BANDWIDTH = 100 * 10**9, 10 * 10**9
KNOWN = Machine(
    PEAK,
    BANDWIDTH,
    measured=Measured(
        (Cache(2**20, 80 * 10**9), Cache(2**25, 30 * 10**9)),
        Fraction(2, 10**6),
        {"standard": Fraction(9, 10), "depthwise": Fraction(1, 5), "pointwise": Fraction(7, 10)},
    ),
)
SIZES = (2**20, 2**25)


def passes(random, number, noise):
    """Passes of every kind and size, timed as the known machine takes them, give or take the noise."""
    found = []
    for place in range(number):
        kind = ("standard", "depthwise", "pointwise")[place % 3]
        moved = int(10 ** random.uniform(3.5, 8))
        macs = int(moved * 10 ** random.uniform(-0.3, 2))
        seconds = float(estimate([Pass(((kind, macs),), moved)], KNOWN))
        found.append(TimedPass(kind, macs, moved, seconds * (1 + random.uniform(-noise, noise))))
    return found


@pytest.mark.parametrize("noise", [0, 0.1])
def test_a_known_machine_is_found_again(noise):
    random = Random("machine")
    found = calibrate(passes(random, 90, noise), passes(random, 30, noise), PEAK, BANDWIDTH, SIZES)
    near = 0.02 + 2 * noise
    assert [cache.size for cache in found.caches] == [2**20, 2**25]
    for cache, known in zip(found.caches, KNOWN.measured.caches, strict=True):
        assert cache.bandwidth == pytest.approx(known.bandwidth, rel=near)
    assert float(found.launch) == pytest.approx(2e-6, rel=near)
    for kind, part in KNOWN.measured.efficiency.items():
        assert float(found.efficiency[kind]) == pytest.approx(float(part), rel=near)
    assert float(found.error) <= 0.01 + noise


def test_a_few_passes_that_are_far_off_move_little():
    random = Random("robust")
    timed = passes(random, 90, 0.05)
    late = [each._replace(seconds=each.seconds * 20) for each in timed[:6]]
    found = calibrate([*late, *timed[6:]], passes(random, 30, 0), PEAK, BANDWIDTH, SIZES)
    assert float(found.error) < 0.1


def test_the_error_is_the_median_over_what_is_left_out():
    random = Random("error")
    left_out = [each._replace(seconds=each.seconds * 2) for each in passes(random, 31, 0)]
    found = calibrate(passes(random, 90, 0), left_out, PEAK, BANDWIDTH, SIZES)
    assert float(found.error) == pytest.approx(0.5, abs=0.02)  # an estimate of half the time


def test_a_pass_timed_in_a_bad_moment_leaves_figures_that_a_file_may_state():
    """One MAC in a second, a millionth of a millionth of the peak, and the rest left out as far off."""
    timed = [*passes(Random("bad"), 90, 0), TimedPass("grouped", 1, 1, 1.0)]
    left_out = [each._replace(seconds=each.seconds / 10**6) for each in timed[:9]]
    found = calibrate(timed, left_out, PEAK, BANDWIDTH, SIZES)
    assert (found.efficiency["grouped"], found.error) == (LEAST_PART, MOST_PART)


def test_a_cache_that_no_pass_needs_is_left_out():
    random = Random("none")
    small = [each for each in passes(random, 200, 0) if each.bytes < 2**18]
    found = calibrate(small, [], PEAK, BANDWIDTH, (2**20, 2**25))
    assert len(found.caches) == 1
    assert found.error is None


def test_a_launch_too_short_for_a_clock_is_none():
    random = Random("launch")
    near = Machine(
        PEAK, BANDWIDTH, measured=Measured(KNOWN.measured.caches, Fraction(0), KNOWN.measured.efficiency)
    )
    timed = [
        each._replace(seconds=float(estimate([Pass(((each.kind, each.macs),), each.bytes)], near)))
        for each in passes(random, 90, 0)
    ]
    found = calibrate(timed, [], PEAK, BANDWIDTH, SIZES)
    assert float(found.launch) < 1e-8
    assert "launch" not in machine_toml(Machine(1, 1, measured=Measured((Cache(1, 1),))))


def test_a_machine_reads_back_as_it_is_written(tmp_path):
    random = Random("file")
    found = calibrate(passes(random, 90, 0.1), passes(random, 30, 0.1), PEAK, BANDWIDTH, SIZES)
    written = Machine(PEAK, BANDWIDTH, 4, "here", 'a "name"', 2**20, None, found)
    path = tmp_path / "here.toml"
    path.write_text(machine_toml(written), encoding="utf-8")
    assert read_machine(path) == written
