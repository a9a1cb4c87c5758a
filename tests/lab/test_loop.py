"""Git decides: what is committed becomes live, what is removed goes, what is edited by hand is healed."""

from __future__ import annotations

import pytest

from tests.lab.component import wait_until
from tests.lab.control_plane import Refused
from tests.lab.lab import SimulatedLab

APPLICATION = "dev.digits.serve"
POLICY = "/apis/networking.k8s.io/v1/namespaces/dev-documents/networkpolicies/digits-serve"
SERVICE = "/api/v1/namespaces/dev-documents/services/digits"
ALERTS = "/apis/monitoring.coreos.com/v1/namespaces/dev-documents/prometheusrules"
CLUSTERS = "/apis/ray.io/v1/namespaces/dev-documents/rayclusters"
KEPT = 5.0
"""Seconds in which a state that is wrong would have shown."""


def egress_ports(lab: SimulatedLab) -> set[int]:
    """The ports that pods of digits may reach, live."""
    rules = lab.api(POLICY)["spec"]["egress"]
    return {port["port"] for rule in rules for port in rule.get("ports", [])}


def test_a_change_becomes_live_and_a_revert_takes_it_back(lab: SimulatedLab) -> None:
    former = lab.api(POLICY)["spec"]
    lab.repository.edit("environments/dev/environment.yaml", "egressPorts: [443]", "egressPorts: [443, 5432]")
    lab.repository.render()
    lab.wait_application(APPLICATION, revision=lab.push("Let models in dev reach a database", APPLICATION))
    assert 5432 in egress_ports(lab)
    revision = lab.repository.revert()
    lab.refresh(APPLICATION)
    lab.wait_application(APPLICATION, revision=revision)
    assert lab.api(POLICY)["spec"] == former


def test_a_file_that_is_removed_is_pruned(lab: SimulatedLab) -> None:
    [name] = [each["metadata"]["name"] for each in lab.objects("prometheusrules", "dev-documents")]
    (lab.repository.folder / "rendered/dev/digits/serve/prometheusrule.yaml").unlink()
    lab.wait_application(APPLICATION, revision=lab.push("Alert nobody of digits in dev", APPLICATION))
    with pytest.raises(Refused, match="not found"):
        lab.api(f"{ALERTS}/{name}")


def test_an_edit_by_hand_is_healed(lab: SimulatedLab) -> None:
    former = lab.api(SERVICE)["spec"]["ports"]
    edit = {"spec": {"ports": [{"port": 8000, "targetPort": 9999}]}}
    lab.api(SERVICE, method="PATCH", body=edit, kind="application/strategic-merge-patch+json")
    wait_until(lambda: lab.api(SERVICE)["spec"]["ports"] == former, "the ports of the Service are those of Git", 30)


def test_what_somebody_adds_beside_stays(lab: SimulatedLab) -> None:
    """Server-side apply owns fields, not objects: `docs/argocd.md` says so."""
    edit = {"spec": {"ports": [{"name": "debug", "port": 9999, "targetPort": 9999}]}}
    lab.api(SERVICE, method="PATCH", body=edit, kind="application/strategic-merge-patch+json")
    lab.refresh(APPLICATION)
    lab.assert_quiet(KEPT, APPLICATION)
    assert lab.application(APPLICATION).well
    assert 9999 in {port["port"] for port in lab.api(SERVICE)["spec"]["ports"]}
    lab.api(SERVICE, method="DELETE")


def test_an_object_deleted_by_hand_is_made_again(lab: SimulatedLab) -> None:
    former = lab.api(SERVICE)["metadata"]["uid"]
    lab.api(SERVICE, method="DELETE")

    def again() -> bool:
        try:
            return bool(lab.api(SERVICE)["metadata"]["uid"] != former)
        except Refused:
            return False

    wait_until(again, "there is a Service again", 30)


def test_what_the_autoscaler_writes_is_not_healed(lab: SimulatedLab) -> None:
    cluster = lab.active_cluster("digits-v2", "dev-documents")
    path = f"{CLUSTERS}/{cluster['metadata']['name']}"
    [group] = cluster["spec"]["workerGroupSpecs"]
    wanted = group["maxReplicas"]
    assert group["replicas"] != wanted
    lab.plane.patch(path, {"spec": {"workerGroupSpecs": [{**group, "replicas": wanted}]}})
    lab.refresh(APPLICATION)
    lab.assert_quiet(KEPT, APPLICATION)
    assert lab.application(APPLICATION).well
    assert lab.api(path)["spec"]["workerGroupSpecs"][0]["replicas"] == wanted


def test_an_array_default_left_out_would_be_synced_for_ever(lab: SimulatedLab) -> None:
    """What `gitops/array-default-missing` is about, and what `assert_quiet` is there to see."""
    folder = lab.repository.folder / "rendered"
    lab.repository.edit("rendered/dev/digits/serve/rayservice.yaml", "      numOfHosts: 1\n", "")
    template = "rendered/argocd/applicationset-dev-serve.yaml"
    lab.repository.edit(template, '        argocd.argoproj.io/compare-options: "ServerSideDiff=true"\n', "")
    assert "ServerSideDiff" not in (folder.parent / template).read_text()
    lab.push("Leave a default to the API server")
    lab.wait_application("mlgitops-root", revision=lab.repository.head())
    wait_until(lambda: _differs(lab), f"{APPLICATION} is compared in the old way", 30)
    with pytest.raises(AssertionError, match=f"synced again within .*{APPLICATION}"):
        lab.assert_quiet(15)


def _differs(lab: SimulatedLab) -> bool:
    lab.refresh(APPLICATION, "hard")
    return lab.application(APPLICATION).sync == "OutOfSync"
