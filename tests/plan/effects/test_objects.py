"""Everything that neither trains nor serves by itself."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.plan.effect import EFFECT_CLASSES, Effect
from mlgitops.plan.effects.all import ORDER, effects_of, in_order
from mlgitops.plan.effects.change import Around, Change
from mlgitops.plan.effects.objects import CHANGED, object_effects
from tests.plan.effects.objects import CONFIRMED, KEPT, an_object, edited, job, service

Json = Any


def told(before: Json, after: Json, file: str = "serve/object.yaml", **around: Json) -> list[tuple[str, str]]:
    old, new = ({file: one} if one is not None else {} for one in (before, after))
    return [(one.effect, one.reason) for one in effects_of("dev/churn", old, new, Around("1.6.2", **around))]


def route(**weights: int) -> Json:
    match = {"path": {"type": "PathPrefix", "value": "/churn"}}
    backends = [{"name": name, "weight": weight} for name, weight in (weights or {"churn": 100}).items()]
    return an_object("HTTPRoute", spec={"rules": [{"matches": [match], "backendRefs": backends}]})


def test_routes() -> None:
    assert told(None, route()) == [("routes", "requests to /churn reach the model")]
    assert told(route(), route(churn=5)) == [
        ("routes", "requests go elsewhere: rules[0].backendRefs[churn].weight 100 → 5")
    ]
    assert told(route(), route(v1=95, v2=5)) == [("routes", "requests go to v1 95 %, v2 5 %; before, to churn 100 %")]
    assert told(route(v1=95, v2=5), route(v1=75, v2=25)) == [
        ("routes", "requests go to v1 75 %, v2 25 %; before, to v1 95 %, v2 5 %")
    ]
    assert told(route(), None) == [
        ("removed", "HTTPRoute churn goes when Argo CD syncs: requests to the model find nobody")
    ]
    assert told(route(), edited(route(), "metadata", "name", value="other")) == [
        ("routes", "requests are routed by other; churn is pruned")
    ]
    labelled = edited(route(), "metadata", "labels", value={"a": "b"})
    assert told(route(), labelled) == [("configured", "metadata.labels: requests go where they went")]
    old = an_object("Service", spec={"selector": {"app": "a"}})
    assert told(old, edited(old, "spec", "selector", "app", value="b")) == [
        ("routes", "requests go elsewhere: selector.app a → b")
    ]


@pytest.mark.parametrize("kind", sorted(CHANGED.keys() - {"HTTPRoute", "Service", "Deployment"}))
def test_edits_in_place(kind: str) -> None:
    old = an_object(kind, spec={"a": 1})
    assert told(old, edited(old, "spec", "a", value=2)) == [("configured", f"a 1 → 2: {CHANGED[kind]}")]


def test_kinds_that_nobody_here_knows() -> None:
    old = an_object("ExternalSecret", spec={"a": 1})
    assert told(old, edited(old, "spec", "a", value=2)) == [
        ("configured", "a 1 → 2: what its controller makes of it, mlgitops does not know")
    ]
    assert told(None, old) == [("configured", "ExternalSecret churn is made")]
    assert told(old, None) == [("removed", "ExternalSecret churn goes when Argo CD syncs: what it was for is gone")]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_pods_of_a_deployment_are_replaced(kind: str) -> None:
    old = an_object(kind, spec={"template": {"spec": {"a": 1}}, "replicas": 1})
    assert told(old, edited(old, "spec", "template", "spec", "a", value=2)) == [
        ("in-place", f"Kubernetes replaces the pods of {kind} churn, some at a time: template.spec.a 1 → 2")
    ]
    assert told(old, edited(old, "spec", "replicas", value=2))[0][0] == "configured"


def test_refused() -> None:
    old = an_object("Job", spec={"template": {"a": 1}, "backoffLimit": 1})
    assert told(old, edited(old, "spec", "template", "a", value=2), "train/job-evaluate.yaml") == [
        (
            "refused",
            "the API server refuses to change template.a 1 → 2 of Job churn, and the sync of dev.churn.train fails",
        )
    ]
    assert told(old, edited(old, "spec", "backoffLimit", value=2))[0][0] == "configured"
    code = an_object("ConfigMap", immutable=True, data={"a": "1"})
    assert told(code, edited(code, "data", "a", value="2")) == [
        (
            "refused",
            "the API server refuses to change data.a 1 → 2 of ConfigMap churn, and the sync of dev.churn.serve fails",
        )
    ]
    assert told(code, edited(code, "metadata", "labels", value={"a": "b"}))[0][0] == "configured"
    plain = an_object("ConfigMap", data={"a": "1"})
    assert told(plain, edited(plain, "data", "a", value="2"))[0][0] == "configured"


@pytest.mark.parametrize(
    ("annotations", "around", "expected"),
    [
        (None, {}, ("removed", "Namespace churn goes when Argo CD syncs: everything in it goes with it")),
        (
            CONFIRMED,
            {},
            (
                "removed",
                "Namespace churn goes once a person confirms in Argo CD (Prune=confirm): everything in it goes with it",
            ),
        ),
        (KEPT, {}, ("nothing", "Namespace churn stays on the cluster: Argo CD prunes it never")),
        (
            None,
            {"protected": True},
            ("removed", "Namespace churn goes when Argo CD syncs: everything in it goes with it"),
        ),
        (
            CONFIRMED,
            {"protected": True, "leaving": frozenset(["train"])},
            (
                "removed",
                "Namespace churn goes once a person confirms in Argo CD (Prune=confirm): everything in it goes with it",
            ),
        ),
    ],
)
def test_objects_that_leave(annotations: dict[str, str] | None, around: Json, expected: tuple[str, str]) -> None:
    assert told(an_object("Namespace", annotations=annotations), None, **around) == [expected]


def test_each_object_of_a_part_that_leaves_goes_with_its_application() -> None:
    change = Change("dev/churn", "serve/a.yaml", an_object("Service", annotations=KEPT), None, (), Around("1.6.2"))
    cases = {
        False: "Service churn goes with the Application dev.churn.serve: requests to the model find nobody",
        True: "Service churn goes once a person deletes the Application dev.churn.serve; until then it stays: requests"
        " to the model find nobody",
    }
    for protected, said in cases.items():
        around = Around("1.6.2", protected, leaving=frozenset(["serve"]))
        assert [(one.effect, one.reason) for one in object_effects(change._replace(around=around))] == [
            ("removed", said)
        ]


def test_a_part_that_leaves_takes_nothing_of_another_along() -> None:
    before = {"serve/a.yaml": service(), "train/c.yaml": an_object("ConfigMap", "code")}
    found = effects_of("dev/churn", before, {}, Around("1.6.2", leaving=frozenset(["serve"])))
    assert [(one.target, one.object_kind) for one in found] == [
        ("dev/churn/train", "ConfigMap"),
        ("dev/churn/serve", "Application"),
    ]


def test_an_object_in_another_file_is_the_same_object() -> None:
    old = an_object("ConfigMap", data={"a": "1"})
    new = edited(old, "data", "a", value="2")
    found = effects_of("dev/churn", {"serve/a.yaml": old}, {"serve/b.yaml": new}, Around("1.6.2"))
    assert [(one.effect, one.file) for one in found] == [("configured", "dev/churn/serve/b.yaml")]
    assert "a 1 → 2" in found[0].reason


def test_an_environments_own_object_leaves_with_no_application() -> None:
    around = Around("1.6.2", leaving=frozenset(["", "serve"]))
    (one,) = effects_of("dev/_environment", {"q.yaml": an_object("Namespace")}, {}, around)
    assert one.reason == "Namespace churn goes when Argo CD syncs: everything in it goes with it"


def test_a_template_of_what_has_no_pods_replaces_none() -> None:
    old = an_object("ApplicationSet", spec={"template": {"spec": {"a": 1}}})
    assert [one for one, _ in told(old, edited(old, "spec", "template", "spec", "a", value=2))] == ["configured"]


def test_what_is_immutable_elsewhere_is_no_affair_of_the_api_server() -> None:
    old = an_object("ExternalSecret", immutable=True, data={"a": "1"})
    assert [one for one, _ in told(old, edited(old, "data", "a", value="2"))] == ["configured"]


def test_jobs_and_code_are_named_by_their_contents() -> None:
    old, new = (an_object("Job", f"churn-evaluate-{n}", KEPT if n == 1 else None) for n in (1, 2))
    assert told(old, new) == [
        (
            "configured",
            "the Job churn-evaluate-2 starts, and ends at once where its run has a result; churn-evaluate-1 stays",
        )
    ]
    assert told(None, new) == [("configured", "the Job churn-evaluate-2 starts, and waits for what it follows")]
    old, new = (an_object("ConfigMap", f"code-{n}") for n in (1, 2))
    assert told(old, new) == [("configured", "ConfigMap code-2 is made, named by its contents; code-1 is pruned")]


def test_another_kind_in_the_same_file_is_one_that_leaves_and_one_that_comes() -> None:
    assert [one for one, _ in told(job(), service())] == ["run-stopped", "new-cluster"]


def test_what_belongs_to_an_environment() -> None:
    old = an_object("ResourceQuota", spec={"hard": {"pods": "10"}})
    (one,) = effects_of("dev/_environment", {"q.yaml": old}, {}, Around("1.6.2"))
    assert (one.target, one.file) == ("dev/_environment", "dev/_environment/q.yaml")


def test_the_gravest_first() -> None:
    assert list(ORDER) == list(EFFECT_CLASSES)
    pairs = [(None, route()), (job(), None), (service(), None), (None, job())]
    found = [
        one
        for a, b in pairs
        for one in effects_of(
            "dev/churn", {"train/a.yaml": a} if a else {}, {"train/a.yaml": b} if b else {}, Around("1.6.2")
        )
    ]
    assert [one.effect for one in in_order(found)] == ["removed", "run-stopped", "run-started", "routes"]


def test_a_part_that_leaves_or_comes_whole_is_one_application() -> None:
    objects = [service(), route(), *(an_object("ConfigMap", f"c{n}") for n in (1, 2))]
    files = {f"serve/{number}.yaml": one for number, one in enumerate(objects)}
    what = "RayService churn-v1, HTTPRoute churn and 2 more objects"
    cases = {
        False: f"goes with {what}, and nobody answers",
        True: f"keeps {what} until a person deletes it: nothing that "
        "is protected goes by a commit; then nobody answers",
    }
    for protected, said in cases.items():
        around = Around("1.6.2", protected, leaving=frozenset(["serve"]))
        (one,) = effects_of("dev/churn", files, {}, around)
        assert one == Effect(
            "removed",
            "dev/churn/serve",
            "dev/churn/serve",
            "Application",
            "dev.churn.serve",
            f"the Application dev.churn.serve {said}",
        )
    found = effects_of("dev/churn", {}, files, Around("1.6.2", arriving=frozenset(["serve"])))
    assert [(one.effect, one.name, one.reason) for one in found][2:] == [
        ("configured", "dev.churn.serve", "the Application dev.churn.serve comes with 2 objects")
    ]
    assert [one.effect for one in found] == ["new-cluster", "routes", "configured"]
