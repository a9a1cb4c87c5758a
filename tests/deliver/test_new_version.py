"""A version of new behaviour and known weights: its files to the byte, and when there is none to make."""

from __future__ import annotations

from dataclasses import replace

from mlgitops.deliver.first_release import first_release
from mlgitops.deliver.new_version import NewVersion, new_version
from mlgitops.deliver.release import NewRelease, Unchanged
from mlgitops.findings import Finding
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.environment import Environment
from tests.deliver.chain import ASKED, CODE, SERVING_CODE, SPEC, churn, environment, place, version
from tests.spec.example_documents import DIGEST, IMAGE, VERSION, changed, written

DEV = environment("dev", trains=True)
EDITED = changed(SPEC, "timeout: 5s", "timeout: 7s\n    threshold: 0.3")

RECORD = f"""\
# yaml-language-server: $schema=../../../../schemas/version.json
apiVersion: mlgitops.dev/v1alpha1
kind: Version
metadata: {{name: v4, model: churn}}
spec:
  artifact:
    uri: s3://registry/churn/v1/model.onnx
    digest: {DIGEST["a"]}
    format: onnx
  artifactOf: v2
  signature:
    uri: s3://registry/churn/v1/model.sig
    digest: {DIGEST["b"]}
    signer: ml-platform
  run:
    identity: {DIGEST["c"]}
    trigger: codeChange
    startedAt: "2026-11-01T03:00:00Z"
    finishedAt: "2026-11-01T04:00:00Z"
  data:
    - name: customers
      role: training
      uri: s3://features/customers/v7
      digest: {DIGEST["1"]}
  code:
    tree: {"a1" * 20}
  image: {IMAGE}
  metrics:
    - {{name: auc, dataset: customers-holdout, value: 0.85, baseline: 0.84}}
  createdAt: "2026-11-21T10:00:00Z"
  createdBy: "@growth/churn"
  snapshot:
    framework: sklearn
    serving:
      route: /churn
      image: {IMAGE}
      timeout: 7s
      threshold: 0.3
      inputs:
        - {{name: tenure, type: float32}}
    monitoring:
      drift: {{test: ks, threshold: 0.1}}
"""


def made(model: DeclaredModel, of: str = "v2", name: str | None = None, *where: DeclaredEnvironment) -> NewVersion:
    change = new_version(model, of, name, where or (DEV,), ASKED)
    assert isinstance(change, NewVersion), change
    return change


def refused(model: DeclaredModel, *where: DeclaredEnvironment, name: str | None = None) -> list[Finding]:
    result = new_version(model, "v2", name, where or (DEV,), ASKED)
    assert isinstance(result, list)
    return result


def edited(before: str, after: str) -> DeclaredEnvironment:
    document = DEV.spec.document
    return DeclaredEnvironment(written(Environment, changed(document.text, before, after), document.path))


def test_the_files() -> None:
    change = made(churn(EDITED))
    assert change.files == {"version.yaml": RECORD, **SERVING_CODE}
    assert (change.name, change.folder) == ("v4", "specs/churn/versions/v4")
    assert change.differs == ("serving.threshold", "serving.timeout")
    assert change.trained_in == "dev"


def test_what_was_made_once_is_not_made_again() -> None:
    change = made(churn(EDITED))
    why = "v4 is that version already: the artifact of v2, serving as the working tree says"
    later = ASKED._replace(at="2026-12-01T00:00:00Z")
    assert new_version(change.model, "v2", None, [DEV], later) == Unchanged(why, "v4")
    assert new_version(change.model, "v2", "other", [DEV], later) == Unchanged(why, "v4")


def test_an_edit_of_serving_code() -> None:
    change = made(churn(code={**CODE, "serve.py": "x = 2\n", "serve_text.py": "z = 3\n"}))
    assert change.differs == ("serve.py", "serve_text.py")
    assert change.files["serve.py"] == "x = 2\n"
    assert set(change.files) == {"serve.py", "serve_text.py", "shared.py", "version.yaml"}


def test_an_edit_of_monitoring() -> None:
    assert made(churn(changed(SPEC, "threshold: 0.1", "threshold: 0.2"))).differs == ("monitoring.drift",)


def test_no_difference() -> None:
    (finding,) = refused(churn())
    assert (finding.code, str(finding.location)) == ("release/no-difference", "specs/churn/model.yaml:17:5")
    assert finding.message == (
        "the working tree must serve otherwise than v2 for a version of new behaviour, got no difference"
    )


def test_what_needs_no_version_is_no_difference() -> None:
    hardware = changed(SPEC, "max: 4}", "max: 9}\n    resources: {cpu: 3}\n    maxQueuedRequests: 1000 # the default")
    unmarked = churn(hardware, code={**CODE, "train.py": "def loop(): pass\n"})
    assert [finding.code for finding in refused(unmarked)] == ["release/no-difference"]


