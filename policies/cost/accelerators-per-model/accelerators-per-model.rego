# METADATA
# title: No model takes more accelerators than one model may
# description: One run with many workers, or one service at its ceiling, must not take all accelerators of a type.
# custom:
#   id: cost.accelerators-per-model
#   severity: error
#   scope: model
#   remediation: ask for fewer workers, replicas or accelerators each, or for another type
package mlgitops.cost.accelerators_per_model

import data.mlgitops.library.measures
import data.mlgitops.library.shown

deny contains {"pointer": "/spec/training/workers", "message": message} if {
	input.trains
	chips := input.spec.training.accelerators
	limit := input.environment.limits.accelerators[chips.type].perModel
	limit != null
	workers := measures.workers(input.spec.training)
	workers * chips.perWorker > limit
	message := sprintf("a run must take at most %d %s here, got %d workers with %d each", [
		limit,
		chips.type,
		workers,
		chips.perWorker,
	])
}

deny contains {"pointer": "/spec/serving/replicas", "message": message} if {
	input.serves
	chips := input.spec.serving.accelerators
	limit := input.environment.limits.accelerators[chips.type].perModel
	limit != null
	replicas := measures.replicas(input.spec.serving)
	replicas * chips.perReplica > limit
	message := sprintf("a service must take at most %d %s here, got %d replicas with %d each", [
		limit,
		chips.type,
		replicas,
		chips.perReplica,
	])
}

# Nobody has said how many: that is no permission to take all.
deny contains {"pointer": sprintf("/spec/%s/accelerators/type", [part]), "message": message} if {
	some part in parts
	type := input.spec[part].accelerators.type
	not input.environment.limits.accelerators[type]
	message := sprintf("an accelerator must be of a type with a limit here (%s), got %s", [
		shown.names(object.keys(input.environment.limits.accelerators)),
		type,
	])
}

parts contains "training" if input.trains

parts contains "serving" if input.serves
