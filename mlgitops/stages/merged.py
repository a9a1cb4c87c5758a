"""One target under rendered/ as a tree's sources give it, nothing decided: for a merge of two rendered trees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mlgitops.errors import UsageError
from mlgitops.stages.build import build_models
from mlgitops.stages.outcome import BuiltModel, Order
from mlgitops.stages.prepare import Prepared, prepare
from mlgitops.stages.shared_targets import shared_targets
from mlgitops.stages.superfluous import SHARED
from mlgitops.tree import Tree

SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")
"""What conflicts in here leave nothing to render."""


def target_of(path: str) -> str:
    """The target that a file belongs to. Raises UsageError for a path that is none.

    >>> target_of("rendered/dev/churn/serve/service.yaml"), target_of("rendered/argocd/root.yaml")
    ('rendered/dev/churn', 'rendered/argocd')
    """
    parts = path.split("/")
    if parts[0] != "rendered" or len(parts) < 3 or (parts[1] != "argocd" and len(parts) < 4):
        raise UsageError(f"expected a file of a target under rendered/, got {path[:200]!r}")
    return "/".join(parts[:2] if parts[1] == "argocd" else parts[:3])


def texts_of(tree: Tree, target: str) -> Mapping[str, str] | None:
    """The files of a target by their names below it; None where it has errors, or nothing declares it."""
    prepared = prepare(tree)
    _, environment, model = (*target.split("/"), "")[:3]
    if environment != "argocd" and model != SHARED:
        if model not in prepared.models or environment not in prepared.environments:
            return None
        (built,) = _built(tree, (model,), prepared, (environment,))
        return next((one.texts for one in built.targets if one.environment == environment), None)
    every = _built(tree, prepared.models, prepared, tuple(prepared.environments))
    if any(one.row is None for model in every for one in model.targets):
        return None
    return dict(shared_targets(prepared, every, [])).get(target)


def _built(tree: Tree, names: tuple[str, ...], prepared: Prepared, environments: tuple[str, ...]) -> list[BuiltModel]:
    order = Order(environments, "policy", False, True, date.min)  # no day counts: nothing is decided
    return build_models(tree, "", names, prepared, None, order)
