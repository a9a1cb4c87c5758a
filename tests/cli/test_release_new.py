"""`release --new` in a working tree: real Git, a registry on disk, real signatures; what it writes, to the byte."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlgitops.contract.evaluation import Score
from mlgitops.contract.parts import DataIdentity
from mlgitops.contract.registered import RegisteredSignature, version_name
from tests.cli.conftest import Answer, Call
from tests.deliver.handed_off import Made, Place, evaluation, failing, other, register, repository, run_of
from tests.registry.examples import Key, new_key

NEW = ("release", "--new", "--env", "dev")
RELEASE = "environments/dev/releases/digits.yaml"
AT, LATER = "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z"

RECORD = """\
# yaml-language-server: $schema=../../../../schemas/version.json
apiVersion: mlgitops.dev/v1alpha1
kind: Version
metadata: {{name: {version}, model: digits}}
spec:
  artifact:
    uri: {registry}/digits/{version}/signed/artifact
    digest: {artifact}
    format: safetensors
  signature:
    uri: {registry}/digits/{version}/signature.json
    digest: {signature}
    signer: ml-platform-2026
  run:
    identity: {run}
    trigger: monitoring
    attempt: 1
    startedAt: "2026-11-20T10:00:00Z"
    finishedAt: "2026-11-20T10:39:00Z"
  data:
    - name: pictures
      role: training
      uri: s3://example-features/digits/v1/training.csv
      version: v1
      digest: sha256:00b6fbb19d7d8692aff04aba8d6a4e6b49c415b503089e75f099a5504c570e69
      region: eu-central-1
      classification: internal
    - name: pictures-holdout
      role: validation
      uri: s3://example-holdout/digits/v1/validation.csv
      version: v1
      digest: sha256:a956151ccb0d1a7f73d2e0abfcd063564bb28c102341c89e71f1a54eabcc3596
      region: eu-central-1
      classification: internal
  code:
    tree: {tree}
    revision: {revision}
  recipe:
    task: multiclassClassification
    target: target
    entrypoint: train:train_loop
    hyperparameters: {{epochs: 40, learningRate: 0.003, batchSize: 64, hidden: 32}}
    seed: 12
    codeDigest: sha256:fad83b0305cb3e3686057cdba5717dfe490bf9bc7114415fed5458c1a9a0938c
    codeShape: sha256:eb87d621045744d8565ee8b8e5d615b9e533c3dbf7b618a22ec4019b76e9fc09
  image: {image}
  metrics:
    - {{name: accuracy, dataset: pictures-holdout, value: 0.9861, baseline: 0.9806}}
    - {{name: f1Macro, dataset: pictures-holdout, value: 0.986, baseline: 0.9804}}
  createdAt: "2026-11-20T10:45:00Z"
  createdBy: "@documents/recognition"
  snapshot:
    framework: torch
    serving:
      route: /digits
      entrypoint: serve:Digits
      image: {image}
      maxOngoingRequests: 200
    monitoring:
      objectives: {{availability: 99.9, latencyP99: 100ms}}
      drift: {{test: jensenShannon, threshold: 0.1, window: 1h}}
"""

RELEASED = """\
# yaml-language-server: $schema=../../../schemas/release.json
apiVersion: mlgitops.dev/v1alpha1
kind: Release
metadata: {{name: digits, environment: dev}}
spec:
  version: {version}
  recordDigest: {digest}
  supersedes: v2
  riskLevel: medium
  requestedBy: "@documents/recognition"
  requestedAt: "2026-11-20T10:45:00Z"
  reason: Drift of pixel_2_3 over 0.1 for six hours.
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return new_key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, key: Key) -> str:
    """The run that every copy asks for: nothing of where a repository lies decides what is trained."""
    return run_of(repository(tmp_path_factory.mktemp("original"), key))


@pytest.fixture
def place(tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = repository(tmp_path, key)
    monkeypatch.chdir(made.root)
    return made


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and not {".cache", ".git"} & set(path.parts))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def row(answer: Answer) -> list[str]:
    """The words of digits' line: version, state and why."""
    line = next(line for line in answer.out.splitlines() if line.startswith("digits "))
    return re.split(r" {2,}", line)[1:]


