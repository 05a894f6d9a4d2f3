"""The page of an audit, in a headless Chromium: sorted, ticked, added up, and alone in one file."""

import re
import shutil
import sys
from html.parser import HTMLParser

import onnx
import pytest

from tests.cli.program import ROOT, sepcost

STANDARD = str(ROOT / "examples" / "mobilenet_v1_standard.toml")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
with_browser = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver"
)


def written(folder, *more, file=STANDARD):
    """The page of an audit as a file."""
    path = folder / "report.html"
    done = sepcost("audit", file, *more, "-o", str(path))
    assert (done.code, done.out, done.err) == (0, b"", "")
    return path


def test_a_target_has_the_signs_of_print(tmp_path):
    path = written(tmp_path, "--machine", "h100-fp16", "--target-time", "90%")
    (target,) = re.findall("<h2>([^<]* for bound in time [^<]*)</h2>", path.read_text())
    assert re.search(r"of [\d.]+ µs, within [\d.]+ µs", target)


def test_a_page_without_the_library_of_pictures_says_so_beside_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    path = tmp_path / "report.html"
    done = sepcost("audit", STANDARD, "-o", str(path))
    assert (done.code, done.out) == (0, b"")
    missing = "a picture needs an extra: pip install 'sepcost[plot]'"
    assert done.err == f"sepcost audit: the page has no picture: {missing}\n"
    assert "extra" not in path.read_text()
    assert "<svg" not in path.read_text()


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return written(tmp_path_factory.mktemp("usual"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def opened(browser, path):
    browser.get(path.as_uri())
    assert browser.get_log("browser") == []


def found(browser, selector):
    return browser.find_elements("css selector", selector)


def totals(browser):
    """What the page says with the ticked layers replaced, by what it is of."""
    lines = found(browser, "#totals tbody tr")
    cells = {line.get_attribute("data-total"): line.find_elements("tag name", "td") for line in lines}
    return {name: tuple(cell.text for cell in line[1:]) for name, line in cells.items()}


def tick(browser, *names):
    for name in names:
        found(browser, f'input[aria-label="replace {name}"]')[0].click()


def names(browser):
    return [row.text for row in found(browser, "#table tbody tr td:nth-child(2)")]


@with_browser
def test_ticking_a_layer_adds_up_what_the_network_then_costs(browser, usual):
    opened(browser, usual)
    assert totals(browser)["macs"] == ("4,867,293,184", "4,867,293,184", "1.00×")
    tick(browser, "conv2")
    # 32 -> 64 channels, 3x3, 112x112: 9 * 32 * 64 standard, 32 * (9 + 64) separable.
    macs = 4_867_293_184 - (9 * 32 * 64 - 32 * (9 + 64)) * 112 * 112
    weights = 29_281_120 - (9 * 32 * 64 - 32 * (9 + 64))
    assert totals(browser)["macs"] == ("4,867,293,184", f"{macs:,}", f"{4_867_293_184 / macs:.2f}×")
    assert totals(browser)["weights"][1] == f"{weights:,}"
    tick(browser, "conv2")
    assert totals(browser)["macs"][1] == "4,867,293,184"


@with_browser
@pytest.mark.parametrize(
    "more", [(), ("--machine", "raspberry-pi-5"), ("--replace", "bottleneck"), ("--flops",)]
)
def test_all_layers_ticked_come_to_what_an_audit_says_of_all_replaced(more, browser, tmp_path):
    opened(browser, written(tmp_path, *more))
    document = sepcost("audit", STANDARD, *more, "-f", "json").json
    found(browser, "#all")[0].click()
    now, then = document["totals"], document["replaced"]
    key = "flops" if more == ("--flops",) else "macs"
    said = totals(browser)
    assert said["macs"][:2] == (f"{now[key]:,}", f"{then[key]:,}")
    assert said["weights"][:2] == (f"{now['weights']:,}", f"{then['weights']:,}")
    assert said["storage"][:2] == (f"{now['storage']:,}", f"{then['storage']:,}")
    if "--machine" in more:
        assert said["bound"][2] == f"{now['time_bound_s'] / then['time_bound_s']:.2f}×"
    found(browser, "#none")[0].click()
    assert totals(browser)["macs"][1] == f"{now[key]:,}"


@with_browser
def test_a_limit_is_held_once_enough_layers_are_ticked(browser, tmp_path):
    document = sepcost("audit", STANDARD, "-f", "json").json
    limit = document["totals"]["storage"] - 1
    path = tmp_path / "report.html"
    assert sepcost("audit", STANDARD, "--max-storage", str(limit), "-o", str(path)).code == 1
    opened(browser, path)
    assert totals(browser)["storage"][3:] == (f"{limit:,}", "no")
    assert totals(browser)["macs"][3:] == ("", "")
    tick(browser, "conv2")
    saved = 4 * (9 * 32 * 64 - 32 * (9 + 64))
    assert totals(browser)["storage"][1] == f"{limit + 1 - saved:,}"
    assert totals(browser)["storage"][3:] == (f"{limit:,}", "yes")
    tick(browser, "conv2")
    assert totals(browser)["storage"][4] == "no"


@with_browser
def test_weights_of_two_layers_are_stored_until_both_are_replaced_and_then_once(browser, tmp_path):
    path = tmp_path / "shared.onnx"
    node = onnx.helper.make_node
    nodes = [node("Conv", ["x", "w"], ["h"], "one"), node("Conv", ["h", "w"], ["y"], "two")]
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 8, size, size])
        for name, size in (("x", 9), ("y", 5))
    )
    weights = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [8, 8, 3, 3], [0.0] * 576)
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [x], [y], [weights])), path)
    opened(browser, written(tmp_path, file=str(path)))
    standard, separable = 4 * 9 * 8 * 8, 4 * 8 * (9 + 8)
    for name, stored in (("one", standard + separable), ("two", separable)):
        tick(browser, name)
        assert totals(browser)["storage"][1] == f"{stored:,}"


