package mlgitops.cost.worker_groups_test

import data.mlgitops.cost.worker_groups

asked(environment, group) := {
	"environment": environment,
	"objects": [{"file": "a.yaml", "object": {
		"kind": "RayService",
		"metadata": {"name": "churn"},
		"spec": {"rayClusterConfig": {"workerGroupSpecs": [{"maxReplicas": 1}, group]}},
	}}],
}

here := {"autoscaling": {"maxWorkers": 4}}

at(field) := sprintf("a.yaml#/spec/rayClusterConfig/workerGroupSpecs/1/%s", [field])

test_within if {
	worker_groups.deny == set() with input as asked(here, {"replicas": 2, "minReplicas": 4, "maxReplicas": 4})
	worker_groups.deny == set() with input as asked(here, {"maxReplicas": 4})
	worker_groups.deny == set() with input as asked(null, {"replicas": 90, "minReplicas": 1, "maxReplicas": 90})
}

test_no_bound if {
	every group in [{}, {"maxReplicas": null}] {
		worker_groups.deny == {{
			"pointer": at("maxReplicas"),
			"message": "RayService churn must have maxReplicas in each worker group, got nothing",
		}} with input as asked(here, group)
	}
	count(worker_groups.deny) == 1 with input as asked(null, {"maxReplicas": "9"})
}

test_beyond_the_ceiling if {
	worker_groups.deny == {{
		"pointer": at("maxReplicas"),
		"message": "RayService churn must have maxReplicas of at most 4, the ceiling here, got 5",
	}} with input as asked(here, {"maxReplicas": 5})
	found := {finding.pointer | some finding in worker_groups.deny} with input as asked(here, {"replicas": 5, "minReplicas": 6, "maxReplicas": 7})
	found == {at("replicas"), at("minReplicas"), at("maxReplicas")}
}

test_turned_round if {
	worker_groups.deny == {{
		"pointer": at("minReplicas"),
		"message": "RayService churn must have minReplicas of at most maxReplicas, 2, got 3",
	}} with input as asked(here, {"minReplicas": 3, "maxReplicas": 2})
}

test_objects_without_groups if {
	worker_groups.deny == set() with input as {"environment": here, "objects": [{"file": "a.yaml", "object": {
		"kind": "Service",
		"spec": {"rayClusterConfig": {"workerGroupSpecs": [{}]}},
	}}]}
}
