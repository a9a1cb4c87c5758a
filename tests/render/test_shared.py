"""Objects that several Applications would manage: one finding for each file that gives one, whole."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.render.shared import Claim, Named, check_claims, named
from mlgitops.source import Location

PATH = "environments/dev/templates/notes.yaml"
NOTES = Named("train/template-notes.yaml", "", "ConfigMap", "dev-models", "notes")
ROLE = Named("train/template-role.yaml", "rbac.authorization.k8s.io", "ClusterRole", "", "reader")
ALPHA = Claim("one", "dev-models", NOTES, "alpha@dev", PATH)
BETA = ALPHA._replace(subject="beta@dev")
TEMPLATE_HINT = "begin its name with {{ metadata.name }}, or make it once: in the environment's kustomization.yaml"
OWN_HINT = "what a model has by itself keeps its name: give what the template or kustomization.yaml makes another one"
FILE_HINT = "give one of them another name, such as one with the environment's in it"


def located(claim: Claim) -> Location:
    return Location(claim.path, 4, 9)


def finding(path: str, message: str, subject: str, hint: str, related: tuple[Location, str] | None = None) -> Finding:
    place = Location(path, 4, 9)
    found = Finding(place, "gitops/shared-resource", "error", message, hint, "", subject)
    return found._replace(related=(related,)) if related else found


def test_a_template_that_names_every_model_s_object_alike_is_said_once() -> None:
    message = "an object must belong to one target, got ConfigMap dev-models/notes of alpha@dev and beta@dev"
    assert check_claims([BETA, ALPHA], located) == [finding(PATH, message, "@dev", TEMPLATE_HINT)]


def test_a_message_names_five_and_counts_the_rest() -> None:
    claims = [ALPHA._replace(subject=f"m{number}@dev") for number in range(9)]
    (found,) = check_claims(claims, located)
    assert found.message == (
        "an object must belong to one target, got ConfigMap dev-models/notes of m0@dev, m1@dev, m2@dev, m3@dev, m4@dev "
        "and 4 more"
    )


def test_both_parts_of_a_model_are_targets_of_their_own() -> None:
    serving = ALPHA._replace(object=NOTES._replace(file="serve/template-more.yaml"), path=f"{PATH}.more")
    message = (
        "an object must belong to one target, got ConfigMap dev-models/notes of alpha@dev (serve) and alpha@dev (train)"
    )
    related = (Location(PATH, 4, 9), "alpha@dev has it")
    assert check_claims([serving, ALPHA], located) == [
        finding(f"{PATH}.more", message, "alpha@dev", FILE_HINT, related)
    ]


def test_a_cluster_wide_object_of_two_environments_on_one_cluster() -> None:
    first = Claim("one", "dev-models", ROLE, "alpha@dev", "environments/dev/templates/role.yaml")
    second = Claim("one", "staging-models", ROLE, "alpha@staging", "environments/staging/templates/role.yaml")
    message = "an object must belong to one target, got ClusterRole reader of alpha@dev and alpha@staging"
    related = (Location(first.path, 4, 9), "alpha@dev has it")
    assert check_claims([second, first], located) == [
        finding(second.path, message, "alpha@staging", FILE_HINT, related)
    ]


def test_what_nobody_asked_about_comes_first_and_is_not_said_itself() -> None:
    message = "an object must belong to one target, got ConfigMap dev-models/notes of alpha@dev and beta@dev"
    assert check_claims([ALPHA], located, [BETA]) == [finding(PATH, message, "alpha@dev", TEMPLATE_HINT)]
    assert check_claims([], located, [ALPHA, BETA]) == []


def test_an_object_without_a_namespace_goes_to_its_application_s() -> None:
    bare = BETA._replace(object=NOTES._replace(namespace=""))
    assert len(check_claims([ALPHA, bare], located)) == 1
    assert check_claims([ALPHA, bare._replace(namespace="other")], located) == []


@pytest.mark.parametrize(
    "other",
    [
        BETA._replace(cluster="two"),
        BETA._replace(object=NOTES._replace(name="beta-notes")),
        BETA._replace(object=NOTES._replace(kind="Secret")),
        BETA._replace(object=NOTES._replace(group="example.com")),
        BETA._replace(object=NOTES._replace(namespace="other")),
    ],
)
def test_what_differs_anywhere_is_silent_and_asks_for_no_line(other: Claim) -> None:
    def never(claim: Claim) -> Location:
        raise AssertionError(claim)

    assert check_claims([ALPHA, other], never) == []


def test_the_name_of_an_object_has_its_group_without_the_version() -> None:
    data = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"}}
    assert named("train/template-role.yaml", data) == ROLE
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes", "namespace": "dev-models"}}
    assert named("train/template-notes.yaml", data) == NOTES


def test_what_a_model_has_by_itself_is_its_own() -> None:
    own = Claim("one", "dev-models", NOTES, "gamma@dev", "specs/gamma/model.yaml", own=True)
    message = "an object must belong to one target, got ConfigMap dev-models/notes of alpha@dev and gamma@dev"
    has = [(Location(path, 4, 9), f"{name}@dev has it") for path, name in ((own.path, "gamma"), (PATH, "alpha"))]
    assert check_claims([ALPHA], located, [own]) == [finding(PATH, message, "alpha@dev", OWN_HINT, has[0])]
    assert check_claims([own], located, [ALPHA]) == [finding(own.path, message, "gamma@dev", OWN_HINT, has[1])]
