"""The GitHub format, whole outputs compared."""

from __future__ import annotations

from mlgitops.findings import Finding
from mlgitops.report.contents import Report
from mlgitops.report.github import github
from mlgitops.source import Location
from tests.report.examples import CLEAN, REPORT


def test_everything_a_report_can_hold() -> None:
    assert github(REPORT) == (
        "::warning file=specs/churn/model.yaml,line=3,col=9,title=spec/format::"
        "metadata.name must be a name, got 'Churn'%0Amore: mlgitops explain spec/format\n"
        "::notice file=specs/churn/model.yaml,line=20,col=5,title=policy/cost.gpu-limit (waived)::"
        "8 GPUs of type A100 are asked for, 4 are allowed%0A"
        "see environments/prod/environment.yaml:9:19: the limit is set here%0A"
        "for: churn@prod%0Awaived by: policies/waivers/churn-gpus.yaml%0Amore: mlgitops explain policy/cost.gpu-limit\n"
        "::error file=specs/churn/model.yaml,line=31,col=21,title=spec/out-of-range::"
        "serving.replicas.min must be at least 1, got 0%0Afor: churn@dev, churn@prod%0A"
        "hint: set it to 1, or remove `serving` to train only%0Amore: mlgitops explain spec/out-of-range\n"
        "skipped digits@prod: no release: nothing serves here yet\n"
        "skipped diabetes@prod: no release: nothing serves here yet\n"
        "9 targets checked, 2 failed, 2 skipped, 1 waived; 2 errors, 1 warning; policy by opa 1.21.3\n"
    )


def test_nothing_found_is_no_command() -> None:
    assert github(CLEAN) == "9 targets checked, 0 failed, 0 skipped, 0 waived; policy by embedded 1.5.0\n"


def test_paths_count_from_the_checkout() -> None:
    report = Report((Finding(Location("specs/a/model.yaml", 2, 3), "spec/x", "error", "m"),))
    assert github(report, "platform/").startswith(
        "::error file=platform/specs/a/model.yaml,line=2,col=3,title=spec/x::m"
    )


def test_no_value_ends_its_command_or_starts_another() -> None:
    hostile = "50%, a:b::c\r\n::set-env name=X::y"
    finding = Finding(Location(f"specs/{hostile}"), "spec/x", "error", hostile, hostile)
    lines = github(Report((finding,))).split("\n")
    assert lines[0] == (
        "::error file=specs/50%25%2C a%3Ab%3A%3Ac"
        + r"\r\n%3A%3Aset-env name=X%3A%3Ay,line=1,col=1,title=spec/x::"
        + r"50%25, a:b::c\r\n::set-env name=X::y%0Ahint: 50%25, a:b::c\r\n::set-env name=X::y"
        + "%0Amore: mlgitops explain spec/x"
    )
    assert lines[1:] == ["0 targets checked, 0 failed, 0 skipped, 0 waived; 1 error", ""]
