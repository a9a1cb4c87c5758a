"""The three engines as tests use them: always the real ones, never skipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlgitops.policy.engine import Engine
from mlgitops.policy.harness import sources
from mlgitops.policy.rules import RuleSet
from mlgitops.programs.embedded import EmbeddedEngine
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.opa_server import started
from mlgitops.programs.process import require

ENGINES = ("opa", "server", "embedded")


@contextmanager
def opened(name: str, rules: RuleSet, *, jobs: int = 1) -> Iterator[Engine]:
    """An engine by its name, holding these rules."""
    if name == "server":
        with started(sources(rules), require("opa"), jobs=jobs) as server:
            yield server
    elif name == "opa":
        with OpaEngine(sources(rules), require("opa"), jobs=jobs) as program:
            yield program
    else:
        with EmbeddedEngine(sources(rules), jobs=jobs) as embedded:
            yield embedded
