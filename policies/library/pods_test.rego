package mlgitops.library.pods_test

import data.mlgitops.library.pods

pod(spec, injected) := {
	"file": "a.yaml",
	"kind": "RayJob",
	"name": "churn",
	"pointer": "/spec/rayClusterSpec/headGroupSpec/template",
	"role": "head",
	"injected": injected,
	"spec": spec,
}

asked := {"pods": [
	pod(
		{
			"securityContext": {"runAsUser": 1},
			"containers": [
				{"name": "a", "image": "x", "env": [{"name": "A"}, null], "securityContext": {"privileged": true}},
				{"name": "b", "image": "x", "env": null},
				null,
			],
			"initContainers": [{"name": "c", "image": "y"}],
		},
		[],
	),
	pod({"ephemeralContainers": [{"name": "d"}], "other": [{"name": "e", "image": "z"}]}, []),
]}

test_what_rules_look_through if {
	[container.name | some container in pods.containers] == ["a", "b", "c", "d"] with input as asked
	pods.images == {"x", "y", null} with input as asked
	pods.variables == {{"name": "A"}} with input as asked
	pods.contexts == {[{"runAsUser": 1}, {"privileged": true}], [{"runAsUser": 1}, null], [null, null]} with input as asked
}

test_everywhere if {
	found := [[kind, index, container.name] | some [_, kind, index, container] in pods.everywhere] with input as asked
	found == [
		["containers", 0, "a"],
		["containers", 1, "b"],
		["initContainers", 0, "c"],
		["ephemeralContainers", 0, "d"],
	]
}

test_names if {
	head := pod({}, [])
	pods.titled(head) == "the head pod of RayJob churn"
	pods.named(head, {"name": "a"}) == "container a of the head pod of RayJob churn"
	every container in [{}, {"name": null}, {"name": 7}] {
		pods.named(head, container) == "a container of the head pod of RayJob churn"
	}
}

test_places if {
	head := pod({"containers": [{"name": "a"}, {}, {"name": "b"}]}, [])
	pods.spot(head, "/hostPID") == "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/hostPID"
	pods.place(head, "containers", 0, "/image") == "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/image"
	pods.place(head, "containers", 1, "") == "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/1"
	pods.place(head, "containers", 2, "") == "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/2"
}

test_places_of_what_is_injected if {
	names := ["autoscaler", "ray-job-submitter", "wait-gcs-ready"]
	head := pod({"containers": [{"name": name} | some name in names]}, names)
	pods.place(head, "containers", 0, "/image") == "a.yaml#/spec/rayClusterSpec/autoscalerOptions/image"
	pods.place(head, "containers", 1, "/image") == "a.yaml#/spec/submissionMode"
	pods.place(head, "containers", 2, "/image") == "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/image"
}

test_injected if {
	head := pod({}, ["autoscaler"])
	pods.injected(head, {"name": "autoscaler"})
	not pods.injected(head, {"name": "a"})
	not pods.injected(head, {})
}
