"""Health checks that teach Argo CD Ray's objects: one Lua script a kind, beside this module.

Without them an Application is Healthy as soon as its objects exist, a failed training run is green, and a sync that
removes the old release does not wait for the new one. Argo CD finds them in `argocd-cm` under
`resource.customizations.health.ray.io_<Kind>`.

A RayJob that waits in a queue is Suspended: nothing fails, nothing moves, and Argo CD shows a pause. A sync that waits
for health would wait with it, so no sync does: Applications of training have no waves, hooks or `PruneLast`.
"""

from __future__ import annotations

from functools import cache

KINDS = ("RayCluster", "RayJob", "RayService")


@cache
def health_check(kind: str) -> str:
    """The Lua of one of `KINDS`."""
    from importlib.resources import files

    return files(__package__).joinpath(f"{kind}.lua").read_text(encoding="utf-8")


def health_customizations() -> dict[str, str]:
    """The keys of `argocd-cm` with all checks."""
    return {f"resource.customizations.health.ray.io_{kind}": health_check(kind) for kind in KINDS}
