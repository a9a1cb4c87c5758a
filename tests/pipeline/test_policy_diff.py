"""`policy diff` on repositories: what flips and why, what rules would let pass, which waivers run out. Real engines."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import INDEX, Ran, _rule, edit, mlgitops, write
from tests.pipeline.test_plan import committed, git
from tests.pipeline.test_refused import HALF
from tests.report.test_sarif import valid

WORKERS = """\
    most := 4

    deny contains {"pointer": "/spec/training/workers", "message": message} if {
        input.trains
        input.spec.training.workers > most
        message := sprintf("a run must have at most %d workers, got %d", [most, input.spec.training.workers])
    }
    """
REPLICAS = """\
    deny contains {"pointer": "/spec/serving/replicas", "message": message} if {
        input.serves
        input.spec.serving.replicas.max > data.mlgitops_data.limits.replicas
        message := sprintf("at most %d replicas must serve", [data.mlgitops_data.limits.replicas])
    }
    """
NETWORK = """\
    deny contains {"pointer": pointer, "message": "host network"} if {
        some pod in input.pods
        pod.spec.hostNetwork
        pointer := sprintf("%s#%s/spec/hostNetwork", [pod.file, pod.pointer])
    }
    """
GPUS = """\
    deny contains {"pointer": "/environment/limits/costPerMonth", "message": message} if {
        input.environment.limits.costPerMonth != null
        spent := sum([model.costPerMonth | some model in input.models])
        spent > input.environment.limits.costPerMonth
        message := sprintf("all models must cost at most %d, got more", [input.environment.limits.costPerMonth])
    }
    """
RULES = {
    **_rule(
        "cost/workers",
        "Few workers",
        "model",
        WORKERS,
        "input:\n  spec: {training: {workers: 99}}\nfindings:\n  - {severity: error, pointer: /spec/training/workers,"
        ' message: "a run must have at most 4 workers, got 99"}\n',
    ),
    **_rule(
        "cost/replicas",
        "Few replicas",
        "model",
        REPLICAS,
        "input:\n  spec: {serving: {route: /a, replicas: {min: 1, max: 99}}}\nfindings:\n"
        '  - {severity: error, pointer: /spec/serving/replicas, message: "at most 3 replicas must serve"}\n',
    ),
    **_rule(
        "cost/network",
        "No host network",
        "objects",
        NETWORK,
        "input:\n  pods: {'0': {spec: {hostNetwork: true}}}\nfindings:\n"
        "  - {severity: error, pointer: 'job.yaml#/spec/template/spec/hostNetwork', message: host network}\n",
    ),
    **_rule(
        "cost/month",
        "Little money",
        "fleet",
        GPUS,
        "input:\n  environment: {limits: {costPerMonth: 1}}\n  models: {'0': {costPerMonth: 2}}\nfindings:\n"
        "  - {severity: error, pointer: /environment/limits/costPerMonth,"
        ' message: "all models must cost at most 1, got more"}\n',
    ),
}
ROWS = """\
    | [cost.month](cost/month/README.md) | error | fleet | Little money |
    | [cost.network](cost/network/README.md) | error | objects | No host network |
    | [cost.replicas](cost/replicas/README.md) | error | model | Few replicas |
    | [cost.workers](cost/workers/README.md) | error | model | Few workers |
    """
RULE = "policies/cost/workers/workers.rego"
ALPHA = "specs/alpha/model.yaml"
LIMITS = "policies/data/limits.yaml"


@pytest.fixture
def root(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The miniature repository with rules that compare numbers; uncommitted."""
    monkeypatch.setenv("COLUMNS", "120")
    place = copy("plain")
    write(place, {**RULES, "policies/README.md": INDEX.rstrip(" ") + ROWS, LIMITS: "replicas: 3\n"})
    return place


def workers(root: Path, number: int, path: str = ALPHA) -> None:
    """Gives a model so many workers."""
    text = (root / path).read_text()
    lines = [line for line in text.splitlines() if not line.strip().startswith("workers:")]
    at = next(index for index, line in enumerate(lines) if line.strip() == "framework: sklearn")
    lines.insert(at + 1, f"    workers: {number}")
    (root / path).write_text("\n".join(lines) + "\n")


def most(root: Path, number: int) -> None:
    """Lets runs have so many workers."""
    text = (root / RULE).read_text()
    (root / RULE).write_text(text.replace(text[text.index("most :=") :].split("\n", 1)[0], f"most := {number}"))
    canary = root / "policies/cost/workers/fixtures/canary.yaml"
    canary.write_text(canary.read_text().replace("at most 4", f"at most {number}"))


