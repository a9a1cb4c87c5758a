# METADATA
# title: Every model has an owner and a team that is known
# description: Somebody answers for the model, and the team has quotas and clearances here.
# custom:
#   id: governance.owner
#   severity: error
#   scope: model
#   remediation: write metadata.owner, a handle or a mail address, and a team of policies/data/teams.yaml
package mlgitops.governance.owner

import data.mlgitops.library.shown

deny contains {"pointer": "/metadata/owner", "message": "a model must have an owner, got none"} if {
	input.metadata.owner == null
}

deny contains {"pointer": "/metadata/team", "message": message} if {
	not data.mlgitops_data.teams[input.metadata.team]
	message := sprintf("a model's team must be one of %s, got %s", [
		shown.names(object.keys(data.mlgitops_data.teams)),
		input.metadata.team,
	])
}
