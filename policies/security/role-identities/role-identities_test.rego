package mlgitops.security.role_identities_test

import data.mlgitops.security.role_identities

digest := "sha256:aaaa"

asked(kind, component, spec) := {
	"target": {"model": "churn"},
	"environment": {
		"signing": {"secret": "key"},
		"images": {"platform": concat("@", ["registry.example.com/mlgitops:1", digest])},
	},
	"pods": [{
		"injected": [],
		"file": "a.yaml",
		"kind": kind,
		"name": "churn",
		"pointer": "/spec/template",
		"role": "job",
		"metadata": {"labels": {"app.kubernetes.io/component": component}},
		"spec": spec,
	}],
}

running(account, image) := {"serviceAccountName": account, "containers": [{"name": "c", "image": image}]}

platform := concat("@", ["mirror.example.com/mlgitops", digest])

other := "registry.example.com/ray@sha256:bbbb"

test_each_role_as_itself if {
	role_identities.deny == set() with input as asked("RayJob", "train", running("churn-train", other))
	role_identities.deny == set() with input as asked("RayService", "serve", running("churn-serve", other))
	role_identities.deny == set() with input as asked("Job", "evaluate", running("churn-evaluate", platform))
	role_identities.deny == set() with input as asked("Job", "sign", running("churn-sign", platform))
	role_identities.deny == set() with input as asked("CronJob", "load-test", running("load-test", other))
}

test_training_as_another if {
	role_identities.deny == {{
		"pointer": "a.yaml#/spec/template/spec/serviceAccountName",
		"message": "the job pod of RayJob churn must not run as churn-serve, which is for pods of component serve, got another pod",
	}} with input as asked("RayJob", "train", running("churn-serve", other))
	role_identities.deny == {{
		"pointer": "a.yaml#/spec/template/spec/serviceAccountName",
		"message": "the job pod of RayJob churn must not run as churn-evaluate, which is for a Job of component evaluate with the platform's image, got another pod",
	}} with input as asked("RayJob", "train", running("churn-evaluate", other))
}

test_the_old_name_of_the_field if {
	{finding.pointer | some finding in role_identities.deny} == {"a.yaml#/spec/template/spec/serviceAccount"} with input as asked(
		"RayJob",
		"train",
		{"serviceAccount": "churn-sign"},
	)
}

test_a_label_alone_makes_no_trusted_role if {
	every pair in [["RayJob", platform], ["Job", other], ["Job", null], ["Job", "mlgitops"]] {
		[kind, image] := pair
		count(role_identities.deny) == 1 with input as asked(kind, "sign", running("churn-sign", image))
	}
}

test_every_container_of_a_trusted_role if {
	more := object.union(running("churn-sign", platform), {"initContainers": [{"name": "i", "image": other}]})
	count(role_identities.deny) == 1 with input as asked("Job", "sign", more)
}

test_pods_without_labels if {
	document := asked("RayJob", "x", running("churn-train", other))
	bare := json.patch(document, [{"op": "replace", "path": "/pods/0/metadata", "value": {}}])
	count(role_identities.deny) == 1 with input as bare
}

test_manifests_of_nobody if {
	document := asked("RayJob", "train", running("churn-sign", other))
	role_identities.deny == set() with input as object.union(document, {"target": {"model": null}, "environment": null})
}

key(path, value) := {
	"serviceAccountName": "churn-train",
	"volumes": [{"name": "tmp"}],
	"containers": [{"name": "c", "image": other}],
	path: value,
}

ways := {
	"/volumes/0/secret/secretName": key("volumes", [{"secret": {"secretName": "key"}}]),
	"/volumes/1/projected/sources/1/secret/name": key("volumes", [{}, {"projected": {"sources": [{}, {"secret": {"name": "key"}}]}}]),
	"/containers/0/env/0/valueFrom/secretKeyRef/name": key("containers", [{"env": [{"valueFrom": {"secretKeyRef": {"name": "key"}}}]}]),
	"/initContainers/0/envFrom/0/secretRef/name": key("initContainers", [{"envFrom": [{"secretRef": {"name": "key"}}]}]),
}

test_each_way_to_the_key if {
	every pointer, spec in ways {
		role_identities.deny == {{
			"pointer": sprintf("a.yaml#/spec/template/spec%s", [pointer]),
			"message": "the job pod of RayJob churn must not have the signing key, which is for a Job of component sign with the platform's image, got Secret key",
		}} with input as asked("RayJob", "train", spec)
	}
}

test_another_secret if {
	role_identities.deny == set() with input as asked("RayJob", "train", key("volumes", [{"secret": {"secretName": "tls"}}]))
}

test_other_secrets_in_other_ways if {
	others := [{"envFrom": [{"secretRef": {"name": "db"}}]}, {"env": [{"valueFrom": {"secretKeyRef": {"name": "db"}}}]}]
	role_identities.deny == set() with input as asked("RayJob", "train", key("containers", others))
}

test_the_sign_job_may_have_it_in_each_way if {
	every spec in ways {
		signing := object.union(running("churn-sign", platform), object.filter(spec, ["volumes"]))
		role_identities.deny == set() with input as asked("Job", "sign", signing)
	}
	env := {"env": [{"valueFrom": {"secretKeyRef": {"name": "key"}}}], "envFrom": [{"secretRef": {"name": "key"}}]}
	signing := object.union(running("churn-sign", platform), {"containers": [object.union({"image": platform}, env)]})
	role_identities.deny == set() with input as asked("Job", "sign", signing)
}

test_the_sign_job_has_the_key if {
	spec := object.union(running("churn-sign", platform), {"volumes": [{"secret": {"secretName": "key"}}]})
	role_identities.deny == set() with input as asked("Job", "sign", spec)
	count(role_identities.deny) == 1 with input as asked("Job", "evaluate", object.union(spec, {"serviceAccountName": "churn-evaluate"}))
}
