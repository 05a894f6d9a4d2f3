"""sepcost fit: what its formats and its exit codes promise; what fits is tested beside."""

import csv
import io

import pytest

from tests.cli.program import ROOT, sepcost

FIT = ("fit", "--ni", "64", "-k", "3", "-s", "56", "--max-macs", "50M", "--for", "no")
LIMITS = "--max-weights, --max-macs, --max-memory, --max-storage, --max-time or --machine with memory"
MOBILENET = str(ROOT / "examples" / "mobilenet_v1.toml")


def document(*arguments):
    done = sepcost("fit", *arguments, "-f", "json")
    assert (done.code, done.err) == (0, "")
    return done.json


def test_json_says_what_was_asked_and_what_fits():
    found = sepcost(*FIT, "-f", "json").json
    assert list(found) == ["schema", "convention", "unknown", "given", "budget", "results"]
    assert found["schema"] == "sepcost/fit/1"
    assert found["convention"] == {"unit": "MAC", "bias": False, "batch": 1}
    assert (found["unknown"], found["budget"]) == ("N_o", {"macs": 50_000_000})
    assert found["given"] == {
        "n_i": 64,
        "f_r": 3,
        "f_c": 3,
        "l_r": 56,
        "l_c": 56,
        "stride": [1, 1],
        "dilation": [1, 1],
        "padding": "same",
    }
    assert [row["scheme"] for row in found["results"]] == [
        "standard",
        "separable",
        "generalized",
        "distributed",
    ]
    assert found["results"][1] == {
        "scheme": "separable",
        "largest": 240,
        "weights": 15_936,
        "macs": 49_975_296,
        "limited_by": ["macs"],
    }


def test_json_gives_a_reason_where_nothing_is_the_largest():
    found = document("--for", "ni", "--no", "64", "--max-weights", "10k", "--scheme", "generalized")
    assert found["results"] == [
        {
            "scheme": "generalized",
            "largest": None,
            "weights": None,
            "macs": None,
            "limited_by": [],
            "reason": "nothing limits it: weights do not grow with N_i",
        }
    ]


def test_what_fits_is_within_the_budget_for_compare_too():
    for row in sepcost(*FIT, "-f", "json").json["results"]:
        layer = ("compare", "--ni", "64", "-s", "56", "--scheme", row["scheme"], "--max-macs", "50M")
        assert sepcost(*layer, "--no", str(row["largest"])).code == 0
        assert sepcost(*layer, "--no", str(row["largest"] + 1)).code in (1, 2)


def test_csv_has_the_rows_of_json():
    rows = list(csv.DictReader(io.StringIO(sepcost(*FIT, "-f", "csv").text)))
    assert list(rows[0]) == ["scheme", "largest", "weights", "macs", "limited_by", "reason"]
    assert [int(row["largest"]) for row in rows] == [27, 240, 64, 64]


def test_a_table_says_what_is_held_and_how_much_is_spent():
    done = sepcost(
        "fit", "--for", "kernel", "--ni", "64", "--no", "16", "--stride", "2", "--max-weights", "9k"
    )
    assert done.code == 0
    title, _, heading, *rows = done.text.splitlines()
    assert title == "Largest square kernel k within 9,000 weights: N_i = 64, N_o = 16, stride 2x2"
    assert heading.split() == ["scheme", "largest", "k", "weights", "MACs", "of", "the", "budget"]
    assert rows[0].split() == ["standard", "2", "4,096", "-", "45.5%"]
    assert "generalized: not applicable: gamma = N_o/N_i = 1/4 is below 1" in rows


def test_a_table_says_where_the_values_end():
    done = sepcost("fit", "--ni", "1", "-k", "1", "--max-weights", "1T", "--scheme", "standard")
    assert "standard: no larger N_o can be built of sizes up to 10^9; the budget is kept" in done.text


def test_a_network_is_fitted_in_its_width():
    found = document(MOBILENET, "--max-macs", "325400448")
    assert found["unknown"] == "width"
    assert found["network"] == {"name": "MobileNetV1 1.0-224", "format": "toml", "input": [1, 3, 224, 224]}
    assert found["results"] == [
        {"largest": 0.75, "weights": 2_568_144, "macs": 325_400_448, "limited_by": ["macs"]}
    ]
    table = sepcost("fit", MOBILENET, "--max-macs", "300M").text
    assert "MobileNetV1 1.0-224           0.72  2,393,470  299,816,242          99.9%" in table
    assert "nothing fits: width = 0.01" in sepcost("fit", MOBILENET, "--max-macs", "1k").text


