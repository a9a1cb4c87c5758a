"""The good input of a scope, which fixtures are laid over: what tests change to see rules fire."""

from __future__ import annotations

from typing import Any

from mlgitops.policy.engine import Scope
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Shape, total
from mlgitops.spec.reader import Document, read


def base_document(rules: RuleSet, scope: Scope, shape: Shape) -> dict[str, Any]:
    """The good input of a scope, total."""
    path = f"policies/fixtures/{scope}.yaml"
    base = read(rules.files[path], path)
    assert isinstance(base, Document), base
    document: dict[str, Any] = total(base.data, shape)
    return document
