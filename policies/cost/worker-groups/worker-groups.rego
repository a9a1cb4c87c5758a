# METADATA
# title: Every group of workers has bounds within the environment's ceiling
# description: No group can grow beyond autoscaling.maxWorkers, or without end.
# custom:
#   id: cost.worker-groups
#   severity: error
#   scope: objects
#   remediation: leave the group's bounds as mlgitops renders them, or raise autoscaling.maxWorkers
package mlgitops.cost.worker_groups

import data.mlgitops.library.ray
import data.mlgitops.library.shown

# Without one the operator takes 2147483647.
deny contains {"pointer": sprintf("%s/workerGroupSpecs/%v/maxReplicas", [cluster.at, index]), "message": message} if {
	some cluster in ray.clusters
	some index, group in cluster.spec.workerGroupSpecs
	not bounded(group)
	message := sprintf("%s must have maxReplicas in each worker group, got %s", [
		ray.titled(cluster.object),
		shown.at(group, ["maxReplicas"]),
	])
}

deny contains {"pointer": sprintf("%s/workerGroupSpecs/%v/%s", [cluster.at, index, field]), "message": message} if {
	ceiling := input.environment.autoscaling.maxWorkers
	some cluster in ray.clusters
	some index, group in cluster.spec.workerGroupSpecs
	some field in ["maxReplicas", "minReplicas", "replicas"]
	is_number(group[field])
	group[field] > ceiling
	message := sprintf("%s must have %s of at most %d, the ceiling here, got %d", [
		ray.titled(cluster.object),
		field,
		ceiling,
		group[field],
	])
}

deny contains {"pointer": sprintf("%s/workerGroupSpecs/%v/minReplicas", [cluster.at, index]), "message": message} if {
	some cluster in ray.clusters
	some index, group in cluster.spec.workerGroupSpecs
	is_number(group.minReplicas)
	is_number(group.maxReplicas)
	group.minReplicas > group.maxReplicas
	message := sprintf("%s must have minReplicas of at most maxReplicas, %d, got %d", [
		ray.titled(cluster.object),
		group.maxReplicas,
		group.minReplicas,
	])
}

bounded(group) if is_number(group.maxReplicas)
