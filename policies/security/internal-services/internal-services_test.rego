package mlgitops.security.internal_services_test

import data.mlgitops.security.internal_services

asked(kind, spec) := {"objects": [{
	"file": "a.yaml",
	"object": {"kind": kind, "metadata": {"name": "churn"}, "spec": spec},
}]}

head(group) := asked("RayJob", {"rayClusterSpec": {"headGroupSpec": group}})

test_inside if {
	every spec in [{}, null, {"type": "ClusterIP", "externalIPs": []}, {"type": null, "externalIPs": null}] {
		internal_services.deny == set() with input as asked("Service", spec)
	}
	internal_services.deny == set() with input as head({})
	internal_services.deny == set() with input as head({"serviceType": "ClusterIP", "enableIngress": false, "headService": null})
	internal_services.deny == set() with input as asked("Deployment", {"type": "NodePort"})
}

test_services if {
	every type in ["LoadBalancer", "NodePort", "ExternalName"] {
		internal_services.deny == {{
			"pointer": "a.yaml#/spec/type",
			"message": sprintf("Service churn must have a Service of type ClusterIP, got '%s'", [type]),
		}} with input as asked("Service", {"type": type})
	}
	internal_services.deny == {{
		"pointer": "a.yaml#/spec/externalIPs",
		"message": "Service churn must have a Service without externalIPs, got [192.0.2.1]",
	}} with input as asked("Service", {"externalIPs": ["192.0.2.1"]})
}

test_the_head if {
	internal_services.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/serviceType",
		"message": "RayJob churn must have headGroupSpec.serviceType ClusterIP, got 'LoadBalancer'",
	}} with input as head({"serviceType": "LoadBalancer"})
	internal_services.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/enableIngress",
		"message": "RayJob churn must have headGroupSpec.enableIngress false, got true: it publishes Ray's dashboard",
	}} with input as head({"enableIngress": true})
	internal_services.deny == {{
		"pointer": "a.yaml#/spec/rayClusterSpec/headGroupSpec/headService/spec/type",
		"message": "RayJob churn must have a Service of type ClusterIP, got 'NodePort'",
	}} with input as head({"headService": {"spec": {"type": "NodePort"}}})
}

test_the_service_of_serve if {
	internal_services.deny == {{
		"pointer": "a.yaml#/spec/serveService/spec/type",
		"message": "RayService churn must have a Service of type ClusterIP, got 'LoadBalancer'",
	}} with input as asked("RayService", {"rayClusterConfig": {}, "serveService": {"spec": {"type": "LoadBalancer"}}})
}
