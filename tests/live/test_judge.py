"""Each state from what Argo CD and KubeRay say, with its reason and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.live.application import Application, Refusal, application_of
from mlgitops.live.edits import Edit
from mlgitops.live.judge import Case, Compared, Detail, Judged, Wanted, cluster_versions, judge
from mlgitops.live.ray_service import ray_service_of
from mlgitops.live.states import STATES
from tests.live.said import (
    OLD,
    TRACEBACK,
    application,
    operation,
    ray_service,
    refused,
    resource,
)

WANTED = Wanted("prod", "churn", ("v2",), "churn-1a2b3c4d")
V2 = resource("RayService", "churn-v2")
FORMER = resource("RayService", "churn-v1", "OutOfSync", requiresPruning=True)
INVALID = (
    'RayService.ray.io "churn-v2" is invalid: spec.rayClusterConfig.headGroupSpec: Required value (retried 4 times).'
)
REFUSED = {
    "churn": {
        "status": "DEPLOY_FAILED",
        "message": "The deployments ['predictor'] are DEPLOY_FAILED.",
        "serveDeploymentStatuses": {"predictor": {"status": "DEPLOY_FAILED", "message": TRACEBACK}},
    }
}
NOT_TYPED = (
    "failed to create typed patch object (prod-growth; ray.io/v1, Kind=RayService): "
    ".spec.rayClusterConfig.workerGroupSpecs[0].maxReplicas: expected numeric (int or float), got string"
)
ENDED = (
    "Failed to compare desired state to live state: failed to calculate diff: error calculating server side diff: "
    "serverSideDiff error: error running server side apply in dryrun mode for resource RayService/churn-v2: "
    + NOT_TYPED
)
OUT_OF_MEMORY = {"churn": {"status": "UNHEALTHY", "message": "The replica died: it was OOMKilled."}}


def case(said: Any, *services: Any, revisions: Compared = Compared(), edits: Any = (), wanted: Wanted = WANTED) -> Case:  # noqa: B008
    found = application_of(said)
    known = tuple(ray_service_of(one) for one in services)
    return Case(wanted, found, revisions, Detail(found, known, tuple(edits)) if known or edits else None)


CASES: dict[str, tuple[Case, Judged]] = {
    "live": (case(application(resources=[V2])), Judged("live")),
    "nothing is released, nothing is there": (Case(Wanted("prod", "churn"), None), Judged("notReleased")),
    "no Application yet": (
        Case(WANTED, None),
        Judged(
            "notDeployed",
            "Argo CD has no Application prod.churn.serve yet",
            "wait: it looks for new folders every three minutes; then look at mlgitops-root in Argo CD",
        ),
    ),
    "Argo CD is at the commit before": (
        case(application(compared=OLD), revisions=Compared("behind", "behind")),
        Judged("waiting", "Argo CD is at aaaaaaaaaa, which does not have it yet", "`mlgitops sync` lets it look now"),
    ),
    "just noticed": (
        case(
            application(sync="OutOfSync", resources=[resource("RayService", "churn-v2", "OutOfSync"), FORMER]),
            revisions=Compared("same", "behind"),
        ),
        Judged("waiting", "Argo CD is about to sync RayService churn-v2, RayService churn-v1"),
    ),
    "never compared": (
        case(application(sync="Unknown", health="Unknown", compared="", resources=[])),
        Judged("waiting", "Argo CD has not looked at it yet"),
    ),
    "the first release comes up": (
        case(
            application(
                health="Progressing",
                resources=[
                    resource("RayService", "churn-v2", health="Progressing", message="RayService is initializing")
                ],
            ),
            ray_service(ready=False, active="", pending="x7k2p", applications={"churn": {"status": "DEPLOYING"}}),
        ),
        Judged("deploying", "RayService is initializing"),
    ),
    "a release comes up beside the former": (
        case(
            application(
                sync="OutOfSync",
                health="Progressing",
                operation=operation("Running"),
                resources=[
                    resource(
                        "RayService", "churn-v2", health="Progressing", message="churn-v2-x7k2p is being prepared"
                    ),
                    FORMER,
                ],
            ),
            ray_service(ready=False, active="", pending="x7k2p", applications={}),
            ray_service("v1"),
        ),
        Judged("upgrading", "churn-v2-x7k2p is being prepared; v1 answers meanwhile"),
    ),
    "a new cluster of the same release": (
        case(
            application(
                health="Progressing",
                resources=[
                    resource("RayService", "churn-v2", health="Progressing", message="churn-v2-new is being prepared")
                ],
            ),
            ray_service(pending="new", applications={"churn": {"status": "DEPLOYING"}}),
        ),
        Judged("upgrading", "churn-v2-new is being prepared; the pods of before answer meanwhile"),
    ),
    "a sync that changes it in place": (
        case(application(sync="OutOfSync", operation=operation("Running"), resources=[V2]), ray_service()),
        Judged("upgrading", "Argo CD is syncing"),
    ),
    "the former waits for a person": (
        case(
            application(
                sync="OutOfSync",
                operation=operation("Running", message="waiting for pruning confirmation of RayService/churn-v1"),
                resources=[V2, {**FORMER, "requiresDeletionConfirmation": True}],
            ),
            ray_service(),
            ray_service("v1"),
        ),
        Judged(
            "upgrading",
            "churn-v1 stays until a person confirms that it goes",
            "argocd app confirm-deletion prod.churn.serve",
        ),
    ),
    "the API refuses an object": (
        case(
            application(
                sync="OutOfSync",
                operation=operation(
                    "Running",
                    message="one or more objects failed",
                    refused=[refused("RayService", "churn-v2", INVALID)],
                    retries=4,
                ),
                resources=[resource("RayService", "churn-v2", "OutOfSync"), FORMER],
            ),
            ray_service("v1"),
        ),
        Judged(
            "rejected",
            f"{INVALID[:-1]}; v1 answers meanwhile",
            "correct it and merge, or revert",
            Refusal("RayService", "prod-growth", "churn-v2", INVALID),
        ),
    ),
    "KubeRay refuses a RayService": (
        case(
            application(health="Degraded", resources=[V2]),
            ray_service(
                ready=False, reason="ValidationFailed", message="the worker group has minReplicas > maxReplicas"
            ),
        ),
        Judged(
            "rejected",
            "KubeRay refuses RayService churn-v2: the worker group has minReplicas > maxReplicas",
            "correct it and merge, or revert",
            Refusal("RayService", "prod-growth", "churn-v2", "the worker group has minReplicas > maxReplicas"),
        ),
    ),
    "what was refused has been corrected": (
        case(
            application(
                sync="OutOfSync",
                operation=operation("Failed", OLD, refused=[refused("RayService", "churn-v2", INVALID)]),
            ),
            revisions=Compared("same", "behind"),
        ),
        Judged("waiting", "Argo CD is about to sync it"),
    ),
    "a refused artifact": (
        case(
            application(sync="OutOfSync", health="Degraded", resources=[V2, FORMER]),
            ray_service(ready=False, active="", pending="x7k2p", applications=REFUSED),
            ray_service("v1"),
        ),
        Judged(
            "refused",
            "[artifact/digest] model.ubj must be sha256:3b551eb37fc7, got sha256:97003003b2d8; v1 answers meanwhile",
            "release a version whose artifact is as it was signed",
        ),
    ),
    "an application fails": (
        case(application(health="Degraded", resources=[V2]), ray_service(applications=OUT_OF_MEMORY)),
        Judged(
            "degraded",
            "application churn is UNHEALTHY: The replica died: it was OOMKilled.",
            "argocd app get prod.churn.serve; or `mlgitops rollback`",
        ),
    ),
    "degraded, and only the health check says why": (
        case(
            application(
                health="Degraded",
                resources=[resource("RayService", "churn-v2", health="Degraded", message="no pod answers requests")],
            )
        ),
        Judged("degraded", "no pod answers requests", "argocd app get prod.churn.serve; or `mlgitops rollback`"),
    ),
    "an application failed in a rollout": (
        case(
            application(health="Degraded", resources=[resource("RayService", "churn-v13", health="Degraded")]),
            wanted=Wanted("prod", "churn", ("v12", "v13")),
        ),
        Judged(
            "degraded",
            "RayService churn-v13 is Degraded",
            "argocd app get prod.churn.serve; or `mlgitops rollout abort`",
        ),
    ),
    "suspended": (
        case(
            application(
                health="Suspended",
                resources=[
                    resource("RayService", "churn-v2", health="Suspended", message="suspended: nothing is served")
                ],
            )
        ),
        Judged("suspended", "nothing is served"),
    ),
    "Argo CD has given up": (
        case(application(sync="OutOfSync", operation=operation("Failed", message="the namespace is being terminated"))),
        Judged("outOfSync", "the last sync failed: the namespace is being terminated", "`mlgitops sync` tries again"),
    ),
    "automated sync is off": (
        case(application(sync="OutOfSync", automated=False)),
        Judged("outOfSync", "automated sync is off for this Application", "`mlgitops sync`, or turn it on"),
    ),
    "an edit that KubeRay ignores": (
        case(
            application(resources=[V2]),
            ray_service(),
            edits=[Edit("churn-v2-x7k2p", "workers.maxReplicas", 4, 2)],
        ),
        Judged(
            "ignoredEdit",
            "workers.maxReplicas is 2 in churn-v2-x7k2p, and 4 was asked for",
            "only a new cluster brings it about: change what its pods are made of, or delete the RayCluster",
        ),
    ),
    "Argo CD cannot compare": (
        case(
            application(
                sync="Unknown",
                conditions=[{"type": "ComparisonError", "message": "failed to list refs: repository not found"}],
            )
        ),
        Judged("unknown", "failed to list refs: repository not found", "argocd app get prod.churn.serve --refresh"),
    ),
    "an object ends the comparison": (
        case(application(sync="Unknown", conditions=[{"type": "ComparisonError", "message": ENDED}])),
        Judged(
            "rejected",
            f"RayService churn-v2: {NOT_TYPED}",
            "correct it and merge, or revert",
            Refusal("RayService", "", "churn-v2", NOT_TYPED),
        ),
    ),
    "deleted in Argo CD": (
        case(application(deletionTimestamp="2026-11-21T10:00:00Z")),
        Judged("removing", "Argo CD is deleting the Application and what it made"),
    ),
    "deleted in Argo CD, and not confirmed": (
        case(
            application(
                deletionTimestamp="2026-11-21T10:00:00Z",
                resources=[FORMER, resource("Service", "churn", requiresDeletionConfirmation=True)],
            )
        ),
        Judged(
            "removing",
            "churn stays until a person confirms that it goes",
            "argocd app confirm-deletion prod.churn.serve",
        ),
    ),
    "gone from Git": (
        case(application(resources=[FORMER]), wanted=Wanted("prod", "churn")),
        Judged(
            "removing",
            "Git no longer has it, and what runs stays until a person removes it",
            "argocd app delete prod.churn.serve",
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_state(name: str) -> None:
    asked, expected = CASES[name]
    assert judge(asked) == expected


def test_every_state_is_reached() -> None:
    assert {expected.state for _, expected in CASES.values()} == set(STATES)


VERSIONS: dict[str, tuple[Case, tuple[str, ...]]] = {
    "from a list": (case(application(resources=[V2])), ("v2",)),
    "not applied yet": (case(application(resources=[resource("RayService", "churn-v2", "OutOfSync")])), ()),
    "both": (case(application(resources=[V2, FORMER])), ("v1", "v2")),
    "from the objects": (case(application(), ray_service(), ray_service("v1")), ("v1", "v2")),
    "no Application": (Case(WANTED, None), ()),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions_in_the_cluster(name: str) -> None:
    asked, expected = VERSIONS[name]
    assert cluster_versions(asked) == expected


def test_what_argo_cd_leaves_out_is_no_error() -> None:
    bare = application_of({"metadata": {"name": "prod.churn.serve"}})
    assert (bare.sync, bare.health, bare.resources, bare.automated) == ("Unknown", "Unknown", (), False)
    assert isinstance(judge(Case(WANTED, bare)).state, str)


@pytest.mark.parametrize("document", [None, [], "text", {}, {"metadata": 1}])
def test_what_is_no_application(document: object) -> None:
    with pytest.raises(ValueError, match="no Application"):
        application_of(document)


def test_an_application_is_read_whole() -> None:
    found = application_of(
        application(
            operation=operation("Succeeded", retries=2), resources=[V2], deletionTimestamp="2026-11-21T10:00:00Z"
        )
    )
    assert found._replace(resources=()) == Application(
        name="prod.churn.serve",
        namespace="argocd",
        environment="prod",
        model="churn",
        part="serve",
        repository="https://git.example.com/ml/models.git",
        path="rendered/prod/churn/serve",
        project="mlgitops-env-prod",
        sync="Synced",
        compared="b" * 40,
        health="Healthy",
        applied="b" * 40,
        applied_at="2026-11-21T10:00:05Z",
        phase="Succeeded",
        operation="",
        operation_revision="b" * 40,
        retries=2,
        refusals=(),
        conditions=(),
        resources=(),
        automated=True,
        deleting=True,
    )
