"""What asks Rego: one protocol for the `opa` program, an OPA server and the embedded engine.

An engine holds one compiled set of rules and is asked about many documents of a scope at once:

    with OpaEngine(sources(rules), executable) as engine:
        batch = engine.evaluate("model", documents)

It answers in the order of the documents and judges nothing: `decide` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol, get_args

from mlgitops.errors import MlgitopsError

Json = Any
Document = Mapping[str, Json]
Scope = Literal["model", "objects", "fleet"]
"""What a rule sees: one resolved model, one target's final objects, or all models of an environment."""
SCOPES: tuple[Scope, ...] = get_args(Scope)


class Sources(NamedTuple):
    """What an engine compiles."""

    modules: Mapping[str, str]
    """Rego by path: rules, library and harness."""
    batches: Mapping[str, str]
    """The harness for a list of documents, by path; not for the embedded engine, which crashes on its `with`."""
    data: Mapping[str, Json]
    """The base documents, below `data`."""
    sets: Mapping[Scope, tuple[str, ...]]
    """References of all sets of rules that are asked, by scope, to tell which one fails."""


class Batch(NamedTuple):
    """What an engine says about a list of documents."""

    digest: str
    """`RuleSet.digest` of the rules that were asked."""
    defined: tuple[str, ...]
    """Names of the sets that are there, in order: `deny cost.gpu-limit`."""
    decisions: Sequence[Json]
    """One a document, as the harness wrote it: `{"deny": {rule: […]}, "warn": {…}}`, null where it is undefined."""


class EvaluationFailed(MlgitopsError):
    """The rules failed on a document: a builtin's error, two values for one rule, a crash of the engine."""


class Engine(Protocol):
    """See the module. Safe to ask from several threads at once."""

    @property
    def name(self) -> str:
        """`opa`, `server` or `embedded`."""

    @property
    def version(self) -> str:
        """The engine's own version, for reports."""

    def ready(self) -> None:
        """Returns once it can be asked from processes that are forked then. Raises MlgitopsError when it cannot."""

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        """The decisions on documents of one scope. Raises EvaluationFailed, or MlgitopsError when it cannot work."""

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def entrypoint(scope: Scope, rule: str) -> str:
    """The reference of a rule of the harness: `batch`, `decision` or `header`."""
    return f"data.mlgitops.decision.{scope}.{rule}"


def batch_of(answer: Json) -> Batch | None:
    """An answer of the harness read; None where it is something else, undefined for instance."""
    if not isinstance(answer, dict) or not isinstance(answer.get("digest"), str):
        return None
    defined, decisions = answer.get("defined"), answer.get("decisions")
    if not isinstance(defined, list) or not isinstance(decisions, list) or not all(isinstance(n, str) for n in defined):
        return None
    return Batch(answer["digest"], tuple(sorted(defined)), decisions)


def as_json(question: Json) -> bytes:
    """A question as engines read it. Raises MlgitopsError for text that is no Unicode, and infinite numbers."""
    from pydantic_core import to_json  # here, since what only lists rules has no use for it

    try:
        fast = to_json(question, inf_nan_mode="constants")
        if b"NaN" not in fast and b"Infinity" not in fast:  # text that holds these words is written the slow way
            return fast
        return json.dumps(question, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except ValueError as error:
        raise MlgitopsError(f"a policy input cannot be written as JSON: {error}", "report this as a defect") from None
