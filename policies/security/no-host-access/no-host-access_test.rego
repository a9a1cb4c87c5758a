package mlgitops.security.no_host_access_test

import data.mlgitops.security.no_host_access

asked(spec) := {"pods": [{
	"file": "a.yaml",
	"kind": "Job",
	"name": "churn",
	"pointer": "/spec/template",
	"role": "job",
	"injected": [],
	"spec": spec,
}]}

test_nothing_of_the_host if {
	no_host_access.deny == set() with input as asked({})
	no_host_access.deny == set() with input as asked({
		"hostNetwork": false,
		"hostPID": null,
		"volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "code", "configMap": {"name": "code"}}],
		"containers": [{"name": "c", "ports": [{"containerPort": 8000}, {"hostPort": 0}, {"hostPort": null}]}],
	})
}

test_each_namespace if {
	every field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"] {
		no_host_access.deny == {{
			"pointer": sprintf("a.yaml#/spec/template/spec/%s", [field]),
			"message": sprintf("the job pod of Job churn must not have %s, got true", [field]),
		}} with input as asked({field: true})
	}
}

test_a_path_of_the_host if {
	no_host_access.deny == {{
		"pointer": "a.yaml#/spec/template/spec/volumes/1/hostPath",
		"message": "the job pod of Job churn must have volumes of the types configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret, got hostPath",
	}} with input as asked({"volumes": [
		{"name": "tmp", "emptyDir": {}},
		{"name": "host", "hostPath": {"path": "/"}},
	]})
}

test_each_kind_of_volume if {
	every type in ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"] {
		no_host_access.deny == set() with input as asked({"volumes": [{"name": "v", type: {}}]})
	}
	every type in ["hostPath", "nfs", "iscsi", "gitRepo", "awsElasticBlockStore"] {
		count(no_host_access.deny) == 1 with input as asked({"volumes": [{"name": "v", type: {}}]})
	}
}

test_a_port_of_the_host if {
	no_host_access.deny == {{
		"pointer": "a.yaml#/spec/template/spec/initContainers/0/ports/1/hostPort",
		"message": "container c of the job pod of Job churn must not take a port of its node, got 8265",
	}} with input as asked({"initContainers": [{"name": "c", "ports": [{"containerPort": 1}, {"hostPort": 8265}]}]})
}
