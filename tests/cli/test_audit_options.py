"""sepcost audit: what its options change."""

import csv
import io
import math
import re

import pytest

from tests.cli.audited import (
    EXAMPLES,
    MOBILENET,
    NARROW,
    NARROW_SEPARABLE,
    STANDARD,
    WIDE,
    WIDE_SEPARABLE,
    audit,
    names,
    refusal,
)
from tests.cli.program import sepcost


def test_width_multiplies_channels_and_leaves_the_classifier():
    """MobileNet, Table 6: 0.75 MobileNet-224 takes 325 M MACs and holds 2.6 M weights."""
    document = audit(MOBILENET, "--width", "0.75")
    assert (document["layers"][0]["n_o"], document["layers"][-1]["n_o"]) == (24, 1000)
    assert f"{document['totals']['macs'] / 1e6:.0f}" == "325"
    assert f"{document['totals']['weights'] / 1e6:.1f}" == "2.6"
    assert audit(MOBILENET, "--width", "3/4") == document


def test_size_sets_the_input():
    """MobileNet, Table 7: 1.0 MobileNet-192 takes 418 M MACs and holds the same weights."""
    document = audit(MOBILENET, "--size", "192")
    assert document["network"]["input"] == [1, 3, 192, 192]
    assert document["totals"]["weights"] == 4_209_088
    assert f"{document['totals']['macs'] / 1e6:.0f}" == "418"
    assert audit(MOBILENET, "-s", "192x96")["network"]["input"] == [1, 3, 192, 96]


@pytest.mark.parametrize(
    ("options", "wide", "narrow"),
    [
        (("--replace", "separable"), WIDE_SEPARABLE, NARROW_SEPARABLE),
        (("--replace", "generalized"), 4 * 4 * (16 + 9), "gamma = N_o/N_i = 1/8 is below 1"),
        (("--replace", "generalized", "--gamma", "2"), 2 * 4 * (16 + 9), "generalized takes no fewer MACs"),
        (("--replace", "distributed"), 2 * 4 * (16 + 9), "gamma = N_o/N_i = 1/8 is below 1"),
        (("--replace", "none"), "no replacement is wanted", "no replacement is wanted"),
    ],
)  # fmt: skip
def test_what_replaces_a_layer(two_layers, options, wide, narrow):
    """Generalized with gamma 2 would hold 2 * 16 * (2 + 25) = 864 weights for the 800 of the narrow layer."""
    found = [
        layer["replacement"]["weights"] if layer["replacement"] else layer["reason"]
        for layer in audit(two_layers, *options)["layers"]
    ]
    assert found == [wide, narrow]


@pytest.mark.parametrize("options", [("--metric", "{}"), ("--sort", "{}")], ids=["metric", "sort"])
@pytest.mark.parametrize(
    ("metric", "columns"),
    [
        ("macs", ["replaced", "saving"]),
        ("weights", ["weights replaced", "weights saving"]),
        ("memory", ["memory", "memory replaced", "memory saving"]),
    ],
)
def test_the_columns_of_savings_are_in_the_metric(two_layers, options, metric, columns):
    arguments = [each.format(metric) for each in options]
    heading, *rows = sepcost("audit", two_layers, *arguments).text.splitlines()[2:5]
    assert re.split(r"\s{2,}", heading)[-len(columns) :] == columns
    if options[0] == "--sort":
        return
    for row, layer in zip(rows, audit(two_layers, *arguments)["layers"], strict=True):
        before, after = layer[metric], layer["replacement"][metric]
        figures = [*([f"{before:,}"] if metric == "memory" else []), f"{after:,}", f"{before / after:.2f}x"]
        assert re.split(r"\s{2,}", row)[-len(columns) :] == figures


def test_memory_of_each_layer_is_data_where_it_is_the_metric(two_layers):
    document = audit(two_layers, "--metric", "memory", "--bytes", "1")
    wide = document["layers"][0]
    # 4 maps of 10x10 are read and 16 written; replaced, at most 4 and 16 live at once too.
    assert (wide["memory"], wide["replacement"]["memory"], wide["saving"]["memory"]) == (2000, 2000, 1)
    text = sepcost("audit", two_layers, "--metric", "memory", "--bytes", "1", "-f", "csv").text
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["memory"], row["replacement_memory"], row["saving_memory"]) == ("2000", "2000", "1.0")
    assert float(row["saving_weights"]) == WIDE / WIDE_SEPARABLE


def test_without_a_replacement_there_are_no_columns_of_it(two_layers):
    for machine in ((), ("--machine", "raspberry-pi-5")):
        text = sepcost("audit", two_layers, "--replace", "none", *machine).text
        assert "replaced" not in text
        assert "saving" not in text
        assert " - " not in text


def test_why_layers_stay_as_they_are_is_said_below_those_that_do():
    text = sepcost("audit", MOBILENET).text
    stay = "has more than one group (13); has one tap (13); is dense, not a convolution (1)"
    line = f"not replaced: 27 layers: {stay}\n"
    assert f"\n{line}" in text
    for options in (("--top", "1"), ("--sort", "saving"), ("--sort", "saving", "--top", "1")):
        assert f"\n{line}" in sepcost("audit", MOBILENET, *options).text
    roots = sepcost("audit", str(EXAMPLES / "resnet18.pt2"), "--replace", "distributed").text
    line = "8 layers: not realizable: its multiplier 8*sqrt(3)/3 is not whole, and the like (4); "
    assert f"{line}has one tap (3); " in roots
    one = sepcost("audit", STANDARD).text
    assert "\nnot replaced: 1 layer: is dense, not a convolution (1)\n" in one