def replicas(root: Path, number: int) -> None:
    """Lets models serve with so many replicas."""
    write(root, {LIMITS: f"replicas: {number}\n"})
    canary = root / "policies/cost/replicas/fixtures/canary.yaml"
    canary.write_text(re.sub(r"at most \d+", f"at most {number}", canary.read_text()))


def diff(root: Path, *words: str, base: str = "HEAD", engine: str = "opa") -> Ran:
    return mlgitops(root, "policy", "diff", "--base", base, *words, engine=engine)


def document(root: Path, *words: str, base: str = "HEAD", engine: str = "opa") -> Any:
    ran = diff(root, "--format", "json", *words, base=base, engine=engine)
    assert ran.err == "" or "the base den" in ran.err or "those of the base deny" in ran.err, ran.err
    return {**json.loads(ran.out), "code": ran.code}


def cells(found: Any) -> dict[str, tuple[str, ...]]:
    """`subject rule` → the four verdicts and the cause."""
    return {
        f"{one['subject']} {one['rule']}": (
            one["oldOld"],
            one["newOld"],
            one["oldNew"],
            one["newNew"],
            one["cause"],
        )
        for one in found["policy"]["flips"]
    }


ALLOWED, DENIED, WAIVED, UNDECIDED = "allowed", "denied", "waived", "undecided"
Change = Callable[[Path], None]


def waiver(root: Path, expires: str = "2026-12-01") -> None:
    write(
        root,
        {
            "policies/waivers/alpha.yaml": f"""\
            apiVersion: mlgitops.dev/v1alpha1
            kind: Waiver
            metadata: {{name: alpha}}
            spec:
              rule: cost.workers
              model: alpha
              environment: dev
              owner: "@growth"
              reason: A large backfill.
              ticket: ML-1
              issued: "2026-10-01"
              expires: "{expires}"
            """
        },
    )


def unwaived(root: Path) -> None:
    (root / "policies/waivers/alpha.yaml").unlink()


def ran_out(root: Path) -> None:
    waiver(root, "2026-11-20")


def of_gamma(root: Path) -> None:
    """A waiver that is about another model."""
    waiver(root)
    edit(root, "policies/waivers/alpha.yaml", "model: alpha", "model: gamma")


def both(*changes: Change) -> Change:
    def change(root: Path) -> None:
        for one in changes:
            one(root)

    return change


def has(number: int) -> Change:
    return lambda root: workers(root, number)


def allows(number: int) -> Change:
    return lambda root: most(root, number)


def nothing(root: Path) -> None:
    """A base that is the repository as it is."""


@pytest.mark.parametrize(
    ("before", "change", "expected", "code", "loosened"),
    [
        pytest.param(nothing, has(5), (ALLOWED, DENIED, ALLOWED, DENIED, "spec"), 1, 0, id="spec-denied"),
        pytest.param(has(5), has(4), (DENIED, ALLOWED, DENIED, ALLOWED, "spec"), 0, 0, id="spec-allowed"),
        pytest.param(has(3), allows(2), (ALLOWED, ALLOWED, DENIED, DENIED, "policy"), 0, 0, id="policy-denied"),
        pytest.param(has(5), allows(16), (DENIED, DENIED, ALLOWED, ALLOWED, "policy"), 0, 1, id="policy-allowed"),
        pytest.param(has(5), waiver, (DENIED, DENIED, WAIVED, WAIVED, "policy"), 0, 1, id="waiver-added"),
        pytest.param(
            both(has(5), ran_out), waiver, (DENIED, DENIED, WAIVED, WAIVED, "policy"), 0, 1, id="waiver-renewed"
        ),
        pytest.param(
            both(has(5), of_gamma), waiver, (DENIED, DENIED, WAIVED, WAIVED, "policy"), 0, 1, id="waiver-moved"
        ),
        pytest.param(
            has(3), both(has(5), waiver), (ALLOWED, DENIED, ALLOWED, WAIVED, "both"), 1, 1, id="waiver-of-its-own"
        ),
        pytest.param(
            both(has(3), waiver), has(5), (ALLOWED, WAIVED, ALLOWED, WAIVED, "spec"), 0, 0, id="waived-by-the-base"
        ),
        pytest.param(
            both(has(5), waiver), unwaived, (WAIVED, WAIVED, DENIED, DENIED, "policy"), 0, 0, id="waiver-removed"
        ),
        pytest.param(
            has(3), both(has(4), allows(3)), (ALLOWED, ALLOWED, ALLOWED, DENIED, "both"), 1, 0, id="neither-alone"
        ),
        pytest.param(has(3), both(has(5), allows(2)), (ALLOWED, DENIED, DENIED, DENIED, "both"), 1, 0, id="each-alone"),
        pytest.param(
            has(3), both(has(5), allows(16)), (ALLOWED, DENIED, ALLOWED, ALLOWED, "both"), 1, 1, id="hidden-by-policy"
        ),
        pytest.param(
            has(3), both(has(2), allows(2)), (ALLOWED, ALLOWED, DENIED, ALLOWED, "both"), 0, 0, id="mended-together"
        ),
    ],
)
def test_the_table(
    root: Path, before: Change, change: Change, expected: tuple[str, ...], code: int, loosened: int
) -> None:
    before(root)
    committed(root)
    change(root)
    found = document(root)
    assert cells(found) == {"alpha@dev cost.workers": expected}
    assert (found["code"], sum(one["loosened"] for one in found["policy"]["flips"])) == (code, loosened)


