"""A result, ready for each kind of output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sepcost.report.picture.figure import Picture
    from sepcost.report.table import Table

Document = dict[str, Any]
"""A result as in JSON: exact whole numbers, text, finite floats."""

Record = dict[str, Any]
"""One row of data by column name; None where there is no number."""


class Report:
    """A result as data, as rows and as a table; each is built on first use.

    headings: the columns of rows of which there may be none.
    others: further formats by name, each a function that returns the whole text.
    picture: the result as a picture, None where there is nothing to draw.
    """

    def __init__(
        self,
        document: Callable[[], Document],
        records: Callable[[], Iterable[Record]],
        table: Callable[[], Table],
        others: Mapping[str, Callable[[], str]] | None = None,
        picture: Callable[[], Picture] | None = None,
        headings: Iterable[str] = (),
    ) -> None:
        self.document = document
        self.records = records
        self.table = table
        self.others = others or {}
        self.picture = picture
        self.headings = tuple(headings)
