package mlgitops.library.selectors_test

import data.mlgitops.library.selectors

labels := {"app": "churn", "role": "train"}

expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

test_labels if {
	selectors.selects({}, labels)
	selectors.selects({"matchLabels": {"app": "churn"}}, labels)
	not selectors.selects({"matchLabels": {"app": "fraud"}}, labels)
	not selectors.selects({"matchLabels": {"app": "churn", "tier": "x"}}, labels)
	not selectors.selects({"matchLabels": {"app": "churn"}}, null)
	not selectors.selects(null, labels)
}

test_expressions if {
	selectors.selects(expression("role", "In", ["train", "sign"]), labels)
	not selectors.selects(expression("role", "In", ["sign"]), labels)
	selectors.selects(expression("role", "NotIn", ["sign"]), labels)
	selectors.selects(expression("tier", "NotIn", ["sign"]), labels)
	not selectors.selects(expression("role", "NotIn", ["train"]), labels)
	selectors.selects(expression("role", "Exists", []), labels)
	not selectors.selects(expression("tier", "Exists", []), labels)
	selectors.selects(expression("tier", "DoesNotExist", []), labels)
	not selectors.selects(expression("role", "DoesNotExist", []), labels)
	not selectors.selects(expression("role", "in", ["train"]), labels)
}

test_both_must_hold if {
	both := object.union(expression("role", "In", ["train"]), {"matchLabels": {"app": "fraud"}})
	not selectors.selects(both, labels)
	not selectors.selects_ray(both, labels)
}

test_labels_of_the_operator if {
	selector := {"matchLabels": {"app": "churn", "ray.io/serve": "true"}}
	selectors.selects_ray(selector, labels)
	not selectors.selects(selector, labels)
	not selectors.selects_ray({"matchLabels": {"app": "fraud", "ray.io/serve": "true"}}, labels)
	not selectors.selects_ray(expression("role", "In", ["sign"]), labels)
}
