# METADATA
# title: No model scales beyond the environment's ceilings
# description: Replicas within limits.replicas, workers of a run within autoscaling.maxWorkers.
# custom:
#   id: cost.scaling-ceilings
#   severity: error
#   scope: model
#   remediation: lower serving.replicas or training.workers, or raise the ceiling in environment.yaml
package mlgitops.cost.scaling_ceilings

import data.mlgitops.library.measures

deny contains {"pointer": "/spec/serving/replicas", "message": message} if {
	input.serves
	limit := input.environment.limits.replicas
	limit != null
	replicas := measures.replicas(input.spec.serving)
	replicas > limit
	message := sprintf("serving.replicas must be at most %d, the ceiling here, got %d", [limit, replicas])
}

deny contains {"pointer": "/spec/training/workers", "message": message} if {
	input.trains
	limit := input.environment.autoscaling.maxWorkers
	workers := measures.workers(input.spec.training)
	workers > limit
	message := sprintf("training.workers must be at most %d, the ceiling here, got %d", [limit, workers])
}