def refused(call: Call, place: Place) -> str:
    """Why nothing was written: the row's reason, after looking that it is a refusal of this model alone."""
    before = files(place.root)
    answer = call(*NEW)
    assert (answer.code, answer.err) == (1, "")
    assert files(place.root) == before
    assert row(answer)[:2] == ["-", "refused"]
    assert "breast-cancer  v2       current" in answer.out
    document = json.loads(call(*NEW, "--format", "json").out)
    why: str = document["models"][2]["why"]
    assert [f"{one['code']}: {one['message']}" for one in document["findings"]] == [why]
    assert f"error[{why.partition(':')[0]}]: " in answer.out
    return why


def test_what_is_written(call: Call, place: Place, run: str) -> None:
    head = place.git("rev-parse", "HEAD")
    tree = place.git("rev-parse", "HEAD:specs/digits")
    made = register(place, Made(run))
    before = files(place.root)
    name = version_name(run)
    folder = f"specs/digits/versions/{name}"
    answer = call(*NEW)
    assert answer == Answer(
        0,
        "MODEL          VERSION      STATE    WHY\n"
        "breast-cancer  v2           current  v2 serves in dev\n"
        "diabetes       v1           current  v1 serves in dev\n"
        f"digits         {name}  written  supersedes v2\n"
        "\n"
        f"wrote {folder}/version.yaml\n"
        f"wrote {folder}/network.py\n"
        f"wrote {folder}/serve.py\n"
        f"wrote {folder}/card.md\n"
        f"wrote {RELEASE}\n"
        "3 models in dev: 2 current, 1 written\n"
        "next: `mlgitops render`, `mlgitops plan`, and a pull request of all of it\n",
        "",
    )
    image = re.search(r"torch: (\S+)", (place.root / "environments/dev/environment.yaml").read_text())
    assert image is not None
    record = RECORD.format(
        version=name,
        run=run,
        registry=place.registry.as_uri(),
        tree=tree,
        revision=head,
        artifact=made.artifactDigest,
        signature=made.signature.digest,
        image=image[1],
    )
    after = files(place.root)
    digest = next(line for line in after[RELEASE].decode().splitlines() if "recordDigest" in line).split()[1]
    assert after == before | {
        f"{folder}/version.yaml": record.encode(),
        f"{folder}/network.py": before["specs/digits/network.py"],
        f"{folder}/serve.py": before["specs/digits/serve.py"],
        f"{folder}/card.md": b"# digits\n\nReads one digit.\n",
        RELEASE: RELEASED.format(version=name, digest=digest).encode(),
    }
    assert call("validate").code == 0


