# METADATA
# title: A version that serves has every metric that the model asks for
# description: Each was measured on held-out data, is within its limits, and is not much worse than the version before.
# custom:
#   id: governance.release-metrics
#   severity: error
#   scope: model
#   remediation: release another version, or agree on another limit in validation.metrics
package mlgitops.governance.release_metrics

import data.mlgitops.library.shown

held_out contains set.name if {
	some set in input.version.data
	set.role == "validation"
}

# What the model asks for, beside what was measured: [limits, index, measured].
measured contains [asked, index, metric] if {
	some asked in input.spec.validation.metrics
	some index, metric in input.version.metrics
	metric.name == asked.name
	metric.dataset in held_out
}

deny contains {"pointer": "/release/version", "message": message} if {
	version := input.version.name
	some asked in input.spec.validation.metrics
	every other in measured { other[0].name != asked.name }
	message := sprintf("version %s must have been measured by %s on held-out data, got %s", [
		version,
		asked.name,
		shown.names({metric.name | some [_, _, metric] in measured}),
	])
}

deny contains {"pointer": sprintf("/version/metrics/%v/value", [index]), "message": message} if {
	some [asked, index, metric] in measured
	is_number(asked.min)
	metric.value < asked.min
	message := sprintf("%s must be at least %s, got %s", [asked.name, shown.value(asked.min), shown.value(metric.value)])
}

deny contains {"pointer": sprintf("/version/metrics/%v/value", [index]), "message": message} if {
	some [asked, index, metric] in measured
	is_number(asked.max)
	metric.value > asked.max
	message := sprintf("%s must be at most %s, got %s", [asked.name, shown.value(asked.max), shown.value(metric.value)])
}

deny contains {"pointer": sprintf("/version/metrics/%v/value", [index]), "message": message} if {
	some [asked, index, metric] in measured
	is_number(asked.maxRegression)
	is_number(metric.baseline)

	# In millionths: 0.97 - 0.96 is a little more than 0.01 to a computer.
	round(worse(metric) * 1000000) > round(asked.maxRegression * 1000000)
	message := sprintf("%s must be at most %s worse than %s, of the version before, got %s", [
		asked.name,
		shown.value(asked.maxRegression),
		shown.value(metric.baseline),
		shown.value(metric.value),
	])
}

worse(metric) := metric.value - metric.baseline if {
	metric.name in data.mlgitops_data.metrics.lowerIsBetter
} else := metric.baseline - metric.value
