"""What stands in nobody's way: warnings, notes, waived findings, and what was skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from mlgitops.findings import Finding
from mlgitops.report.contents import Skipped, plural
from mlgitops.report.markdown import code, prose
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.comment.parts import folded
from mlgitops.report.story.fit import Section


def findings_section(found: Sequence[Finding]) -> Section | None:
    """Warnings, notes and waived findings."""
    if not found:
        return None
    heading = _severities(found)

    def in_full() -> Iterator[str]:
        return folded(heading, (f"- {code(str(one.location))} **{code(one.code)}** {_about(one)}\n" for one in found))

    def counts(most: int | None) -> Iterator[str]:
        numbers = Counter(one.code for one in found)
        lines = (f"- **{code(name)}** {count}\n" for name, count in numbers.most_common(most))
        more = len(numbers) - len(numbers.most_common(most))
        return folded(heading, [*lines, *([f"- and {plural(more, 'more code')}\n"] if more else [])])

    def brief() -> Iterator[str]:
        yield f"\n{heading}.\n"

    return Section((in_full, partial(counts, None), partial(counts, 20), brief), 7)


def _about(finding: Finding) -> str:
    subject = f"{code(finding.subject)}: " if finding.subject else ""
    waived = f" (waived by {code(finding.waived)})" if finding.waived else ""
    return f"{subject}{prose(finding.message)}{waived}"


def _severities(found: Sequence[Finding]) -> str:
    waived = sum(bool(one.waived) for one in found)
    numbers = [(sum(one.severity == noun and not one.waived for one in found), noun) for noun in ("warning", "note")]
    return ", ".join(plural(count, noun) for count, noun in [*numbers, (waived, "waived finding")] if count)


def skipped_section(skipped: Sequence[Skipped]) -> Section | None:
    """What was left out, and why."""
    if not skipped:
        return None
    reasons: dict[str, list[str]] = {}
    for subject, reason in skipped:
        reasons.setdefault(reason, []).append(subject)

    def some() -> Iterator[str]:
        yield "\n"
        for reason, subjects in reasons.items():
            yield f"- skipped {code(listed(subjects))}: {prose(reason)}\n"

    def brief() -> Iterator[str]:
        yield f"\n{len(skipped)} skipped.\n"

    return Section((some, brief), 9)
