# METADATA
# title: Training data is checked before a run trains on it
# description: Training data has expectations; where runs start by themselves, it must.
# custom:
#   id: datasets.checked-before-training
#   severity: error
#   scope: model
#   remediation: "write expect with the columns that must be right, such as {column: age, nullable: false, range: [0, 120]}"
package mlgitops.datasets.checked_before_training

import data.mlgitops.library.shown

triggers contains "schedule" if input.spec.triggers.schedule != null

triggers contains "newData" if input.spec.triggers.newData

triggers contains "monitoring" if input.spec.triggers.monitoring != null

unchecked contains {"at": sprintf("/spec/data/%v/expect", [index]), "name": item.name} if {
	input.trains
	some index, item in input.spec.data
	item.role == "training"
	count(item.expect) == 0
}

deny contains {"pointer": item.at, "message": message} if {
	count(triggers) > 0
	some item in unchecked
	message := sprintf("the data set %s must have expectations, since runs start by themselves (%s), got none", [
		item.name,
		shown.names(triggers),
	])
}

warn contains {"pointer": item.at, "message": message} if {
	count(triggers) == 0
	some item in unchecked
	message := sprintf("the data set %s should have expectations, got none", [item.name])
}
