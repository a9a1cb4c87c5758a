"""Stories by hand, for the tests of every form: one with everything, one of 42 targets, an empty and a hostile one."""

from __future__ import annotations

from mlgitops.findings import Finding, in_order
from mlgitops.plan.capacity import CapacityChange, Cost, Gpus, RunCost
from mlgitops.plan.changes import NotCompared, ObjectChange, Plan, TargetChange, VerdictChange
from mlgitops.plan.effect import Effect
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.plan.policy_diff import Lapse, PolicyDiff, Renewal, VerdictFlip, Witness
from mlgitops.plan.risk import ApprovalNeeded, Risk, RiskFactor
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report, Skipped
from mlgitops.source import Location

BASE = "0123456789abcdef0123456789abcdef01234567"
CHURN = "specs/churn/model.yaml"
IMAGE = "spec.rayClusterConfig.workerGroupSpecs[workers].template.spec.containers[ray-worker].image"
OLD_IMAGE = f"registry.example.com/ml/ray-torch:2.60.0@sha256:{'a' * 64}"
NEW_IMAGE = f"registry.example.com/ml/ray-torch:2.61.0@sha256:{'b' * 64}"

SERVE_CODE = ObjectChange(
    "changed",
    "serve/code.yaml",
    "ConfigMap",
    "digits-code",
    "models",
    (
        FieldChange(
            "data.serve.py",
            "import ray\n\n\ndef predict(x):\n    return x\n",
            "import ray\n\n\ndef predict(x):\n    return x + 1\n",
        ),
    ),
    "digits-code",
)
RUN = ObjectChange(
    "replaced",
    "train/rayjob.yaml",
    "RayJob",
    "churn-9a8b7c6d",
    "models",
    (
        FieldChange("metadata.labels.mlgitops.dev/run", "1f2e3d4c", "9a8b7c6d"),
        FieldChange("metadata.name", "churn-1f2e3d4c", "churn-9a8b7c6d"),
        FieldChange("spec.runtimeEnvYAML.env_vars.LEARNING_RATE", "8e-5", "1e-4"),
    ),
    "churn-1f2e3d4c",
)
SERVICE = ObjectChange(
    "changed",
    "serve/rayservice.yaml",
    "RayService",
    "churn-v14",
    "models",
    (
        FieldChange(IMAGE, OLD_IMAGE, NEW_IMAGE),
        FieldChange("spec.rayClusterConfig.workerGroupSpecs[workers].maxReplicas", 6, 8),
        FieldChange(
            "spec.serveConfigV2.applications[churn].deployments[Predictor].autoscaling_config.min_replicas", 2, 4
        ),
    ),
    "churn-v14",
)
ROUTE = ObjectChange(
    "changed",
    "serve/httproute.yaml",
    "HTTPRoute",
    "churn",
    "models",
    (FieldChange("spec.rules[0].backendRefs[churn-v14-serve-svc].weight", 100, 75),),
    "churn",
)


def rich() -> Story:
    """Every class of effect, each cause of a flip, all that capacity and risk can say."""
    plan = Plan(
        BASE,
        (
            TargetChange("changed", "dev/churn", (RUN,)),
            TargetChange("changed", "dev/digits", (SERVE_CODE,)),
            TargetChange("changed", "prod/churn", (ROUTE, SERVICE)),
            TargetChange(
                "removed",
                "prod/fraud",
                (ObjectChange("removed", "serve/rayservice.yaml", "RayService", "fraud-v3", "models"),),
            ),
            TargetChange(
                "added", "staging/churn", (ObjectChange("added", "serve/service.yaml", "Service", "churn", "models"),)
            ),
        ),
        (VerdictChange("churn@prod", "cost.gpu-limit", "allowed", "denied", "expected at most 8 A100, got 12"),),
        31,
        untouched=7,
    )
    return Story(plan, EFFECTS, CAPACITY, RISKS, POLICY, ("policies and specs change together: decided both ways",))


