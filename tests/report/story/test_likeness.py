"""When changes are told as one: never when they differ in more than their own names."""

from __future__ import annotations

import pytest

from mlgitops.plan.changes import ObjectChange, Plan, TargetChange
from mlgitops.plan.effect import EFFECT_CLASSES, Effect
from mlgitops.plan.fields import FieldChange
from mlgitops.plan.risk import Risk, RiskFactor
from mlgitops.report.story.change_groups import change_groups
from mlgitops.report.story.effect_groups import TONES, effect_groups
from mlgitops.report.story.findings import CODES, SEVERITIES
from mlgitops.report.story.headline import DOES
from mlgitops.report.story.likeness import neutral, own_names
from mlgitops.report.story.risk_groups import risk_groups
from tests.report.stories import BASE, EFFECTS, mass, rich


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("churn-9a8b7c6d", "‹name›"),
        ("run 9a8b7c6d of churn", "run ‹id› of ‹model›"),
        ("churned churn2 achurn", "churned churn2 achurn"),
        ("registry.example.com/churn:1", "registry.example.com/‹model›:1"),
        ("digits-9a8b7c6d", "digits-‹id›"),
        ("churn-00c0ffee stays", "‹other name› stays"),
        ("churn-00c0ffee-sign", "‹model›-00c0ffee-sign"),
    ],
)
def test_only_own_names_are_put_aside(text: str, says: str) -> None:
    assert neutral(text, own_names("dev/churn", "churn-9a8b7c6d")) == says


def test_a_job_of_a_former_run_is_its_like() -> None:
    own = own_names("dev/churn", "churn-9a8b7c6d-evaluate-5e3f1")
    text = "the Job churn-9a8b7c6d-evaluate-5e3f1 starts; churn-1f2e3d4c-evaluate-99aa0 stays"
    assert neutral(text, own) == "the Job ‹name› starts; ‹other name› stays"


def test_what_an_environment_shares_has_no_model() -> None:
    assert neutral("_environment of dev", own_names("dev/_environment", "all")) == "_environment of ‹environment›"
    assert neutral("argocd", own_names("argocd")) == "argocd"


def grouped(*changes: tuple[str, ObjectChange]) -> list[tuple[str, ...]]:
    targets = tuple(TargetChange("changed", target, (change,)) for target, change in changes)
    return [group.targets for group in change_groups(Plan(BASE, targets, (), 0))]


def service(name: str, *fields: FieldChange, file: str = "serve/a.yaml", kind: str = "Service") -> ObjectChange:
    return ObjectChange("changed", file, kind, name, "models", fields, name)


IMAGE = FieldChange("spec.image", "x@sha256:" + "1" * 64, "x@sha256:" + "2" * 64)


def test_the_same_change_is_one() -> None:
    assert grouped(("dev/one", service("one", IMAGE)), ("dev/two", service("two", IMAGE))) == [("dev/one", "dev/two")]


@pytest.mark.parametrize(
    "other",
    [
        service("two", IMAGE._replace(after="x@sha256:" + "2" * 63 + "3")),
        service("two", IMAGE._replace(after="evil@sha256:" + "2" * 64)),
        service("two", IMAGE._replace(path="spec.other")),
        service("two", IMAGE, FieldChange("spec.more", 1, 2)),
        service("two", IMAGE, file="serve/b.yaml"),
        service("two", IMAGE, kind="Pod"),
        service("two", IMAGE)._replace(kind="replaced"),
        service("two", IMAGE._replace(after=1)),
    ],
)
def test_one_that_differs_in_anything_stands_alone(other: ObjectChange) -> None:
    assert grouped(("dev/one", service("one", IMAGE)), ("dev/two", other)) == [("dev/one",), ("dev/two",)]


def test_the_name_of_another_is_not_put_aside() -> None:
    """Each gets what the other is called: that is no change of their own names."""
    crossed = [service(name, FieldChange("spec.route", "x", other)) for name, other in (("one", "two"), ("two", "one"))]
    assert len(grouped(("dev/one", crossed[0]), ("dev/two", crossed[1]))) == 2
    own = [service(name, FieldChange("spec.route", "x", name)) for name in ("one", "two")]
    assert len(grouped(("dev/one", own[0]), ("dev/two", own[1]))) == 1


