package mlgitops.governance.data_pinned_test

import data.mlgitops.governance.data_pinned

asked(trains, version, digest) := {
	"trains": trains,
	"spec": {"data": [
		{"name": "first", "version": "v1", "digest": "sha256:a"},
		{"name": "second", "version": version, "digest": digest},
	]},
}

test_pinned if data_pinned.deny == set() with input as asked(true, "v1", "sha256:b")

test_no_version if {
	data_pinned.deny == {{
		"pointer": "/spec/data/1/version",
		"message": "data set second must have a version, got none",
	}} with input as asked(true, null, "sha256:b")
}

test_no_digest if {
	data_pinned.deny == {{
		"pointer": "/spec/data/1/digest",
		"message": "data set second must have a digest, got none",
	}} with input as asked(true, "v1", null)
}

test_no_training_here if data_pinned.deny == set() with input as asked(false, null, null)
