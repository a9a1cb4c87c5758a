"""Many documents, several threads: a list shared out in order, and the answers put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlgitops.errors import MlgitopsError
from mlgitops.policy.engine import Batch, Document
from mlgitops.programs.threads import in_threads


def in_chunks(
    ask: Callable[[Sequence[Document]], Batch],
    documents: Sequence[Document],
    *,
    jobs: int,
    smallest: int,
    largest: int,
) -> Batch:
    """Ask about `documents` in chunks of `smallest` to `largest`, `jobs` at once; the answers in the given order.

    Raises what `ask` raises, of the first chunk that fails; MlgitopsError when two chunks were asked other rules.
    Whoever is interrupted meanwhile does not wait for the answers.
    """
    batches = in_threads(ask, _shared_out(documents, jobs, smallest, largest), jobs)
    if any(batch[:2] != batches[0][:2] for batch in batches):
        raise MlgitopsError("the rules changed while they were asked", "run again")
    return Batch(batches[0].digest, batches[0].defined, [decision for batch in batches for decision in batch.decisions])


def _shared_out(documents: Sequence[Document], jobs: int, smallest: int, largest: int) -> list[Sequence[Document]]:
    size = min(largest, max(smallest, -(-len(documents) // jobs)))
    return [documents[start : start + size] for start in range(0, len(documents), size)] or [documents]
