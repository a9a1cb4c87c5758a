# Label selectors, as Kubernetes reads them.
#
#   selectors.selects({"matchLabels": {"app": "churn"}}, pod.metadata.labels)
package mlgitops.library.selectors

# Whether a selector picks what has these labels. What cannot be read as a selector picks nothing.
selects(selector, labels) if {
	is_object(selector)
	every key, value in object.get(selector, "matchLabels", {}) { labels[key] == value }
	every expression in object.get(selector, "matchExpressions", []) { _holds(expression, labels) }
}

# The same, taking for granted what KubeRay alone sets on its pods: labels of the domain ray.io.
selects_ray(selector, labels) if {
	is_object(selector)
	every key, value in object.get(selector, "matchLabels", {}) { _known(key, value, labels) }
	every expression in object.get(selector, "matchExpressions", []) { _holds(expression, labels) }
}

_known(key, _, _) if {
	is_string(key)
	startswith(key, "ray.io/")
}

_known(key, value, labels) if labels[key] == value

_holds(expression, labels) if {
	expression.operator == "In"
	labels[expression.key] in expression.values
}

_holds(expression, labels) if {
	expression.operator == "NotIn"
	is_array(expression.values)
	every value in expression.values { not labels[expression.key] == value }
}

_holds(expression, labels) if {
	expression.operator == "Exists"
	is_string(labels[expression.key])
}

_holds(expression, labels) if {
	expression.operator == "DoesNotExist"
	is_string(expression.key)
	not labels[expression.key]
}
