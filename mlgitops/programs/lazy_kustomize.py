"""kustomize, looked for only when something has to be built: most environments have no kustomization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mlgitops.programs.kustomize import Built, builder
from mlgitops.programs.process import require

Files = Mapping[str, "str | bytes"]


def lazy_builder() -> Callable[[Sequence[Files]], list[Built]]:
    """As `kustomize.builder`. Raises ProgramMissing at the first folder when there is no kustomize."""

    def build_all(folders: Sequence[Files]) -> list[Built]:
        return builder(require("kustomize"), jobs=1)(folders) if folders else []

    return build_all
