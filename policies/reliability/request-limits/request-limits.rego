# METADATA
# title: A service that is overloaded says so soon
# description: Requests end within a minute, and no more of them wait than can be answered in ten rounds.
# custom:
#   id: reliability.request-limits
#   severity: error
#   scope: model
#   remediation: write serving.timeout of at most 60s and a smaller serving.maxQueuedRequests, and serve with more replicas
package mlgitops.reliability.request_limits

import data.mlgitops.library.measures
import data.mlgitops.library.shown

longest := "60s"

rounds := 10

deny contains {"pointer": "/spec/serving/timeout", "message": message} if {
	input.serves
	not measures.within(input.spec.serving.timeout, longest)
	message := sprintf("a request must end within %s, got a timeout of %s", [longest, shown.value(input.spec.serving.timeout)])
}

deny contains {"pointer": "/spec/serving/maxQueuedRequests", "message": message} if {
	input.serves
	most := rounds * input.spec.serving.maxOngoingRequests
	input.spec.serving.maxQueuedRequests > most
	message := sprintf("at most %d requests must wait, %d for each of %d that a replica answers at a time, got %d", [
		most,
		rounds,
		input.spec.serving.maxOngoingRequests,
		input.spec.serving.maxQueuedRequests,
	])
}
