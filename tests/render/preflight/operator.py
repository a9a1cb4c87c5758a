"""The operator's answers, by tools/bin/kuberay-validate, which `make tools` builds from the operator's own module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.programs.process import environment, require, run

Map = dict[str, Any]

ROOT = Path(__file__).parents[3]


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
    return run([require("kuberay-validate"), *arguments], cwd=ROOT, env=environment(), timeout=120, stdin=stdin).stdout


def samples() -> dict[str, str]:
    """The sample manifests that come with the operator's module: path → text."""
    found: dict[str, str] = json.loads(ask(["samples"]))
    return found
