# METADATA
# title: Services in protected environments are watched for drift
# description: Somebody is told when what a model is asked differs from what it has learnt from.
# custom:
#   id: reliability.drift-watched
#   severity: warning
#   scope: model
#   remediation: write monitoring.drift with a threshold, and release a version that has it
package mlgitops.reliability.drift_watched

warn contains {"pointer": "/spec/monitoring/drift", "message": message} if {
	input.serves
	input.environment.protected
	not watched
	message := "a service in a protected environment should have monitoring.drift, got nothing"
}

watched if input.spec.monitoring.drift != null
