"""Documents that nobody has yet whose verdict a changed rule flips: sought in every environment, for every such rule.

A rule is changed where its text, a library or data that it reads is; or where an environment's limits, which it reads,
are. The old rules are asked about a document in the environment as it was governed, the new ones as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mlgitops.plan.policy_diff import VerdictFlip, Witness
from mlgitops.policy.boundaries import boundaries
from mlgitops.policy.changed import changed_rules
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import Engine, EvaluationFailed, Scope
from mlgitops.policy.inputs import environment_input
from mlgitops.policy.rules import Rule, RuleSet
from mlgitops.policy.search import Answer, Flip, Found, Start, Verdict, seek
from mlgitops.policy.words import flip_words, written
from mlgitops.report.contents import plural
from mlgitops.stages.decide import shape
from mlgitops.stages.differing import only, reads_fields
from mlgitops.stages.governing import differently_governed, governed_by
from mlgitops.stages.prepare import Prepared
from mlgitops.stages.revise import Side
from mlgitops.stages.starts import Starts

Json = Any
Opened = Callable[[RuleSet], Engine]
"""The engine that holds a set of rules."""

BUDGET: Final[Mapping[Scope, tuple[int, int, int]]] = {
    "model": (1800, 40, 300),
    "objects": (600, 40, 150),
    "fleet": (600, 40, 200),
}
"""Documents in all, and at least and at most for one rule in one environment: a second or two in the end."""


class Searched(NamedTuple):
    """What a search came to."""

    witnesses: tuple[Witness, ...] = ()
    documents: int = 0
    not_searched: tuple[str, ...] = ()


class _Case(NamedTuple):
    """One rule in one environment."""

    rule: str
    scope: Scope
    environment: str


def search(before: Side, after: Side, flips: Sequence[VerdictFlip], opened: Opened) -> Searched:
    """Witnesses for the rules that may decide otherwise; none for what flips on a subject that is there."""
    if before.prepared is None or after.prepared is None:
        return Searched()
    cases = list(_cases(before.prepared, after.prepared, after.environments))
    if not cases:
        return Searched()
    asking = _Asking(before.prepared, after.prepared, {case.rule for case in cases}, opened)
    starts = Starts(after.tree, after.prepared, [*after.built, *after.others])
    known = {direction for flip in flips for direction in _directions(flip)}
    witnesses, asked = list[Witness](), 0
    left: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        low, high = BUDGET[case.scope][1:]
        share = BUDGET[case.scope][0] // sum(other.scope == case.scope for other in cases)
        found, why = _sought(case, asking, starts, max(low, min(high, share)))
        for reason in why:
            left.setdefault((case.rule, reason), []).append(case.environment)
        asked += found.asked
        for flip in found.flips:
            if (case.rule, case.environment, *flip.direction) not in known:
                witnesses.append(asking.witness(case, flip, found.furthest[flip.direction]))
    not_searched = (f"{rule} in {', '.join(names)}: {reason}" for (rule, reason), names in left.items())
    return Searched(tuple(sorted(witnesses, key=_gravest)), asked, tuple(not_searched))


def _gravest(witness: Witness) -> tuple[bool, str, str]:
    return not witness.loosened, witness.rule, witness.environment


def _directions(flip: VerdictFlip) -> set[tuple[str, str, str, str]]:
    """How policies alone flip a verdict on what is there; a waiver sets a denial aside and leaves it one."""
    environment = flip.subject.rpartition("@")[2]
    ways = {(flip.old_old, flip.old_new), (flip.new_old, flip.new_new)}
    said = {tuple("denied" if one == "waived" else one for one in way) for way in ways}
    return {(flip.rule, environment, old, new) for old, new in said if old != new}


def _cases(old: Prepared, new: Prepared, environments: Iterable[str]) -> Iterable[_Case]:
    """Each changed rule in each environment, and in those that are governed otherwise each rule that reads of that."""
    changed = {change.rule for change in changed_rules(old.rules, new.rules)}
    governed = differently_governed(old, new)
    every = {rule.id: rule for rules in (old.rules, new.rules) for rule in rules.rules}
    for name in environments:
        for rule in every.values():
            if rule.id in changed or (name in governed and reads_fields(new.rules, rule, governed[name])):
                yield _Case(rule.id, rule.scope, name)


def _sought(case: _Case, asking: _Asking, starts: Starts, budget: int) -> tuple[Found, list[str]]:
    """What is found of a case, and what of it was not searched."""
    found = starts.of(case.scope, case.environment)
    if not found:
        return Found((), {}, 0, cut=False), ["no valid document to begin with"]
    bounds = boundaries(asking.sides(case.rule), asking.environments(case.environment))
    result = seek(found, shape(case.scope), bounds, asking.of(case), budget)
    why = [f"what takes more than {plural(budget, 'document')}"] if result.cut else []
    why += [f"{plural(bounds.cut, 'value')} that it looks up or compares with"] if bounds.cut else []
    return result, why


class _Asking:
    """Asks the old rules and the new ones, those that may differ alone."""

    def __init__(self, old: Prepared, new: Prepared, rules: set[str], opened: Opened) -> None:
        self._old, self._new = governed_by(new, old), new
        self._all = new.rules
        self._rules = (only(old.rules, rules), only(new.rules, rules))
        self._opened = opened

    def sides(self, rule: str) -> list[tuple[RuleSet, Rule]]:
        """A rule as it was and as it is, with what it is among."""
        return [(rules, one) for rules in self._rules for one in rules.rules if one.id == rule]

    def environments(self, name: str) -> list[dict[str, Json]]:
        """An environment as it was governed, and as it is."""
        specs = (side.environments[name].declared.spec.value.spec for side in (self._old, self._new))
        return [environment_input(name, spec) for spec in specs]

    def of(self, case: _Case) -> Callable[[Sequence[Json]], Sequence[Answer | None]]:
        """What asks about documents of a case."""
        environments = self.environments(case.environment)

        def ask(documents: Sequence[Json]) -> list[Answer | None]:
            answers = []
            for rules, environment in zip(self._rules, environments, strict=True):
                governed = [{**one, "environment": environment} for one in documents]
                answers.append(self._verdicts(rules, case, governed))
            both = zip(*answers, strict=True)
            return [None if old is None or new is None else Answer(old, new) for old, new in both]

        return ask

    def _verdicts(self, rules: RuleSet, case: _Case, documents: Sequence[Json]) -> list[Verdict | None]:
        if not any(rule.id == case.rule for rule in rules.rules):
            return ["allowed"] * len(documents)
        if not documents:
            return []
        questions = [Question(f"{case.scope}@{case.environment}", one) for one in documents]
        try:
            decisions = decide(self._opened(rules), rules, case.scope, questions, shape(case.scope))
        except EvaluationFailed:
            if len(documents) == 1:
                return [None]
            middle = len(documents) // 2
            return [v for part in (documents[:middle], documents[middle:]) for v in self._verdicts(rules, case, part)]
        return [_verdict({one.severity for one in found.findings if one.rule == case.rule}) for found in decisions]

    def witness(self, case: _Case, flip: Flip, furthest: Json) -> Witness:
        """A flip, said."""
        old, new = flip.answer
        says = flip_words(flip.edits, flip.document, case.environment, new, furthest, flip.start.name)
        document = written(flip.edits, flip.document)
        still = () if new == "denied" else self._still(case, flip.start, flip.document)
        return Witness(case.rule, case.environment, old, new, says, document, flip.start.name, still)

    def _still(self, case: _Case, start: Start, document: Json) -> tuple[str, ...]:
        """Rules that deny a document and not the one that the search began with."""
        questions = [Question(f"{case.scope}@{case.environment}", one) for one in (start.document, document)]
        decisions = decide(self._opened(self._all), self._all, case.scope, questions, shape(case.scope))
        was, now = ({one.rule for one in found.findings if one.severity == "error"} for found in decisions)
        return tuple(sorted(now - was - {case.rule}))


def _verdict(severities: set[Any]) -> Verdict:
    return "denied" if "error" in severities else "warned" if severities else "allowed"
