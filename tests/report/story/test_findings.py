"""What a story tells as findings: SARIF that is valid and stays, annotations in an order that GitHub's limits suit."""

from __future__ import annotations

import json
import re

from mlgitops.plan.capacity import CapacityChange, Cost, Gpus
from mlgitops.plan.changes import Plan
from mlgitops.plan.effect import Effect
from mlgitops.plan.policy_diff import PolicyDiff, VerdictFlip
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report
from mlgitops.report.github import github
from mlgitops.report.sarif import sarif
from mlgitops.report.story.findings import CODES, gravest_first, story_findings, told
from mlgitops.source import Location
from tests.report.stories import BASE, EFFECTS, EMPTY, REPORT, hostile, mass, rich
from tests.report.test_sarif import validator

PLACED = Location("specs/churn/model.yaml", 31, 9)


def prints(story: Story, report: Report = REPORT) -> list[str]:
    document = json.loads(sarif(told(story, report), {}))
    validator().validate(document)
    return sorted(result["partialFingerprints"]["primaryLocationLineHash"] for result in document["runs"][0]["results"])


def moved(story: Story) -> Story:
    """The same with every line ten further down and other words."""
    effects = tuple(
        effect._replace(
            location=effect.location and effect.location._replace(line=effect.location.line + 10), reason="other words"
        )
        for effect in story.effects
    )
    return story._replace(effects=effects)


def test_fingerprints_survive_moved_lines_and_other_words() -> None:
    assert prints(moved(rich())) == prints(rich())


def test_fingerprints_tell_effects_apart() -> None:
    found = prints(rich())
    assert len(set(found)) == len(found)
    one = EMPTY._replace(effects=(EFFECTS[3],))
    for other in (
        EFFECTS[3]._replace(effect="ignored"),
        EFFECTS[3]._replace(target="dev/churn/serve"),
        EFFECTS[3]._replace(location=PLACED),
    ):
        assert prints(EMPTY._replace(effects=(other,)), Report()) != prints(one, Report())


def test_hostile_and_mass_stories_are_valid_sarif() -> None:
    prints(*hostile())
    assert len(prints(mass(), Report())) == 42


def test_every_code_is_told_and_no_effect_of_no_note() -> None:
    found = {finding.code for finding in story_findings(rich(), REPORT)}
    assert found == {
        *CODES.values(),
        "plan/peak",
        "plan/loosened",
        "plan/waived",
        "plan/would-pass",
        "plan/lapse",
        "plan/approval-missing",
    }


def test_where_no_line_is_to_blame_the_environment_is() -> None:
    effect = Effect("removed", "prod/fraud/serve", "prod/fraud/serve/a.yaml", "RayService", "fraud", "pruned")
    shared = effect._replace(target="prod/_environment", name="quota")
    argocd = effect._replace(target="argocd", name="root")
    found = story_findings(EMPTY._replace(effects=(effect, shared, argocd)), Report())
    assert [(str(one.location), one.subject) for one in found] == [
        ("environments/prod/environment.yaml:1:1", "fraud@prod"),
        ("environments/prod/environment.yaml:1:1", "@prod"),
        ("mlgitops.yaml:1:1", "@argocd"),
    ]


def test_objects_of_a_target_that_go_together_are_one_finding() -> None:
    effects = tuple(
        Effect("removed", "prod/fraud/serve", f"prod/fraud/serve/{kind}.yaml", kind, "fraud", "Argo CD prunes it")
        for kind in ("RayService", "Service", "HTTPRoute")
    )
    (finding,) = story_findings(EMPTY._replace(effects=effects), Report())
    assert finding.message == "RayService fraud, Service fraud, HTTPRoute fraud: Argo CD prunes it"


def test_a_denial_of_the_base_alone_is_an_error() -> None:
    flip = VerdictFlip("a.b", "churn@prod", "both", "allowed", "denied", "allowed", "allowed", "too much", PLACED)
    (finding,) = story_findings(EMPTY._replace(policy=PolicyDiff((flip,))), Report())
    assert (finding.code, finding.severity, finding.location) == ("policy/a.b", "error", PLACED)


def test_what_the_report_has_is_not_told_twice() -> None:
    codes = [finding.code for finding in told(rich(), REPORT).findings if finding.code.startswith("policy/cost")]
    assert codes == ["policy/cost.gpu-limit"]


def test_annotations_come_gravest_first_and_say_what_github_hides() -> None:
    effects = [
        Effect(
            "ignored", f"dev/m{n}/serve", "", "RayService", f"m{n}", f"because {n}", location=PLACED._replace(line=n)
        )
        for n in range(1, 13)
    ]
    last = PLACED._replace(line=99)
    effects.append(Effect("run-stopped", "dev/zoo/train", "", "RayJob", "zoo", "it ends", location=last))
    capacity = CapacityChange("dev", "EUR", (Gpus("T4", 1, 1, 1, 9, 4),), Cost(1, 1), Cost(1, 2))
    story = Story(Plan(BASE, (), (), 0), tuple(effects), (capacity,))
    lines = github(gravest_first(told(story, REPORT))).split("\n")
    titles = [found[1] for line in lines if (found := re.search(r"title=([^:,]+)::", line))]
    denials = ["policy/cost.gpu-limit", "spec/unknown-field"]
    assert titles[:5] == [*denials, "policy/serving.owner", "plan/run-stopped", "plan/ignored"]
    assert titles[-2:] == ["plan/peak", "policy/serving.owner (waived)"]
    assert "GitHub shows 10 of 15 warnings" in lines
