# METADATA
# title: Every data set has a version and a digest
# description: A run reads the bytes that its spec names, now and when it is repeated.
# custom:
#   id: governance.data-pinned
#   severity: error
#   scope: model
#   remediation: run mlgitops data pin, which writes both
package mlgitops.governance.data_pinned

deny contains {"pointer": sprintf("/spec/data/%v/%s", [index, field]), "message": message} if {
	input.trains
	some index, set in input.spec.data
	some field in ["version", "digest"]
	set[field] == null
	message := sprintf("data set %s must have a %s, got none", [set.name, field])
}
