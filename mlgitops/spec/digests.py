"""Digests that documents state of each other.

A release names its version's record by the digest of every file in the version's folder, so that
neither the evidence nor the code it serves with can change under a release.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlgitops.spec.code import digest_of


def record_digest(files: Mapping[str, bytes]) -> str:
    """The digest of a version's folder: `version.yaml` and the serving code beside it, by name without the folder."""
    return digest_of(files)
