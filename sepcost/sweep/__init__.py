"""Grids of layers, costed as columns."""

import os

# Polars' allocator keeps freed memory for ten seconds unless told otherwise, in which batches pile up.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:200,muzzy_decay_ms:0")
