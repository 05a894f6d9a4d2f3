"""The largest layer within memory, storage and time, compared with trying all; what fits a machine."""

from contextlib import suppress
from fractions import Fraction
from itertools import accumulate
from random import Random

import pytest

from sepcost.comparison import compare
from sepcost.core.errors import FieldError, FileError
from sepcost.core.layer import Layer
from sepcost.core.limits import Budget
from sepcost.fitting import fit
from sepcost.hardware.execution import Execution
from sepcost.hardware.machine import Machine
from sepcost.hardware.measured import STAGE_KINDS, Cache, Measured
from sepcost.network.measure import Measures
from sepcost.network.toml.read import read_toml
from sepcost.network.width import fit_width
from tests.effort import tries

REACH = 40
SCHEMES = ("standard", "separable", "generalized", "grouped", "depthwise", "bottleneck")
HELD = {
    "N_o": ({"n_i": 6}, {"gamma": 4}, {"n_i": 5, "gamma": "9/4"}),
    "N_i": ({"n_o": 12}, {"gamma": 2}),
    "gamma": ({"n_i": 3}, {"n_i": 2, "n_o": 9}),
    "k": ({"n_i": 6, "n_o": 9}, {"n_i": 4, "gamma": 4}),
    "size": ({"n_i": 6, "n_o": 12},),
}
FIELDS = {"N_o": "n_o", "N_i": "n_i", "gamma": "gamma", "k": "kernel", "size": "size"}


def random_machine(random):
    """A machine whose caches may be slower than its memory, which then is faster beyond them."""
    caches = [
        Cache(size, random.randint(1, 40))
        for size in sorted(random.sample(range(50, 6000), random.randint(0, 3)))
    ]
    parts = {kind: Fraction(random.randint(1, 40), 20) for kind in random.sample(STAGE_KINDS, 3)}
    measured = Measured(tuple(caches), Fraction(random.randint(0, 3), 7), parts)
    sizes = {}
    if random.random() < 0.3:
        sizes = {
            "memory": random.randint(200, 9000),
            "storage": random.choice([None, random.randint(50, 4000)]),
        }
    return Machine(
        random.randint(1, 400), random.randint(1, 40), measured=random.choice([None, measured]), **sizes
    )


def random_question(random):
    unknown = random.choice(list(HELD))
    given = {**random.choice(HELD[unknown])}
    if unknown != "k":
        given["kernel"] = random.randint(1, 3)
    if unknown != "size":
        given["size"] = (random.randint(1, 6), random.randint(1, 6))
    given["stride"] = random.choice([1, 1, 2])
    given["bias"] = random.random() < 0.3
    how = Execution(
        random_machine(random),
        random.choice([None, 1, 2]),
        fused=random.random() < 0.3,
        batch=random.choice([1, 1, 3]),
    )
    return unknown, given, how


def costs(unknown, given, scheme, how):
    """What compare says of each value, up to the reach, that can be built."""
    found = {}
    for value in range(1, REACH + 1):
        try:
            layer = Layer(**{**given, FIELDS[unknown]: value})
        except FieldError:
            continue
        row = compare(layer, [scheme], execution=how).schemes[0]
        if row.realizable:
            load = row.load
            seconds = load.bound.seconds if load.estimate is None else load.estimate
            found[value] = {"memory": load.memory, "storage": load.storage, "time": seconds}
    return found


def random_limits(random, found):
    """Limits that are met exactly at some value, or missed by little."""
    at = random.choice(list(found.values()))
    metrics = random.sample(["memory", "storage", "time"], random.randint(1, 2))
    some = random.choice(list(found.values()))
    limits = {name: random.choice([at, at, some])[name] for name in metrics}
    if "time" in limits and random.random() < 0.3:
        limits["time"] -= Fraction(1, 10**9)
    return {name: limit for name, limit in limits.items() if limit > 0}


def exceeded(cost, limits, machine):
    """The metrics in which a cost is above a limit, or above what the machine has."""
    most = dict(limits)
    need = dict(cost)
    if machine.memory is not None:
        if machine.storage is None and "memory" not in most:
            need["memory"] += need["storage"]
        elif machine.storage is not None:
            most.setdefault("storage", machine.storage)
        most.setdefault("memory", machine.memory)
    return tuple(name for name in ("memory", "storage", "time") if name in most and need[name] > most[name])