def test_a_new_model_was_not_decided(root: Path) -> None:
    committed(root)
    shutil.copytree(root / "specs/gamma", root / "specs/delta")
    path = root / "specs/delta/model.yaml"
    path.write_text(path.read_text().replace("gamma", "delta"))
    workers(root, 5, "specs/delta/model.yaml")
    assert cells(document(root)) == {"delta@dev cost.workers": (UNDECIDED, DENIED, UNDECIDED, DENIED, "spec")}
    most(root, 16)
    found = document(root)
    assert cells(found) == {"delta@dev cost.workers": (UNDECIDED, DENIED, UNDECIDED, ALLOWED, "both")}
    assert found["refused"] == 1


def test_nothing_is_sought_where_policies_are_the_same(root: Path) -> None:
    committed(root)
    workers(root, 3)
    found = document(root, "--no-loosening")
    assert found["policy"] == {
        "flips": [],
        "witnesses": [],
        "searched": 0,
        "notSearched": [],
        "unknown": None,
        "lapses": [],
        "changedRules": [],
        "renewals": [],
    }
    assert found["code"] == 0


def witnesses(found: Any) -> list[tuple[str, str, str, str, Any]]:
    return [
        (one["rule"], one["before"], one["after"], one["says"], one["document"]) for one in found["policy"]["witnesses"]
    ]


@pytest.mark.parametrize("engine", ["opa", "embedded"])
def test_a_loosened_rule_whose_witness_nobody_has(root: Path, engine: str) -> None:
    """Both engines find the same, from the same documents."""
    committed(root)
    most(root, 16)
    found = document(root, "--no-loosening", engine=engine)
    assert found["policy"]["flips"] == []
    says = "training.workers 5 in dev becomes allowed, and so does 16"
    assert witnesses(found) == [("cost.workers", DENIED, ALLOWED, says, {"spec": {"training": {"workers": 5}}})]
    assert found["policy"]["changedRules"] == ["cost.workers"]
    assert (found["code"], found["loosened"]) == (1, 1)
    assert found["policy"]["searched"] == 57
    assert document(root, engine=engine)["code"] == 0, "asked for what flips, nobody's specs are refused"


def test_a_tightened_rule(root: Path) -> None:
    committed(root)
    most(root, 2)
    found = document(root, "--no-loosening")
    says = "training.workers 3 in dev becomes denied, and so does 4"
    assert witnesses(found) == [("cost.workers", ALLOWED, DENIED, says, {"spec": {"training": {"workers": 3}}})]
    assert found["code"] == 0


def test_a_rule_said_otherwise_has_no_witness(root: Path) -> None:
    committed(root)
    edit(root, RULE, "input.spec.training.workers > most\n", "not input.spec.training.workers <= most\n")
    found = document(root, "--no-loosening")
    assert (found["policy"]["flips"], found["policy"]["witnesses"], found["code"]) == ([], [], 0)
    assert found["policy"]["changedRules"] == ["cost.workers"]
    assert found["policy"]["searched"] == 46
    ran = diff(root, "--no-loosening")
    assert "  46 documents asked about, none found whose verdict flips: a search and no proof\n" in ran.out


