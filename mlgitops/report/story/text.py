"""A story as people read it in a terminal: what it does, what that takes, who must agree, and only then which lines.

Denied: cost.gpu-limit on churn@prod.
Starts 1 RayCluster beside the one that serves.

What it does
  new-cluster  prod/churn/serve  RayService churn-v14
      a second RayCluster starts beside the one that serves, since the worker's image differs
      environments/prod/environment.yaml:31:9
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from mlgitops.plan.capacity import CapacityChange, Gpus
from mlgitops.plan.policy_diff import PolicyDiff
from mlgitops.plan.risk import ApprovalNeeded, Risk
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report, plural
from mlgitops.report.story.amounts import capacity_heading, changed, exceeds, money, money_step, once, step
from mlgitops.report.story.change_groups import SIGNS, ChangeGroup, change_groups, listed, summary
from mlgitops.report.story.effect_groups import TONES, EffectGroup, effect_groups
from mlgitops.report.story.headline import headline
from mlgitops.report.story.risk_groups import risk_groups
from mlgitops.report.story.verdicts import Flip, flips
from mlgitops.report.story.waivers import waiver_words
from mlgitops.report.text import Paint, painter
from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.source import Location

FIELDS = 12
"""Fields of one object that are shown before the rest are counted."""

TARGETS = 6
"""Targets that a line names before it counts the others."""

NAMES = 30
"""Characters of a name in a table; the names of environments and accelerators are shorter."""

NARROWEST = 60
"""Columns below which lines are left to the terminal to break."""

_STYLES = {"added": "good", "removed": "error", "changed": "warning", "replaced": "error"}
_TONES = {"error": "error", "warning": "warning", "note": "note", "plain": "place"}
_LEVELS = {"high": "error", "medium": "warning", "low": "good"}
_VERDICTS = {"denied": "error", "warned": "warning", "undecided": "warning", "waived": "waived", "allowed": "good"}


def story_text(story: Story, report: Report, *, width: int = 80, colour: bool = False) -> str:
    """Everything but the report's findings, which follow it in a terminal as they do after every command."""
    say = _Say(painter(colour), max(width, NARROWEST))
    sections = [
        _headline(story, report, say),
        _effects(story, say),
        _capacity(story, say),
        _risks(story.risks, say),
        _verdicts(story, say),
        _policy(story.policy, say),
        _objects(story, say),
        [say.paint(line, "place") for line in say.lines(summary(story.plan), 0)],
    ]
    blocks = ["\n".join(lines) for section in sections if (lines := list(section))]
    return f"compared with {story.plan.base[:12]}\n\n" + "\n\n".join(blocks) + "\n"


class _Say:
    """How lines are written: painted, safe to show, within a width."""

    def __init__(self, paint: Paint, width: int) -> None:
        self.paint = paint
        self.width = width

    def lines(self, text: str, indent: int) -> Iterator[str]:
        """A sentence, wrapped; words that are longer than a line stay whole."""
        room = self.width - indent
        wrapped = textwrap.wrap(shown(text), room, break_long_words=False, break_on_hyphens=False)
        yield from (" " * indent + line for line in wrapped)

    def labelled(self, label: str, text: str, indent: int) -> Iterator[str]:
        """A sentence after a label, which stands out."""
        first, *rest = self.lines(f"{label}: {text}", indent)
        yield first.replace(f"{label}:", self.paint(f"{label}:", "label"), 1)
        yield from rest

    def place(self, location: Location | None, indent: int) -> Iterator[str]:
        """Where a person wrote it, in one piece, so that terminals make a link of it."""
        if location is not None:
            yield " " * indent + self.paint(shown(str(location)), "waived")

    def places(self, locations: Sequence[Location], indent: int) -> Iterator[str]:
        """The first of several places, the rest counted."""
        yield from self.place(locations[0] if locations else None, indent)
        if len(locations) > 1:
            yield f"{' ' * indent}and {plural(len(locations) - 1, 'more place')}"