@pytest.mark.parametrize("seed", range(6))
def test_the_largest_layer_in_a_run_is_the_one_that_trying_all_finds(seed):
    random = Random(f"fit a run {seed}")
    told = fell = 0
    for _ in range(tries(20)):
        unknown, given, how = random_question(random)
        scheme = random.choice(SCHEMES)
        found = costs(unknown, given, scheme, how)
        limits = random_limits(random, found) if found else {}
        if not limits:
            continue
        row = fit(
            unknown,
            **given,
            **{f"max_{name}": limit for name, limit in limits.items()},
            schemes=[scheme],
            execution=how,
        ).rows[0]
        over = {value: exceeded(cost, limits, how.machine) for value, cost in found.items()}
        fitting = [value for value in over if not over[value]]
        times = [cost["time"] for cost in found.values()]
        fell += times != sorted(times)
        if row.largest is None:
            assert row.reason
            assert not fitting or row.reason.startswith("nothing limits"), (unknown, given, scheme, limits)
        elif row.largest > REACH:
            assert max(fitting, default=0) == max(found) or any(over.values())
        else:
            told += 1
            assert row.largest == fitting[-1], (unknown, given, scheme, limits, how)
            following = [value for value in over if value > row.largest]
            if following:
                assert row.limited_by == over[following[0]]
            assert row.totals.weights > 0
    assert told > tries(4)
    assert fell


def test_an_estimate_that_falls_behind_a_slow_cache_is_fitted_behind_it():
    """One position, 1x1, 1 -> N: 1 + N + N bytes are moved, 1 a second in the cache and 11 beyond it.

    N = 4 moves 9 bytes and takes 9 s; N = 5 leaves the cache of 10 bytes and takes 11/11 s.
    """
    measured = Measured((Cache(10, 1),), Fraction(0))
    chip = Execution(Machine(10**9, 11, bytes=1, measured=measured))
    held = {"n_i": 1, "kernel": 1, "size": 1, "schemes": ["standard"], "execution": chip}
    for seconds, largest in ((1, 5), (9, 49), (Fraction(10, 11), None), (3, 16)):
        row = fit("N_o", max_time=Fraction(seconds), **held).rows[0]
        assert row.largest == largest
    assert fit("N_o", max_time=Fraction(9), max_memory=5, **held).rows[0].largest == 4
    assert fit("N_o", max_time=Fraction(3), max_memory=5, **held).rows[0].largest == 1


def test_a_machine_limits_what_is_to_fit_it_by_itself():
    """64 -> N_o, 3x3, 56x56, one byte: maps of 56² (64 + N_o), up to 327680; 576 N_o weights, up to 2^20."""
    chip = Execution(Machine(432 * 10**6, 864 * 10**6, bytes=1, memory=320 * 1024, storage=1024**2))
    held = {"n_i": 64, "size": 56, "schemes": ["standard"]}
    row = fit("N_o", execution=chip, **held).rows[0]
    assert (row.largest, row.limited_by) == (327_680 // 56**2 - 64, ("memory",))
    assert (row.totals.memory, row.totals.storage) == (56**2 * (64 + 40), 576 * 40)
    larger = fit("N_o", execution=chip, max_memory=10**7, **held)
    assert larger.rows[0].largest == 1024**2 // 576
    assert larger.budget == Budget(memory=10**7, storage=1024**2, of_machine=("storage",))
    one_memory = Execution(Machine(1, 1, bytes=1, memory=320 * 1024))
    row = fit("N_o", execution=one_memory, **held).rows[0]
    assert row.largest == (327_680 - 56**2 * 64) // (56**2 + 576)
    assert row.totals.memory == 56**2 * (64 + row.largest) + 576 * row.largest


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"max_time": Fraction(1)}, "max_time"),
        ({"execution": Execution(Machine(1, 1))}, "max_macs"),
        ({"max_memory": 10, "size": None}, "size"),
        ({"max_storage": 0}, "max_storage"),
        ({"max_time": Fraction(0), "execution": Execution(Machine(1, 1))}, "max_time"),
    ],
)
def test_what_of_a_run_cannot_be_answered_is_refused(given, field):
    with pytest.raises(FieldError) as caught:
        fit("N_o", **{"n_i": 4, "size": 5, **given})
    assert caught.value.field == field