def test_one_of_forty_two_with_another_image_is_told_apart() -> None:
    groups = change_groups(mass(odd=1).plan)
    assert [len(group.targets) for group in groups] == [1, 41]
    assert [len(group.fields) for group in groups] == [3, 3]


def test_a_value_is_compared_whole_where_only_its_beginning_is_shown() -> None:
    long = "x" * 500
    one, other = (FieldChange("data.a", long, long + end) for end in ("y", "z"))
    assert len(grouped(("dev/one", service("one", one)), ("dev/two", service("two", other)))) == 2


def test_objects_follow_the_gravity_of_their_effects() -> None:
    story = rich()
    titles = [group.title for group in change_groups(story.plan, story.effects)]
    assert titles[:3] == ["Service churn", "RayService fraud-v3", "RayJob churn-1f2e3d4c → churn-9a8b7c6d"]


def test_effects_come_by_gravity_then_by_risk() -> None:
    def effect(name: str, target: str) -> Effect:
        return Effect(name, target, f"{target}/a.yaml", "RayService", "x", f"since {name}")  # type: ignore[arg-type]

    effects = [effect("scaled", "dev/a/serve"), effect("new-cluster", "dev/a/serve"), effect("scaled", "prod/b/serve")]
    risks = [Risk("a", "dev", "low", "low", (), "rolling"), Risk("b", "prod", "high", "high", (), "canary")]
    found = effect_groups([effects[0], effects[2]._replace(reason="other"), effects[1]], risks)
    assert [(group.effect, group.targets) for group in found] == [
        ("new-cluster", ("dev/a/serve",)),
        ("scaled", ("prod/b/serve",)),
        ("scaled", ("dev/a/serve",)),
    ]


def test_every_class_of_effect_is_told() -> None:
    assert set(TONES) == set(EFFECT_CLASSES)
    assert set(DOES) == set(EFFECT_CLASSES) - {"nothing"}
    assert set(CODES) == set(SEVERITIES)
    assert {effect.effect for effect in EFFECTS} == set(EFFECT_CLASSES)


def test_risks_that_differ_in_their_model_alone_are_one() -> None:
    def risk(model: str, reason: str = "the image differs") -> Risk:
        factor = RiskFactor("serving image", "medium", f"{reason} in {model}")
        return Risk(model, "prod", "medium", "medium", (factor,), "canary")

    found = risk_groups([risk("a"), risk("b"), risk("c", "the data differs")])
    assert [group.subjects for group in found] == [("a@prod", "b@prod"), ("c@prod",)]


def test_words_that_happen_to_be_names_keep_nothing_apart() -> None:
    """`/dev/shm` is the same in dev and in staging, though dev is what one of them is called."""
    shared = FieldChange("spec.volumeMounts[/dev/shm]", 1, 2)
    assert len(grouped(("dev/one", service("one", shared)), ("staging/one", service("one", shared)))) == 1


def test_environments_are_names_too() -> None:
    fields = [FieldChange("metadata.namespace", "a", f"{environment}-models") for environment in ("dev", "staging")]
    one, other = (service("one", field) for field in fields)
    assert grouped(("dev/one", one), ("staging/one", other)) == [("dev/one", "staging/one")]
    assert len(grouped(("dev/one", other), ("staging/one", one))) == 2


def test_kinds_have_plurals_and_those_that_matter_come_first() -> None:
    def effects(kind: str) -> list[Effect]:
        return [Effect("removed", f"dev/m{n}/serve", "", kind, f"m{n}", "it goes") for n in range(2)]

    found = effect_groups([*effects("NetworkPolicy"), *effects("Ingress"), *effects("RayService")])
    assert [group.title for group in found] == ["2 RayServices", "2 NetworkPolicies", "2 Ingresses"]