def test_twice_changes_nothing(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    assert call(*NEW).code == 0
    after = files(place.root)
    answer = call(*NEW)
    assert row(answer) == [version_name(run), "standing", "written already, and not committed yet"]
    (place.root / RELEASE).write_text(place.git("show", f"HEAD:{RELEASE}") + "\n")  # as if it had been cut off
    assert row(call(*NEW))[1] == "written"
    assert files(place.root) == after
    place.commit("merged")
    place.edit("specs/breast-cancer/model.yaml", "\nspec:", "\nspec: # a comment")
    place.commit("the base goes on")
    done = call(*NEW)
    assert row(done) == [version_name(run), "current", f"{version_name(run)} serves in dev"]
    assert place.git("status", "--short") == ""


def test_the_same_bytes_later_and_elsewhere(call: Call, place: Place, run: str, monkeypatch: Any) -> None:
    """The base goes on beside the model, and the next run writes what this one did."""
    register(place, Made(run))
    call(*NEW)
    first = files(place.root)
    place.git("checkout", "--quiet", ".")
    place.git("clean", "--quiet", "-fd")
    (place.root / "README.md").write_text("Beside it.\n")
    place.commit("the base goes on")
    monkeypatch.setattr("mlgitops.cli.now.now", lambda: pytest.fail("what is written knows no clock"))
    call(*NEW)
    assert files(place.root) == first | {"README.md": b"Beside it.\n"}


def test_behaviour_versions_of_it_have_names(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    call(*NEW)
    place.edit("specs/digits/model.yaml", "maxOngoingRequests: 200", "maxOngoingRequests: 150")
    name = version_name(run)
    words = ("version", "new", "digits", "--artifact-of")
    assert f"{name}-2 has the artifact of {name} and differs in serving.max" in call(*words, name, "--at", AT).out
    assert not (place.root / f"specs/digits/versions/{name}-2/card.md").exists()
    place.edit("specs/digits/model.yaml", "maxOngoingRequests: 150", "maxOngoingRequests: 120")
    assert f"{name}-3 has the artifact of {name}-2 " in call(*words, f"{name}-2", "--at", LATER).out
    place.edit("specs/digits/model.yaml", "maxOngoingRequests: 120", "maxOngoingRequests: 90")
    assert "v3 has the artifact of v2 " in call(*words, "v2", "--at", AT).out
    assert call("validate").code == 0


def test_no_difference_to_what_was_just_released(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    call(*NEW)
    answer = call("version", "new", "digits", "--artifact-of", version_name(run))
    assert (answer.code, "error[release/no-difference]" in answer.out) == (1, True)


def test_nothing_finished(call: Call, place: Place, run: str) -> None:
    before = files(place.root)
    answer = call(*NEW)
    assert (answer.code, answer.err) == (0, "")
    assert row(answer) == ["-", "waiting", f"run {run[7:17]} of the present spec has no version yet"]
    assert files(place.root) == before


def test_of_another_spec(call: Call, place: Place, run: str) -> None:
    """Trained before the spec was edited again: a slow old run does not come after a fast new one."""
    old = register(place, Made("sha256:" + "0" * 64))
    assert row(call(*NEW))[1:] == [
        "waiting",
        f"run {run[7:17]} of the present spec has no version yet; "
        f"{old.version}, the newest of 1, is of another spec than the present one",
    ]
    register(place, Made(run))
    register(place, other(Made("sha256:" + "1" * 64), record={"registeredAt": "2026-12-01T00:00:00Z"}))
    assert row(call(*NEW))[:2] == [version_name(run), "written"]


def test_a_rollback_is_not_undone(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    call(*NEW)
    place.commit("released")
    call("rollback", "digits", "--env", "dev", "--at", "2026-11-21T10:00:00Z")
    place.commit("rolled back")
    name = version_name(run)
    assert row(call(*NEW)) == [name, "current", f"{name} has its record; v2 serves in dev, as was decided since"]


def test_a_version_whose_release_was_taken_away(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    call(*NEW)
    place.commit("released")
    (place.root / RELEASE).unlink()
    place.commit("withdrawn")
    shutil.rmtree(place.registry)  # the record was verified once
    assert row(call(*NEW)) == [version_name(run), "written", "the first version there"]
    assert "supersedes" not in (place.root / RELEASE).read_text()


def test_a_rejected_run(call: Call, place: Place, run: str) -> None:
    folder = Path(f"{place.registry.parent}/staging-evaluations/digits/{run[7:]}")
    folder.mkdir(parents=True)
    said = evaluation(
        other(Made(run), evaluation=failing("accuracy must be at least 0.95,\ngot \x1b[2J0.5")), "sha256:" + "a" * 64
    )
    (folder / "evaluation.json").write_text(said.model_dump_json())
    answer = call(*NEW)
    why = f"run {run[7:17]} was rejected by its evaluation: accuracy must be at least 0.95, got \\x1b[2J0.5"
    assert (answer.code, row(answer)) == (0, ["-", "rejected", why])
    (folder / "evaluation.json").write_text("{")
    assert row(call(*NEW))[1] == "waiting"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"evaluation": failing("accuracy")},
            "release/rejected: digits must have passed its evaluation, got it rejected",
        ),
        ({"evaluation": {"model": "churn"}}, "the model must be digits, got 'churn'"),
        ({"evaluation": {"run": "sha256:" + "0" * 64}}, "the run must be sha256:"),
        ({"evaluation": {"artifactDigest": "sha256:" + "0" * 64}}, "the artifact's digest must be sha256:"),
        ({"evaluation": {"holdout": DataIdentity(name="easy")}}, "the holdout must be pictures-holdout, got 'easy'"),
        (
            {"evaluation": {"holdout": DataIdentity(name="pictures-holdout", digest="sha256:" + "0" * 64)}},
            "the data pictures-holdout must have sha256:a956",
        ),
        ({"evaluation": {"data": []}}, "its evaluation must know the training data pictures, got no digest of it"),
        (
            {"evaluation": {"scores": [Score(metric="accuracy", slice="sevens", rows=3, value=1.0)]}},
            "its evaluation must have a score on the whole holdout, got none",
        ),
        (
            {"evaluation": {"finishedAt": "2026-11-20T10:46:00Z"}},
            "it must be registered after its evaluation, 2026-11-20T1",
        ),
        ({"description": {"model": "churn"}}, "the model must be digits, got 'churn'"),
        ({"description": {"framework": "sklearn"}}, "the framework must be torch, got 'sklearn'"),
        ({"description": {"task": "regression"}}, "the task must be multiclassClassification, got 'regression'"),
        ({"description": {"format": "onnx"}}, "the format must be onnx, got 'safetensors'"),
        ({"manifest": {"model": "churn"}}, "manifest.json: the model must be digits, got churn (artifact/other)"),
        ({"manifest": {"artifactDigest": "sha256:" + "0" * 64}}, ", got sha256:000"),
        (
            {"record": {"artifactDigest": "sha256:" + "0" * 64}},
            "json: the artifact's digest must be sha256:000",
        ),
        (
            {"record": {"signature": RegisteredSignature(digest="sha256:" + "0" * 64, signer="mallory\x1b")}},
            "must be signed by one of signers (ml-platform-2026), got 'mallory\\x1b'",
        ),
    ],
)
def test_evidence_that_does_not_hold(
    call: Call, place: Place, run: str, changes: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever can write to a registry needs none of the checks that our own sign Job makes before it registers.
    monkeypatch.setattr("mlgitops.registry.directory.check_complete", lambda *_: None)
    register(place, other(Made(run), **changes))
    assert says in refused(call, place)


@pytest.mark.parametrize(
    "measured",
    [
        {"codeDigest": "sha256:" + "0" * 64},
        {"codeDigest": None},
        {"predictor": None},
        {"predictor": {"entrypoint": "serve:Digits", "threshold": 0.7}},
    ],
    ids=["code", "nobody knows", "no predictor", "threshold"],
)
def test_scores_of_another_behaviour(call: Call, place: Place, run: str, measured: dict[str, Any]) -> None:
    register(place, other(Made(run), evaluation=measured))
    assert refused(call, place) == (
        f"release/other-behaviour: digits {version_name(run)} must serve with the code and the predictor that it was "
        "evaluated with, got others in the commit"
    )


def folder_of(place: Place, run: str) -> Path:
    return next(path for path in (place.registry / "digits" / version_name(run)).iterdir() if path.is_dir())


@pytest.mark.parametrize(
    "name", ["signed/artifact/model.safetensors", "signed/card.md", "signed/evaluation.json", "signed/manifest.json"]
)
def test_one_byte_flipped(call: Call, place: Place, run: str, name: str) -> None:
    register(place, Made(run))
    path = folder_of(place, run) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    why = refused(call, place)
    assert why.startswith(f"release/not-verified: digits {version_name(run)} must be as it was signed, got another: ")


def test_a_signature_by_another_key(call: Call, place: Place, run: str, tmp_path: Path) -> None:
    (tmp_path / "mallory").mkdir()
    mallory = Place(place.root, place.remote, place.registry, new_key(tmp_path / "mallory"))
    register(mallory, Made(run))
    assert refused(call, place).endswith("(signature/invalid)")


def test_a_signature_that_is_gone(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    (folder_of(place, run) / "signature.json").unlink()
    assert refused(call, place).startswith("release/not-verified: ")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[" * 50_000, '{"contract": 2}', '{"contract": 1, "model": "../../x"}', "x" * (2 << 20)]
)
def test_a_hostile_record(call: Call, place: Place, run: str, text: str) -> None:
    register(place, Made(run))
    (place.registry / "digits" / version_name(run) / "version.json").write_text(text)
    assert refused(call, place).startswith("release/damaged: the registry's records of digits must be sound, got: ")


def test_a_version_of_another_model(call: Call, place: Place, run: str) -> None:
    register(place, other(Made(run), model="churn"))
    shutil.copytree(place.registry / "churn", place.registry / "digits")
    assert refused(call, place).startswith("release/damaged: ")


def test_a_registry_that_does_not_answer(call: Call, place: Place) -> None:
    uri = place.registry.as_uri()
    place.edit("environments/dev/environment.yaml", f'directory, uri: "{uri}"', 'mlflow, uri: "http://127.0.0.1:9"')
    place.commit()
    before = files(place.root)
    answer = call(*NEW)
    assert (answer.code, answer.out) == (3, "")
    assert "nothing was written" in answer.err
    assert "Traceback" not in answer.err
    assert files(place.root) == before


def test_a_registry_that_is_none(call: Call, place: Place) -> None:
    place.registry.write_text("a file")
    before = files(place.root)
    answer = call(*NEW)
    assert answer.code == 1
    assert answer.out.count("error[release/damaged]") == 3
    assert files(place.root) == before


def test_a_card_is_shown_and_nothing_more(call: Call, place: Place, run: str) -> None:
    register(place, other(Made(run), card="# digits\r\n\u202eevil\x1b[2J\nplain"))
    call(*NEW)
    card = (place.root / f"specs/digits/versions/{version_name(run)}/card.md").read_text()
    assert card == "# digits\n\\u202eevil\\x1b[2J\nplain\n"
    assert call("validate").code == 0


def test_a_card_that_is_too_long_stays_in_the_registry(call: Call, place: Place, run: str) -> None:
    register(place, other(Made(run), card="x" * 65_537))
    assert call(*NEW).code == 0
    folder = place.root / f"specs/digits/versions/{version_name(run)}"
    assert sorted(path.name for path in folder.iterdir()) == ["network.py", "serve.py", "version.yaml"]


def test_a_working_tree_with_other_changes(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    place.edit("specs/digits/serve.py", "class Digits", "class  Digits")
    before = files(place.root)
    answer = call(*NEW)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "mlgitops: the working tree must be as the commit, got other content in specs/digits/serve.py\n"
        "  hint: commit or stash it: what is released is what was reviewed\n"
    )
    assert files(place.root) == before
    place.git("checkout", "--quiet", "--detach")
    place.git("checkout", "--quiet", ".")
    assert row(call(*NEW))[1] == "written"  # what HEAD is called decides nothing


def test_nothing_committed(call: Call, place: Place) -> None:
    shutil.rmtree(place.root / ".git")
    assert call(*NEW).code == 3
    place.git("init", "--quiet")
    answer = call(*NEW)
    assert (answer.code, "HEAD names no commit: nothing is committed yet" in answer.err) == (2, True)


def test_a_shallow_clone(call: Call, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.git("clone", "--quiet", "--depth=1", "--branch=main", place.remote.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    answer = call(*NEW)
    assert (answer.code, "this clone is shallow" in answer.err) == (3, True)
    assert "fetch-depth: 0" in answer.err


def test_another_run_at_once(call: Call, place: Place, run: str) -> None:
    from mlgitops.files.staging import one_run_at_a_time

    register(place, Made(run))
    before = files(place.root)
    with one_run_at_a_time(str(place.root)):
        answer = call(*NEW)
    assert (answer.code, "another mlgitops run is writing here" in answer.err) == (3, True)
    assert files(place.root) == before


def test_a_model_that_serves_nowhere(call: Call, place: Place) -> None:
    text = (place.root / "specs/digits/model.yaml").read_text()
    (place.root / "specs/digits/model.yaml").write_text(text[: text.index("  serving:\n")])
    (place.root / RELEASE).unlink()
    for environment in ("staging", "prod"):
        (place.root / f"environments/{environment}/releases/digits.yaml").unlink()
    text = (place.root / "environments/dev/environment.yaml").read_text()
    (place.root / "environments/dev/environment.yaml").write_text(
        text.replace("    digits:\n      serving: {replicas: {min: 1, max: 2}}\n", "")
    )
    place.commit()
    answer = call(*NEW)
    assert (answer.code, row(answer)) == (
        0,
        ["-", "not served", "the spec has no `serving`: it is trained, and serves nowhere"],
    )


def test_a_model_with_errors_stops_no_other(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    place.edit("specs/diabetes/model.yaml", "task: regression", "task: regresion")
    place.commit()
    answer = call(*NEW)
    assert answer.code == 1
    assert row(answer)[:2] == [version_name(run), "written"]
    assert "diabetes       -            failed   spec/" in answer.out
    assert "specs/diabetes/model.yaml:6:9: error[spec/" in answer.out


def test_a_model_without_an_owner(call: Call, place: Place, run: str) -> None:
    place.edit("specs/digits/model.yaml", '  owner: "@documents/recognition"\n', "")
    place.commit()
    register(place, Made(run))
    assert refused(call, place) == "release/no-owner: digits must have an owner to answer for its versions, got none"
    answer = call(*NEW, "--by", "@documents/lead")
    assert row(answer)[1] == "written"
    assert '  requestedBy: "@documents/lead"\n' in (place.root / RELEASE).read_text()


def test_asked_for_by_name(call: Call, place: Place, run: str) -> None:
    register(place, Made(run))
    answer = call("release", "new", "digits", "--env", "dev", "--risk", "low", "--format", "json")
    document = json.loads(answer.out)
    assert document["base"] == place.git("rev-parse", "HEAD")
    assert (document["version"], document["environment"], document["findings"]) == (1, "dev", [])
    name = version_name(run)
    folder = f"specs/digits/versions/{name}"
    assert document["models"] == [
        {
            "model": "digits",
            "state": "written",
            "why": "supersedes v2",
            "version": name,
            "run": run,
            "files": [*(f"{folder}/{one}" for one in ("version.yaml", "network.py", "serve.py", "card.md")), RELEASE],
            "pullRequest": None,
        }
    ]
    assert "  riskLevel: low\n" in (place.root / RELEASE).read_text()


def test_not_here(call: Call, place: Place) -> None:
    answer = call("release", "--new", "--env", "prod")
    assert (answer.code, "environments/prod/environment.yaml:9:17: error[release/promotion-path]" in answer.out) == (
        1,
        True,
    )
    text = (place.root / "environments/dev/environment.yaml").read_text()
    (place.root / "environments/dev/environment.yaml").write_text(
        text.replace("spec:\n", "spec:\n  models: {exclude: [diabetes]}\n", 1)
    )
    (place.root / "environments/dev/releases/diabetes.yaml").unlink()
    place.commit()
    assert "diabetes" not in call(*NEW).out
    answer = call(*NEW, "diabetes")
    assert (answer.code, "error[release/not-selected]" in answer.out) == (1, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("release", "--new"), "--env must name the one environment where versions are tried first, got 0\n"),
        ((*NEW, "--env", "prod"), "--env must name the one environment where versions are tried first, got 2\n"),
        (
            ("release", "--new", "--env", "dve"),
            "there is no environment 'dve'; known: dev, prod, staging\n  hint: did you",
        ),
        (
            (*NEW, "digit"),
            "there is no model 'digit'; known: breast-cancer, diabetes, digits\n  hint: did you mean digits?",
        ),
        ((*NEW, "../digits"), "there is no model '../digits'"),
        ((*NEW, "--by", "lead"), "--by must be an owner"),
        ((*NEW, "--risk", "hgih"), "--risk must be one of low, medium, high, got 'hgih'"),
        ((*NEW, "--format", "sarif"), "`mlgitops release --new` writes text or json, got --format sarif\n"),
        ((*NEW, "--base", "main"), "--base is about pull requests, got no --pull-request\n"),
    ],
)
def test_wrong_words(call: Call, place: Place, words: tuple[str, ...], says: str) -> None:
    answer = call(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mlgitops: {says}")