EFFECTS = (
    Effect(
        "refused",
        "staging/churn/serve",
        "staging/churn/serve/service.yaml",
        "Service",
        "churn",
        "the API server refuses it: spec.clusterIP cannot change",
        ("spec.clusterIP",),
        "give the Service another name",
    ),
    Effect(
        "removed",
        "prod/fraud/serve",
        "prod/fraud/serve/rayservice.yaml",
        "RayService",
        "fraud-v3",
        "Argo CD prunes it once somebody confirms, and what it serves ends",
    ),
    Effect(
        "run-stopped",
        "dev/churn/train",
        "dev/churn/train/rayjob.yaml",
        "RayJob",
        "churn-1f2e3d4c",
        "the run leaves Git before its deadline of 6h: what it did since its last checkpoint (at most 20 min) is lost",
        ("metadata.name",),
        "say `onSupersede: finish` to let it end",
        Location(CHURN, 18, 5),
    ),
    Effect(
        "new-cluster",
        "prod/churn/serve",
        "prod/churn/serve/rayservice.yaml",
        "RayService",
        "churn-v14",
        "a second RayCluster starts beside the one that serves, since the worker's image differs",
        (IMAGE,),
        location=Location("environments/prod/environment.yaml", 31, 9),
    ),
    Effect(
        "run-started",
        "dev/churn/train",
        "dev/churn/train/rayjob.yaml",
        "RayJob",
        "churn-9a8b7c6d",
        "a run starts, since hyperparameters differ",
        ("metadata.name",),
        location=Location(CHURN, 16, 22),
    ),
    Effect(
        "routes",
        "prod/churn/serve",
        "prod/churn/serve/httproute.yaml",
        "HTTPRoute",
        "churn",
        "75 of 100 requests go to churn-v14, 25 to churn-v15",
        ("spec.rules[0].backendRefs",),
        location=Location("environments/prod/releases/churn.yaml", 7, 3),
    ),
    Effect(
        "in-place",
        "dev/digits/serve",
        "dev/digits/serve/rayservice.yaml",
        "RayService",
        "digits-v2",
        "Ray Serve restarts the replicas of Predictor with the new code",
        ("spec.serveConfigV2",),
        location=Location("specs/digits/serve.py", 4, 1),
    ),
    Effect(
        "scaled",
        "prod/churn/serve",
        "prod/churn/serve/rayservice.yaml",
        "RayService",
        "churn-v14",
        "Predictor keeps 4 replicas where it kept 2",
        ("spec.serveConfigV2",),
        location=Location(CHURN, 31, 21),
    ),
    Effect(
        "configured",
        "dev/digits/serve",
        "dev/digits/serve/code.yaml",
        "ConfigMap",
        "digits-code",
        "its content changes; pods read it when they start",
        ("data.serve.py",),
        location=Location("specs/digits/serve.py", 4, 1),
    ),
    Effect(
        "ignored",
        "prod/churn/serve",
        "prod/churn/serve/rayservice.yaml",
        "RayService",
        "churn-v14",
        "the operator keeps the old maxReplicas of a worker group that runs",
        ("spec.rayClusterConfig.workerGroupSpecs[workers].maxReplicas",),
        "raise `autoscaling.maxWorkers` of the environment, which starts a new cluster",
        Location(CHURN, 31, 29),
    ),
    Effect(
        "nothing",
        "dev/iris/serve",
        "dev/iris/serve/rayservice.yaml",
        "RayService",
        "iris-v1",
        "only annotations that nobody reads differ",
        ("metadata.annotations",),
    ),
)

CAPACITY = (
    CapacityChange(
        "dev",
        "EUR",
        (Gpus("T4", 2, 2, 4, 8, None),),
        Cost(365.0, 365.0),
        Cost(2.5, 4.5),
        (RunCost("churn", 24.0, 36.0),),
    ),
    CapacityChange(
        "prod",
        "EUR",
        (Gpus("A100", 4, 4, 4, 12, 8), Gpus("T4", 2, 4, 6, 6, 10)),
        Cost(8_760.0, 10_000.4),
        Cost(14.0, 38.25),
        (),
        9_500.0,
    ),
)

