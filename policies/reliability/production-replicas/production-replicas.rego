# METADATA
# title: Services in protected environments have two replicas or more
# description: A service goes on answering while one of its replicas is replaced, drained or broken.
# custom:
#   id: reliability.production-replicas
#   severity: error
#   scope: model
#   remediation: write serving.replicas.min of 2 or more, in the model or in the environment's overrides
package mlgitops.reliability.production_replicas

deny contains {"pointer": "/spec/serving/replicas/min", "message": message} if {
	input.serves
	input.environment.protected
	input.spec.serving.replicas.min < 2
	message := sprintf("a service in a protected environment must have at least 2 replicas, got %d", [input.spec.serving.replicas.min])
}
