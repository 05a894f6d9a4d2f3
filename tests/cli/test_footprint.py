"""Memory, storage and time as limits: told in full, exceeded with exit 1, and never passed unproved."""

from __future__ import annotations

import json

import pytest

from sepcost.hardware.execution import Execution
from sepcost.network import memory as measured_memory
from sepcost.network.measure import Measures
from sepcost.network.memory import peak_memory
from sepcost.network.read import read_network
from sepcost.report.audit_view import AuditView
from sepcost.report.picture.audit import picture
from tests.cli.program import ROOT, sepcost
from tests.network.onnx.models import model, node, saved, weights

RESNET_18 = str(ROOT / "examples" / "resnet18.pt2")
MOBILENET = str(ROOT / "examples" / "mobilenet_v1.toml")
SMALL = (MOBILENET, "--width", "0.25", "--bytes", "1")
PEAK = (8 + 16) * 112 * 112
STORAGE = 463_600  # the weights of MobileNetV1 0.25, a byte each
CHIP = 'peak = "1G"\nbandwidth = "1G"\nbytes = 1\nmemory = "{memory}"\nstorage = "{storage}"\n'
LAYER = ("compare", "--ni", "64", "--no", "64", "-s", "56", "--scheme", "separable")


def totals(*arguments):
    done = sepcost("audit", *arguments, "-f", "json")
    assert done.code == 0, done.err
    return done.json["totals"]


@pytest.fixture
def chip(tmp_path):
    def written(memory="1Mi", storage="1Mi"):
        path = tmp_path / "chip.toml"
        path.write_text(CHIP.format(memory=memory, storage=storage))
        return str(path)

    return written


def test_json_says_the_peak_where_it_is_and_what_lives_there():
    found = totals(*SMALL)
    assert found["memory"] == {
        "peak": PEAK,
        "at": "conv2/pointwise",
        "live": [
            {"name": "conv2/pointwise", "bytes": 16 * 112 * 112},
            {"name": "conv2/depthwise", "bytes": 8 * 112 * 112},
        ],
    }
    assert found["storage"] == STORAGE


def test_a_batch_multiplies_the_memory_of_maps_and_not_the_storage():
    one, eight = totals(*SMALL), totals(*SMALL, "--batch", "8")
    assert eight["memory"]["peak"] == 8 * one["memory"]["peak"]
    assert eight["storage"] == one["storage"]


def test_the_table_says_both_in_a_line_each():
    text = sepcost("audit", *SMALL).text
    assert "memory: 301,056 bytes (294 Ki) at the peak, in conv2/pointwise, of" in text
    assert "storage: 463,600 bytes (452.7 Ki) of parameters" in text


def test_a_machine_gives_the_size_of_elements_where_the_file_has_none(chip):
    assert totals(MOBILENET, "--machine", chip())["storage"] == 4_209_088
    assert totals(MOBILENET)["storage"] == 4 * 4_209_088


def test_a_network_that_does_not_fit_a_machine_is_told_so_before_its_time(chip):
    on = ("audit", *SMALL[:3], "--machine", chip(memory="256Ki", storage="4Mi"))
    missed = "does not fit: bytes of memory 301,056 exceed the limit of 262,144 by 38,912"
    title, *warnings = sepcost(*on).text.split("\n\n")[0].splitlines()
    assert "counted layers" in title
    assert warnings == [missed, f"replaced as separable: {missed}"]
    above = [title, *warnings]
    assert [f"**{line}**" for line in above] == sepcost(*on, "-f", "markdown").text.split("\n\n")[:3]
    latex = sepcost(*on, "-f", "latex").text.split("\n\n")[:3]
    assert [rf"\noindent\textbf{{{line}}}" for line in above] == latex
    page = sepcost(*on, "-f", "html").text
    assert page.index("does not fit") < page.index("<table>")
    fits = sepcost(*on, "-f", "json").json["fits"]
    assert not fits["passed"]
    assert [(each["metric"], each["limit"], each["passed"]) for each in fits["limits"]] == [
        ("memory", 256 * 1024, False),
        ("storage", 4 * 2**20, True),
    ]


