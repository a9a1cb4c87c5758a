"""Releases, runs and versions against what they name: each finding, whole."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.checks.release import check_release, check_run, check_unknown, check_versions
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.version import Version
from tests.spec.example_documents import (
    DIGEST,
    ENVIRONMENT,
    MODEL,
    PATHS,
    RELEASE,
    RUN,
    VERSION,
    changed,
    place,
    written,
)

FILES = {"version.yaml": VERSION.encode(), "serve.py": b"x = 1\n"}
DIGEST_OF_V1 = record_digest(FILES)
GOOD = changed(RELEASE, DIGEST["d"], DIGEST_OF_V1)
PROMOTED = ENVIRONMENT + "  promotesFrom: staging\n"


def version(text: str = VERSION, name: str = "v1") -> DeclaredVersion:
    path = f"specs/churn/versions/{name}/version.yaml"
    return DeclaredVersion(written(Version, text, path), FILES, {"serve.py": "x = 1\n"})


def model(**versions: DeclaredVersion) -> DeclaredModel:
    return DeclaredModel(written(Model, MODEL), {}, versions or {"v1": version()}, frozenset({"v9"}))


def environment(text: str = ENVIRONMENT) -> DeclaredEnvironment:
    return DeclaredEnvironment(written(Environment, text))


def released(text: str, where: str = ENVIRONMENT) -> list[Finding]:
    return check_release(environment(where), model(), written(Release, text))


def finding(
    text: str, fragment: str, code: str, message: str, hint: str, pointer: str, kind: type = Release
) -> Finding:
    return Finding(Location(PATHS[kind], *place(text, fragment)), code, "error", message, hint, pointer)


def test_a_release_that_fits_is_silent() -> None:
    assert released(GOOD) == []
    assert released(changed(GOOD, "version: v1", "version: v1\n  promotedFrom: staging"), PROMOTED) == []
    assert released(changed(GOOD, "version: v1", "version: v1\n  supersedes: v1")) == []


def test_a_version_that_is_not_there() -> None:
    text = changed(GOOD, "version: v1", "version: v2")
    message = "version must be one of the model's versions (v1), got 'v2'"
    hint = "release a version that exists"
    assert released(text) == [finding(text, "v2", "release/unknown-version", message, hint, "/spec/version")]


def test_a_version_that_cannot_be_read_has_said_so_itself() -> None:
    assert released(changed(GOOD, "version: v1", "version: v9")) == []
    assert released(changed(GOOD, "version: v1", "version: v1\n  supersedes: v9")) == []


def test_a_record_that_was_changed() -> None:
    message = f"recordDigest must be {DIGEST_OF_V1}, that of versions/v1; got {DIGEST['d']}"
    hint = "a version never changes: restore its folder, or release a new version"
    assert released(RELEASE) == [
        finding(RELEASE, DIGEST["d"], "release/record-digest", message, hint, "/spec/recordDigest")
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_a_version_counts(name: str) -> None:
    for files in (
        {**FILES, name: FILES[name] + b"\n"},
        {n: c for n, c in FILES.items() if n != name},
        {**FILES, "x": b""},
    ):
        assert record_digest(files) != DIGEST_OF_V1


def test_a_superseded_version_that_is_not_there() -> None:
    text = changed(GOOD, "version: v1", "version: v1\n  supersedes: v0")
    message = "supersedes must be one of the model's versions, got 'v0'"
    expected = finding(text, "v0", "release/unknown-version", message, "keep the former version", "/spec/supersedes")
    assert released(text) == [expected]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [(PROMOTED, "'staging', this environment's promotesFrom"), (ENVIRONMENT, "absent, as promotesFrom is")],
)
def test_a_promotion_past_the_chain(where: str, wanted: str) -> None:
    text = changed(GOOD, "version: v1", "version: v1\n  promotedFrom: test")
    message = f"promotedFrom must be {wanted}, got 'test'"
    hint = "promote through the chain"
    assert released(text, where) == [
        finding(text, "test", "release/promotion-path", message, hint, "/spec/promotedFrom")
    ]


def test_a_release_in_another_environment_s_folder() -> None:
    text = changed(GOOD, "environment: dev", "environment: prod")
    message = "metadata.environment must be 'dev', as the folder says, got 'prod'"
    hint = "move the file or correct the name"
    assert released(text) == [
        finding(text, "prod", "release/environment-mismatch", message, hint, "/metadata/environment")
    ]


def test_a_release_of_a_model_that_is_not_here() -> None:
    message = "environment 'dev' does not have this model, got a release"
    hint = "widen the environment's `models`, or remove the release"
    assert released(GOOD, ENVIRONMENT + "  models: {teams: [risk]}\n") == [
        finding(GOOD, "churn, environment", "release/not-selected", message, hint, "/metadata/name")
    ]


def test_a_release_where_nothing_serves() -> None:
    message = "environment 'dev' does not serve, got a release"
    hint = "release it where models serve, or set `serves: true` in environment.yaml"
    where = changed(ENVIRONMENT, "serves: true", "serves: false")
    assert released(GOOD, where) == [finding(GOOD, "Release\n", "release/no-serving", message, hint, "/kind")]


def asked(text: str, where: str = ENVIRONMENT) -> list[Finding]:
    return check_run(environment(where), model(), written(Run, text))


def test_a_run_that_fits_is_silent() -> None:
    assert asked(RUN) == []


def test_a_run_of_other_data() -> None:
    text = changed(RUN, "{name: customers,", "{name: costumers,")
    message = "data must name a data set of the model (customers, customers-holdout), got 'costumers'"
    expected = finding(text, "costumers", "run/unknown-dataset", message, "correct the name", "/spec/data/0/name", Run)
    assert asked(text) == [expected]


def test_a_run_where_nothing_trains() -> None:
    message = "environment 'dev' does not train, got a run"
    hint = "ask for it where models are trained"
    where = changed(ENVIRONMENT, "trains: true", "trains: false")
    assert asked(RUN, where) == [finding(RUN, "Run\n", "run/no-training", message, hint, "/kind", Run)]


def test_a_run_of_a_model_that_is_not_here() -> None:
    message = "environment 'dev' does not have this model, got a run"
    hint = "widen the environment's `models`, or remove the run"
    expected = finding(RUN, "churn, environment", "run/not-selected", message, hint, "/metadata/name", Run)
    assert asked(RUN, ENVIRONMENT + "  models: {exclude: [churn]}\n") == [expected]


def test_a_run_in_another_environment_s_folder() -> None:
    text = changed(RUN, "environment: dev", "environment: prod")
    (found,) = asked(text)
    assert (found.code, found.location) == ("release/environment-mismatch", Location(PATHS[Run], *place(text, "prod")))


def test_releases_and_runs_of_no_model() -> None:
    where = DeclaredEnvironment(written(Environment, ENVIRONMENT), frozenset({"churn", "gone\x1b"}), frozenset({"old"}))
    assert check_unknown(where, frozenset({"churn"})) == [
        Finding(
            Location("environments/dev/releases/gone\x1b.yaml"),
            "release/unknown-model",
            "error",
            "a release must name a model of specs/, got 'gone\\x1b'",
            "remove the file, or restore the model",
        ),
        Finding(
            Location("environments/dev/runs/old.yaml"),
            "run/unknown-model",
            "error",
            "a run must name a model of specs/, got 'old'",
            "remove the file, or restore the model",
        ),
    ]


def second(before: str = "", after: str = "", *, artifact_of: str = "v1") -> str:
    text = changed(VERSION, "name: v1, model", "name: v2, model")
    text = changed(text, "  signature:", f"  artifactOf: {artifact_of}\n  signature:")
    return changed(text, before, after) if before else text


def recorded(text: str, fragment: str, code: str, message: str, hint: str, pointer: str) -> Finding:
    return Finding(
        Location("specs/churn/versions/v2/version.yaml", *place(text, fragment)), code, "error", message, hint, pointer
    )


def test_versions_that_fit_are_silent() -> None:
    assert check_versions(model(v1=version(), v2=version(second(), "v2"))) == []


def test_a_record_of_another_model() -> None:
    text = second("model: churn", "model: revenue")
    message = "metadata.model must be 'churn', as the folder says, got 'revenue'"
    assert check_versions(model(v1=version(), v2=version(text, "v2"))) == [
        recorded(text, "revenue", "release/version-model", message, "move the record", "/metadata/model")
    ]


@pytest.mark.parametrize("name", ["v0", "v2"])
def test_an_artifact_of_a_version_that_is_not_there(name: str) -> None:
    text = second(artifact_of=name)
    message = f"artifactOf must name another version of this model, got '{name}'"
    location = place(text, name, "artifactOf")
    (found,) = check_versions(model(v1=version(), v2=version(text, "v2")))
    assert (found.location.line, found.location.column) == location
    assert (found.code, found.message, found.pointer) == ("release/unknown-version", message, "/spec/artifactOf")


def test_an_artifact_that_is_not_the_one_it_says() -> None:
    text = second(DIGEST["a"], DIGEST["0"])
    message = "artifact.digest must be that of version 'v1', whose artifact this is; got another"
    assert check_versions(model(v1=version(), v2=version(text, "v2"))) == [
        recorded(
            text, f'"{DIGEST["0"]}"', "release/artifact-differs", message, "copy its artifact", "/spec/artifact/digest"
        )
    ]


def test_an_artifact_of_a_record_that_cannot_be_read_is_left_to_that() -> None:
    assert check_versions(model(v2=version(second(artifact_of="v9"), "v2"))) == []