@with_browser
def test_the_layers_of_a_plan_are_ticked_and_come_to_its_value(browser, tmp_path):
    opened(browser, written(tmp_path, "--target-macs", "1G"))
    plan = sepcost("audit", STANDARD, "--target-macs", "1G", "-f", "json").json["plan"]
    ticked = [row.get_attribute("aria-label") for row in found(browser, "input:checked")]
    assert sorted(ticked) == sorted(f"replace {name}" for name in plan["layers"])
    assert totals(browser)["macs"][1] == f"{plan['value']:,}"


@with_browser
def test_a_heading_sorts_by_its_column_and_once_more_turns_it_round(browser, usual):
    opened(browser, usual)
    layers = sepcost("audit", STANDARD, "-f", "json").json["layers"]
    heading = {each.text: each for each in found(browser, "#table th button")}
    tick(browser, "conv2")
    heading["MACs"].click()
    falling = sorted(layers, key=lambda layer: -layer["macs"])
    assert names(browser) == [layer["name"] for layer in falling]
    heading["MACs"].click()
    assert names(browser) == [layer["name"] for layer in sorted(layers, key=lambda layer: layer["macs"])]
    heading["layer"].click()
    assert names(browser)[:4] == ["classifier", "conv1", "conv2", "conv3"]
    assert found(browser, "#table tfoot tr:last-child td")[1].text == "total"
    assert [each.get_attribute("aria-label") for each in found(browser, "input:checked")] == ["replace conv2"]


@with_browser
def test_a_search_leaves_the_layers_that_hold_it(browser, usual):
    opened(browser, usual)
    found(browser, "#search")[0].send_keys("CONV1")
    shown = [row for row in found(browser, "#table tbody tr") if row.is_displayed()]
    assert {row.text.split()[0] for row in shown} == {"conv1", "conv10"}
    found(browser, "#all")[0].click()
    assert len(found(browser, "input:checked")) == len(shown)


@with_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_light_or_dark_as_is_preferred(scheme, browser, usual):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    opened(browser, usual)
    ink, paper = (
        sum(map(int, re.findall(r"\d+", found(browser, "body")[0].value_of_css_property(which))[:3]))
        for which in ("color", "background-color")
    )
    assert (ink < paper) == (scheme == "light")
    assert found(browser, "figure svg")


@with_browser
def test_names_from_a_file_are_words_and_nothing_else(browser, tmp_path):
    name = "</script><img src=x onerror=\\\"document.title='owned'\\\">&amp;"
    path = tmp_path / "net.toml"
    path.write_text(
        f'name = "{name}"\nchannels = 8\nsize = 8\n[[layer]]\nname = "{name}"\nout = 8\nkernel = 3\n'
    )
    opened(browser, written(tmp_path, file=str(path)))
    plain = name.replace("\\", "")
    assert browser.title.startswith(plain)
    assert names(browser) == [plain]
    assert found(browser, "img") == []
    found(browser, "#all")[0].click()
    assert totals(browser)["weights"][1] == f"{8 * (8 + 9):,}"


@with_browser
def test_what_changed_is_a_page_that_can_be_sorted(browser, tmp_path):
    lean = str(ROOT / "examples" / "mobilenet_v1_lean.toml")
    other = str(ROOT / "examples" / "mobilenet_v1.toml")
    opened(browser, written(tmp_path, "--against", other, file=lean))
    assert found(browser, "#totals") == []
    assert len(found(browser, "#table tbody tr")) == 4
    found(browser, "#table th button")[2].click()
    assert found(browser, "#table th[aria-sort]")


class Links(HTMLParser):
    """Every attribute that makes a browser fetch something."""

    def __init__(self):
        super().__init__()
        self.fetched = []

    def handle_starttag(self, tag, attrs):
        self.fetched += [
            value for name, value in attrs if name in ("src", "href", "data", "action") and tag != "use"
        ]