@pytest.mark.parametrize(
    ("sort", "order"), [("position", "abc"), ("macs", "bac"), ("weights", "cba"), ("saving", "acb")]
)
def test_the_order_of_the_layers(tmp_path, sort, order):
    """MACs:   a 8*8*9 * 64*64 = 2,359,296    b 8*80 * 64*64 = 2,621,440    c 80*8*9 * 8*8 = 368,640
    weights: a 576                          b 640                         c 5,760
    saving:  a (576 - 136) * 64*64          b none, with one tap          c (5,760 - 1,360) * 8*8
    """
    path = tmp_path / "net.toml"
    path.write_text(
        "channels = 8\nsize = 64\n"
        '[[layer]]\nname = "a"\nout = 8\nkernel = 3\n'
        '[[layer]]\nname = "b"\nout = 80\nkernel = 1\n'
        "[[layer]]\npool = 8\n"
        '[[layer]]\nname = "c"\nout = 8\nkernel = 3\n'
    )
    assert names(audit(path, "--sort", sort)) == list(order)


def test_layers_of_one_rank_stay_in_their_order():
    found = names(audit(STANDARD, "--sort", "saving"))
    assert found[1:6] == [f"conv8_{number}" for number in range(1, 6)]


def test_top_shows_the_first_and_counts_all():
    whole, top = audit(STANDARD, "--sort", "macs"), audit(STANDARD, "--sort", "macs", "--top", "2")
    assert top["layers"] == whole["layers"][:2]
    assert (top["totals"], top["replaced"]) == (whole["totals"], whole["replaced"])
    assert audit(STANDARD, "--top", "1000")["layers"] == audit(STANDARD)["layers"]
    assert "not shown, but in the totals: 13 layers" in sepcost("audit", STANDARD, "--top", "2").text


def test_a_target_names_the_fewest_replacements(two_layers):
    now, least = (WIDE + NARROW) * 100, (WIDE_SEPARABLE + NARROW_SEPARABLE) * 100
    one = now - (WIDE - WIDE_SEPARABLE) * 100
    both = ["wide", "narrow"]
    to_least = {"metric": "macs", "target": least, "reached": True, "layers": both, "value": least}
    for target, reached, layers, after in (
        (now, True, [], now),
        (now - 1, True, ["wide"], one),
        (one, True, ["wide"], one),
        (one - 1, True, ["wide", "narrow"], least),
        (least, True, ["wide", "narrow"], least),
        (least - 1, False, [], now),
    ):
        plan = audit(two_layers, "--target-macs", target)["plan"]
        assert plan == {
            "metric": "macs",
            "target": target,
            "reached": reached,
            "layers": layers,
            "value": after,
            **({} if reached else {"least": to_least}),
        }
    assert audit(two_layers, "--target-weights", WIDE_SEPARABLE + NARROW)["plan"]["layers"] == ["wide"]


@pytest.mark.parametrize(
    ("metric", "run"),
    [("macs", ()), ("weights", ()), ("memory", ("--bytes", "1")), ("time", ("--machine", "raspberry-pi-5"))],
)
def test_a_target_is_a_share_of_what_the_network_takes(metric, run):
    """Of a count it is the whole number within the share."""
    document = audit(STANDARD, f"--target-{metric}", "62.5%", *run)
    totals = document["totals"]
    if metric == "time":
        assert math.isclose(document["plan"]["target"], 0.625 * totals["time_bound_s"])
        return
    now = totals["memory"]["peak"] if metric == "memory" else totals[metric]
    target = now * 5 // 8
    assert document["plan"]["target"] == target
    assert document["plan"] == audit(STANDARD, f"--target-{metric}", target, *run)["plan"]


@pytest.mark.parametrize("share", ["0%", "100%", "101%", "-5%", "%", "7e1%", "1/2%", "0.%"])
def test_a_share_that_is_none_is_refused(share):
    problem = refusal(MOBILENET, "--target-macs", share)
    assert problem.startswith("--target-macs: ")
    assert problem.endswith("is not a share above 0% and below 100%, such as 70%")
    assert "is a share: give the number itself" in refusal(MOBILENET, "--max-macs", "70%")


def test_a_target_out_of_reach_is_said_and_no_failure(two_layers):
    done = sepcost("audit", two_layers, "--target-macs", "1")
    assert (done.code, done.err) == (0, "")
    document = audit(two_layers, "--target-macs", "1")
    least, replaced = document["plan"]["least"], document["replaced"]
    assert (least["value"], len(least["layers"])) == (replaced["macs"], replaced["layers"]) != (0, 0)
    said = f"the least is {replaced['macs']:,}, with {replaced['layers']} layers replaced"
    assert f"No replacements bring MACs to 1; {said}\n" in done.text
    none = sepcost("audit", two_layers, "--replace", "none", "--target-macs", "1").text
    assert f"No replacements bring MACs to 1; the least is {document['totals']['macs']:,}, as it is\n" in none


def test_no_target_no_plan(two_layers):
    assert "plan" not in audit(two_layers)
