# METADATA
# title: All models together stay within the accelerators of an environment and of each team
# description: At their ceilings, all models of an environment fit into its limit of each type, and a team's into the team's.
# custom:
#   id: cost.accelerator-limits
#   severity: error
#   scope: fleet
#   remediation: lower the ceilings of models that take most, or raise the limit with those who pay for it
package mlgitops.cost.accelerator_limits

deny contains {"pointer": pointer, "message": message} if {
	some type, limit in input.environment.limits.accelerators
	taken := sum([model.accelerators[type] | some model in input.models])
	taken > limit.total
	pointer := sprintf("/environment/limits/accelerators/%s/total", [type])
	message := sprintf("all models must take at most %d %s, got %d: %s", [limit.total, type, taken, takers(type, teams)])
}

deny contains {"pointer": pointer, "message": message} if {
	some type, limit in input.environment.limits.accelerators
	limit.perTeam != null
	some team in teams
	taken := sum([model.accelerators[type] | some model in input.models; model.team == team])
	taken > limit.perTeam
	pointer := sprintf("/environment/limits/accelerators/%s/perTeam", [type])
	message := sprintf("models of team %s must take at most %d %s, got %d: %s", [
		team,
		limit.perTeam,
		type,
		taken,
		takers(type, {team}),
	])
}

teams contains model.team if some model in input.models

# Who takes how many, by name.
takers(type, among) := concat(", ", [sprintf("%s %d", [model.model, model.accelerators[type]]) |
	some model in input.models
	model.team in among
])
