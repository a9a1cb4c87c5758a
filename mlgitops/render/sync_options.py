"""Annotations that tell Argo CD what it may do to one object."""

from __future__ import annotations

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"

CONFIRM = {SYNC_OPTIONS: "Prune=confirm"}
"""A person confirms in Argo CD before the object is removed."""

NEVER_PRUNED = {SYNC_OPTIONS: "Prune=false"}
"""The object stays when it is no longer in Git."""

FIRST = {"argocd.argoproj.io/sync-wave": "-1"}
"""The object is there before the others of its Application.

An Application whose project Argo CD does not know yet is looked at again after minutes: seen in the lab.
"""
