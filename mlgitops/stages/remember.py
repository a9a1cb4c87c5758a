"""What came of a model as JSON that comes back as the same: so that only models that changed are built again.

Texts are not kept: the files under rendered/ hold them. A model of which a file should have been written and was not
is not kept at all, since what is there is not what its inputs give.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlgitops.files import former
from mlgitops.files.former import Former, Seen
from mlgitops.plan.usage import Amount, Service, Usage
from mlgitops.render.kustomization.customize import Customized
from mlgitops.render.shared import Named
from mlgitops.report.contents import Report
from mlgitops.report.stored import finding_json, report_json, stored_finding
from mlgitops.request import Command, Recalled, Request, recall
from mlgitops.spec.checks.fleet import Route
from mlgitops.stages.outcome import BuiltModel, BuiltTarget
from mlgitops.stages.wrote import Wrote

Json = Any

LISTED = ("specs", "rendered")
"""Folders whose entries come and go without anything else changing by it."""

_MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What reading a record can raise that somebody else wrote."""


@dataclass(slots=True)
class Memory:
    """What is known from the former run of the same request, and where this one's outcome goes."""

    request: Request
    key: str
    rendered: bool
    """Whether files under rendered/ were looked at."""
    began: int | None
    """When this run began, by the file system's clock; None where nothing is to be kept."""
    shared: tuple[str, ...]
    """What preparing looked at, which every model depends on."""
    recalled: Recalled | None
    reused: dict[str, Json] = field(default_factory=dict)
    """The records of models that were found unchanged."""

    @classmethod
    def of(
        cls, request: Request, command: Command, shared: Iterable[str], began: int | None, recalled: Recalled | None
    ) -> Memory:
        """The memory of a request; an empty one where no cache is wanted. `began` is from `begin`."""
        paths = tuple(sorted(set(shared) - set(LISTED)))
        if not request.remembers:
            return cls(request, "", False, None, paths, None)
        rendered = command in ("render", "render --check")
        return cls(request, request.key(command), rendered, began, paths, recalled)

    def unchanged(self, names: Sequence[str]) -> dict[str, BuiltModel]:
        """The models of which nothing changed, as they were built then."""
        if self.recalled is None or not self._shares(self.recalled.former):
            return {}
        same = [name for name in names if name in self.recalled.same]
        records = former.load_records(self.request.root, self.key) if same else {}
        built = {}
        for name in same:
            try:
                built[name] = stored_model(name, records[name])
            except _MALFORMED:
                continue
            self.reused[name] = records[name]
        return built

    def _shares(self, known: Former) -> bool:
        """Whether what preparing read is what the former run read: looked at again, now that it has been read.

        Of a model that changes after it was recalled, the former state is kept: the next run sees that it differs.
        """
        return known.shared.paths == self.shared and former.is_same(self.request.root, known.shared)

    def keep(
        self,
        report: Report,
        built: Sequence[BuiltModel],
        others: Mapping[str, tuple[str, ...]],
        wrote: Wrote,
        observed: Iterable[str] = (),
    ) -> None:
        """Stores this run's outcome, as far as nothing was touched while it ran.

        `others` are the targets that belong to no model, with the names of their files; `observed` is what was looked
        at of models that were not built.
        """
        root, state = self.request.root, former.state_of(self.request.root, self.shared)
        if self.began is None or not former.quiet(root, self.shared, self.began):
            return
        now = former.past_tick(root, former.moment_of(root)) if wrote.targets else former.moment_of(root)
        if now is None or now < self.began:  # the clock was set back: nothing can be told from it
            return
        models = {one.name: self._seen(one, wrote) for one in built}
        again = report._replace(written=None if report.written is None else (), removed=())
        run = Former(
            Seen(self.shared, (), state), self._last(built, others, wrote, observed), models, report_json(again)
        )
        records = {one.name: self._record(one) for one in built if _is_settled(one, wrote)}
        former.store(root, self.key, run, records)

    def _record(self, built: BuiltModel) -> Json:
        return self.reused[built.name] if built.name in self.reused else model_json(built)

    def _seen(self, built: BuiltModel, wrote: Wrote) -> Seen:
        """A model's group; as it was where the model was not built."""
        if built.name in self.reused and self.recalled is not None:
            return self.recalled.former.models[built.name]
        targets = {f"rendered/{t.environment}/{built.name}": t.files for t in built.targets if self.rendered}
        return self._group(built.observed, {folder: files for folder, files in targets.items() if files}, wrote)

    def _last(
        self,
        built: Sequence[BuiltModel],
        others: Mapping[str, tuple[str, ...]],
        wrote: Wrote,
        observed: Iterable[str],
    ) -> Seen:
        listed = {"specs", *observed}
        if self.rendered and self.request.whole:
            listed |= {"rendered", *(f"rendered/{target.environment}" for one in built for target in one.targets)}
        return self._group(listed, others, wrote)

    def _group(self, looked_at: Iterable[str], targets: Mapping[str, tuple[str, ...]], wrote: Wrote) -> Seen:
        """What was looked at and what stands under rendered/, with its state unless somebody touched it meanwhile."""
        root = self.request.root
        inside = {folder: _folders(folder, files) for folder, files in targets.items()}
        paths = {*looked_at, *targets, *(path for folders in inside.values() for path in folders)}
        seen = Seen(tuple(sorted(paths)), tuple(targets.items()))
        state = former.state_of(root, seen.every())
        written = {folder: files for folder, files in targets.items() if folder in wrote.targets}
        moved = {*written, *wrote.folders, *(path for folder in written for path in inside[folder])}
        ours = {f"{folder}/{name}" for folder, files in written.items() for name in files}
        touched = not former.quiet(root, (p for p in seen.every() if p not in ours and p not in moved), self.began or 0)
        if ours:
            within = [*ours, *(path for folder in written for path in inside[folder])]
            touched |= wrote.moment is None or not former.quiet(root, within, wrote.moment)
            touched |= any(_names(root, folder) != _tops(files) for folder, files in written.items())
        touched |= any(_names(root, path) != names for path, names in wrote.folders.items() if path in paths)
        return seen._replace(state=None if touched else state)


