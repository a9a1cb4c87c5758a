package mlgitops.library.ray_test

import data.mlgitops.library.ray

asked := {"objects": [
	{"file": "a.yaml", "object": {"kind": "RayCluster", "spec": {"n": 1}}},
	{"file": "b.yaml", "object": {"kind": "RayService", "spec": {"rayClusterConfig": {"n": 2}}}},
	{"file": "c.yaml", "object": {"kind": "RayJob", "spec": {"rayClusterSpec": {"n": 3}}}},
	{"file": "d.yaml", "object": {"kind": "RayCronJob", "spec": {"jobTemplate": {"rayClusterSpec": {"n": 4}}}}},
	{"file": "e.yaml", "object": {"kind": "RayJob", "spec": {"clusterSelector": {}}}},
	{"file": "f.yaml", "object": {"kind": "RayJob", "spec": null}},
	{"file": "g.yaml", "object": {"kind": "Job", "spec": {"rayClusterSpec": {}}}},
]}

test_clusters if {
	[[cluster.at, cluster.spec.n] | some cluster in ray.clusters] == [
		["a.yaml#/spec", 1],
		["b.yaml#/spec/rayClusterConfig", 2],
		["c.yaml#/spec/rayClusterSpec", 3],
		["d.yaml#/spec/jobTemplate/rayClusterSpec", 4],
	] with input as asked
	[cluster.object.kind | some cluster in ray.clusters] == ["RayCluster", "RayService", "RayJob", "RayCronJob"] with input as asked
}

test_runs if {
	[run.at | some run in ray.runs] == ["c.yaml#/spec", "d.yaml#/spec/jobTemplate", "e.yaml#/spec"] with input as asked
}

test_titles if {
	ray.titled({"kind": "RayJob", "metadata": {"name": "churn"}}) == "RayJob churn"
	ray.titled({"kind": "RayJob", "metadata": null}) == "RayJob"
	ray.titled({"kind": "RayJob", "metadata": {"name": 7}}) == "RayJob"
	ray.titled({}) == "an object"
	ray.titled({"kind": 7}) == "an object"
}

test_namespaces if {
	ray.namespace({"metadata": {"namespace": "growth"}}) == "growth"
	ray.namespace({"metadata": {}}) == null
	ray.namespace({}) == null
}