def shown(text: str) -> str:
    """Text of a stranger, fit for a terminal and without what looks like a secret."""
    return visible(redacted_shapes(text))


def _headline(story: Story, report: Report, say: _Say) -> Iterator[str]:
    for sentence in headline(story, report):
        for line in say.lines(sentence.text, 0):
            yield say.paint(line, _TONES[sentence.tone])
    for note in story.notes:
        yield from say.labelled("note", note, 0)


def _effects(story: Story, say: _Say) -> Iterator[str]:
    groups = effect_groups(story.effects, story.risks)
    if groups:
        yield say.paint("What it does", "place")
    column = max((len(group.effect) for group in groups), default=0)
    for group in groups:
        yield from _effect(group, column, say)


def _effect(group: EffectGroup, column: int, say: _Say) -> Iterator[str]:
    name = say.paint(group.effect, _TONES[TONES[group.effect]]) + " " * (column - len(group.effect))
    if len(group.effects) == 1:
        yield f"  {name}  {shown(group.targets[0])}  {shown(group.title)}"
    else:
        yield f"  {name}  {shown(group.title)}"
        yield from say.lines(f"in {listed(group.targets, TARGETS)}", 6)
    yield from say.lines(group.reason, 6)
    if group.instead:
        yield from say.labelled("instead", group.instead, 6)
    yield from say.places(group.locations, 6)


def _capacity(story: Story, say: _Say) -> Iterator[str]:
    told = [one for one in story.capacity if changed(one)]
    if not told:
        return
    rows = [row for one in told for row in _rows(one)]
    widths = [max(len(row[at]) for row in [_HEAD, *rows]) for at in range(len(_HEAD))]
    yield say.paint(capacity_heading(story), "place")
    yield say.paint(_row(_HEAD, widths), "label")
    for row in rows:
        over = row[-1].endswith("over")
        line = _row(row, widths)
        yield say.paint(line, "error") if over else line
    for one in told:
        for run in one.runs:
            takes = once(run.gpu_hours, run.cost, one.currency)
            yield from say.lines(f"{run.model} trains in {one.environment}: up to {takes}", 2)


_HEAD = ("", "", "steady", "peak", "limit")


def _rows(one: CapacityChange) -> Iterator[tuple[str, ...]]:
    environment = shown(one.environment)[:NAMES]
    for gpus in one.gpus:
        yield environment, shown(gpus.accelerator)[:NAMES], *_counts(gpus)
        environment = ""
    limit = "" if one.cost_limit is None else money(one.cost_limit, one.currency)
    over = "  over" if exceeds(one) else ""
    yield environment, "cost a month", shown(money_step(one.per_month, one.currency)), "", shown(limit) + over
    yield "", "cost an hour", "", shown(money_step(one.peak_per_hour, one.currency)), ""


