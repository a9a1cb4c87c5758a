"""kustomize, looked for only when something has to be built: most environments have no kustomization."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

from mlgitops.errors import MlgitopsError
from mlgitops.programs.kustomize import Built, builder, prove
from mlgitops.programs.process import require

Files = Mapping[str, "str | bytes"]


def lazy_builder() -> Callable[[Sequence[Files]], list[Built]]:
    """As `kustomize.builder`. Raises ProgramMissing at the first folder when there is no kustomize.

    The program is put to the proof at its first build, at the same time: 20 ms that nobody waits for.
    """

    def build_all(folders: Sequence[Files]) -> list[Built]:
        if not folders:
            return []
        binary = require("kustomize")
        with _proof(binary):
            return builder(binary, jobs=1)(folders)

    return build_all


@contextmanager
def _proof(binary: str) -> Iterator[None]:
    """Raises what the proof does, after the block."""
    from threading import Thread  # here, since it is for few runs

    found: list[MlgitopsError | None] = []
    changed = os.stat(binary).st_mtime_ns
    thread = Thread(target=lambda: found.append(_fault(binary, changed)))
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if found[0] is not None:
        raise found[0]


@cache
def _fault(binary: str, _changed: int) -> MlgitopsError | None:
    try:
        prove(binary)
    except MlgitopsError as error:
        return error
    return None