def test_a_layer_is_fitted_to_a_machine_as_compare_holds_it_to_limits():
    chip = ("--machine", "stm32f746-int8")
    layer = ("--ni", "64", "-s", "28", "--max-time", "20ms", "--scheme", "standard")
    found = document(*layer, *chip)
    (row,) = found["results"]
    assert found["budget"] == {"memory": 320 * 1024, "storage": 1024**2, "time": 0.02}
    assert (found["source"], found["machine"]["memory"]) == ("bound", 320 * 1024)
    assert found["convention"] == {"unit": "MAC", "bias": False, "batch": 1, "bytes": 1, "fused": False}
    assert set(row["limited_by"]) == {"time"}
    limits = ("--max-memory", "320Ki", "--max-storage", "1Mi")
    held = [sepcost("compare", *layer, *chip, *limits, "--no", str(row["largest"] + more)) for more in (0, 1)]
    assert [done.code for done in held] == [0, 1]
    needs = {
        each["metric"]: each["value"]
        for each in sepcost(*held_json(layer, chip, limits, row)).json["budgets"]
    }
    assert needs == {name: row[name] for name in ("memory", "storage", "time")}


def held_json(layer, chip, limits, row):
    return ("compare", *layer, *chip, *limits, "--no", str(row["largest"]), "-f", "json")


def test_a_network_is_fitted_to_a_machine_by_itself():
    found = document(MOBILENET, "--machine", "stm32f746-int8")
    (row,) = found["results"]
    assert (row["largest"], row["memory"], row["limited_by"]) == (0.28, 313_600, ["memory"])
    checked = sepcost("audit", MOBILENET, "--width", "0.29", "--machine", "stm32f746-int8").text
    assert "does not fit: bytes of memory" in checked
    table = sepcost("fit", MOBILENET, "--machine", "stm32f746-int8").text
    assert "limits of memory and storage: those of the machine\n" in table
    table = sepcost("fit", MOBILENET, "--machine", "raspberry-pi-5").text
    assert "limit of memory: that of the machine\nmemory: of the parameters and of the maps that" in table


def columns(*line):
    """The cells under `limited by` and `of that limit`, a pair for each row of a table."""
    _, _, head, *rows = sepcost("fit", *line, "-f", "markdown").text.splitlines()
    names = [name.strip() for name in head.split("|")[1:-1]]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if row.startswith("|")][1:]
    found = [dict(zip(names, row, strict=True)) for row in cells]
    return [(row.get("limited by"), row.get("of that limit", row.get("of the budget"))) for row in found]


def test_of_several_limits_the_table_says_which_one_is_the_last_that_is_kept():
    """standard: 17 * 64 * 9 = 9,792 of 10,000 weights; the MACs, 9,792 * 56 * 56, are 61.4 % of 50 M."""
    layer = ("--ni", "64", "-s", "56", "--scheme", "standard")
    assert columns(*layer, "--max-weights", "10k", "--max-macs", "50M") == [("weights", "97.9%")]
    assert columns(*layer, "--max-weights", "10k") == [(None, "97.9%")]
    # 18 * 64 * 9 = 10,368 weights exceed the one, and times 56 * 56 the other.
    both = columns(*layer, "--max-weights", "10k", "--max-macs", "31M")
    assert both == [("weights and MACs", "99.0%")]
    nothing = columns(*layer, "--max-weights", "10", "--max-macs", "31M")
    assert nothing == [("-", "-")]


def test_the_share_is_of_the_limit_that_ends_the_values_though_another_is_nearer():
    """17 outputs keep 10,000 weights; of memory for 18, which is kept longer, their maps take 81/82."""
    layer = ("--ni", "64", "-s", "56", "--scheme", "standard")
    memory = str((64 + 18) * 56 * 56 * 4)
    assert columns(*layer, "--max-weights", "10k", "--max-memory", memory) == [("weights", "97.9%")]
    assert columns(*layer, "--max-memory", memory) == [(None, "100.0%")]


def test_a_time_that_is_too_long_is_in_the_unit_of_the_limit_beside_it(tmp_path):
    """8 outputs of 8 inputs at one position: 64 MACs of 1 us at least, as no bytes take longer."""
    slow = ("--peak", "1M", "--bandwidth", "1G")
    layer = ("--for", "no", "--ni", "8", "-k", "1", "-s", "1", "--scheme", "standard")
    text = sepcost("fit", *layer, *slow, "--max-time", "2us").text
    assert "within 2 us" in text
    assert "nothing fits: N_o = 1 already takes 8 us" in text
    path = tmp_path / "net.toml"
    path.write_text("channels = 8\nsize = 1\n[[layer]]\nout = 8\nkernel = 1\n")
    text = sepcost("fit", str(path), *slow, "--max-time", "2us").text
    assert "nothing fits: width = 0.01 already takes 64 us" in text


