"""kustomize, looked for only when something has to be built: most environments have no kustomization."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from mlgitops.programs.kustomize import Built, builder, proving
from mlgitops.programs.process import require

Files = Mapping[str, "str | bytes"]

_proven: set[tuple[str, int]] = set()
"""(program, when it was changed last) of each that this process has put to the proof."""


def lazy_builder() -> Callable[[Sequence[Files]], list[Built]]:
    """As `kustomize.builder`. Raises ProgramMissing at the first folder when there is no kustomize.

    The program is put to the proof at its first build, at the same time: 20 ms that nobody waits for.
    """

    def build_all(folders: Sequence[Files]) -> list[Built]:
        if not folders:
            return []
        binary = require("kustomize")
        with _proof(binary):
            return builder(binary)(folders)

    return build_all


@contextmanager
def _proof(binary: str) -> Iterator[None]:
    """Raises after the block what is wrong with the program."""
    version = binary, os.stat(binary).st_mtime_ns
    if version in _proven:
        yield
        return
    with proving(binary):
        yield
    _proven.add(version)
