package mlgitops.datasets.classification_declared_test

import data.mlgitops.datasets.classification_declared

asked(trains, classification) := {"trains": trains, "spec": {"data": [
	{"name": "good", "classification": "public"},
	{"name": "customers", "classification": classification},
]}}

test_declared if classification_declared.deny == set() with input as asked(true, "restricted")

test_undeclared if {
	classification_declared.deny == {{
		"pointer": "/spec/data/1/classification",
		"message": "the data set customers must have a classification, got nothing",
	}} with input as asked(true, null)
}

test_does_not_train if classification_declared.deny == set() with input as asked(false, null)

scoring(serves, classification) := {
	"trains": false,
	"serves": serves,
	"spec": {"data": [], "batchScoring": {"input": {"classification": classification}}},
}

test_what_is_scored if {
	classification_declared.deny == set() with input as scoring(true, "internal")
	classification_declared.deny == set() with input as scoring(false, null)
	classification_declared.deny == {{
		"pointer": "/spec/batchScoring/input/classification",
		"message": "the data set batchScoring.input must have a classification, got nothing",
	}} with input as scoring(true, null)
}
