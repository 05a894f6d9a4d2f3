"""JSON Schemas of a network and of budgets: they take what the readers take, and nothing else."""

import json
import tomllib

import jsonschema
import pytest

from sepcost.core.errors import FileError
from sepcost.network.budget_keys import BUDGET_KEYS, budgets_schema
from sepcost.network.toml.keys import LAYER_KEYS, NETWORK_KEYS, network_schema
from sepcost.network.toml.read import read_design
from tests.cli.program import ROOT, sepcost
from tests.network.toml.networks import HEAD, written

NETWORK = jsonschema.Draft202012Validator(network_schema())
BUDGETS = jsonschema.Draft202012Validator(budgets_schema())
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_keeps_the_schema_of_its_kind(path):
    content = tomllib.loads(path.read_text())
    kinds = [validator for key, validator in (("layer", NETWORK), ("budget", BUDGETS)) if key in content]
    assert kinds or "peak" in content or "scheme" in content
    for validator in kinds:
        validator.validate(content)


CONV = "out = 8\nkernel = 3\n"
TAKEN = [
    CONV,
    CONV + "stride = [2, 1]\npadding = 'valid'\nbias = 'last'",
    CONV + "groups = 1\nse = 4\nscale = false",
    CONV + "scheme = 'inverted'\nexpansion = 2\nresidual = true\nrepeat = 2",
    CONV + "add = ['a', 'b']",
    "pool = 'global'",
    "dense = 10\nbias = true",
    "upsample = 2",
    "se = 4",
    "concat = ['a', 'b']",
    "repeat = 2\n[[layer.layer]]\n" + CONV,
]
REFUSED = [
    "out = 8",
    "kernel = 3",
    CONV + "strid = 2",
    CONV + "dense = 3",
    CONV + "padding = 'sama'",
    CONV + "padding = -1",
    CONV + "stride = 0",
    CONV + "stride = [1, 1, 1, 1]",
    CONV + "transposed = 1",
    CONV + "bias = 'first'",
    CONV + "from = 'a'\nadd = ['a', 'b']",
    CONV + "add = ['a']",
    "pool = 2\nkernel = 3",
    "dense = 3\nse = 4",
    "upsample = 'two'",
    "se = 0",
    "repeat = 2\nlayer = []",
    "repeat = 2\n[[layer.layer]]\nkernel = 3",
    "from = 'a'",
]


@pytest.mark.parametrize(
    ("layer", "taken"), [(each, True) for each in TAKEN] + [(each, False) for each in REFUSED]
)
def test_the_schema_takes_the_layers_that_the_reader_takes(tmp_path, layer, taken):
    text = f"{HEAD}[[layer]]\n{layer}\n"
    assert NETWORK.is_valid(tomllib.loads(text)) is taken
    try:
        read_design(written(tmp_path, text))
    except FileError:
        assert not taken
    else:
        assert taken


def test_a_scheme_of_ones_own_may_have_keys_of_its_own():
    layer = {"out": 8, "kernel": 3, "scheme": "fire", "s": 4}
    NETWORK.validate({"channels": 3, "size": 8, "layer": [layer]})
    assert not NETWORK.is_valid({"channels": 3, "size": 8, "layer": [{**layer, "s": "wide"}]})
    assert not NETWORK.is_valid({"channels": 3, "size": 8, "layer": [{**layer, "scheme": "grouped"}]})


@pytest.mark.parametrize(
    ("budget", "taken"),
    [
        ({"max_macs": "1M"}, True),
        ({"max_macs": 5, "width": 0.5, "size": [8, 8]}, True),
        ({"max_time": "5ms", "machine": "raspberry-pi-5", "size": "8x8", "width": "3/4"}, True),
        ({}, False),
        ({"max_mac": 5}, False),
        ({"max_macs": 5, "width": -1}, False),
    ],
)
def test_the_schema_of_budgets_takes_what_a_budget_may_say(budget, taken):
    assert BUDGETS.is_valid({"budget": [{"name": "b", "network": "n.toml", **budget}]}) is taken


def test_every_key_says_what_it_is_for():
    for key in (*NETWORK_KEYS, *(each.key for each in LAYER_KEYS), *BUDGET_KEYS):
        assert key.summary
        assert "description" in key.schema


@pytest.mark.parametrize("name", ["network", "budgets"])
def test_the_command_prints_a_schema_that_is_one(name, tmp_path):
    done = sepcost("schema", name)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.text)
    jsonschema.Draft202012Validator.check_schema(found)
    path = tmp_path / "schema.json"
    assert sepcost("schema", name, "-o", str(path)).text == ""
    assert path.read_text() == done.text


def test_a_schema_that_is_none_is_refused_with_the_nearest():
    done = sepcost("schema", "networks")
    assert done.code == 2
    assert "did you mean network" in done.err
