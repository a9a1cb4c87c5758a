"""A data set as a loop on a laptop sees it: what of Ray Data's iterators loops use, over one table, without a cluster.

Anything else that a loop asks for is answered by Ray Data itself, which starts a cluster of this machine for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow

BATCH = 256
"""Rows, where a loop does not say: Ray Data's own default."""
_HERE = {"prefetch_batches", "local_shuffle_buffer_size", "local_shuffle_seed"}
"""Options of batches that need no Ray Data."""


class LocalShard:
    """All rows of a table, in their order; each call of an iterator begins anew.

    A local shuffle is of all rows, however many a buffer may have: with the same seed it is the same one.
    """

    def __init__(self, table: pyarrow.Table) -> None:
        self._table = table

    def iter_batches(
        self, *, batch_size: int | None = BATCH, batch_format: str = "default", drop_last: bool = False, **more: Any
    ) -> Iterator[Any]:
        """Batches as mappings of arrays, or as `batch_format` pandas or pyarrow have them."""
        if _beyond(more) or batch_format not in ("default", "numpy", "pandas", "pyarrow"):
            yield from self._of_ray().iter_batches(
                batch_size=batch_size, batch_format=batch_format, drop_last=drop_last, **more
            )
            return
        table = self._ordered(more)
        columns = _arrays(table) if batch_format in ("default", "numpy") else {}
        for first, last in self._bounds(batch_size, drop_last=drop_last):
            if columns:
                yield {name: values[first:last] for name, values in columns.items()}
            else:
                batch = table.slice(first, last - first)
                yield batch.to_pandas() if batch_format == "pandas" else batch

    def iter_torch_batches(
        self,
        *,
        batch_size: int | None = BATCH,
        dtypes: Any = None,
        device: str = "auto",
        drop_last: bool = False,
        **more: Any,
    ) -> Iterator[dict[str, Any]]:
        """Batches as mappings of tensors, on the GPU where there is one."""
        import torch

        if _beyond(more):
            yield from self._of_ray().iter_torch_batches(
                batch_size=batch_size, dtypes=dtypes, device=device, drop_last=drop_last, **more
            )
            return
        place = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        arrays = _arrays(self._ordered(more))
        columns = {name: torch.as_tensor(values).to(dtype=_dtype(dtypes, name)) for name, values in arrays.items()}
        for first, last in self._bounds(batch_size, drop_last=drop_last):
            yield {name: values[first:last].to(device=place) for name, values in columns.items()}

    def iter_rows(self) -> Iterator[dict[str, Any]]:
        """Rows as mappings."""
        for first, last in self._bounds(BATCH, drop_last=False):
            yield from self._table.slice(first, last - first).to_pylist()

    def count(self) -> int:
        """How many rows there are."""
        rows: int = self._table.num_rows
        return rows

    def materialize(self) -> LocalShard:
        """Itself: it is in memory."""
        return self

    def to_pandas(self, limit: int | None = None) -> Any:  # noqa: ARG002
        """All rows as a DataFrame."""
        return self._table.to_pandas()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._of_ray(), name)

    def _bounds(self, size: int | None, *, drop_last: bool) -> Iterator[tuple[int, int]]:
        rows = self._table.num_rows
        step = size or max(rows, 1)
        for first in range(0, rows, step):
            if not (drop_last and first + step > rows):
                yield first, min(first + step, rows)

    def _ordered(self, options: Mapping[str, Any]) -> pyarrow.Table:
        """The rows in the order in which a loop asks for them."""
        if not options.get("local_shuffle_buffer_size"):
            return self._table
        random = np.random.default_rng(options.get("local_shuffle_seed"))
        return self._table.take(random.permutation(self._table.num_rows))

    def _of_ray(self) -> Any:
        import ray.data

        return ray.data.from_arrow(self._table)


def _arrays(table: pyarrow.Table) -> dict[str, Any]:
    """Copies: a loop may change its batches."""
    return {name: np.array(table.column(name).to_numpy()) for name in table.column_names}


def _beyond(options: Mapping[str, Any]) -> bool:
    """Whether batches are asked for in a way that only Ray Data knows."""
    return any(value for name, value in options.items() if name not in _HERE)


def _dtype(dtypes: Any, name: str) -> Any:
    return dtypes.get(name) if isinstance(dtypes, Mapping) else dtypes
