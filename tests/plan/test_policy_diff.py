"""The 2 × 2 table: every combination of four verdicts, with its cause, what it loosens and what it refuses."""

from __future__ import annotations

import itertools

import pytest

from mlgitops.findings import Finding
from mlgitops.plan.changes import Decided, Verdict
from mlgitops.plan.policy_diff import Cause, PolicyDiff, Renewal, VerdictFlip, Witness, flips_of, loosens
from mlgitops.source import Location

PLACE = Location("specs/churn/model.yaml", 3, 5)
VERDICTS: tuple[Verdict, ...] = ("undecided", "allowed", "warned", "waived", "denied")
SUBJECT, RULE = "churn@prod", "cost.deadline"


def said(verdict: Verdict) -> Finding:
    """A rule's finding that comes to a verdict."""
    severity = "warning" if verdict == "warned" else "error"
    waived = "policies/waivers/a.yaml" if verdict == "waived" else ""
    return Finding(PLACE, f"policy/{RULE}", severity, f"it is {verdict}", subject=SUBJECT, waived=waived)  # type: ignore[arg-type]


def cell(verdict: Verdict) -> Decided:
    """What one pair of specs and policies comes to."""
    subjects = frozenset() if verdict == "undecided" else frozenset({SUBJECT})
    return Decided(subjects, (said(verdict),) if verdict not in ("undecided", "allowed") else ())


def flipped(old_old: Verdict, new_old: Verdict, old_new: Verdict, new_new: Verdict) -> VerdictFlip | None:
    found = flips_of(cell(old_old), cell(new_old), cell(old_new), cell(new_new))
    assert len(found) <= 1
    return found[0] if found else None


def expected_cause(o: Verdict, s: Verdict, p: Verdict, n: Verdict) -> Cause:
    """As the module says it: what specs alone do, what policies alone do."""
    specs_do = s == n and p == o
    policies_do = p == n and s == o
    return "spec" if o != n and specs_do else "policy" if o != n and policies_do else "both"


ALL = list(itertools.product(VERDICTS, repeat=4))


def test_every_cell_of_the_table() -> None:
    """All 625 combinations of the four verdicts."""
    seen: dict[Cause, int] = {"spec": 0, "policy": 0, "both": 0}
    for cells in ALL:
        flip = flipped(*cells)
        nothing_said = all(one in ("undecided", "allowed") for one in cells)
        if len(set(cells)) == 1 or nothing_said:
            assert flip is None, cells
            continue
        assert flip is not None, cells
        assert (flip.old_old, flip.new_old, flip.old_new, flip.new_new) == cells
        assert flip.cause == expected_cause(*cells), cells
        assert (flip.rule, flip.subject, flip.location) == (RULE, SUBJECT, PLACE)
        seen[flip.cause] += 1
    # of 625, 16 in which no rule says anything and 3 in which all say the same; two different verdicts in 20 - 2 ways
    assert seen == {"spec": 18, "policy": 18, "both": 625 - 16 - 3 - 18 - 18}


@pytest.mark.parametrize(
    ("cells", "cause", "hidden", "loosened", "refused"),
    [
        # what the specs alone do
        (("allowed", "denied", "allowed", "denied"), "spec", False, False, True),
        (("denied", "allowed", "denied", "allowed"), "spec", False, False, False),
        (("allowed", "warned", "allowed", "warned"), "spec", False, False, False),
        (("undecided", "denied", "undecided", "denied"), "spec", False, False, True),
        (("denied", "undecided", "denied", "undecided"), "spec", False, False, False),
        # what the policies alone do
        (("allowed", "allowed", "denied", "denied"), "policy", False, False, False),
        (("denied", "denied", "allowed", "allowed"), "policy", False, True, False),
        (("denied", "denied", "warned", "warned"), "policy", False, True, False),
        (("denied", "denied", "waived", "waived"), "policy", False, True, False),
        (("waived", "waived", "denied", "denied"), "policy", False, False, False),
        (("waived", "waived", "allowed", "allowed"), "policy", False, True, False),
        (("warned", "warned", "allowed", "allowed"), "policy", False, False, False),
        # neither alone, and each alone
        (("allowed", "allowed", "allowed", "denied"), "both", False, False, True),
        (("denied", "denied", "denied", "allowed"), "both", False, True, False),
        (("allowed", "denied", "denied", "denied"), "both", False, False, True),
        (("denied", "allowed", "allowed", "allowed"), "both", False, True, False),
        # one undoes what the other does
        (("allowed", "denied", "allowed", "allowed"), "both", True, True, True),
        (("allowed", "allowed", "denied", "allowed"), "both", True, False, False),
        (("denied", "allowed", "denied", "denied"), "both", True, False, False),
        (("denied", "denied", "allowed", "denied"), "both", True, True, True),
        (("undecided", "denied", "undecided", "allowed"), "both", False, True, True),
        # a waiver beside the specs that need it, for specs that are mended too, and one that was there before
        (("allowed", "denied", "allowed", "waived"), "both", False, True, True),
        (("denied", "allowed", "waived", "allowed"), "both", False, True, False),
        (("allowed", "waived", "allowed", "waived"), "spec", False, False, False),
        (("waived", "waived", "warned", "warned"), "policy", False, True, False),
        (("warned", "warned", "waived", "waived"), "policy", False, False, False),
    ],
)
def test_what_each_movement_means(
    cells: tuple[Verdict, Verdict, Verdict, Verdict], cause: Cause, hidden: bool, loosened: bool, refused: bool
) -> None:
    flip = flipped(*cells)
    assert flip is not None
    assert (flip.cause, flip.hidden, flip.loosened, flip.refused) == (cause, hidden, loosened, refused)


