"""The line that a person wrote behind an object that the cluster does not accept.

Argo CD passes on what the Kubernetes API or KubeRay says of an object; the field in it, or as much of the field as Git
has, is traced to the document and the layer that set it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgitops.errors import MlgitopsError
from mlgitops.live.refused import fields_of, nearest
from mlgitops.source import Location, Pointer
from mlgitops.stages.asked import RENDERED, Asked, document_at

if TYPE_CHECKING:
    from mlgitops.live.row import Row


def blamed(asked: Asked, row: Row) -> tuple[Location, str] | None:
    """Where a refused object's field is written, and the layer; None where nobody's line is to blame."""
    refusal = row.refusal
    if refusal is None:
        return None
    folder = f"{RENDERED}/{row.environment}/{row.model}/"
    for path in asked.tree.blobs:
        document = document_at(asked.tree, path) if path.startswith(folder) and path.endswith(".yaml") else None
        if document is None or (document.get("kind"), document["metadata"].get("name")) != (refusal.kind, refusal.name):
            continue
        fields = [nearest(document, field) for field in fields_of(refusal.message)]
        return _origin(asked, path, max(fields, key=len, default=()) or ("spec",))
    return None


def _origin(asked: Asked, path: str, pointer: Pointer) -> tuple[Location, str] | None:
    from mlgitops.stages.blame import blame

    try:
        found = blame(asked.tree, path, pointer)
    except MlgitopsError:  # the documents of that commit have errors, or a program is missing
        return None
    return found.location, found.layer
