package mlgitops.cost.accelerator_limits_test

import data.mlgitops.cost.accelerator_limits

fleet(per_team) := {
	"environment": {"limits": {"accelerators": {"T4": {"total": 6, "perTeam": per_team}}}},
	"models": [
		{"model": "churn", "team": "growth", "accelerators": {"T4": 4}},
		{"model": "fraud", "team": "risk", "accelerators": {"T4": 2}},
		{"model": "reach", "team": "growth", "accelerators": {"A100": 90}},
	],
}

test_all_within if accelerator_limits.deny == set() with input as fleet(4)

test_no_limit_of_a_team if accelerator_limits.deny == set() with input as fleet(null)

test_a_team_over_its_limit if {
	accelerator_limits.deny == {{
		"pointer": "/environment/limits/accelerators/T4/perTeam",
		"message": "models of team growth must take at most 3 T4, got 4: churn 4",
	}} with input as fleet(3)
}

test_all_over_the_limit if {
	over := object.union(fleet(null), {"environment": {"limits": {"accelerators": {"T4": {"total": 5}}}}})
	accelerator_limits.deny == {{
		"pointer": "/environment/limits/accelerators/T4/total",
		"message": "all models must take at most 5 T4, got 6: churn 4, fraud 2",
	}} with input as over
}