def test_a_network_that_does_not_fit_in_its_own_types_is_told_how_to_count_the_machines():
    """ResNet-18 has 11,689,512 parameters, 9,600 running statistics of 32 bits, 20 counters of 64."""
    on = ("audit", RESNET_18, "--machine", "stm32f746-int8")
    own = "elements take the bytes of the file's own types (4 and 8)"
    mend = f"{own}: --bytes 1 counts them as on this machine"
    lines = sepcost(*on).text.splitlines()
    (missed,) = (line for line in lines if line.startswith("does not fit: bytes of storage"))
    assert f"{4 * (11_689_512 + 9_600) + 8 * 20:,} exceed the limit of 1,048,576" in missed
    assert lines[lines.index(missed) + 1] == mend
    again = sepcost(*on, "--bytes", "1").text
    assert f"does not fit: bytes of storage {11_689_512 + 9_600 + 20:,} exceed" in again
    assert own not in again


def test_a_network_that_fits_a_machine_is_told_so(chip):
    on = ("audit", *SMALL[:3], "--machine", chip(memory="512Ki", storage="4Mi"))
    room = "fits: bytes of memory 301,056 of 524,288, bytes of storage 463,600 of 4,194,304"
    assert sepcost(*on).text.splitlines()[1] == room
    assert sepcost(*on, "-f", "json").json["fits"]["passed"] is True


def test_a_memory_that_holds_the_parameters_too_is_told_so(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text('name = "one"\npeak = "1G"\nbandwidth = "1G"\nbytes = 1\nmemory = "512Ki"\n')
    both = 301_056 + 463_600
    told = sepcost("audit", *SMALL[:3], "--machine", str(path)).text.splitlines()[1]
    exceeded = f"bytes of memory {both:,} exceed the limit of 524,288 by {both - 524_288:,}"
    assert told == f"does not fit: {exceeded}, parameters too"


def test_a_machine_that_says_no_memory_says_nothing_of_what_fits():
    on = ("audit", MOBILENET, "--peak", "1G", "--bandwidth", "1G")
    assert sepcost(*on, "-f", "json").json["fits"] is None


@pytest.mark.parametrize(
    ("limits", "lines"),
    [
        (("--max-memory", str(PEAK), "--max-storage", str(STORAGE)), []),
        (("--max-memory", "294Ki"), []),
        (("--max-memory", "294KiB", "--max-storage", "464kB"), []),
        (("--max-memory", "293Ki"), ["bytes of memory 301,056 exceed the limit of 300,032 by 1,024"]),
        (("--max-storage", "463599"), ["bytes of storage 463,600 exceed the limit of 463,599 by 1"]),
    ],
)
def test_limits_of_a_network_are_inclusive(limits, lines):
    done = sepcost("audit", *SMALL, *limits)
    assert done.code == (1 if lines else 0)
    assert done.err.splitlines() == [f"sepcost audit: {line}" for line in lines]


SUPPOSED = " (4 bytes an element: {} for int8)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((MOBILENET, "--max-memory", "320Ki"), True),
        ((MOBILENET, "--max-storage", "1Mi"), True),
        ((MOBILENET, "--max-storage", "1Mi", "--bytes", "4"), False),
        ((MOBILENET, "--max-storage", "1Mi", "--machine", "raspberry-pi-5"), False),
        ((MOBILENET, "--max-macs", "1M"), False),
        ((RESNET_18, "--max-storage", "1Mi"), False),
    ],
)
def test_a_limit_in_bytes_says_what_was_taken_for_an_element_where_nothing_says_it(line, said):
    done = sepcost("audit", *line)
    assert done.code == 1
    assert done.err.endswith(SUPPOSED.format("--bytes 1") + "\n") == said
    assert ("an element" in done.err) == said


def test_so_do_those_of_a_layer_and_of_a_budget(checked):
    done = sepcost(*LAYER, "--max-memory", "1k")
    assert (done.code, done.err.endswith(SUPPOSED.format("--bytes 1") + "\n")) == (1, True)
    for keys, said in (((), True), (("bytes = 4",), False)):
        done = checked('max_memory = "320Ki"', *keys)
        assert (done.code, done.err.endswith(SUPPOSED.format("bytes = 1") + "\n")) == (1, said)


