package mlgitops.governance.owner_test

import data.mlgitops.governance.owner

teams := {"growth": {}, "risk": {}}

test_owned if {
	owner.deny == set() with input as {"metadata": {"team": "growth", "owner": "@growth/churn"}}
		with data.mlgitops_data.teams as teams
}

test_no_owner if {
	owner.deny == {{"pointer": "/metadata/owner", "message": "a model must have an owner, got none"}} with input as {"metadata": {"team": "risk", "owner": null}}
		with data.mlgitops_data.teams as teams
}

test_unknown_team if {
	owner.deny == {{
		"pointer": "/metadata/team",
		"message": "a model's team must be one of growth, risk, got sales",
	}} with input as {"metadata": {"team": "sales", "owner": "@sales"}}
		with data.mlgitops_data.teams as teams
}
