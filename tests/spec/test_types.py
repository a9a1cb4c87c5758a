"""Each scalar type: what it accepts, what it refuses, and what is said then."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError, create_model

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.documents import types
from mlgitops.spec.documents.types import DESCRIPTIONS, Strict, mebibytes, seconds
from mlgitops.spec.invalid import findings_of
from tests.signers import IDENTITY, PUBLIC_KEY

HEX = "0123456789abcdef" * 4
LABEL = "a" * 63

ACCEPTED: dict[str, tuple[str, ...]] = {
    "Duration": ("1ms", "200ms", "30s", "5m", "6h", "7d", "9999999d"),
    "Size": ("1Ki", "512Mi", "32Gi", "2Ti"),
    "Digest": (f"sha256:{HEX}",),
    "GitObject": (HEX[:40], HEX),
    "DnsLabel": ("a", "growth", "0a", "a-b", LABEL),
    "DnsName": ("models.example.com", "localhost", f"{LABEL}.{LABEL}"),
    "ModelName": ("c", "churn", "breast-cancer", "c" * 30),
    "VersionName": ("v14", "14", "v" * 16),
    "Identifier": ("tenure", "_x", "learningRate", "a" * 63),
    "Column": ("mean radius", "größe", "a.b/c", "x" * 128),
    "Entrypoint": ("train:train_loop", "package.module:Class", "_a:_b"),
    "ImageReference": (
        "registry.example.com/ml/ray:2.60.0",
        f"registry.example.com/ml/ray@sha256:{HEX}",
        f"registry.example.com:5000/ml/ray:2.60.0-py311_cpu@sha256:{HEX}",
        "docker.io/library/python:3.11-slim",
        "ghcr.io/org/sub/name",
        "quay.io/kuberay/operator:v1.6.2",
        "111111111111.dkr.ecr.eu-central-1.amazonaws.com/team/model__v2:latest",
        "europe-docker.pkg.dev/project/repo/a.b-c--d_e:1",
        "localhost/ray:1",
        "localhost:5000/ray",
        "registry:5000/ray",
        "10.0.0.1:5000/ray",
    ),
    "Uri": ("s3://features/customers/v7", "file:///data/x.csv", "gs://a", "models+s3://x?y=z#w", "https://user@host/x"),
    "Route": ("/", "/churn", "/v1/churn.json", "/~team/a-b_c"),
    "Owner": ("@growth", "@growth/churn", "growth@example.com"),
    "Date": ("2026-12-01", "2024-02-29", "2000-02-29", "1000-01-31"),
    "Timestamp": ("2026-11-02T03:00:00Z", "2024-02-29T23:59:59Z"),
    "EnvironmentVariable": ("LOG_LEVEL", "_x", "a1"),
    "HeaderName": ("x-cohort", "Cohort_2", "a" * 63),
    "HeaderValue": ("beta", "b.2_c-d", "a" * 100),
    "LabelKey": ("team", "example.com/cost-centre", "a/b", "A_b.c-d", "x" * 63, "a.b-c.d/E"),
    "LabelValue": ("", "ml-42", "A_b.c", "x" * 63),
    "Cidr": ("10.20.0.0/16", "0.0.0.0/0", "255.255.255.255/32", "10.0.0.1/9"),
    "SemanticVersion": ("1.6.2", "0.0.0", "10.20.30"),
    "EnvironmentName": ("dev", "prod-eu-1", "a" * 20),
    "AcceleratorType": ("A100", "T4", "TPU-v5e"),
    "Cluster": ("in-cluster", "ml-dev", "EU 1", "arn:aws:eks:eu-central-1:111111111111:cluster/ml_dev", "a" * 100),
    "Estimator": ("linear_model.Ridge", "Ridge"),
    "SecretKey": ("token", "api.token", "A_b-c"),
    "Currency": ("EUR",),
    "RuleName": ("cost.gpu-limit", "a.b"),
    "GitUrl": (
        "https://git.example.com/ml/models.git",
        "ssh://git@git.example.com/ml/models",
        "git@git.example.com:ml/models.git",
        "file:///srv/git/models",
    ),
    "HttpsUrl": ("https://oidc.example.com", "https://127.0.0.1:6443/a"),
    "Identity": (IDENTITY, "ml@example.com", "https://example.com/{model}", "a"),
    "Audience": ("sigstore", "https://fulcio.example.com"),
    "PublicKey": (PUBLIC_KEY, PUBLIC_KEY.rstrip("\n")),
    "GitRevision": ("main", "release/1.2", "v1.0.0", HEX[:40]),
    "Text": ("x", "two\nlines", "ä" * 2000),
    "Cron": (
        "* * * * *",
        "0 3 * * 1",
        "*/5 0-6 1,15 */2 0-6",
        "5/10 0 31 12 6",
        "0,30 9-17/2 * 1-3,6 1",
    ),
}

REFUSED: dict[str, tuple[str, ...]] = {
    "Duration": ("", "6", "6 h", "0h", "1.5h", "-1h", "6H", "1h30m", "10000000d", "6h\n", " 6h", "٣h", "1w"),
    "Size": ("", "32", "32GB", "32G", "0Gi", "1.5Gi", "32gi", "10000000Gi", "32Gi\n"),
    "Digest": ("", f"sha256:{HEX.upper()}", f"sha256:{HEX[:-1]}", f"sha256:{HEX}0", f"sha512:{HEX}", HEX),
    "GitObject": ("", "main", HEX[:39], HEX[:41], HEX[:7], HEX[:40].upper()),
    "DnsLabel": ("", "-a", "a-", "A", "a_b", "a.b", LABEL + "a", "ä", "a\n"),
    "DnsName": ("", "a..b", ".a", "a.", "A.b", "a_b.c", f"{LABEL}a.b", "a." * 130 + "a"),
    "ModelName": ("", "1a", "-a", "a-", "Churn", "churn_2", "c" * 31, "churn\n"),
    "VersionName": ("", "v" * 17, "V1", "v.1", "-1", "1-"),
    "Identifier": ("", "1a", "a-b", "a b", "ä", "a" * 64),
    "Column": ("", "a\tb", "a\nb", "x" * 129),
    "Entrypoint": ("", "train", "train.py", "train:", ":train", "train:a:b", "train.py:a b", "a-b:c", "a:b" * 100),
    "ImageReference": (
        "",
        "ray",
        "ray:2.60.0",
        "library/ray:1",
        "rayproject/ray:2.60.0",
        "registry.example.com",
        "registry.example.com/",
        "registry.example.com/Ray:1",
        "registry.example.com//ray:1",
        "registry.example.com/ray:",
        "registry.example.com/ray:1:2",
        "registry.example.com/ray:-1",
        "registry.example.com/ray@sha256:abc",
        "registry.example.com/ray:" + "x" * 129,
        "https://registry.example.com/ray:1",
        "registry.example.com/ray:1 --privileged",
        "registry.example.com/../ray:1",
        "-registry.example.com/ray",
        "registry.example.com/" + "a" * 400,
    ),
    "Uri": (
        "",
        "features/v7",
        "s3:/x",
        "s3://",
        "S3://x",
        "s3://a b",
        "s3://a\nb",
        "s3://a\tb",
        "1s://x",
        "s3://" + "x" * 1001,
    ),
    "Route": (
        "",
        "churn",
        "/churn/",
        "//",
        "/a//b",
        "/..",
        "/a/../b",
        "/./a",
        "/a/.",
        "/a b",
        "/a?b",
        "/%2f",
        "/" + "x" * 200,
    ),
    "Owner": ("", "growth", "@", "@-a", "@a/b/c", "a@", "@a b", "a b@example.com"),
    "Date": (
        "",
        "2026-13-01",
        "2026-00-01",
        "2026-01-32",
        "2026-1-1",
        "0000-01-01",
        "2026-12-01T00:00:00Z",
        "01.12.2026",
    ),
    "Timestamp": (
        "",
        "2026-11-02",
        "2026-11-02T03:00:00",
        "2026-11-02T03:00:00+01:00",
        "2026-11-02 03:00:00Z",
        "2026-11-02T24:00:00Z",
        "2026-11-02T03:00:60Z",
        "2026-11-02T03:00:00.5Z",
        "0000-01-01T00:00:00Z",
    ),
    "EnvironmentVariable": ("", "1A", "A-B", "A=B", "A B", "A" * 129),
    "HeaderName": ("", "-x", "x y", "x:y", "ä", "a" * 64),
    "HeaderValue": ("", "-x", "x y", "x;y", "x=y", "ä", "a" * 101),
    "LabelKey": ("", "/a", "a/", "a/b/c", "-a", "a-", "A.b/c", "a..b/c", "x" * 64, "ä", "a" * 253 + ".b/" + "c" * 63),
    "LabelValue": ("-a", "a-", "a b", "x" * 64, "ä"),
    "Cidr": ("", "10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "10.0.0/8", "010.0.0.0/8", "::/0", "10.0.0.0/08"),
    "SemanticVersion": ("", "1.6", "v1.6.2", "1.6.2-rc.1", "1.06.2", "1.6.2.3", "1.6.100000", "1" * 5000 + ".0.0"),
    "EnvironmentName": ("", "1a", "Dev", "a" * 21, "a-", "_environment"),
    "AcceleratorType": ("", "-A", "A 100", "a" * 32, "nvidia.com/gpu"),
    "Cluster": ("", "*", "!ml-dev", "ml-*", "ml-?", "ml-[ab]", "{ml}", "https*", "a" * 101, "a\nb"),
    "Estimator": ("", "1a", "a-b", "os:system", "x" * 102),
    "SecretKey": ("", "a b", "a/b", "x" * 254),
    "Currency": ("", "eur", "EURO", "€"),
    "RuleName": ("", "cost", "cost.", "Cost.gpu", "cost.gpu.limit", "cost/gpu", "a." + "b" * 130),
    "GitUrl": (
        "",
        "http://git.example.com/x",
        "https://user:token@git.example.com/x",
        "https://token@git.example.com/x",
        "git.example.com/x",
        "https://",
        "https://a b",
        "ext::sh -c x",
        "--upload-pack=x",
    ),
    "HttpsUrl": (
        "",
        "http://oidc.example.com",
        "https://",
        "https://a@b.example.com",
        "https://a b",
        "oidc.example.com",
    ),
    "Identity": ("", "{model}", "a{team}", "a{model}{model}", "a{{model}}", "a b", "a{model", "a\n", "a" * 251),
    "Audience": ("", "a b", "a\n", "a" * 201),
    "PublicKey": ("", PUBLIC_KEY.replace("PUBLIC", "PRIVATE"), PUBLIC_KEY.replace("\n", " "), PUBLIC_KEY + PUBLIC_KEY),
    "GitRevision": ("", "-x", "--help", "a b", "a:b", "x" * 202),
    "Text": ("", "x" * 2001),
    "Cron": (
        "",
        "* * * *",
        "* * * * * *",
        "*  * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 7",
        "*/0 * * * *",
        "5-1 * * * *",
        "1,,2 * * * *",
        "mon * * * *",
        "@daily",
        "0 3 * * 1\n",
        "*" * 101,
        "٣ * * * *",
    ),
}

CALENDAR = {
    "2026-02-29": "28",
    "1900-02-29": "28",
    "2024-02-30": "29",
    "2026-04-31": "30",
    "2026-11-31T00:00:00Z": "30",
}


def adapter(name: str) -> TypeAdapter[str]:
    return TypeAdapter(getattr(types, name))


def refused(name: str, value: Any) -> Finding:
    """What is said of a value that a type refuses."""
    holder = create_model("Holder", __base__=Strict, field=(getattr(types, name), ...))
    with pytest.raises(ValidationError) as caught:
        holder.model_validate({"field": value})
    (finding,) = findings_of(caught.value, {"field": value}, holder, lambda pointer, key: Location("x.yaml"))
    return finding


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    for text in ACCEPTED[name]:
        assert adapter(name).validate_python(text) == text, text


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    for text in REFUSED[name]:
        with pytest.raises(ValidationError):
            adapter(name).validate_python(text)


def test_every_type_of_text_is_tried() -> None:
    declared = {name for name, value in vars(types).items() if getattr(value, "__metadata__", None)}
    assert declared - {"Percentage", "Cpu"} == set(ACCEPTED) == set(REFUSED)


@pytest.mark.parametrize("name", ["Duration", "Size", "ImageReference", "Cron", "Date", "Route", "LabelKey", "Owner"])
def test_no_other_type_is_taken_for_text(name: str) -> None:
    for value in (1, 1.5, True, None, [], {}, b"x"):
        with pytest.raises(ValidationError):
            adapter(name).validate_python(value, strict=True)


def test_numbers() -> None:
    percentage, cpu = adapter("Percentage"), adapter("Cpu")
    assert [percentage.validate_python(value) for value in (0, 99.9, 100)] == [0, 99.9, 100]
    assert [cpu.validate_python(value) for value in (0.1, 8, 1024)] == [0.1, 8, 1024]
    for value in (-0.1, 100.1, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            percentage.validate_python(value)
    for value in (0, -1, 1025, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            cpu.validate_python(value)


@pytest.mark.parametrize(("text", "last"), CALENDAR.items())
def test_days_that_no_calendar_has(text: str, last: str) -> None:
    name = "Timestamp" if "T" in text else "Date"
    finding = refused(name, text)
    assert finding == Finding(
        Location("x.yaml"),
        "spec/value",
        "error",
        f"field must be a day that exists: that month has {last} days, got '{text}'",
        "write a day that the calendar has",
        "/field",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 3 * *", "five fields parted by one space: minute hour day month weekday"),
        ("60 3 * * 1", "a schedule whose minute is 0 to 59 (or *, a-b, lists, /steps)"),
        ("0 3 * * 7", "a schedule whose day of week is 0 to 6 (or *, a-b, lists, /steps)"),
    ],
)
def test_cron_lines_say_what_is_wrong(line: str, expected: str) -> None:
    assert refused("Cron", line) == Finding(
        Location("x.yaml"),
        "spec/value",
        "error",
        f"field must be {expected}, got '{line}'",
        "write it like 0 3 * * 1, which is Mondays at 03:00 UTC",
        "/field",
    )


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("Duration", "6 hours", "a duration: a whole number and ms, s, m, h or d, got '6 hours'", "6h"),
        ("Size", "32GB", "a size: a whole number and Ki, Mi, Gi or Ti, got '32GB'", "32Gi"),
        (
            "ImageReference",
            "rayproject/ray:2.60.0",
            "an image reference with its registry's host, got 'rayproject/ray:2.60.0'",
            "registry.example.com/ml/ray:2.60.0@sha256:…",
        ),
        (
            "Route",
            "churn",
            "a route: '/' and path segments that start with no '.', without a '/' at the end, got 'churn'",
            "/churn",
        ),
        ("Owner", "growth", "an owner: a handle or a mail address, got 'growth'", "@growth/churn"),
        (
            "GitUrl",
            "https://x:y@git.example.com/z",
            "a Git repository's address without a password, got 'https://x:y@git.example.com/z'",
            "https://git.example.com/ml/models.git",
        ),
    ],
)
def test_a_wrong_form_is_described(name: str, value: str, message: str, hint: str) -> None:
    finding = refused(name, value)
    assert (finding.code, finding.message) == ("spec/format", f"field must be {message}")
    assert finding.hint == f"write it like {hint}"


def test_the_examples_in_hints_are_accepted() -> None:
    for pattern, expected in DESCRIPTIONS.items():
        if "…" not in expected.example:
            assert re.fullmatch(pattern.strip("^$"), expected.example), pattern


def test_patterns_are_linear() -> None:
    """Rust's regular expressions never go back; that Python's do not either on these keeps other readers safe."""
    hostile = ("a" * 50_000, "a-" * 25_000, "a." * 25_000, "/a" * 25_000, "1" * 50_000, "a_" * 25_000 + "!")
    started = time.perf_counter()
    for name in ACCEPTED:
        for text in hostile:
            try:
                adapter(name).validate_python(text)
            except ValidationError:
                continue
    assert time.perf_counter() - started < 5


def test_seconds() -> None:
    assert [seconds(text) for text in ("200ms", "30s", "5m", "6h", "7d")] == [0.2, 30.0, 300.0, 21600.0, 604800.0]


def test_mebibytes_are_rounded_up() -> None:
    assert [mebibytes(text) for text in ("1Ki", "1024Ki", "1025Ki", "512Mi", "32Gi", "2Ti")] == [
        1,
        1,
        2,
        512,
        32768,
        2097152,
    ]