def test_a_limit_of_time_is_exact_and_says_that_it_is_of_the_bound(chip):
    at = ("audit", *SMALL[:3], "--machine", chip())
    bound = totals(*at[1:])["time_bound_s"]
    done = sepcost(*at, "--max-time", "1us")
    assert done.code == 1
    assert done.err.startswith("sepcost audit: bound in time ")
    assert "exceeds the limit of 1 us by" in done.err
    done = sepcost(*at, "--max-time", "60s", "-f", "json")
    assert done.code == 0
    (check,) = done.json["budgets"]
    named = {"name": "max_time", "metric": "time", "source": "bound"}
    assert check == {**named, "limit": 60.0, "value": bound, "passed": True}


def test_an_estimate_has_its_error_wherever_it_is_held_to_a_limit(tmp_path, checked):
    path = tmp_path / "measured.toml"
    path.write_text('peak = "1G"\nbandwidth = "1G"\nlaunch = "3us"\nerror = 0.18\n')
    on = ("--machine", str(path), "--max-time", "1us")
    said = "estimated time (off by 18 % in the median) "
    for command in (("audit", MOBILENET), LAYER):
        done = sepcost(*command, *on, "-f", "json")
        assert done.code == 1
        assert said in done.err
        (check,) = done.json["budgets"]
        assert (check["source"], check["error"]) == ("estimate", 0.18)
    (row,) = checked('max_time = "60s"', f"machine = {json.dumps(str(path))}").json["budgets"]
    assert (row["source"], row["error"], row["passed"]) == ("estimate", 0.18, True)
    assert (
        "off by 18 % in the median"
        in sepcost("fit", MOBILENET, "--machine", str(path), "--max-time", "1s").text
    )


@pytest.mark.parametrize(
    ("limits", "lines"),
    [
        # in and out of either stage: 2 maps of 64 channels, 56×56, 4 bytes
        (("--max-memory", str(2 * 64 * 56 * 56 * 4), "--max-storage", str(4 * 64 * (9 + 64))), []),
        (
            ("--max-memory", "1605631", "--bytes", "4"),
            ["bytes of memory 1,605,632 exceed the limit of 1,605,631 by 1"],
        ),
        (
            ("--max-storage", "10k", "--bytes", "4"),
            ["bytes of storage 18,688 exceed the limit of 10,000 by 8,688"],
        ),
        (
            ("--peak", "1G", "--bandwidth", "1T", "--max-time", "10ms"),
            ["bound in time 14.65 ms exceeds the limit of 10 ms by 4.651 ms"],
        ),
    ],
)
def test_limits_of_a_layer_hold_for_its_widest_stage(limits, lines):
    done = sepcost(*LAYER, *limits)
    assert done.code == (1 if lines else 0)
    assert done.err.splitlines() == [f"sepcost compare: {line}" for line in lines]


@pytest.mark.parametrize(
    ("options", "size"), [((), 4), (("--bytes", "1"), 1), (("--machine", "stm32h743-int8"), 1)]
)
@pytest.mark.parametrize("limit", ["--max-memory", "--max-storage"])
def test_a_limit_that_holds_is_shown_with_what_the_scheme_takes(limit, options, size):
    """Two maps of 64 channels, 56 x 56, and 64 (9 + 64) weights; no other run says either."""
    text = sepcost(*LAYER, limit, "1G", *options).text
    (line,) = (line for line in text.splitlines() if line.startswith("memory: "))
    memory, storage, each = line.split("; ")
    assert memory.startswith(f"memory: {2 * 64 * 56 * 56 * size:,} bytes (")
    assert memory.endswith(") at the peak")
    assert storage.startswith(f"storage: {64 * (9 + 64) * size:,} bytes (")
    assert storage.endswith(") of parameters")
    assert each == ("1 byte an element" if size == 1 else "4 bytes an element")
    assert "memory: " not in sepcost(*LAYER, "--max-macs", "1G", *options).text


