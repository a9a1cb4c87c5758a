"""`mlgitops data update [MODEL] --data NAME=FILE`: specs that follow data which changed, and the run that it asks for.

    mlgitops data update churn --data customers=v8.csv --version v8 --run dev

Writes digest, version and uri, and with `--run` environments/<env>/runs/<model>.yaml. Where the data is what it was,
nothing is written, so that a schedule may call it as often as it likes. The text is a function of the repository and
the file: called again on the same commit it is the same.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.cli import data_sets
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.cli.data_sets import ModelData
    from mlgitops.source import Pointer
    from mlgitops.spec.documents.model import DataSet


class Change(NamedTuple):
    """A data set that is no longer what its spec says."""

    place: int
    """Among the model's data sets."""
    name: str
    file: str
    fields: Mapping[str, str]
    """What to write: digest, and where they change version and uri."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, the files, and the run to ask for."""
    data_sets.declare(parser)
    parser.add_argument("--version", metavar="NAME", help="the version of data that changed")
    parser.add_argument("--uri", metavar="URI", help="where the new version is, if not where the old one was")
    parser.add_argument("--run", dest="runs", metavar="ENV", action="append", default=[], help="ask for a run there")
    parser.add_argument("--requested-by", metavar="OWNER", help="who answers for the run (the model's owner)")
    parser.add_argument("--at", metavar="TIME", help="when the data was new, in UTC (the file's time)")


def run(arguments: argparse.Namespace) -> int:
    """Write what changed, and say it."""
    from mlgitops.cli.repository import root_of
    from mlgitops.files.write import write_text
    from mlgitops.report.visible import visible

    root = Path(root_of(arguments.root))
    models, wrong = data_sets.models_of(root, arguments.model)
    for problems in wrong.values():
        first = problems[0]
        raise UsageError(f"{first.location}: {first.message}", "`mlgitops validate` says all that is wrong")
    _must_have_environments(root, arguments.runs)
    given = data_sets.given_files(arguments.data, models)
    said: list[str] = []
    written: dict[str, str] = {}
    looked_at = 0
    for model in models:
        changes, unchanged = _changes(model, given, arguments)
        looked_at += len(changes) + len(unchanged)
        said += [f"{model.name}/{name}: unchanged" for name in unchanged]
        said += [f"{model.name}/{c.name}: {', '.join(f'{k} {v}' for k, v in c.fields.items())}" for c in changes]
        if changes:
            # The runs are written first: should this be cut off, the spec still shows the change, and both are again.
            spec = _edited(root, model, changes)
            written |= {**_runs(model, changes, arguments), model.document.path: spec}
    if not looked_at:
        raise UsageError("no data is at hand", "say where a copy of it is with --data NAME=FILE")
    for path, text in written.items():
        (root / path).parent.mkdir(exist_ok=True)
        write_text(root / path, text)
    said += [f"wrote {path}" for path in written] + _next(root, models, written)
    sys.stdout.write("".join(visible(line) + "\n" for line in said))
    return 0


def _must_have_environments(root: Path, names: list[str]) -> None:
    known = sorted(path.parent.name for path in root.glob("environments/*/environment.yaml"))
    for name in names:
        if name not in known:
            raise UsageError(f"there is no environment {name[:80]!r}; known: {(', '.join(known) or 'none')[:400]}")


def _changes(
    model: ModelData, given: Mapping[tuple[str, str], str], arguments: argparse.Namespace
) -> tuple[list[Change], list[str]]:
    """The data sets that changed, and the names of those at hand that did not; with --data those alone count."""
    from mlgitops.files.data_digest import data_digest

    changes: list[Change] = []
    unchanged: list[str] = []
    for index, item in enumerate(model.value.spec.data):
        file = data_sets.file_of(item, model.name, given)
        if file is None or (given and (model.name, item.name) not in given) or not os.path.exists(file):
            continue
        digest = data_digest(file)
        if digest == item.digest:
            unchanged.append(item.name)
        else:
            changes.append(Change(index, item.name, file, _fields(item, digest, arguments)))
    if arguments.uri is not None and len(changes) > 1:
        names = ", ".join(change.name for change in changes)
        raise UsageError(f"--uri is about one data set, got {len(changes)} that changed: {names[:400]}")
    return changes, unchanged


