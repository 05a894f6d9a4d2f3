"""Which reader a file goes to, and what is said of files that hold no graph."""

import ast

import pytest

from sepcost.core.errors import FieldError, FileError
from sepcost.network.read import FORMATS, format_of, read_network
from sepcost.network.width import fit_width


@pytest.fixture
def empty(tmp_path):
    """Make an empty file of a name and return its path."""

    def made(name):
        (tmp_path / name).touch()
        return tmp_path / name

    return made


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_is_read_by_its_ending_in_any_case(empty, ending):
    assert format_of(empty(f"net.{ending}")) == format_of(empty(f"some.net.{ending.upper()}")) == ending


@pytest.mark.parametrize(
    ("ending", "makes"),
    [
        ("pt", "torch.export.save"),
        ("pth", "torch.export.save"),
        ("pth.tar", "torch.export.save"),
        ("torchscript", "torch.export.save"),
        ("ckpt", "torch.export.save"),
        ("safetensors", "torch.export.save"),
        ("py", "torch.export.save"),
        ("h5", ".keras"),
        ("hdf5", ".keras"),
        ("pb", ".tflite"),
        ("mlmodel", "torch.export.save"),
        ("pdmodel", "paddle.onnx.export"),
    ],
)
def test_a_file_without_a_graph_names_the_line_that_makes_one(empty, ending, makes):
    with pytest.raises(FileError, match="holds no graph that is read; this makes one: ") as refused:
        read_network(empty(f"net.{ending}"))
    line = str(refused.value).partition("this makes one: ")[2]
    assert makes in line
    ast.parse(line)


def test_a_folder_that_tensorflow_saved_names_the_line_that_converts_it(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(FileError, match=r"this makes one: .*from_saved_model\(folder\)"):
        read_network(tmp_path)


@pytest.mark.parametrize("name", ["net", "net.txt", "net.toml.bak", "net.tar", "net.onnx.tar"])
def test_any_other_file_names_the_endings(empty, name):
    with pytest.raises(FileError, match=r"ends in none of \.toml, \.onnx, \.tflite, \.pt2 and \.keras"):
        read_network(empty(name))


@pytest.mark.parametrize("ending", FORMATS[1:])
def test_a_width_or_a_size_is_for_toml(empty, ending):
    with pytest.raises(FieldError, match=r"size: is for TOML networks: a file of .* has its own sizes"):
        read_network(empty(f"net.{ending}"), size=(8, 8))


@pytest.mark.parametrize("name", ["net.pt", "net.txt", "net.onnx", "net.toml", ""])
def test_a_file_that_is_not_there_is_told_so_before_anything_of_its_ending(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for read in (lambda: read_network(name, input_shape=(1, 3), size=8), lambda: fit_width(name, max_macs=9)):
        with pytest.raises(FileError, match=r"cannot be read: no such file or directory$"):
            read()