def test_a_fused_layer_holds_its_input_and_its_output_alone():
    wide = ("compare", "--ni", "64", "--gamma", "4", "-s", "8", "--scheme", "generalized", "--bytes", "1")
    between = 4 * 64 * 8 * 8
    assert sepcost(*wide, "--max-memory", str(between + 256 * 8 * 8)).code == 0
    assert sepcost(*wide, "--max-memory", str(between + 256 * 8 * 8 - 1)).code == 1
    assert sepcost(*wide, "--fused", "--max-memory", str((64 + 256) * 8 * 8)).code == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("audit", MOBILENET, "--max-time", "5ms"), "--max-time: needs --machine"),
        ((*LAYER, "--max-time", "5ms"), "--max-time: needs --machine, or --peak and --bandwidth"),
        (
            ("compare", "--ni", "8", "--no", "8", "--scheme", "separable", "--max-memory", "1k"),
            "-s: is missing",
        ),
        ((*LAYER[:-2], "--max-memory", "1k"), "--scheme: a limit holds for one scheme"),
        (("audit", MOBILENET, "--max-memory", "320ki"), "--max-memory: '320ki' has no known unit"),
        (
            ("audit", MOBILENET, "--max-storage", "1 MB"),
            "--max-storage: '1 MB' is not a number such as 327680,",
        ),
        (("audit", MOBILENET, "--max-time", "5"), "--max-time: '5' has no known unit"),
        (("audit", MOBILENET, "--max-time", "0ms"), "--max-time: '0' is not a time above 0"),
    ],
)
def test_what_cannot_be_held_is_refused(arguments, problem):
    done = sepcost(*arguments)
    assert problem in done.refusal


def test_memory_that_is_not_known_is_refused_with_its_reason(tmp_path):
    nodes = [node("Conv", "x w", "h"), node("NonMaxSuppression", "h h", "y")]
    path = saved(tmp_path, model(nodes, {"x": (1, 3, 8, 8)}, [weights("w", (4, 3, 3, 3))]))
    done = sepcost("audit", str(path), "--max-memory", "1G", "--allow", "NonMaxSuppression")
    assert "--max-memory: memory is not known" in done.refusal


@pytest.fixture
def checked(tmp_path):
    def check(*lines):
        path = tmp_path / "budgets.toml"
        keys = "\n".join(lines)
        path.write_text(f'[[budget]]\nname = "b"\nnetwork = {json.dumps(MOBILENET)}\n{keys}\n')
        return sepcost("check", str(path), "-f", "json")

    return check


def test_budgets_hold_memory_storage_and_time(checked, chip):
    on = f"machine = {json.dumps(chip())}"
    done = checked('max_memory = "1.5Mi"', 'max_storage = "4M"', on, 'max_time = "60s"')
    assert done.code == 1
    rows = {row["metric"]: row for row in done.json["budgets"]}
    assert list(rows) == ["memory", "storage", "time"]
    assert (rows["memory"]["value"], rows["memory"]["passed"]) == (4 * PEAK, True)
    assert (rows["storage"]["value"], rows["storage"]["passed"]) == (4_209_088, False)
    assert (rows["time"]["source"], rows["time"]["limit"], rows["time"]["passed"]) == ("bound", 60.0, True)


def test_a_budget_names_the_layer_that_takes_the_most(checked):
    done = checked('max_memory = "1G"', 'max_storage = "1G"', "bytes = 2", 'layer = "conv?*/*"')
    rows = {row["metric"]: row for row in done.json["budgets"]}
    assert (rows["memory"]["layer"], rows["memory"]["value"]) == ("conv2/pointwise", 2 * 4 * PEAK)
    assert (rows["storage"]["layer"], rows["storage"]["value"]) == ("conv10/pointwise", 2 * 1024 * 1024)


@pytest.mark.parametrize(
    ("memory", "storage", "failed"),
    [("2Mi", "5M", []), ("1Mi", "5M", ["memory"]), ("2Mi", "4M", ["storage"])],
)
def test_a_budget_on_a_machine_holds_that_the_network_fits(checked, chip, memory, storage, failed):
    done = checked(f"machine = {json.dumps(chip(memory, storage))}")
    assert done.code == (1 if failed else 0)
    rows = done.json["budgets"]
    assert [row["metric"] for row in rows] == ["memory", "storage"]
    assert [row["metric"] for row in rows if not row["passed"]] == failed


