"""An error is one short line, and carries its facts as fields."""

import inspect
import pickle
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sepcost
from sepcost.core.errors import FieldError, FileError, MissingExtraError, SepcostError, did_you_mean, quoted


@given(st.text())
def test_what_was_typed_is_quoted_on_one_short_line(text):
    quote = quoted(text)
    assert quote.isprintable()
    assert len(quote) <= len("''") + 40 + len("...")


def test_a_control_character_cannot_steer_a_terminal():
    assert quoted("a\x1b[31m\n") == "'a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}'"


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [("seperable", "separable"), ("STANDARD", "standard"), ("zzz", None), ("", None)],
)
def test_a_mistyped_name_brings_the_nearest_known_one(word, suggestion):
    expected = f"; did you mean {suggestion}?" if suggestion else ""
    assert did_you_mean(word, ["standard", "separable"]) == expected


@pytest.mark.parametrize(
    ("error", "line", "fields"),
    [
        (FieldError("kernel", "is even"), "kernel: is even", {"field": "kernel", "problem": "is even"}),
        (FileError("", "is no network"), "'': is no network", {"path": ""}),
        (FileError("a\nb", "is a folder"), "a\N{REPLACEMENT CHARACTER}b: is a folder", {"path": "a\nb"}),
        (
            MissingExtraError("drawing", "plot"),
            "drawing needs an extra: pip install 'sepcost[plot]'",
            {"extra": "plot"},
        ),
    ],
    ids=["field", "no path", "file", "extra"],
)
def test_an_error_carries_its_facts(error, line, fields):
    assert isinstance(error, SepcostError)
    assert str(error) == line
    assert {name: getattr(error, name) for name in fields} == fields


def every_kind(of=SepcostError):
    """The errors of the library, wherever they are defined."""
    home = Path(sepcost.__file__).parent
    for path in home.rglob("*.py"):
        if 'Error):\n    """' in path.read_text():
            import_module(".".join(path.relative_to(home.parent).with_suffix("").parts))
    kinds = [of]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return kinds


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.__name__)
def test_an_error_comes_out_of_another_process_as_it_went_in(kind):
    is_plain = kind.__init__ in (Exception.__init__, ValueError.__init__)
    error = kind("is one") if is_plain else kind(*inspect.signature(kind).parameters)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))


def test_a_file_error_from_another_process_still_has_each_field_in_the_callers_words():
    error = FileError("net.onnx", FieldError("input_shape", "fits no input"))
    again = pickle.loads(pickle.dumps(error))
    assert again.worded({"input_shape": "--input-shape"}) == "net.onnx: --input-shape: fits no input"
