"""The operator's answers, by tools/bin/kuberay-validate, which `make tools` builds from the operator's own module."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.programs.process import environment, require, run

Map = dict[str, Any]

ROOT = Path(__file__).parents[3]
MODULE = "github.com/ray-project/kuberay/ray-operator@v1.6.2"


class Verdict(NamedTuple):
    """What a cluster makes of an object."""

    valid: bool
    answers: str
    """All that it says, one a line."""


def verdicts(objects: list[Map]) -> list[Verdict]:
    """One verdict for each object. Raises ProgramMissing where `make tools` was not run."""
    lines = "".join(json.dumps(obj) + "\n" for obj in objects)
    done = ask([], lines.encode())
    found = [json.loads(line) for line in done.decode().splitlines()]
    assert len(found) == len(objects)
    names = ("unknown", "schema", "cel", "errors")
    return [Verdict(one["valid"], "\n".join(text for name in names for text in one[name])) for one in found]


def ask(arguments: list[str], stdin: bytes = b"") -> bytes:
    """What the program prints."""
    env = environment({"GOMODCACHE": str(module_cache())})
    return run([require("kuberay-validate"), *arguments], cwd=ROOT, env=env, timeout=120, stdin=stdin).stdout


def module_cache() -> Path:
    """Where Go keeps modules, by the same variables as Go."""
    given = os.environ.get("GOMODCACHE")
    path = os.environ.get("GOPATH", str(Path.home() / "go")).split(os.pathsep)[0]
    return Path(given) if given else Path(path) / "pkg" / "mod"


def samples() -> list[Path]:
    """The sample manifests that come with the operator's module."""
    return sorted((module_cache() / MODULE / "config" / "samples").rglob("*.yaml"))
