"""What is asked of a build, and what became of each model and target: values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mlgitops.findings import Finding

if TYPE_CHECKING:
    from datetime import date

    from mlgitops.files.rendered import FileChange
    from mlgitops.plan.usage import Usage
    from mlgitops.render.kustomization.customize import Customized
    from mlgitops.render.shared import Named
    from mlgitops.spec.checks.fleet import Route
    from mlgitops.spec.reader import Document

Json = Any
Depth = Literal["documents", "verdicts", "policy", "files"]
"""How far to go: `validate`, `policy check` and `render`; `verdicts` is what rules say of documents, unrendered."""


class Order(NamedTuple):
    """What is asked of a batch."""

    environments: tuple[str, ...]
    depth: Depth
    write: bool
    """Whether changed targets are staged; else their changes are only said."""
    keep: bool
    """Whether the texts are returned: for comparing two revisions."""
    as_of: date


class BuiltTarget(NamedTuple):
    """What became of one target."""

    environment: str
    status: Literal["failed", "same", "changed"]
    row: Mapping[str, Json] | None
    """What fleet rules see; None where the model is not valid here."""
    route: Route | None
    changes: tuple[FileChange, ...] = ()
    files: tuple[str, ...] = ()
    """The names of its files, below the target."""
    texts: Mapping[str, str] | None = None
    customized: Customized | None = None
    """What of the kustomization applied (its objects left out)."""
    extras: tuple[Named, ...] | None = ()
    """The objects that templates gave it; None where it was looked at no further than its documents."""
    key: str = ""
    """What its key file should hold, where it is stale and nothing is written."""
    usage: Usage | None = None
    """What it takes of its environment; of one that was not rendered, of what serves alone."""


class BuiltModel(NamedTuple):
    """What became of one folder of specs/ in every environment."""

    name: str
    document: Document | None
    findings: tuple[Finding, ...]
    targets: tuple[BuiltTarget, ...]
    observed: tuple[str, ...]
    """Every path that was looked at."""
    otherwise: tuple[Finding, ...] = ()
    """What the rules of another revision say of the same objects, where they were asked as well."""
