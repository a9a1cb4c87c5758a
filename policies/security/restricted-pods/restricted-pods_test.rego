package mlgitops.security.restricted_pods_test

import data.mlgitops.security.restricted_pods

confined := {
	"allowPrivilegeEscalation": false,
	"capabilities": {"drop": ["ALL"]},
	"readOnlyRootFilesystem": true,
	"runAsNonRoot": true,
	"seccompProfile": {"type": "RuntimeDefault"},
}

asked(pod_context, context) := {"pods": [{
	"file": "a.yaml",
	"kind": "Job",
	"name": "churn",
	"pointer": "/spec/template",
	"role": "job",
	"written": true,
	"injected": [],
	"spec": {"securityContext": pod_context, "containers": [{"name": "c", "securityContext": context}]},
}]}

at(path) := concat("", ["a.yaml#/spec/template/spec/containers/0/securityContext/", path])

fields := {finding.pointer | some finding in restricted_pods.deny}

test_confined if restricted_pods.deny == set() with input as asked(null, confined)

test_what_a_pod_says_holds_for_its_containers if {
	bare := object.remove(confined, ["runAsNonRoot", "seccompProfile"])
	pod := {"runAsNonRoot": true, "seccompProfile": {"type": "Localhost"}}
	restricted_pods.deny == set() with input as asked(pod, bare)
	nulls := {"runAsNonRoot": null, "seccompProfile": null}
	restricted_pods.deny == set() with input as asked(pod, object.union(bare, nulls))
	fields == {at("runAsNonRoot"), at("seccompProfile/type")} with input as asked({}, bare)
	fields == {at("runAsNonRoot"), at("seccompProfile/type")} with input as asked(
		{"runAsNonRoot": false, "seccompProfile": {"type": "Unconfined"}},
		bare,
	)
}

test_a_container_has_the_last_word if {
	pod := {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}
	own := object.union(confined, {"runAsNonRoot": false, "seccompProfile": {"type": "Unconfined"}})
	fields == {at("runAsNonRoot"), at("seccompProfile/type")} with input as asked(pod, own)
}

test_each_field if {
	flips := {
		"allowPrivilegeEscalation": {"allowPrivilegeEscalation": true},
		"capabilities/drop": {"capabilities": {"drop": ["NET_RAW"]}},
		"readOnlyRootFilesystem": {"readOnlyRootFilesystem": false},
		"runAsNonRoot": {"runAsNonRoot": false},
		"seccompProfile/type": {"seccompProfile": {"type": "Unconfined"}},
	}
	every field, flip in flips {
		fields == {at(field)} with input as asked(null, object.union(confined, flip))
	}
}

test_each_field_absent if {
	every field in object.keys(confined) {
		count(restricted_pods.deny) == 1 with input as asked(null, object.remove(confined, [field]))
	}
}

test_no_security_context if {
	count(restricted_pods.deny) == 5 with input as asked(null, null)
	{"pointer": at("runAsNonRoot"), "message": "container c of the job pod of Job churn: securityContext.runAsNonRoot must be true, got nothing"} in restricted_pods.deny with input as asked(null, null)
}

test_what_the_operator_makes if {
	restricted_pods.deny == {{
		"pointer": "a.yaml#/spec/submitterPodTemplate",
		"message": "the submitter pod of RayJob churn must be written with a security context, got none: KubeRay would start it unconfined",
	}} with input as {"pods": [{
		"file": "a.yaml",
		"kind": "RayJob",
		"name": "churn",
		"pointer": "/spec/submitterPodTemplate",
		"role": "submitter",
		"written": false,
		"injected": [],
		"spec": {"containers": [{"name": "ray-job-submitter"}]},
	}]}
}

test_one_of_several if {
	bare := object.remove(confined, ["runAsNonRoot"])
	several := json.patch(asked({"runAsNonRoot": true}, bare), [
		{"op": "add", "path": "/pods/0/spec/containers/-", "value": {"name": "d", "securityContext": object.union(bare, {"readOnlyRootFilesystem": false})}},
		{"op": "add", "path": "/pods/-", "value": object.union(asked(null, bare).pods[0], {"file": "b.yaml"})},
	])
	fields == {
		"a.yaml#/spec/template/spec/containers/1/securityContext/readOnlyRootFilesystem",
		"b.yaml#/spec/template/spec/containers/0/securityContext/runAsNonRoot",
	} with input as several
}
