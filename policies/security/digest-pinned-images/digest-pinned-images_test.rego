package mlgitops.security.digest_pinned_images_test

import data.mlgitops.security.digest_pinned_images

digest := "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

asked(spec) := {"pods": [{
	"file": "a.yaml",
	"kind": "RayJob",
	"name": "churn",
	"pointer": "/spec/rayClusterSpec/headGroupSpec/template",
	"role": "head",
	"injected": ["autoscaler"],
	"spec": spec,
}]}

one(image) := asked({"containers": [{"name": "c", "image": image}]})

test_by_digest if {
	digest_pinned_images.deny == set() with input as one(concat("@", ["registry.example.com/ray", digest]))
	digest_pinned_images.deny == set() with input as one(concat("@", ["registry.example.com/ray:2.60.0", digest]))
}

test_by_tag if {
	digest_pinned_images.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/containers/0/image",
		"message": "container c of the head pod of RayJob churn must have an image with its digest (@sha256:…), got 'ray:2.60.0'",
	}} with input as one("ray:2.60.0")
}

test_what_is_no_digest if {
	every image in [null, 7, "", digest, "ray@sha256:abc", concat("", ["@", digest]), concat("@", ["ray", digest, digest]), concat("", ["ray@", digest, "a"])] {
		count(digest_pinned_images.deny) == 1 with input as one(image)
	}
}

test_no_image if count(digest_pinned_images.deny) == 1 with input as asked({"containers": [{"name": "c"}]})

test_every_kind_of_container if {
	image := concat("@", ["ray", digest])
	spec := {
		"containers": [{"name": "a", "image": image}, {"name": "autoscaler", "image": "ray"}],
		"initContainers": [{"name": "b", "image": "ray"}],
		"ephemeralContainers": [{"image": "ray"}],
	}
	found := {finding.pointer | some finding in digest_pinned_images.deny} with input as asked(spec)
	found == {
		"a.yaml#/spec/rayClusterSpec/autoscalerOptions/image",
		"a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/initContainers/0/image",
		"a.yaml#/spec/rayClusterSpec/headGroupSpec/template/spec/ephemeralContainers/0/image",
	}
}
