"""Whether rules compile, asked before anything is decided: by OPA where it is there, else by the embedded engine.

findings = uncompiled(rules)
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mlgitops.findings import Finding
from mlgitops.policy.engine import SCOPES, EvaluationFailed
from mlgitops.policy.harness import sources
from mlgitops.policy.refused import RulesRefused
from mlgitops.policy.rules import RuleSet


def uncompiled(rules: RuleSet, engine: str = "auto") -> Sequence[Finding]:
    """Findings `policy/rego`. Raises MlgitopsError when no engine can work.

    OPA compiles every file, also tests and rules that are wrong in other ways; the embedded engine those it would ask.
    """
    from mlgitops.programs.process import find

    opa = find("opa") if engine != "embedded" else None
    if opa is not None:
        from mlgitops.programs.opa_checks import compile_errors

        modules = {path: text for path, text in rules.files.items() if path.endswith(".rego")}
        return compile_errors(modules, opa)
    from mlgitops.programs.embedded import EmbeddedEngine

    with EmbeddedEngine(sources(rules), jobs=1) as embedded:
        for scope in SCOPES:
            try:
                if rules.of(scope):
                    with suppress(EvaluationFailed):  # it was asked about nothing: that tells nothing
                        embedded.evaluate(scope, [])
            except RulesRefused as refused:
                return refused.findings
    return []
