"""Small networks in TOML to read, and what is wrong with those that are none."""

import pytest

from sepcost.core.errors import FileError
from sepcost.network.toml.read import read_toml

HEAD = "channels = 3\nsize = [32, 24]\n"


def written(folder, text):
    path = folder / "net.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def network(folder, layers, head=HEAD, **options):
    return read_toml(written(folder, head + "".join(f"[[layer]]\n{layer}\n" for layer in layers)), **options)


def refusal(folder, text):
    with pytest.raises(FileError) as caught:
        read_toml(written(folder, text))
    message = str(caught.value)
    assert message.isprintable()
    return message.split(": ", 1)[1]