def test_a_batch_multiplies_what_a_network_is_fitted_in():
    once = document(MOBILENET, "--max-macs", "100M")["results"][0]
    found = document(MOBILENET, "--max-macs", "800M", "--batch", "8")
    assert found["convention"]["batch"] == 8
    assert (found["results"][0]["largest"], found["results"][0]["macs"]) == (
        once["largest"],
        once["macs"] * 8,
    )


NARROW = 4 * 3 * 9  # the weights of a layer from 3 to 4 channels, 3x3
FLOOR = 8 * 3 * 9  # and of the narrowest that a width makes of it


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        (FLOOR - 1, "; as written, the network fits"),
        (NARROW, "; as written, the network fits"),
        (NARROW - 1, ""),
    ],
)
def test_a_width_has_a_floor_that_the_network_as_written_has_not(tmp_path, limit, reason):
    path = tmp_path / "narrow.toml"
    path.write_text("channels = 3\nsize = 8\n[[layer]]\nout = 4\nkernel = 3\n")
    (row,) = document(str(path), "--max-weights", str(limit))["results"]
    assert row["largest"] is None
    assert row["reason"] == (
        f"nothing fits: width = 0.01 already takes {FLOOR} weights; no width takes an out below 8 channels"
        + reason
    )
    (row,) = document(str(path), "--max-weights", str(FLOOR))["results"]
    assert (row["largest"], row["weights"]) == (2.24, FLOOR)  # int(4 * 2.24) is 8, int(4 * 2.25) is 9


def test_a_network_may_fit_as_written_though_no_width_can_be_built(tmp_path):
    """Up to width 1 the first layer has 8 channels, no square; beyond it the second has over 10^9."""
    path = tmp_path / "unbuildable.toml"
    first = "[[layer]]\nout = 1\nkernel = 3\nscheme = 'distributed'\n"
    path.write_text(f"channels = 1\nsize = 1\n{first}[[layer]]\nout = 1000000000\nkernel = 1\n")
    (row,) = document(str(path), "--max-weights", "2G")["results"]
    assert (row["largest"], row["reason"]) == (None, "no width can be built; as written, the network fits")


def test_the_size_of_a_network_is_its_inputs():
    small = document(MOBILENET, "--max-macs", "300M", "--size", "160")["results"][0]
    assert small["largest"] > document(MOBILENET, "--max-macs", "300M")["results"][0]["largest"]
    rows = list(csv.DictReader(io.StringIO(sepcost("fit", MOBILENET, "--max-macs", "1G", "-f", "csv").text)))
    assert rows[0]["network"] == "MobileNetV1 1.0-224"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--ni 64 --max-macs 50M", "--max-macs: MACs need the input's size: give -s"),
        ("--ni 64", f"--max-macs: is missing: give {LIMITS}"),
        ("--ni 64 --machine ryzen-9-7950x -s 9", f"--max-macs: is missing: give {LIMITS}"),
        ("--ni 64 --max-memory 2Mi", "-s: is missing: bytes moved need the input's size"),
        ("--ni 64 --max-time 2ms -s 9", "--max-time: needs --machine, or --peak and --bandwidth"),
        ("--max-weights 10k", "--ni: is missing: give --ni or --gamma\n"),
        ("--for ni --max-weights 10k", "--no: is missing: give --no or --gamma\n"),
        ("--for gamma --max-weights 10k", "--ni: is missing: give --ni\n"),
        ("--ni 64 --no 3 --max-weights 10k", "--no: is the unknown"),
        ("--for kernel -k 3 --ni 6 --no 3 --max-weights 10k", "-k: is the unknown"),
        ("--for size --padding 1 --ni 6 --no 3 --max-macs 10k", "--padding: must be same"),
        ("--for width --ni 6", "--for: 'width' is not one of"),
        (f"{MOBILENET} --ni 3 --max-macs 1M", "--ni: is for one layer"),
        (f"{MOBILENET} --for no --max-macs 1M", "--for: is for one layer"),
        (f"{MOBILENET}", f"--max-macs: is missing: give {LIMITS}"),
        ("examples/resnet18.pt2 --max-macs 1M", "examples/resnet18.pt2: has no width"),
        ("model.onnx --max-macs 1M", "model.onnx: cannot be read: no such file"),
        ("none.toml --max-macs 1M", "none.toml: cannot be read"),
    ],
)
def test_what_cannot_be_answered_is_exit_2(line, said):
    done = sepcost("fit", *line.split())
    assert f"{done.refusal}\n".startswith(said)


def test_schemes_of_the_same_stages_share_a_row_of_the_table_alone():
    line = ("fit", "--ni", "64", "-s", "56", "--gamma", "1", "--max-macs", "50M")
    assert "\nseparable, generalized          240 " in sepcost(*line).text
    rows = sepcost(*line, "-f", "json").json["results"]
    assert [row["scheme"] for row in rows] == ["standard", "separable", "generalized", "distributed"]
