package mlgitops.security.ray_token_auth_test

import data.mlgitops.security.ray_token_auth

objects(kind, spec) := {"pods": [], "objects": [{
	"file": "a.yaml",
	"object": {"kind": kind, "metadata": {"name": "churn"}, "spec": spec},
}]}

pods(variable) := {"objects": [], "pods": [{
	"file": "a.yaml",
	"kind": "RayJob",
	"name": "churn",
	"pointer": "/spec/rayClusterSpec/headGroupSpec/template",
	"role": "head",
	"injected": [],
	"spec": {"containers": [{"name": "ray-head", "env": [{"name": "HOME", "value": "/tmp"}, variable]}]},
}]}

shapes(cluster) := {
	"RayCluster": cluster,
	"RayService": {"rayClusterConfig": cluster},
	"RayJob": {"rayClusterSpec": cluster},
	"RayCronJob": {"jobTemplate": {"rayClusterSpec": cluster}},
}

places := {
	"RayCluster": "/spec",
	"RayService": "/spec/rayClusterConfig",
	"RayJob": "/spec/rayClusterSpec",
	"RayCronJob": "/spec/jobTemplate/rayClusterSpec",
}

test_a_token if {
	every kind, spec in shapes({"authOptions": {"mode": "token"}}) {
		ray_token_auth.deny == set() with input as objects(kind, spec)
	}
}

test_no_token if {
	every cluster in [{}, {"authOptions": null}, {"authOptions": {"mode": "disabled"}}, {"authOptions": {"mode": null}}] {
		every kind, spec in shapes(cluster) {
			{finding.pointer | some finding in ray_token_auth.deny} == {sprintf("a.yaml#%s/authOptions/mode", [places[kind]])} with input as objects(kind, spec)
		}
	}
}

test_the_message if {
	ray_token_auth.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/authOptions/mode",
		"message": "RayJob churn must have authOptions.mode token, got 'disabled'",
	}} with input as objects("RayJob", {"rayClusterSpec": {"authOptions": {"mode": "disabled"}}})
}

test_objects_without_a_cluster if {
	ray_token_auth.deny == set() with input as objects("Job", {"rayClusterSpec": {}})
	ray_token_auth.deny == set() with input as objects("RayJob", {"clusterSelector": {}})
}

test_a_variable_that_disables_it if {
	ray_token_auth.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/env/1",
		"message": "container ray-head of the head pod of RayJob churn must leave RAY_AUTH_MODE to KubeRay or say token, got 'disabled'",
	}} with input as pods({"name": "RAY_AUTH_MODE", "value": "disabled"})
	count(ray_token_auth.deny) == 1 with input as pods({"name": "RAY_AUTH_MODE", "valueFrom": {"configMapKeyRef": {}}})
	ray_token_auth.deny == set() with input as pods({"name": "RAY_AUTH_MODE", "value": "token"})
	ray_token_auth.deny == set() with input as pods({"name": "MODE", "value": "disabled"})
}
