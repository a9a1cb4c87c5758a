"""The one place that reads the clock: the time at which somebody asks, when the command line gives none."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> str:
    """The present second in UTC, as documents write it: `2026-11-21T10:00:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> date:
    """The present day in UTC."""
    return datetime.now(UTC).date()
