"""What a change does, in the sentences that every form of the report begins with.

Denied: cost.gpu-limit on churn@prod.
Starts 1 RayCluster beside the one that serves, starts 2 training runs and stops 1 that may be running.
prod needs up to 12 A100 and allows 8; serving costs 1,240 EUR more a month.
Risk is high: approval of ml-platform is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from mlgitops.plan.capacity import CapacityChange
from mlgitops.plan.effect import EFFECT_CLASSES, EffectClass
from mlgitops.plan.risk import Risk
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report, plural
from mlgitops.report.story.amounts import exceeds, money, once
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.effect_groups import LEVELS, TONES, Tone
from mlgitops.report.story.verdicts import Wrong, flips, is_denial, wrongs

DOES: Final[dict[EffectClass, tuple[str, str]]] = {
    "refused": ("asks for 1 edit that the API server refuses", "asks for {} edits that the API server refuses"),
    "removed": ("removes 1 object", "removes {} objects"),
    "run-stopped": ("stops 1 training run that may be running", "stops {} training runs that may be running"),
    "new-cluster": (
        "starts 1 RayCluster beside the one that serves",
        "starts {} RayClusters beside those that serve",
    ),
    "run-started": ("starts 1 training run", "starts {} training runs"),
    "routes": ("changes where requests go in 1 place", "changes where requests go in {} places"),
    "in-place": ("updates 1 application in place", "updates {} applications in place"),
    "scaled": ("scales 1 object", "scales {} objects"),
    "configured": ("configures 1 object", "configures {} objects"),
    "ignored": ("makes 1 edit that the operator ignores", "makes {} edits that the operator ignores"),
}
"""What a change does to one thing and to several, by class; "nothing" is nothing to tell."""


class Sentence(NamedTuple):
    """One sentence, and how loudly it is told."""

    text: str
    tone: Tone


def state(story: Story, report: Report) -> str:
    """What becomes of the change as it is, in a word or two."""
    found = wrongs(story, report)
    if found:
        return "denied" if any(map(is_denial, found)) else "errors to mend"
    if story.policy.unknown:
        return "undecided"
    if missing_roles(story.risks):
        return "approval missing"
    return "allowed" if story.plan.targets or story.effects else "nothing changes"


def headline(story: Story, report: Report) -> list[Sentence]:
    """The sentences that decide whether one reads on; never empty."""
    return [
        *_wrong(wrongs(story, report)),
        *_effects(story),
        *_capacity(story),
        *_policy(story),
        *_risk(story),
    ]


def _wrong(found: list[Wrong]) -> Iterator[Sentence]:
    denials = [wrong for wrong in found if is_denial(wrong)]
    if denials:
        rules = list(dict.fromkeys(wrong.finding.code.removeprefix("policy/") for wrong in denials))
        subjects = list(dict.fromkeys(subject for wrong in denials for subject in wrong.subjects))
        on = f" on {listed(subjects, 3)}" if subjects else ""
        yield Sentence(f"Denied: {listed(rules, 3)}{on}.", "error")
    errors = [wrong for wrong in found if not is_denial(wrong)]
    if errors:
        codes = list(dict.fromkeys(wrong.finding.code for wrong in errors))
        yield Sentence(f"{plural(len(errors), 'error')} to mend: {listed(codes, 3)}.", "error")


def _effects(story: Story) -> Iterator[Sentence]:
    failed = len(story.plan.failed)
    if failed:
        they = "it has" if failed == 1 else "they have"
        yield Sentence(f"What happens in {plural(failed, 'target')} is not known: {they} errors.", "warning")
    counts = Counter(effect.effect for effect in story.effects)
    told = [name for name in EFFECT_CLASSES if counts[name] and name in DOES]
    if not told:
        objects = any(target.objects for target in story.plan.targets)
        if objects and not story.effects:
            yield Sentence("What it does on a cluster was not worked out: see the objects below.", "plain")
        elif not failed:
            yield Sentence("Nothing happens on any cluster.", "plain")
        return
    phrases = [DOES[name][0] if counts[name] == 1 else DOES[name][1].format(counts[name]) for name in told]
    grave = any(TONES[name] in ("error", "warning") for name in told)
    yield Sentence(sentence(phrases), "warning" if grave else "plain")


def sentence(phrases: list[str]) -> str:
    """Phrases as one sentence.

    >>> sentence(["removes 1 object", "stops 1 run", "scales 2 objects"])
    'Removes 1 object, stops 1 run and scales 2 objects.'
    """
    text = phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"
    return f"{text[:1].upper()}{text[1:]}."


def _capacity(story: Story) -> Iterator[Sentence]:
    capacity = story.capacity
    for one in capacity:
        short = [f"{gpus.peak_after} {gpus.accelerator} and allows {gpus.limit}" for gpus in one.gpus if gpus.over]
        if short:
            yield Sentence(f"{one.environment} needs up to {', '.join(short)}.", "error")
        if exceeds(one) and one.cost_limit is not None:
            costs, allows = money(one.per_month.after, one.currency), money(one.cost_limit, one.currency)
            yield Sentence(f"{one.environment} costs {costs} a month and allows {allows}.", "error")
    if story.plan.failed:
        return  # what is not known would count as saved
    for currency in dict.fromkeys(one.currency for one in capacity):
        yield from _costs(currency, [one for one in capacity if one.currency == currency])


def _costs(currency: str, capacity: list[CapacityChange]) -> Iterator[Sentence]:
    more = sum(one.per_month.after - one.per_month.before for one in capacity)
    if round(more, 2):
        direction = "more" if more > 0 else "less"
        yield Sentence(f"Serving costs {money(abs(more), currency)} {direction} a month.", "plain")
    runs = [run for one in capacity for run in one.runs]
    if runs:
        hours = sum(run.gpu_hours for run in runs)
        cost = sum(run.cost for run in runs)
        yield Sentence(f"Training takes up to {once(hours, cost, currency, ' and ')}, once.", "plain")


def _policy(story: Story) -> Iterator[Sentence]:
    if story.policy.unknown:
        yield Sentence(f"Verdicts cannot be compared: {story.policy.unknown}.", "error")
    loosened = sum(len(flip.subjects) for flip in flips(story) if flip.loosened and not flip.waives)
    if loosened:
        yield Sentence(f"Rules loosen: {plural(loosened, 'verdict')} that {_was(loosened)} a denial.", "warning")
    waived = sum(len(flip.subjects) for flip in flips(story) if flip.waives)
    if waived:
        yield Sentence(f"Waivers set aside {plural(waived, 'denial')}.", "warning")
    if story.policy.renewals:
        later = plural(len(story.policy.renewals), "denial")
        yield Sentence(f"Waivers set aside {later} for longer than before.", "warning")
    looser = [one.says for one in story.policy.witnesses if one.loosened]
    if looser:
        yield Sentence(f"Rules would let through what nobody has yet: {listed(looser, 2)}.", "warning")
    if story.policy.lapses:
        first = min(lapse.expires for lapse in story.policy.lapses)
        number = plural(len(story.policy.lapses), "waiver")
        runs = "runs" if len(story.policy.lapses) == 1 else "run"
        yield Sentence(f"{number} {runs} out, the first on {first}.", "warning")


def _was(count: int) -> str:
    return "was" if count == 1 else "were each"


def _risk(story: Story) -> Iterator[Sentence]:
    if not story.risks:
        return
    worst = min(story.risks, key=lambda risk: LEVELS[risk.level]).level
    missing = missing_roles(story.risks)
    if missing:
        are = "approval of {} is missing" if len(missing) == 1 else "approvals of {} are missing"
        yield Sentence(f"Risk is {worst}: {are.format(listed(missing))}.", "warning")
    else:
        yield Sentence(f"Risk is {worst}; no approval is missing.", "plain")


def missing_roles(risks: tuple[Risk, ...]) -> list[str]:
    """The roles whose approval is still asked for, each once."""
    needed = (approval for risk in risks for approval in risk.approvals)
    return list(dict.fromkeys(one.role for one in needed if not one.given_by or one.void))