def test_the_page_fetches_nothing(tmp_path):
    text = written(tmp_path, "--machine", "raspberry-pi-5").read_text()
    links = Links()
    links.feed(text)
    assert [link for link in links.fetched if not link.startswith("#")] == []
    assert "@import" not in text
    assert not re.search(r"url\((?!#|'#|\"#)", text)
    assert "Content-Security-Policy" in text
    assert text.count("<!doctype html>") == 1


def test_the_page_is_the_same_bytes_every_time(usual, tmp_path):
    assert written(tmp_path).read_bytes() == usual.read_bytes()


@pytest.mark.parametrize(
    "question",
    [
        ("--like", "ptflops"),
        ("--expect-macs", "4866M"),
        ("--expect-weights", "29.3M", "--expect-macs", "1M"),
        ("--against", str(ROOT / "examples/mobilenet_v1.toml")),
        ("--machine", "raspberry-pi-5"),
        ("--flops",),
        ("--target-macs", "1G"),
    ],
    ids=lambda question: " ".join(question),
)
def test_the_answer_to_every_question_is_a_page_of_the_same_rows(question, tmp_path):
    (table,) = re.findall(
        r'<div class="wide" id="table">(.*?)</div>', written(tmp_path, *question).read_text(), re.S
    )
    lines = sepcost("audit", STANDARD, *question, "-f", "markdown").text.splitlines()
    assert table.count("<tr>") == sum(line.startswith("|") for line in lines) - 1  # a rule below the headings


@with_browser
def test_a_page_with_nothing_to_tick_is_sorted_and_its_total_stays_below(browser, tmp_path):
    opened(browser, written(tmp_path, "--like", "thop"))
    found(browser, "#table th button")[0].click()
    rows = [cell.text for cell in found(browser, "#table tr td:first-child")]
    assert rows == ["adaptive average pool", "counted here", "thop 0.1.1"]
    assert browser.get_log("browser") == []


def test_the_totals_of_a_page_have_the_signs_of_its_table(tmp_path):
    text = written(tmp_path, "--machine", "raspberry-pi-5").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith('<tr data-total="bound">'))
    assert line.count("ms</td>") == 2
    text = written(tmp_path, "--machine", "h100-fp8").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith('<tr data-total="bound">'))
    assert line.count("µs</td>") == 2


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        ((), {}),
        (("--max-macs", "5G"), {"macs": ("5000000000", "yes")}),
        (("--max-macs", "5G", "--flops"), {"macs": ("10000000000", "yes")}),
        # Its memory and its storage are limits as well; of two limits on one total the lower one stands.
        (
            ("--machine", "stm32f746-int8", "--max-memory", "1Mi", "--max-time", "1s"),
            {"memory": ("327680", "no"), "storage": ("1048576", "no"), "bound": ("1.0", "no")},
        ),
        # A memory that holds the parameters too limits no line of the totals.
        (("--machine", "raspberry-pi-5"), {}),
    ],
    ids=lambda limits: " ".join(limits) if isinstance(limits, tuple) else "",
)
def test_the_totals_of_a_page_have_the_limits_on_them(limits, shown, tmp_path):
    path = tmp_path / "report.html"
    sepcost("audit", STANDARD, *limits, "-o", str(path))
    pattern = r'<tr data-total="(\w+)" data-limit="([^"]+)">.*>(yes|no)</td></tr>'
    assert {key: (limit, held) for key, limit, held in re.findall(pattern, path.read_text())} == shown


def test_a_limit_on_memory_is_left_out_where_maps_may_grow_with_the_batch(tmp_path):
    """Ticking a layer could take the maps that are known below it, and nothing would prove it held."""
    path = tmp_path / "state.onnx"
    maps = {"x": [1, 8, 9, 9], "s": [2, 1, 16], "y": [1, 8, 7, 7], "t": [2, 1, 16]}
    x, s, y, t = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in maps.items()
    )
    weights = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [8, 8, 3, 3], [0.0] * 576)
    nodes = [
        onnx.helper.make_node("Conv", ["x", "w"], ["y"]),
        onnx.helper.make_node("Relu", ["s"], ["t"]),
    ]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph(nodes, "g", [x, s], [y, t], [weights])), path)
    page = tmp_path / "report.html"
    for batch, shown in (("1", True), ("5", False)):
        assert sepcost("audit", str(path), "--batch", batch, "--max-memory", "1", "-o", str(page)).code == 1
        assert ('data-total="memory" data-limit="1"' in page.read_text()) is shown


def test_only_an_audit_is_a_page(tmp_path):
    done = sepcost("compare", "--no", "8", "--ni", "8", "-o", str(tmp_path / "x.html"))
    assert done.code == 2
    assert list(tmp_path.iterdir()) == []