def test_a_new_image_of_the_environment_is_new_behaviour() -> None:
    other = changed(IMAGE, DIGEST["e"], DIGEST["9"])
    change = made(churn(), "v2", None, edited(f'sklearn: "{IMAGE}"', f'sklearn: "{other}"'))
    assert change.differs == ("serving.image",)
    assert f"      image: {other}\n" in change.files["version.yaml"]


def test_defaults_of_the_environment_count_and_its_overrides_do_not() -> None:
    more = (
        "  defaults: {serving: {maxOngoingRequests: 7, replicas: {min: 5}}}\n"
        "  overrides: {churn: {serving: {timeout: 1s}}}\n"
    )
    change = made(churn(), "v2", None, environment("dev", trains=True, more=more))
    assert change.differs == ("serving.maxOngoingRequests",)


def test_without_an_environment_that_trains_the_image_stays() -> None:
    change = new_version(churn(EDITED), "v2", None, [], ASKED)
    assert isinstance(change, NewVersion)
    assert (change.files["version.yaml"], change.trained_in) == (RECORD, None)


def test_an_image_without_a_digest() -> None:
    where = edited(f'sklearn: "{IMAGE}"', "sklearn: registry.example.com/ml/ray:2.60.0")
    (finding,) = refused(churn(EDITED), where)
    assert (finding.code, finding.location.path) == ("release/image-digest", "environments/dev/environment.yaml")
    assert finding.message == ("a version must serve with an image by digest, got registry.example.com/ml/ray:2.60.0")
    (finding,) = refused(churn(changed(SPEC, "timeout: 5s", "image: registry.example.com/ml/ray:1")))
    assert str(finding.location) == "specs/churn/model.yaml:18:12"


def test_environments_that_train_must_agree() -> None:
    other = environment("lab", trains=True, more="  defaults: {serving: {maxOngoingRequests: 7}}\n")
    (finding,) = refused(churn(EDITED), DEV, other)
    assert finding.code == "release/several-behaviours"
    assert finding.message == (
        "environments that train the model must agree on how it serves, got dev and lab with another "
        "serving.maxOngoingRequests"
    )
    assert finding.hint == "name the one whose defaults and image count with --env dev"
    assert made(churn(EDITED), "v2", None, DEV, environment("lab", trains=True)).trained_in == "dev"


def test_a_model_that_does_not_serve() -> None:
    text = SPEC[: SPEC.index("  serving:")]
    assert [finding.code for finding in refused(churn(text))] == ["release/nothing-to-serve"]


def test_a_spec_with_errors() -> None:
    text = changed(EDITED, "route: /churn", "route: /churn\n    entrypoint: nowhere:Predictor")
    (finding,) = refused(churn(text))
    assert (finding.code, str(finding.location)) == ("spec/entrypoint-file", "specs/churn/model.yaml:21:17")


def test_names() -> None:
    assert made(churn(EDITED), "v2", "calmer").name == "calmer"
    (finding,) = refused(churn(EDITED), name="v3")
    assert (finding.code, finding.location.path) == ("release/version-exists", "specs/churn/versions/v3/version.yaml")
    broken = replace(churn(EDITED), broken_versions=frozenset({"v7"}))
    assert made(broken).name == "v8"
    (finding,) = refused(churn(EDITED, first=version("first", "2026-11-01T05:00:00Z")))
    assert (finding.code, finding.hint) == ("release/no-number", "name the version with --name")


def test_weights_of_weights_are_those_of_the_version_that_was_trained() -> None:
    text = changed(VERSION, "  signature:", "  artifactOf: v1\n  signature:")
    model = churn(EDITED, v4=version("v4", "2026-11-04T05:00:00Z", text=text))
    record = made(model, "v4").files["version.yaml"]
    assert record.count("artifactOf") == 1
    assert "  artifactOf: v1\n" in record


def test_its_first_release() -> None:
    change = made(churn(EDITED))
    release = first_release(change.model, "v4", place("dev", "v3"), "low", ASKED._replace(reason="Calmer."))
    assert isinstance(release, NewRelease)
    spec = release.release.spec
    files = {name: text.encode() for name, text in change.files.items()}
    assert spec.recordDigest == record_digest(files)
    assert (spec.version, spec.supersedes, spec.riskLevel, spec.promotedFrom) == ("v4", "v3", "low", None)
    again = place("dev", "v4", of=change.model)
    assert first_release(change.model, "v4", again, "low", ASKED) == Unchanged("churn in dev is v4 already", "v4")


def test_a_first_release_is_not_where_versions_are_promoted_to() -> None:
    result = first_release(churn(), "v3", place("staging", "v2"), "low", ASKED)
    assert isinstance(result, list)
    (finding,) = result
    assert (finding.code, finding.pointer) == ("release/promotion-path", "/spec/promotesFrom")
    assert finding.message == (
        "a first release must be where promotesFrom is absent, got staging, which promotes from 'dev'"
    )
