package mlgitops.governance.approvals_test

import data.mlgitops.governance.approvals

asked(risk, given) := {
	"environment": {"approvals": {"low": [], "medium": ["lead"], "high": ["lead", "platform"]}},
	"release": {"riskLevel": risk, "requestedBy": "@growth/ada", "approvals": given},
	"version": {"createdAt": "2026-11-01T05:00:00Z", "createdBy": "@growth/bob"},
}

by(role, person) := {"role": role, "by": person, "at": "2026-11-01T05:00:00Z"}

of_rule(rule) := {"of": {"rule": rule}}

missing(risk, roles, role) := {
	"pointer": "/release/approvals",
	"message": sprintf("a release of %s risk must be approved by the roles %s, got no valid approval by %s", [risk, roles, role]),
}

test_approved if {
	approvals.deny == set() with input as asked("low", [])
	approvals.deny == set() with input as asked("medium", [by("lead", "@growth/eve")])
	approvals.deny == set() with input as asked("high", [by("platform", "@platform/kim"), by("lead", "@growth/eve")])
}

test_no_release if {
	approvals.deny == set() with input as object.union(asked("high", []), {"release": null, "version": null})
}

test_missing if {
	approvals.deny == {missing("medium", "lead", "lead")} with input as asked("medium", [])
	approvals.deny == {missing("high", "lead, platform", "platform")} with input as asked("high", [by("lead", "@growth/eve")])
	approvals.deny == {missing("medium", "lead", "lead")} with input as asked("medium", [by("platform", "@platform/kim")])
}

test_of_what if {
	of := of_rule("governance.approvals")
	other := of_rule("release.risk-lowered")
	approvals.deny == set() with input as asked("medium", [object.union(by("lead", "@growth/eve"), of)])
	approvals.deny == {missing("medium", "lead", "lead")} with input as asked("medium", [object.union(by("lead", "@growth/eve"), other)])
}

test_own_work if {
	every person in ["@growth/ada", "@growth/bob"] {
		approvals.deny == {
			missing("medium", "lead", "lead"),
			{
				"pointer": "/release/approvals/1/by",
				"message": sprintf("an approval must be by somebody else than those who made or asked for it, got %s", [person]),
			},
		} with input as asked("medium", [by("platform", "@platform/kim"), by("lead", person)])
	}
}

test_approved_before_it_was_there if {
	early := object.union(by("lead", "@growth/eve"), {"at": "2026-11-01T04:59:59Z"})
	approvals.deny == {
		missing("medium", "lead", "lead"),
		{
			"pointer": "/release/approvals/0/at",
			"message": "an approval must be given after the version was made, 2026-11-01T05:00:00Z, got 2026-11-01T04:59:59Z",
		},
	} with input as asked("medium", [early])
}

test_one_person_for_two_roles if {
	approvals.deny == {{
		"pointer": "/release/approvals/1/by",
		"message": "each role must be filled by a person of its own, got @growth/eve for lead and platform",
	}} with input as asked("high", [by("lead", "@growth/eve"), by("platform", "@growth/eve")])
}

test_twice_the_same if {
	approvals.deny == set() with input as asked("medium", [by("lead", "@growth/eve"), by("lead", "@growth/eve")])
}
