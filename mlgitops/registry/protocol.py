"""`Registry`: where the versions of models are, and the only place that says that one exists."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mlgitops.contract.registered import RegisteredVersion


class Registry(Protocol):
    """Versions of models. A version is there whole or not at all, and never changes.

    Every method raises RunProblem: exit code 3 where the registry does not answer (`store/…`, `registry/failed`), 1
    for a record that is damaged (`registry/damaged`, which names the file).
    """

    def versions(self, model: str) -> list[RegisteredVersion]:
        """Every version of a model, by the time that it was registered and then by name; empty where there is none."""

    def find(self, model: str, version: str) -> RegisteredVersion | None:
        """One version; None where there is none, or where registering it never ended."""

    def register(self, version: RegisteredVersion, folder: Path) -> RegisteredVersion:
        """Add a version; `folder` holds what `contract.registered` lists but `version.json`.

        Gives the version that stands: where one of that name is there already, or another process was the first, that
        one. So a run registered twice, at once or after a crash, is one version. A version of that name made by
        another run is refused (`registry/other-run`).
        """

    def fetch(self, model: str, version: str, into: Path) -> None:
        """Copy a version's files, `version.json` too, into a new folder, private to this user. Nothing is verified.

        Raises RunProblem `registry/missing` where there is no such version. Then `into` is not there.
        """
