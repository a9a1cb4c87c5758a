package mlgitops.cost.monthly_cost_test

import data.mlgitops.cost.monthly_cost

fleet(limit) := {
	"environment": {"limits": {"costPerMonth": limit}, "prices": {"currency": "EUR"}},
	"models": [
		{"model": "churn", "team": "growth", "costPerMonth": 100.25},
		{"model": "fraud", "team": "risk", "costPerMonth": 0},
		{"model": "reach", "team": "growth", "costPerMonth": 200},
	],
}

budgets(growth) := {"growth": growth, "sales": 0}

test_within if {
	monthly_cost.deny == set() with input as fleet(300.25) with data.mlgitops_data.quotas.costPerMonth as budgets(300.25)
	monthly_cost.deny == set() with input as fleet(null) with data.mlgitops_data.quotas.costPerMonth as {}
}

test_beyond_the_budget_of_the_environment if {
	monthly_cost.deny == {{
		"pointer": "/environment/limits/costPerMonth",
		"message": "all models must cost at most 300 EUR a month, got 301: churn 101, reach 200",
	}} with input as fleet(300) with data.mlgitops_data.quotas.costPerMonth as budgets(301)
}

test_beyond_the_budget_of_a_team if {
	monthly_cost.deny == {{
		"pointer": "/models/2/costPerMonth",
		"message": "models of team growth must cost at most 300 EUR a month, got 301; this one costs most",
	}} with input as fleet(1000) with data.mlgitops_data.quotas.costPerMonth as budgets(300)
}

test_the_first_of_equals if {
	equals := json.patch(fleet(1000), [{"op": "replace", "path": "/models/0/costPerMonth", "value": 200}])
	{finding.pointer | some finding in monthly_cost.deny} == {"/models/0/costPerMonth"} with input as equals
		with data.mlgitops_data.quotas.costPerMonth as budgets(300)
}
