"""A policy diff in the forms that people and programs read: text, JSON, Markdown, and as findings.

Becomes denied (1)
  cost.deadline on churn@dev, by the policy
      training.deadline must be at most 6h, the limit here, got 8h
      specs/churn/model.yaml:21:15
1 verdict changes; 1,490 documents asked about: a search and no proof

What becomes denied comes first, then what is let pass, then the rest; the same in each form.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypedDict

from mlgitops import __version__
from mlgitops.findings import Finding
from mlgitops.plan.changes import Plan
from mlgitops.plan.policy_diff import PolicyDiff, Renewal, VerdictFlip, Witness, is_verdict
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report, plural
from mlgitops.report.markdown import LIMIT, code, prose
from mlgitops.report.story.as_json import PolicyJson, policy_document
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.comment.policy import policy_section, verdicts_section
from mlgitops.report.story.findings import told
from mlgitops.report.story.fit import fitted
from mlgitops.report.story.text import searched, shown
from mlgitops.report.story.verdicts import CAUSES, Flip, flips
from mlgitops.report.story.waivers import lapse_words, renewal_words
from mlgitops.report.text import Paint, painter
from mlgitops.source import Location

VERSION: Final = 1
SUBJECTS: Final = 12
"""Subjects that a line names before it counts the others."""

_STYLES: Final = {"denied": "error", "warned": "warning", "undecided": "warning", "waived": "waived", "allowed": "good"}


class Compared(NamedTuple):
    """A policy diff, and what it is of."""

    diff: PolicyDiff
    base: str
    """The commit compared with, as a full hash; empty where waivers alone are looked at."""
    as_of: str
    """The day on which waivers must hold."""
    errors: int = 0
    """Findings of the working tree that no rule made: what has them is not decided."""


class PolicyDiffJson(TypedDict):
    """The whole document. A new key may come at any time; one that goes or changes its meaning raises `version`."""

    # Published as a JSON Schema: schemas/report/policy-diff.json.
    version: int
    tool: dict[str, str]
    base: str | None
    asOf: str
    policy: PolicyJson
    refused: int
    loosened: int
    undecidedErrors: int


def policy_diff_json(compared: Compared) -> str:
    """For programs, in ASCII."""
    document = PolicyDiffJson(
        version=VERSION,
        tool={"name": "mlgitops", "version": __version__},
        base=compared.base or None,
        asOf=compared.as_of,
        policy=policy_document(compared.diff),
        refused=len(compared.diff.refused),
        loosened=len(compared.diff.loosened),
        undecidedErrors=compared.errors,
    )
    return json.dumps(document, indent=2) + "\n"


def policy_diff_markdown(compared: Compared, limit: int = LIMIT) -> str:
    """As a comment of at most `limit` characters; no verdict that changes is left out without being counted."""
    found = flips(_story(compared))
    sections = [one for one in (verdicts_section(found, "Verdicts"), policy_section(compared.diff)) if one is not None]
    base = f"; compared with {code(compared.base[:12])}" if compared.base else ""
    head = f"### mlgitops policy diff\n\n{prose(_summary(compared))}{base}\n"
    return (head + "".join(fitted(sections, limit - len(head))))[:limit]


def policy_diff_text(compared: Compared, *, width: int = 80, colour: bool = False) -> str:
    """As people read it in a terminal."""
    say, diff = _Say(painter(colour), max(width, 60)), compared.diff
    blocks = [["verdicts cannot be compared: " + shown(diff.unknown)]] if diff.unknown else []
    if compared.base:
        blocks.insert(0, [f"compared with {compared.base[:12]}"])
    blocks += [*_verdicts(flips(_story(compared)), say), _witnesses(diff, say), *_waivers(compared, say)]
    blocks.append([say.place(line) for line in say.lines(_summary(compared), 0)])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def policy_diff_findings(compared: Compared, report: Report) -> Report:
    """As findings alone: what the plan tells of verdicts, and what of the working tree keeps rules from deciding.

    `report` is that on the working tree: what stays denied in it is no difference, and is left out.
    """
    kept = tuple(finding for finding in report.findings if finding.fails and not is_verdict(finding))
    if compared.diff.unknown and not kept:
        message = f"verdicts cannot be compared: {compared.diff.unknown}"
        hint = "compare with a commit whose rules compile"
        kept = (Finding(Location("policies"), "policy/not-compared", "error", message, hint),)
    return told(_story(compared), report._replace(findings=kept))


def _story(compared: Compared) -> Story:
    """The diff as a part of a whole story, which groups what is alike."""
    return Story(Plan(compared.base, (), (), 0), policy=compared.diff)


class _Say:
    """How lines are written: painted, safe to show, within a width."""

    def __init__(self, paint: Paint, width: int) -> None:
        self.paint = paint
        self.width = width

    def lines(self, text: str, indent: int) -> list[str]:
        """A sentence, wrapped; words that are longer than a line stay whole."""
        room = self.width - indent
        wrapped = textwrap.wrap(shown(text), room, break_long_words=False, break_on_hyphens=False)
        return [" " * indent + line for line in wrapped]

    def place(self, text: str) -> str:
        """A heading or a place."""
        return self.paint(shown(text), "place")


def _heading(flip: Flip) -> tuple[int, str]:
    """Under which heading a flip stands, and where that comes."""
    if flip.before == flip.after:
        said = "Denied by the policies of the base, and let pass by these" if flip.by_old == "denied" else ""
        return (1, said) if said else (5, "Stays as it is, since specs and policies change together")
    order = {"denied": 0, "allowed": 2, "warned": 3, "waived": 4, "undecided": 6}
    words = "is not decided any more" if flip.after == "undecided" else f"Becomes {flip.after}"
    return order[flip.after], words[:1].upper() + words[1:]


def _verdicts(found: Sequence[Flip], say: _Say) -> Iterator[list[str]]:
    headings: dict[tuple[int, str], list[Flip]] = {}
    for flip in found:
        headings.setdefault(_heading(flip), []).append(flip)
    for (_, heading), members in sorted(headings.items(), key=lambda one: one[0]):
        number = sum(len(flip.subjects) for flip in members)
        yield [say.place(f"{heading} ({number})"), *(line for flip in members for line in _flip(flip, say))]


def _flip(flip: Flip, say: _Say) -> Iterator[str]:
    cause = f", {CAUSES[flip.cause]}" if flip.cause and flip.before != flip.after else ""
    was = f" (was {flip.before})" if flip.before not in ("allowed", "denied") and flip.before != flip.after else ""
    subjects = listed(flip.subjects, SUBJECTS)
    head, *rest = say.lines(f"{flip.rule} on {subjects}{cause}{was}", 2)
    yield head.replace(flip.rule, say.paint(flip.rule, _STYLES[flip.after]), 1)
    yield from ("  " + line for line in rest)
    if flip.cause == "both":
        yield from say.lines(flip.halves, 6)
    yield from say.lines(flip.message, 6)
    if flip.locations:
        more = f" and {len(flip.locations) - 1} more" if len(flip.locations) > 1 else ""
        yield " " * 6 + say.paint(shown(str(flip.locations[0])), "waived") + more
    if flip.waives:
        yield from say.lines(f"waived by {listed(flip.waivers, SUBJECTS)}", 6)


def _witnesses(diff: PolicyDiff, say: _Say) -> list[str]:
    if not (diff.changed_rules or diff.searched):
        return []
    lines = [say.place("What changed rules would decide otherwise, though nobody has it")]
    if diff.changed_rules:
        lines += say.lines(f"changed: {listed(diff.changed_rules, SUBJECTS)}", 2)
    for one in diff.witnesses:
        lines += _witness(one, say)
    if diff.searched:
        lines += say.lines(searched(diff), 2)
    for reason in diff.not_searched:
        lines += say.lines(f"not searched: {reason}", 2)
    return lines


def _witness(one: Witness, say: _Say) -> list[str]:
    head, *rest = say.lines(f"{one.rule}: {one.says}", 2)
    lines = [head.replace(one.rule, say.paint(one.rule, _STYLES[one.after]), 1), *("  " + line for line in rest)]
    if one.document:
        lines += say.lines(f"{one.start}, with {json.dumps(one.document, ensure_ascii=False)}", 6)
    if one.still:
        lines += say.lines(f"still denied by {', '.join(one.still)}", 6)
    return lines


def _waivers(compared: Compared, say: _Say) -> Iterator[list[str]]:
    longer, over = compared.diff.renewals, compared.diff.lapses
    if longer:
        lines = [line for one in longer for line in say.lines(renewal_words(one), 2)]
        yield [say.place(f"Waivers that hold longer ({len(longer)})"), *lines]
    if over:
        lines = [line for one in over for line in say.lines(lapse_words(one), 2)]
        yield [say.place(f"Waivers that hold no more on {compared.as_of} ({len(over)})"), *lines]


def _summary(compared: Compared) -> str:
    """The line that closes it."""
    diff = compared.diff
    if not compared.base:
        number = len(diff.lapses)
        return (
            f"{plural(number, 'waiver')} that {'is' if number == 1 else 'are'} still needed run out by {compared.as_of}"
        )
    parts = [f"{plural(len(diff.flips), 'verdict')} {'changes' if len(diff.flips) == 1 else 'change'}"]
    if diff.refused:
        parts.append(f"{len(diff.refused)} of them by specs that a rule of the base or of this change denies")
    if diff.loosened:
        parts.append(f"loosened: {', '.join(dict.fromkeys(one.rule for one in diff.loosened))}")
    if diff.lapses:
        parts.append(f"{plural(len(diff.lapses), 'waiver')} ran out")
    if compared.errors:
        parts.append(f"{plural(compared.errors, 'error')} of other kinds: `mlgitops validate` shows them")
    return "; ".join(parts)


Loosening = VerdictFlip | Witness | Renewal


def loosening_words(found: Sequence[Loosening]) -> str:
    """Why `--no-loosening` fails: each rule that gives way, and each waiver that sets a denial aside."""
    rules, waivers = dict[str, None](), dict[str, None]()
    for one in found:
        if isinstance(one, Renewal) or (isinstance(one, VerdictFlip) and one.waives):
            waivers[f"{one.waiver} ({one.rule} on {one.subject})"] = None
        else:
            rules[one.rule] = None
    parts = [f"the policies of this change let pass what those of the base deny: {', '.join(rules)}"] if rules else []
    if waivers:
        parts.append(f"waivers of this change set aside what the base denies: {listed(tuple(waivers), SUBJECTS)}")
    return "; ".join(parts)
