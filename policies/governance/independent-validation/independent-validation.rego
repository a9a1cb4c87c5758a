# METADATA
# title: A model is validated on data that it was not trained on
# description: There is a validation, and its data shares neither place nor bytes with training data, in the spec and in the version that serves.
# custom:
#   id: governance.independent-validation
#   severity: error
#   scope: model
#   remediation: hold data out before training, give it a place of its own, and name it in validation.dataset
package mlgitops.governance.independent_validation

deny contains {"pointer": "/spec/validation", "message": "a model must be validated on data of its own, got no validation"} if {
	input.trains
	input.spec.validation == null
}

deny contains {"pointer": sprintf("/spec/data/%v", [index]), "message": message} if {
	input.trains
	[index, message] := overlaps(input.spec.data)[_]
}

deny contains {"pointer": sprintf("/version/data/%v", [index]), "message": message} if {
	[index, message] := overlaps(input.version.data)[_]
}

# Each validation set that is also trained on: its index, and what to say of it.
overlaps(sets) := {[index, message] |
	some index, held in sets
	held.role == "validation"
	some trained in sets
	trained.role == "training"
	shared := what_they_share(held, trained)
	message := sprintf("validation data %s must be apart from training data, got the %s of %s", [
		held.name,
		shared,
		trained.name,
	])
}

what_they_share(held, trained) := "digest" if {
	held.digest != null
	held.digest == trained.digest
} else := "place" if {
	within(held.uri, trained.uri)
} else := "place" if {
	within(trained.uri, held.uri)
}

# Whether one place is, or is inside of, another.
within(inner, outer) if startswith(
	concat("", [trim_right(inner, "/"), "/"]),
	concat("", [trim_right(outer, "/"), "/"]),
)
