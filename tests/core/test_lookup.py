"""A row by its name, in every result alike; and which names a mistyped one may have meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepcost import Layer, breakeven, compare
from sepcost.core.errors import QuantityError
from sepcost.core.spelling import meant, slips_between
from sepcost.fitting import fit
from sepcost.hardware.machines import find_machine
from sepcost.network.audit import audit
from sepcost.network.bounds import network_bound
from sepcost.network.layer import NetworkLayer
from sepcost.network.model import Network

LAYER = Layer(64, 64, size=56)
CONV = NetworkLayer("separable", "Conv", 8, 8, 64, (3, 3), reads=512, writes=512)
NETWORK = Network("net", "toml", (1, 8, 8, 8), (CONV,))

LOOK_UPS = {
    "compare": compare(LAYER, ["separable", "standard"]).scheme,
    "breakeven": breakeven(schemes=["separable", "generalized"], gamma=4).scheme,
    "fit": fit("N_o", n_i=64, max_weights=10**6, schemes=["separable", "standard"]).scheme,
    "network": network_bound(audit(NETWORK), None).layer,
}


@pytest.mark.parametrize("look_up", LOOK_UPS.values(), ids=LOOK_UPS)
def test_every_result_says_which_name_was_meant(look_up):
    assert look_up("separable")
    with pytest.raises(QuantityError, match=r"^'seperable' is not .*; did you mean separable\?$"):
        look_up("seperable")
    with pytest.raises(QuantityError, match=r"^'' is not .*; the names are (separable|standard)"):
        look_up("")


def test_a_machine_is_looked_up_as_a_scheme_is():
    with pytest.raises(QuantityError, match=r"did you mean h100-fp8 or h100-fp16\?$"):
        find_machine("h100")


OPTIONS = [f"--{name}" for name in ("no", "ni", "max-macs", "max-weights", "output", "scheme", "stride")]
LAYER_KEYS = ["name", "out", "kernel", "stride", "dilation", "padding", "scheme", "pool", "dense", "repeat"]


@pytest.mark.parametrize(
    ("typed", "known", "names"),
    [
        ("max", OPTIONS, ["--max-macs", "--max-weights"]),
        ("macs", OPTIONS, ["--max-macs"]),
        ("n", OPTIONS, ["--no", "--ni"]),
        ("nii", OPTIONS, ["--ni"]),
        ("schmee", OPTIONS, ["--scheme"]),
        ("SCHEME", OPTIONS, ["--scheme"]),
        # As near as half of the letters is not near.
        ("groups", OPTIONS, []),
        ("se", LAYER_KEYS, []),
        ("upsample", LAYER_KEYS, []),
        ("x", OPTIONS, []),
        ("", OPTIONS, []),
    ],
)
def test_a_word_means_what_it_begins_or_is_part_of_else_what_is_a_slip_away(typed, known, names):
    assert meant(typed, known) == names


words = st.text("abc", max_size=5)


def oracle(typed, name):
    """The same distance, by trying each way to end."""
    if not typed or not name:
        return len(typed) + len(name)
    ways = [
        oracle(typed[:-1], name[:-1]) + (typed[-1] != name[-1]),
        oracle(typed[:-1], name) + 1,
        oracle(typed, name[:-1]) + 1,
    ]
    if len(typed) > 1 and len(name) > 1 and typed[-2:] == name[-2:][::-1]:
        ways.append(oracle(typed[:-2], name[:-2]) + 1)
    return min(ways)


@given(words, words)
def test_slips_are_counted_as_by_trying_each_way(typed, name):
    assert slips_between(typed, name) == oracle(typed, name)


@given(st.text(max_size=12), st.lists(st.text(max_size=12)))
def test_only_known_names_are_meant(typed, known):
    assert set(meant(typed, known)) <= set(known)


@given(st.text("abcx", min_size=1), st.lists(st.text("abc"), max_size=5))
def test_a_known_name_may_mean_itself(typed, others):
    assert typed in meant(typed, [*others, typed])
