package mlgitops.reliability.disruption_budget_test

import data.mlgitops.reliability.disruption_budget

budget := {
	"kind": "PodDisruptionBudget",
	"metadata": {"name": "churn", "namespace": "growth"},
	"spec": {"minAvailable": 1, "selector": {"matchLabels": {"model": "churn", "ray.io/serve": "true"}}},
}

worker := {
	"file": "s.yaml",
	"kind": "RayService",
	"name": "churn-v1",
	"namespace": "growth",
	"pointer": "/spec/rayClusterConfig/workerGroupSpecs/0/template",
	"role": "worker",
	"metadata": {"labels": {"model": "churn"}},
}

asked(protected, pod, budget_changes) := {
	"environment": {"protected": protected},
	"pods": [object.union(worker, pod)],
	"objects": [{"file": "b.yaml", "object": json.patch(budget, budget_changes)}],
}

missing := {{
	"pointer": "s.yaml#/spec/rayClusterConfig/workerGroupSpecs/0/template",
	"message": "the worker pod of RayService churn-v1 must be in a PodDisruptionBudget of its namespace with minAvailable of at least 1, got none",
}}

replaced(path, value) := [{"op": "replace", "path": path, "value": value}]

test_kept if disruption_budget.deny == set() with input as asked(true, {}, [])

test_not_protected if {
	every environment in [null, {"protected": false}] {
		disruption_budget.deny == set() with input as {"environment": environment, "pods": [worker], "objects": []}
	}
}

test_other_pods if {
	every pod in [{"role": "head"}, {"kind": "RayJob"}] {
		disruption_budget.deny == set() with input as {"environment": {"protected": true}, "pods": [object.union(worker, pod)], "objects": []}
	}
}

test_no_budget if {
	disruption_budget.deny == missing with input as {"environment": {"protected": true}, "pods": [worker], "objects": []}
}

test_a_budget_that_does_not_hold if {
	every change in [
		replaced("/spec/minAvailable", 0),
		replaced("/spec/minAvailable", "50%"),
		replaced("/spec/minAvailable", null),
		replaced("/spec/selector/matchLabels/model", "fraud"),
		replaced("/metadata/namespace", "risk"),
		replaced("/kind", "Service"),
	] {
		disruption_budget.deny == missing with input as asked(true, {}, change)
	}
}
