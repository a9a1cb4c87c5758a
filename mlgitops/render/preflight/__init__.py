"""Preflight of rendered objects: KubeRay's own rules (`kuberay/…`), Serve's (`serve/…`) and traps (`gitops/…`)."""

from mlgitops.render.preflight.check import preflight
from mlgitops.render.preflight.versions import SUPPORTED
from mlgitops.render.preflight.violation import Violation

__all__ = ["SUPPORTED", "Violation", "preflight"]
