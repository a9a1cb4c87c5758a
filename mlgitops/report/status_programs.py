"""What is live, for programs: JSON, and what GitHub takes as the statuses of a commit."""

from __future__ import annotations

import json
from typing import Any, Final

from mlgitops.live.picture import Picture
from mlgitops.live.row import Row
from mlgitops.live.states import STATES, Standing
from mlgitops.report.status import release_words
from mlgitops.report.visible import redacted_shapes, visible

Json = Any

GITHUB: Final[dict[Standing, str]] = {
    "well": "success",
    "under way": "pending",
    "failed": "failure",
    "unknown": "error",
}
"""A standing → a state of a commit status."""

DESCRIPTION = 140
"""Characters that GitHub takes of a description."""


def status_document(picture: Picture) -> dict[str, Json]:
    """Everything, with a version of its own that only changes where a reader would be misled."""
    return {
        "version": 1,
        "revision": picture.revision,
        "commit": picture.commit,
        "rows": [_row(row) for row in picture.rows],
        "shared": [one._asdict() for one in picture.shared],
        "notCompared": picture.unread,
        "counts": {state: sum(row.state == state for row in picture.rows) for state in STATES},
    }


def _row(row: Row) -> dict[str, Json]:
    return {
        "model": row.model,
        "environment": row.environment,
        "state": row.state,
        "standing": STATES[row.state].standing,
        "reason": redacted_shapes(row.reason) or None,
        "next": row.next or None,
        "release": {"git": list(row.versions), "cluster": list(row.cluster)},
        "revision": {"compared": row.compared or None, "applied": row.applied or None},
        "appliedAt": row.applied_at or None,
        "sync": row.sync or None,
        "health": row.health or None,
        "run": {"name": row.run.name or None, "state": row.run.state, "reason": row.run.reason or None},
        "writtenAt": {**row.blamed[0]._asdict(), "layer": row.blamed[1]} if row.blamed else None,
        "notes": list(row.notes),
    }


def status_github(picture: Picture) -> str:
    """A JSON object a line: the bodies of `POST /repos/{owner}/{repo}/statuses/{sha}`, one for each release."""
    lines = [_status(row) for row in picture.rows if row.state != "notReleased"]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def _status(row: Row) -> dict[str, str]:
    words = f"{STATES[row.state].word} {release_words(row)}"
    reason = row.reason if row.state != "live" else ""
    description = visible(redacted_shapes(" ".join(f"{words}{f': {reason}' if reason else ''}".split())))
    if len(description) > DESCRIPTION:
        description = f"{description[: DESCRIPTION - 1]}…"
    return {
        "state": GITHUB[STATES[row.state].standing],
        "context": f"mlgitops/{row.environment}/{row.model}",
        "description": description,
    }
