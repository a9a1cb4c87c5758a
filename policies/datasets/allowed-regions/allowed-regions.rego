# METADATA
# title: Data is read in regions that are allowed here
# description: Every data set that runs or batch scoring read says where it lies, where the environment may read from.
# custom:
#   id: datasets.allowed-regions
#   severity: error
#   scope: model
#   remediation: copy the data to the region of the environment's storage and write it as region, or have it added to policies/data/regions.yaml
package mlgitops.datasets.allowed_regions

import data.mlgitops.library.shown

allowed contains input.environment.storage.region if input.environment.storage.region != null

allowed contains region if some region in data.mlgitops_data.regions.everywhere

allowed contains region if some region in data.mlgitops_data.regions.environments[input.environment.name]

deny contains {"pointer": sprintf("/spec/data/%v/region", [index]), "message": message} if {
	input.trains
	some index, item in input.spec.data
	not item.region in allowed
	message := sprintf("the data set %s must be in a region that is allowed here (%s), got %s", [
		item.name,
		shown.names(allowed),
		shown.value(item.region),
	])
}

deny contains {"pointer": "/spec/batchScoring/input/region", "message": message} if {
	input.serves
	scored := input.spec.batchScoring.input
	not scored.region in allowed
	message := sprintf("the data set batchScoring.input must be in a region that is allowed here (%s), got %s", [
		shown.names(allowed),
		shown.value(scored.region),
	])
}
