"""The gateway's timeout, in the durations that Gateway API reads (GEP-2257)."""

from __future__ import annotations

import re

import pytest

from mlgitops.render.serving import render_serving
from tests.render.serving_models import VERSION, released

GEP_2257 = re.compile(r"([0-9]{1,5}(h|m|s|ms)){1,4}")


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        ("1ms", "5s1ms"),
        ("2500ms", "7s500ms"),
        ("3000ms", "8s"),
        ("30s", "35s"),
        ("10m", "605s"),
        ("24h", "86405s"),
        ("2d", "49h"),
        ("9999999d", "99999h"),
    ],
)
def test_the_gateway_waits_longer_than_serve(timeout, expected):
    resolved = released(version=VERSION.replace("timeout: 2500ms", f"timeout: {timeout}"))
    objects = {one.file: one.data for one in render_serving(resolved)}
    found = objects["httproute.yaml"]["spec"]["rules"][0]["timeouts"]["request"]
    assert found == expected
    assert GEP_2257.fullmatch(found)


def test_clients_of_the_inference_protocol_need_the_host_and_the_name_alone():
    rules = {one.file: one.data for one in render_serving(released())}["httproute.yaml"]["spec"]["rules"]
    assert [rule["matches"][0]["path"]["value"] for rule in rules] == ["/churn", "/v2/models/churn"]
    assert rules[1]["filters"] == [
        {
            "type": "URLRewrite",
            "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/churn/v2/models/churn"}},
        }
    ]
    assert rules[1]["backendRefs"] == rules[0]["backendRefs"]
    assert rules[1]["timeouts"] == rules[0]["timeouts"]
