"""Training runs as people read them: a table of what became of each, and several side by side.

Runs are told by what training pods wrote: every word is shown without what moves a cursor, and cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.runs.differ import Comparison, Difference
from mlgitops.runs.known import STATES, KnownRun, seconds_taken

Json = Any

HEADINGS = ("RUN", "ENVIRONMENT", "STATE", "TRIGGER", "STARTED", "TOOK", "HOLDOUT", "TRAINING")
LONGEST = 40
"""Characters of a value that a pod wrote."""
SHOWN_METRICS = 3
SHOWN_ROWS = 100
"""Parameters or metrics of a comparison: a hostile record could have any number."""


def run_table(runs: Sequence[KnownRun], now: str) -> str:
    """A line for each run, and how many became what."""
    counts = [(state, sum(run.state == state for run in runs)) for state in STATES]
    closing = ", ".join(f"{count} {state}" for state, count in reversed(counts) if count)
    return (
        _table([HEADINGS, *(_cells(run, now) for run in runs)])
        + f"\n{len(runs)} runs"
        + (f": {closing}\n" if closing else "\n")
    )


def comparison_table(runs: Sequence[KnownRun], differing: Sequence[Difference], compared: Sequence[Comparison]) -> str:
    """A column for each run: its state, the parameters in which runs differ, and every metric."""
    head = [("RUN", *(run.digits for run in runs)), ("state", *(_state(run) for run in runs))]
    head.append(("started", *(run.started or "-" for run in runs)))
    parameters = [(one.name, *(_word(value) for value in one.values)) for one in differing[:SHOWN_ROWS]]
    metrics = [(f"{one.name} ({one.source})", *_marked(one)) for one in compared[:SHOWN_ROWS]]
    text = _table([*head, *parameters, *metrics])
    hidden = len(differing) + len(compared) - len(parameters) - len(metrics)
    notes = [f"{hidden} more rows are not shown\n"] if hidden else []
    if not differing:
        notes.append("no parameter differs\n")
    if any(any(one.best) for one in compared):
        notes.append("* is the best of a metric\n")
    return text + ("\n" + "".join(notes) if notes else "")


def _marked(one: Comparison) -> list[str]:
    return [
        "-" if value is None else f"{value:.6g}{' *' if best else ''}"
        for value, best in zip(one.values, one.best, strict=True)
    ]


def _table(rows: Sequence[Sequence[str]]) -> str:
    shown = [[_cut(word) for word in row] for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(shown[0]))]
    lines = ("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in shown)
    return "".join(f"{line}\n" for line in lines)


def _word(value: str | None) -> str:
    return "-" if value is None else value


def _cut(word: str) -> str:
    word = visible(redacted_shapes(word[: LONGEST * 4]))
    return word if len(word) <= LONGEST * 2 else f"{word[: LONGEST * 2 - 1]}…"


def _cells(run: KnownRun, now: str) -> tuple[str, ...]:
    request = run.request
    holdout = {one.metric: one.value for one in run.scores if one.slice is None}
    return (
        run.digits,
        run.environment,
        _state(run),
        request.trigger if request else "-",
        run.started[: len("2026-11-21T10:00")].replace("T", " ") or "-",
        _duration(seconds_taken(run, now)),
        _few(holdout),
        _few(run.metrics),
    )


def _state(run: KnownRun) -> str:
    """With where it is released, or what ended it."""
    more = ", ".join(run.released) if run.state == "released" else run.problem[:LONGEST]
    if run.state == "unreadable":
        more = run.unreadable[:LONGEST]
    trial = ", trial" if run.record is not None and run.record.trial else ""
    return f"{run.state}{trial}" + (f" ({more})" if more else "")


def _few(metrics: Mapping[str, float]) -> str:
    shown = [f"{name[:LONGEST]} {metrics[name]:.4g}" for name in sorted(metrics)[:SHOWN_METRICS]]
    return ", ".join(shown) + (", …" if len(metrics) > SHOWN_METRICS else "") or "-"


def _duration(seconds: float | None) -> str:
    """In the two largest units: `1h 5m`."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count or first == len(parts) - 1)


def run_document(run: KnownRun, now: str) -> dict[str, Json]:
    """One run, for programs: in full, as far as it is known."""
    record, registered = run.record, run.registered
    return {
        "run": run.run,
        "environment": run.environment,
        "state": run.state,
        "releasedIn": list(run.released),
        "version": registered.version if registered else None,
        "trial": record.trial if record else False,
        "unreadable": run.unreadable or None,
        "request": run.request.model_dump(exclude_none=True) if run.request else None,
        "inputs": run.inputs.model_dump(exclude_none=True) if run.inputs else None,
        "image": run.image or None,
        "codeDigest": run.code_digest or None,
        "startedAt": run.started or None,
        "finishedAt": run.finished or None,
        "seconds": seconds_taken(run, now),
        "training": dict(run.metrics),
        "holdout": [score.model_dump(exclude_none=True) for score in run.scores],
        "problem": record.problem.model_dump(exclude_none=True) if record and record.problem else None,
        "failures": [one.model_dump() for one in run.evaluation.failures] if run.evaluation else [],
    }


def comparison_document(
    runs: Sequence[KnownRun], differing: Sequence[Difference], compared: Sequence[Comparison], now: str
) -> dict[str, Json]:
    """Runs side by side, for programs; values are in the order of `runs`."""
    return {
        "version": 1,
        "runs": [run_document(run, now) for run in runs],
        "differences": [{"name": one.name, "values": list(one.values)} for one in differing],
        "metrics": [
            {
                "name": one.name,
                "source": one.source,
                "values": list(one.values),
                "best": [run.run for run, best in zip(runs, one.best, strict=True) if best],
            }
            for one in compared
        ],
    }
