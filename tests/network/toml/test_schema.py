"""JSON Schemas of the files that are read: they take what the readers take, and nothing else."""

import json
import tomllib

import jsonschema
import pytest

from sepcost.core.errors import FileError
from sepcost.core.scheme_file import read_schemes
from sepcost.core.scheme_keys import SCHEME_KEYS, STAGE_KEYS, scheme_schema
from sepcost.hardware.machine_file import machine_toml, read_machine
from sepcost.hardware.machine_keys import CACHE_KEYS, MACHINE_KEYS, machine_schema
from sepcost.hardware.machines import MACHINES
from sepcost.hardware.measured import STAGE_KINDS
from sepcost.network.budget_keys import BUDGET_KEYS, budgets_schema
from sepcost.network.toml.keys import LAYER_KEYS, NETWORK_KEYS, network_schema
from sepcost.network.toml.read import read_design
from tests.cli.program import ROOT, sepcost
from tests.network.toml.networks import HEAD, written

NETWORK = jsonschema.Draft202012Validator(network_schema())
BUDGETS = jsonschema.Draft202012Validator(budgets_schema())
SCHEMES = jsonschema.Draft202012Validator(scheme_schema())
MACHINE = jsonschema.Draft202012Validator(machine_schema())
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_keeps_the_schema_of_its_kind(path):
    content = tomllib.loads(path.read_text())
    told = {"layer": NETWORK, "budget": BUDGETS, "scheme": SCHEMES, "peak": MACHINE}
    (validator,) = (validator for key, validator in told.items() if key in content)
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
        ({"max_macs": "5Ki"}, False),
        ({"max_memory": "5Ki"}, True),
        ({"max_storage": "5ki"}, False),
        ({"max_time": 5, "machine": "raspberry-pi-5"}, False),
        ({"max_time": "5h", "machine": "raspberry-pi-5"}, False),
    ],
)
def test_the_schema_of_budgets_takes_what_a_budget_may_say(budget, taken):
    assert BUDGETS.is_valid({"budget": [{"name": "b", "network": "n.toml", **budget}]}) is taken


def test_every_key_says_what_it_is_for():
    others = (*BUDGET_KEYS, *SCHEME_KEYS, *STAGE_KEYS, *MACHINE_KEYS, *CACHE_KEYS)
    for key in (*NETWORK_KEYS, *(each.key for each in LAYER_KEYS), *others):
        assert key.summary
        assert "description" in key.schema


RATES = 'peak = "110G"\nbandwidth = 39_000_000_000\n'
CACHE = '[[cache]]\nsize = "512Ki"\nbandwidth = "60G"\n'


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (RATES, True),
        ("peak = 495e12\nbandwidth = 1\n", True),
        (RATES + 'name = "here"\nsource = "a page"\nbytes = 2\nmemory = "320Ki"\nstorage = 1024', True),
        (RATES + 'memory = "320KiB"\nstorage = "1MB"', True),
        (RATES + 'launch = "2.5us"\nerror = 0.18\n' + CACHE, True),
        (RATES + "[efficiency]\n" + "".join(f"{kind} = 0.5\n" for kind in STAGE_KINDS), True),
        (RATES + "efficiency = { dense = '1/4' }", True),
        ('peak = "110G"', False),
        (RATES + "watts = 4", False),
        (RATES.replace("110G", "110g"), False),
        (RATES.replace("110G", "fast"), False),
        (RATES.replace('"110G"', "0"), False),
        (RATES.replace('"110G"', "1.5"), False),
        (RATES.replace('"110G"', "true"), False),
        (RATES + "bytes = 0", False),
        (RATES + "bytes = '2'", False),
        (RATES + "memory = '320ki'", False),
        (RATES + "name = ''", False),
        (RATES + "name = 3", False),
        (RATES + "launch = 3", False),
        (RATES + "launch = '3'", False),
        (RATES + "launch = '3h'", False),
        (RATES + "error = -0.1", False),
        (RATES + "efficiency = 0.5", False),
        (RATES + "efficiency = { depthwize = 0.5 }", False),
        (RATES + "efficiency = { dense = 1000 }", False),
        (RATES + "cache = 3", False),
        (RATES + "cache = []", False),
        (RATES + "[[cache]]\nsize = 2", False),
        (RATES + CACHE + "speed = 3", False),
    ],
)
def test_the_schema_of_a_machine_takes_what_the_reader_takes(tmp_path, text, taken):
    check_taken(tmp_path, MACHINE, read_machine, text, taken)


def test_every_known_machine_as_a_file_keeps_the_schema():
    for machine in MACHINES:
        MACHINE.validate(tomllib.loads(machine_toml(machine)))


STAGE = "[[scheme.stage]]\nname = 'a'\nwrites = 'N_o'\n"
OWN = "[[scheme]]\nname = 'own'\n"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (OWN + STAGE, True),
        (OWN + "summary = 'one'\nsource = 'a paper'\nparameters = { s = 'N_i/4', t = 2 }\n" + STAGE, True),
        (OWN + STAGE + "groups = 1\nkernel = 'rows'\nfrom = 'input'\njoins = false", True),
        (OWN + STAGE.replace("'N_o'", "'sqrt(gamma)^2 * N_o**2 / (N_o*gamma)'"), True),
        (OWN + STAGE + OWN.replace("own", "other-1") + STAGE, True),
        (OWN, False),
        (STAGE.replace("scheme.stage", "stage"), False),
        ("scheme = []", False),
        ("scheme = { name = 'own' }", False),
        ("[[scheme]]\n" + STAGE, False),
        (OWN.replace("own", "my own") + STAGE, False),
        (OWN + "colour = 'red'\n" + STAGE, False),
        (OWN + "summary = 3\n" + STAGE, False),
        (OWN + "parameters = 3\n" + STAGE, False),
        (OWN + "parameters = { __class__ = '4' }\n" + STAGE, False),
        (OWN + "parameters = { s = 1.5 }\n" + STAGE, False),
        (OWN + STAGE.replace("writes", "write"), False),
        (OWN + STAGE.replace("'N_o'", "1.5"), False),
        (OWN + STAGE.replace("'N_o'", "true"), False),
        (OWN + STAGE.replace("'N_o'", "'max(N_o, 8)'"), False),
        (OWN + STAGE.replace("'N_o'", "'N_o; 1'"), False),
        (OWN + STAGE + "kernel = '3x3'", False),
        (OWN + STAGE + "joins = 'yes'", False),
        (OWN + STAGE + "groups = 0", False),
        (OWN + STAGE + "stride = 2", False),
    ],
)
def test_the_schema_of_schemes_takes_what_the_reader_takes(tmp_path, text, taken):
    check_taken(tmp_path, SCHEMES, read_schemes, text, taken)


def check_taken(folder, validator, read, text, taken):
    assert validator.is_valid(tomllib.loads(text)) is taken
    path = folder / "file.toml"
    path.write_text(text)
    try:
        read(path)
    except FileError:
        assert not taken
    else:
        assert taken


@pytest.mark.parametrize("name", ["network", "budgets", "scheme", "machine"])
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
