package mlgitops.governance.independent_validation_test

import data.mlgitops.governance.independent_validation

trained := {"name": "customers", "role": "training", "uri": "s3://features/customers", "digest": "sha256:a"}

held(uri, digest) := {"name": "held", "role": "validation", "uri": uri, "digest": digest}

asked(trains, sets) := {
	"trains": trains,
	"spec": {"data": sets, "validation": {"dataset": "held"}},
	"version": null,
}

released(sets) := {"trains": false, "spec": {"data": [], "validation": null}, "version": {"data": sets}}

said(pointer, what) := {{
	"pointer": pointer,
	"message": sprintf("validation data held must be apart from training data, got the %s of customers", [what]),
}}

test_apart if {
	every uri in ["s3://holdout/customers", "s3://features/customers-holdout", "s3://features"] {
		independent_validation.deny == set() with input as asked(true, [trained, held(concat("", [uri, "2"]), "sha256:b")])
	}
	independent_validation.deny == set() with input as asked(true, [object.union(trained, {"digest": null}), held("s3://holdout", null)])
}

test_the_same_bytes if {
	independent_validation.deny == said("/spec/data/1", "digest") with input as asked(true, [trained, held("s3://holdout", "sha256:a")])
}

test_the_same_place if {
	every uri in ["s3://features/customers", "s3://features/customers/", "s3://features/customers/held", "s3://features", "s3://features/"] {
		independent_validation.deny == said("/spec/data/0", "place") with input as asked(true, [held(uri, "sha256:b"), trained])
	}
}

test_other_roles_may_share if {
	every role in ["training", "reference"] {
		independent_validation.deny == set() with input as asked(true, [trained, object.union(held("s3://features/customers", "sha256:a"), {"role": role})])
	}
	independent_validation.deny == set() with input as asked(true, [object.union(trained, {"role": "reference"}), held("s3://features/customers", "sha256:a")])
}

test_no_validation if {
	document := json.patch(asked(true, [trained]), [{"op": "replace", "path": "/spec/validation", "value": null}])
	independent_validation.deny == {{
		"pointer": "/spec/validation",
		"message": "a model must be validated on data of its own, got no validation",
	}} with input as document
	independent_validation.deny == set() with input as object.union(document, {"trains": false})
}

test_no_training_here if {
	independent_validation.deny == set() with input as asked(false, [trained, held("s3://features/customers", "sha256:a")])
}

test_a_version if {
	independent_validation.deny == said("/version/data/1", "digest") with input as released([trained, held("s3://holdout", "sha256:a")])
	independent_validation.deny == set() with input as released([trained, held("s3://holdout", "sha256:b")])
}