def _counts(gpus: Gpus) -> tuple[str, str, str]:
    limit = "none" if gpus.limit is None else str(gpus.limit)
    over = "  over" if gpus.over else ""
    return step(gpus.steady_before, gpus.steady_after), step(gpus.peak_before, gpus.peak_after), limit + over


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return ("  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))).rstrip()


def _risks(risks: Sequence[Risk], say: _Say) -> Iterator[str]:
    if risks:
        yield say.paint("Risk and approvals", "place")
    for group in risk_groups(risks):
        risk = group.risk
        yield f"  {say.paint(risk.level, _LEVELS[risk.level])}{group.title.removeprefix(risk.level)}"
        yield from say.lines(f"of {listed(group.subjects, TARGETS)}", 6)
        for factor in risk.factors:
            yield from say.lines(f"{factor.level}: {factor.change}: {factor.reason}", 6)
            yield from say.place(factor.location if len(group.subjects) == 1 else None, 10)
        for approval in risk.approvals:
            yield from _approval(approval, say)


def _approval(approval: ApprovalNeeded, say: _Say) -> Iterator[str]:
    mark, style, words = approval_words(approval)
    first, *rest = say.lines(f"{mark} {words}", 6)
    yield first.replace(mark, say.paint(mark, style), 1)
    yield from rest


def approval_words(approval: ApprovalNeeded) -> tuple[str, str, str]:
    """Whether an approval is there, as a word, its style, and the whole in words."""
    owners = f"approval of {listed(approval.owners)}" if approval.owners else "nobody is named who could approve"
    if approval.void:
        return "void", "error", f"{approval.role}: approved by {approval.given_by}, and {approval.void}"
    if approval.given_by:
        return "approved", "good", f"{approval.role}: by {approval.given_by}"
    return "missing", "error", f"{approval.role}: {owners}"


def _verdicts(story: Story, say: _Say) -> Iterator[str]:
    found = flips(story)
    if found:
        yield say.paint("Verdicts", "place")
    for flip in found:
        yield from _flip(flip, say)


def _flip(flip: Flip, say: _Say) -> Iterator[str]:
    way, _, halves = flip.change.partition(" (")
    yield f"  {shown(flip.rule)}  {say.paint(way, _VERDICTS[flip.after])}"
    yield from say.lines(halves.removesuffix(")"), 6)
    yield from say.lines(f"on {listed(flip.subjects, TARGETS)}", 6)
    yield from say.lines(flip.message, 6)
    yield from say.places(flip.locations, 6)


def _policy(policy: PolicyDiff, say: _Say) -> Iterator[str]:
    if any(policy._replace(flips=(), searched=0, not_searched=())):
        yield say.paint("Rules and waivers", "place")
    if policy.unknown:
        yield from say.lines(f"verdicts cannot be compared: {policy.unknown}", 2)
    if policy.changed_rules:
        yield from say.lines(f"changed: {listed(policy.changed_rules, 12)}", 2)
    for one in policy.witnesses:
        yield from say.lines(f"{one.rule} in {one.environment}: {one.before} → {one.after}: {one.says}", 2)
        start = f"{one.start}, with " if one.start else ""
        yield from say.lines(f"{start}{json.dumps(one.document, ensure_ascii=False)}", 6)
    if policy.searched:
        yield from say.lines(searched(policy), 2)
    for reason in policy.not_searched:
        yield from say.lines(f"not searched: {reason}", 2)
    for words in waiver_words(policy):
        yield from say.lines(words, 2)


def searched(policy: PolicyDiff) -> str:
    """What a search for documents that flip is worth."""
    found = plural(len(policy.witnesses), "document") if policy.witnesses else "none"
    asked = f"{policy.searched:,} document{'' if policy.searched == 1 else 's'}"
    return f"{asked} asked about, {found} found whose verdict flips: a search and no proof"


def _objects(story: Story, say: _Say) -> Iterator[str]:
    groups = change_groups(story.plan, story.effects)
    if groups:
        yield say.paint("Objects", "place")
    heading = None
    for group in groups:
        if group.targets != heading:
            yield from (say.paint(line, "label") for line in say.lines(listed(group.targets, TARGETS), 2))
            heading = group.targets
        yield from _change(group, say)
    for one in story.plan.failed:
        where = "in both" if one.side == "both" else f"in the {one.side}"
        yield from say.lines(f"{one.target} cannot be compared: it has errors {where}", 0)


def _change(group: ChangeGroup, say: _Say) -> Iterator[str]:
    kind = group.change.kind
    yield f"    {say.paint(SIGNS[kind], _STYLES[kind])} {shown(group.title)}"
    yield from _fields(group.fields, say)


def _fields(fields: Sequence[str], say: _Say) -> Iterable[str]:
    for field in fields[:FIELDS]:
        yield from _hanging(field, say)
    if len(fields) > FIELDS:
        yield f"        and {plural(len(fields) - FIELDS, 'more field')}"


def _hanging(field: str, say: _Say) -> Iterator[str]:
    """A field on one line, or where it is too long its path and its values below."""
    text = shown(field)
    path, separator, values = text.partition(": ")
    if len(text) + 8 <= say.width or not separator:
        yield f"        {text}"
        return
    yield f"        {path}:"
    yield from say.lines(values, 10)