def _fields(item: DataSet, digest: str, arguments: argparse.Namespace) -> dict[str, str]:
    """What to write for a data set with new bytes. Raises UsageError where its old version would name them."""
    old, new = item.version, arguments.version
    pinned = item.digest is not None
    if pinned and old is not None and new in (None, old):
        got = "none" if new is None else f"the same, {old[:80]}"
        raise UsageError(
            f"{item.name} changed, and needs another --version than {old[:80]}; got {got}", "name the new one"
        )
    uri = arguments.uri
    if uri is None and old is not None and new is not None and old != new:
        uri = re.sub(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])", lambda _: new, item.uri)
    wanted = {"uri": uri, "version": new, "digest": digest}
    return {key: value for key, value in wanted.items() if value is not None and value != getattr(item, key)}


def _edited(root: Path, model: ModelData, changes: list[Change]) -> str:
    from mlgitops.spec.declared import read_document
    from mlgitops.spec.documents.model import Model
    from mlgitops.spec.edit import with_values

    values: dict[Pointer, str] = {
        ("spec", "data", change.place, key): value for change in changes for key, value in change.fields.items()
    }
    text = with_values(model.document, values, after="uri")
    read = read_document(text.encode(), model.document.path, Model, model.name)
    if isinstance(read, list):
        raise UsageError(f"that would not be valid: {read[0].message}", read[0].hint)
    windows = data_sets.is_windows((root / model.document.path).read_bytes())
    return text.replace("\n", "\r\n") if windows else text


def _runs(model: ModelData, changes: list[Change], arguments: argparse.Namespace) -> dict[str, str]:
    """The runs that were asked for, by path. Raises UsageError for what cannot stand in them."""
    from mlgitops.spec.declared import read_document
    from mlgitops.spec.documents.run import ResolvedData, Run
    from mlgitops.spec.run_text import new_data_run

    by = arguments.requested_by or model.value.metadata.owner
    if arguments.runs and by is None:
        raise UsageError(f"{model.name} has no owner", "say who answers for the run with --requested-by")
    new = {change.name: change.fields for change in changes}
    data = []
    for item in model.value.spec.data:
        fields = {"uri": item.uri, "version": item.version, "digest": item.digest, **new.get(item.name, {})}
        if item.role == "training" and fields["digest"] is not None:
            data.append(ResolvedData.model_validate({"name": item.name, **fields}))
    at = arguments.at or _newest(changes)
    reason = "New data: " + ", ".join(f"{name} {fields.get('version', '')}".strip() for name, fields in new.items())
    files = {}
    for environment in arguments.runs:
        path = f"environments/{environment}/runs/{model.name}.yaml"
        text = new_data_run(model.name, environment, data, at=at, by=str(by), reason=reason[:500] + ".")
        read = read_document(text.encode(), path, Run, model.name)
        if isinstance(read, list):
            raise UsageError(f"no valid run can be written: {read[0].message}", read[0].hint)
        files[path] = text
    return files


def _newest(changes: list[Change]) -> str:
    """When the newest of the changed files was written, in UTC: no clock, so that the same file gives the same run."""
    from datetime import UTC, datetime

    newest = max(os.stat(change.file).st_mtime for change in changes)
    return datetime.fromtimestamp(int(newest), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _next(root: Path, models: list[ModelData], written: Mapping[str, str]) -> list[str]:
    """What remains to be done; a run that pins other data decides over the spec in its environment."""
    if not written:
        return []
    steps = []
    for model in models:
        for path in sorted(root.glob(f"environments/*/runs/{model.name}.yaml")):
            name = path.relative_to(root).as_posix()
            if model.document.path in written and name not in written:
                steps.append(f"next: {name} asks for a run of other data: --run {path.parent.parent.name} replaces it")
    return [*steps, "next: `mlgitops render`, then commit all of it"]
