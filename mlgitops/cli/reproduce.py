"""`mlgitops reproduce MODEL VERSION`: what trained a version, at which commit; with --run, train it again here.

    mlgitops reproduce churn v3
    mlgitops reproduce churn v3 --run --data customers=customers.csv

Nothing is checked out. A commit is the one if its sources render the run that the record names; what is trained here
is a trial, whose artifact is compared with the recorded one, and which nothing registers.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgitops.cli import options
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.spec.documents.version import VersionSpec
    from mlgitops.stages.origin import Origin, Rendered

Json = Any


def declare(parser: argparse.ArgumentParser) -> None:
    """The version, and what to train it from."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("version", metavar="VERSION", help="name of the version")
    parser.add_argument("--tip", default="HEAD", metavar="REV", help="the newest commit to look at (HEAD)")
    parser.add_argument("--run", action="store_true", help="train it here, and compare the artifact")
    parser.add_argument(
        "--data",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="with --run: a copy of a data set, of the recorded digest (repeatable)",
    )
    options.declare(parser, "format")


def run(arguments: argparse.Namespace) -> int:
    """Say it. Exit code 1 where no commit renders that run, or the artifact is another."""
    from mlgitops.cli.delivery import Refused, model_of, must_know, refuse
    from mlgitops.cli.repository import root_of
    from mlgitops.files.disk import DiskTree
    from mlgitops.stages.origin import origin_of

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops reproduce` writes text or json, got --format {arguments.format}")
    if arguments.data and not arguments.run:
        raise UsageError("--data belongs to --run")
    root = root_of(arguments.root)
    try:
        model = model_of(DiskTree(root), arguments.model)
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    must_know("version", arguments.version, sorted(model.versions))
    record = model.versions[arguments.version].record.value.spec
    origin = origin_of(root, arguments.tip, arguments.model, record)
    if not arguments.run:
        _write(arguments, record, origin)
        return 0 if origin.exact is not None else 1
    if origin.exact is None:
        _write(arguments, record, origin)
        return 1
    return _trained(arguments, root, record, origin.exact)


def _write(arguments: argparse.Namespace, record: VersionSpec, origin: Origin) -> None:
    from mlgitops.report.reproduction import differences, recipe, recipe_text

    title = f"{arguments.model} {arguments.version}"
    found = origin.exact or origin.nearest
    document = recipe(record, found.resolved if found else None)
    other = [] if origin.exact or found is None else differences(record, found.resolved)
    if arguments.format == "json":
        facts = {"commit": found.point.commit if found else None, "environment": found.environment if found else None}
        said = {"version": 1, "of": title, "exact": origin.exact is not None, **facts, "differs": other, **document}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
        return
    lines = {"commit": _commit(origin), "differs": other, **{label: _words(value) for label, value in document.items()}}
    lines["again here"] = [_again(arguments, record)] if origin.exact else []
    sys.stdout.write(recipe_text(f"{title}: {_state(origin)}", lines))


def _state(origin: Origin) -> str:
    if origin.exact is not None:
        return "this commit renders the run that trained it"
    if origin.nearest is not None:
        return "the code is here, and no commit renders the run that trained it"
    return "its code is in no commit of this line of history"


def _commit(origin: Origin) -> list[str]:
    found = origin.exact or origin.nearest
    if found is None:
        return ["none: another branch may have it, with --tip"]
    return [f"{found.point.commit} {found.point.day} in {found.environment}", found.point.subject[:60]]


def _words(value: Json) -> list[str]:
    if isinstance(value, list):
        return [f"{one['name']} ({one['role']}) {one['uri']} {one['digest']}" for one in value]
    if isinstance(value, dict):
        return [f"{name}: {json.dumps(inner)}" for name, inner in value.items()]
    return [] if value is None else [str(value)]


def _again(arguments: argparse.Namespace, record: VersionSpec) -> str:
    training = [one.name for one in record.data if one.role == "training"]
    given = "".join(f" --data {name}=FILE" for name in training)
    return f"mlgitops reproduce {arguments.model} {arguments.version} --run{given}"


def _trained(arguments: argparse.Namespace, root: str, record: VersionSpec, origin: Rendered) -> int:
    from mlgitops.cli.train import INSTALL
    from mlgitops.cli.with_runtime import with_runtime

    digests: list[str] = []
    code = with_runtime(
        lambda: digests.append(_digest(arguments, root, record, origin)), "training", INSTALL, root, arguments
    )
    if code:
        return code
    same = digests[0] == record.artifact.digest
    if arguments.format == "json":
        said = {"version": 1, "same": same, "recorded": record.artifact.digest, "here": digests[0]}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        sys.stdout.write(f"recorded {record.artifact.digest}\nhere     {digests[0]}\n")
        sys.stdout.write("the same artifact\n" if same else "another artifact: hardware or libraries may differ\n")
    return 0 if same else 1


def _digest(arguments: argparse.Namespace, root: str, record: VersionSpec, origin: Rendered) -> str:
    """The digest of what is trained here. Raises Refused, RunProblem, UsageError."""
    from mlgitops.cli.train import Shown, configurations
    from mlgitops.runtime.train.here import train_here
    from mlgitops.stages.origin import code_at

    given = _given(arguments.data, record)
    inputs, config = configurations(origin.resolved)
    with tempfile.TemporaryDirectory(prefix="mlgitops-") as scratch:
        folder, out = Path(scratch, "specs", arguments.model), Path(scratch, "out")
        folder.mkdir(parents=True)
        out.mkdir()
        for name, content in code_at(root, origin.point.commit, arguments.model).items():
            (folder / name).write_bytes(content)
        with Shown() as shown:
            return train_here(inputs, config, folder, out, shown, given).digest


def _given(words: list[str], record: VersionSpec) -> dict[str, str]:
    """The files by data set's name. Raises UsageError for one whose bytes are not those that were trained on."""
    from mlgitops.files.data_digest import data_digest

    known = {one.name: one.digest for one in record.data}
    given = {}
    for text in words:
        name, _, file = text.partition("=")
        if name not in known or not file:
            raise UsageError(f"--data takes NAME=FILE of {', '.join(known)}; got {text[:80]!r}")
        digest = data_digest(file)
        if digest != known[name]:
            raise UsageError(f"--data {name} must be what was trained on, {known[name]}; got {digest}")
        given[name] = str(Path(file).resolve())
    return given