@pytest.mark.parametrize(
    ("cells", "waives"),
    [
        (("denied", "denied", "waived", "waived"), True),
        (("denied", "allowed", "waived", "allowed"), True),
        (("denied", "denied", "allowed", "waived"), False),
        (("denied", "denied", "allowed", "allowed"), False),
        (("waived", "waived", "denied", "denied"), False),
        (("denied", "denied", "waived", "warned"), False),
    ],
)
def test_a_waiver_is_told_from_a_rule_that_gives_way(
    cells: tuple[Verdict, Verdict, Verdict, Verdict], waives: bool
) -> None:
    flip = flipped(*cells)
    assert flip is not None
    assert flip.waives is waives
    assert flip.waiver == ("policies/waivers/a.yaml" if "waived" in cells[2:] else "")


def test_a_waived_warning_sets_no_denial_aside() -> None:
    """A waiver taken from a warning brings the warning back: no rule gave way."""
    waived = said("waived")._replace(severity="warning")
    old, new = Decided(frozenset({SUBJECT}), (waived,)), cell("warned")
    (flip,) = flips_of(old, old, new, new)
    assert (flip.old_old, flip.new_new, flip.aside, flip.loosened) == ("waived", "warned", "warned", False)
    assert VerdictFlip(RULE, SUBJECT, "policy", "waived", "waived", "warned", "warned", "").loosened
    assert loosens("waived", "warned")
    assert loosens("waived", "warned", "denied")


def test_the_worst_finding_counts_and_what_rules_do_not_say_is_no_verdict() -> None:
    later = said("denied")._replace(message="it is denied again")
    both = Decided(frozenset({SUBJECT}), (said("warned"), said("denied"), later, said("waived")))
    remarks = tuple(said("denied")._replace(code=code) for code in ("policy/waiver-unused", "kuberay/a.b"))
    (flip,) = flips_of(cell("allowed"), cell("allowed"), Decided(frozenset({SUBJECT}), remarks), both)
    assert (flip.old_new, flip.new_new, flip.message) == ("allowed", "denied", "it is denied")


def test_the_message_is_the_newest_there_is() -> None:
    gone = cell("denied")
    (flip,) = flips_of(gone, gone, cell("allowed"), cell("allowed"))
    assert flip.message == "it is denied"


def test_what_becomes_denied_comes_first_then_what_is_refused_then_what_is_loosened() -> None:
    def of(rule: str, *verdicts: Verdict) -> list[tuple[Finding, ...]]:
        return [
            (said(one)._replace(code=f"policy/{rule}"),) if one not in ("allowed", "undecided") else ()
            for one in verdicts
        ]

    rows = [
        of("a.warns", "allowed", "warned", "allowed", "warned"),
        of("b.loosened", "denied", "denied", "allowed", "allowed"),
        of("c.hidden", "allowed", "denied", "allowed", "allowed"),
        of("d.denied", "allowed", "allowed", "denied", "denied"),
    ]
    cells = [Decided(frozenset({SUBJECT}), tuple(f for row in rows for f in row[at])) for at in range(4)]
    assert [flip.rule for flip in flips_of(*cells)] == ["d.denied", "c.hidden", "b.loosened", "a.warns"]


def test_what_gates() -> None:
    loose = Witness("a.b", "dev", "denied", "allowed", "x in dev becomes allowed", {})
    tight = Witness("a.b", "dev", "allowed", "denied", "x in dev becomes denied", {})
    flips = flips_of(cell("allowed"), cell("denied"), cell("allowed"), cell("denied"))
    longer = Renewal("policies/waivers/a.yaml", "a.b", "churn@prod", "2026-12-01", "2027-01-01", "too much")
    diff = PolicyDiff(flips, (loose, tight), renewals=(longer,))
    assert diff.loosened == (loose, longer)
    assert diff.refused == flips
