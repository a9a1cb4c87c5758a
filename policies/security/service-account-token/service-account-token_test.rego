package mlgitops.security.service_account_token_test

import data.mlgitops.security.service_account_token

asked(spec, injected) := {"objects": [], "pods": [{
	"file": "a.yaml",
	"kind": "RayService",
	"name": "churn",
	"pointer": "/spec/rayClusterConfig/headGroupSpec/template",
	"role": "head",
	"injected": injected,
	"spec": spec,
}]}

mounting(name, injected) := asked(
	{
		"automountServiceAccountToken": false,
		"volumes": [
			{"name": "tmp", "emptyDir": {}},
			{"name": "api", "projected": {"sources": [{"configMap": {"name": "ca"}}, {"serviceAccountToken": {"path": "token"}}]}},
		],
		"containers": [{"name": name, "volumeMounts": [{"name": "tmp"}, {"name": "api"}]}],
	},
	injected,
)

test_no_token if service_account_token.deny == set() with input as asked({"automountServiceAccountToken": false}, [])

test_mounted_by_default if {
	every spec in [{}, {"automountServiceAccountToken": null}] {
		service_account_token.deny == {{
			"pointer": "a.yaml#/spec/rayClusterConfig/headGroupSpec/template/spec/automountServiceAccountToken",
			"message": "the head pod of RayService churn must have automountServiceAccountToken false, got nothing",
		}} with input as asked(spec, [])
	}
}

test_mounted if {
	service_account_token.deny == {{
		"pointer": "a.yaml#/spec/rayClusterConfig/headGroupSpec/template/spec/automountServiceAccountToken",
		"message": "the head pod of RayService churn must have automountServiceAccountToken false, got true",
	}} with input as asked({"automountServiceAccountToken": true}, [])
}

test_the_autoscaler_may if service_account_token.deny == set() with input as mounting("autoscaler", ["autoscaler"])

test_others_may_not if {
	service_account_token.deny == {{
		"pointer": "a.yaml#/spec/rayClusterConfig/headGroupSpec/template/spec/containers/0/volumeMounts/1",
		"message": "container ray-head of the head pod of RayService churn must not mount a ServiceAccount token, got volume 'api'",
	}} with input as mounting("ray-head", ["autoscaler"])
}

test_nor_what_only_has_its_name if {
	count(service_account_token.deny) == 1 with input as mounting("autoscaler", [])
}

test_nor_what_else_is_injected if {
	count(service_account_token.deny) == 1 with input as mounting("ray-job-submitter", ["ray-job-submitter"])
}

test_other_projections if {
	document := json.remove(mounting("ray-head", []), ["/pods/0/spec/volumes/1/projected/sources/1"])
	service_account_token.deny == set() with input as document
}

signing(component, audience, environment) := {
	"objects": [],
	"environment": object.union({"images": {"platform": "registry.example.com/mlgitops@sha256:aaaa"}}, environment),
	"pods": [{
		"file": "a.yaml",
		"kind": "Job",
		"name": "churn",
		"pointer": "/spec/template",
		"role": "job",
		"injected": [],
		"metadata": {"labels": {"app.kubernetes.io/component": component}},
		"spec": {
			"automountServiceAccountToken": false,
			"volumes": [{"name": "key", "projected": {"sources": [{"serviceAccountToken": {"audience": audience}}]}}],
			"containers": [{
				"name": "c",
				"image": "mirror.example.com/mlgitops@sha256:aaaa",
				"volumeMounts": [{"name": "key"}],
			}],
		},
	}],
}

keyless := {"signing": {"keyless": "sign-job", "audience": "sigstore"}}

test_the_sign_job_may_show_sigstore_who_it_is if {
	service_account_token.deny == set() with input as signing("sign", "sigstore", keyless)
}

test_and_nothing_else_so if {
	every asked in [
		signing("evaluate", "sigstore", keyless),
		signing("sign", "https://kubernetes.default.svc", keyless),
		signing("sign", null, keyless),
		signing("sign", "sigstore", {"signing": {"secret": "key"}}),
		signing("sign", null, {"signing": {"secret": "key"}}),
		signing("sign", "sigstore", {"signing": null}),
		json.patch(signing("sign", "sigstore", keyless), [{"op": "replace", "path": "/pods/0/kind", "value": "RayJob"}]),
	] {
		count(service_account_token.deny) == 1 with input as asked
	}
}

test_an_account if {
	account := {"kind": "ServiceAccount", "metadata": {"name": "churn-train"}}
	service_account_token.deny == {{
		"pointer": "s.yaml#/automountServiceAccountToken",
		"message": "ServiceAccount churn-train must have automountServiceAccountToken false, got nothing",
	}} with input as {"pods": [], "objects": [{"file": "s.yaml", "object": account}]}
	service_account_token.deny == set() with input as {"pods": [], "objects": [{
		"file": "s.yaml",
		"object": object.union(account, {"automountServiceAccountToken": false}),
	}]}
	service_account_token.deny == set() with input as {"pods": [], "objects": [{
		"file": "s.yaml",
		"object": object.union(account, {"kind": "Service"}),
	}]}
}
