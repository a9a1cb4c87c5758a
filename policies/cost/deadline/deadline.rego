# METADATA
# title: Every run has a deadline within the environment's limit
# description: A run that hangs is ended, and what it may take at most is known before it starts.
# custom:
#   id: cost.deadline
#   severity: error
#   scope: model
#   remediation: write training.deadline, twice as long as a run usually takes
package mlgitops.cost.deadline

import data.mlgitops.library.measures

deny contains {"pointer": "/spec/training/deadline", "message": "training.deadline must be said, got none"} if {
	input.trains
	input.spec.training.deadline == null
}

deny contains {"pointer": "/spec/training/deadline", "message": message} if {
	input.trains
	deadline := input.spec.training.deadline
	deadline != null
	limit := input.environment.limits.deadline
	limit != null
	not measures.within(deadline, limit)
	message := sprintf("training.deadline must be at most %s, the limit here, got %s", [limit, deadline])
}
