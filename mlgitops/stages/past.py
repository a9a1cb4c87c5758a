"""One model in one environment at a commit: what was released, what was rendered, what a rule said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mlgitops.programs.git_tree import GitTree
from mlgitops.source import Pointer
from mlgitops.spec.declared import DeclaredVersion
from mlgitops.spec.documents.release import Release
from mlgitops.spec.load import load_environment, load_model, load_of_model

if TYPE_CHECKING:
    from mlgitops.request import Request

Json = Any
SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")


class Released(NamedTuple):
    """What served."""

    name: str
    version: DeclaredVersion


def released_at(root: str, commit: str, model: str, environment: str) -> Released | None:
    """The version that a commit releases; None where there is none, or its documents have errors."""
    tree = GitTree(root, commit, (f"specs/{model}", f"environments/{environment}"))
    tree.preload(tree.blobs)
    declared, _ = load_model(tree, model)
    place, _ = load_environment(tree, environment)
    if declared is None or place is None:
        return None
    release, _ = load_of_model(tree, place, Release, model)
    name = release.value.spec.version if release else ""
    version = declared.versions.get(name)
    return Released(name, version) if version is not None else None


def field_at(root: str, commit: str, path: str, pointer: Pointer) -> Json | None:
    """The value of a rendered field, in a list of one; an empty list where it is not there, None without the file."""
    from ryaml import InvalidYamlError, loads

    content = GitTree(root, commit, (path,)).read(path)
    if content is None:
        return None
    try:
        here = loads(content.decode())
        for token in pointer:
            here = here[str(token)] if isinstance(here, dict) else here[token]
    except (InvalidYamlError, ValueError):
        return None
    except (KeyError, IndexError, TypeError):
        return []
    return [here]


def denies_at(root: str, commit: str, model: str, environment: str, rule: str, request: Request) -> bool | None:
    """Whether a rule denied a model there, by that commit's rules and waivers; None where it could not be asked."""
    from mlgitops.errors import UsageError
    from mlgitops.policy.refused import RulesRefused
    from mlgitops.programs.engines import open_engine
    from mlgitops.stages.build import build_models
    from mlgitops.stages.outcome import Order
    from mlgitops.stages.prepare import prepare

    tree = GitTree(root, commit, SOURCES)
    tree.preload(tree.blobs)
    try:
        prepared = prepare(tree)
        if not prepared.decidable or model not in prepared.models or environment not in prepared.environments:
            return None
        order = Order((environment,), "policy", False, True, request.as_of)
        with open_engine(request.engine, prepared.rules) as engine:
            (built,) = build_models(tree, root, (model,), prepared, engine, order)
    except (UsageError, RulesRefused):
        return None
    if not any(one.texts is not None for one in built.targets):
        return None
    subject = f"{model}@{environment}"
    return any(f.fails and f.code == f"policy/{rule}" and f.subject == subject for f in built.findings)
