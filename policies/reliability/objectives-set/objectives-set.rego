# METADATA
# title: Services in protected environments have objectives
# description: How often and how fast a service must answer is written down, so that alerts and promotions can ask for it.
# custom:
#   id: reliability.objectives-set
#   severity: error
#   scope: model
#   remediation: write monitoring.objectives with availability and latencyP99, and release a version that has them
package mlgitops.reliability.objectives_set

deny contains {"pointer": sprintf("/spec/monitoring/objectives/%s", [objective]), "message": message} if {
	input.serves
	input.environment.protected
	some objective in ["availability", "latencyP99"]
	not set_here(objective)
	message := sprintf("a service in a protected environment must have monitoring.objectives.%s, got nothing", [objective])
}

set_here(objective) if input.spec.monitoring.objectives[objective] != null
