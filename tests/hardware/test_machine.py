"""Machines: those that are known, those in files, and what is refused."""

import re
from fractions import Fraction

import pytest

from sepcost.core.errors import FieldError, FileError, QuantityError, one_of
from sepcost.hardware.machine import Machine
from sepcost.hardware.machine_file import read_machine
from sepcost.hardware.machine_keys import MACHINE_KEYS
from sepcost.hardware.machines import MACHINE_NAMES, MACHINES, find_machine

KEYS = [key.name for key in MACHINE_KEYS]
GOOD = 'name = "mine"\npeak = "495T"\nbandwidth = "3.35T"\nbytes = 2\nsource = "measured"\n'


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "machine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_balance_is_peak_by_bandwidth_exactly():
    assert Machine(495 * 10**12, 3_350 * 10**9).balance == Fraction(495_000, 3_350)


@pytest.mark.parametrize(
    ("name", "peak", "bandwidth", "element_size"),
    [
        ("h100-fp16", 494_700_000_000_000, 3_350_000_000_000, 2),  # 989.4 T FLOPS / 2
        ("a100-tf32", 78_000_000_000_000, 2_039_000_000_000, 4),  # 156 T FLOPS / 2
        ("ryzen-9-7950x", 16 * 16 * 4_500_000_000, 83_200_000_000, 4),
        ("raspberry-pi-5", 4 * 8 * 2_400_000_000, 17_068_000_000, 4),
        ("stm32h743-int8", 960_000_000, 1_920_000_000, 1),
    ],
)
def test_the_figures_of_machines_that_people_target(name, peak, bandwidth, element_size):
    machine = find_machine(name)
    assert (machine.peak, machine.bandwidth, machine.bytes) == (peak, bandwidth, element_size)


def test_machines_stand_by_falling_peak():
    peaks = [machine.peak for machine in MACHINES]
    assert peaks == sorted(peaks, reverse=True)


def test_every_machine_has_a_name_of_its_own_and_a_source_that_says_how_macs_were_counted():
    assert len(set(MACHINE_NAMES)) == len(MACHINES)
    for machine in MACHINES:
        assert machine.name == machine.name.lower()
        assert "MAC" in machine.source
        assert "B/s" in machine.source


def test_sizes_go_by_powers_of_1024_as_the_source_names_them():
    """80 GB of HBM are 5 stacks of 16 GiB, and 320 Kbytes of SRAM 327,680 bytes."""
    units = {2**30: " GB", 2**20: " M(byte|B)", 2**10: " K(bytes|B)"}
    sizes = [(each, size) for each in MACHINES for size in (each.memory, each.storage) if size is not None]
    for machine, size in sizes:
        scale, unit = next((scale, unit) for scale, unit in units.items() if size % scale == 0)
        assert re.search(rf"\b{size // scale}{unit}", machine.source), machine.name


def test_a_file_holds_a_machine(written):
    machine = Machine(495 * 10**12, 3_350 * 10**9, 2, "mine", "measured")
    assert read_machine(written(GOOD)) == find_machine(written(GOOD)) == machine


def test_a_file_needs_no_more_than_its_rates(written):
    found = read_machine(written("peak = 960000000\nbandwidth = 1920000000\n"))
    assert found == Machine(960_000_000, 1_920_000_000, 4)
    assert (found.name, found.source) == (None, None)


def test_a_file_may_say_what_memory_and_storage_there_are(written):
    found = read_machine(written(GOOD + 'memory = "320Ki"\nstorage = 1000000\n'))
    assert (found.memory, found.storage) == (320 * 1024, 1_000_000)


def test_a_rate_with_an_exponent_is_a_whole_number(written):
    assert read_machine(written("peak = 495e12\nbandwidth = 3.35e12\n")).peak == 495 * 10**12


