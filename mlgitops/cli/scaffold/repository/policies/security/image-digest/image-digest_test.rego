package mlgitops.security.image_digest_test

import data.mlgitops.security.image_digest

pod(image) := {"file": "a.yaml", "pointer": "/x", "spec": {"containers": [{"name": "ray", "image": image}]}}

test_denies_a_tag if {
	image_digest.deny == {{
		"pointer": "a.yaml#/x/spec/containers/0/image",
		"message": "the image of container ray must have a digest, got registry.example.com/ray:2",
	}} with input as {"pods": [pod("registry.example.com/ray:2")]}
}

test_allows_a_digest if count(image_digest.deny) == 0 with input as {"pods": [pod("registry.example.com/ray:2@sha256:0")]}
