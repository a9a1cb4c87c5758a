"""Decisions: rules asked about documents, and nothing believed that was not said.

    decisions = decide(engine, rules, "model", [Question("churn@prod", document)], shape)

Silence is allowed only where every rule has spoken. A document that is not total, a rule that is on disk and was not
evaluated, other rules than those on disk, a result of another form, a canary that is not denied: each raises an
MlgitopsError, so the run ends with 3 and never with "no findings".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.policy.engine import Batch, Document, Engine, EvaluationFailed, Scope
from mlgitops.policy.fixtures import Fixture, canaries
from mlgitops.policy.harness import set_name
from mlgitops.policy.metadata import RuleSeverity
from mlgitops.policy.projection import Kept, kept, project
from mlgitops.policy.rules import Rule, RuleSet
from mlgitops.policy.totality import Shape, misfits
from mlgitops.source import dotted
from mlgitops.spec.yaml_characters import excerpt

Json = Any
MESSAGE_LIMIT = 1000
"""Characters of a rule's message that are kept: a message is a sentence, and errors stay within 4 KiB."""

_POINTER = re.compile(r"(/[^\n]*)?")
_FILE_POINTER = re.compile(r"([^#\n]+#(/[^\n]*)?)?")
_MODEL = re.compile(r"/models/([0-9]{1,9})(/|$)")


class Question(NamedTuple):
    """A document to be decided, and whose it is."""

    subject: str
    """`churn@prod`; of a fleet `@prod`; of manifests from elsewhere a file's name."""
    document: Document


class PolicyFinding(NamedTuple):
    """What a rule has against a document."""

    rule: str
    severity: RuleSeverity
    pointer: str
    """Into the document; with scope `objects` `<file>#<pointer into the object>`. Empty for all of it."""
    message: str
    subject: str
    """Whom it is about: of a fleet's finding on one of the models `model@environment`."""


class Decision(NamedTuple):
    """All that the rules of a scope say about one document."""

    subject: str
    scope: Scope
    evaluated: tuple[str, ...]
    """The ids of the rules, in order: those on disk, or there would be no decision."""
    findings: tuple[PolicyFinding, ...]
    subjects: tuple[str, ...]
    """Whom a waiver of these rules could be about: the subject, and of a fleet each of its models."""


def decide(engine: Engine, rules: RuleSet, scope: Scope, questions: Sequence[Question], shape: Shape) -> list[Decision]:
    """One decision for each question, in their order. Raises MlgitopsError, see the module."""
    if not questions:
        return []
    for question in questions:
        _must_be_total(question, scope, shape)
    asked = rules.of(scope)
    if not asked:
        return [Decision(q.subject, scope, (), (), _subjects(q, scope)) for q in questions]
    known_bad = _canaries(rules, scope, shape)
    tree = _kept(rules) or {}
    documents = [{**project(canary.document, tree), "alone": canary.rule} for canary in known_bad]
    documents += [project(question.document, tree) for question in questions]
    subjects = [f"the canary of {canary.rule}" for canary in known_bad] + [question.subject for question in questions]
    batch = _evaluated(engine, scope, subjects, documents)
    _must_be_ours(batch, rules, asked, len(documents))
    reading = _Reading(asked, scope)
    for canary, raw in zip(known_bad, batch.decisions, strict=False):
        reading.canary(canary, raw)
    decided = batch.decisions[len(known_bad) :]
    return [reading.decision(question, raw) for question, raw in zip(questions, decided, strict=True)]


_canaries = lru_cache(maxsize=12)(canaries)
"""Read once for all batches: three scopes of as many sets of rules as are compared."""


@lru_cache(maxsize=4)
def _kept(rules: RuleSet) -> Kept | None:
    return kept(rules.modules.values())


def _must_be_total(question: Question, scope: Scope, shape: Shape) -> None:
    wrong = misfits(question.document, shape)
    if wrong:
        raise MlgitopsError(
            f"the policy input of {question.subject} is not total: {dotted(wrong[0].pointer)[:200]} {wrong[0].message}"
            f" in scope {scope}, and {len(wrong) - 1} more",
            "rules would be silent about it: this is a defect of mlgitops, please report it",
        )


def _evaluated(engine: Engine, scope: Scope, subjects: Sequence[str], documents: Sequence[Document]) -> Batch:
    """What the engine says; where the rules fail, the error names the first document on which they do."""
    try:
        return engine.evaluate(scope, documents)
    except EvaluationFailed as failure:
        if len(documents) == 1:
            raise EvaluationFailed(f"the rules failed on {subjects[0]}: {failure}", failure.hint) from None
        middle = len(documents) // 2
        for part in (slice(0, middle), slice(middle, None)):
            _evaluated(engine, scope, subjects[part], documents[part])
        raise  # it fails on all of them together only