def test_a_name_steers_no_terminal(written):
    found = read_machine(written('name = "a\\u001b[2J"\npeak = 1\nbandwidth = 1\n'))
    assert found.name == "a\N{REPLACEMENT CHARACTER}[2J"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("peak", "peek"), "'peek': is not a key; did you mean peak?"),
        (GOOD + "watts = 4\n", f"'watts': is not a key; the keys are {', '.join(KEYS)}"),
        ('bandwidth = "1T"\n', "peak: is missing"),
        ('peak = "1T"\n', "bandwidth: is missing"),
        (
            'memory = "320Ki"\nstorage = "1MiB"\nbytes = 1\n',
            "peak: is missing, and so is bandwidth: what fits is told without a machine, "
            "by audit, compare or fit --max-memory 320Ki --max-storage 1MiB --bytes 1",
        ),
        ('memory = "1_0"\n', "memory: '1_0' is not a number"),
        (GOOD.replace("495T", "495t"), "peak: '495t' has no known unit; the units are k, M, G and T"),
        (GOOD.replace("495T", "0"), "peak: '0' is not a whole number of at least 1 after scaling"),
        (GOOD.replace("495T", "fast"), "peak: 'fast' is not a number such as"),
        (GOOD.replace('"495T"', "494.5"), "peak: is not a rate"),
        (GOOD.replace('"495T"', "nan"), "peak: is not a rate"),
        (GOOD.replace('"495T"', "true"), "peak: is not a rate"),
        (GOOD.replace('"3.35T"', "-1"), "bandwidth: is not a rate"),
        (GOOD.replace('"3.35T"', "inf"), "bandwidth: is not a rate"),
        (GOOD.replace('"3.35T"', f"1{'0' * 90}"), "bandwidth: is not a rate"),
        (GOOD + 'memory = "320ki"\n', "memory: '320ki' has no known unit; the units are k, M, G, T, Ki, Mi"),
        (GOOD + "memory = 0\n", "memory: is not a size"),
        (GOOD + "storage = 1.5\n", "storage: is not a size"),
        (GOOD + "storage = true\n", "storage: is not a size"),
        (GOOD.replace("bytes = 2", "bytes = 0"), "bytes: '0' is not a whole number from 1"),
        (GOOD.replace("bytes = 2", "bytes = 0.5"), "bytes: 0.5 is not a whole number from 1"),
        (GOOD.replace("bytes = 2", 'bytes = "2"'), "bytes: '2' is not a whole number but a text"),
        (GOOD.replace('"mine"', '""'), "name: is not a text of 1 to"),
        (GOOD.replace('"mine"', "7"), "name: is not a text of 1 to"),
        ("peak = ", "is not TOML"),
        ("", "is empty"),
        ("[" * 100, "is not TOML: it is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_name_and_key(written, text, problem):
    path = written(text)
    with pytest.raises(FileError) as caught:
        read_machine(path)
    assert str(caught.value).startswith(f"{path}: {problem}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        find_machine(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        find_machine(str(tmp_path / "folder.toml"))


def test_an_unknown_name_is_refused_with_the_nearest_or_with_all():
    with pytest.raises(QuantityError, match=r"did you mean h100-fp16\?"):
        find_machine("H100-fp-16")
    for typed in ("h100", "H100", "100-fp16", "int8"):
        with pytest.raises(QuantityError) as refused:
            find_machine(typed)
        meant = [name for name in MACHINE_NAMES if typed.lower() in name]
        assert str(refused.value).endswith(f"; did you mean {one_of(meant)}?")
    with pytest.raises(QuantityError, match="the names are h100-fp8, h100-fp16"):
        find_machine("zzz")


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ({"peak": 0}, "peak"),
        ({"peak": 1.5}, "peak"),
        ({"bandwidth": True}, "bandwidth"),
        ({"bandwidth": "3T"}, "bandwidth"),
        ({"bytes": 0}, "bytes"),
        ({"bytes": 10**9 + 1}, "bytes"),
    ],
)
def test_figures_that_cannot_hold_are_refused_by_name(figures, field):
    with pytest.raises(FieldError) as caught:
        Machine(**{"peak": 1, "bandwidth": 1, **figures})
    assert caught.value.field == field
