"""What a command has to say when it is done: findings, what was left out and why, and the counts that close it.

>>> print(closing(Report(checked=9, failed=1, engine="opa 1.21.3")))
9 targets checked, 1 failed, 0 skipped, 0 waived; policy by opa 1.21.3
"""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.findings import Finding


class Skipped(NamedTuple):
    """Something that was deliberately not done."""

    subject: str
    """`model@environment`, a model, or a file."""
    reason: str
    """`no release: nothing serves here yet`."""


UNDECIDED = Skipped("policy and rendering", "the rules have errors")
FLEETS_UNASKED = Skipped("fleet rules", "they need every model: run without --model and --env")


class Report(NamedTuple):
    """The result of one command, before anyone decided how it looks."""

    findings: tuple[Finding, ...] = ()
    """In the order of `findings.in_order`."""
    checked: int = 0
    """How many of `unit` were looked at, the failed ones included."""
    failed: int = 0
    skipped: tuple[Skipped, ...] = ()
    unchanged: int | None = None
    """How many of `checked` were as a cache knew them; None where there is no such thing."""
    unit: str = "target"
    """What `checked` and `failed` count, in the singular."""
    engine: str = ""
    """Name and version of the policy engine, when policy ran: `opa 1.21.3`."""
    written: tuple[str, ...] | None = None
    """Files that a command wrote, relative to the repository's root; None for a command that writes none."""
    removed: tuple[str, ...] = ()
    """Files that it removed."""
    files: int | None = None
    """How many files it would have written had there been none, those written included; None where that is unknown."""

    @property
    def kept(self) -> int | None:
        """How many of `files` were already as they should be."""
        return None if self.files is None or self.written is None else self.files - len(self.written)


class Counts(NamedTuple):
    """The numbers of a report."""

    checked: int
    failed: int
    skipped: int
    waived: int
    errors: int
    warnings: int
    notes: int


def count(report: Report) -> Counts:
    """The numbers of a report; a waived finding counts as waived alone."""
    shown = [finding.severity for finding in report.findings if not finding.waived]
    return Counts(
        checked=report.checked,
        failed=report.failed,
        skipped=len(report.skipped),
        waived=len(report.findings) - len(shown),
        errors=shown.count("error"),
        warnings=shown.count("warning"),
        notes=shown.count("note"),
    )


def exit_code(report: Report) -> int:
    """1 when anything failed, 0 otherwise."""
    return 1 if report.failed or any(finding.fails for finding in report.findings) else 0


def plural(number: int, noun: str) -> str:
    """`1 error`, `2 errors`, `2 policies`."""
    many = f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"


def closing(report: Report) -> str:
    """The line that closes every output."""
    numbers = count(report)
    parts = [f"{plural(numbers.checked, report.unit)} checked"]
    if report.unchanged is not None:
        parts.append(f"{report.unchanged} unchanged")
    parts += [f"{numbers.failed} failed", f"{numbers.skipped} skipped", f"{numbers.waived} waived"]
    sections = [", ".join(parts)]
    severities = ((numbers.errors, "error"), (numbers.warnings, "warning"), (numbers.notes, "note"))
    if any(number for number, _ in severities):
        sections.append(", ".join(plural(number, noun) for number, noun in severities if number))
    if report.written is not None:
        unchanged = f"{report.kept} unchanged, " if report.kept is not None else ""
        sections.append(f"{plural(len(report.written), 'file')} written, {unchanged}{len(report.removed)} removed")
    if report.engine:
        sections.append(f"policy by {report.engine}")
    return "; ".join(sections)