def test_data_that_a_rule_looks_up(root: Path) -> None:
    committed(root)
    replicas(root, 6)
    found = document(root, "--no-loosening")
    assert [(one["rule"], one["environment"], one["says"]) for one in found["policy"]["witnesses"]] == [
        ("cost.replicas", "dev", "serving.replicas.max 4 in dev becomes allowed, and so does 6"),
        ("cost.replicas", "prod", "serving.replicas.max 4 in prod becomes allowed, and so does 6"),
    ]
    assert found["code"] == 1


def test_a_removed_rule_and_an_added_one(root: Path) -> None:
    committed(root)
    shutil.rmtree(root / "policies/cost/workers")
    index = root / "policies/README.md"
    index.write_text("".join(line for line in index.read_text().splitlines(True) if "cost.workers" not in line))
    found = document(root, "--no-loosening")
    assert [(one[0], one[1], one[2]) for one in witnesses(found)] == [("cost.workers", DENIED, ALLOWED)]
    assert found["code"] == 1
    removed = committed(root, "without")
    git(root, "checkout", "--quiet", "HEAD~1", "--", "policies")
    found = document(root, "--no-loosening", base=removed)
    assert [(one[0], one[1], one[2]) for one in witnesses(found)] == [("cost.workers", ALLOWED, DENIED)]
    assert found["code"] == 0


def test_a_rule_on_objects(root: Path) -> None:
    """A patch or a template could do it; it is found on what is rendered."""
    committed(root)
    path = "policies/cost/network/network.rego"
    edit(root, path, "pod.spec.hostNetwork\n", 'pod.spec.hostNetwork\n        pod.role == "job"\n')
    found = document(root, "--no-loosening")
    assert {(one["rule"], one["environment"], one["after"]) for one in found["policy"]["witnesses"]} == {
        ("cost.network", "dev", ALLOWED),
        ("cost.network", "prod", ALLOWED),
    }
    assert "hostNetwork true" in found["policy"]["witnesses"][0]["says"]
    assert found["code"] == 1


def test_a_limit_of_an_environment_governs(root: Path) -> None:
    """It is asked for both ways, like a rule, and no model is built twice for it."""
    path = "environments/dev/environment.yaml"
    edit(
        root, path, "signing: {secret: model-signing}", "signing: {secret: model-signing}\n  limits: {costPerMonth: 5}"
    )
    committed(root)
    edit(root, path, "costPerMonth: 5", "costPerMonth: 50")
    found = document(root, "--no-loosening")
    assert [(one["rule"], one["environment"], one["says"]) for one in found["policy"]["witnesses"]] == [
        ("cost.month", "dev", "models[0].costPerMonth 6 in dev becomes allowed, and so does 50"),
    ]
    assert found["code"] == 1


def test_a_fleet_is_decided_four_ways(root: Path) -> None:
    edit(root, "specs/gamma/model.yaml", "team: lab", 'team: lab, owner: "@forbidden"')
    base = committed(root)
    rule = "policies/words/owner/owner.rego"
    edit(root, rule, '"@forbidden"', '"@barred"')
    canary = root / "policies/words/owner/fixtures/canary.yaml"
    canary.write_text(canary.read_text().replace("@forbidden", "@barred"))
    expected = (DENIED, DENIED, ALLOWED, ALLOWED, "policy")
    assert cells(document(root, base=base)) == {"gamma@dev words.owner": expected}
    edit(root, "specs/gamma/model.yaml", '"@forbidden"', '"@barred"')
    assert cells(document(root, base=base)) == {"gamma@dev words.owner": (DENIED, ALLOWED, ALLOWED, DENIED, "both")}


@pytest.mark.parametrize("engine", ["opa", "embedded"])
def test_a_base_whose_rules_do_not_compile_is_no_base_to_compare_with(root: Path, engine: str) -> None:
    label = "policies/words/label/label.rego"
    text = (root / label).read_text()
    edit(root, label, *HALF)
    committed(root)
    (root / label).write_text(text)
    found = document(root, "--no-loosening", engine=engine)
    assert found["policy"]["unknown"].startswith(f"the rules of the base do not compile: {label}:")
    assert (found["policy"]["flips"], found["code"]) == ([], 1)


def test_a_base_without_models_has_no_policies(copy: Copy, root: Path) -> None:
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    workers(root, 5)
    found = document(root, "--no-loosening")
    assert cells(found) == {"alpha@dev cost.workers": (UNDECIDED, DENIED, UNDECIDED, DENIED, "spec")}
    assert found["code"] == 1


