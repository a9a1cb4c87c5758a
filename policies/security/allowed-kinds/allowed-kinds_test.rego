package mlgitops.security.allowed_kinds_test

import data.mlgitops.security.allowed_kinds

kinds := {"": ["Service"], "batch": ["Job"]}

asked(model, version, kind) := {"target": {"model": model}, "objects": [{
	"file": "a.yaml",
	"object": {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}},
}]}

test_known_kinds if {
	allowed_kinds.deny == set() with input as asked("churn", "v1", "Service") with data.mlgitops_data.kinds as kinds
	allowed_kinds.deny == set() with input as asked("churn", "batch/v1", "Job") with data.mlgitops_data.kinds as kinds
	allowed_kinds.deny == set() with input as asked("churn", "batch/v2", "Job") with data.mlgitops_data.kinds as kinds
}

test_an_unknown_kind if {
	allowed_kinds.deny == {{
		"pointer": "a.yaml#/kind",
		"message": "a model's objects must be of a kind that policies/data/kinds.yaml has, got ClusterRole x of apiVersion 'rbac.authorization.k8s.io/v1'",
	}} with input as asked("churn", "rbac.authorization.k8s.io/v1", "ClusterRole") with data.mlgitops_data.kinds as kinds
}

test_a_known_kind_of_another_group if {
	every pair in [["v1", "Job"], ["batch/v1", "Service"], ["other/v1", "Job"], ["v2", "Service"], [null, "Service"], ["a/b/c", "Job"]] {
		[version, kind] := pair
		count(allowed_kinds.deny) == 1 with input as asked("churn", version, kind) with data.mlgitops_data.kinds as kinds
	}
}

test_objects_without_a_version if {
	count(allowed_kinds.deny) == 1 with input as {"target": {"model": "churn"}, "objects": [{"file": "a.yaml", "object": {}}]}
		with data.mlgitops_data.kinds as kinds
}

test_manifests_of_nobody if {
	allowed_kinds.deny == set() with input as asked(null, "rbac.authorization.k8s.io/v1", "ClusterRole") with data.mlgitops_data.kinds as kinds
}
