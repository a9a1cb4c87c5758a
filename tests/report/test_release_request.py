"""The text of a release's pull request: what strangers wrote is shown, and none of it acts."""

from __future__ import annotations

from markdown_it import MarkdownIt

from mlgitops.deliver.hand_off import HandOver
from mlgitops.deliver.new_version import NewVersion
from mlgitops.deliver.release import Asked, Terms, new_release
from mlgitops.findings import Finding
from mlgitops.report.markdown import LIMIT
from mlgitops.report.release_request import body_of, branch_of, commit_message, title_of
from mlgitops.source import Location
from tests.deliver.chain import churn, place, version
from tests.spec.example_documents import DIGEST, VERSION, changed

HOSTILE = "@growth/all see #1 <script>alert(1)</script> ![x](https://evil.example.com/x.png) \u202e|x| `code` ```"


def change(*, reason: str = "", card: str = "", risk: str = "medium", text: str = VERSION) -> HandOver:
    model = churn(v4=version("v4", "2026-11-09T05:00:00Z", text=text))
    where = place("dev", "v3", of=model)
    asked = Asked("@growth/churn", "2026-11-09T05:00:00Z", reason or None)
    release = new_release(model, "v4", where, Terms(None, risk), asked)
    files = {"card.md": card} if card else {}
    made = NewVersion("v4", "specs/churn/versions/v4", files, model, (), "dev")
    return HandOver("v4", DIGEST["c"], made, release)


def body(one: HandOver, *findings: Finding) -> str:
    assert one.version is not None
    return body_of(one, place("dev", "v3"), one.version.model.versions["v4"].record.value.spec, findings)


def test_titles_and_messages() -> None:
    one = change()
    assert branch_of("dev", "churn") == "mlgitops/release/dev/churn"
    assert title_of(one, place("dev")) == "Release churn v4 in dev"
    assert commit_message(one, place("dev")) == (
        "Release churn v4 in dev\n\n"
        "The version that run cccccccccc of the present spec left in the registry. It supersedes v3.\n\n"
        "Mlgitops-Release: dev/churn v4\n"
    )


def test_what_is_asked_of_people() -> None:
    text = body(change(risk="high"))
    assert "\nAsks for the approval of `model-owner`, `ml-platform`; the file names nobody yet.\n" in text
    older = body(change(text=changed(VERSION, "2026-11-01T04:10:00Z", "2026-11-01T04:10:00Z")))
    assert "this goes back" not in older


def test_what_strangers_write_acts_nowhere() -> None:
    card = f"{HOSTILE}\n````\n</details>\n# a heading\n~~~\n"
    finding = Finding(Location("specs/churn/model.yaml", 3), "spec/type", "error", HOSTILE, "", subject="churn@dev")
    text = body(change(reason=HOSTILE.replace("\u202e", ""), card=card), finding)
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<a " not in shown
    assert "\u202e" not in shown
    assert shown.count("</details>") == 1
    assert "<h1>" not in shown
    outside = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    words = [child.content for one in outside for child in one.children or () if child.type == "text"]
    assert not any("@growth" in word or "#1" in word for word in words)


def test_metrics_and_bars_stay_in_their_cells() -> None:
    text = body(change(text=changed(VERSION, "baseline: 0.84", "baseline: 0.8400001")))
    assert "| `auc` | `customers-holdout` | 0.85 | 0.84 |\n" in text
    bars = body(change(text=changed(VERSION, "signer: ml-platform", 'signer: "a|b|c"')))
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(bars)
    assert "<code>a|b|c</code>" in shown
    assert shown.count("<table>") == 2
    assert {line.count("<td") for line in shown.split("</tr>") if "<td" in line} == {2, 4}


def test_findings_errors_first_and_counted() -> None:
    def finding(number: int, severity: str) -> Finding:
        return Finding(Location("specs/churn/model.yaml", number), "spec/type", severity, "x", "")  # type: ignore[arg-type]

    many = [*(finding(number, "warning") for number in range(1, 24)), finding(99, "error")]
    lines = body(change(), *many).splitlines()
    told = lines[lines.index("### Policy") + 2 :]
    assert told[0] == "- error `spec/type` at `specs/churn/model.yaml:99:1`: x"
    assert told[20] == "- and 4 more"


def test_a_long_card_leaves_the_rest() -> None:
    text = body(change(card="x" * 60_000))
    assert len(text) <= LIMIT
    assert "\n… all of it is in the record's card.md\n" in text
    assert "### Verify" in text
