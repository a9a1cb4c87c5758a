package mlgitops.reliability.request_limits_test

import data.mlgitops.reliability.request_limits

asked(timeout, ongoing, queued) := {
	"serves": true,
	"spec": {"serving": {"timeout": timeout, "maxOngoingRequests": ongoing, "maxQueuedRequests": queued}},
}

test_within if {
	every timeout in ["60s", "1m", "250ms"] {
		request_limits.deny == set() with input as asked(timeout, 100, 1000)
	}
}

test_a_long_timeout if {
	request_limits.deny == {{
		"pointer": "/spec/serving/timeout",
		"message": "a request must end within 60s, got a timeout of '61s'",
	}} with input as asked("61s", 100, 1000)
	count(request_limits.deny) == 1 with input as asked("2m", 100, 1000)
	count(request_limits.deny) == 1 with input as asked("1h", 100, 1000)
	count(request_limits.deny) == 1 with input as asked("soon", 100, 1000)
}

test_a_long_queue if {
	request_limits.deny == {{
		"pointer": "/spec/serving/maxQueuedRequests",
		"message": "at most 80 requests must wait, 10 for each of 8 that a replica answers at a time, got 81",
	}} with input as asked("30s", 8, 81)
	request_limits.deny == set() with input as asked("30s", 8, 80)
}

test_does_not_serve if {
	request_limits.deny == set() with input as object.union(asked("1h", 1, 1000), {"serves": false})
	request_limits.deny == set() with input as {"serves": false, "spec": {"serving": null}}
}
