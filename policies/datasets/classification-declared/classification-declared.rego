# METADATA
# title: Every data set says how far it may go
# description: What runs and batch scoring read has a classification, so that other rules can hold it to what is allowed.
# custom:
#   id: datasets.classification-declared
#   severity: error
#   scope: model
#   remediation: ask whoever owns the data, and write classification, one of public, internal, confidential and restricted
package mlgitops.datasets.classification_declared

deny contains {"pointer": sprintf("/spec/data/%v/classification", [index]), "message": message} if {
	input.trains
	some index, item in input.spec.data
	item.classification == null
	message := sprintf("the data set %s must have a classification, got nothing", [item.name])
}

deny contains {"pointer": "/spec/batchScoring/input/classification", "message": message} if {
	input.serves
	input.spec.batchScoring.input.classification == null
	message := "the data set batchScoring.input must have a classification, got nothing"
}
