"""What is said of documents that the types refuse: each code, its whole finding, and bounds on hostile input."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.declared import read_document, read_environment
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.invalid import MAX_FINDINGS, shown
from tests.signers import IDENTITY, ISSUER, KEYLESS_SIGNERS, TRUST
from tests.spec.example_documents import (
    ENVIRONMENT,
    FULL_MODEL,
    KEYLESS_ENVIRONMENT,
    MODEL,
    PATHS,
    RELEASE,
    changed,
    place,
)

WORKERS = "    framework: sklearn\n    workers: {}\n"


def found(kind: type[Any], text: str) -> list[Finding]:
    result = read_document(text.encode(), PATHS[kind], kind)
    assert isinstance(result, list), "the document is valid"
    return result


def only(kind: type[Any], text: str, at: str = "", within: str = "") -> tuple[str, str, str, str]:
    """Code, message, hint and pointer of the one finding, which stands at `at`."""
    (finding,) = found(kind, text)
    if at:
        assert (finding.location.line, finding.location.column) == place(text, at, within), finding
    assert finding.location.path == PATHS[kind]
    assert (finding.severity, finding.subject, finding.related, finding.waived) == ("error", "", (), "")
    return finding.code, finding.message, finding.hint, finding.pointer


def test_a_whole_finding() -> None:
    text = changed(FULL_MODEL, "replicas: {min: 2", "replicas: {min: 0")
    assert found(Model, text) == [
        Finding(
            location=Location("specs/churn/model.yaml", *place(text, "0, max: 6")),
            code="spec/out-of-range",
            severity="error",
            message="serving.replicas.min must be at least 1, got 0",
            hint="write a number that is at least 1",
            pointer="/spec/serving/replicas/min",
        )
    ]


def test_a_missing_key_is_said_at_what_lacks_it() -> None:
    assert only(Model, changed(MODEL, "    framework: sklearn\n", ""), "training:\n") == (
        "spec/missing-key",
        "training needs the key `framework`, got none",
        "add `framework:`",
        "/spec/training/framework",
    )
    assert only(Model, "apiVersion: mlgitops.dev/v1alpha1\nkind: Model\nmetadata: {name: a, team: b}\n")[:2] == (
        "spec/missing-key",
        "the document needs the key `spec`, got none",
    )
    text = changed(MODEL, 'role: training, uri: "s3://features/customers/v7"', "role: training")
    assert only(Model, text, "{name: customers,")[1] == "data[0] needs the key `uri`, got none"


@pytest.mark.parametrize(
    ("before", "after", "message", "hint"),
    [
        ("  target:", "  traget:", "spec has no key 'traget'", "did you mean `target`?"),
        ("estimator:", "Estimator:", "training has no key 'Estimator'", "did you mean `estimator`?"),
        ("team: growth", "team: growth, teem: x", "metadata has no key 'teem'", "did you mean `team`?"),
        (
            "team: growth",
            "team: growth, zzz: 1",
            "metadata has no key 'zzz'",
            "known keys: description, labels, name, owner, team",
        ),
        (
            "kind: Model",
            "kind: Model\nstatus: {}",
            "the document has no key 'status'",
            "known keys: apiVersion, kind, metadata, spec",
        ),
        ("min: 0.82", "min: 0.82, minimum: 1", "validation.metrics[0] has no key 'minimum'", "did you mean `min`?"),
        (
            "framework: sklearn",
            "framework: sklearn\n    workers: {min: 1, max: 2, mx: 3}",
            "training.workers has no key 'mx'",
            "did you mean `max`?",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest(before: str, after: str, message: str, hint: str) -> None:
    text = changed(MODEL, before, after)
    code, said, advice, _ = only(Model, text)
    assert (code, said) == ("spec/unknown-key", message)
    assert advice == hint


def test_an_unknown_key_is_said_at_the_key() -> None:
    text = changed(MODEL, "estimator:", "estimater:")
    assert only(Model, text, "estimater:") == (
        "spec/unknown-key",
        "training has no key 'estimater'",
        "did you mean `estimator`?",
        "/spec/training/estimater",
    )


@pytest.mark.parametrize(
    ("before", "after", "at", "message", "hint"),
    [
        ("deadline: 6h", "deadline: 300", "300", "training.deadline must be text, got 300", "write it like 6h"),
        (
            "cooldown: 12h",
            "cooldown: 24",
            "24",
            "triggers.monitoring.cooldown must be text, got 24",
            "write it like 6h",
        ),
        ("target: churned", "target: 7", "7", "target must be text, got 7", "put it in quotes"),
        ("target: churned", "target: true", "true", "target must be text, got true", "put it in quotes"),
        ("target: churned", "target: [a]", "[a]", "target must be text, got a list", "write text"),
        ("seed: 7", 'seed: "7"', '"7"', "training.seed must be a whole number, got '7'", "write it without quotes: 7"),
        ("seed: 7", "seed: 7.5", "7.5", "training.seed must be a whole number, got 7.5", "write a whole number"),
        ("route: /churn\n", "route:\n", "\n", "serving.route must be text, got nothing", "fill it in"),
        (
            "seed: 7",
            "seed:",
            "\n    workers",
            "training.seed must be a whole number, got nothing",
            "fill it in, or remove the key",
        ),
        (
            "threshold: 0.4",
            "threshold: high",
            "high",
            "serving.threshold must be a number, got 'high'",
            "write a number",
        ),
        (
            "newData: true",
            "newData: yes",
            "yes",
            "triggers.newData must be true or false, got 'yes'",
            "write true or false, without quotes",
        ),
        (
            "newData: true",
            "newData: 1",
            "1",
            "triggers.newData must be true or false, got 1",
            "write true or false, without quotes",
        ),
        (
            "features: [tenure, plan, calls]",
            "features: tenure, plan",
            "tenure, plan",
            "features must be a list, got 'tenure, plan'",
            "write each item on a line of its own after `- `",
        ),
        (
            "checkpoint: {every: 5m, keep: 3}",
            "checkpoint: 5m",
            "5m",
            "training.checkpoint must be a mapping, got '5m'",
            "write `key: value` lines below it",
        ),
        (
            "labels: {example.com/cost-centre: growth-3}",
            "labels: [a]",
            "[a]",
            "metadata.labels must be a mapping, got a list",
            "write `key: value` lines below it",
        ),
        (
            "labels: {example.com/cost-centre: growth-3}",
            "labels: {example.com/cost-centre: 3}",
            "3}",
            "metadata.labels.example.com/cost-centre must be text, got 3",
            "put it in quotes",
        ),
    ],
)
def test_a_wrong_type(before: str, after: str, at: str, message: str, hint: str) -> None:
    text = changed(FULL_MODEL, before, after)
    code, said, advice, _ = only(Model, text, at, after)
    assert (code, said, advice) == ("spec/type", message, hint)


@pytest.mark.parametrize(
    ("value", "code", "message", "hint"),
    [
        (
            "two",
            "spec/type",
            "training.workers must be a whole number or a mapping, got 'two'",
            "write a whole number or a mapping",
        ),
        (
            '"2"',
            "spec/type",
            "training.workers must be a whole number or a mapping, got '2'",
            "write it without quotes: 2",
        ),
        (
            "1.5",
            "spec/type",
            "training.workers must be a whole number or a mapping, got 1.5",
            "write a whole number or a mapping",
        ),
        (
            "[1]",
            "spec/type",
            "training.workers must be a whole number or a mapping, got a list",
            "write a whole number or a mapping",
        ),
        ("0", "spec/out-of-range", "training.workers must be at least 1, got 0", "write a number that is at least 1"),
        (
            "1001",
            "spec/out-of-range",
            "training.workers must be at most 1000, got 1001",
            "write a number that is at most 1000",
        ),
        ("{min: 1}", "spec/missing-key", "training.workers needs the key `max`, got none", "add `max:`"),
        (
            "{min: 0, max: 2}",
            "spec/out-of-range",
            "training.workers.min must be at least 1, got 0",
            "write a number that is at least 1",
        ),
        (
            "{min: a, max: 2}",
            "spec/type",
            "training.workers.min must be a whole number, got 'a'",
            "write a whole number",
        ),
        (
            "{constrained-int: 1, min: 1, max: 2}",
            "spec/unknown-key",
            "training.workers has no key 'constrained-int'",
            "known keys: max, min",
        ),
    ],
)
def test_a_union_is_one_thing_to_a_person(value: str, code: str, message: str, hint: str) -> None:
    text = changed(MODEL, "    framework: sklearn\n", WORKERS.format(value))
    assert only(Model, text)[:3] == (code, message, hint)


def test_a_union_of_words_and_numbers() -> None:
    text = changed(FULL_MODEL, "equals: plus", "equals: 1.5")
    assert only(Model, text, "1.5", "column: plan, equals")[:2] == (
        "spec/type",
        "validation.slices[1].equals must be text, a whole number or true or false, got 1.5",
    )
    text = changed(FULL_MODEL, "values: [basic, plus, 3, true]", "values: [basic, [plus]]")
    assert only(Model, text, "[plus]")[1] == (
        "data[0].expect[1].values[1] must be text, a whole number or true or false, got a list"
    )


@pytest.mark.parametrize(
    ("before", "after", "message", "hint"),
    [
        (
            "availability: 99.9",
            "availability: 101",
            "monitoring.objectives.availability must be at most 100.0, got 101",
            "write a number that is at most 100.0",
        ),
        (
            "threshold: 0.2",
            "threshold: 0",
            "monitoring.drift.threshold must be more than 0.0, got 0",
            "write a number that is more than 0.0",
        ),
        (
            "{cpu: 8, memory",
            "{cpu: -1, memory",
            "training.resources.cpu must be more than 0.0, got -1",
            "write a number that is more than 0.0",
        ),
    ],
)
def test_out_of_range(before: str, after: str, message: str, hint: str) -> None:
    assert only(Model, changed(FULL_MODEL, before, after))[:3] == ("spec/out-of-range", message, hint)


@pytest.mark.parametrize(
    ("before", "after", "message", "hint"),
    [
        (
            "description: Who will leave next month.",
            'description: ""',
            "metadata.description must have at least 1 character, got 0",
            "remove the key, or fill it in",
        ),
        (
            "value: en}",
            "value: " + "x" * 4001 + "}",
            "serving.env[0].value must have at most 4000 characters, got 4001",
            "shorten it",
        ),
        (
            "metrics: [{name: auc, min: 0.7}]",
            "metrics: []",
            "validation.slices[0].metrics must have at least 1 item, got 0",
            "remove the key, or fill it in",
        ),
        (
            "range: [0, 3]",
            "range: [0, 3, 4]",
            "validation.slices[0].range must have at most 2 items, got 3",
            "shorten it",
        ),
        (
            "range: [0, 3]",
            "range: [0]",
            "validation.slices[0].range must have at least 2 items, got 1",
            "remove the key, or fill it in",
        ),
    ],
)
def test_length(before: str, after: str, message: str, hint: str) -> None:
    assert only(Model, changed(FULL_MODEL, before, after))[:3] == ("spec/length", message, hint)


def test_the_length_of_a_key_is_the_key_s() -> None:
    text = changed(FULL_MODEL, "example.com/cost-centre", "a." * 150 + "b/" + "c" * 63)
    code, message, _, _ = only(Model, text, "a." * 150)
    assert (code, message[-len("must have at most 317 characters, got 365") :]) == (
        "spec/length",
        "must have at most 317 characters, got 365",
    )


@pytest.mark.parametrize(
    ("before", "after", "at", "message", "hint"),
    [
        (
            "deadline: 6h",
            "deadline: 6 hours",
            "6 hours",
            "training.deadline must be a duration: a whole number and ms, s, m, h or d, got '6 hours'",
            "write it like 6h",
        ),
        (
            "team: growth",
            "team: Growth Team",
            "Growth Team",
            "metadata.team must be a DNS label: lower-case letters, digits and '-', at most 63, got 'Growth Team'",
            "write it like growth",
        ),
        (
            "route: /churn",
            "route: churn",
            "churn\n    entry",
            "serving.route must be a route: '/' and path segments that start with no '.', without a '/' at the end, "
            "got 'churn'",
            "write it like /churn",
        ),
        (
            "example.com/cost-centre:",
            "cost centre:",
            "cost centre",
            "metadata.labels.cost centre must be a Kubernetes label key, got 'cost centre'",
            "write it like example.com/cost-centre",
        ),
    ],
)
def test_a_wrong_form(before: str, after: str, at: str, message: str, hint: str) -> None:
    text = changed(FULL_MODEL, before, after)
    assert only(Model, text, at)[:3] == ("spec/format", message, hint)


@pytest.mark.parametrize(
    ("before", "after", "message", "hint"),
    [
        (
            "task: binaryClassification",
            "task: binaryclasification",
            "task must be one of binaryClassification, multiclassClassification, regression, clustering, "
            "anomalyDetection; got 'binaryclasification'",
            "did you mean binaryClassification?",
        ),
        (
            "onSupersede: stop",
            "onSupersede: 7",
            "training.onSupersede must be one of finish, stop; got 7",
            "take one of these",
        ),
        (
            "role: reference",
            "role: [x]",
            "data[2].role must be one of training, validation, reference; got a list",
            "take one of these",
        ),
    ],
)
def test_a_choice_names_the_nearest(before: str, after: str, message: str, hint: str) -> None:
    assert only(Model, changed(FULL_MODEL, before, after))[:3] == ("spec/choice", message, hint)


def test_a_wrong_value() -> None:
    assert only(Model, changed(FULL_MODEL, '"0 3 * * 1"', "every monday"), "every monday") == (
        "spec/value",
        "triggers.schedule must be five fields parted by one space: minute hour day month weekday, got 'every monday'",
        "write it like 0 3 * * 1, which is Mondays at 03:00 UTC",
        "/spec/triggers/schedule",
    )


@pytest.mark.parametrize(
    ("text", "code", "message", "hint", "at"),
    [
        (
            changed(MODEL, "v1alpha1", "v1"),
            "spec/apiversion",
            "apiVersion must be mlgitops.dev/v1alpha1 in this place, got 'mlgitops.dev/v1'",
            "write `apiVersion: mlgitops.dev/v1alpha1`, or move the file",
            (1, 13),
        ),
        (
            changed(MODEL, "apiVersion: mlgitops.dev/v1alpha1\n", ""),
            "spec/apiversion",
            "apiVersion must be mlgitops.dev/v1alpha1 in this place, got none",
            "write `apiVersion: mlgitops.dev/v1alpha1`, or move the file",
            (1, 1),
        ),
        (
            RELEASE,
            "spec/kind",
            "kind must be Model in this place, got 'Release'",
            "write `kind: Model`, or move the file",
            (2, 7),
        ),
        (
            changed(MODEL, "kind: Model", "kind: [Model]"),
            "spec/kind",
            "kind must be Model in this place, got a list",
            "write `kind: Model`, or move the file",
            (2, 7),
        ),
    ],
)
def test_the_envelope(text: str, code: str, message: str, hint: str, at: tuple[int, int]) -> None:
    pointer = "/apiVersion" if code == "spec/apiversion" else "/kind"
    expected = Finding(Location("specs/churn/model.yaml", *at), code, "error", message, hint, pointer)
    assert found(Model, text) == [expected]


def test_the_name_is_the_place_s() -> None:
    result = read_document(MODEL.encode(), "specs/revenue/model.yaml", Model, "revenue")
    assert result == [
        Finding(
            Location("specs/revenue/model.yaml", 3, 18),
            "spec/name-mismatch",
            "error",
            "metadata.name must be 'revenue', as the file's place says, got 'churn'",
            "rename one of the two",
            "/metadata/name",
        )
    ]


def test_several_mistakes_are_all_said() -> None:
    text = changed(changed(MODEL, "team: growth", "team: 7"), "framework: sklearn", "framework: skleran\n    seed: -1")
    assert [(f.code, f.location.line) for f in found(Model, text)] == [
        ("spec/type", 3),
        ("spec/choice", 11),
        ("spec/out-of-range", 12),
    ]


def test_a_key_with_the_name_of_pydantic_s_mark() -> None:
    text = changed(MODEL, "framework: sklearn", "framework: sklearn\n    '[key]': 3")
    assert only(Model, text, "'[key]'")[:2] == ("spec/unknown-key", "training has no key '[key]'")


def test_a_key_that_looks_like_what_pydantic_adds() -> None:
    text = ENVIRONMENT + "  overrides: {churn: {'[key]': {x: 1}}, 'Bad Name': {'[key]': 1}}\n"
    assert only(Environment, text, "'Bad Name'")[:2] == (
        "spec/format",
        "overrides.Bad Name must be a model's name: lower-case letters, digits and '-', a letter first, at most 30 "
        "characters (KubeRay allows a RayJob 47, and the run's identity needs its share), got 'Bad Name'",
    )


# What strangers may send.


def hostile() -> dict[str, tuple[type[Any], str]]:
    many = "".join(f"  zz{i}: 1\n" for i in range(4_900))
    items = "".join("    - {name: 1}\n" for _ in range(2_000))
    long = "k" * 100_000
    deep = "".join("  " * (i + 3) + f"{'k' * 3000}:\n" for i in range(28))
    return {
        "5,000 unknown keys": (Model, MODEL + many),
        "2,000 wrong items": (Model, changed(MODEL, "  data:\n", "  data:\n" + items)),
        "a long unknown key": (Model, MODEL + f"  {long}: 1\n"),
        "a long label": (Model, changed(MODEL, "team: growth", f"team: growth, labels: {{{long}: 1, b: {long}}}")),
        "a long choice": (Model, changed(MODEL, "task: binaryClassification", f"task: {long}")),
        "a long value": (Model, changed(MODEL, "target: churned", f"target: '{long}'")),
        "a long name": (Release, changed(RELEASE, "version: v1", f"version: {long}")),
        "long names all the way down": (Environment, ENVIRONMENT + "  defaults:\n    training:\n" + deep),
        "2,000 labels": (
            Model,
            changed(
                MODEL, "team: growth", "team: growth, labels: {" + ", ".join(f"a{i} b: 1" for i in range(2_000)) + "}"
            ),
        ),
        "a kind of 100,000 characters": (Model, changed(MODEL, "kind: Model", f"kind: {long}")),
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_documents_are_refused_soon_and_in_few_words(name: str) -> None:
    kind, text = hostile()[name]
    started = time.perf_counter()
    read = read_environment if kind is Environment else read_document
    result = read(text.encode(), PATHS[kind], "dev" if kind is Environment else kind)
    assert isinstance(result, list)
    assert 1 <= len(result) <= MAX_FINDINGS
    for finding in result:
        assert len(finding.message.encode()) <= 4096
        assert len(finding.hint.encode()) <= 4096
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("churn", "'churn'"),
        ("it's", '"it\'s"'),
        ("x" * 200, "'" + "x" * 79 + "…'"),
        ("a\x1b[2J\u202eb", "'a\\x1b[2J\\u202eb'"),
        (7, "7"),
        (8e-5, "8e-05"),
        (True, "true"),
        (None, "nothing"),
        ({"password": "x"}, "a mapping"),
        (["x"], "a list"),
    ],
)
def test_shown(value: Any, text: str) -> None:
    said = shown(value)
    assert said == text or (len(said) <= 84 and said.startswith(text[:70]) and "…" in said)
    assert said.isprintable()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            f", issuer: '{ISSUER}'",
            "",
            ("spec/missing-key", "signers.sign-job needs the key `issuer`, got none", "add `issuer:`"),
        ),
        (
            f"identities: ['{IDENTITY}'], ",
            "",
            ("spec/missing-key", "signers.sign-job needs the key `identities`, got none", "add `identities:`"),
        ),
        (
            "{model}-sign",
            "{team}-sign",
            (
                "spec/format",
                "signers.sign-job.identities[0] must be an identity as a certificate names it, in which {model} may "
                "stand for the model's name, and no other brace, got "
                "'https://kubernetes.io/namespaces/growth-train/serviceaccounts/{team}-sign'",
                "write it like https://kubernetes.io/namespaces/ml-dev/serviceaccounts/{model}-sign",
            ),
        ),
        (
            TRUST,
            "{}",
            (
                "spec/value",
                "signers.sign-job.trust must be a Sigstore client trust config, JSON of mediaType "
                "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json, got '{}'",
                "write the JSON as text, below `trust: |`",
            ),
        ),
        (
            TRUST,
            "none",
            (
                "spec/value",
                "signers.sign-job.trust must be a Sigstore client trust config, JSON of mediaType "
                "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json, got 'none'",
                "write the JSON as text, below `trust: |`",
            ),
        ),
        (
            "{keyless: sign-job}",
            "{keyless: sign-job, secret: model-signing}",
            ("spec/unknown-key", "signing has no key 'secret'", "known keys: audience, key, keyless, signer"),
        ),
    ],
)
def test_signers_without_a_key(before: str, after: str, expected: tuple[str, str, str]) -> None:
    assert only(Environment, changed(KEYLESS_ENVIRONMENT, before, after))[:3] == expected


@pytest.mark.parametrize("key", ["certificateAuthorities", "ctlogs", "tlogs", "caUrls", "rekorTlogUrls"])
def test_a_trust_config_needs_all_of_it(key: str) -> None:
    text = changed(KEYLESS_ENVIRONMENT, f'"{key}": [{{}}]', f'"{key}": []')
    code, message, _, pointer = only(Environment, text, "'{\"mediaType", "trust: ")
    section = "signingConfig" if key.endswith("Urls") else "trustedRoot"
    assert (code, pointer) == ("spec/value", "/spec/signers/sign-job/trust")
    assert f"must be a Sigstore client trust config whose {section} lists {key}, got" in message


def test_a_signer_that_is_neither() -> None:
    text = changed(KEYLESS_ENVIRONMENT, KEYLESS_SIGNERS, "signers: {sign-job: 7}")
    assert only(Environment, text)[:2] == ("spec/type", "signers.sign-job must be text or a mapping, got 7")