def test_a_machine_without_storage_holds_its_parameters_in_memory(checked, tmp_path):
    path = tmp_path / "one.toml"
    path.write_text('peak = "1G"\nbandwidth = "1G"\nbytes = 1\nmemory = "1G"\n')
    (row,) = checked(f"machine = {json.dumps(str(path))}").json["budgets"]
    assert (row["metric"], row["value"]) == ("memory", 4 * PEAK + 4_209_088)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (['max_time = "5ms"'], "max_time: needs machine"),
        (["max_time = 5"], "max_time: is not a time: write a text such as '5ms'"),
        (['max_time = "5"'], "max_time: '5' has no known unit"),
        (['max_memory = "320ki"'], "max_memory: '320ki' has no known unit"),
        (['max_time = "5ms"', 'machine = "h200"'], "machine: 'h200' is not a machine"),
        (['max_time = "5ms"', 'machine = "none.toml"'], "none.toml: cannot be read"),
        (["max_memory = 1", "bytes = 0"], "bytes: '0' is not a whole number"),
    ],
)
def test_a_budget_that_cannot_be_held_is_refused(checked, lines, problem):
    done = checked(*lines)
    assert problem in done.refusal


def fitted(*arguments):
    done = sepcost("fit", MOBILENET, *arguments, "-f", "json")
    assert done.code == 0, done.err
    return done.json


def test_the_widest_network_in_a_memory_is_the_last_width_that_audit_finds_within():
    document = fitted("--max-memory", "320Ki", "--bytes", "1")
    (found,) = document["results"]
    assert document["budget"] == {"memory": 320 * 1024}
    # 8 and int(64 · 0.28) = 17 maps of 112×112, where 9 and 18 at 0.29 are too many
    assert (found["largest"], found["memory"]) == (0.28, (8 + 17) * 112 * 112)
    assert found["limited_by"] == ["memory"]
    for width, code in (("0.28", 0), ("0.29", 1)):
        assert (
            sepcost("audit", MOBILENET, "--width", width, "--bytes", "1", "--max-memory", "320Ki").code
            == code
        )


def test_of_several_limits_the_first_that_is_met_ends_the_width(chip):
    on = ("--machine", chip())
    (found,) = fitted("--max-storage", "1Mi", "--max-time", "60ms", *on)["results"]
    width = str(found["largest"])
    assert set(found["limited_by"]) <= {"storage", "time"}
    limits = ("--max-storage", "1Mi", "--max-time", "60ms", *on)
    assert sepcost("audit", MOBILENET, "--width", width, *limits).code == 0
    assert sepcost("audit", MOBILENET, "--width", f"{found['largest'] + 0.01:.2f}", *limits).code == 1


def test_a_table_of_the_widest_network_says_the_limits():
    text = sepcost("fit", MOBILENET, "--max-memory", "320Ki", "--bytes", "1").text
    assert text.startswith("Largest width within 327,680 bytes of memory")
    none = sepcost("fit", MOBILENET, "--max-memory", "10", "--bytes", "1").text
    assert "nothing fits: width = 0.01 already takes 250,880 bytes of memory" in none
    assert "\nmemory: of the maps that live at the peak; 1 byte an element\n" in none


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((MOBILENET, "--max-time", "5ms"), "--max-time: needs --machine"),
        ((MOBILENET, "--bytes", "1"), "is missing: give"),
    ],
)
def test_a_fit_that_cannot_be_made_is_refused(arguments, problem):
    done = sepcost("fit", *arguments)
    assert problem in done.refusal


def test_a_picture_shows_the_memory_that_lives_while_each_layer_runs(tmp_path):
    path = tmp_path / "memory.svg"
    done = sepcost("audit", MOBILENET, "--metric", "memory", "-o", str(path))
    assert (done.code, done.out) == (0, b""), done.err
    other = tmp_path / "macs.svg"
    assert sepcost("audit", MOBILENET, "-o", str(other)).code == 0
    assert path.read_bytes() != other.read_bytes()


def test_a_picture_s_title_has_the_metric_that_is_drawn():
    network = read_network(MOBILENET)
    peak = peak_memory(network, Execution()).peak
    measures = Measures(network, Execution())
    for metric, total in (("memory", f"{peak:,} bytes of memory"), ("weights", "4,209,088 weights")):
        drawn = picture(AuditView(measures, measures.audited.layers, metric=metric))
        assert drawn.title.endswith(total)


def test_an_audit_follows_the_maps_of_its_network_once(chip, monkeypatch):
    followed = []
    real = measured_memory.peak_memory
    monkeypatch.setattr(measured_memory, "peak_memory", lambda *given: followed.append(given) or real(*given))
    for format_ in ("json", "table"):
        followed.clear()
        done = sepcost("audit", *SMALL, "--machine", chip(), "--max-memory", "1Mi", "-f", format_)
        assert done.code == 0, done.err
        assert len(followed) == 1
