"""The sign Job: what passed is registered and signed once; nothing else ever is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlgitops.contract import places
from mlgitops.contract.parts import ArtifactReference
from mlgitops.contract.registered import version_name
from mlgitops.contract.serve import SignatureReference
from mlgitops.problem import RunProblem
from mlgitops.registry.verified import verified_artifact
from mlgitops.runtime.sign.job import main
from tests.runtime.sign.world import CODE, DATA, HOLDOUT, IMAGE, NOON, RUN


def refused(world):
    """The code and the message of what speaks against signing; nothing is then registered."""
    with pytest.raises(RunProblem) as caught:
        world.sign()
    assert world.registry().versions("churn") == []
    assert not any((world.folder / "registry").rglob("*")) or caught.value.exit_code == 3
    return caught.value.code, caught.value.message


def test_a_run_that_passed_is_registered_and_signed(world, capsys, tmp_path):
    world.sign()
    assert capsys.readouterr().out == f"churn {RUN}: registered as {version_name(RUN)}, signed by ml-platform\n"
    (version,) = world.registry().versions("churn")
    assert json.loads(version.model_dump_json(exclude_defaults=True)) == {
        "contract": 1,
        "model": "churn",
        "version": version_name(RUN),
        "run": RUN,
        "environment": "dev",
        "team": "growth",
        "inputs": world.config["inputs"],
        "codeDigest": CODE,
        "image": IMAGE,
        "format": "xgboost",
        "artifactDigest": world.artifact_digest(),
        "manifestDigest": version.manifestDigest,
        "signature": {"digest": version.signature.digest, "signer": "ml-platform"},
        "data": [{"name": "customers", "digest": DATA}],
        "holdout": {"name": "customers-holdout", "digest": HOLDOUT},
        "scores": [{"metric": "auc", "rows": 100, "value": 0.9, "training": 0.95}],
        "startedAt": "2026-11-02T08:00:00Z",
        "finishedAt": "2026-11-02T09:00:00Z",
        "registeredAt": "2026-11-02T12:00:00Z",
    }
    artifact = verified_artifact(world.registry(), "churn", *references(version, world.key.public), tmp_path / "into")
    assert (artifact / "model.ubj").read_bytes() == (world.artifact / "model.ubj").read_bytes()
    evaluation = (world.evaluation_folder / "evaluation.json").read_bytes()
    assert (artifact.parent / "evaluation.json").read_bytes() == evaluation
    assert sorted(path.name for path in artifact.parent.iterdir()) == [
        "artifact",
        "card.md",
        "evaluation.json",
        "manifest.json",
        "profile.json",
    ]


def references(version, public):
    folder = f"s3://registry/churn/{version.version}"
    artifact = ArtifactReference(
        version=version.version, uri=f"{folder}/signed/artifact", digest=version.artifactDigest
    )
    signature = SignatureReference(
        uri=f"{folder}/signature.json", digest=version.signature.digest, signer="ml-platform", publicKey=public
    )
    return artifact, signature


def test_a_run_that_is_registered_is_left_alone(world, capsys):
    world.sign()
    before = {path: path.read_bytes() for path in (world.folder / "registry").rglob("*") if path.is_file()}
    capsys.readouterr()
    world.evaluation["verdict"] = "rejected"
    world.sign(NOON + 60)
    assert capsys.readouterr().out == f"churn {RUN}: it is registered as {version_name(RUN)}\n"
    assert {path: path.read_bytes() for path in (world.folder / "registry").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"verdict": "rejected", "failures": [{"code": "evaluation/overlap", "message": "3 rows are known"}]},
            "3 rows are known [evaluation/overlap]",
        ),
        ({"verdict": "rejected"}, "its evaluation says so"),
        (
            {"scores": [{"metric": "auc", "rows": 100, "value": 0.79}]},
            "auc must be at least 0.8, got 0.79 [evaluation/below-minimum]",
        ),
        ({"scores": []}, "auc must be measured once, got 0 [evaluation/not-measured]"),
        ({"rows": 0}, "the holdout must have rows, got none [evaluation/empty-holdout]"),
        (
            {"failures": [{"code": "evaluation/overlap", "message": "3 rows are known"}]},
            "3 rows are known [evaluation/overlap]",
        ),
    ],
)
def test_what_did_not_pass_is_not_registered_and_no_error(world, capsys, change, why):
    world.evaluation.update(change)
    world.sign()
    assert capsys.readouterr().out == f"churn {RUN}: it is rejected, so there is nothing to register: {why}\n"
    assert world.registry().versions("churn") == []


@pytest.mark.parametrize(
    ("limits", "score", "why"),
    [
        ({"maxRegression": 0.01}, {"baseline": 0.95}, "auc must be at most 0.01 worse than 0.95, got 0.9"),
        ({"maxRegression": 0.01}, {}, "auc must be measured of the version in service too, got none"),
        ({"maxGap": 0.01}, {}, "auc must be at most 0.01 apart from training's 0.95, got 0.9"),
    ],
)
def test_the_configurations_limits_are_judged_again(world, capsys, limits, score, why):
    world.config["metrics"] = [{"name": "auc", **limits}]
    world.evaluation["baseline"] = "r0123456789"
    world.evaluation["scores"][0].update(score)
    world.sign()
    assert why in capsys.readouterr().out
    assert world.registry().versions("churn") == []


def test_a_slices_limits_count(world, capsys):
    world.config["slices"] = [
        {"name": "new", "column": "tenure", "range": [0, 3], "metrics": [{"name": "auc", "min": 0.5}]}
    ]
    world.sign()
    assert "auc of new must be measured once, got 0" in capsys.readouterr().out
    world.evaluation["scores"].append({"metric": "auc", "slice": "new", "rows": 9, "value": 0.6})
    world.sign()
    assert len(world.registry().versions("churn")) == 1


def test_a_failed_run_is_no_error(world, capsys):
    world.record.update({"state": "failed", "problem": {"code": "train/diverged", "message": "the loss\x1b is NaN"}})
    world.write()
    (world.evaluation_folder / "evaluation.json").unlink()
    slept = []
    main(sleep=slept.append, clock=None)
    assert sum(slept) == 600.0  # it may be started again
    out = capsys.readouterr().out
    assert out == f"churn {RUN}: the run failed, so there is nothing to register: the loss? is NaN\n"


def test_a_failed_run_that_is_started_again_is_waited_for(world, capsys):
    world.write()
    evaluation = world.evaluation_folder / "evaluation.json"
    text = evaluation.read_bytes()
    evaluation.unlink()
    (world.run_folder / "run.json").write_text(json.dumps({**world.record, "state": "failed"}))
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 30:
            (world.run_folder / "run.json").write_text(json.dumps({**world.record, "state": "running"}))
        if len(slept) == 60:
            (world.run_folder / "run.json").write_text(json.dumps(world.record))
            evaluation.write_bytes(text)

    main(sleep=sleep, clock=lambda: NOON)
    assert len(slept) == 60
    assert len(world.registry().versions("churn")) == 1


OTHER = "sha256:" + "9" * 64


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"model": "other"}, "sign/other-evaluation", "the evaluation must be of model churn, got 'other'"),
        ({"run": OTHER}, "sign/other-evaluation", f"the evaluation must be of run {RUN}, got '{OTHER}'"),
        ({"environment": "prod"}, "sign/other-evaluation", "the evaluation must be of environment dev, got 'prod'"),
        (
            {"holdout": {"name": "customers-holdout", "digest": OTHER}},
            "sign/other-data",
            f"customers-holdout must have {HOLDOUT}, got {OTHER}",
        ),
        (
            {"holdout": {"name": "customers", "digest": HOLDOUT}},
            "sign/other-data",
            "the holdout must be customers-holdout, got 'customers'",
        ),
        (
            {"data": [{"name": "customers", "digest": OTHER}]},
            "sign/other-data",
            f"customers must have {DATA}, got {OTHER}",
        ),
        ({"data": []}, "sign/other-data", "the training data must be customers, got ''"),
        (
            {"data": [{"name": "customers"}]},
            "sign/other-data",
            "customers must have the digest that was read, got none",
        ),
        ({"contract": 2}, "contract/other-version", "evaluation.json must be of contract 1, got '2'"),
    ],
)
def test_an_evaluation_of_something_else_is_refused(world, change, code, message):
    world.evaluation.update(change)
    assert refused(world) == (code, message)


def test_data_that_nobody_pinned_is_told_by_its_place(world):
    world.config["holdout"] = {"name": "customers-holdout", "uri": "s3://features/holdout", "version": "v3"}
    place = {"name": "customers-holdout", "uri": "s3://features/holdout", "version": "v3", "digest": OTHER}
    world.evaluation["holdout"] = {**place, "version": "v2"}
    assert refused(world)[0] == "sign/other-data"
    world.evaluation["holdout"] = place
    world.sign()
    assert world.registry().versions("churn")[0].holdout.digest == OTHER


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trial": True}, "sign/trial"),
        ({"state": "running"}, "sign/no-run"),
        ({"state": "failed"}, "sign/no-run"),
        ({"model": "other"}, "sign/other-run"),
        ({"run": OTHER}, "sign/other-run"),
        ({"environment": "prod"}, "sign/other-run"),
        ({"codeDigest": OTHER}, "sign/other-run"),
        ({"image": "registry.example.com/ml/other:1"}, "sign/other-run"),
        ({"request": {"reason": "because"}}, "sign/other-run"),
        ({"startedAt": "yesterday"}, "contract/invalid"),
        ({"extra": 1}, "contract/invalid"),
        ({"metrics": {"auc": "high"}}, "contract/invalid"),
    ],
)
def test_a_record_that_says_something_else_is_refused(world, change, code):
    world.record.update(change)
    assert refused(world)[0] == code


def test_a_run_of_other_inputs_is_refused(world):
    world.record["inputs"] = {**world.record["inputs"], "seed": 2}
    assert refused(world) == (
        "sign/other-run",
        "the run's inputs must be what the configuration says, got something else",
    )


def test_a_pods_times_do_not_reach_beyond_the_evaluation(world):
    world.record.update({"startedAt": "2099-01-01T00:00:00Z", "finishedAt": "2099-01-02T00:00:00Z"})
    world.sign(now=0.0)
    (version,) = world.registry().versions("churn")
    assert (version.startedAt, version.finishedAt) == ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z")
    assert version.registeredAt == "2026-11-02T11:00:00Z"


def test_an_artifact_that_changed_after_its_evaluation_is_refused(world):
    (world.artifact / "model.ubj").write_bytes(b"{L\x00other")
    code, message = refused(world)
    assert code == "sign/artifact-digest"
    assert world.evaluation["artifactDigest"] in message
    assert world.artifact_digest() in message


def test_a_link_in_the_staging_area_leads_nowhere(world):
    (world.artifact / "model.ubj").unlink()
    (world.artifact / "model.ubj").symlink_to(world.key.private)
    assert refused(world)[0] == "store/link"


def test_what_lies_beside_an_evaluation_is_what_it_lists(world):
    (world.evaluation_folder / "card.md").write_text("# other\n")
    assert refused(world)[0] == "sign/beside"
    (world.evaluation_folder / "card.md").unlink()
    assert refused(world)[0] == "store/missing"


@pytest.mark.parametrize("name", ["manifest.json", "evaluation.json", "artifact/model.ubj", "model.pkl", "code.py"])
def test_beside_an_evaluation_there_is_nothing_else(world, name):
    (world.evaluation_folder / name).parent.mkdir(exist_ok=True)
    (world.evaluation_folder / name).write_text("{}")
    world.evaluation["files"].append(world.beside(name))
    assert refused(world)[0] == "sign/beside"


def test_a_file_listed_twice_is_refused(world):
    world.evaluation["files"].append(world.beside("card.md"))
    assert refused(world)[0] == "sign/beside"


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_is_none_is_told_and_not_shown(world, tmp_path, monkeypatch, text):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "signing-key.pem").write_text(text)
    monkeypatch.setenv(places.SIGNING_KEY_VARIABLE, str(tmp_path / "keys"))
    code, message = refused(world)
    assert code == "signature/key"
    assert "AAAA" not in message


def test_it_waits_for_the_evaluation(world, capsys):
    world.write()
    evaluation = world.evaluation_folder / "evaluation.json"
    text = evaluation.read_bytes()
    evaluation.unlink()
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            evaluation.write_bytes(text)

    main(sleep=sleep, clock=lambda: NOON)
    assert slept == [15.0, 15.0, 15.0]
    assert len(world.registry().versions("churn")) == 1


def test_it_waits_no_longer_than_it_is_told(world, monkeypatch):
    world.write()
    (world.evaluation_folder / "evaluation.json").unlink()
    slept = []
    monkeypatch.setenv(places.WAIT_VARIABLE, "40")
    with pytest.raises(RunProblem) as caught:
        main(sleep=slept.append, clock=lambda: NOON)
    assert (caught.value.code, caught.value.exit_code, len(slept)) == ("sign/no-evaluation", 3, 3)
    monkeypatch.setenv(places.WAIT_VARIABLE, "soon")
    with pytest.raises(RunProblem) as caught:
        main(sleep=slept.append, clock=lambda: NOON)
    assert caught.value.code == "contract/invalid"


def test_a_store_that_does_not_answer_for_a_while_is_asked_again(world, monkeypatch, capsys):
    world.write()
    real = os.open
    failing = True

    def broken(path, *arguments, **named):
        if failing and path == "evaluation.json":
            raise OSError(5, "Input/output error")
        return real(path, *arguments, **named)

    def sleep(seconds):
        nonlocal failing
        slept.append(seconds)
        failing = len(slept) < 3

    slept = []
    monkeypatch.setattr(os, "open", broken)
    main(sleep=sleep, clock=lambda: NOON)
    assert len(slept) == 3
    assert capsys.readouterr().err.count("store/failed") == 1
    assert len(world.registry().versions("churn")) == 1


def job(world, **more):
    environment = {
        **os.environ,
        places.CODE_VARIABLE: str(world.folder / "code"),
        places.RUN_VARIABLE: RUN,
        places.SIGNING_KEY_VARIABLE: str(world.key.private.parent),
        places.WAIT_VARIABLE: "0",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        **more,
    }
    command = [sys.executable, "-m", "mlgitops.runtime.sign"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_says_what_it_did_by_its_exit_code(world):
    world.write()
    done = job(world)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"churn {RUN}: registered as {version_name(RUN)}, signed by ml-platform\n"
    wrong = job(world, MLGITOPS_RUN="churn-3f2a")
    assert wrong.returncode == 1
    assert wrong.stderr == (
        "error[contract/invalid]: MLGITOPS_RUN must be a run's identity, sha256: and 64 digits, got 'churn-3f2a'\n"
        "hint: start it as the rendered objects do\n"
    )


def test_a_registry_that_is_down_is_the_worlds_fault_and_no_traceback(world):
    nobody = "http://127.0.0.1:1"
    world.config["stores"].update({"registry": nobody, "registryKind": "mlflow"})
    world.write()
    done = job(world)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error[registry/failed]: the MLflow registry at 127.0.0.1 does not answer: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("what", ["registry", "staging"])
def test_a_store_that_is_no_folder_is_the_worlds_fault(world, what):
    world.write()
    (world.folder / "file").write_text("no folder")
    world.config["stores"][what] = (world.folder / "file").as_uri()
    world.write_config()
    done = job(world)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False)
    assert done.stderr.startswith("error[store/link]: ")


@pytest.mark.parametrize("call", ["fsync", "link", "mkdir"])
def test_a_full_disk_registers_nothing_and_the_next_attempt_does(world, monkeypatch, call):
    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    world.write()
    monkeypatch.setattr(os, call, full)
    with pytest.raises(RunProblem) as caught:
        main(sleep=None, clock=lambda: NOON)
    assert (caught.value.code, caught.value.exit_code) == ("store/full", 3)
    monkeypatch.undo()
    monkeypatch.setenv(places.CODE_VARIABLE, str(world.folder / "code"))
    monkeypatch.setenv(places.RUN_VARIABLE, RUN)
    monkeypatch.setenv(places.SIGNING_KEY_VARIABLE, str(world.key.private.parent))
    assert world.registry().versions("churn") == []
    main(sleep=None, clock=lambda: NOON)
    assert len(world.registry().versions("churn")) == 1
    (place,) = (world.folder / "registry" / "churn").iterdir()
    assert len([path for path in place.iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize("name", ["run.json", "evaluation.json"])
def test_a_record_without_end_is_refused(world, name):
    world.write()
    folder = world.run_folder if name == "run.json" else world.evaluation_folder
    (folder / name).write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(RunProblem) as caught:
        main(sleep=None, clock=lambda: NOON)
    assert caught.value.code == "store/too-large"
