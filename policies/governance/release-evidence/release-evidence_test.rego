package mlgitops.governance.release_evidence_test

import data.mlgitops.governance.release_evidence

image := "registry.example.com/ray@sha256:a"

version := {
	"signature": {"signer": "key-1"},
	"image": image,
	"snapshot": {"serving": {"image": image}},
	"data": [
		{"name": "t", "role": "training", "version": "v1", "digest": "sha256:a"},
		{"name": "v", "role": "validation", "version": "v1", "digest": "sha256:b"},
	],
}

changed(path, value) := {"version": json.patch(version, [{"op": "replace", "path": path, "value": value}])}

test_complete if {
	release_evidence.deny == set() with input as {"version": version} with data.mlgitops_data.signers.keys as ["key-1"]
}

test_no_release if {
	release_evidence.deny == set() with input as {"version": null} with data.mlgitops_data.signers.keys as []
}

test_an_unknown_signer if {
	release_evidence.deny == {{
		"pointer": "/version/signature/signer",
		"message": "a version must be signed by one of key-1, key-2, got key-3",
	}} with input as changed("/signature/signer", "key-3") with data.mlgitops_data.signers.keys as ["key-2", "key-1"]
}

test_images if {
	every path in ["/image", "/snapshot/serving/image"] {
		release_evidence.deny == {{
			"pointer": concat("", ["/version", path]),
			"message": "a version's record must have each image with its digest, got 'ray:1'",
		}} with input as changed(path, "ray:1") with data.mlgitops_data.signers.keys as ["key-1"]
	}
	release_evidence.deny == {{
		"pointer": "/version/snapshot/serving/image",
		"message": "a version's record must have each image with its digest, got nothing",
	}} with input as changed("/snapshot/serving/image", null) with data.mlgitops_data.signers.keys as ["key-1"]
}

test_data if {
	every field in ["version", "digest"] {
		release_evidence.deny == {{
			"pointer": sprintf("/version/data/1/%s", [field]),
			"message": sprintf("a version's record must have the %s of data set v, got none", [field]),
		}} with input as changed(sprintf("/data/1/%s", [field]), null) with data.mlgitops_data.signers.keys as ["key-1"]
	}
}

test_roles_of_data if {
	release_evidence.deny == {{
		"pointer": "/version/data",
		"message": "a version's record must name its training data, got none",
	}} with input as changed("/data/0/role", "reference") with data.mlgitops_data.signers.keys as ["key-1"]
	release_evidence.deny == {{
		"pointer": "/version/data",
		"message": "a version's record must name its validation data, got none",
	}} with input as changed("/data/1/role", "training") with data.mlgitops_data.signers.keys as ["key-1"]
}
