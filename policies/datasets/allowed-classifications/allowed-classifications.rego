# METADATA
# title: Data stays where its class is allowed, with teams that are cleared for it
# description: What runs and batch scoring read, and what served versions have learnt from, is of a class for the environment and for the team.
# custom:
#   id: datasets.allowed-classifications
#   severity: error
#   scope: model
#   remediation: use data of another class, or have the class added to policies/data/classifications.yaml or to the team in policies/data/teams.yaml
package mlgitops.datasets.allowed_classifications

import data.mlgitops.library.shown

allowed contains class if some class in data.mlgitops_data.classifications.everywhere

allowed contains class if some class in data.mlgitops_data.classifications.environments[input.environment.name]

cleared contains class if some class in data.mlgitops_data.teams[input.metadata.team].classifications

used contains {"at": sprintf("/spec/data/%v/classification", [index]), "name": item.name, "class": item.classification} if {
	input.trains
	some index, item in input.spec.data
	item.classification != null
}

used contains {"at": "/spec/batchScoring/input/classification", "name": "batchScoring.input", "class": class} if {
	input.serves
	class := input.spec.batchScoring.input.classification
	class != null
}

# What a version has learnt from can be asked out of it.
used contains {"at": sprintf("/version/data/%v/classification", [index]), "name": item.name, "class": item.classification} if {
	input.serves
	some index, item in input.version.data
	item.classification != null
}

deny contains {"pointer": item.at, "message": message} if {
	some item in used
	not item.class in allowed
	message := sprintf("the data set %s must be of a class that is allowed here (%s), got '%s'", [
		item.name,
		shown.names(allowed),
		item.class,
	])
}

deny contains {"pointer": item.at, "message": message} if {
	some item in used
	not item.class in cleared
	message := sprintf("the data set %s must be of a class that team %s is cleared for (%s), got '%s'", [
		item.name,
		input.metadata.team,
		shown.names(cleared),
		item.class,
	])
}
