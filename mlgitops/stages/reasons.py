"""One target looked into: its documents, its resolution, and what policy has to say of it now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.deliver.reasons import Reasons, reasons_of
from mlgitops.deliver.release import Place
from mlgitops.deliver.standing import in_chain_order
from mlgitops.errors import UsageError
from mlgitops.findings import Finding
from mlgitops.policy.waivers import Waiver
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.documents.release import Release
from mlgitops.spec.load import load_model, load_of_model
from mlgitops.stages.build import build_models
from mlgitops.stages.outcome import Order
from mlgitops.stages.prepare import prepare
from mlgitops.stages.validate import validate_model
from mlgitops.tree import Tree

if TYPE_CHECKING:
    from mlgitops.request import Request


class Explained(NamedTuple):
    """A target with the reasons why it is as it is."""

    reasons: Reasons | None
    """None where it has errors, which `findings` say."""
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    """Those about this target, whether they hold or not."""
    engine: str
    rules: int
    """How many were asked about the model and its objects."""


def explained(tree: Tree, request: Request, model: str, environment: str) -> Explained:
    """What is known of a target. Raises UsageError for names that do not exist."""
    prepared = prepare(tree)
    for kind, name, known in (
        ("model", model, prepared.models),
        ("environment", environment, tuple(prepared.environments)),
    ):
        if name not in known:
            raise UsageError(
                f"there is no {kind} {name[:80]!r} without errors; known: {', '.join(sorted(known))[:400]}"
            )
    chosen = prepared.environments[environment].declared
    validated = validate_model(tree, model, {environment: chosen})
    if environment not in validated.selected:
        raise UsageError(
            f"{environment} does not have the model {model}", f"see spec.models of {chosen.spec.document.path}"
        )
    about = tuple(one for one in prepared.waivers if (one.model, one.environment) == (model, environment))
    rules = len([rule for rule in prepared.rules.rules if rule.scope != "fleet"])
    target = validated.targets.get(environment)
    if target is None:
        return Explained(None, validated.findings, about, "", rules)
    order = Order((environment,), "policy" if prepared.decidable else "documents", False, False, request.as_of)
    with ExitStack() as stack:
        engine = None
        if prepared.decidable:
            from mlgitops.programs.engines import open_engine

            engine = stack.enter_context(open_engine(request.engine, prepared.rules))
        (built,) = build_models(tree, request.root, (model,), prepared, engine, order)
        name = f"{engine.name} {engine.version}" if engine else ""
    declared, _ = load_model(tree, model)
    assert declared is not None
    reasons = reasons_of(declared, _places(tree, prepared.declared, model), target.resolved)
    mine = f"{model}@{environment}"
    return Explained(reasons, tuple(f for f in built.findings if f.subject in ("", mine)), about, name, rules)


def _places(tree: Tree, environments: dict[str, DeclaredEnvironment], model: str) -> Sequence[Place]:
    found = []
    for name in in_chain_order(environments):
        release, _ = load_of_model(tree, environments[name], Release, model)
        found.append(Place(environments[name], release))
    return found