RISKS = (
    Risk(
        "churn",
        "dev",
        "low",
        "low",
        (RiskFactor("hyperparameters", "low", "the learning rate differs", Location(CHURN, 16, 22)),),
        "rolling",
    ),
    Risk(
        "churn",
        "prod",
        "high",
        "medium",
        (
            RiskFactor(
                "serving image",
                "medium",
                "the image of the workers differs",
                Location("environments/prod/environment.yaml", 31, 9),
            ),
            RiskFactor("raised", "high", "environments/prod/releases/churn.yaml asks for it"),
        ),
        "canary",
        (
            ApprovalNeeded("ml-platform", ("@example/platform",)),
            ApprovalNeeded("model-owner", ("@example/growth",), "@example/growth"),
            ApprovalNeeded(
                "security", ("@example/security",), "@example/security", "the change grew after it: 8 A100 became 12"
            ),
        ),
    ),
)

POLICY = PolicyDiff(
    (
        VerdictFlip(
            "cost.gpu-limit",
            "churn@prod",
            "spec",
            "allowed",
            "denied",
            "allowed",
            "denied",
            "expected at most 8 A100, got 12",
            Location(CHURN, 31, 29),
        ),
        VerdictFlip(
            "data.region",
            "digits@prod",
            "policy",
            "denied",
            "denied",
            "allowed",
            "allowed",
            "expected a region in the EU, got us-east-1",
            Location("specs/digits/model.yaml", 9, 5),
        ),
        VerdictFlip(
            "serving.owner",
            "iris@dev",
            "both",
            "allowed",
            "allowed",
            "allowed",
            "warned",
            "an owner should be named",
            Location("specs/iris/model.yaml", 3, 3),
        ),
        VerdictFlip(
            "data.freshness",
            "digits@staging",
            "policy",
            "denied",
            "denied",
            "waived",
            "waived",
            "expected data of the last 30 days, got 2026-08-01",
            Location("specs/digits/model.yaml", 9, 5),
            waiver="policies/waivers/digits-freshness.yaml",
        ),
    ),
    (
        Witness(
            "cost.gpu-limit",
            "staging",
            "denied",
            "allowed",
            "16 T4 in staging becomes allowed",
            {"spec": {"serving": {"replicas": {"min": 16}, "accelerators": {"type": "T4", "perReplica": 1}}}},
        ),
    ),
    4_096,
    (
        Lapse(
            "policies/waivers/churn-owner.yaml", "serving.owner", "churn@prod", "2026-12-01", "an owner must be named"
        ),
    ),
    ("cost.gpu-limit", "data.region"),
    renewals=(
        Renewal(
            "policies/waivers/iris-deadline.yaml",
            "cost.deadline",
            "iris@dev",
            "2026-11-30",
            "2027-01-31",
            "expected at most 2h, got 4h",
        ),
    ),
)

REPORT = Report(
    tuple(
        in_order(
            [
                Finding(
                    Location(CHURN, 31, 29),
                    "policy/cost.gpu-limit",
                    "error",
                    "expected at most 8 A100, got 12",
                    "lower replicas.max, or ask for a waiver",
                    "/spec/serving/replicas/max",
                    "churn@prod",
                    ((Location("environments/prod/environment.yaml", 9, 19), "the limit is set here"),),
                ),
                Finding(
                    Location("specs/broken/model.yaml", 4, 3),
                    "spec/unknown-field",
                    "error",
                    "expected a field of a model, got `tast`",
                    "did you mean `task`?",
                    subject="broken@dev",
                ),
                Finding(
                    Location("specs/iris/model.yaml", 3, 3),
                    "policy/serving.owner",
                    "warning",
                    "an owner should be named",
                    subject="iris@dev",
                ),
                Finding(
                    Location(CHURN, 3, 3),
                    "policy/serving.owner",
                    "error",
                    "an owner must be named",
                    subject="churn@prod",
                    waived="policies/waivers/churn-owner.yaml",
                ),
            ]
        )
    ),
    36,
    2,
    (Skipped("fraud@prod", "no release: nothing serves here yet"),),
    engine="opa 1.21.3",
)


