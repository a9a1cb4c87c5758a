"""What becomes of verdicts that do not deny, and what else a change does to rules and waivers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from mlgitops.plan.policy_diff import PolicyDiff
from mlgitops.report.contents import plural
from mlgitops.report.markdown import code, prose
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.comment.parts import ALL, FEW, section
from mlgitops.report.story.fit import Section
from mlgitops.report.story.text import searched
from mlgitops.report.story.verdicts import Flip
from mlgitops.report.story.waivers import lapse_words, renewal_words


def verdicts_section(found: Sequence[Flip], heading: str = "Other verdicts") -> Section | None:
    """Verdicts that change; in a story those that change to anything but a denial."""
    if not found:
        return None

    def in_full() -> Iterator[str]:
        for flip in found:
            at = f" ({code(listed(map(str, flip.locations), FEW))})" if flip.locations else ""
            on = code(listed(flip.subjects, ALL))
            yield f"- **{flip.change}** {code(flip.rule)} on {on}: {prose(flip.message)}{at}\n"

    def by_rule(most: int) -> Iterator[str]:
        for flip in found:
            number = plural(len(flip.subjects), "subject")
            yield f"- **{flip.change}** {code(flip.rule)} on {number}: {code(listed(flip.subjects, most))}\n"

    def totals() -> Iterator[str]:
        ways = Counter[str]()
        for flip in found:
            ways[flip.change] += len(flip.subjects)
        yield "".join(f"- **{way}** {count}\n" for way, count in ways.items())

    return section(heading, 4, in_full, partial(by_rule, ALL), partial(by_rule, FEW), totals)


def policy_section(policy: PolicyDiff) -> Section | None:
    """Changed rules, what they would let through or stop though nobody has it, and waivers that run out."""
    if not any(policy._replace(flips=())):
        return None

    def in_full(most: int) -> Iterator[str]:
        if policy.unknown:
            yield f"- **verdicts cannot be compared**: {prose(policy.unknown)}\n"
        if policy.changed_rules:
            yield f"- changed: {code(listed(policy.changed_rules, most))}\n"
        for one in policy.witnesses[:most]:
            document = json.dumps(one.document, ensure_ascii=False)
            head = f"- **{one.before} → {one.after}** {code(one.rule)} in {code(one.environment)}"
            yield f"{head}: {prose(one.says)}: {prose(one.start)} {code(document)}\n"
        for renewal in policy.renewals[:most]:
            yield f"- {code(renewal.waiver)} {prose(renewal_words(renewal._replace(waiver='')).strip())}\n"
        for lapse in policy.lapses[:most]:
            yield f"- {code(lapse.waiver)} {prose(lapse_words(lapse._replace(waiver='')).strip())}\n"
        for reason in policy.not_searched[:most]:
            yield f"- not searched: {prose(reason)}\n"
        told = (policy.witnesses, policy.renewals, policy.lapses, policy.not_searched)
        left = sum(max(0, len(every) - most) for every in told)
        if left:
            yield f"- and {left} more\n"
        if policy.searched:
            yield f"- {prose(searched(policy))}\n"

    def counts() -> Iterator[str]:
        parts = (
            (len(policy.changed_rules), "changed rule"),
            (len(policy.witnesses), "example"),
            (len(policy.renewals), "longer waiver"),
            (len(policy.lapses), "lapsing waiver"),
        )
        unknown = ["verdicts cannot be compared"] if policy.unknown else []
        yield ", ".join([*unknown, *(plural(count, noun) for count, noun in parts if count)]) + "\n"

    return section("Rules and waivers", 5, partial(in_full, ALL), partial(in_full, 20), partial(in_full, 3), counts)