def test_waivers_that_run_out(root: Path) -> None:
    workers(root, 5)
    waiver(root, "2026-11-20")
    committed(root)
    lapse = {
        "waiver": "policies/waivers/alpha.yaml",
        "rule": "cost.workers",
        "subject": "alpha@dev",
        "expires": "2026-11-20",
        "message": "a run must have at most 4 workers, got 5",
    }
    ran = mlgitops(root, "policy", "diff", "--format", "json", engine="opa")
    assert (json.loads(ran.out)["policy"]["lapses"], ran.code) == ([lapse], 1)
    ran = mlgitops(root, "policy", "diff", engine="opa")
    assert ran.out == (
        "Waivers that hold no more on 2026-11-21 (1)\n"
        "  policies/waivers/alpha.yaml runs out on 2026-11-20; then cost.workers denies alpha@dev: a run must have at "
        "most 4\n  workers, got 5\n"
        "\n"
        "1 waiver that is still needed run out by 2026-11-21\n"
    )
    waiver(root, "2026-11-21")
    ran = mlgitops(root, "policy", "diff", engine="opa")
    assert (ran.out, ran.code) == ("0 waivers that are still needed run out by 2026-11-21\n", 0)
    workers(root, 4)
    waiver(root, "2026-11-20")
    ran = mlgitops(root, "policy", "diff", engine="opa")
    assert ran.code == 0, "nobody needs it any more"


def test_a_waiver_is_told_and_refused(root: Path) -> None:
    workers(root, 5)
    committed(root)
    waiver(root)
    ran = diff(root, "--no-loosening")
    assert ran.code == 1
    assert ran.err == (
        "mlgitops: waivers of this change set aside what the base denies: policies/waivers/alpha.yaml (cost.workers on"
        " alpha@dev)\n"
    )
    assert ran.out.partition("\n\n")[2] == (
        "Becomes waived (1)\n"
        "  cost.workers on alpha@dev, by the policy\n"
        "      a run must have at most 4 workers, got 5\n"
        "      specs/alpha/model.yaml:12:14\n"
        "      waived by policies/waivers/alpha.yaml\n"
        "\n"
        "1 verdict changes; loosened: cost.workers\n"
    )
    assert diff(root).code == 0, "nothing is denied"


@pytest.mark.parametrize(
    ("was", "then", "before"),
    [
        pytest.param("2026-12-01", "2026-12-30", "2026-12-01", id="later-expiry"),
        pytest.param("2026-12-01", "2026-12-01", None, id="as-long"),
        pytest.param("2026-12-30", "2026-12-01", None, id="earlier-expiry"),
    ],
)
def test_a_waiver_that_holds_longer(root: Path, was: str, then: str, before: str | None) -> None:
    """Today nothing flips; on a day between the two ends it would."""
    workers(root, 5)
    waiver(root, was)
    committed(root)
    waiver(root, then)
    edit(root, "policies/waivers/alpha.yaml", "A large backfill.", "A larger backfill.")
    found = document(root, "--no-loosening")
    assert found["policy"]["flips"] == []
    longer = {
        "waiver": "policies/waivers/alpha.yaml",
        "rule": "cost.workers",
        "subject": "alpha@dev",
        "before": before,
        "after": then,
        "message": "a run must have at most 4 workers, got 5",
    }
    assert found["policy"]["renewals"] == ([longer] if before else [])
    assert (found["code"], found["loosened"]) == ((1, 1) if before else (0, 0))


def test_a_waiver_that_begins_later(root: Path) -> None:
    """Nothing of it holds today: it would pass by the gate, and set the denial aside from that day on."""
    workers(root, 5)
    committed(root)
    waiver(root)
    edit(root, "policies/waivers/alpha.yaml", '"2026-10-01"', '"2026-11-25"')
    ran = diff(root, "--no-loosening")
    assert ran.code == 1
    assert ran.out.partition("\n\n")[2] == (
        "Waivers that hold longer (1)\n"
        "  policies/waivers/alpha.yaml holds until 2026-12-01, none of the base does: cost.workers denies alpha@dev: a"
        " run must\n  have at most 4 workers, got 5\n"
        "\n"
        "0 verdicts change; loosened: cost.workers\n"
    )