def mass(targets: int = 42, odd: int = 0) -> Story:
    """The same change of as many models; the first `odd` of them get an image of their own."""
    changes, effects = [], []
    for number in range(targets):
        model = f"model-{number:02}"
        image = f"{NEW_IMAGE[:-2]}{number % 10}0" if number < odd else NEW_IMAGE
        fields = (
            FieldChange("metadata.labels.mlgitops.dev/model", ABSENT, model),
            FieldChange(IMAGE, OLD_IMAGE, image),
            FieldChange("spec.serveConfigV2.applications[0].name", f"{model}-v1", f"{model}-v1-b"),
        )
        changes.append(
            TargetChange(
                "changed",
                f"prod/{model}",
                (
                    ObjectChange(
                        "changed", "serve/rayservice.yaml", "RayService", f"{model}-v1", "models", fields, f"{model}-v1"
                    ),
                ),
            )
        )
        effects.append(
            Effect(
                "new-cluster",
                f"prod/{model}/serve",
                f"prod/{model}/serve/rayservice.yaml",
                "RayService",
                f"{model}-v1",
                f"a second RayCluster starts beside that of {model}-v1, since the worker's image differs",
                (IMAGE,),
                location=Location("environments/prod/environment.yaml", 31, 9),
            )
        )
    capacity = CapacityChange("prod", "USD", (Gpus("T4", 42, 42, 42, 84, 100),), Cost(1_000.0, 1_000.0), Cost(1.5, 3.0))
    return Story(Plan(BASE, tuple(changes), (), 958), tuple(effects), (capacity,))


EMPTY = Story(Plan(BASE, (), (), 0))

HOSTILE = (
    "\u202e]]><img src=x onerror=alert(1)><script>alert(1)</script> @team #1 [x](javascript:alert(1)) `|` -- --> "
    "${{ x }} {{ 7 * 7 }} {% raw %} \x1b[31m\r\n# h\n::error::x 'q' \"q\""
)


def hostile(text: str = HOSTILE) -> tuple[Story, Report]:
    """A story, and its report, in which a stranger wrote everything that strangers write."""
    place = Location(f"specs/{text}/model.yaml", 1, 1)
    change = ObjectChange(
        "changed",
        f"{text}.yaml",
        text,
        text,
        text,
        (FieldChange(text, text, {text: [text]}), FieldChange(f"b.{text}", ABSENT, f"{text}\n{text}")),
        text,
    )
    plan = Plan(
        BASE,
        (TargetChange("changed", f"dev/{text}", (change,)),),
        (VerdictChange(text, "a.b", "allowed", "denied", text),),
        0,
        (NotCompared(text, "base"),),
    )
    effects = (
        Effect("new-cluster", f"dev/{text}/serve", f"dev/{text}/{text}.yaml", text, text, text, (text,), text, place),
    )
    capacity = (
        CapacityChange(
            text, text, (Gpus(text, 1, 2, 3, 4, 1),), Cost(1.0, 2.0), Cost(1.0, 2.0), (RunCost(text, 1.0, 1.0),), 1.0
        ),
    )
    risks = (
        Risk(
            text,
            text,
            "high",
            "low",
            (RiskFactor(text, "high", text, place),),
            "canary",
            (ApprovalNeeded(text, (text,), text, text),),
        ),
    )
    policy = PolicyDiff(
        (VerdictFlip(text, text, "both", "denied", "denied", "denied", "allowed", text, place),),
        (Witness(text, text, "denied", "allowed", text, {text: text}),),
        1,
        (Lapse(text, text, text, text, text),),
        (text,),
    )
    finding = Finding(place, "policy/a.b", "error", text, text, f"/{text}", text, ((place, text),))
    report = Report(
        (finding, finding._replace(severity="warning", message=f"{text}!")),
        1,
        1,
        (Skipped(text, text),),
        engine="opa 1.21.3",
    )
    return Story(plan, effects, capacity, risks, policy, (text,)), report
