"""Batches of rows as CSV, JSON lines or Parquet, written as they come so that memory stays flat."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from io import BytesIO
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    import polars as pl

Write = Callable[["pl.DataFrame"], None]
"""Writes one batch after another."""

_SECONDS_BETWEEN_LOOKS = 0.1
_ROWS_A_GROUP = 3 * 2**17
"""Rows of one row group of Parquet, which is held whole; metadata of each is kept until the end."""
_LEVEL = 1
"""Of zstd: the usual 3 takes a twelfth more time to write, for a file that is smaller by a hundredth."""


@contextmanager
def csv_writer(stream: BinaryIO) -> Iterator[Write]:
    """Write CSV under one heading; null is an empty cell."""
    heading = True

    def write(batch: pl.DataFrame) -> None:
        nonlocal heading
        text = BytesIO()
        batch.write_csv(text, include_header=heading)
        stream.write(text.getbuffer())
        heading = False

    yield write


@contextmanager
def json_lines_writer(stream: BinaryIO) -> Iterator[Write]:
    """Write a JSON object a row."""

    def write(batch: pl.DataFrame) -> None:
        text = BytesIO()
        batch.write_ndjson(text)
        stream.write(text.getbuffer())

    yield write


@contextmanager
def parquet_writer(stream: BinaryIO) -> Iterator[Write]:
    """Write Parquet, which is whole when the block has ended.

    Polars writes what it pulls, so a thread of its own pulls the batches, and an interrupt still reaches
    the block. A batch is handed over before the next is computed: none waits, so memory stays flat.
    """
    sink = _ParquetSink(stream)
    try:
        yield sink.write
    except BaseException:
        sink.abandon()
        raise
    sink.finish()


@contextmanager
def interrupts_kept() -> Iterator[Callable[[], None]]:
    """Let an interrupt that comes within Polars end the block: Polars drops it, or fails over it.

    Yields what raises KeyboardInterrupt where one was dropped.
    """
    dropped = False
    before = sys.unraisablehook

    def keep(unraisable: sys.UnraisableHookArgs) -> None:
        nonlocal dropped
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            dropped = True
        else:
            before(unraisable)

    def raise_dropped() -> None:
        if dropped:
            raise KeyboardInterrupt

    sys.unraisablehook = keep
    try:
        yield raise_dropped
    except Exception:
        raise_dropped()
        raise
    finally:
        sys.unraisablehook = before


class _AbandonedError(Exception):
    """The batches end before their time."""


class _Remembering:
    """A stream that keeps why it could not be written: Polars passes on only that it could not."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self.stream.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self.stream.flush()

    def close(self) -> None:
        """Leave the stream open, which whoever opened it closes."""


class _ParquetSink:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream = _Remembering(stream)
        self.batches: SimpleQueue[pl.DataFrame | None] = SimpleQueue()
        self.taken = Event()
        self.abandoned = False
        self.thread: Thread | None = None
        self.error: BaseException | None = None

    def write(self, batch: pl.DataFrame) -> None:
        if self.thread is None:
            self.thread = Thread(target=self._sink, args=(batch.schema,), daemon=True)
            self.thread.start()
        self._put(batch)

    def finish(self) -> None:
        self._put(None)
        self._join()
        if self.error is not None:
            raise self.error

    def abandon(self) -> None:
        self.abandoned = True
        self._join()

    def _join(self) -> None:
        if self.thread is not None:
            self.thread.join()

    def _put(self, batch: pl.DataFrame | None) -> None:
        self.taken.clear()
        self.batches.put(batch)
        while self.thread is not None and self.thread.is_alive():
            if self.taken.wait(_SECONDS_BETWEEN_LOOKS):
                break
        if self.error is not None:
            raise self.error

    def _sink(self, schema: pl.Schema) -> None:
        from polars.io.plugins import register_io_source

        source = register_io_source(self._source, schema=schema)
        try:
            source.sink_parquet(
                cast(BinaryIO, self.stream), row_group_size=_ROWS_A_GROUP, compression_level=_LEVEL
            )
        except BaseException as error:  # Polars hands an interrupt to whoever waits for it.
            self.error = self.stream.error or error

    def _source(self, *_wanted: object) -> Iterator[pl.DataFrame]:
        """Yield batches as they come; the sink takes all columns and rows of them."""
        while True:
            if self.abandoned:
                raise _AbandonedError
            with suppress(Empty):
                batch = self.batches.get(timeout=_SECONDS_BETWEEN_LOOKS)
                self.taken.set()
                if batch is None:
                    return
                yield batch
                del batch  # not to be held until the next one comes


WRITERS: Mapping[str, Callable[[BinaryIO], AbstractContextManager[Write]]] = {
    "csv": csv_writer,
    "jsonl": json_lines_writer,
    "parquet": parquet_writer,
}
"""What writes each format that is written in batches."""
