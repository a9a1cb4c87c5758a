"""What `release --new` did of each model, or why nothing: a table for people, a document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mlgitops.deliver.hand_off import State, Undue
from mlgitops.findings import Finding
from mlgitops.report.as_json import document_of
from mlgitops.report.contents import Report, plural
from mlgitops.report.visible import redacted_shapes, visible

Json = Any

HEADINGS = ("MODEL", "VERSION", "STATE", "WHY")
LONGEST = 200
"""Characters of a reason in the table; findings have all of it."""


class Request(NamedTuple):
    """A branch and the pull request of it."""

    branch: str
    title: str
    body: str
    url: str | None = None
    """None where nobody was asked to open it."""


class ReleaseRow(NamedTuple):
    """What became of one model."""

    model: str
    state: State
    why: str
    version: str | None
    run: str | None
    files: tuple[str, ...] = ()
    """That were written."""
    request: Request | None = None


def row_of(model: str, undue: Undue, files: tuple[str, ...] = (), request: Request | None = None) -> ReleaseRow:
    """A row."""
    return ReleaseRow(model, undue.state, undue.why, undue.version, undue.run, files, request)


def new_releases_table(rows: Sequence[ReleaseRow], environment: str) -> str:
    """A line for each model, the files that were written, the counts, and what to do next."""
    cells = [HEADINGS, *((row.model, row.version or "-", row.state, _why(row)) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(3)]
    lines = ["  ".join((*(w.ljust(n) for w, n in zip(line, widths, strict=False)), line[3])).rstrip() for line in cells]
    lines += ["", *(f"wrote {path}" for row in rows for path in row.files)]
    counts = [f"{len(found)} {state}" for state, found in _by_state(rows).items()]
    lines.append(f"{plural(len(rows), 'model')} in {environment}: {', '.join(counts) or 'nothing to look at'}")
    if any(row.files for row in rows):
        lines.append("next: `mlgitops render`, `mlgitops plan`, and a pull request of all of it")
    return "".join(f"{visible(line)}\n" for line in lines)


def _why(row: ReleaseRow) -> str:
    words = redacted_shapes(row.why)
    words = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    return f"{words}: {row.request.url}" if row.request and row.request.url else words


def _by_state(rows: Iterable[ReleaseRow]) -> dict[str, list[ReleaseRow]]:
    found: dict[str, list[ReleaseRow]] = {}
    for row in rows:
        found.setdefault(row.state, []).append(row)
    return found


def new_releases_json(rows: Sequence[ReleaseRow], findings: Sequence[Finding], environment: str, commit: str) -> str:
    """The same for programs, with the text of each pull request."""
    models = [
        {
            "model": row.model,
            "state": row.state,
            "why": row.why,
            "version": row.version,
            "run": row.run,
            "files": list(row.files),
            "pullRequest": row.request._asdict() if row.request else None,
        }
        for row in rows
    ]
    document: dict[str, Json] = {"version": 1, "environment": environment, "base": commit, "models": models}
    document["findings"] = document_of(Report(tuple(findings)))["findings"]
    return json.dumps(document, indent=2) + "\n"
