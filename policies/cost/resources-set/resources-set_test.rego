package mlgitops.cost.resources_set_test

import data.mlgitops.cost.resources_set

asked(kind, resources, injected) := {"pods": [{
	"file": "a.yaml",
	"kind": "CronJob",
	"name": "load-test",
	"pointer": "/spec/template",
	"role": "cronjob",
	"injected": injected,
	"spec": {kind: [{"name": "c", "resources": resources}]},
}]}

all := {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}

test_all_said if {
	resources_set.deny == set() with input as asked("containers", all, [])
	resources_set.deny == set() with input as asked("initContainers", all, [])
}

test_each_of_them if {
	every bound in ["requests", "limits"] {
		every resource in ["cpu", "memory"] {
			resources_set.deny == {{
				"pointer": sprintf("a.yaml#/spec/template/spec/initContainers/0/resources/%s", [bound]),
				"message": sprintf("container c of the cronjob pod of CronJob load-test must have resources.%s.%s, got nothing", [bound, resource]),
			}} with input as asked("initContainers", json.remove(all, [sprintf("/%s/%s", [bound, resource])]), [])
			count(resources_set.deny) == 1 with input as asked("containers", object.union(all, {bound: {resource: null}}), [])
		}
	}
}

test_nothing_said if {
	every resources in [null, {}] {
		count(resources_set.deny) == 4 with input as asked("containers", resources, [])
	}
}

test_what_the_operator_adds if resources_set.deny == set() with input as asked("containers", null, ["c"])

test_one_of_several if {
	document := asked("containers", null, ["added"])
	more := [{"name": "added", "resources": null}, {"name": "good", "resources": all}]
	several := json.patch(document, [{"op": "add", "path": "/pods/0/spec/containers/-", "value": value} | some value in more])
	every finding in resources_set.deny { contains(finding.pointer, "/containers/0/") } with input as several
	count(resources_set.deny) == 4 with input as several
}
