"""Networks in TOML through the commands that take them: their own schemes, sizes, widths, and errors."""

import json

import pytest

from tests.cli.program import ROOT, sepcost
from tests.own import FIRE, as_toml

MOBILENET_V2 = str(ROOT / "examples" / "mobilenet_v2.toml")
NETWORK = (
    "channels = 96\nsize = 55\n[[layer]]\nname = 'fire2'\nout = 128\nkernel = 3\nscheme = 'fire'\ns = 16\n"
)
WEIGHTS = 96 * 16 + 16 * 64 + 16 * 64 * 9


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "schemes.toml").write_text(as_toml(FIRE))
    (tmp_path / "net.toml").write_text(NETWORK)
    budget = f"[[budget]]\nname = 'b'\nnetwork = 'net.toml'\nmax_weights = {WEIGHTS}\n"
    (tmp_path / "budgets.toml").write_text(budget)
    return tmp_path


def test_a_scheme_of_ones_own_builds_a_network_in_every_command(folder):
    schemes = ("--schemes", str(folder / "schemes.toml"))
    done = sepcost("audit", str(folder / "net.toml"), *schemes, "-f", "json")
    assert json.loads(done.text)["totals"]["weights"] == WEIGHTS
    assert sepcost("check", str(folder / "budgets.toml"), *schemes).code == 0
    fitted = sepcost("fit", str(folder / "net.toml"), *schemes, "--max-weights", "50k", "-f", "json")
    assert json.loads(fitted.text)["results"][0]["largest"]
    without = sepcost("audit", str(folder / "net.toml"))
    assert without.code == 2
    assert "net.toml: layer 'fire2': scheme: 'fire' is not a scheme" in without.err


def audit(path, *options):
    done = sepcost("audit", str(path), "-f", "json", *options)
    assert done.err == ""
    return json.loads(done.text)


@pytest.mark.parametrize(
    ("size", "option", "length"),
    [([100], "128", [128]), ([8, 64, 64], "16", [16, 16, 16]), ([8, 64, 64], "4x32x32", [4, 32, 32])],
)
def test_a_size_has_as_many_lengths_as_the_maps_have_axes(tmp_path, size, option, length):
    path = tmp_path / "net.toml"
    path.write_text(f"channels = 3\nsize = {size}\n[[layer]]\nout = 8\nkernel = 3\n")
    assert audit(path)["network"]["input"] == [1, 3, *size]
    assert audit(path, "--size", option)["network"]["input"] == [1, 3, *length]
    wrong = sepcost("audit", str(path), "--size", "9x9")
    assert wrong.code == 2
    assert "-s: 9x9 is for 2 axes, where maps have" in wrong.err


@pytest.mark.parametrize(("divisor", "channels"), [("divisor = 8", 48), ("", 44)])
def test_a_width_rounds_by_the_networks_divisor_else_down(tmp_path, divisor, channels):
    """32 x 1.4 = 44.8, whose nearest multiple of 8 is 48."""
    path = tmp_path / "net.toml"
    path.write_text(f"channels = 3\nsize = 224\n{divisor}\n[[layer]]\nout = 32\nkernel = 3\nstride = 2\n")
    (layer,) = audit(path, "--width", "1.4")["layers"]
    assert (layer["n_o"], layer["weights"]) == (channels, channels * 3 * 9)


def test_the_width_of_mobilenet_v2_is_fitted():
    found = json.loads(sepcost("fit", MOBILENET_V2, "--max-macs", "97M", "-f", "json").text)["results"][0]
    assert float(found["largest"]) < 0.5
    assert found["macs"] == audit(MOBILENET_V2, "--width", str(found["largest"]))["totals"]["macs"] <= 97e6


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "latex"])
def test_every_format_shows_a_network_of_blocks_and_branches(format_):
    for name in ("unet", "efficientnet_b0", "shufflenet_v1", "resnet18"):
        done = sepcost("audit", str(ROOT / "examples" / f"{name}.toml"), "-f", format_)
        assert (done.code, done.err) == (0, "")
        assert "classifier" in done.text or "mask" in done.text