def test_memory_does_not_grow_with_a_kernel_but_time_does():
    how = Execution(Machine(100, 100))
    held = {"n_i": 4, "n_o": 4, "size": 5, "schemes": ["standard"], "execution": how}
    row = fit("k", max_memory=10**6, **held).rows[0]
    assert row.reason == "nothing limits it: bytes of memory do not grow with k"
    # 16 k² 25 MACs / 100 = 4 k² s
    assert fit("k", max_time=Fraction(4 * 49), **held).rows[0].largest == 7
    held = {"n_i": 4, "n_o": 8, "size": 5, "schemes": ["standard"], "execution": how}
    row = fit("gamma", max_time=Fraction(10**6), **held).rows[0]
    assert row.reason == "nothing limits it: time does not grow with gamma"


NETWORK = """channels = 3
size = 9
[[layer]]
out = 16
kernel = 3
[[layer]]
out = 64
kernel = 3
scheme = "separable"
[[layer]]
dense = 10
"""


FALLING = """channels = 3
size = 5
[[layer]]
out = 16
kernel = 3
[[layer]]
out = 16
kernel = 3
groups = 8
[[layer]]
out = 24
kernel = 1
"""


def random_measured(random):
    """A machine whose larger memories may be the faster ones, and that likes some kinds of stage more."""
    sizes = sorted(random.sample(range(200, 3000), 2))
    caches = tuple(Cache(size, random.randint(1, 40)) for size in sizes)
    parts = {kind: Fraction(random.randint(1, 20), 20) for kind in STAGE_KINDS}
    measured = Measured(caches, Fraction(random.randint(0, 3)), parts)
    return Machine(random.randint(100, 2000), random.randint(1, 40), bytes=1, measured=measured)


def test_the_widest_network_in_a_time_is_the_one_that_trying_all_finds(tmp_path):
    """In 8 groups, 8 channels are depthwise and 16 are not, which may be faster; so may a larger cache."""
    random = Random("fit a width in a time")
    path = tmp_path / "network.toml"
    path.write_text(FALLING)
    widths = [Fraction(step, 100) for step in range(1, 301)]
    networks = {}
    for width in widths:
        with suppress(FileError):
            networks[width] = read_toml(path, width)
    told = fell = 0
    for _ in range(tries(8)):
        how = Execution(random_measured(random))
        times = {width: Measures(network, how).times.seconds for width, network in networks.items()}
        most = list(accumulate(times.values(), max))
        fallen = [seconds for seconds, before in zip(times.values(), most, strict=True) if seconds < before]
        limit = random.choice(fallen or list(times.values()))
        found = fit_width(path, max_time=limit, execution=how)
        assert found.totals.time <= limit
        if found.width <= widths[-1]:
            within = [width for width, seconds in times.items() if seconds <= limit]
            assert found.width == within[-1], how
            told += 1
            fell += any(seconds > limit for width, seconds in times.items() if width < within[-1])
    assert told > tries(2)
    assert fell


@pytest.mark.parametrize("storage", [None, 40_000])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_widest_network_that_fits_a_machine_is_the_one_that_trying_all_finds(tmp_path, storage, batch):
    path = tmp_path / "network.toml"
    path.write_text(NETWORK)
    last = {}
    for memory in (3000, 9000, 14_000, 30_000):
        how = Execution(Machine(100, 100, bytes=1, memory=memory, storage=storage), batch=batch)
        for step in range(1, 301):
            network = read_toml(path, Fraction(step, 100)).for_batch(batch)
            if all(check.passed for check in Measures(network, how).fits()):
                last[memory] = Fraction(step, 100)
        found = fit_width(path, execution=how)
        assert found.width == last.get(memory)
        if found.width is not None:
            network = read_toml(path, found.width).for_batch(batch)
            assert found.totals.macs == network.macs
            assert found.totals.memory == Measures(network, how).fits()[0].value
    assert len(set(last.values())) > 1
