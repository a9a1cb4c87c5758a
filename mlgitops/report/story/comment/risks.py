"""How risky a change is, and who must agree to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mlgitops.plan.risk import Risk
from mlgitops.report.markdown import code, prose
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.comment.parts import FEW, section
from mlgitops.report.story.fit import Section
from mlgitops.report.story.risk_groups import RiskGroup
from mlgitops.report.story.text import approval_words


def risks_section(groups: Sequence[RiskGroup]) -> Section | None:
    """How risky it is, why, and whose approval it has."""
    if not groups:
        return None

    def counts() -> Iterator[str]:
        levels = Counter[str]()
        for group in groups:
            levels[group.risk.level] += len(group.subjects)
        yield "".join(f"- **{level}** {count}\n" for level, count in levels.items())

    return section(
        "Risk and approvals",
        2,
        lambda: (line for group in groups for line in _risk(group, factors=True)),
        lambda: (line for group in groups for line in _risk(group, factors=False)),
        counts,
    )


def _risk(group: RiskGroup, *, factors: bool) -> Iterator[str]:
    yield f"- **{group.title}** {code(listed(group.subjects, FEW))}\n"
    if factors:
        yield from _factors(group.risk)
    for approval in group.risk.approvals:
        mark, _, words = approval_words(approval)
        yield f"  - {'**' + mark + '**' if mark != 'approved' else mark} {prose(words)}\n"


def _factors(risk: Risk) -> Iterator[str]:
    for factor in risk.factors:
        at = f" ({code(str(factor.location))})" if factor.location else ""
        yield f"  - {factor.level}: {prose(factor.change)}: {prose(factor.reason)}{at}\n"
