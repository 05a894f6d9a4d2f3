"""What has changed between two networks: matched by name, then by kind and sizes; a new name is no change."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sepcost.network.changes import changes
from sepcost.network.read import read_network
from tests.cli.program import ROOT
from tests.network.layers import conv, network


def names(found):
    return [[layer.name for layer in some] for some in (found.added, found.removed)]


def test_changes_are_matched_by_name():
    before = network(conv("same"), conv("gone", n_o=8), conv("wider"))
    after = network(conv("wider", n_o=128), conv("new", n_o=16), conv("same"))
    found = changes(after, before)
    assert names(found) == [["new"], ["gone"]]
    assert [(was.n_o, now.n_o) for was, now in found.changed] == [(64, 128)]
    assert changes(before, before) == changes(network(), network())


def test_a_renamed_layer_is_unchanged_also_where_its_weights_are_shared():
    before = network(conv("a"), conv("b", shares="a"), conv("c", n_o=8))
    after = network(conv("stem.a"), conv("stem.b", shares="stem.a"), conv("head.c", n_o=8))
    assert changes(after, before) == changes(network(), network())


def test_a_file_that_states_biases_is_no_other_network_than_one_that_leaves_them_out():
    with_biases = network(replace(conv("stem"), biases=64), replace(conv("fc", n_o=8), biases=8))
    assert changes(with_biases, network(conv("stem"), conv("classifier", n_o=8))) == changes(
        network(), network()
    )


def test_one_network_in_toml_and_as_pytorch_exported_it_is_unchanged():
    exported, written = (read_network(ROOT / f"examples/resnet18.{ending}") for ending in ("pt2", "toml"))
    assert changes(exported, written) == changes(network(), network())


def numbered(*outs):
    return network(*(conv(f"node_Conv_{place}", n_o=n_o) for place, n_o in enumerate(outs)))


def test_numbers_that_an_exporter_gives_match_nothing_by_themselves():
    """One convolution of several becomes two, and every later one has another number."""
    found = changes(numbered(8, 16, 24, 25, 40), numbered(8, 16, 32, 40))
    assert [layer.n_o for layer in found.added] == [25]
    # what is left under one number may well be the same layer, made anew
    assert [(was.n_o, now.n_o) for was, now in found.changed] == [(32, 24)]
    assert found.removed == ()


def test_a_name_is_stronger_than_a_size():
    found = changes(network(conv("a", n_o=128), conv("b", n_o=64)), network(conv("a", n_o=64)))
    assert names(found) == [["b"], []]
    assert [(was.n_o, now.n_o) for was, now in found.changed] == [(64, 128)]


SIZES = st.lists(st.integers(1, 4), max_size=8)


@given(SIZES, SIZES, st.booleans())
def test_every_layer_is_unchanged_changed_or_on_one_side_alone(before, after, same_names):
    old = network(
        *(conv(f"layer{place}" if same_names else f"old{place}", n_o=n) for place, n in enumerate(before))
    )
    new = network(*(conv(f"layer{place}", n_o=n) for place, n in enumerate(after)))
    found = changes(new, old)
    assert len(after) - len(found.added) == len(before) - len(found.removed)
    if not same_names:
        assert found.changed == ()
        assert len(found.added) == sum(max(after.count(n) - before.count(n), 0) for n in set(after))
    assert sum(layer.macs for layer in new.layers) - sum(layer.macs for layer in old.layers) == (
        sum(layer.macs for layer in found.added)
        - sum(layer.macs for layer in found.removed)
        + sum(now.macs - was.macs for was, now in found.changed)
    )
