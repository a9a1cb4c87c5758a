# METADATA
# title: A release comes from the environment before
# description: Where an environment promotes from another, its releases name it; protected environments promote from one.
# custom:
#   id: governance.promotion-path
#   severity: error
#   scope: model
#   remediation: release to the environment before first, and promote from there
package mlgitops.governance.promotion_path

import data.mlgitops.library.shown

deny contains {"pointer": "/release/promotedFrom", "message": message} if {
	input.environment.promotesFrom != null
	input.release.promotedFrom != input.environment.promotesFrom
	message := sprintf("a release must be promoted from %s, got %s", [
		input.environment.promotesFrom,
		shown.value(input.release.promotedFrom),
	])
}

deny contains {"pointer": "/environment/promotesFrom", "message": message} if {
	input.environment.protected
	input.release != null
	input.environment.promotesFrom == null
	message := "a protected environment must promote from another, got none: versions would serve there untried"
}
