"""An engine that is asked about a fleet once: of two revisions that have the same fleet, the second has the answer.

A fleet is every model of an environment, which most changes of one model leave as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from mlgitops.policy.engine import Batch, Document, Engine, Scope


class AskedOnce:
    """See the module; the last question about fleets and its answer are kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: tuple[list[Document], Batch] | None = None

    @property
    def name(self) -> str:
        """See `policy.engine.Engine`."""
        return self._engine.name

    @property
    def version(self) -> str:
        """See `policy.engine.Engine`."""
        return self._engine.version

    def ready(self) -> None:
        """See `policy.engine.Engine`."""
        self._engine.ready()

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        """See `policy.engine.Engine`."""
        if scope != "fleet":
            return self._engine.evaluate(scope, documents)
        asked = list(documents)
        if self._known is None or self._known[0] != asked:
            self._known = asked, self._engine.evaluate(scope, documents)
        return self._known[1]

    def __enter__(self) -> Engine:
        self._engine.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._engine.__exit__(kind, error, traceback)
