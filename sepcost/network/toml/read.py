"""Networks written as TOML: layers in order, channels and sizes flowing from each to those that read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction

from sepcost.core.errors import FieldError, FileError, QuantityError
from sepcost.core.files import Path, load_file_of, refuse_unknown, stem, tables
from sepcost.core.quantity import Lengths, checked_field, checked_if_given, checked_lengths, checked_ratio
from sepcost.network.model import Network
from sepcost.network.names import clean_name
from sepcost.network.shape_rules import Shape
from sepcost.network.toml.entries import Entry, read_entries
from sepcost.network.toml.keys import NETWORK_KEYS, network_key
from sepcost.network.toml.layout import Layout
from sepcost.network.toml.maps import along
from sepcost.network.toml.record import Record
from sepcost.network.toml.widths import Widths


def read_toml(path: Path, width: Fraction | None = None, size: Lengths | None = None) -> Network:
    """Read a network from a TOML file.

    width: an exact ratio that multiplies every `out`, rounded as `Widths.channels` says, but no `dense`.
    size: the input's length along each axis, one number for all of them, instead of the file's.
    Raises FileError, which names the layer and key at fault; FieldError for width or size.
    """
    scale = checked_if_given("width", checked_ratio, width)
    return read_design(path).network(scale, size)


@dataclass(frozen=True)
class Design:
    """A network as its file describes it, to be built at any width and size.

    size: the input's length along each axis.
    """

    path: Path
    name: str
    channels: int
    size: Shape
    divisor: int | None
    entries: tuple[Entry, ...]

    def widths(self, width: Fraction | None) -> Widths:
        """Return how a width changes its channels."""
        return Widths(width, self.divisor)

    def network(self, width: Fraction | None = None, size: Lengths | None = None) -> Network:
        """Return the network at a width and a size, each as in the file unless given.

        Raises FileError, which names the layer and key at fault; FieldError for a size of other axes.
        """
        own = self.size
        if size is not None:
            own = along("size", checked_field("size", checked_lengths, size), len(self.size))
        record = Record()
        try:
            Layout(record, self.widths(width)).run(self.entries, record.take(self.channels, own))
            return record.network(self.name)
        except (FieldError, QuantityError) as error:
            raise FileError(os.fspath(self.path), str(error)) from None


def read_design(path: Path) -> Design:
    """Read what a TOML file describes; FileError, which names the layer and key at fault."""
    content = load_file_of("layer", path)
    try:
        refuse_unknown(content, tuple(key.name for key in NETWORK_KEYS))
        name = clean_name(network_key("name").read(content, stem(path)))
        size: Lengths = network_key("size").required(content)
        return Design(
            path,
            name,
            network_key("channels").required(content),
            (size, size) if isinstance(size, int) else size,
            network_key("divisor").read(content),
            read_entries(tables(content, "layer"), network_key("bias").read(content, False)),
        )
    except (FieldError, QuantityError) as error:
        raise FileError(os.fspath(path), str(error)) from None
