package mlgitops.security.allowed_registries_test

import data.mlgitops.security.allowed_registries

asked(environment, image) := {
	"environment": environment,
	"pods": [{
		"file": "a.yaml",
		"kind": "Job",
		"name": "churn",
		"pointer": "/spec/template",
		"role": "job",
		"injected": [],
		"spec": {"containers": [{"name": "c", "image": image}]},
	}],
}

registries := {
	"everywhere": ["registry.example.com/ml/"],
	"environments": {"lab": ["mirror.example.com/"]},
}

test_allowed_everywhere if {
	allowed_registries.deny == set() with input as asked({"name": "live"}, "registry.example.com/ml/ray:1")
		with data.mlgitops_data.registries as registries
	allowed_registries.deny == set() with input as asked(null, "registry.example.com/ml/ray:1")
		with data.mlgitops_data.registries as registries
}

test_allowed_in_one_environment if {
	allowed_registries.deny == set() with input as asked({"name": "lab"}, "mirror.example.com/ray:1")
		with data.mlgitops_data.registries as registries
	allowed_registries.deny == {{
		"pointer": "a.yaml#/spec/template/spec/containers/0/image",
		"message": "container c of the job pod of Job churn must have an image of registry.example.com/ml/, got 'mirror.example.com/ray:1'",
	}} with input as asked({"name": "live"}, "mirror.example.com/ray:1")
		with data.mlgitops_data.registries as registries
	count(allowed_registries.deny) == 1 with input as asked(null, "mirror.example.com/ray:1")
		with data.mlgitops_data.registries as registries
}

test_what_is_not_allowed if {
	every image in ["ray:1", "registry.example.com/other/ray:1", "registry.example.com.evil.example.com/ml/ray", "", null] {
		count(allowed_registries.deny) == 1 with input as asked({"name": "lab"}, image)
			with data.mlgitops_data.registries as registries
	}
}

test_no_registries_allow_nothing if {
	count(allowed_registries.deny) == 1 with input as asked({"name": "lab"}, "ray:1")
		with data.mlgitops_data.registries as {"everywhere": [], "environments": {}}
}

test_one_of_several if {
	document := asked(null, "ray:1")
	good := {"name": "good", "image": "registry.example.com/ml/ray:1"}
	several := json.patch(document, [{"op": "add", "path": "/pods/0/spec/containers/-", "value": good}])
	count(allowed_registries.deny) == 1 with input as several with data.mlgitops_data.registries as registries
}
