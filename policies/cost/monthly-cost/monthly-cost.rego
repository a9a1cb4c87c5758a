# METADATA
# title: All models together stay within the budget of an environment and of each team
# description: Serving at its ceiling for a month, by the environment's prices.
# custom:
#   id: cost.monthly-cost
#   severity: error
#   scope: fleet
#   remediation: lower ceilings or resources of what costs most, or agree on a larger budget with those who pay
package mlgitops.cost.monthly_cost

deny contains {"pointer": "/environment/limits/costPerMonth", "message": message} if {
	limit := input.environment.limits.costPerMonth
	is_number(limit)
	cost := sum([model.costPerMonth | some model in input.models])
	cost > limit
	message := sprintf("all models must cost at most %d %s a month, got %d: %s", [
		floor(limit),
		input.environment.prices.currency,
		ceil(cost),
		concat(", ", [sprintf("%s %d", [model.model, ceil(model.costPerMonth)]) |
			some model in input.models
			model.costPerMonth > 0
		]),
	])
}

deny contains {"pointer": sprintf("/models/%v/costPerMonth", [index]), "message": message} if {
	some team, limit in data.mlgitops_data.quotas.costPerMonth
	cost := sum([model.costPerMonth | some model in input.models; model.team == team])
	cost > limit

	# Said once, of the dearest model.
	dearest := max([model.costPerMonth | some model in input.models; model.team == team])
	index := min([number | some number, model in input.models; model.team == team; model.costPerMonth == dearest])
	message := sprintf("models of team %s must cost at most %d %s a month, got %d; this one costs most", [
		team,
		floor(limit),
		input.environment.prices.currency,
		ceil(cost),
	])
}
