"""NetworkPolicies as nftables rules: each of the API's words, and whether nft takes what is said."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from tests.lab.node.policies import Pod, pods_of, ruleset, selects

Object = dict[str, Any]

WEB = Pod("web", "shop", "10.88.1.2", {"app": "web"}, {"http": 8080})
DB = Pod("db", "shop", "10.88.1.3", {"app": "db"})
SCRAPER = Pod("scraper", "monitoring", "10.88.1.4")
NAMESPACES = {
    "shop": {"kubernetes.io/metadata.name": "shop"},
    "monitoring": {"kubernetes.io/metadata.name": "monitoring"},
}


def policy(pod_selector: Object, **spec: Any) -> Object:
    return {"metadata": {"name": "one", "namespace": "shop"}, "spec": {"podSelector": pod_selector, **spec}}


def chain(text: str, name: str) -> list[str]:
    """The rules of one chain; its comment is not among them."""
    lines = text.splitlines()
    begin = lines.index(f"  chain {name} {{")
    return [line.strip() for line in lines[begin + 2 : lines.index("  }", begin)]]


def rules(spec: Object, pods: list[Pod], name: str) -> list[str]:
    return chain(ruleset([policy({"matchLabels": {"app": "web"}}, **spec)], pods, NAMESPACES), name)


def test_who_is_not_selected_is_not_restricted() -> None:
    text = ruleset([policy({"matchLabels": {"app": "other"}}, policyTypes=["Ingress"])], [WEB, DB], NAMESPACES)
    assert "drop" not in text
    assert chain(text, "input") == ["ct state established,related accept"]


def test_nothing_allowed_is_everything_denied() -> None:
    text = ruleset([policy({}, policyTypes=["Ingress", "Egress"])], [WEB], NAMESPACES)
    assert chain(text, "in_10_88_1_2") == chain(text, "out_10_88_1_2") == ["counter drop"]
    known = "ct state established,related accept"
    leaving = "ip saddr 10.88.1.2 jump out_10_88_1_2"
    assert chain(text, "forward") == [known, leaving, "ip daddr 10.88.1.2 jump in_10_88_1_2"]
    assert chain(text, "input") == [known, leaving]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, ["return"]),
        ({"ports": [{"port": 8080}]}, ["tcp dport 8080 return"]),
        ({"ports": [{"port": "http"}]}, ["tcp dport 8080 return"]),
        ({"ports": [{"port": "grpc"}]}, []),
        ({"ports": [{"protocol": "UDP"}]}, ["meta l4proto udp return"]),
        ({"ports": [{"port": 8000, "endPort": 8010}]}, ["tcp dport 8000-8010 return"]),
        ({"from": [{"podSelector": {}}]}, ["ip saddr 10.88.1.2 return", "ip saddr 10.88.1.3 return"]),
        ({"from": [{"podSelector": {"matchLabels": {"app": "db"}}}]}, ["ip saddr 10.88.1.3 return"]),
        (
            {
                "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
                "ports": [{"port": 9464}],
            },
            ["ip saddr 10.88.1.4 tcp dport 9464 return"],
        ),
        (
            {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "db"}}}]},
            ["ip saddr 10.88.1.3 return"],
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/30", "except": ["10.0.0.2/31"]}}]},
            ["ip saddr 10.0.0.0/31 return"],
        ),
    ],
)
def test_ingress(rule: Object, expected: list[str]) -> None:
    got = rules({"ingress": [rule]}, [WEB, DB, SCRAPER], "in_10_88_1_2")
    assert got == [*expected, "counter drop"]


def test_a_named_port_is_the_other_end_s_where_it_is_called() -> None:
    db = DB._replace(ports={"sql": 5432})
    rule = {"to": [{"podSelector": {}}], "ports": [{"port": "sql"}]}
    got = rules({"egress": [rule], "policyTypes": ["Egress"]}, [WEB, db], "out_10_88_1_2")
    assert got == ["ip daddr 10.88.1.3 tcp dport 5432 return", "counter drop"]


def test_policies_add_up() -> None:
    one, two = ({"ingress": [{"ports": [{"port": port}]}]} for port in (80, 443))
    got = chain(ruleset([policy({}, **one), policy({}, **two)], [WEB], NAMESPACES), "in_10_88_1_2")
    assert got == ["tcp dport 80 return", "tcp dport 443 return", "counter drop"]


def test_another_namespace_s_policy_is_not_ours() -> None:
    assert "drop" not in ruleset([policy({}, policyTypes=["Ingress"])], [SCRAPER], NAMESPACES)


@pytest.mark.parametrize(
    ("selector", "labels", "expected"),
    [
        ({}, {}, True),
        ({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"matchLabels": {"a": "1"}}, {"a": "2"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, {"a": "2"}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {"a": "1"}, False),
    ],
)
def test_selectors(selector: Object, labels: dict[str, str], expected: bool) -> None:
    assert selects(selector, labels) is expected


def test_an_unknown_operator_is_no_match() -> None:
    with pytest.raises(ValueError, match="got Gt"):
        selects({"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}, {})


def test_pods_that_ended_or_have_no_address_of_their_own_do_not_count() -> None:
    def pod(name: str, phase: str, address: str | None, **spec: Any) -> Object:
        ports = [{"name": "http", "containerPort": 80}]
        spec = {"containers": [{"ports": ports}], **spec}
        return {
            "metadata": {"name": name, "namespace": "shop"},
            "spec": spec,
            "status": {"phase": phase, "podIP": address},
        }

    objects = [
        pod("here", "Running", "10.88.1.9"),
        pod("ended", "Succeeded", "10.88.1.10"),
        pod("waiting", "Pending", None),
        pod("node", "Running", "10.88.0.1", hostNetwork=True),
    ]
    assert pods_of(objects) == [Pod("here", "shop", "10.88.1.9", {}, {"http": 80})]


def test_nft_takes_it() -> None:
    nft = shutil.which("nft", path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert nft, "apt install nftables"
    spec = {
        "ingress": [
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/30", "except": ["10.0.0.2/31"]}}], "ports": [{"port": 1}]}
        ],
        "egress": [{"ports": [{"protocol": "UDP"}, {"port": 8000, "endPort": 8010}]}],
    }
    text = ruleset([policy({}, **spec)], [WEB, DB], NAMESPACES)
    command = ["unshare", "--net", nft, "--check", "--file", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
