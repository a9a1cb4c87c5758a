"""What came of a model as JSON that comes back as the same: so that only models that changed are built again.

Texts are not kept: the files under rendered/ hold them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlgitops.files import former
from mlgitops.files.former import Former, Seen
from mlgitops.render.kustomization.customize import Customized
from mlgitops.report.contents import Report
from mlgitops.report.stored import finding_json, report_json, stored_finding
from mlgitops.request import Command, Request
from mlgitops.spec.checks.fleet import Route
from mlgitops.stages.outcome import BuiltModel, BuiltTarget

Json = Any

LISTED = ("specs", "rendered")
"""Folders whose entries come and go without anything else changing by it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known from the former run of the same request, and where this one's outcome goes."""

    request: Request
    key: str
    started: int
    """When this run began, in ns of the wall clock."""
    shared: tuple[str, ...]
    """What preparing looked at, which every model depends on."""
    former: Former | None

    @classmethod
    def of(cls, request: Request, command: Command, shared: Iterable[str], started: int) -> Memory:
        """The memory of a request; an empty one where no cache is wanted."""
        key = request.key(command)
        usable = request.cache and not request.engine.startswith("server")
        known = former.load(request.root, key) if usable else None
        return cls(request, key, started, tuple(sorted(set(shared) - set(LISTED))), known)

    def unchanged(self, names: Sequence[str]) -> dict[str, BuiltModel]:
        """The models of which nothing changed, as they were built then."""
        root, known = self.request.root, self.former
        if (
            known is None
            or known.shared.paths != self.shared
            or former.state_of(root, self.shared) != known.shared.state
        ):
            return {}
        groups = {name: known.models[name] for name in names if name in known.models}
        same = [name for name, group in groups.items() if former.state_of(root, group.paths) == group.state]
        records = former.load_records(root, self.key) if same else {}
        try:
            return {name: stored_model(name, records[name]) for name in same if name in records}
        except (KeyError, TypeError, ValueError):
            return {}

    def keep(self, report: Report, built: Sequence[BuiltModel], others: Mapping[str, tuple[str, ...]]) -> None:
        """Stores this run's outcome, unless something was touched while it ran.

        `others` are the targets that belong to no model, with the names of their files.
        """
        if not self.request.cache or self.request.engine.startswith("server"):
            return
        root = self.request.root
        models = {one.name: seen_of(one) for one in built}
        if not former.settled_since(root, {*self.shared, *(p for one in built for p in one.observed)}, self.started):
            return
        former.wait_for_tick()
        listed = [*LISTED, *(f"rendered/{target.environment}" for one in built for target in one.targets)]
        environment_folders = tuple(sorted({*listed, *others}))
        last = Seen(environment_folders, tuple(others.items()))
        records = {one.name: model_json(one) for one in built}
        former.store(root, self.key, Seen(self.shared), last, models, report_json(report), records)


def model_json(built: BuiltModel) -> Json:
    """A built model as JSON."""
    return {
        "observed": list(built.observed),
        "findings": [finding_json(finding) for finding in built.findings],
        "targets": [_target_json(target) for target in built.targets],
    }


def _target_json(target: BuiltTarget) -> Json:
    customized = target.customized
    return {
        "environment": target.environment,
        "failed": target.status == "failed",
        "row": target.row,
        "route": list(target.route) if target.route else None,
        "files": list(target.files),
        "customized": [sorted(customized.patches), sorted(customized.images)] if customized else None,
    }


def stored_model(name: str, data: Json) -> BuiltModel:
    """The model that `model_json` wrote."""
    targets = tuple(_stored_target(target) for target in data["targets"])
    findings = tuple(stored_finding(finding) for finding in data["findings"])
    return BuiltModel(name, None, findings, targets, tuple(data["observed"]))


def _stored_target(data: Json) -> BuiltTarget:
    route, customized = data["route"], data["customized"]
    return BuiltTarget(
        data["environment"],
        "failed" if data["failed"] else "same",
        data["row"],
        Route(*route) if route else None,
        (),
        tuple(data["files"]),
        None,
        Customized([], frozenset(customized[0]), frozenset(customized[1])) if customized else None,
    )


def seen_of(built: BuiltModel) -> Seen:
    """The paths that a model's outcome depends on: what was read for it, and what stands under rendered/."""
    folders = [
        (f"rendered/{target.environment}/{built.name}", target.files) for target in built.targets if target.files
    ]
    inside = {f"{folder}/{name}".rpartition("/")[0] for folder, names in folders for name in names}
    return Seen(tuple(sorted({*built.observed, *inside, *(folder for folder, _ in folders)})), tuple(folders))
