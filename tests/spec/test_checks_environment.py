"""What environments name must exist, and they must not collide: each finding, whole."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.checks.environment import check_environments
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from tests.spec.example_documents import (
    ENVIRONMENT,
    FULL_ENVIRONMENT,
    KEYLESS_ENVIRONMENT,
    MODEL,
    changed,
    place,
    written,
)

MODELS = frozenset({"churn", "old", "revenue"})
DEV = "environments/dev/environment.yaml"


def declared(text: str, **names: frozenset[str]) -> DeclaredEnvironment:
    name = written(Environment, text).value.metadata.name
    return DeclaredEnvironment(written(Environment, text, f"environments/{name}/environment.yaml"), **names)


def named(name: str, more: str = "", *, namespace: str = "") -> str:
    text = changed(ENVIRONMENT, "{name: dev}", f"{{name: {name}}}")
    return text.replace("namespace: dev}", f"namespace: {namespace or name}}}") + more


def problems(*texts: str, releases: frozenset[str] = frozenset(), runs: frozenset[str] = frozenset()) -> list[Finding]:
    environments = [declared(text, releases=releases, runs=runs) for text in texts]
    return check_environments({one.name: one for one in environments}, MODELS)


def only(text: str, fragment: str, within: str, code: str, message: str, hint: str, pointer: str) -> Finding:
    return Finding(Location(DEV, *place(text, fragment, within)), code, "error", message, hint, pointer)


def test_what_fits_is_silent() -> None:
    assert problems(ENVIRONMENT, FULL_ENVIRONMENT) == []
    assert problems(KEYLESS_ENVIRONMENT) == []


@pytest.mark.parametrize(
    ("more", "fragment", "pointer", "section"),
    [
        ("  overrides: {churn: {}, chrun: {training: {}}}\n", "chrun", "/spec/overrides/chrun", "overrides"),
        ("  models: {include: [churn, chrun]}\n", "chrun", "/spec/models/include/1", "models"),
        ("  models: {exclude: [chrun]}\n", "chrun", "/spec/models/exclude/0", "models"),
    ],
)
def test_a_model_that_is_not_there(more: str, fragment: str, pointer: str, section: str) -> None:
    text = ENVIRONMENT + more
    message = f"{section} must name a model of specs/, got 'chrun'"
    hint = "add specs/chrun, or remove the entry"
    assert problems(text) == [only(text, fragment, more, "env/unknown-model", message, hint, pointer)]


REMOVAL = '  removals: [{model: churn, reason: Replaced., date: "2026-11-02"}]\n'


@pytest.mark.parametrize("kind", ["release", "run"])
def test_a_removed_model_that_is_still_asked_for(kind: str) -> None:
    text = ENVIRONMENT + REMOVAL
    names = {f"{kind}s": frozenset({"churn", "revenue"})}
    message = f"'churn' is removed here, and still has a {kind}"
    hint = f"delete {kind}s/churn.yaml with the removal"
    expected = only(text, "churn,", REMOVAL, "env/removed-in-use", message, hint, "/spec/removals/0/model")
    assert problems(text, **names) == [expected]


def test_a_removal_of_what_is_gone_from_specs_too_is_silent() -> None:
    assert problems(ENVIRONMENT + REMOVAL.replace("churn", "gone")) == []


def test_an_environment_must_do_something() -> None:
    text = changed(changed(ENVIRONMENT, "trains: true", "trains: false"), "serves: true", "serves: false")
    message = "an environment must train, serve or both, got neither: nothing would be in it"
    hint = "set `trains` or `serves` to true"
    assert problems(text) == [only(text, "false", "trains:", "env/no-purpose", message, hint, "/spec/trains")]


def test_training_needs_signing() -> None:
    text = changed(ENVIRONMENT, "  signing: {secret: model-signing}\n", "")
    message = "an environment that trains needs `signing`, got none: its versions could not be signed"
    expected = only(
        text,
        "true",
        "trains:",
        "env/signing-missing",
        message,
        "add `signing: {secret: …}`, or `signing: {keyless: …}`",
        "/spec/trains",
    )
    assert problems(text) == [expected]
    assert problems(changed(text, "trains: true", "trains: false")) == []


@pytest.mark.parametrize(
    ("base", "named", "known", "got"),
    [
        (KEYLESS_ENVIRONMENT, "sign-jobs", "sign-job", "'sign-jobs'"),
        (ENVIRONMENT, "ml-platform", "none", "'ml-platform', which is a public key"),
    ],
)
def test_a_keyless_signer_must_be_declared_as_one(base: str, named: str, known: str, got: str) -> None:
    written = f"signing: {{keyless: {named}}}"
    text = base.replace("signing: {keyless: sign-job}", written).replace("signing: {secret: model-signing}", written)
    message = f"signing.keyless must name an identity of `signers` ({known}), got {got}"
    hint = "add `identities`, `issuer` and `trust` to `signers` under this name"
    pointer = "/spec/signing/keyless"
    assert problems(text) == [only(text, f"{named}}}", written, "env/other-signer", message, hint, pointer)]


def test_a_key_must_not_be_declared_as_keyless() -> None:
    written = "signing: {secret: model-signing, signer: sign-job}"
    text = changed(KEYLESS_ENVIRONMENT, "signing: {keyless: sign-job}", written)
    message = "signing with a key must name a public key of `signers`, got 'sign-job', which signs without one"
    hint = "write `signing: {keyless: sign-job}`, or name the key's signer"
    assert problems(text) == [
        only(text, "{secret: model-signing, signer", "signing:", "env/other-signer", message, hint, "/spec/signing")
    ]


def test_feedback_needs_a_log() -> None:
    whole = ENVIRONMENT + "  feedback: {name: feedback, key: token}\n"
    text = changed(whole, ', predictions: "s3://predictions"', "")
    message = "feedback needs `storage.predictions`, got none: labels that come in would be stored nowhere"
    hint = "add `storage.predictions`, or remove `feedback`"
    expected = only(text, "{name: feedback", "feedback:", "env/feedback-lost", message, hint, "/spec/feedback")
    assert problems(text) == [expected]
    assert problems(whole) == []


def test_serving_needs_a_gateway() -> None:
    text = ENVIRONMENT[: ENVIRONMENT.index("  gateway:")]
    message = "an environment that serves needs `gateway`, got none: no route could reach its models"
    hint = "add `gateway: {name: …, namespace: …, host: …}`"
    assert problems(text) == [only(text, "true", "serves:", "env/gateway-missing", message, hint, "/spec/serves")]
    assert problems(changed(text, "serves: true", "serves: false")) == []


@pytest.mark.parametrize(
    ("more", "fragment", "section"),
    [
        ("  limits: {accelerators: {A10: {total: 4}}}\n", "{total", "limits"),
        ("  prices: {accelerators: {A10: 3}}\n", "3}", "prices"),
    ],
)
def test_an_accelerator_that_is_not_there(more: str, fragment: str, section: str) -> None:
    for types, known in (("", "none"), ("  accelerators: {T4: {}, A100: {}}\n", "A100, T4")):
        text = ENVIRONMENT + types + more
        message = f"{section} must name an accelerator that the environment has ({known}), got 'A10'"
        expected = only(
            text,
            fragment,
            more,
            "env/unknown-accelerator",
            message,
            "add it to `accelerators`",
            f"/spec/{section}/accelerators/A10",
        )
        assert problems(text) == [expected]


def test_promotion_from_nowhere() -> None:
    text = ENVIRONMENT + "  promotesFrom: stagin\n"
    message = "promotesFrom must name an environment (dev, staging), got 'stagin'"
    expected = only(
        text, "stagin", "promotesFrom", "env/unknown-environment", message, "correct the name", "/spec/promotesFrom"
    )
    assert problems(text, named("staging")) == [expected]


def test_promotion_from_an_environment_that_cannot_be_read_is_not_from_nowhere() -> None:
    environments = {"dev": declared(ENVIRONMENT + "  promotesFrom: staging\n")}
    assert check_environments(environments, MODELS, frozenset({"staging"})) == []


def test_promotion_from_an_environment_that_cannot_be_read_is_left_to_that() -> None:
    environment = declared(ENVIRONMENT + "  promotesFrom: staging\n")
    assert check_environments({"dev": environment}, MODELS, {"staging"}) == []
    assert [f.code for f in check_environments({"dev": environment}, MODELS, {"test"})] == ["env/unknown-environment"]


def test_promotion_in_a_circle_is_said_of_each_in_it() -> None:
    texts = {
        "a": named("a", "  promotesFrom: c\n"),
        "b": named("b", "  promotesFrom: a\n"),
        "c": named("c", "  promotesFrom: b\n"),
        "d": named("d", "  promotesFrom: a\n"),
    }
    found = problems(*texts.values())
    assert [(f.location.path, f.code, f.message) for f in found] == [
        (
            "environments/a/environment.yaml",
            "env/promotion-cycle",
            "promotions must not go in a circle, got a → c → b → a",
        ),
        (
            "environments/b/environment.yaml",
            "env/promotion-cycle",
            "promotions must not go in a circle, got b → a → c → b",
        ),
        (
            "environments/c/environment.yaml",
            "env/promotion-cycle",
            "promotions must not go in a circle, got c → b → a → c",
        ),
    ]
    assert {(f.location.line, f.location.column, f.pointer, f.hint) for f in found} == {
        (*place(texts["a"], "c\n", "promotesFrom"), "/spec/promotesFrom", "remove one `promotesFrom`")
    }
    (own,) = problems(named("a", "  promotesFrom: a\n"))
    assert own.message == "promotions must not go in a circle, got a → a"


def test_a_chain_and_regions_are_silent() -> None:
    texts = [
        named("a"),
        named("b", "  promotesFrom: a\n"),
        named("eu", "  promotesFrom: b\n"),
        named("us", "  promotesFrom: b\n"),
    ]
    assert problems(*texts) == []


def test_two_environments_in_one_namespace() -> None:
    second = named("prod", namespace="dev")
    assert problems(named("dev"), second) == [
        Finding(
            Location("environments/prod/environment.yaml", *place(second, "dev}", "training: {cluster")),
            "env/namespace-clash",
            "error",
            "namespace 'dev' of cluster 'in-cluster' must belong to one environment, got 'dev' and 'prod'",
            "give each environment namespaces of its own",
            "/spec/destinations/training/namespace",
        )
    ]


def test_two_environments_in_one_namespace_of_a_team() -> None:
    first = changed(
        named("dev"),
        "serving: {cluster: in-cluster, namespace: dev}",
        "serving: {cluster: in-cluster, namespace: dev, namespaces: {growth: shared}}",
    )
    second = changed(
        named("prod"),
        "serving: {cluster: in-cluster, namespace: prod}",
        "serving: {cluster: in-cluster, namespace: prod, namespaces: {risk: shared}}",
    )
    (finding,) = problems(first, second)
    assert (finding.code, finding.pointer) == ("env/namespace-clash", "/spec/destinations/serving/namespaces/risk")
    assert finding.location == Location("environments/prod/environment.yaml", *place(second, "shared"))


def test_what_is_not_used_clashes_with_nothing() -> None:
    """A destination must be written even where nothing is trained."""
    second = changed(
        named("prod"),
        "training: {cluster: in-cluster, namespace: prod}",
        "training: {cluster: in-cluster, namespace: dev}",
    )
    assert len(problems(named("dev"), second)) == 1
    assert problems(named("dev"), changed(second, "trains: true", "trains: false")) == []
    assert problems(named("dev"), changed(second, "training: {cluster: in-cluster", "training: {cluster: other")) == []


@pytest.mark.parametrize(
    ("more", "selected"),
    [
        ("", True),
        ("  models: {include: [churn]}\n", True),
        ("  models: {include: [revenue]}\n", False),
        ("  models: {exclude: [churn]}\n", False),
        ("  models: {include: [churn], exclude: [churn]}\n", False),
        ("  models: {teams: [growth]}\n", True),
        ("  models: {teams: [risk]}\n", False),
        ("  models: {include: [churn], teams: [risk]}\n", False),
        (REMOVAL, False),
    ],
)
def test_which_models_an_environment_has(more: str, selected: bool) -> None:
    assert declared(ENVIRONMENT + more).selects(written(Model, MODEL).value) is selected