def test_a_raised_limit_lets_pass_what_was_denied(root: Path) -> None:
    replicas(root, 0)
    committed(root)
    replicas(root, 3)
    found = document(root, "--no-loosening")
    expected = (DENIED, DENIED, ALLOWED, ALLOWED, "policy")
    serving = ("alpha@dev", "alpha@prod", "beta@dev")
    assert cells(found) == {f"{one} cost.replicas": expected for one in serving}
    assert (found["code"], found["policy"]["changedRules"]) == (1, ["cost.replicas"])


def results(root: Path, *words: str, base: str = "HEAD") -> list[tuple[str, str, str, str]]:
    """Of a SARIF document that the standard's schema accepts: code, level, file and message's first line."""
    run = valid(diff(root, "--format", "sarif", *words, base=base).out)
    return [
        (
            one["ruleId"],
            one["level"],
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            one["message"]["text"].partition("\n")[0],
        )
        for one in run["results"]
    ]


def test_as_sarif(root: Path) -> None:
    """What is denied, what a rule or a waiver lets pass, what nobody has yet: each stands on the file that does it."""
    base = committed(root)
    workers(root, 5)
    says = "a run must have at most 4 workers, got 5"
    assert results(root) == [("policy/cost.workers", "error", ALPHA, says)]
    denied = committed(root, "denied")
    waiver(root)
    waived = f"policies/waivers/alpha.yaml sets aside what cost.workers denies: {says}"
    assert results(root) == [("plan/waived", "warning", "policies/waivers/alpha.yaml", waived)]
    unwaived(root)
    most(root, 16)
    loosened = f"cost.workers no longer denies alpha@dev: denied → allowed by the policy: {says}"
    assert results(root, base=denied) == [("plan/loosened", "warning", RULE, loosened)]
    workers(root, 1)
    would = (
        "cost.workers would let through what nobody has yet: training.workers 5 in dev becomes allowed, and so does 16"
    )
    assert ("plan/would-pass", "warning", RULE, would) in results(root, base=base)


def test_what_cannot_be_compared_is_no_empty_sarif(root: Path) -> None:
    label = "policies/words/label/label.rego"
    text = (root / label).read_text()
    edit(root, label, *HALF)
    committed(root)
    (root / label).write_text(text)
    ((code, level, path, says),) = results(root)
    assert (code, level, path) == ("policy/not-compared", "error", "policies")
    assert says.startswith(f"verdicts cannot be compared: the rules of the base do not compile: {label}:")


def test_as_annotations(root: Path) -> None:
    committed(root)
    workers(root, 5)
    ran = diff(root, "--format", "github")
    assert ran.out.startswith(
        "::error file=specs/alpha/model.yaml,line=12,col=14,title=policy/cost.workers::a run must have"
    )
    assert ran.code == 1


def test_what_runs_out_as_sarif(root: Path) -> None:
    workers(root, 5)
    waiver(root, "2026-11-20")
    committed(root)
    ran = mlgitops(root, "policy", "diff", "--format", "sarif", engine="opa")
    assert [one["ruleId"] for one in valid(ran.out)["results"]] == ["plan/lapse"]
    assert ran.code == 1


def test_what_is_asked_for_wrongly(root: Path) -> None:
    committed(root)
    ran = mlgitops(root, "policy", "diff", "--no-loosening", engine="opa")
    assert ran.code == 2
    assert ran.err.startswith("mlgitops: `mlgitops policy diff` compares: --base REV is missing\n")
    assert diff(root, base="no-such").code == 2


def test_a_plan_tells_the_policy_diff(root: Path) -> None:
    workers(root, 3)
    base = committed(root)
    workers(root, 5)
    most(root, 16)
    ran = mlgitops(root, "plan", "--base", base, "--format", "json", engine="opa")
    found = json.loads(ran.out)
    assert cells(found) == {"alpha@dev cost.workers": (ALLOWED, DENIED, ALLOWED, ALLOWED, "both")}
    assert ran.code == 1, "the base's policies deny it"
    assert (
        "policies and specs change together: decided by the policies, data, waivers and limits of the base and by these"
        "; 1 denial by the base's alone"
    ) in found["notes"]


def test_whoever_may_approve_is_told(root: Path) -> None:
    write(root, {".github/CODEOWNERS": "* @platform\n"})
    base = committed(root)
    write(root, {".github/CODEOWNERS": "* @growth\n"})
    ran = mlgitops(root, "plan", "--base", base, "--format", "json", engine="opa")
    notes = json.loads(ran.out)["notes"]
    assert ".github/CODEOWNERS changes: who has to approve is decided by the base's" in notes
