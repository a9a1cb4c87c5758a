module mlgitops.dev/tools/definitions

go 1.26.0

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.5.0
	sigs.k8s.io/kueue v0.19.2
)
