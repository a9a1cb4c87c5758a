"""The registry in a store: a folder or an object store (`contract.registered` has the layout).

`version.json` is written last, only where there is none, and is the point at which a version exists. What lies there
without it is what a killed attempt left: it is no version, and the next attempt that ends removes it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mlgitops.contract.registered import SIGNATURE_FILE, VERSION_FILE, RegisteredVersion
from mlgitops.problem import RunProblem
from mlgitops.registry.backend import told
from mlgitops.registry.records import (
    DAMAGED_HINT,
    attempt,
    check_complete,
    check_names,
    missing,
    record,
    record_text,
    same_run,
)
from mlgitops.registry.stores import LIMITS, Limits, Store


class DirectoryRegistry:
    """See the module and `protocol.Registry`."""

    def __init__(self, store: Store, limits: Limits = LIMITS) -> None:
        self._store = store
        self._limits = limits

    def versions(self, model: str) -> list[RegisteredVersion]:
        check_names(model)
        found = [self.find(model, name) for name in self._store.folders(model)]
        return sorted((one for one in found if one is not None), key=lambda one: (one.registeredAt, one.version))

    def find(self, model: str, version: str) -> RegisteredVersion | None:
        check_names(model, version)
        name = f"{model}/{version}/{VERSION_FILE}"
        text = self._store.read(name)
        return None if text is None else record(text, model, version, name)

    def register(self, version: RegisteredVersion, folder: Path) -> RegisteredVersion:
        check_complete(version, folder)
        standing = self.find(version.model, version.version)
        if standing is None:
            try:
                standing = self._add(version, folder)
            except RunProblem:
                # Another process may have been the first and have removed what this one was writing.
                standing = self.find(version.model, version.version)
                if standing is None:
                    raise
        self._remove_leftovers(standing)
        return same_run(standing, version)

    def _add(self, version: RegisteredVersion, folder: Path) -> RegisteredVersion:
        place = f"{version.model}/{version.version}"
        self._store.upload(folder, f"{place}/{attempt(version)}")
        self._check_conditional(f"{place}/{attempt(version)}/{SIGNATURE_FILE}", folder / SIGNATURE_FILE)
        if self._store.write_new(f"{place}/{VERSION_FILE}", record_text(version)):
            return version
        standing = self.find(version.model, version.version)
        if standing is None:
            raise missing(version.model, version.version)
        return standing

    def _check_conditional(self, name: str, file: Path) -> None:
        """That a file which is there cannot be written as a new one; else two attempts could both be the first."""
        with told(f"read {file.name}"):
            data = file.read_bytes()
        if self._store.write_new(name, data):
            message = "a registry's store must refuse a new file where there is one, got a store that overwrites it"
            hint = "use a store with conditional puts (If-None-Match), or a folder"
            raise RunProblem("registry/not-conditional", message, hint)

    def _remove_leftovers(self, standing: RegisteredVersion) -> None:
        """Of attempts that were killed or too late. The version stands, whether that works or not."""
        place = f"{standing.model}/{standing.version}"
        with suppress(RunProblem):
            for name in self._store.folders(place):
                if name != attempt(standing):
                    self._store.remove_folder(f"{place}/{name}")

    def fetch(self, model: str, version: str, into: Path) -> None:
        found = self.find(model, version)
        if found is None:
            raise missing(model, version)
        place = f"{model}/{version}"
        try:
            self._store.download(f"{place}/{attempt(found)}", into, self._limits)
        except RunProblem as problem:
            if problem.code != "store/missing":
                raise
            message = f"{place}/{VERSION_FILE} must say where the version's files are, got {attempt(found)}, with none"
            raise RunProblem("registry/damaged", message, DAMAGED_HINT) from None
        with told(f"write {VERSION_FILE}"):
            (into / VERSION_FILE).write_bytes(record_text(found))
