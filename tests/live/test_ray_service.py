"""A RayService as the operator left it, and what our runtime says inside of Ray's words."""

from __future__ import annotations

import pytest

from mlgitops.live.ray_service import Failure, Problem, RayService, one_line, problem_in, ray_service_of
from tests.live.said import TRACEBACK, ray_service

DIGEST = Problem(
    "artifact/digest",
    "model.ubj must be sha256:3b551eb37fc7, got sha256:97003003b2d8",
    "release a version whose artifact is as it was signed",
)


def test_one_that_answers() -> None:
    assert ray_service_of(ray_service()) == RayService(
        name="churn-v2",
        namespace="prod-growth",
        version="v2",
        ready=True,
        reason="NonZeroServeEndpoints",
        message="",
        active="churn-v2-x7k2p",
        pending="",
        unfinished=(),
        failures=(),
        suspended=False,
    )


def test_a_refused_artifact_is_told_by_its_deployment() -> None:
    application = {
        "status": "DEPLOY_FAILED",
        "message": "The deployments ['predictor'] are DEPLOY_FAILED.",
        "serveDeploymentStatuses": {"predictor": {"status": "DEPLOY_FAILED", "message": TRACEBACK}},
    }
    found = ray_service_of(ray_service(ready=False, active="", pending="x", applications={"churn": application}))
    (failure,) = found.failures
    assert failure == Failure("churn", "DEPLOY_FAILED", DIGEST.hint.join(["hint: ", ""]), DIGEST)
    assert failure.problem is not None
    assert failure.problem.refuses


def test_applications_on_their_way() -> None:
    said = {"churn": {"status": "DEPLOYING"}, "extra": {"status": ""}}
    found = ray_service_of(ray_service(ready=False, active="", pending="x", applications=said))
    assert found.unfinished == (
        "application churn is DEPLOYING",
        "application extra is not known to Ray Serve yet",
    )
    said = {"churn": {"status": "NOT_STARTED"}}
    assert ray_service_of(ray_service(applications=said)).unfinished == ("application churn is NOT_STARTED",)


PROBLEMS = {
    "error[store/unreachable]: s3://ml does not answer\nhint: try again": Problem(
        "store/unreachable", "s3://ml does not answer", "try again"
    ),
    "first error[data/a]: one\nhint: two\nthen error[signature/invalid]: three": Problem(
        "signature/invalid", "three", ""
    ),
    "KeyError: 'x'": None,
    "": None,
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_problem_in(text: str) -> None:
    assert problem_in(text) == PROBLEMS[text]


LINES = {
    "Traceback (most recent call last):\n  File x\nKeyError: 'tenure'\n\n": "KeyError: 'tenure'",
    "two\n lines ": "two lines",
    "": "",
    "x" * 500: "x" * 399 + "…",
}


@pytest.mark.parametrize("text", LINES)
def test_one_line(text: str) -> None:
    assert one_line(text) == LINES[text]


@pytest.mark.parametrize("document", [None, {}, {"kind": "RayJob"}, []])
def test_what_is_no_ray_service(document: object) -> None:
    with pytest.raises(ValueError, match="no RayService"):
        ray_service_of(document)


def test_one_without_a_status() -> None:
    bare = ray_service_of({"kind": "RayService", "metadata": {"name": "churn-v2"}, "spec": {"suspend": True}})
    assert (bare.ready, bare.version, bare.failures, bare.suspended) == (False, "", (), True)