def begin(request: Request) -> int | None:
    """When a run begins, by the file system's clock; None where nothing is to be kept."""
    return former.moment_of(request.root) if request.remembers else None


def remembered(request: Request, shared: Iterable[str], names: Sequence[str]) -> dict[str, BuiltModel]:
    """The models that some former run of another command knows, as far as nothing of them has changed."""
    commands: tuple[Command, ...] = ("render", "render --check", "check")
    known: dict[str, BuiltModel] = {}
    for command in commands:
        memory = Memory.of(request, command, shared, None, recall(request, command))
        known |= memory.unchanged([name for name in names if name not in known])
        if len(known) == len(names):
            break
    return known


def _folders(target: str, files: Iterable[str]) -> set[str]:
    """The folders inside of a target that its files stand in."""
    return {f"{target}/{name}".rpartition("/")[0] for name in files} - {target}


def _tops(files: Iterable[str]) -> frozenset[str]:
    return frozenset(name.partition("/")[0] for name in files)


def _names(root: str, folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(f"{root}/{folder}"))
    except OSError:
        return frozenset()


def _is_settled(built: BuiltModel, wrote: Wrote) -> bool:
    """Whether rendered/ has of a model what its inputs give, or what it had before it failed."""
    return all(
        t.status != "changed" or f"rendered/{t.environment}/{built.name}" in wrote.targets for t in built.targets
    )


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
        "extras": None if target.extras is None else [list(extra) for extra in target.extras],
        "usage": [[name, *amounts] for name, *amounts in target.usage.services] if target.usage else [],
    }


def stored_model(name: str, data: Json) -> BuiltModel:
    """The model that `model_json` wrote. Raises one of `_MALFORMED` for anything else."""
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
        None if data["extras"] is None else tuple(Named(*extra) for extra in data["extras"]),
        usage=Usage(tuple(Service(name, *(Amount(*one) for one in amounts)) for name, *amounts in data["usage"])),
    )
