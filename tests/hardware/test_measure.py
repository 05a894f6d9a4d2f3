"""Measuring a machine: what is run is what is counted, and a file comes of it."""

import pytest

from sepcost.hardware.machine_file import read_machine
from sepcost.hardware.measured import STAGE_KINDS
from tests.cli.program import sepcost

measure = pytest.importorskip("sepcost.hardware.measure", reason="needs onnxruntime")


def test_every_kind_is_fitted_and_no_layer_left_out_is_among_those():
    assert {run.kind for run in measure.FITTED} == set(STAGE_KINDS)
    assert not set(measure.FITTED) & set(measure.LEFT_OUT)


@pytest.mark.parametrize("run", [*measure.FITTED[::9], *measure.FITTED[-5:]], ids=str)
def test_a_run_writes_a_map_of_the_size_that_is_counted(run):
    (written,) = measure.runner((run,))()
    assert written.size == run.n_o * run.out**2
    weights = run.n_o * run.n_i // run.groups * run.kernel**2
    assert run.bytes == 4 * (run.n_i * run.size**2 + weights + run.n_o * run.out**2)
    assert run.macs == weights * (run.size if run.kind == "transposed" else run.out) ** 2


def test_a_measured_machine_is_a_file_that_estimates(tmp_path, measured_briefly):
    path = tmp_path / "here.toml"
    done = sepcost("machines", "measure", "-o", str(path))
    assert (done.code, done.out) == (0, b""), done.err
    machine = read_machine(path)
    before, after = done.err.splitlines()
    assert before == "sepcost machines measure: takes one or two minutes"
    assert after.startswith(f"wrote {path}: ")
    assert " MAC/s at its peak, estimates " in after
    assert after.endswith(f" % off in the median; use it with --machine {path}")
    assert machine.name == "here"
    assert set(machine.measured.efficiency) == set(STAGE_KINDS)
    assert machine.measured.error is not None
    layer = ("compare", "--ni", "64", "--no", "64", "-s", "28", "--machine", str(path), "-f", "json")
    for row in sepcost(*layer).json["schemes"]:
        assert row["time_estimate_s"] > 0
        assert row["error"] == float(machine.measured.error)


@pytest.mark.parametrize("noise", [-1000.0, 0.0, 1.0, 1.5, 4.0, 1000.0])
def test_an_overhead_that_was_measured_in_a_bad_moment_makes_no_rate_that_no_run_had(noise, monkeypatch):
    """Runs of 10 GMAC/s and 6 us beside, as much as the chain of one pass says where its noise is 1."""
    runs, beside = (*measure.FITTED, *measure.LEFT_OUT), 6e-6

    def least(timed, rounds, advance):
        assert len(timed) == len(runs) + len(measure.CHAINS)
        return [*(run.macs / 10e9 + beside for run in runs), noise * beside + 1e-6, beside + 9e-6]

    monkeypatch.setattr(measure, "least", least)
    passes = measure.pass_seconds(list(runs), 1)
    fastest = max(run.macs / taken for run, taken in zip(runs, passes, strict=True))
    assert 0.99 * 10e9 <= fastest <= 4 * 10e9
    if noise == 1:
        assert passes == pytest.approx([max(run.macs / 10e9, 1e-6) for run in runs], rel=0.8)


def test_a_machine_goes_into_a_file_of_toml():
    done = sepcost("machines", "measure", "-o", "here.json")
    assert "-o: a machine is a TOML file: give a name that ends in .toml" in done.refusal


def test_machines_without_a_command_are_listed_and_a_command_is_suggested():
    assert sepcost("machines").text.startswith("Machines that --machine knows")
    assert "did you mean measure?" in sepcost("machines", "mesure").err