def _must_be_ours(batch: Batch, rules: RuleSet, asked: tuple[Rule, ...], count: int) -> None:
    """That these rules were asked, each of them, about every document."""
    if batch.digest != rules.digest:
        raise MlgitopsError(
            f"other rules were asked than those on disk: expected {rules.digest}, got {str(batch.digest)[:80]}",
            "publish these rules to the server, or use `--engine opa`",
        )
    expected = sorted(set_name(rule.id, kind) for rule in asked for kind in rule.sets)
    if missing := sorted(set(expected) - set(batch.defined)):
        raise MlgitopsError(
            f"rules that are on disk were not evaluated: not defined: {', '.join(missing)[:500]}",
            "check the names of package, deny and warn in those rules",
        )
    if len(batch.decisions) != count:
        raise MlgitopsError(
            f"expected {count} decisions, got {len(batch.decisions)}", "use another `--engine`, and report this"
        )


class _Reading:
    """Reads what an engine said about documents of one scope."""

    def __init__(self, rules: tuple[Rule, ...], scope: Scope) -> None:
        self.scope = scope
        self.sets = {kind: {rule.id for rule in rules if kind in rule.sets} for kind in ("deny", "warn")}
        self.evaluated = tuple(rule.id for rule in rules)
        self.pointer = _FILE_POINTER if scope == "objects" else _POINTER

    def decision(self, question: Question, raw: Json) -> Decision:
        if not isinstance(raw, dict) or raw.keys() != {"deny", "warn"}:
            raise self._undecided(question, raw)
        for kind, expected in self.sets.items():
            if not isinstance(raw[kind], dict) or raw[kind].keys() != expected:
                raise self._undecided(question, raw)
        findings = tuple(sorted(self._findings(question, raw)))
        return Decision(question.subject, self.scope, self.evaluated, findings, _subjects(question, self.scope))

    def canary(self, canary: Fixture, raw: Json) -> None:
        """Raises MlgitopsError when the rule that a canary belongs to has nothing against it."""
        alone = raw.get("alone") if isinstance(raw, dict) else None
        found = alone.get(canary.rule) if isinstance(alone, dict) else None
        if not isinstance(found, dict) or not any(isinstance(one, list) and one for one in found.values()):
            raise MlgitopsError(
                f"the rule {canary.rule} found nothing in its canary, {canary.path}, so its silence means nothing",
                "mend the rule, or the canary: `mlgitops policy test` shows what each fixture expects",
            )

    def _undecided(self, question: Question, raw: Json) -> MlgitopsError:
        what = "is undefined" if raw is None else "has another form than was asked for"
        return MlgitopsError(
            f"no decision on {question.subject}: not all rules were evaluated, or the result {what}",
            "use another `--engine`, and report this with the rules",
        )

    def _findings(self, question: Question, raw: Json) -> Iterator[PolicyFinding]:
        severities: tuple[tuple[str, RuleSeverity], ...] = (("deny", "error"), ("warn", "warning"))
        for kind, severity in severities:
            for rule, found in raw[kind].items():
                if not isinstance(found, list):
                    raise self._odd(question, rule)
                yield from (self._finding(question, rule, severity, one) for one in found)

    def _finding(self, question: Question, rule: str, severity: RuleSeverity, found: Json) -> PolicyFinding:
        if (
            not isinstance(found, dict)
            or found.keys() != {"pointer", "message"}
            or not all(map(_is_text, found.values()))
        ):
            raise self._odd(question, rule)
        pointer, message = found["pointer"], found["message"]
        if not self.pointer.fullmatch(pointer) or not message:
            raise self._odd(question, rule)
        if self.scope == "objects" and (file := pointer.partition("#")[0]) and file not in _files(question.document):
            raise MlgitopsError(
                f"the rule {rule} points into {excerpt(file)}, which is no file of {question.subject}",
                "begin the pointer with the `file` that the object or the pod has in the input",
            )
        cut = message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
        return PolicyFinding(rule, severity, pointer, cut, _about(question, self.scope, pointer))

    def _odd(self, question: Question, rule: str) -> MlgitopsError:
        form = "<file>#/pointer" if self.scope == "objects" else "/pointer"
        return MlgitopsError(
            f"the rule {rule} gave something else than {{pointer, message}} about {question.subject}",
            f'give {{"pointer": "{form}" or "", "message": "…"}} and nothing else',
        )


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _files(document: Document) -> set[Json]:
    return {one["file"] for key in ("objects", "pods") for one in document.get(key, ())}


def _about(question: Question, scope: Scope, pointer: str) -> str:
    """The subject of a finding: of a fleet's, the model it points at."""
    found = _MODEL.match(pointer) if scope == "fleet" else None
    models = question.document["models"] if found else []
    if found and int(found[1]) < len(models):
        return f"{models[int(found[1])]['model']}{question.subject[question.subject.rfind('@') :]}"
    return question.subject


def _subjects(question: Question, scope: Scope) -> tuple[str, ...]:
    if scope != "fleet":
        return (question.subject,)
    each = (_about(question, scope, f"/models/{index}") for index in range(len(question.document["models"])))
    return (question.subject, *each)
