"""The policy engine that a command asks for: `auto`, `opa`, `embedded`, `server` or `server=URL`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mlgitops.policy.engine import Engine
from mlgitops.policy.harness import sources
from mlgitops.policy.rules import RuleSet
from mlgitops.programs.process import find, require

TOKEN_VARIABLE = "MLGITOPS_OPA_TOKEN"
"""Where the token for a company's OPA server comes from: never the command line, which others can read."""


@contextmanager
def open_engine(choice: str, rules: RuleSet, *, jobs: int = 1) -> Iterator[Engine]:
    """The engine, ready to be asked, for the time of the `with` block.

    `auto` is `opa` when it is installed, `embedded` otherwise. Raises MlgitopsError when the engine cannot work.
    """
    name, _, url = choice.partition("=")
    if name == "auto":
        name = "opa" if find("opa") else "embedded"
    compiled = sources(rules)
    if name == "opa":
        from mlgitops.programs.opa import OpaEngine

        with OpaEngine(compiled, require("opa"), jobs=jobs) as opa:
            yield opa
    elif name == "embedded":
        from mlgitops.programs.embedded import EmbeddedEngine

        with EmbeddedEngine(compiled, jobs=jobs) as embedded:
            yield embedded
    elif url:
        from mlgitops.programs.opa_server import Address, ServerEngine

        with ServerEngine(Address.of(url), os.environ.get(TOKEN_VARIABLE, ""), jobs=jobs) as server:
            yield server
    else:
        from mlgitops.programs.opa_server import started

        with started(compiled, require("opa"), jobs=jobs) as ours:
            yield ours
