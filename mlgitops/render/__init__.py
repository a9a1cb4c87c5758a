"""Resolved models → Kubernetes objects → YAML; the KubeRay preflight; the Argo CD objects. Pure."""
